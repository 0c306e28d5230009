/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client that waits: for the command line and the runtime. One connection,
 * as in net/channel.h, on a loop of its own.
 *
 * It works in a static program: addresses and unix sockets directly, names by
 * libevent's resolver from /etc/resolv.conf and /etc/hosts, never by NSS.
 *
 * Unless `reconnect` is set, requests go over the one connection that
 * cc_client_open made, whose exporter the caller may have put into evidence;
 * when it is gone they fail with CC_E_UNAVAILABLE until cc_client_connect. With
 * `reconnect`, a connection that has ended between two requests is made again.
 * No request is ever sent twice.
 */
#ifndef CC_NET_CLIENT_H
#define CC_NET_CLIENT_H

#include "net/channel.h"

struct cc_client;

struct cc_client_plan {
	const char *address;
	const struct cc_digest *pin; /* the CAS key hash; NULL: plain HTTP, unless: */
	bool is_public;              /* a server of the public web, known by the address's name */
	const char *roots;           /* and certificates in this PEM file; NULL: the system's */
	const struct cc_key *key;    /* of the client, with its certificate; or both NULL */
	const struct cc_cert *cert;
	unsigned int connect_ms, answer_ms; /* 0: as in net/channel.h */
	size_t body_max;                    /* of answers; 0: CC_HTTP_BODY_MAX */
	bool reconnect;
};

#define CC_AUTO_CLIENT CC_CLEANUP(cc_client_close_auto)
/* Connects, TLS included. Errors as in net/channel.h. */
int cc_client_open(const struct cc_client_plan *plan, struct cc_client **out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
void cc_client_close(struct cc_client *client);
static inline void cc_client_close_auto(struct cc_client **client)
{
	cc_client_close(*client);
}
/* A new connection in place of the present one. */
int cc_client_connect(struct cc_client *client, struct cc_err *err) CC_MUST CC_NONNULL;
/* An answer of any status is a success here. `out` is replaced (cc_reply_clear frees it). */
int cc_client_call(struct cc_client *client, const struct cc_call *call, struct cc_reply *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* Of the present connection; NULL without one or over plain HTTP. */
const struct cc_digest *cc_client_exporter(const struct cc_client *client) CC_NONNULL;

#endif
