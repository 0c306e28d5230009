/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tdx.h"

#define TCB_INFO_LEN 239
#define TD_INFO_LEN 512

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

static int read_registers(struct cc_reader *r, struct cc_td_report *out, struct cc_err *err)
{
	CC_TRY(cc_read_u64le(r, "TDATTRIBUTES", &out->attributes, err));
	CC_TRY(cc_read_u64le(r, "XFAM", &out->xfam, err));
	CC_TRY(cc_read_copy(r, "MRTD", CC_MUT(out->mrtd.b), err));
	CC_TRY(cc_read_copy(r, "MRCONFIGID", CC_MUT(out->config.b), err));
	CC_TRY(cc_read_copy(r, "MROWNER", CC_MUT(out->owner.b), err));
	CC_TRY(cc_read_copy(r, "MROWNERCONFIG", CC_MUT(out->owner_config.b), err));
	for (size_t i = 0; i < CC_RTMRS; i++)
		CC_TRY(cc_read_copy(r, "RTMR", CC_MUT(out->rtmr[i].b), err));
	return 0;
}

int cc_td_report_parse(struct cc_span bytes, struct cc_td_report *out, struct cc_err *err)
{
	struct cc_td_report report = { .has_current = bytes.len == CC_TD_REPORT_15_LEN };
	struct cc_reader r = cc_reader(bytes);

	CC_TRY(read_module(&r, &report, err));
	CC_TRY(read_registers(&r, &report, err));
	CC_TRY(cc_read_copy(&r, "REPORTDATA", CC_MUT(report.report_data), err));
	if (report.has_current) {
		CC_TRY(cc_read_copy(&r, "TEE_TCB_SVN2", CC_MUT(report.current_tcb_svn), err));
		CC_TRY(cc_read_copy(&r, "MRSERVICETD", CC_MUT(report.service_td.b), err));
	}
	CC_TRY(cc_read_end(&r, "TD report", err));
	*out = report;
	return 0;
}

void cc_td_claim(const struct cc_td_report *report, struct cc_claims *out)
{
	struct cc_tdx_claims *tdx = &out->tdx;

	out->measurement_len = sizeof(report->mrtd.b);
	memcpy(out->measurement, report->mrtd.b, sizeof(report->mrtd.b));
	memcpy(out->report_data, report->report_data, sizeof(out->report_data));
	memcpy(tdx->tcb_svn, report->tcb_svn, sizeof(tdx->tcb_svn));
	memcpy(tdx->current_tcb_svn, report->current_tcb_svn, sizeof(tdx->current_tcb_svn));
	tdx->module = report->module;
	tdx->module_signer = report->module_signer;
	tdx->module_attributes = report->module_attributes;
	tdx->attributes = report->attributes;
	tdx->xfam = report->xfam;
	tdx->config = report->config;
	tdx->owner = report->owner;
	tdx->owner_config = report->owner_config;
	tdx->service_td = report->service_td;
	out->debug = (report->attributes & CC_TD_DEBUG_BITS) != 0;
	for (uint16_t i = 0; i < CC_RTMRS; i++) {
		struct cc_register *to = &out->registers.at[i];

		to->index = i;
		to->len = sizeof(report->rtmr[i].b);
		memcpy(to->value, report->rtmr[i].b, sizeof(report->rtmr[i].b));
	}
	out->registers.count = CC_RTMRS;
}

/* REPORTTYPE: TEE type, subtype, version, a zero; subtype is a TD's own. */
static int read_type(struct cc_reader *r, struct cc_td_local *out, struct cc_err *err)
{
	uint8_t type = 0, subtype = 0, zero = 0;

	CC_TRY(cc_read_u8(r, "REPORTTYPE", &type, err));
	CC_TRY(cc_read_u8(r, "REPORTTYPE", &subtype, err));
	CC_TRY(cc_read_u8(r, "REPORTTYPE", &out->version, err));
	CC_TRY(cc_read_u8(r, "REPORTTYPE", &zero, err));
	if (type != 0x81 || subtype != 0 || out->version > 1 || zero != 0)
		return cc_fail(err, CC_E_ARG,
			       "this is no TDREPORT: its type is %02x %02x %02x %02x", type,
			       subtype, out->version, zero);
	return 0;
}

static int read_zero(struct cc_reader *r, size_t len, struct cc_err *err)
{
	struct cc_span reserved = { 0 };

	CC_TRY(cc_read_span(r, len, "reserved bytes", &reserved, err));
	if (!cc_span_is_zero(reserved))
		return cc_fail(err, CC_E_ARG, "reserved bytes of the TDREPORT are not zero");
	return 0;
}

/* REPORTMACSTRUCT. */
static int read_mac(struct cc_reader *r, struct cc_td_local *out, struct cc_err *err)
{
	CC_TRY(read_type(r, out, err));
	CC_TRY(read_zero(r, 12, err));
	CC_TRY(cc_read_span(r, 16, "CPUSVN", &out->cpusvn, err));
	CC_TRY(cc_read_span(r, 48, "TEE_TCB_INFO_HASH", &out->tcb_info_hash, err));
	CC_TRY(cc_read_span(r, 48, "TEE_INFO_HASH", &out->td_info_hash, err));
	CC_TRY(cc_read_copy(r, "REPORTDATA", CC_MUT(out->body.report_data), err));
	CC_TRY(read_zero(r, 32, err));
	return cc_read_span(r, 32, "MAC", &out->mac, err);
}

/* TEE_TCB_INFO: which of its fields hold, then what the body of a quote begins with. */
static int read_tcb_info(struct cc_span bytes, struct cc_td_local *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);

	CC_TRY(cc_read_u64le(&r, "VALID", &out->valid, err));
	CC_TRY(read_module(&r, &out->body, err));
	CC_TRY(cc_read_copy(&r, "TEE_TCB_SVN2", CC_MUT(out->body.current_tcb_svn), err));
	return read_zero(&r, r.rest.len, err);
}

static int read_td_info(struct cc_span bytes, struct cc_td_local *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);

	CC_TRY(read_registers(&r, &out->body, err));
	CC_TRY(cc_read_copy(&r, "SERVTD_HASH", CC_MUT(out->body.service_td.b), err));
	return read_zero(&r, r.rest.len, err);
}

int cc_td_local_parse(struct cc_span bytes, struct cc_td_local *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_td_local local = { .body.has_current = true };

	CC_TRY(read_mac(&r, &local, err));
	CC_TRY(cc_read_span(&r, TCB_INFO_LEN, "TEE_TCB_INFO", &local.tcb_info, err));
	CC_TRY(read_zero(&r, 17, err));
	CC_TRY(cc_read_span(&r, TD_INFO_LEN, "TDINFO", &local.td_info, err));
	CC_TRY(cc_read_end(&r, "TDREPORT", err));
	CC_TRY(read_tcb_info(local.tcb_info, &local, err));
	CC_TRY(read_td_info(local.td_info, &local, err));
	*out = local;
	return 0;
}
