/* SPDX-License-Identifier: Apache-2.0 */
/* From an address to a connected socket, on a loop: resolve, then try what was found in turn. */
#ifndef CC_NET_CONNECT_INTERNAL_H
#define CC_NET_CONNECT_INTERNAL_H

#include <sys/time.h>

#include "net/address.h"
#include "net/loop.h"

static inline struct timeval cc_milliseconds(unsigned int ms)
{
	return (struct timeval){ ms / 1000, (suseconds_t)(ms % 1000) * 1000 };
}

struct cc_connect;
/*
 * Called once, from the loop and never from cc_connect_start: with a connected, non-blocking
 * socket that is the callee's, or with -1 and why (CC_E_UNAVAILABLE with the address).
 * The connect is over by then and is freed by whoever started it (here or later).
 */
typedef void (*cc_connect_fn)(void *context, int fd, const struct cc_err *err);

/* CC_E_ARG for an address that is none. `timeout_ms` is for everything together. */
int cc_connect_start(struct cc_loop *loop, const char *address, unsigned int timeout_ms,
		     cc_connect_fn fn, void *context, struct cc_connect **out,
		     struct cc_err *err) CC_MUST __attribute__((nonnull(1, 2, 4, 6, 7)));
/* Ends it too when it is not over; `fn` is not called any more. */
void cc_connect_free(struct cc_connect *connect);

#endif
