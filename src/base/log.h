/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line an event to standard error, in logfmt:
 *
 *     time=2026-11-21T02:30:00Z level=info program=keeper event="policy created" …
 *
 * Only programs log; floors below them return errors. Values from outside are
 * escaped. Secrets have no format, so they cannot get here.
 */
#ifndef CC_BASE_LOG_H
#define CC_BASE_LOG_H

#include "base/err.h"

enum cc_log_level {
	CC_LOG_ERROR = 0, /* someone must act */
	CC_LOG_WARN,      /* we went on */
	CC_LOG_INFO,      /* what an operator wants to see */
	CC_LOG_DEBUG,
};

/* Once, at the start of main. `program` must outlive the process. */
void cc_log_init(const char *program, enum cc_log_level most) CC_NONNULL;
void cc_log(enum cc_log_level level, const char *fmt, ...) CC_NONNULL CC_PRINTF(2, 3);
/* "<what>: <text>", with the code's name and the hint as fields of their own. */
void cc_log_err(enum cc_log_level level, const char *what, const struct cc_err *err) CC_NONNULL;

#endif
