/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/evidence.h"

#include "codec/cbor.h"
#include "evidence/azure.h"
#include "evidence/cca.h"
#include "evidence/dcap.h"
#include "evidence/learn.h"
#include "evidence/nitro.h"
#include "evidence/prepared.h"
#include "evidence/snp.h"
#include "evidence/tpm.h"

struct prover {
	int (*read)(struct cc_span bytes, struct cc_claims *out, struct cc_err *err);
	int (*prove)(const struct cc_evidence *evidence, struct cc_claims *out, struct cc_err *err);
	int (*recheck)(struct cc_span evidence, const struct cc_claims *claims,
		       const struct cc_digest64 *expected, struct cc_err *err);
};

/* A platform without a row is refused: there is no weaker way to prove one. */
static const struct prover provers[CC_PLATFORM_COUNT] = {
	[CC_PLATFORM_SGX] = { cc_dcap_read, cc_dcap_prove, cc_quote_recheck },
	[CC_PLATFORM_TDX] = { cc_dcap_read, cc_dcap_prove, cc_quote_recheck },
	[CC_PLATFORM_SNP] = { cc_snp_read, cc_snp_prove, cc_snp_recheck },
	[CC_PLATFORM_NITRO] = { cc_nitro_read, cc_nitro_prove, cc_nitro_recheck },
	[CC_PLATFORM_TPM] = { cc_tpm_read, cc_tpm_prove, cc_tpm_recheck },
	[CC_PLATFORM_CCA] = { cc_cca_read, cc_cca_prove, cc_cca_recheck },
};

/* A guest of SNP or TDX whose paravisor has a virtual TPM for it. */
static const struct prover azure = { cc_azure_read, cc_azure_prove, cc_azure_recheck };

static const struct prover *prover_of(enum cc_platform_kind platform, struct cc_span bytes)
{
	if ((platform == CC_PLATFORM_SNP || platform == CC_PLATFORM_TDX) &&
	    cc_tpm_is_container(bytes))
		return &azure;
	if (platform >= CC_PLATFORM_COUNT || provers[platform].prove == NULL)
		return NULL;
	return &provers[platform];
}

/* Little-endian words at fixed places, which no two formats share. */
static bool is_quote(struct cc_span bytes)
{
	return bytes.len >= CC_QUOTE_HEADER_LEN && bytes.at[0] >= 3 && bytes.at[0] <= 5 &&
	       bytes.at[1] == 0 && bytes.at[2] == CC_QUOTE_KEY_P256 && bytes.at[3] == 0 &&
	       cc_span_eq(cc_span_sub(bytes, 12, 16), CC_SPAN(cc_intel_qe_vendor));
}

enum cc_platform_kind cc_evidence_kind(struct cc_span bytes)
{
	struct cc_snp_evidence snp = { 0 };
	struct cc_tpm_evidence tpm = { 0 };
	struct cc_err ignored = { 0 };

	if (is_quote(bytes))
		return bytes.at[4] == 0 ? CC_PLATFORM_SGX : CC_PLATFORM_TDX;
	if (cc_cbor_is_tag(bytes, 399))
		return CC_PLATFORM_CCA;
	if (bytes.len > 0 && (bytes.at[0] == 0x84 || bytes.at[0] == 0xd2))
		return CC_PLATFORM_NITRO;
	if (cc_tpm_is_container(bytes) && cc_tpm_parse(bytes, &tpm, &ignored) == 0)
		return cc_azure_kind(&tpm);
	if (cc_snp_parse(bytes, &snp, &ignored) == 0)
		return CC_PLATFORM_SNP;
	return CC_PLATFORM_NONE;
}

int cc_evidence_read(enum cc_platform_kind platform, struct cc_span bytes, struct cc_claims *out,
		     struct cc_err *err)
{
	const struct prover *prover = prover_of(platform, bytes);
	struct cc_claims claims = { 0 };

	if (prover == NULL)
		return cc_fail(err, CC_E_UNSUPPORTED, "evidence of platform '%s' is not read here",
			       cc_platform_name(platform));
	CC_TRY(prover->read(bytes, &claims, err));
	claims.platform = platform;
	claims.tcb = CC_TCB_NOT_SUPPORTED;
	*out = claims;
	return 0;
}

int cc_evidence_prove(const struct cc_evidence *evidence, struct cc_claims *out, struct cc_err *err)
{
	const struct prover *prover = prover_of(evidence->platform, evidence->bytes);
	struct cc_evidence with = *evidence;

	if (prover == NULL)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "evidence of platform '%s' is not verified here",
			       cc_platform_name(evidence->platform));
	if (with.prepared != NULL && with.memory.known == NULL)
		with.memory.known = &with.prepared->checked;
	return prover->prove(&with, out, err);
}

/* The pools of AMD's certificates and of TPMs' makers, whose virtual ones belong to guests, too. */
static void learn_pools(const struct cc_evidence *evidence, struct cc_checked *to)
{
	struct cc_issuer_pool pool = { .pem = evidence->collateral.certs,
				       .roots = evidence->roots,
				       .platform = evidence->platform };

	cc_learn_pool(&pool, evidence->collateral.crls, evidence->at, to);
}

/* As its next evidence would have them proven. */
static void learn_machine(const struct cc_evidence *evidence, struct cc_checked *to)
{
	struct cc_evidence with = *evidence;
	struct cc_claims ignored_claims = { 0 };
	struct cc_err ignored = { 0 };

	with.memory = (struct cc_memory){ to, to };
	if (evidence->bytes.len > 0)
		cc_ignore(cc_evidence_prove(&with, &ignored_claims, &ignored));
}

int cc_evidence_prepare(const struct cc_evidence *evidence, struct cc_prepared **out,
			struct cc_err *err)
{
	CC_AUTO_PREPARED struct cc_prepared *made = calloc(1, sizeof(*made));
	struct cc_evidence with = *evidence;

	if (made == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for collateral");
	with.memory = (struct cc_memory){ &made->checked, &made->checked };
	with.prepared = NULL;
	if (evidence->platform == CC_PLATFORM_SGX || evidence->platform == CC_PLATFORM_TDX)
		CC_TRY(cc_dcap_prepare(&with, &made->intel, err));
	learn_pools(&with, &made->checked);
	learn_machine(&with, &made->checked);
	*out = CC_TAKE(made);
	return 0;
}

void cc_prepared_free(struct cc_prepared *prepared)
{
	if (prepared == NULL)
		return;
	cc_dcap_prepared_free(prepared->intel);
	free(prepared);
}

int cc_evidence_recheck(struct cc_span evidence, const struct cc_claims *claims,
			const struct cc_digest64 *expected, struct cc_err *err)
{
	const struct prover *prover = prover_of(claims->platform, evidence);

	if (prover == NULL)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "evidence of platform '%s' is not verified here",
			       cc_platform_name(claims->platform));
	/* Whose registers those of the claims are: a TPM's, or the hardware's. */
	if (claims->tpm.quoted != cc_tpm_is_container(evidence))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the claims are not of what the evidence is");
	return prover->recheck(evidence, claims, expected, err);
}
