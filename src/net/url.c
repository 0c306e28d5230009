/* SPDX-License-Identifier: Apache-2.0 */
#include "net/url.h"

#include "base/str.h"

static const char *skip_scheme(const char *text, bool *is_tls)
{
	static const char tls[] = "https://", plain[] = "http://";

	*is_tls = cc_str_starts(text, tls);
	if (*is_tls)
		return text + strlen(tls);
	return cc_str_starts(text, plain) ? text + strlen(plain) : NULL;
}

static bool is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text >= 0x7f || strchr("@?#\\\"<>", *text) != NULL)
			return false;
	return true;
}

/* A colon behind the brackets of an IPv6 address, if there are any. */
static bool has_port(const char *host, size_t len)
{
	size_t at = len;

	while (at > 0 && host[at - 1] != ':' && host[at - 1] != ']')
		at--;
	return at > 0 && host[at - 1] == ':';
}

int cc_url_parse(const char *text, struct cc_url *out, struct cc_err *err)
{
	struct cc_url url = { 0 };
	struct cc_address address = { 0 };
	const char *rest = skip_scheme(text, &url.is_tls);
	size_t host = rest == NULL ? 0 : strcspn(rest, "/");
	size_t prefix = rest == NULL ? 0 : strlen(rest + host);

	if (rest == NULL || host == 0 || !is_plain(rest))
		return cc_fail(err, CC_E_ARG, "'%s' is no address like https://host[:port][/path]",
			       text);
	while (prefix > 0 && rest[host + prefix - 1] == '/')
		prefix--;
	if (host + 7 > sizeof(url.address) || prefix >= sizeof(url.prefix))
		return cc_fail(err, CC_E_TOOBIG, "an address of %zu characters", strlen(text));
	(void)snprintf(url.address, sizeof(url.address), "%.*s%s", (int)host, rest,
		       has_port(rest, host) ? ""
		       : url.is_tls         ? ":443"
					    : ":80");
	(void)snprintf(url.prefix, sizeof(url.prefix), "%.*s", (int)prefix, rest + host);
	CC_TRY(cc_address_parse(url.address, &address, err));
	*out = url;
	return 0;
}
