// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vcdev: a complete VIRTIO crypto device, as a vhost-user process.
 *
 * This file has the options, the two sockets and the end of the process; the rest is in the
 * other files.  Exit status: 0; 1 if the driver broke a requirement; 2 for wrong arguments
 * or an error of the environment.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "algs.h"
#include "control.h"
#include "device.h"
#include "report.h"
#include "util.h"

static const char * const service_words[NR_SERVICES] = {
	"cipher", "hash", "mac", "aead", "akcipher",
};

enum {
	O_LIKE = 256, O_SERVICES, O_ALGOS, O_REVISION_1, O_STATELESS, O_QUEUES, O_SIZE,
	O_SESSIONS, O_MAX_SIZE, O_CIPHER_KEY, O_AUTH_KEY, O_NOT_READY, O_CONTROL, O_FAULT,
	O_NULL, O_DELAY, O_WORKERS, O_THROTTLE, O_PACKED, O_IN_ORDER, O_BATCHES,
	O_NO_INDIRECT, O_NO_EVENT_IDX, O_INBAND, O_POLL, O_ONCE, O_JSON, O_FIRST_ID,
	O_LENIENT, O_CONFIG_QUEUES, O_FEATURES, O_COMMAND,
};

/* Commands that can be given as options */
#define MAX_COMMANDS	64

static const struct {
	struct option option;
	const char *argument, *text;
} options[] = {
#define OPT(name, arg, value, text) { { name, !!(arg), NULL, value }, arg, text }
	OPT("like", "DEVICE", O_LIKE,
	    "behave like another device, including its faults: dpdk"),
	OPT("services", "LIST", O_SERVICES,
	    "services to offer: cipher,hash,mac,aead,akcipher (all)"),
	OPT("algos", "SERVICE=N,...", O_ALGOS,
	    "algorithms of a service, by the specification's numbers (all)"),
	OPT("revision-1", NULL, O_REVISION_1, "offer VIRTIO_CRYPTO_F_REVISION_1"),
	OPT("stateless", "LIST", O_STATELESS,
	    "services with stateless mode; implies --revision-1"),
	OPT("features", "BITS", O_FEATURES,
	    "device-specific feature bits, even if they make no sense"),
	OPT("queues", "N", O_QUEUES, "data queues (1)"),
	OPT("config-queues", "N", O_CONFIG_QUEUES,
	    "number in the configuration, if it is different"),
	OPT("ring-size", "N", O_SIZE, "the largest ring that is accepted (32768)"),
	OPT("sessions", "N", O_SESSIONS, "largest number of sessions (1024)"),
	OPT("first-id", "N", O_FIRST_ID, "number of the first session (0)"),
	OPT("max-size", "BYTES", O_MAX_SIZE, "size of the variable part of a request (1 MiB)"),
	OPT("max-cipher-key", "BYTES", O_CIPHER_KEY, "(64)"),
	OPT("max-auth-key", "BYTES", O_AUTH_KEY, "(256)"),
	OPT("not-ready", NULL, O_NOT_READY, "start with HW_READY clear"),
	OPT("packed", NULL, O_PACKED, "offer packed rings"),
	OPT("in-order", NULL, O_IN_ORDER, "offer VIRTIO_F_IN_ORDER"),
	OPT("batches", NULL, O_BATCHES,
	    "one used entry for simultaneous answers; implies --in-order"),
	OPT("no-indirect", NULL, O_NO_INDIRECT, "do not offer indirect descriptors"),
	OPT("no-event-idx", NULL, O_NO_EVENT_IDX, "do not offer the event index"),
	OPT("inband", NULL, O_INBAND, "offer notifications over the socket (User-Mode Linux)"),
	OPT("poll", "US", O_POLL, "poll for this time before waiting for a notification"),
	OPT("null", NULL, O_NULL, "answer at once without computing: measures the transport"),
	OPT("delay", "US", O_DELAY, "delay of the answer to each data request"),
	OPT("workers", "N", O_WORKERS,
	    "data requests done at the same time, per queue (no limit)"),
	OPT("throttle", "N", O_THROTTLE, "data requests per second, per queue"),
	OPT("fault", "WORD[=VALUE][*TIMES]", O_FAULT,
	    "misbehave (repeatable); without TIMES forever.  --fault help lists the words"),
	OPT("command", "LINE", O_COMMAND,
	    "execute a command before anything else (repeatable)"),
	OPT("control", "SOCKET", O_CONTROL,
	    "accept commands there, or (-) from standard input; `help` lists them"),
	OPT("once", NULL, O_ONCE, "end when the first front end disconnects"),
	OPT("json", "FILE", O_JSON, "write the counters there at the end (- is standard output)"),
	OPT("lenient", NULL, O_LENIENT, "violations do not change the exit status"),
	OPT("verbose", NULL, 'v', "print what happens"),
	OPT("help", NULL, 'h', "print this"),
};

#define NR_OPTIONS ARRAY_SIZE(options)

static volatile sig_atomic_t ended, connection = -1;

/* main() ends the process, whichever thread gets the signal. */
static void on_signal(int signo)
{
	(void)signo;
	ended = 1;
	if (connection >= 0)
		shutdown(connection, SHUT_RDWR);
}

static void __attribute__((noreturn)) usage(void)
{
	char left[64];
	unsigned int i;

	printf("usage: vcdev [OPTION]... SOCKET\n\n"
	       "A VIRTIO crypto device for a vhost-user front end that connects to SOCKET:\n"
	       "QEMU's vhost-user-test-device-pci, or User-Mode Linux.\n\n");
	for (i = 0; i < NR_OPTIONS; i++) {
		snprintf(left, sizeof(left), "--%s%s%s", options[i].option.name,
			 options[i].argument ? " " : "", options[i].argument ?: "");
		printf("  %-34s%s\n", left, options[i].text);
	}
	printf("\nExit: 0; 1 the driver broke a requirement; 2 wrong use, or no socket.\n");
	exit(0);
}

static void __attribute__((noreturn)) wrong(const char *what, const char *value)
{
	complain("%s '%s'; --help lists the options", what, value);
	exit(2);
}

static uint64_t number(const char *s, uint64_t max)
{
	char *end;
	uint64_t n;

	if (!parse_number(s, &end, &n) || *end || n > max)
		wrong("not a number in range:", s);
	return n;
}

static unsigned int service_of(const char *word, size_t len)
{
	unsigned int i;

	for (i = 0; i < NR_SERVICES; i++)
		if (strlen(service_words[i]) == len && !memcmp(word, service_words[i], len))
			return i;
	wrong("not a service:", word);
}

static uint32_t service_list(const char *list)
{
	uint32_t mask = 0;

	while (*list) {
		size_t len = strcspn(list, ",");

		mask |= 1u << service_of(list, len);
		list += len + (list[len] == ',');
	}
	return mask;
}

/* SERVICE=N,N,... */
static void algo_list(struct settings *s, const char *arg)
{
	size_t len = strcspn(arg, "=");
	unsigned int service = service_of(arg, len);
	char *copy, *word, *state;

	if (!arg[len])
		wrong("not algorithms:", arg);
	copy = strdup(arg + len + 1);
	s->algos[service] = 0;
	for (word = strtok_r(copy, ",", &state); word; word = strtok_r(NULL, ",", &state))
		s->algos[service] |= 1ull << number(word, 63);
	free(copy);
}

static int listen_on(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(addr.sun_path))
		wrong("path too long:", path);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 4)) {
		complain("cannot listen on %s: %s", path, strerror(errno));
		exit(2);
	}
	return fd;
}

static void write_json(struct device *dev, const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "w") : stdout;

	if (!f) {
		complain("cannot write %s: %s", path, strerror(errno));
		return;
	}
	device_json(dev, f);
	if (f == stdout)
		fflush(f);
	else
		fclose(f);
}

/* Executes `--fault X` and `--command X`, once the device exists */
static void do_commands(struct device *dev, char **commands, unsigned int nr)
{
	FILE *null = fopen("/dev/null", "w");
	unsigned int i;
	char *copy;

	for (i = 0; i < nr; i++) {
		copy = strdup(commands[i]);
		if (!null || !copy || !control_command(dev, copy, null))
			wrong("not a command:", commands[i]);
		free(copy);
		free(commands[i]);
	}
	if (null)
		fclose(null);
}

/*
 * Serves one front end after another.  After `disconnect` there is no socket for a time, so
 * that connections are refused and do not wait.
 */
static void serve(struct device *dev, const char *path, bool once)
{
	int fd, listener = listen_on(path);
	unsigned int ms;

	while (!ended) {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		connection = fd;
		if (!ended)
			vhost_serve(device_vhost(dev), fd);
		connection = -1;
		close(fd);
		if (once)
			break;
		ms = control_away();
		if (!ms)
			continue;
		close(listener);
		unlink(path);
		usleep(1000 * ms);
		listener = listen_on(path);
	}
	close(listener);
	unlink(path);
}

int main(int argc, char **argv)
{
	struct settings settings = {
		.services = (1 << NR_SERVICES) - 1,
		.data_queues = 1,
		.max_cipher_key = 64,
		.max_auth_key = 256,
		.max_size = 1 << 20,
		.max_sessions = 1024,
		.config_status = STATUS_HW_READY,
	};
	struct vhost_options ring = { 0 };
	struct option longs[NR_OPTIONS + 1] = { 0 };
	struct sigaction action = { .sa_handler = on_signal };
	const char *control = NULL, *json = NULL;
	char *commands[MAX_COMMANDS];
	unsigned int i, nr_commands = 0;
	bool once = false, lenient = false, config_queues = false;
	uint32_t mask;
	struct device *dev;
	int c;

	for (i = 0; i < NR_OPTIONS; i++)
		longs[i] = options[i].option;
	for (i = 0; i < NR_SERVICES; i++)
		settings.algos[i] = alg_mask(i);
	while ((c = getopt_long(argc, argv, "vh", longs, NULL)) != -1) {
		switch (c) {
		case O_LIKE:
			if (strcmp(optarg, "dpdk"))
				wrong("unknown device", optarg);
			settings_like_dpdk(&settings);
			break;
		case O_SERVICES: settings.services = service_list(optarg); break;
		case O_ALGOS: algo_list(&settings, optarg); break;
		case O_FEATURES: settings.features = number(optarg, 0xffffff); break;
		case O_STATELESS:
			mask = service_list(optarg);
			settings.features |= (uint64_t)mask << F_CIPHER_STATELESS;
			/* fall through */
		case O_REVISION_1: settings.features |= 1 << F_REVISION_1; break;
		case O_QUEUES: settings.data_queues = number(optarg, VHOST_MAX_QUEUES - 1); break;
		case O_CONFIG_QUEUES:
			settings.config_queues = number(optarg, UINT32_MAX);
			config_queues = true;
			break;
		case O_SIZE: ring.ring_size = number(optarg, RING_MAX); break;
		case O_SESSIONS: settings.max_sessions = number(optarg, UINT32_MAX); break;
		case O_FIRST_ID: settings.first_id = number(optarg, UINT64_MAX); break;
		case O_MAX_SIZE: settings.max_size = number(optarg, UINT64_MAX); break;
		case O_CIPHER_KEY: settings.max_cipher_key = number(optarg, UINT32_MAX); break;
		case O_AUTH_KEY: settings.max_auth_key = number(optarg, UINT32_MAX); break;
		case O_NOT_READY: settings.config_status = 0; break;
		case O_PACKED: ring.packed = true; break;
		case O_BATCHES:
			ring.batches = true;
			/* fall through */
		case O_IN_ORDER: ring.in_order = true; break;
		case O_NO_INDIRECT: ring.no_indirect = true; break;
		case O_NO_EVENT_IDX: ring.no_event_idx = true; break;
		case O_INBAND: ring.inband = true; break;
		case O_POLL: ring.poll_us = number(optarg, 1000000); break;
		case O_NULL: settings.null = true; break;
		case O_DELAY: settings.delay_us = number(optarg, 3600000000u); break;
		case O_WORKERS: settings.workers = number(optarg, UINT32_MAX); break;
		case O_THROTTLE: settings.throttle = number(optarg, 1000000); break;
		case O_FAULT:
			if (!strcmp(optarg, "help")) {
				control_help(stdout);
				return 0;
			}
			/* fall through */
		case O_COMMAND:
			if (nr_commands == MAX_COMMANDS ||
			    asprintf(&commands[nr_commands++], "%s%s",
				     c == O_FAULT ? "fault " : "", optarg) < 0)
				wrong("too many commands:", optarg);
			break;
		case O_CONTROL: control = optarg; break;
		case O_ONCE: once = true; break;
		case O_JSON: json = optarg; break;
		case O_LENIENT: lenient = true; break;
		case 'v': report_verbose = true; break;
		case 'h': usage();
		default: return 2;
		}
	}
	if (optind != argc - 1)
		wrong("exactly one socket is needed, not", argc > optind ? argv[argc - 1] : "none");
	if (!settings.data_queues)
		wrong("data queues:", "0");
	if (!config_queues)
		settings.config_queues = settings.data_queues;

	dev = device_new(&settings, &ring);
	if (!dev) {
		complain("no memory for the device");
		return 2;
	}
	do_commands(dev, commands, nr_commands);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (control && !strcmp(control, "-")) {
		if (control_start_streams(dev, stdin, stdout))
			return 2;
		control = NULL;
	} else if (control && control_start(dev, listen_on(control))) {
		return 2;
	}
	serve(dev, argv[optind], once);
	if (control)
		unlink(control);
	if (json)
		write_json(dev, json);
	if (violations())
		complain("the driver broke requirements %llu times",
			 (unsigned long long)violations());
	/*
	 * Threads of the control channel may be running, and end with the process.  exit()
	 * would wait for a thread that reads standard input.
	 */
	fflush(stdout);
	_exit(violations() && !lenient);
}
