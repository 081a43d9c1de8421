// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Commands to a running device; see control.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "report.h"
#include "util.h"

/* struct control - where commands come from, and where answers go */
struct control {
	struct device *device;
	int listener;
	FILE *in, *out;
};

static atomic_uint away;

static const struct {
	const char *word;
	unsigned int offset;
} fields[] = {
	{ "status", CFG_STATUS },
	{ "max_dataqueues", CFG_MAX_DATAQUEUES },
	{ "crypto_services", CFG_CRYPTO_SERVICES },
	{ "cipher_algo", CFG_CIPHER_ALGO_L },
	{ "hash_algo", CFG_HASH_ALGO },
	{ "mac_algo", CFG_MAC_ALGO_L },
	{ "aead_algo", CFG_AEAD_ALGO },
	{ "max_cipher_key_len", CFG_MAX_CIPHER_KEY_LEN },
	{ "max_auth_key_len", CFG_MAX_AUTH_KEY_LEN },
	{ "akcipher_algo", CFG_AKCIPHER_ALGO },
	{ "max_size", CFG_MAX_SIZE },
};

static const struct {
	const char *word;
	enum knob knob;
} knobs[] = {
	{ "null", KNOB_NULL },
	{ "throttle", KNOB_THROTTLE },
	{ "delay", KNOB_DELAY },
	{ "workers", KNOB_WORKERS },
	{ "dpdk", KNOB_DPDK },
	{ "sessions", KNOB_SESSIONS },
	{ "features", KNOB_FEATURES },
};

/* Parses the value in WORD=VALUE; false if it is invalid */
static bool assignment(const char *text, const char *word, uint64_t *value)
{
	size_t len = strlen(word);
	char *end;

	return !strncmp(text, word, len) && text[len] == '=' &&
	       parse_number(text + len + 1, &end, value) && !*end;
}

static bool do_config(struct device *dev, const char *arg)
{
	uint64_t value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (assignment(arg, fields[i].word, &value)) {
			device_set_config(dev, fields[i].offset, value);
			return true;
		}
	}
	return false;
}

static bool do_set(struct device *dev, const char *arg)
{
	uint64_t value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		if (assignment(arg, knobs[i].word, &value)) {
			device_set(dev, knobs[i].knob, value);
			return true;
		}
	}
	return false;
}

static bool do_fault(struct device *dev, const char *arg)
{
	return faults_set(device_faults(dev), arg);
}

static bool do_well(struct device *dev, const char *arg)
{
	if (*arg)
		return false;
	faults_clear(device_faults(dev));
	return true;
}

static bool set_ready(struct device *dev, const char *arg, uint32_t status)
{
	if (*arg && strcmp(arg, "quietly"))
		return false;
	device_set_status(dev, status, !*arg);
	return true;
}

static bool do_ready(struct device *dev, const char *arg)
{
	return set_ready(dev, arg, STATUS_HW_READY);
}

static bool do_not_ready(struct device *dev, const char *arg)
{
	return set_ready(dev, arg, 0);
}

static bool do_notify(struct device *dev, const char *arg)
{
	if (*arg)
		return false;
	vhost_config_changed(device_vhost(dev));
	return true;
}

static bool do_needs_reset(struct device *dev, const char *arg)
{
	if (*arg)
		return false;
	device_need_reset(dev);
	return true;
}

static bool do_forget(struct device *dev, const char *arg)
{
	if (*arg)
		return false;
	device_forget(dev);
	return true;
}

static bool do_disconnect(struct device *dev, const char *arg)
{
	uint64_t ms = 0;
	char *end;

	if (*arg && (!parse_number(arg, &end, &ms) || *end || ms > 3600000))
		return false;
	atomic_store(&away, ms);
	if (!vhost_disconnect(device_vhost(dev)))
		atomic_store(&away, 0);
	return true;
}

/* Commands whose answer is ok */
static const struct {
	const char *word, *args, *text;
	bool (*call)(struct device *dev, const char *arg);
} commands[] = {
	{ "fault", "WORD[=VALUE][*TIMES]", "misbehave; without TIMES forever, *0 ends it",
	  do_fault },
	{ "well", "", "end all faults", do_well },
	{ "ready", "[quietly]", "set HW_READY, and notify unless quietly", do_ready },
	{ "not-ready", "[quietly]", "clear it", do_not_ready },
	{ "config", "FIELD=VALUE", "change a field of the configuration, without a notification",
	  do_config },
	{ "notify", "", "send a configuration interrupt", do_notify },
	{ "set", "KNOB=VALUE", "change a setting", do_set },
	{ "needs-reset", "", "set DEVICE_NEEDS_RESET and answer nothing until a reset",
	  do_needs_reset },
	{ "forget", "", "forget all sessions", do_forget },
	{ "disconnect", "[MS]", "disconnect, and be away for that time", do_disconnect },
};

void control_help(FILE *f)
{
	char left[48];
	unsigned int i;

	fprintf(f, "commands:\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		snprintf(left, sizeof(left), "%s %s", commands[i].word, commands[i].args);
		fprintf(f, "  %-27s %s\n", left, commands[i].text);
	}
	fprintf(f, "  %-27s %s\n", "counts", "all counters, as JSON");
	fprintf(f, "  %-27s %s\n", "violations", "how often the driver broke a requirement");
	fprintf(f, "  %-27s %s\n", "help", "this list");
	faults_help(f);
	fprintf(f, "fields:\n ");
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		fprintf(f, " %s", fields[i].word);
	fprintf(f, "\nknobs:\n ");
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		fprintf(f, " %s", knobs[i].word);
	fprintf(f, "\n");
}

bool control_command(struct device *dev, char *line, FILE *f)
{
	char *arg = line + strcspn(line, " ");
	unsigned int i;

	if (*arg)
		*arg++ = '\0';
	if (!strcmp(line, "counts")) {
		device_json(dev, f);
		return true;
	}
	if (!strcmp(line, "violations")) {
		fprintf(f, "%llu\n", (unsigned long long)violations());
		return true;
	}
	if (!strcmp(line, "help")) {
		control_help(f);
		return true;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(line, commands[i].word) && commands[i].call(dev, arg)) {
			fprintf(f, "ok\n");
			return true;
		}
	}
	fprintf(f, "error: '%s%s%s' is not a command; try help\n", line, *arg ? " " : "", arg);
	return false;
}

unsigned int control_away(void)
{
	return atomic_exchange(&away, 0);
}

/* Serves one connection, or standard input, until it ends. */
static void *serve(void *arg)
{
	struct control *control = arg;
	char line[256];

	while (fgets(line, sizeof(line), control->in)) {
		line[strcspn(line, "\r\n")] = '\0';
		control_command(control->device, line, control->out);
		fflush(control->out);
	}
	if (control->listener >= 0) {
		fclose(control->in);
		fclose(control->out);
	}
	free(control);
	return NULL;
}

static int start_thread(void *(*call)(void *arg), const struct control *template)
{
	struct control *control = malloc(sizeof(*control));
	pthread_t thread;

	if (!control)
		return -1;
	*control = *template;
	if (pthread_create(&thread, NULL, call, control)) {
		complain("no thread for commands");
		free(control);
		return -1;
	}
	pthread_detach(thread);
	return 0;
}

static void *accept_all(void *arg)
{
	struct control *control = arg, connection = *control;
	int in, out;

	for (;;) {
		in = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
		if (in < 0) {
			/* out of descriptors: wait until a connection ends */
			usleep(100000);
			continue;
		}
		/* one stream cannot both read and write a file without a position */
		out = dup(in);
		connection.in = fdopen(in, "r");
		connection.out = out < 0 ? NULL : fdopen(out, "w");
		if (connection.in && connection.out && !start_thread(serve, &connection))
			continue;
		if (connection.out)
			fclose(connection.out);
		else if (out >= 0)
			close(out);
		if (connection.in)
			fclose(connection.in);
		else
			close(in);
	}
	return NULL;
}

int control_start(struct device *dev, int listener)
{
	return start_thread(accept_all, &(struct control){ dev, listener, NULL, NULL });
}

int control_start_streams(struct device *dev, FILE *in, FILE *out)
{
	return start_thread(serve, &(struct control){ dev, -1, in, out });
}
