/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/machine.h"

#include "platform/quote.h"

int cc_sim_machine_make(int64_t now, struct cc_sim_machine *out, struct cc_err *err)
{
	struct cc_sim_plan plan = { 0 };

	CC_TRY(cc_sim_snp_plan_good(now, &out->snp_plan, err));
	CC_TRY(cc_sim_snp_make(&out->snp_plan, &out->snp, err));
	CC_TRY(cc_sim_plan_good(now, &plan, err));
	return cc_sim_pki_make(&plan, &out->pki, err);
}

int cc_sim_machine_load(const char *dir, int64_t now, struct cc_sim_machine *out,
			struct cc_err *err)
{
	CC_TRY(cc_sim_dir_load(dir, now, &out->pki, err));
	return cc_sim_snp_load(dir, now, &out->snp_plan, &out->snp, err);
}

void cc_sim_machine_clear(struct cc_sim_machine *machine)
{
	cc_sim_snp_clear(&machine->snp);
	cc_sim_pki_clear(&machine->pki);
}

static int sgx_quote(const struct cc_sim_machine *machine, const struct cc_sim_asked *asked,
		     struct cc_buf *out, struct cc_err *err)
{
	struct cc_sim_enclave enclave = { .attributes = CC_SGX_INIT | CC_SGX_MODE64,
					  .mrsigner = asked->signer,
					  .report_data = asked->report_data };

	memcpy(enclave.mrenclave.b, asked->measurement.b, sizeof(enclave.mrenclave.b));
	if (asked->debug)
		enclave.attributes |= CC_SGX_DEBUG;
	return cc_sim_quote(&machine->pki, &enclave, out, err);
}

static int td_quote(const struct cc_sim_machine *machine, const struct cc_sim_asked *asked,
		    struct cc_buf *out, struct cc_err *err)
{
	struct cc_td_report report;

	cc_sim_td_report_good(&report);
	report.mrtd = asked->measurement;
	if (asked->launched_before)
		report.tcb_svn[0]--;
	if (asked->debug)
		report.attributes |= 1;
	memcpy(report.report_data, asked->report_data.b, sizeof(report.report_data));
	return cc_sim_td_quote(&machine->pki, 5, &report, out, err);
}

static int snp_report(const struct cc_sim_machine *machine, const struct cc_sim_asked *asked,
		      struct cc_buf *out, struct cc_buf *certificates, struct cc_err *err)
{
	struct cc_snp_report report;

	cc_sim_snp_report_good(&machine->snp_plan, &report);
	report.measurement = asked->measurement;
	report.vmpl = asked->vmpl;
	if (asked->launched_before)
		report.launch_tcb[CC_SNP_TCB_LEN - 1]--; /* microcode, of every product */
	if (asked->debug)
		report.policy |= CC_SNP_POLICY_DEBUG;
	memcpy(report.report_data, asked->report_data.b, sizeof(report.report_data));
	CC_TRY(cc_sim_snp_sign(&machine->snp, &report, out, err));
	return cc_sim_snp_table(&machine->snp, machine->snp_plan.signer, certificates, err);
}

int cc_sim_machine_evidence(const struct cc_sim_machine *machine, const struct cc_sim_asked *asked,
			    struct cc_buf *out, struct cc_buf *certificates, struct cc_err *err)
{
	if (asked->kind == CC_PLATFORM_SGX)
		return sgx_quote(machine, asked, out, err);
	if (asked->kind == CC_PLATFORM_TDX)
		return td_quote(machine, asked, out, err);
	if (asked->kind == CC_PLATFORM_SNP)
		return snp_report(machine, asked, out, certificates, err);
	return cc_fail(err, CC_E_UNSUPPORTED, "the simulated machine has no %s",
		       cc_platform_name(asked->kind));
}
