/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper's nonces: 32 random bytes, used once, alive for 60 seconds, in memory; and the
 * connections that have attested, by their exporters.
 *
 * There are at most CC_NONCES_MAX; when all are alive the oldest gives way, so a
 * flood of challenges costs honest callers a retry and us no memory.
 */
#ifndef CC_CAS_NONCES_H
#define CC_CAS_NONCES_H

#include "crypto/hash.h"

#define CC_NONCE_LEN 32
#define CC_NONCES_MAX 16384
#define CC_NONCE_LIFE_MS ((uint64_t)60000)

struct cc_nonces;
#define CC_AUTO_NONCES CC_CLEANUP(cc_nonces_auto)
int cc_nonces_new(struct cc_nonces **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_nonces_free(struct cc_nonces *nonces);
static inline void cc_nonces_auto(struct cc_nonces **nonces)
{
	cc_nonces_free(*nonces);
}

int cc_nonces_draw(struct cc_nonces *nonces, uint64_t now_ms, struct cc_digest *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_STALE when it is not one of ours, was used before, or is older than 60 s. */
int cc_nonces_take(struct cc_nonces *nonces, const struct cc_digest *nonce, uint64_t now_ms,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * A connection attests once, whatever comes of it: CC_E_STALE for an exporter that was taken
 * before. The newest CC_NONCES_MAX are remembered, more than attest while a connection lives.
 */
int cc_nonces_take_connection(struct cc_nonces *nonces, const struct cc_digest *exporter,
			      uint64_t now_ms, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
