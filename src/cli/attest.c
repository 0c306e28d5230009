/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/attest.h"

#include "base/str.h"
#include "codec/text.h"

static bool accepts_simulation(const struct cc_roots *roots)
{
	for (size_t i = 0; i < roots->count; i++)
		if (roots->at[i].class == CC_CLASS_SIMULATED)
			return true;
	return false;
}

/* What the CAS would have asked its platform for, computed from our side of everything. */
static int expected_report(const struct cc_cas_proof *proof, struct cc_digest64 *out,
			   struct cc_err *err)
{
	struct cc_report report = { .role = CC_ROLE_CAS,
				    .exporter = proof->exporter,
				    .cas_key = proof->document->key_hash,
				    .hpke = proof->document->hpke };
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	memcpy(report.nonce, proof->nonce, sizeof(report.nonce));
	CC_TRY(cc_pubkey_to_raw(proof->document->key, &raw, err));
	if (raw.len != sizeof(report.signer))
		return cc_fail(err, CC_E_ARG, "the CAS key is not Ed25519");
	memcpy(report.signer, raw.at, sizeof(report.signer));
	return cc_report_data(&report, out, err);
}

static int read_evidence(const struct cc_cas_proof *proof, struct cc_claims *out,
			 struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 }, collateral = { 0 };
	struct cc_evidence evidence = { .roots = proof->roots, .at = proof->at };
	const struct cc_json *part = NULL;
	const char *platform = NULL;

	CC_TRY(cc_json_get_str(proof->answer, "platform", &platform, err));
	CC_TRY(cc_json_get_base64(proof->answer, "evidence", CC_EVIDENCE_MAX, &bytes, err));
	CC_TRY(cc_json_get_object(proof->answer, "collateral", &part, err));
	CC_TRY(cc_collateral_from_json(part, &collateral, &evidence.collateral, err));
	evidence.platform = cc_platform_named(platform);
	evidence.bytes = cc_buf_span(&bytes);
	return cc_evidence_prove(&evidence, out, err);
}

int cc_cas_prove(const struct cc_cas_proof *proof, struct cc_claims *out, struct cc_err *err)
{
	const struct cc_tolerance none = { 0 };
	struct cc_digest64 expected = { 0 };
	struct cc_claims claims = { 0 };

	/* It may say so or not; that it says so allows an answer which helps. */
	if (proof->document->simulation && !accepts_simulation(proof->roots)) {
		cc_err_set(err, CC_E_DENIED,
			   "this CAS runs on a SIMULATION, whose evidence proves nothing");
		return cc_hint(err,
			       "for development name the platform's directory: --simulation DIR");
	}
	CC_TRY(expected_report(proof, &expected, err));
	if (read_evidence(proof, &claims, err) != 0 ||
	    cc_claims_bound(&claims, &expected, err) != 0)
		return cc_wrap(err, "the evidence of the CAS");
	CC_TRY(cc_claims_platform(&claims, &none, err));
	CC_TRY(cc_document_fits(
		proof->document,
		&(struct cc_document_shown){
			.class = cc_class_name(claims.class),
			.is_simulated = claims.class == CC_CLASS_SIMULATED,
			.measurement = cc_span(claims.measurement, claims.measurement_len) },
		err));
	*out = claims;
	return 0;
}
