/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/checked.h"

/* Lengths come first, so that no byte could be of two parts. */
static int digest_of(const struct cc_signed_bytes *signature, struct cc_digest *out,
		     struct cc_err *err)
{
	const uint64_t lens[] = { signature->key.len, signature->signature.len };
	const struct cc_span parts[] = {
		cc_span((const uint8_t *)lens, sizeof(lens)),
		signature->key,
		signature->signature,
		signature->bytes,
	};

	return cc_sha256v(parts, CC_COUNT(parts), out, err);
}

/* None of it is secret. */
static bool has(const struct cc_checked *checked, const struct cc_digest *digest)
{
	for (size_t i = 0; i < checked->count; i++)
		if (memcmp(checked->at[i].b, digest->b, sizeof(digest->b)) == 0)
			return true;
	return false;
}

bool cc_memory_has(const struct cc_memory *memory, const struct cc_signed_bytes *signature)
{
	struct cc_digest digest = { 0 };
	struct cc_err ignored = { 0 }; /* it is verified, then */

	return memory->known != NULL && memory->known->count > 0 &&
	       digest_of(signature, &digest, &ignored) == 0 && has(memory->known, &digest);
}

void cc_memory_keep(const struct cc_memory *memory, const struct cc_signed_bytes *signature)
{
	struct cc_checked *to = memory->learned;
	struct cc_digest digest = { 0 };
	struct cc_err ignored = { 0 }; /* it is verified again, then */

	if (to == NULL || to->count == CC_CHECKED_MAX ||
	    digest_of(signature, &digest, &ignored) != 0 || has(to, &digest))
		return;
	to->at[to->count++] = digest;
}
