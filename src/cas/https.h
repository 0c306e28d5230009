/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper's way to a service outside, for one answer: a connection that web makes and carries,
 * TLS (crypto/exchange.h) that begins and ends here, one HTTP request. Redirects are answers like
 * others: they are not followed.
 */
#ifndef CC_CAS_HTTPS_H
#define CC_CAS_HTTPS_H

#include "cas/asked.h"

#define CC_HTTPS_LIFE_MS 10000 /* from the first byte out to the last one in */

/*
 * Put the question that `asked->answers` lacks, add its answer, then `done(asked, NULL)`; or
 * `done(asked, why)`. Once, and never from here. `asked` stays until then.
 */
int cc_https_start(struct cc_asked *asked,
		   void (*done)(struct cc_asked *asked, const struct cc_err *why),
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* What web hears: CC_STREAM_HEAR. */
void cc_https_heard(struct cc_keeper *keeper, const struct cc_message *message) CC_NONNULL;
/* Those whose time is over end. */
void cc_https_tick(struct cc_keeper *keeper, uint64_t now_ms) CC_NONNULL;
/* At the end of the process. */
void cc_https_free(struct cc_https *https);

#endif
