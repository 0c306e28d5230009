/* SPDX-License-Identifier: Apache-2.0 */
/* Where to connect to and listen: "host:port", "192.0.2.1:port", "[2001:db8::1]:port",
 * "unix:/path". */
#ifndef CC_NET_ADDRESS_H
#define CC_NET_ADDRESS_H

#include <sys/socket.h>

#include "base/span.h"

#define CC_HOST_MAX 253 /* RFC 1035, as text */
#define CC_ADDRESS_TEXT 300

enum cc_address_kind {
	CC_ADDRESS_NONE = 0,
	CC_ADDRESS_IP,
	CC_ADDRESS_UNIX,
	CC_ADDRESS_NAME, /* `host` has to be resolved */
};

struct cc_address {
	enum cc_address_kind kind;
	struct sockaddr_storage at; /* not of a name */
	socklen_t len;
	char host[CC_HOST_MAX + 1]; /* name or number, without brackets; empty of unix */
	uint16_t port;
};

/* CC_E_ARG with the forms that there are. Ports are numbers, 0 only to listen. */
int cc_address_parse(const char *text, struct cc_address *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * A listening, non-blocking socket with TCP_NODELAY, which accepted ones inherit: an answer
 * leaves in two TLS records, and Nagle's algorithm would hold the second for 40 ms.
 * Names are refused. A socket file that nobody listens on is replaced; files of unix sockets
 * are born with mode 0600 (the umask of the process is changed for a moment).
 */
int cc_listen(const char *text, int *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The address that a socket is bound to, in the form that cc_address_parse reads. */
int cc_bound_address(int fd, char out[static CC_ADDRESS_TEXT],
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
