/* SPDX-License-Identifier: Apache-2.0 */
/* Levels → one status, in the order of Intel's QVL (TcbStatusEvaluation). */
#include "evidence/tcb.h"

static bool reaches(const struct cc_pck *pck, const struct cc_tcb_level *level)
{
	for (size_t i = 0; i < CC_SGX_COMPONENTS; i++)
		if (pck->components[i] < level->components[i])
			return false;
	return pck->pcesvn >= level->svn;
}

const struct cc_tcb_level *cc_tcb_info_level(const struct cc_tcb_info *info,
					     const struct cc_pck *pck)
{
	for (size_t i = 0; i < info->count; i++)
		if (reaches(pck, &info->levels[i]))
			return &info->levels[i];
	return NULL;
}

const struct cc_tcb_level *cc_qe_identity_level(const struct cc_qe_identity *identity, uint16_t svn)
{
	for (size_t i = 0; i < identity->count; i++)
		if (svn >= identity->levels[i].svn)
			return &identity->levels[i];
	return NULL;
}

enum cc_tcb_status cc_tcb_converge(enum cc_tcb_status machine, enum cc_tcb_status part)
{
	if (machine == CC_TCB_NOT_SUPPORTED || part == CC_TCB_NOT_SUPPORTED)
		return CC_TCB_NOT_SUPPORTED;
	if (machine == CC_TCB_REVOKED || part == CC_TCB_REVOKED)
		return CC_TCB_REVOKED;
	if (part != CC_TCB_OUT_OF_DATE)
		return machine;
	if (machine == CC_TCB_UP_TO_DATE || machine == CC_TCB_SW_HARDENING_NEEDED)
		return CC_TCB_OUT_OF_DATE;
	if (machine == CC_TCB_CONFIGURATION_NEEDED ||
	    machine == CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED)
		return CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
	return machine;
}

static enum cc_tcb_status status_of(const struct cc_tcb_level *level)
{
	return level == NULL ? CC_TCB_NOT_SUPPORTED : level->status;
}

void cc_tcb_evaluate_sgx(const struct cc_tcb_info *info, const struct cc_qe_identity *identity,
			 const struct cc_pck *pck, uint16_t svn, struct cc_tcb_result *out)
{
	out->machine = cc_tcb_info_level(info, pck);
	out->module = NULL;
	out->module_tcb = CC_TCB_NOT_STATED;
	out->qe = cc_qe_identity_level(identity, svn);
	out->status = cc_tcb_converge(status_of(out->machine), status_of(out->qe));
}

static const struct cc_tdx_module *module_of(const struct cc_tcb_info *info, uint8_t major)
{
	for (size_t i = 0; i < info->module_count; i++)
		if (info->modules[i].major == major)
			return &info->modules[i];
	return NULL;
}

/* Intel's own module has a signer of 48 zeroes and no attribute; the collateral says so. */
int cc_tdx_module_find(const struct cc_tcb_info *info, const struct cc_td_report *report,
		       const struct cc_tdx_module **out, struct cc_err *err)
{
	const struct cc_tdx_module *module = module_of(info, report->tcb_svn[1]);

	if (module == NULL)
		return cc_fail(err, CC_E_EVIDENCE, "TDX module %u is none that the TCB info names",
			       report->tcb_svn[1]);
	if (memcmp(report->module_signer.b, module->signer.b, sizeof(module->signer.b)) != 0)
		return cc_fail(err, CC_E_EVIDENCE, "the TDX module is signed by somebody else");
	for (size_t i = 0; i < sizeof(module->attributes); i++)
		if ((report->module_attribute_bytes.at[i] & module->attributes_mask[i]) !=
		    module->attributes[i])
			return cc_fail(err, CC_E_EVIDENCE,
				       "attributes of the TDX module are not Intel's");
	if (report->module_attributes != 0)
		return cc_fail(err, CC_E_EVIDENCE, "SEAMATTRIBUTES of the TDX module are not zero");
	*out = module;
	return 0;
}

/* With a module identity, components 0 and 1 (the module's SVN and version) are judged by it. */
static bool tdx_reaches(const uint8_t svn[16], const struct cc_tcb_level *level)
{
	for (size_t i = svn[1] > 0 ? 2 : 0; i < sizeof(level->tdx); i++)
		if (svn[i] < level->tdx[i])
			return false;
	return true;
}

static const struct cc_tcb_level *tdx_level(const struct cc_tcb_info *info,
					    const struct cc_tdx_machine *machine)
{
	for (size_t i = 0; i < info->count; i++)
		if (reaches(machine->pck, &info->levels[i]) &&
		    tdx_reaches(machine->report->tcb_svn, &info->levels[i]))
			return &info->levels[i];
	return NULL;
}

static const struct cc_tcb_level *module_level(const struct cc_tdx_module *module, uint8_t svn)
{
	for (size_t i = 0; i < module->count; i++)
		if (svn >= module->levels[i].svn)
			return &module->levels[i];
	return NULL;
}

static bool is_configuration(enum cc_tcb_status status)
{
	return status == CC_TCB_CONFIGURATION_NEEDED ||
	       status == CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
	       status == CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

static bool is_out_of_date(enum cc_tcb_status status)
{
	return status == CC_TCB_OUT_OF_DATE || status == CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

static bool is_current(enum cc_tcb_status status)
{
	return status == CC_TCB_UP_TO_DATE || status == CC_TCB_SW_HARDENING_NEEDED ||
	       status == CC_TCB_CONFIGURATION_NEEDED ||
	       status == CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
}

/* Does what runs now reach the newest that Intel knows? */
static int runs_newest(const struct cc_tcb_info *info, const struct cc_td_report *report,
		       bool *newest, struct cc_err *err)
{
	const uint8_t *now = report->current_tcb_svn;
	const struct cc_tcb_level *top = &info->levels[0];
	const struct cc_tdx_module *module = NULL;

	if (now[1] == 0) {
		*newest = now[0] >= top->tdx[0] && now[2] >= top->tdx[2];
		return 0;
	}
	module = module_of(info, now[1]);
	if (module == NULL)
		return cc_fail(err, CC_E_EVIDENCE,
			       "TDX module %u, which runs now, is none that the TCB info names",
			       now[1]);
	*newest = now[0] >= module->levels[0].svn && now[2] >= top->tdx[2];
	return 0;
}

/*
 * A TD keeps the TCB of its launch in TEE_TCB_SVN; TEE_TCB_SVN2 says what runs now. When only
 * the launch was out of date, the machine is patched and the TD should be started again.
 */
static int advise_relaunch(const struct cc_tcb_info *info, const struct cc_tdx_machine *machine,
			   struct cc_tcb_result *result, struct cc_err *err)
{
	enum cc_tcb_status sgx = status_of(cc_tcb_info_level(info, machine->pck));
	bool newest = false;

	if (!machine->report->has_current || !is_current(status_of(result->qe)) ||
	    !is_current(sgx) || !is_out_of_date(result->status) ||
	    result->module_tcb != CC_TCB_OUT_OF_DATE)
		return 0;
	CC_TRY(runs_newest(info, machine->report, &newest, err));
	if (newest)
		result->status = is_configuration(sgx) || is_configuration(result->status)
					 ? CC_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
					 : CC_TCB_TD_RELAUNCH_ADVISED;
	return 0;
}

int cc_tcb_evaluate_tdx(const struct cc_tcb_info *info, const struct cc_qe_identity *identity,
			const struct cc_tdx_machine *machine, struct cc_tcb_result *out,
			struct cc_err *err)
{
	const struct cc_tdx_module *module = NULL;
	/* The module of old has no levels; its SVN is one of the components (Intel QVL: UpToDate).
	 */
	struct cc_tcb_result result = { .module_tcb = CC_TCB_UP_TO_DATE };

	CC_TRY(cc_tdx_module_find(info, machine->report, &module, err));
	result.machine = tdx_level(info, machine);
	result.qe = cc_qe_identity_level(identity, machine->qe_svn);
	result.status = status_of(result.machine);
	if (module->major > 0) {
		result.module = module_level(module, machine->report->tcb_svn[0]);
		result.module_tcb = status_of(result.module);
		result.status = cc_tcb_converge(result.status, result.module_tcb);
	}
	CC_TRY(advise_relaunch(info, machine, &result, err));
	result.status = cc_tcb_converge(result.status, status_of(result.qe));
	*out = result;
	return 0;
}
