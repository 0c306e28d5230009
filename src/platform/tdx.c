/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tdx.h"

#include "platform/sim-internal.h"

#define TEE_TDX 0x81
#define BODY_10 2 /* type of the body in a quote of version 5 */
#define BODY_15 3

int cc_sim_tdx_plan_good(int64_t now, struct cc_sim_plan *out, struct cc_err *err)
{
	CC_TRY(cc_sim_plan_good(now, out, err));
	out->platform = CC_PLATFORM_TDX;
	return 0;
}

int cc_sim_tdx_root(const struct cc_sim_pki *pki, struct cc_root *out, struct cc_err *err)
{
	CC_TRY(cc_sim_pki_root(pki, out, err));
	out->platform = CC_PLATFORM_TDX;
	(void)snprintf(out->label, sizeof(out->label), "SIMULATION of tdx");
	return 0;
}

void cc_sim_td_report_good(struct cc_td_report *out)
{
	*out = (struct cc_td_report){
		.tcb_svn = { CC_SIM_MODULE_SVN, CC_SIM_MODULE, 2 },
		.attributes = CC_TD_SEPT_VE_DISABLE,
		.xfam = CC_TD_XFAM_FIXED,
		.has_current = true,
		.current_tcb_svn = { CC_SIM_MODULE_SVN, CC_SIM_MODULE, 2 },
	};
}

/* The fields in the order of evidence/tdx.c. */
static int add_module(const struct cc_td_report *report, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add(out, CC_SPAN(report->tcb_svn), err));
	CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(report->module), err));
	CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(report->module_signer), err));
	return cc_buf_add_u64le(out, report->module_attributes, err);
}

static int add_domain(const struct cc_td_report *report, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u64le(out, report->attributes, err));
	CC_TRY(cc_buf_add_u64le(out, report->xfam, err));
	CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(report->mrtd), err));
	CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(report->config), err));
	CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(report->owner), err));
	CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(report->owner_config), err));
	for (size_t i = 0; i < CC_RTMRS; i++)
		CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(report->rtmr[i]), err));
	return cc_buf_add(out, CC_SPAN(report->report_data), err);
}

static int add_body_head(const struct cc_td_report *report, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u16le(out, report->has_current ? BODY_15 : BODY_10, err));
	return cc_buf_add_u32le(
		out, report->has_current ? CC_TD_REPORT_15_LEN : CC_TD_REPORT_10_LEN, err);
}

int cc_sim_td_quote(const struct cc_sim_pki *pki, uint16_t version,
		    const struct cc_td_report *report, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf quote = { 0 };

	if (version != 5 && (version != 4 || report->has_current))
		return cc_fail(err, CC_E_ARG, "no quote of version %u has such a report", version);
	CC_TRY(cc_sim_quote_begin(version, TEE_TDX, &quote, err));
	if (version == 5)
		CC_TRY(add_body_head(report, &quote, err));
	CC_TRY(add_module(report, &quote, err));
	CC_TRY(add_domain(report, &quote, err));
	if (report->has_current) {
		CC_TRY(cc_buf_add(&quote, CC_SPAN(report->current_tcb_svn), err));
		CC_TRY(cc_buf_add(&quote, CC_DIGEST_SPAN(report->service_td), err));
	}
	CC_TRY(cc_sim_quote_end(pki, version, &quote, err));
	return cc_buf_add(out, cc_buf_span(&quote), err);
}
