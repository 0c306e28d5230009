/* SPDX-License-Identifier: Apache-2.0 */
/* The wires of a keeper between a web and a verifier that the test plays. */
#ifndef CC_TESTS_UNIT_CAS_WIRES_H
#define CC_TESTS_UNIT_CAS_WIRES_H

#include "tests/unit/cas/story.h"

#include <sys/socket.h>

#include "cas/fetch.h"

/* The keeper's last words (keeper.c) have no place here. */
void cc_keeper_end(struct cc_keeper *keeper, const char *what, const struct cc_err *err)
{
	(void)keeper;
	fail_msg("the keeper ended: %s: %s", what, err->text);
}

static inline void on_web(void *context, struct cc_wire *wire, const struct cc_message *message)
{
	if (message->type == CC_PEER_REPLY)
		cc_fetch_heard(context, message);
	else
		cc_keeper_request(context, wire, message);
}

static inline void on_verifier(void *context, struct cc_wire *wire,
			       const struct cc_message *message)
{
	(void)wire;
	cc_keeper_claims(context, message);
}

static inline void on_closed(void *context, struct cc_wire *wire, const struct cc_err *why)
{
	(void)context;
	(void)wire;
	fail_msg("a wire of the keeper closed: %s", why->text);
}

/* `ours` is the end of who plays `them`. */
static inline void connect_to(struct cc_keeper *keeper, enum cc_process them, int *ours,
			      struct cc_wire **out)
{
	struct cc_wire_plan plan = { .loop = keeper->loop,
				     .us = CC_KEEPER,
				     .them = them,
				     .message = them == CC_WEB ? on_web : on_verifier,
				     .closed = on_closed,
				     .context = keeper };
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
			 0);
	*ours = ends[0];
	plan.fd = ends[1];
	ok(cc_wire_new(&plan, out, &oops));
	cc_wire_phase(*out, CC_PHASE_SERVING);
}

#endif
