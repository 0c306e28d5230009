/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roots that evidence may end in.
 *
 * A root is its key hash: SHA-256 over the SubjectPublicKeyInfo, so a certificate
 * found in the evidence can never name itself one. The class of all evidence below
 * it is a property of the root. Only the vendors' roots, which are constants here,
 * are confidential: no configuration can lift a root of its own to that class.
 */
#ifndef CC_EVIDENCE_ROOTS_H
#define CC_EVIDENCE_ROOTS_H

#include "evidence/claims.h"

#define CC_ROOTS_MAX 32
#define CC_ROOT_LABEL 64

struct cc_root {
	struct cc_digest key;
	enum cc_platform_kind platform;
	enum cc_class class;
	char label[CC_ROOT_LABEL];
};

struct cc_roots {
	struct cc_root at[CC_ROOTS_MAX];
	size_t count;
};

/* The roots of the vendors. */
void cc_roots_vendors(struct cc_roots *out) CC_NONNULL;
/*
 * Add a root. The class confidential is CC_E_DENIED unless it is a vendor's, no
 * class or platform CC_E_ARG; one that is there already must be the same.
 */
int cc_roots_add(struct cc_roots *roots, const struct cc_root *root,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* The root with this key for this platform, or NULL. Borrowed. */
const struct cc_root *cc_roots_find(const struct cc_roots *roots, enum cc_platform_kind platform,
				    const struct cc_digest *key) CC_NONNULL;
/*
 * Whether two chains that end in these need two parties to be broken: the keys differ, and
 * different parties hold them. Who holds a vendor's key is written here; of another root its label
 * says it
 * ("Infineon OPTIGA ..."). One that names nobody is a party of its own, but two for one platform
 * may be one maker's old and new root, and count as such. Roots of the simulation are each their
 * own, and whatever rests on one of them is simulated.
 */
bool cc_roots_independent(const struct cc_root *a, const struct cc_root *b) CC_NONNULL;
/* [{"class": "simulated", "key": hex, "label": …, "platform": "sgx"}, …] */
int cc_roots_to_json(const struct cc_roots *roots, struct cc_json **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_roots_from_json(const struct cc_json *json, struct cc_roots *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

#endif
