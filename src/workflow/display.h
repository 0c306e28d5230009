/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run looks like while it goes: one line a stage with its state and time,
 * redrawn on a terminal, plain lines as states change otherwise.
 */
#ifndef CC_WORKFLOW_DISPLAY_H
#define CC_WORKFLOW_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CC_DISPLAY_STAGES 256

struct cc_display_stage {
	const char *name;
	const char *state;
	uint64_t started_ms, ended_ms; /* 0: not yet */
};

struct cc_display {
	int fd; /* -1: silent */
	bool redraws;
	size_t lines;                      /* drawn before */
	char shown[CC_DISPLAY_STAGES][16]; /* the state shown last */
};

/* Standard error when it is wanted; redraws when that is a terminal. */
void cc_display_start(struct cc_display *display, bool wanted);
void cc_display_show(struct cc_display *display, const struct cc_display_stage *stages,
		     size_t count, uint64_t now_ms);

#endif
