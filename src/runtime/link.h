/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to the CAS, as the attested channel needs it: one connection at a time,
 * whose exporter can be asked, and that is made anew only when we say so. A
 * request that moved silently to another connection would carry evidence of the
 * former one.
 *
 * An interface, so that the channel is tested against a CAS in the same process.
 */
#ifndef CC_RUNTIME_LINK_H
#define CC_RUNTIME_LINK_H

#include "base/buf.h"
#include "crypto/hash.h"

struct cc_link {
	void *ctx;
	/* Drop the connection, if there is one, and make another; its exporter. */
	int (*connect)(void *ctx, struct cc_digest *exporter, struct cc_err *err);
	/*
	 * One request on this connection; `body` empty: GET. The body of a 2xx answer is added
	 * to `reply`; any other is the error that its problem document names, which nothing
	 * vouches for. CC_E_UNAVAILABLE: not reached, or asked to come again.
	 */
	int (*request)(void *ctx, const char *path, struct cc_span body, const char *type,
		       struct cc_buf *reply, struct cc_err *err);
};

#endif
