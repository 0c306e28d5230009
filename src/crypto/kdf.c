/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/kdf.h"

#define HKDF_BLOCKS_MAX 255 /* RFC 5869 2.3: the block number is one byte */

int cc_hkdf_extract(struct cc_span salt, struct cc_span ikm, struct cc_digest *prk,
		    struct cc_err *err)
{
	return cc_hmac_sha256(salt, ikm, prk, err);
}

int cc_hkdf_expand(struct cc_span prk, struct cc_span info, struct cc_mut out, struct cc_err *err)
{
	CC_AUTO_DIGEST struct cc_digest block = { 0 };

	if (out.len > HKDF_BLOCKS_MAX * sizeof(block.b))
		return cc_fail(err, CC_E_TOOBIG, "HKDF gives at most %zu bytes, not %zu",
			       HKDF_BLOCKS_MAX * sizeof(block.b), out.len);
	for (size_t at = 0, i = 1; at < out.len; at += sizeof(block.b), i++) {
		const uint8_t number = (uint8_t)i;
		const struct cc_span before = cc_span(block.b, i == 1 ? 0 : sizeof(block.b));
		const struct cc_span parts[] = { before, info, cc_span(&number, 1) };
		size_t left = out.len - at;

		CC_TRY(cc_hmac_sha256v(prk, parts, CC_COUNT(parts), &block, err));
		memcpy(out.at + at, block.b, left < sizeof(block.b) ? left : sizeof(block.b));
	}
	return 0;
}

int cc_hkdf(const struct cc_secret *key, struct cc_span salt, struct cc_span info, size_t len,
	    struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_DIGEST struct cc_digest prk = { 0 };
	CC_AUTO_SECRET struct cc_secret *derived = NULL;

	CC_TRY(cc_hkdf_extract(salt, cc_secret_span(key), &prk, err));
	CC_TRY(cc_secret_new(len, &derived, err));
	CC_TRY(cc_hkdf_expand(CC_DIGEST_SPAN(prk), info,
			      (struct cc_mut){ cc_secret_bytes(derived), len }, err));
	*out = CC_TAKE(derived);
	return 0;
}
