/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tdx.h"

static int read_module(struct cc_reader *r, struct cc_td_report *out, struct cc_err *err)
{
	struct cc_reader attributes = { 0 };

	CC_TRY(cc_read_copy(r, "TEE_TCB_SVN", CC_MUT(out->tcb_svn), err));
	CC_TRY(cc_read_copy(r, "MRSEAM", CC_MUT(out->module.b), err));
	CC_TRY(cc_read_copy(r, "MRSIGNERSEAM", CC_MUT(out->module_signer.b), err));
	CC_TRY(cc_read_span(r, 8, "SEAMATTRIBUTES", &out->module_attribute_bytes, err));
	attributes = cc_reader(out->module_attribute_bytes);
	return cc_read_u64le(&attributes, "SEAMATTRIBUTES", &out->module_attributes, err);
}

static int read_domain(struct cc_reader *r, struct cc_td_report *out, struct cc_err *err)
{
	CC_TRY(cc_read_u64le(r, "TDATTRIBUTES", &out->attributes, err));
	CC_TRY(cc_read_u64le(r, "XFAM", &out->xfam, err));
	CC_TRY(cc_read_copy(r, "MRTD", CC_MUT(out->mrtd.b), err));
	CC_TRY(cc_read_copy(r, "MRCONFIGID", CC_MUT(out->config.b), err));
	CC_TRY(cc_read_copy(r, "MROWNER", CC_MUT(out->owner.b), err));
	CC_TRY(cc_read_copy(r, "MROWNERCONFIG", CC_MUT(out->owner_config.b), err));
	for (size_t i = 0; i < CC_RTMRS; i++)
		CC_TRY(cc_read_copy(r, "RTMR", CC_MUT(out->rtmr[i].b), err));
	return cc_read_copy(r, "REPORTDATA", CC_MUT(out->report_data), err);
}

int cc_td_report_parse(struct cc_span bytes, struct cc_td_report *out, struct cc_err *err)
{
	struct cc_td_report report = { .has_current = bytes.len == CC_TD_REPORT_15_LEN };
	struct cc_reader r = cc_reader(bytes);

	CC_TRY(read_module(&r, &report, err));
	CC_TRY(read_domain(&r, &report, err));
	if (report.has_current) {
		CC_TRY(cc_read_copy(&r, "TEE_TCB_SVN2", CC_MUT(report.current_tcb_svn), err));
		CC_TRY(cc_read_copy(&r, "MRSERVICETD", CC_MUT(report.service_td.b), err));
	}
	CC_TRY(cc_read_end(&r, "TD report", err));
	*out = report;
	return 0;
}
