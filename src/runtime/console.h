/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program writes to its standard output and error. A thread reads both
 * pipes and hands the bytes to a sink, in the runtime the encrypted log; nothing
 * reaches the console of the host.
 *
 * Each stream is kept up to a bound. What comes behind it is read and dropped, so
 * that a program that talks too much neither blocks nor fills the disk.
 */
#ifndef CC_RUNTIME_CONSOLE_H
#define CC_RUNTIME_CONSOLE_H

#include "base/span.h"

enum cc_console_stream {
	CC_CONSOLE_OUT = 0,
	CC_CONSOLE_ERR,
	CC_CONSOLE_STREAMS,
};

#define CC_CONSOLE_MAX ((uint64_t)16 * 1024 * 1024)

struct cc_console_sink {
	void *ctx;
	/* Add `bytes` to the stream at `at`. After a failure it is not called again. */
	int (*write)(void *ctx, enum cc_console_stream stream, uint64_t at, struct cc_span bytes,
		     struct cc_err *err);
};

struct cc_console;
/*
 * `ends` are the writing ends for the program: the caller owns them and closes its own
 * copies after the fork. The sink belongs to the console's thread until cc_console_end.
 */
int cc_console_start(const struct cc_console_sink *sink, uint64_t max, struct cc_console **out,
		     int ends[static CC_CONSOLE_STREAMS], struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Wait until all writing ends are closed (the caller has killed who holds them), free the
 * console, and say how the sink fared. `lost` counts the bytes that were dropped.
 */
int cc_console_end(struct cc_console *console, uint64_t *lost,
		   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
