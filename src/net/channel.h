/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP/1.1 client on a loop: one connection, over which requests go one
 * after another.
 *
 * The connection is explicit, because attestation hangs on it: nothing is sent
 * on another than the one that cc_channel_connect made, and when it is gone
 * requests fail until the caller connects again. Nothing is ever sent twice.
 *
 * Errors: CC_E_UNAVAILABLE (not reached, ended, no answer in time: the text
 * says which), those of cc_tls_failure (another CAS key, expired …), CC_E_ARG or
 * CC_E_UNSUPPORTED (the answer is not HTTP as we take it), CC_E_TOOBIG (it is
 * over `body_max`). After any of them the connection is gone.
 */
#ifndef CC_NET_CHANNEL_H
#define CC_NET_CHANNEL_H

#include "crypto/tls.h"
#include "net/http.h"
#include "net/loop.h"

struct cc_channel;

struct cc_channel_plan {
	struct cc_loop *loop;
	const char *address;     /* as in net/address.h; copied */
	struct cc_tls *tls;      /* outlives the channel; NULL: plain HTTP */
	unsigned int connect_ms; /* resolving, connecting and TLS together; 0: 10 s */
	unsigned int answer_ms;  /* from the request to the whole answer; 0: 60 s */
	size_t body_max;         /* of answers; 0: CC_HTTP_BODY_MAX */
};

struct cc_call_field {
	const char *name, *value;
};
/* A request. Host and Content-Length are added. */
struct cc_call {
	const char *method, *path; /* the path with its query */
	const struct cc_call_field *fields;
	size_t count;
	struct cc_span body;
};
/* An answer; a zeroed one is empty. */
struct cc_reply {
	unsigned int status;
	struct cc_buf bytes, body; /* the head, and the body */
	struct cc_http_head head;  /* points into `bytes` */
};
#define CC_AUTO_REPLY CC_CLEANUP(cc_reply_clear)
void cc_reply_clear(struct cc_reply *reply) CC_NONNULL;

/* `err` is NULL when it went well; `reply` then is the answer, and NULL for a connect. */
typedef void (*cc_channel_fn)(void *context, struct cc_reply *reply, const struct cc_err *err);

#define CC_AUTO_CHANNEL CC_CLEANUP(cc_channel_auto)
int cc_channel_new(const struct cc_channel_plan *plan, struct cc_channel **out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* What is under way is not called back. May be called from a callback. */
void cc_channel_free(struct cc_channel *channel);
static inline void cc_channel_auto(struct cc_channel **channel)
{
	cc_channel_free(*channel);
}
/*
 * Make the connection (a former one is ended), TLS included. `fn` is called once, from the loop
 * and never from here, unless this fails or the channel is freed.
 */
int cc_channel_connect(struct cc_channel *channel, cc_channel_fn fn, void *context,
		       struct cc_err *err) CC_MUST __attribute__((nonnull(1, 2, 4)));
/*
 * Send a request. CC_E_UNAVAILABLE when there is no connection, CC_E_BUG when one is under way.
 * What `call` points to is copied. `reply` is the callee's for the call; it may move it out.
 */
int cc_channel_call(struct cc_channel *channel, const struct cc_call *call, cc_channel_fn fn,
		    void *context, struct cc_err *err) CC_MUST __attribute__((nonnull(1, 2, 3, 5)));
bool cc_channel_is_connected(const struct cc_channel *channel) CC_NONNULL;
/* The exporter of the present connection; NULL without one or over plain HTTP. */
const struct cc_digest *cc_channel_exporter(const struct cc_channel *channel) CC_NONNULL;

#endif
