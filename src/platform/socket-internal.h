/* SPDX-License-Identifier: Apache-2.0 */
/* UNIX sockets by their path: that of the simulated platform, and that of a software TPM. */
#ifndef CC_PLATFORM_SOCKET_INTERNAL_H
#define CC_PLATFORM_SOCKET_INTERNAL_H

#include <sys/un.h>

#include "base/err.h"

/* CC_E_ARG for a path that does not fit. */
int cc_socket_address(const char *path, struct sockaddr_un *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* Who is expected there, and how it is missed. */
struct cc_socket_peer {
	const char *name; /* "the TPM" */
	int type;         /* SOCK_STREAM or SOCK_SEQPACKET */
	int patience;     /* seconds that one call waits for it */
	enum cc_code absent;
	const char *hint;
};
int cc_socket_connect(const struct cc_socket_peer *peer, const char *path, int *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
