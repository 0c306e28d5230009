/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/fd.h"
#include "platform/socket-internal.h"

int cc_socket_address(const char *path, struct sockaddr_un *out, struct cc_err *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(at.sun_path))
		return cc_fail(err, CC_E_ARG,
			       "path of a socket has %zu characters, at most %zu fit: '%s'",
			       strlen(path), sizeof(at.sun_path) - 1, path);
	memcpy(at.sun_path, path, strlen(path));
	*out = at;
	return 0;
}

int cc_socket_connect(const struct cc_socket_peer *peer, const char *path, int *out,
		      struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = socket(AF_UNIX, peer->type | SOCK_CLOEXEC, 0);
	const struct timeval patience = { .tv_sec = peer->patience };
	struct sockaddr_un to = { 0 };

	if (fd < 0)
		return cc_fail_sys(err, errno, "make a socket");
	CC_TRY(cc_socket_address(path, &to, err));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0)
		return cc_fail_sys(err, errno, "set a timeout");
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
		cc_err_set(err, peer->absent, "connect to %s at '%s': %s", peer->name, path,
			   strerrordesc_np(errno));
		return cc_hint(err, "%s", peer->hint);
	}
	*out = CC_TAKE_FD(fd);
	return 0;
}
