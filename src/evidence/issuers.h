/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who issued a certificate of a TPM's maker: found by name among the certificates at hand, which
 * stand in no order, up to a root of ours. NOTHING PROVEN: a path (crypto/x509.h) proves it.
 */
#ifndef CC_EVIDENCE_ISSUERS_H
#define CC_EVIDENCE_ISSUERS_H

#include "crypto/x509.h"
#include "evidence/roots.h"

struct cc_issuer_pool {
	const struct cc_span *der; /* searched first: what came with the evidence */
	size_t der_count;
	struct cc_span pem; /* then the collateral's */
	const struct cc_roots *roots;
	enum cc_platform_kind platform;
};

struct cc_issuers {
	struct cc_chain chain;             /* the lowest first, the root last */
	struct cc_span text[CC_CHAIN_MAX]; /* of each, borrowed from `pem`; or empty */
	const struct cc_root *root;
};
#define CC_AUTO_ISSUERS CC_CLEANUP(cc_issuers_clear)
static inline void cc_issuers_clear(struct cc_issuers *issuers)
{
	cc_chain_clear(&issuers->chain);
}

/* Those above `below`. CC_E_EVIDENCE names the one that is missing, or says that no root is ours.
 */
int cc_issuers_find(const struct cc_issuer_pool *pool, const struct cc_cert *below,
		    struct cc_issuers *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The one whose name a list has, and those above it. */
int cc_issuers_of_list(const struct cc_issuer_pool *pool, const struct cc_crl *list,
		       struct cc_issuers *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Whether one of them issued the list, by its name. */
bool cc_issuers_listed(const struct cc_issuers *issuers, const struct cc_crl *list) CC_NONNULL;

#endif
