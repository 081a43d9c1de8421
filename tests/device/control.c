// SPDX-License-Identifier: GPL-2.0
/* The control socket; see control.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "report.h"
#include "util.h"

struct control {
	struct device *device;
	int listener;
};

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

void control_help(FILE *f)
{
	static const struct { const char *word, *text; } words[] = {
#define F(name, word, text) { word, text },
		FAULTS(F)
#undef F
	};
	unsigned int i;

	fprintf(f, "commands:\n"
		"  fault WORD[=VALUE][*TIMES]  misbehave; without TIMES for ever, *0 ends it\n"
		"  well                        end all faults\n"
		"  ready [quietly]             set HW_READY, with a notification unless quietly\n"
		"  not-ready [quietly]         clear it\n"
		"  config FIELD=VALUE          change a field; notify tells the driver\n"
		"  notify                      a configuration interrupt\n"
		"  disconnect                  disappear: drop the front end\n"
		"  counts                      all figures, as JSON\n"
		"  violations                  how often the driver broke a requirement\n"
		"  help                        this\n"
		"faults:\n");
	for (i = 0; i < NR_FAULTS; i++)
		fprintf(f, "  %-16s %s\n", words[i].word, words[i].text);
	fprintf(f, "fields:\n ");
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		fprintf(f, " %s", fields[i].word);
	fprintf(f, "\n");
}

static bool number(const char *s, char **end, uint64_t *n)
{
	errno = 0;
	*n = strtoull(s, end, 0);
	return *end != s && !errno && *s != '-';
}

bool control_fault(struct device *dev, const char *text)
{
	size_t len = strcspn(text, "=*");
	uint64_t value = 0, times = UINT64_MAX;
	enum fault fault;
	char word[32], *end;

	if (len >= sizeof(word))
		return false;
	memcpy(word, text, len);
	word[len] = '\0';
	if (!device_find_fault(word, &fault))
		return false;
	text += len;
	if (*text == '=') {
		if (!number(text + 1, &end, &value))
			return false;
		text = end;
	}
	if (*text == '*') {
		if (!number(text + 1, &end, &times))
			return false;
		text = end;
	}
	if (*text)
		return false;
	device_fault(dev, fault, value, times);
	return true;
}

static bool set_field(struct device *dev, const char *text)
{
	size_t len = strcspn(text, "=");
	uint64_t value;
	unsigned int i;
	char *end;

	if (text[len] != '=' || !number(text + len + 1, &end, &value) || *end)
		return false;
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strlen(fields[i].word) == len && !memcmp(text, fields[i].word, len)) {
			device_set_config(dev, fields[i].offset, value);
			return true;
		}
	}
	return false;
}

static void command(struct device *dev, char *line, FILE *f)
{
	struct vhost *vhost = device_vhost(dev);
	char *arg = line + strcspn(line, " ");
	bool quietly;

	if (*arg)
		*arg++ = '\0';
	quietly = !strcmp(arg, "quietly");
	if (!strcmp(line, "counts")) {
		device_json(dev, f);
		return;
	}
	if (!strcmp(line, "help")) {
		control_help(f);
		return;
	}
	if (!strcmp(line, "violations")) {
		fprintf(f, "%llu\n", (unsigned long long)violations());
		return;
	}
	if (!strcmp(line, "fault") ? control_fault(dev, arg) :
	    !strcmp(line, "config") ? set_field(dev, arg) : false) {
		fprintf(f, "ok\n");
		return;
	}
	if (!strcmp(line, "well")) {
		device_clear_faults(dev);
	} else if (!strcmp(line, "ready")) {
		device_set_status(dev, STATUS_HW_READY, !quietly);
	} else if (!strcmp(line, "not-ready")) {
		device_set_status(dev, 0, !quietly);
	} else if (!strcmp(line, "notify")) {
		vhost_config_changed(vhost);
	} else if (!strcmp(line, "disconnect")) {
		shutdown(vhost->fd, SHUT_RDWR);
	} else {
		fprintf(f, "error: '%s%s%s' is no command; try help\n", line, *arg ? " " : "", arg);
		return;
	}
	fprintf(f, "ok\n");
}

static void *control_thread(void *arg)
{
	struct control *control = arg;
	FILE *in, *out;
	char line[256];
	int fd;

	for (;;) {
		fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		/* a stream cannot read and write what has no position */
		in = fdopen(fd, "r");
		out = fdopen(dup(fd), "w");
		while (in && out && fgets(line, sizeof(line), in)) {
			line[strcspn(line, "\r\n")] = '\0';
			command(control->device, line, out);
			fflush(out);
		}
		if (out)
			fclose(out);
		if (in)
			fclose(in);
		else
			close(fd);
	}
	return NULL;
}

int control_start(struct device *dev, int listener)
{
	struct control *control = malloc(sizeof(*control));
	pthread_t thread;

	if (!control)
		return -1;
	*control = (struct control){ dev, listener };
	if (pthread_create(&thread, NULL, control_thread, control)) {
		complain("no thread for the control socket");
		free(control);
		return -1;
	}
	pthread_detach(thread);
	return 0;
}
