/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/azure.h"

#include "codec/text.h"

#define NV_LEN 2600 /* of the index that holds the report */

int cc_sim_azure_plan_good(int64_t now, enum cc_platform_kind platform,
			   struct cc_sim_azure_plan *out, struct cc_err *err)
{
	struct cc_sim_azure_plan plan = {
		.platform = platform, .launch = 0x77, .name = "HCLAkPub", .use = "sign"
	};

	cc_sim_tpm_plan_good(now, &plan.tpm);
	plan.tpm.scheme = CC_TPM_ALG_RSASSA;
	plan.tpm.pcrs = 0xffffff;
	CC_TRY(cc_sim_snp_plan_good(now, &plan.snp, err));
	CC_TRY(cc_sim_tdx_plan_good(now, &plan.tdx, err));
	*out = plan;
	return 0;
}

static int add_key(const struct cc_sim_azure_plan *plan, struct cc_span n, struct cc_buf *out,
		   struct cc_err *err)
{
	return cc_buf_addf(out, err,
			   "{\"kid\":\"%s\",\"key_ops\":[\"%s\"],\"kty\":\"RSA\",\"e\":\"AQAB\","
			   "\"n\":\"%.*s\"}",
			   plan->name, plan->use, (int)n.len, (const char *)n.at);
}

/* As the paravisor writes it. */
static int make_runtime(const struct cc_sim_azure *azure, const struct cc_sim_azure_plan *plan,
			struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf modulus = { 0 }, n = { 0 };

	CC_TRY(cc_rsa_modulus(azure->tpm.leaf_rsa, &modulus, err));
	CC_TRY(cc_base64url_add(&n, cc_buf_span(&modulus), err));
	CC_TRY(cc_buf_add_str(out, "{\"keys\":[", err));
	CC_TRY(add_key(plan, cc_buf_span(&n), out, err));
	if (plan->is_named_twice) {
		CC_TRY(cc_buf_add_u8(out, ',', err));
		CC_TRY(add_key(plan, cc_buf_span(&n), out, err));
	}
	return cc_buf_add_str(out, "],\"vm-configuration\":{\"tpm-enabled\":true}}", err);
}

static int make_hardware(struct cc_sim_azure *azure, const struct cc_sim_azure_plan *plan,
			 const uint8_t bound[static CC_REPORT_DATA_LEN], struct cc_buf *out,
			 struct cc_err *err)
{
	uint8_t hardware[CC_HCL_HARDWARE_LEN] = { 0 };
	struct cc_snp_report report = { 0 };
	struct cc_td_report td = { 0 };

	if (plan->platform == CC_PLATFORM_SNP) {
		cc_sim_snp_report_good(&plan->snp, &report);
		report.vmpl = plan->vmpl;
		memset(report.measurement.b, plan->launch, sizeof(report.measurement.b));
		memcpy(report.report_data, bound, sizeof(report.report_data));
		return cc_sim_snp_sign(&azure->snp, &report, out, err);
	}
	cc_sim_td_report_good(&td);
	td.has_current = false;
	memset(td.mrtd.b, plan->launch, sizeof(td.mrtd.b));
	memset(td.rtmr[2].b, 0x22, sizeof(td.rtmr[2].b));
	memcpy(td.report_data, bound, sizeof(td.report_data));
	CC_TRY(cc_sim_td_quote(&azure->tdx, 4, &td, &azure->td_quote, err));
	hardware[0] = 0x81; /* REPORTTYPE of a TDREPORT, of which the rest is zero */
	memcpy(hardware + 128, bound, CC_REPORT_DATA_LEN);
	return cc_buf_add(out, CC_SPAN(hardware), err);
}

static int add_numbers(struct cc_buf *out, const uint32_t *numbers, size_t count,
		       struct cc_err *err)
{
	for (size_t i = 0; i < count; i++)
		CC_TRY(cc_buf_add_u32le(out, numbers[i], err));
	return 0;
}

static int make_hcl(struct cc_sim_azure *azure, const struct cc_sim_azure_plan *plan,
		    struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf runtime = { 0 };
	uint8_t bound[CC_REPORT_DATA_LEN] = { 0 };
	struct cc_digest hash = { 0 };
	struct cc_buf *out = &azure->hcl;
	struct cc_mut rest = { 0 };

	CC_TRY(make_runtime(azure, plan, &runtime, err));
	const uint32_t head[] = { 1, (uint32_t)(32 + 1184 + 20 + runtime.len), 2, 0, 0, 0, 0 };
	const uint32_t inner[] = { (uint32_t)(20 + runtime.len), 1,
				   plan->platform == CC_PLATFORM_SNP ? 2 : 4, 1,
				   (uint32_t)runtime.len };
	CC_TRY(cc_sha256(cc_buf_span(&runtime), &hash, err));
	memcpy(bound, hash.b, sizeof(hash.b));
	bound[0] ^= plan->is_of_another ? 1 : 0;
	bound[63] ^= plan->has_tail ? 1 : 0;
	CC_TRY(cc_buf_add_str(out, "HCLA", err));
	CC_TRY(add_numbers(out, head, CC_COUNT(head), err));
	CC_TRY(make_hardware(azure, plan, bound, out, err));
	CC_TRY(add_numbers(out, inner, CC_COUNT(inner), err));
	CC_TRY(cc_buf_add(out, cc_buf_span(&runtime), err));
	CC_TRY(cc_buf_extend(out, NV_LEN - out->len, &rest, err));
	memset(rest.at, 0, rest.len);
	return 0;
}

int cc_sim_azure_make(const struct cc_sim_azure_plan *plan, struct cc_sim_azure *out,
		      struct cc_err *err)
{
	CC_TRY(cc_sim_tpm_make(&plan->tpm, &out->tpm, err));
	if (plan->platform == CC_PLATFORM_SNP)
		CC_TRY(cc_sim_snp_make(&plan->snp, &out->snp, err));
	else
		CC_TRY(cc_sim_pki_make(&plan->tdx, &out->tdx, err));
	return make_hcl(out, plan, err);
}

void cc_sim_azure_clear(struct cc_sim_azure *azure)
{
	cc_sim_tpm_clear(&azure->tpm);
	cc_sim_snp_clear(&azure->snp);
	cc_sim_pki_clear(&azure->tdx);
	cc_buf_clear(&azure->hcl);
	cc_buf_clear(&azure->td_quote);
}

int cc_sim_azure_root(const struct cc_sim_azure *azure, const struct cc_sim_azure_plan *plan,
		      struct cc_root *out, struct cc_err *err)
{
	if (plan->platform == CC_PLATFORM_SNP)
		return cc_sim_snp_root(&azure->snp, out, err);
	return cc_sim_tdx_root(&azure->tdx, out, err);
}

void cc_sim_azure_collateral(const struct cc_sim_azure *azure, const struct cc_sim_azure_plan *plan,
			     struct cc_collateral *out)
{
	*out = (struct cc_collateral){ .certs = cc_buf_span(&azure->snp.certs),
				       .crls = cc_buf_span(&azure->snp.crls) };
	if (plan->platform == CC_PLATFORM_TDX)
		cc_sim_pki_collateral(&azure->tdx, out);
}

int cc_sim_azure_evidence(const struct cc_sim_azure *azure, const struct cc_sim_azure_plan *plan,
			  struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf quote = { 0 }, signature = { 0 };
	struct cc_span pcrs[CC_TPM_PCRS] = { 0 };
	struct cc_tpm_pieces pieces = { .pcrs = pcrs,
					.report_data = CC_DIGEST_SPAN(plan->tpm.report_data),
					.log = plan->tpm.log,
					.hcl = cc_buf_span(&azure->hcl),
					.td_quote = cc_buf_span(&azure->td_quote) };

	CC_TRY(cc_sim_tpm_sign(&azure->tpm, &plan->tpm, &quote, &signature, err));
	pieces.quote = cc_buf_span(&quote);
	pieces.signature = cc_buf_span(&signature);
	pieces.pcr_count = cc_sim_tpm_pcrs(&plan->tpm, pcrs);
	return cc_tpm_print(&pieces, out, err);
}
