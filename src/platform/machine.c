/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/machine.h"

#include "platform/quote.h"

/* PCR 17 to 22, which are of ones until there is a dynamic launch (TCG, PC Client 4.6.2). */
#define DYNAMIC_FIRST 17
#define DYNAMIC_LAST 22
#define CALLER_PCR 11

int cc_sim_machine_boot(struct cc_sim_machine *machine, bool hands_over, struct cc_err *err)
{
	struct cc_sim_log *log = &machine->log;

	cc_sim_log_clear(log);
	*log = (struct cc_sim_log){ 0 };
	for (size_t i = DYNAMIC_FIRST; i <= DYNAMIC_LAST; i++)
		memset(log->pcr[i].b, 0xff, sizeof(log->pcr[i].b));
	if (hands_over)
		CC_TRY(cc_sim_log_good(log, err));
	else
		CC_TRY(cc_sim_log_early(log, err));
	machine->tpm_plan.log = cc_buf_span(&log->bytes);
	return 0;
}

int cc_sim_machine_extend(struct cc_sim_machine *machine, uint32_t index, struct cc_span event,
			  struct cc_err *err)
{
	return cc_sim_pcr_extend(&machine->log.pcr[index], event, err);
}

int cc_sim_machine_make(int64_t now, struct cc_sim_machine *out, struct cc_err *err)
{
	struct cc_sim_plan plan = { 0 };

	CC_TRY(cc_sim_snp_plan_good(now, &out->snp_plan, err));
	CC_TRY(cc_sim_snp_make(&out->snp_plan, &out->snp, err));
	cc_sim_tpm_plan_good(now, &out->tpm_plan);
	CC_TRY(cc_sim_tpm_make(&out->tpm_plan, &out->tpm, err));
	CC_TRY(cc_sim_machine_boot(out, true, err));
	CC_TRY(cc_sim_plan_good(now, &plan, err));
	return cc_sim_pki_make(&plan, &out->pki, err);
}

int cc_sim_machine_load(const char *dir, int64_t now, struct cc_sim_machine *out,
			struct cc_err *err)
{
	CC_TRY(cc_sim_dir_load(dir, now, &out->pki, err));
	CC_TRY(cc_sim_snp_load(dir, now, &out->snp_plan, &out->snp, err));
	CC_TRY(cc_sim_tpm_dir_load(dir, now, &out->tpm_plan, &out->tpm, err));
	return cc_sim_machine_boot(out, true, err);
}

void cc_sim_machine_clear(struct cc_sim_machine *machine)
{
	cc_sim_log_clear(&machine->log);
	cc_sim_tpm_clear(&machine->tpm);
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

static int tpm_quote(const struct cc_sim_machine *machine, const struct cc_sim_asked *asked,
		     struct cc_buf *out, struct cc_err *err)
{
	const struct cc_span caller =
		cc_span_sub(CC_DIGEST_SPAN(asked->measurement), 0, sizeof(struct cc_digest));
	struct cc_sim_tpm_plan plan = machine->tpm_plan;
	struct cc_digest pcr[CC_TPM_PCRS];

	memcpy(pcr, machine->log.pcr, sizeof(pcr));
	CC_TRY(cc_sim_pcr_extend(&pcr[CALLER_PCR], caller, err));
	for (size_t i = 0; i < CC_TPM_PCRS; i++)
		memcpy(plan.pcr[i], pcr[i].b, sizeof(pcr[i].b));
	plan.pcrs = asked->pcrs;
	plan.report_data = asked->report_data;
	return cc_sim_tpm_quote(&machine->tpm, &plan, out, err);
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
	if (asked->kind == CC_PLATFORM_TPM)
		return tpm_quote(machine, asked, out, err);
	return cc_fail(err, CC_E_UNSUPPORTED, "the simulated machine has no %s",
		       cc_platform_name(asked->kind));
}
