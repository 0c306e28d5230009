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
