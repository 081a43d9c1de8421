// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * Ways to misbehave, and the requests that they apply to; see fault.h.
 */
#include <string.h>

#include "fault.h"
#include "util.h"

#define CTRL	"ctrl-"

static const struct {
	const char *word, *text;
	bool both;
} words[NR_FAULTS] = {
#define F(name, word, both, text) [FAULT_##name] = { word, text, both },
	FAULTS(F)
#undef F
};

void faults_init(struct faults *faults)
{
	memset(faults, 0, sizeof(*faults));
	pthread_mutex_init(&faults->lock, NULL);
}

static bool find(const char *word, enum fault *fault, bool *control)
{
	unsigned int i;

	*control = !strncmp(word, CTRL, strlen(CTRL));
	if (*control)
		word += strlen(CTRL);
	for (i = 0; i < NR_FAULTS; i++) {
		if (!strcmp(word, words[i].word) && (words[i].both || !*control)) {
			*fault = i;
			return true;
		}
	}
	return false;
}

bool faults_set(struct faults *faults, const char *text)
{
	struct turn turn = { 0, UINT64_MAX };
	size_t len = strcspn(text, "=*");
	char word[32], *end = (char *)text + len;
	enum fault fault;
	bool control;

	if (len >= sizeof(word))
		return false;
	memcpy(word, text, len);
	word[len] = '\0';
	if (!find(word, &fault, &control) ||
	    (*end == '=' && !parse_number(end + 1, &end, &turn.value)) ||
	    (*end == '*' && !parse_number(end + 1, &end, &turn.times)) || *end)
		return false;

	pthread_mutex_lock(&faults->lock);
	faults->turns[control][fault] = turn;
	if (turn.times)
		atomic_store(&faults->any, true);
	pthread_mutex_unlock(&faults->lock);
	return true;
}

void faults_clear(struct faults *faults)
{
	pthread_mutex_lock(&faults->lock);
	memset(faults->turns, 0, sizeof(faults->turns));
	atomic_store(&faults->any, false);
	pthread_mutex_unlock(&faults->lock);
}

bool fault_now(struct faults *faults, enum fault fault, bool control, uint64_t *value)
{
	struct turn *turn = &faults->turns[control][fault];
	bool hit;

	if (!atomic_load(&faults->any))
		return false;
	pthread_mutex_lock(&faults->lock);
	hit = turn->times;
	if (hit && value)
		*value = turn->value;
	/* a fault without a limit is not counted */
	if (hit && turn->times != UINT64_MAX)
		turn->times--;
	pthread_mutex_unlock(&faults->lock);
	return hit;
}

void faults_help(FILE *f)
{
	unsigned int i;

	fprintf(f, "faults of data requests, and, with " CTRL
		" before the word, of messages:\n");
	for (i = 0; i < NR_FAULTS; i++)
		if (words[i].both)
			fprintf(f, "  %-13s %s\n", words[i].word, words[i].text);
	fprintf(f, "other faults:\n");
	for (i = 0; i < NR_FAULTS; i++)
		if (!words[i].both)
			fprintf(f, "  %-13s %s\n", words[i].word, words[i].text);
}
