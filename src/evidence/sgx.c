/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sgx.h"

static int read_skip(struct cc_reader *r, size_t len, struct cc_err *err)
{
	struct cc_span reserved = { 0 };

	return cc_read_span(r, len, "reserved bytes", &reserved, err);
}

static int read_identity(struct cc_reader *r, struct cc_sgx_report *out, struct cc_err *err)
{
	struct cc_reader flags = { 0 };

	CC_TRY(cc_read_copy(r, "CPUSVN", CC_MUT(out->cpusvn), err));
	CC_TRY(cc_read_u32le(r, "MISCSELECT", &out->miscselect, err));
	CC_TRY(read_skip(r, 12, err));
	CC_TRY(cc_read_copy(r, "ISVEXTPRODID", CC_MUT(out->extended_product), err));
	CC_TRY(cc_read_span(r, 16, "ATTRIBUTES", &out->attribute_bytes, err));
	flags = cc_reader(out->attribute_bytes);
	CC_TRY(cc_read_u64le(&flags, "ATTRIBUTES", &out->attributes, err));
	CC_TRY(cc_read_u64le(&flags, "XFRM", &out->xfrm, err));
	CC_TRY(cc_read_copy(r, "MRENCLAVE", CC_MUT(out->mrenclave.b), err));
	CC_TRY(read_skip(r, 32, err));
	return cc_read_copy(r, "MRSIGNER", CC_MUT(out->mrsigner.b), err);
}

int cc_sgx_report_parse(struct cc_span bytes, struct cc_sgx_report *out, struct cc_err *err)
{
	struct cc_sgx_report report = { 0 };
	struct cc_reader r = cc_reader(bytes);

	CC_TRY(read_identity(&r, &report, err));
	CC_TRY(read_skip(&r, 32, err));
	CC_TRY(cc_read_copy(&r, "CONFIGID", CC_MUT(report.config_id), err));
	CC_TRY(cc_read_u16le(&r, "ISVPRODID", &report.product, err));
	CC_TRY(cc_read_u16le(&r, "ISVSVN", &report.svn, err));
	CC_TRY(cc_read_u16le(&r, "CONFIGSVN", &report.config_svn, err));
	CC_TRY(read_skip(&r, 42, err));
	CC_TRY(cc_read_copy(&r, "ISVFAMILYID", CC_MUT(report.family_id), err));
	CC_TRY(cc_read_copy(&r, "REPORTDATA", CC_MUT(report.report_data), err));
	CC_TRY(cc_read_end(&r, "SGX report", err));
	*out = report;
	return 0;
}

/* MRSIGNER of the key pair in the samples of Intel's SDK: anybody can sign as this. */
static const struct cc_digest published_signer = { {
	0x83, 0xd7, 0x19, 0xe7, 0x7d, 0xea, 0xca, 0x14, 0x70, 0xf6, 0xba,
	0xf6, 0x2a, 0x4d, 0x77, 0x43, 0x03, 0xc8, 0x99, 0xdb, 0x69, 0x02,
	0x0f, 0x9c, 0x70, 0xee, 0x1d, 0xfc, 0x08, 0xc7, 0xce, 0x9e,
} };

void cc_sgx_claim(const struct cc_sgx_report *report, struct cc_claims *out)
{
	struct cc_sgx_claims *sgx = &out->sgx;

	out->measurement_len = sizeof(report->mrenclave.b);
	memcpy(out->measurement, report->mrenclave.b, sizeof(report->mrenclave.b));
	memcpy(out->report_data, report->report_data, sizeof(out->report_data));
	memcpy(sgx->config_id, report->config_id, sizeof(sgx->config_id));
	memcpy(sgx->family_id, report->family_id, sizeof(sgx->family_id));
	memcpy(sgx->extended_product, report->extended_product, sizeof(sgx->extended_product));
	sgx->signer = report->mrsigner;
	sgx->signer_is_published = cc_digest_eq(&report->mrsigner, &published_signer);
	sgx->product = report->product;
	sgx->svn = report->svn;
	sgx->config_svn = report->config_svn;
	sgx->attributes = report->attributes;
	sgx->xfrm = report->xfrm;
	sgx->miscselect = report->miscselect;
	out->debug = (report->attributes & CC_SGX_DEBUG) != 0;
	sgx->initialized = (report->attributes & CC_SGX_INIT) != 0;
	sgx->mode64 = (report->attributes & CC_SGX_MODE64) != 0;
	sgx->privileged_keys =
		(report->attributes & (CC_SGX_PROVISION_KEY | CC_SGX_LAUNCH_KEY)) != 0;
}

/* Every field that no processor fills. */
static int check_reserved(struct cc_span bytes, struct cc_err *err)
{
	static const struct {
		size_t at, len;
	} reserved[] = { { 20, 12 }, { 96, 32 }, { 160, 32 }, { 262, 42 } };

	for (size_t i = 0; i < CC_COUNT(reserved); i++)
		if (!cc_span_is_zero(cc_span_sub(bytes, reserved[i].at, reserved[i].len)))
			return cc_fail(err, CC_E_ARG, "reserved bytes of the REPORT are not zero");
	return 0;
}

int cc_sgx_local_parse(struct cc_span bytes, struct cc_sgx_local *out, struct cc_err *err)
{
	struct cc_sgx_local local = { 0 };

	if (bytes.len != CC_SGX_LOCAL_LEN)
		return cc_fail(err, CC_E_ARG, "a REPORT has %zu bytes, not %d", bytes.len,
			       CC_SGX_LOCAL_LEN);
	CC_TRY(check_reserved(bytes, err));
	CC_TRY(cc_sgx_report_parse(cc_span_sub(bytes, 0, CC_SGX_REPORT_LEN), &local.body, err));
	/* EREPORT is an instruction of a running enclave. */
	if ((local.body.attributes & CC_SGX_INIT) == 0)
		return cc_fail(err, CC_E_ARG, "the REPORT is of no enclave that was initialised");
	local.key_id = cc_span_sub(bytes, CC_SGX_REPORT_LEN, 32);
	local.mac = cc_span_sub(bytes, CC_SGX_REPORT_LEN + 32, 16);
	*out = local;
	return 0;
}
