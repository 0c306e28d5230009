/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/issuers.h"

#include "base/str.h"

/* What is searched for: the subject of one certificate, or the issuer of one list. */
struct wanted {
	const char *name;
	const struct cc_crl *list;
};

static bool is_wanted(const struct cc_cert *cert, const struct wanted *wanted)
{
	CC_AUTO_FREE char *is = NULL;
	struct cc_err ignored = { 0 };

	if (wanted->list != NULL)
		return cc_crl_is_by(wanted->list, cert);
	return cc_cert_common_name(cert, &is, &ignored) == 0 && cc_str_eq(is, wanted->name);
}

/* NULL: there is none. */
static int find(const struct cc_issuer_pool *pool, const struct wanted *wanted,
		struct cc_cert **out, struct cc_span *text, struct cc_err *err)
{
	struct cc_span rest = pool->pem;

	for (size_t i = 0; i < pool->der_count; i++) {
		CC_AUTO_CERT struct cc_cert *cert = NULL;

		CC_TRY(cc_cert_from_der(pool->der[i], &cert, err));
		if (is_wanted(cert, wanted)) {
			*out = CC_TAKE(cert);
			return 0;
		}
	}
	while (rest.len > 0) {
		CC_AUTO_CERT struct cc_cert *cert = NULL;
		struct cc_span before = rest;

		CC_TRY(cc_cert_next_pem(&rest, &cert, err));
		if (cert != NULL && is_wanted(cert, wanted)) {
			*out = CC_TAKE(cert);
			*text = cc_span(before.at, before.len - rest.len);
			return 0;
		}
	}
	return 0;
}

static int add(const struct cc_issuer_pool *pool, const struct wanted *wanted,
	       struct cc_issuers *out, bool *found, struct cc_err *err)
{
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	struct cc_span text = { 0 };
	struct cc_digest key = { 0 };

	CC_TRY(find(pool, wanted, &cert, &text, err));
	*found = cert != NULL;
	if (cert == NULL)
		return 0;
	CC_TRY(cc_cert_key_hash(cert, &key, err));
	out->root = cc_roots_find(pool->roots, pool->platform, &key);
	out->text[out->chain.count] = text;
	out->chain.certs[out->chain.count++] = CC_TAKE(cert);
	return 0;
}

static int climb(const struct cc_issuer_pool *pool, const struct cc_cert *below,
		 struct cc_issuers *out, struct cc_err *err)
{
	CC_AUTO_FREE char *name = NULL;
	struct wanted wanted = { 0 };
	bool found = false;

	CC_TRY(cc_cert_issuer_common_name(below, &name, err));
	wanted.name = name;
	CC_TRY(add(pool, &wanted, out, &found, err));
	if (found)
		return 0;
	cc_err_set(err, CC_E_EVIDENCE, "the certificate of the issuer '%s' is missing", name);
	return cc_hint(err, "put it into the collateral; the certificate below it says where its "
			    "issuer publishes it");
}

/* A root that is none of ours leads to itself until the chain is too long. */
int cc_issuers_find(const struct cc_issuer_pool *pool, const struct cc_cert *below,
		    struct cc_issuers *out, struct cc_err *err)
{
	while (out->root == NULL && out->chain.count < CC_CHAIN_MAX - 1) {
		CC_TRY(climb(pool, below, out, err));
		below = out->chain.certs[out->chain.count - 1];
	}
	if (out->root == NULL)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the certificate chain ends in a root that is not among those we "
			       "accept");
	return 0;
}

int cc_issuers_of_list(const struct cc_issuer_pool *pool, const struct cc_crl *list,
		       struct cc_issuers *out, struct cc_err *err)
{
	const struct wanted wanted = { .list = list };
	bool found = false;

	CC_TRY(add(pool, &wanted, out, &found, err));
	if (!found)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the certificate of a revocation list's issuer is missing");
	return cc_issuers_find(pool, out->chain.certs[0], out, err);
}

bool cc_issuers_listed(const struct cc_issuers *issuers, const struct cc_crl *list)
{
	for (size_t i = 0; i < issuers->chain.count; i++)
		if (cc_crl_is_by(list, issuers->chain.certs[i]))
			return true;
	return false;
}
