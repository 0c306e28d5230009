/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a long command is, on standard error: a line that is redrawn on a terminal, elsewhere
 * only the last one, with the rate of the whole.
 */
#ifndef CC_CLI_PROGRESS_H
#define CC_CLI_PROGRESS_H

#include "base/buf.h"

struct cc_progress {
	const char *what; /* "checked" */
	bool quiet, redraws;
	uint64_t started_ms, shown_ms;
	uint64_t files, bytes;
	uint64_t total; /* bytes in the end; 0: nobody knows */
};

/* `what` is borrowed. From here on ^C is an error of the next step (cli/interrupt.h). */
void cc_progress_start(struct cc_progress *p, const char *what) CC_NONNULL;
/* CC_E_SYSTEM, and the line is ended, when the command was interrupted. */
int cc_progress_add(struct cc_progress *p, uint64_t files, uint64_t bytes,
		    struct cc_err *err) CC_MUST CC_NONNULL;
void cc_progress_end(struct cc_progress *p) CC_NONNULL;
/* The line, without control characters: "checked 3 files, 1.5 MiB of 2.0 MiB in 2.0 s (0.8 MiB/s)".
 */
int cc_progress_print(const struct cc_progress *p, uint64_t now_ms, struct cc_buf *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* Bytes for people, three digits at least: "12 bytes", "1.5 MiB". */
#define CC_BYTES_TEXT 32
void cc_bytes_print(uint64_t bytes, char out[static CC_BYTES_TEXT]) CC_NONNULL;

#endif
