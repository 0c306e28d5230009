/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/platform/machine.h"

#include "base/str.h"
#include "base/time.h"

int machine_make(const char *kind, const char *dir, struct machine *out, struct cc_err *err)
{
	int64_t now = cc_time_now();

	out->is_snp = cc_str_eq(kind, "snp");
	if (!out->is_snp && !cc_str_eq(kind, "tdx"))
		return cc_fail(err, CC_E_ARG, "no machine of kind '%s'", kind);
	out->driver = out->is_snp ? "sev_guest" : "tdx_guest";
	memset(out->measurement.b, 0x11, sizeof(out->measurement.b));
	return dir == NULL ? cc_sim_machine_make(now, &out->sim, err)
			   : cc_sim_machine_load(dir, now, &out->sim, err);
}

void machine_clear(struct machine *machine)
{
	cc_sim_machine_clear(&machine->sim);
}

int machine_evidence(const struct machine *machine, const struct cc_digest64 *data,
		     unsigned int level, struct cc_buf *evidence, struct cc_buf *certificates,
		     struct cc_err *err)
{
	const struct cc_sim_asked asked = { .kind = machine->is_snp ? CC_PLATFORM_SNP
								    : CC_PLATFORM_TDX,
					    .measurement = machine->measurement,
					    .report_data = *data,
					    .vmpl = level };

	return cc_sim_machine_evidence(&machine->sim, &asked, evidence, certificates, err);
}

int machine_sgx_quote(const struct machine *machine, const struct cc_digest64 *data,
		      struct cc_buf *quote, struct cc_err *err)
{
	const struct cc_sim_asked asked = { .kind = CC_PLATFORM_SGX,
					    .measurement = machine->measurement,
					    .report_data = *data };

	return cc_sim_machine_evidence(&machine->sim, &asked, quote, quote, err);
}
