/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte relay on a loop: what connects to a listening socket is connected to
 * one address. A container without any network reaches the CAS through it by a
 * unix socket; TLS passes through untouched, so the relay has to be trusted
 * with nothing but availability.
 *
 * Each direction holds at most 256 KiB, then its sender waits. An end of one
 * direction is passed on; the other goes on.
 */
#ifndef CC_NET_RELAY_H
#define CC_NET_RELAY_H

#include "net/loop.h"

#include <stddef.h>

struct cc_relay;

struct cc_relay_plan {
	struct cc_loop *loop;
	int fd;                  /* listening (cc_listen); taken over when cc_relay_new succeeds */
	const char *address;     /* where to; copied */
	size_t connections_max;  /* 0: 64. At that many, others wait in the kernel */
	unsigned int connect_ms; /* 0: 10 s */
};

#define CC_AUTO_RELAY CC_CLEANUP(cc_relay_auto)
int cc_relay_new(const struct cc_relay_plan *plan, struct cc_relay **out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* Ends all connections. */
void cc_relay_free(struct cc_relay *relay);
static inline void cc_relay_auto(struct cc_relay **relay)
{
	cc_relay_free(*relay);
}
size_t cc_relay_connections(const struct cc_relay *relay) CC_NONNULL;

#endif
