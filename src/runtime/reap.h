/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The duties of a first process: take what orphans leave, pass signals on, know
 * how the program ended, and see that nothing outlives it.
 */
#ifndef CC_RUNTIME_REAP_H
#define CC_RUNTIME_REAP_H

#include <sys/types.h>

#include "base/span.h"

struct cc_ending {
	bool exited;     /* else it was killed by a signal */
	int status;      /* its exit status */
	int killer;      /* that signal, or 0 */
	int interrupted; /* the ending signal that came from outside, or 0 */
	bool stopped;    /* we killed it, because a volume failed */
};

/*
 * Block all signals, so that threads started later leave them to `*fd`, a signalfd; and
 * ignore SIGPIPE.
 */
int cc_reap_signals(int *fd, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Until `child` has ended: reap others, forward to it the signals that come from outside
 * the container (those from inside say nothing about the host's wishes), and kill it when
 * `stop` (an eventfd) becomes readable.
 */
int cc_reap_wait(pid_t child, int signals, int stop, struct cc_ending *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* Kill and take all other processes of the container. CC_E_BUG unless we are its first. */
int cc_reap_rest(struct cc_err *err) CC_MUST CC_NONNULL;
/* Whether the run may be reported as complete: exit 0, by itself. */
bool cc_ending_is_complete(const struct cc_ending *ending) CC_NONNULL;
/* What the container exits with: the program's status, 128 + signal; never 0 unless complete. */
int cc_ending_status(const struct cc_ending *ending) CC_NONNULL;

#endif
