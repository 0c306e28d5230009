/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/platform/machine.h"

#include "base/str.h"
#include "base/time.h"

static int make_keys(struct machine *out, int64_t now, struct cc_err *err)
{
	struct cc_sim_plan plan = { 0 };

	CC_TRY(cc_sim_snp_plan_good(now, &out->snp_plan, err));
	CC_TRY(cc_sim_snp_make(&out->snp_plan, &out->snp, err));
	CC_TRY(cc_sim_plan_good(now, &plan, err));
	return cc_sim_pki_make(&plan, &out->pki, err);
}

static int load_keys(struct machine *out, const char *dir, int64_t now, struct cc_err *err)
{
	CC_TRY(cc_sim_snp_load(dir, now, &out->snp_plan, &out->snp, err));
	return cc_sim_dir_load(dir, now, &out->pki, err);
}

int machine_make(const char *kind, const char *dir, struct machine *out, struct cc_err *err)
{
	int64_t now = cc_time_now();

	out->is_snp = cc_str_eq(kind, "snp");
	if (!out->is_snp && !cc_str_eq(kind, "tdx"))
		return cc_fail(err, CC_E_ARG, "no machine of kind '%s'", kind);
	out->driver = out->is_snp ? "sev_guest" : "tdx_guest";
	memset(out->measurement.b, 0x11, sizeof(out->measurement.b));
	return dir == NULL ? make_keys(out, now, err) : load_keys(out, dir, now, err);
}

void machine_clear(struct machine *machine)
{
	cc_sim_snp_clear(&machine->snp);
	cc_sim_pki_clear(&machine->pki);
}

static int td_quote(const struct machine *machine, const struct cc_digest64 *data,
		    struct cc_buf *evidence, struct cc_err *err)
{
	struct cc_td_report report;

	cc_sim_td_report_good(&report);
	report.mrtd = machine->measurement;
	memcpy(report.report_data, data->b, sizeof(report.report_data));
	return cc_sim_td_quote(&machine->pki, 5, &report, evidence, err);
}

int machine_evidence(const struct machine *machine, const struct cc_digest64 *data,
		     unsigned int level, struct cc_buf *evidence, struct cc_buf *certificates,
		     struct cc_err *err)
{
	struct cc_snp_report report;

	if (!machine->is_snp)
		return td_quote(machine, data, evidence, err);
	cc_sim_snp_report_good(&machine->snp_plan, &report);
	report.measurement = machine->measurement;
	report.vmpl = level;
	memcpy(report.report_data, data->b, sizeof(report.report_data));
	CC_TRY(cc_sim_snp_sign(&machine->snp, &report, evidence, err));
	return cc_sim_snp_table(&machine->snp, machine->snp_plan.signer, certificates, err);
}

int machine_sgx_quote(const struct machine *machine, const struct cc_digest64 *data,
		      struct cc_buf *quote, struct cc_err *err)
{
	struct cc_sim_enclave enclave = { .attributes = CC_SGX_INIT | CC_SGX_MODE64,
					  .report_data = *data };

	memcpy(enclave.mrenclave.b, machine->measurement.b, sizeof(enclave.mrenclave.b));
	return cc_sim_quote(&machine->pki, &enclave, quote, err);
}
