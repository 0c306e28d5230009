/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One socket between two processes of the CAS, on a loop: bytes to messages by
 * the table of proto/messages.h. Whatever the table does not allow ends the wire.
 */
#ifndef CC_CAS_WIRE_H
#define CC_CAS_WIRE_H

#include "net/loop.h"
#include "proto/messages.h"

struct cc_wire;
#define CC_AUTO_WIRE CC_CLEANUP(cc_wire_auto)

struct cc_wire_plan {
	struct cc_loop *loop;
	int fd; /* taken over */
	enum cc_process us, them;
	/* Spans of the message are valid for the call. */
	void (*message)(void *context, struct cc_wire *wire, const struct cc_message *message);
	/* Once; the wire is dead then and may be freed. CC_E_UNAVAILABLE: the other end closed. */
	void (*closed)(void *context, struct cc_wire *wire, const struct cc_err *why);
	void *context;
};
int cc_wire_new(const struct cc_wire_plan *plan, struct cc_wire **out,
		struct cc_err *err) CC_MUST CC_NONNULL;
void cc_wire_free(struct cc_wire *wire);
static inline void cc_wire_auto(struct cc_wire **wire)
{
	cc_wire_free(*wire);
}
/* From now on both directions are in this phase. */
void cc_wire_phase(struct cc_wire *wire, enum cc_phase phase) CC_NONNULL;
int cc_wire_send(struct cc_wire *wire, const struct cc_message *message,
		 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
