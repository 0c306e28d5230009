/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop of a process, by libevent. It ignores libevent's environment
 * variables, for the host writes our environment.
 *
 * One thread runs a loop and calls everything that lives on it. What lives on a
 * loop is freed before it.
 */
#ifndef CC_NET_LOOP_H
#define CC_NET_LOOP_H

#include <stdbool.h>

#include "base/err.h"

struct event_base;
struct evdns_base;
struct cc_loop;
#define CC_AUTO_LOOP CC_CLEANUP(cc_loop_auto)

/* The process ignores SIGPIPE from then on, and so does what it executes: reset it before exec. */
int cc_loop_new(struct cc_loop **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_loop_free(struct cc_loop *loop);
static inline void cc_loop_auto(struct cc_loop **loop)
{
	cc_loop_free(*loop);
}
/* For events of the caller's own. */
struct event_base *cc_loop_base(struct cc_loop *loop) CC_NONNULL;
/*
 * The resolver, made at its first use from /etc/resolv.conf and /etc/hosts as they are then.
 * Never the C library's, which loads code (NSS) that a static program must not.
 */
int cc_loop_dns(struct cc_loop *loop, struct evdns_base **out,
		struct cc_err *err) CC_MUST CC_NONNULL;
/* Until cc_loop_stop, or until nothing is left to wait for. */
int cc_loop_run(struct cc_loop *loop, struct cc_err *err) CC_MUST CC_NONNULL;
/* Run what is ready and return; wait for something first when `wait`. */
int cc_loop_step(struct cc_loop *loop, bool wait, struct cc_err *err) CC_MUST CC_NONNULL;
/* Callbacks that are ready still run. */
void cc_loop_stop(struct cc_loop *loop) CC_NONNULL;
/* Call `fn` from the loop for each such signal, as long as the loop lives; at most 8. */
int cc_loop_on_signal(struct cc_loop *loop, int number, void (*fn)(void *context), void *context,
		      struct cc_err *err) CC_MUST __attribute__((nonnull(1, 3, 5)));

#endif
