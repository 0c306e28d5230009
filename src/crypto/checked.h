/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of vendors that were verified before: the same certificates come with evidence of the
 * same machine again and again. All that is remembered is "this signature over these bytes is by
 * this key", under a digest of the key and of all the bytes. That stays true whatever the time is
 * and whoever is revoked since: windows, names, roles, lists and roots are looked at each time.
 *
 * Whoever can write into it decides what is authentic: it is filled by a process that looks at
 * what it trusts, and only read by those that look at evidence (cas/verifier.c).
 */
#ifndef CC_CRYPTO_CHECKED_H
#define CC_CRYPTO_CHECKED_H

#include "crypto/hash.h"

#define CC_CHECKED_MAX 256 /* what is over it is verified each time */

/* Zero: none. */
struct cc_checked {
	struct cc_digest at[CC_CHECKED_MAX];
	size_t count;
};

/* What names its algorithm itself, as the signed part of a certificate does. */
struct cc_signed_bytes {
	struct cc_span key; /* SubjectPublicKeyInfo of who has signed */
	struct cc_span signature;
	struct cc_span bytes;
};

/* What a proof knows before it begins, and where it leaves what it finds; each may be NULL. */
struct cc_memory {
	const struct cc_checked *known;
	struct cc_checked *learned; /* may be the same */
};

bool cc_memory_has(const struct cc_memory *memory,
		   const struct cc_signed_bytes *signature) CC_NONNULL;
/* Only after it has verified. */
void cc_memory_keep(const struct cc_memory *memory,
		    const struct cc_signed_bytes *signature) CC_NONNULL;

#endif
