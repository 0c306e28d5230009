/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question and its answer over TLS with a public server, without a socket: bytes come in and
 * go out by the caller's hand. So who has secrets and no network (the keeper) ends TLS itself and
 * whoever carries the bytes (web) learns hosts and lengths.
 *
 * The server is known by its name (RFC 6125: DNS names of the certificate, no wildcard within a
 * label) under roots that are listed, never under those of the machine. TLS 1.2 and 1.3, for
 * public services have both; AEAD with ephemeral keys alone. Revocation is not asked about.
 */
#ifndef CC_CRYPTO_EXCHANGE_H
#define CC_CRYPTO_EXCHANGE_H

#include "base/buf.h"

#define CC_TRUST_PEM_MAX ((size_t)16 * 1024)

/* The roots; outlives its exchanges. */
struct cc_trust;
#define CC_AUTO_TRUST CC_CLEANUP(cc_trust_auto)
/* Certificates in PEM, 1 to CC_CHAIN_MAX, each a CA. */
int cc_trust_new(struct cc_span pem, struct cc_trust **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_trust_free(struct cc_trust *trust);
static inline void cc_trust_auto(struct cc_trust **trust)
{
	cc_trust_free(*trust);
}

struct cc_exchange;
#define CC_AUTO_EXCHANGE CC_CLEANUP(cc_exchange_auto)
/* `question` is copied; it is sent once the server has proven its name. */
int cc_exchange_new(struct cc_trust *trust, const char *host, struct cc_span question,
		    struct cc_exchange **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The question is wiped. */
void cc_exchange_free(struct cc_exchange *exchange);
static inline void cc_exchange_auto(struct cc_exchange **exchange)
{
	cc_exchange_free(*exchange);
}
/*
 * Take what has come from the server (nothing: to begin), add what goes to it to `out` and what
 * it answered to `answer`, whose maximum holds. CC_E_EVIDENCE, CC_E_EXPIRED: it is not the server
 * of that name under these roots; CC_E_UNAVAILABLE: TLS failed otherwise. `out` may hold an alert.
 */
int cc_exchange_step(struct cc_exchange *exchange, struct cc_span in, struct cc_buf *out,
		     struct cc_buf *answer, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
