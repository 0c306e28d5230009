/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/pck-chain.h"

#include "base/str.h"
#include "evidence/issuers.h"

static bool is_pck(const struct cc_cert *cert)
{
	CC_AUTO_FREE char *name = NULL;
	struct cc_err ignored = { 0 };

	return cc_cert_common_name(cert, &name, &ignored) == 0 &&
	       cc_str_eq(name, "Intel SGX PCK Certificate");
}

static bool has_signed(const struct cc_cert *cert, const struct cc_quote *quote)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_err ignored = { 0 };

	return cc_cert_public(cert, &key, &ignored) == 0 &&
	       cc_verify_raw(key, quote->qe_bytes, quote->qe_signature, &ignored) == 0;
}

/* NULL: there is none. */
static int find_leaf(struct cc_span pool, const struct cc_quote *quote, struct cc_cert **out,
		     struct cc_err *err)
{
	while (pool.len > 0) {
		CC_AUTO_CERT struct cc_cert *cert = NULL;

		CC_TRY(cc_cert_next_pem(&pool, &cert, err));
		if (cert == NULL || !is_pck(cert) || !has_signed(cert, quote))
			continue;
		*out = CC_TAKE(cert);
		return 0;
	}
	return 0;
}

static int want_leaf(const struct cc_quote *quote, struct cc_err *err)
{
	cc_err_set(err, CC_E_EVIDENCE,
		   "the quote does not bring its PCK certificate chain (its certification data has "
		   "type %u), and none in the collateral is of its machine",
		   quote->certs_type);
	return cc_hint(err,
		       "put the machine's PCK certificate, its CA and the root in PEM into the "
		       "collateral: Intel's PCS or a PCCS gives them for the CPUSVN, PCESVN "
		       "and PCE-ID of the quote");
}

static int add_issuers(const struct cc_evidence *evidence, struct cc_chain *out, struct cc_err *err)
{
	const struct cc_issuer_pool pool = { .pem = evidence->collateral.certs,
					     .roots = evidence->roots,
					     .platform = evidence->platform };
	CC_AUTO_ISSUERS struct cc_issuers issuers = { 0 };

	CC_TRY(cc_issuers_find(&pool, out->certs[0], &issuers, err));
	for (size_t i = 0; i < issuers.chain.count; i++)
		out->certs[out->count++] = CC_TAKE(issuers.chain.certs[i]);
	return 0;
}

int cc_pck_chain_find(const struct cc_evidence *evidence, const struct cc_quote *quote,
		      const struct cc_chain *known, struct cc_chain *out, struct cc_err *err)
{
	if (quote->certs_type == CC_QUOTE_CERTS_PEM)
		return cc_chain_from_pem_known(quote->certs, known, out, err);
	CC_TRY(find_leaf(evidence->collateral.certs, quote, &out->certs[0], err));
	if (out->certs[0] == NULL)
		return want_leaf(quote, err);
	out->count = 1;
	return add_issuers(evidence, out, err);
}
