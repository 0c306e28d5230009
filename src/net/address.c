/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/str.h"

#define BACKLOG 1024
#define UNIX_PREFIX "unix:"

static int malformed(const char *text, struct cc_err *err)
{
	cc_err_set(err, CC_E_ARG, "address '%.300s' is not host:port, [v6]:port or unix:/path",
		   text);
	return -1;
}

static int parse_unix(const char *text, struct cc_address *out, struct cc_err *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const char *path = text + strlen(UNIX_PREFIX);
	size_t len = strlen(path);

	if (path[0] != '/')
		return malformed(text, err);
	if (len >= sizeof(at.sun_path))
		return cc_fail(err, CC_E_ARG,
			       "the path of '%.300s' has %zu characters, more than %zu", text, len,
			       sizeof(at.sun_path) - 1);
	memcpy(at.sun_path, path, len + 1);
	out->kind = CC_ADDRESS_UNIX;
	memcpy(&out->at, &at, sizeof(at));
	out->len = (socklen_t)sizeof(at);
	return 0;
}

static bool fill_v4(struct cc_address *out)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(out->port) };

	if (inet_pton(AF_INET, out->host, &at.sin_addr) != 1)
		return false;
	out->kind = CC_ADDRESS_IP;
	memcpy(&out->at, &at, sizeof(at));
	out->len = sizeof(at);
	return true;
}

static bool fill_v6(struct cc_address *out)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = htons(out->port) };

	if (inet_pton(AF_INET6, out->host, &at.sin6_addr) != 1)
		return false;
	out->kind = CC_ADDRESS_IP;
	memcpy(&out->at, &at, sizeof(at));
	out->len = sizeof(at);
	return true;
}

static bool is_name(const char *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";

	return host[0] != '\0' && host[strspn(host, allowed)] == '\0';
}

int cc_address_parse(const char *text, struct cc_address *out, struct cc_err *err)
{
	struct cc_address address = { 0 };
	const char *colon = strrchr(text, ':'), *host = text;
	const bool brackets = text[0] == '[';
	uint64_t port = 0;
	size_t len = 0;

	if (cc_str_starts(text, UNIX_PREFIX)) {
		CC_TRY(parse_unix(text, &address, err));
		*out = address;
		return 0;
	}
	if (colon == NULL || (brackets && (colon < text + 2 || colon[-1] != ']')))
		return malformed(text, err);
	host += brackets ? 1 : 0;
	len = (size_t)(colon - host) - (brackets ? 1 : 0);
	if (len > CC_HOST_MAX ||
	    cc_parse_u64(cc_span_str(colon + 1), 65535, "port", &port, err) != 0)
		return malformed(text, err);
	memcpy(address.host, host, len);
	address.port = (uint16_t)port;
	if (brackets ? !fill_v6(&address) : !fill_v4(&address) && !is_name(address.host))
		return malformed(text, err);
	if (address.kind == CC_ADDRESS_NONE)
		address.kind = CC_ADDRESS_NAME;
	*out = address;
	return 0;
}

/* Something that is no socket stays, and so does a socket on which somebody listens. */
static void remove_stale(const struct cc_address *address)
{
	const char *path = ((const struct sockaddr_un *)&address->at)->sun_path;
	CC_AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st = { 0 };

	if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return;
	if (connect(fd, (const struct sockaddr *)&address->at, address->len) != 0 &&
	    errno == ECONNREFUSED)
		(void)unlink(path);
}

static int bind_to(int fd, const struct cc_address *address)
{
	mode_t before = 0;
	int result = 0;

	if (address->kind != CC_ADDRESS_UNIX)
		return bind(fd, (const struct sockaddr *)&address->at, address->len);
	remove_stale(address);
	before = umask(0177);
	result = bind(fd, (const struct sockaddr *)&address->at, address->len);
	(void)umask(before);
	return result;
}

int cc_listen(const char *text, int *out, struct cc_err *err)
{
	struct cc_address address = { 0 };
	CC_AUTO_CLOSE int fd = -1;
	const int on = 1;

	CC_TRY(cc_address_parse(text, &address, err));
	if (address.kind == CC_ADDRESS_NAME)
		return cc_fail(err, CC_E_ARG, "listen on '%s': a name; give the number", text);
	fd = socket(address.at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return cc_fail_sys(err, errno, "make a socket for '%s'", text);
	if (address.kind == CC_ADDRESS_IP &&
	    (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	     setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0))
		return cc_fail_sys(err, errno, "set up a socket for '%s'", text);
	if (bind_to(fd, &address) != 0 || listen(fd, BACKLOG) != 0)
		return cc_fail_sys(err, errno, "listen on '%s'", text);
	*out = CC_TAKE_FD(fd);
	return 0;
}

static void print_ip(const struct sockaddr_storage *at, char out[static CC_ADDRESS_TEXT])
{
	char host[INET6_ADDRSTRLEN] = "";

	if (at->ss_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)at;

		(void)inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		(void)snprintf(out, CC_ADDRESS_TEXT, "%s:%u", host, ntohs(v4->sin_port));
	} else {
		const struct sockaddr_in6 *v6 = (const void *)at;

		(void)inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): all of it is there */
		(void)snprintf(out, CC_ADDRESS_TEXT, "[%s]:%u", host, ntohs(v6->sin6_port));
	}
}

int cc_bound_address(int fd, char out[static CC_ADDRESS_TEXT], struct cc_err *err)
{
	struct sockaddr_storage at = { 0 };
	socklen_t len = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		return cc_fail_sys(err, errno, "ask a socket for its address");
	if (at.ss_family == AF_UNIX)
		(void)snprintf(out, CC_ADDRESS_TEXT, UNIX_PREFIX "%s",
			       ((const struct sockaddr_un *)&at)->sun_path);
	else
		print_ip(&at, out);
	return 0;
}
