/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to an address, on a loop, as bytes: for who carries what others say, and is
 * trusted with nothing but availability.
 */
#ifndef CC_NET_STREAM_H
#define CC_NET_STREAM_H

#include "base/span.h"
#include "net/loop.h"

#define CC_STREAM_QUEUE_MAX ((size_t)1024 * 1024) /* bytes that wait to be sent */

struct cc_stream;

struct cc_stream_plan {
	struct cc_loop *loop;
	const char *address; /* as in net/address.h; copied */
	unsigned int connect_ms;
	/* Valid for the call. It may free the stream. */
	void (*on_bytes)(void *context, struct cc_span bytes);
	/* Once: CC_E_UNAVAILABLE, it was not reached, has ended or failed. It may free the stream.
	 */
	void (*on_end)(void *context, const struct cc_err *why);
	void *context;
};

#define CC_AUTO_STREAM CC_CLEANUP(cc_stream_auto)
/* Nothing is called back from here. CC_E_ARG for an address that is none. */
int cc_stream_new(const struct cc_stream_plan *plan, struct cc_stream **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* What is queued and not sent is lost; nothing is called back any more. */
void cc_stream_free(struct cc_stream *stream);
static inline void cc_stream_auto(struct cc_stream **stream)
{
	cc_stream_free(*stream);
}
/* Queue bytes, also before it is connected. CC_E_UNAVAILABLE: too much waits, or it has ended. */
int cc_stream_send(struct cc_stream *stream, struct cc_span bytes,
		   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
