/* SPDX-License-Identifier: Apache-2.0 */
/* Where a service on the web is: "https://host[:port][/prefix]", and http for one on this machine.
 */
#ifndef CC_NET_URL_H
#define CC_NET_URL_H

#include "net/address.h"

#define CC_URL_PREFIX 512

struct cc_url {
	bool is_tls;
	char address[CC_ADDRESS_TEXT]; /* host:port, as cc_client_plan takes it */
	char prefix[CC_URL_PREFIX];    /* of paths, without a slash at its end; may be empty */
};

/* CC_E_ARG: another scheme, user names, queries, fragments, characters that no path has. */
int cc_url_parse(const char *text, struct cc_url *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
