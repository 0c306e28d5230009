/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/knobs.h"

#include "base/str.h"

#define YEAR ((int64_t)365 * 24 * 3600)

void cc_sim_knobs_ask(const struct cc_sim_knobs *knobs, struct cc_sim_asked *asked)
{
	asked->debug = knobs->debug;
	asked->launched_before = knobs->launched_before;
	asked->vmpl = knobs->vmpl == NULL ? 0 : (uint32_t)(knobs->vmpl[0] - '0');
}

static int read_status(const char *word, const char *option, enum cc_tcb_status *out,
		       struct cc_err *err)
{
	if (word == NULL || cc_tcb_named(word, out))
		return 0;
	return cc_fail(err, CC_E_ARG, "--%s: '%s' is no word of Intel's", option, word);
}

static bool is_revoked(const struct cc_sim_knobs *knobs, const char *who)
{
	return knobs->revoked != NULL && cc_str_eq(knobs->revoked, who);
}

static enum cc_sim_revoked revoked_of(const struct cc_sim_knobs *knobs)
{
	static const struct {
		const char *who;
		enum cc_sim_revoked revoked;
	} known[] = { { "pck", CC_SIM_REVOKED_PCK },
		      { "pck-ca", CC_SIM_REVOKED_CA },
		      { "tcb-signing", CC_SIM_REVOKED_SIGNER } };

	for (size_t i = 0; i < CC_COUNT(known); i++)
		if (is_revoked(knobs, known[i].who))
			return known[i].revoked;
	return CC_SIM_REVOKED_NONE;
}

static int intel_plan(const struct cc_sim_knobs *knobs, int64_t now, struct cc_sim_plan *out,
		      struct cc_err *err)
{
	CC_TRY(cc_sim_plan_good(now, out, err));
	out->revoked = revoked_of(knobs);
	out->advisory = knobs->advisory;
	CC_TRY(read_status(knobs->status, "status", &out->status, err));
	CC_TRY(read_status(knobs->qe_status, "qe-status", &out->qe_status, err));
	CC_TRY(read_status(knobs->module_status, "module-status", &out->tdx.module_status, err));
	/* Nobody publishes it: it is what comes out when no level is low enough for the machine. */
	if (out->status == CC_TCB_NOT_SUPPORTED) {
		out->status = CC_TCB_UP_TO_DATE;
		out->level_first_svn++;
	}
	return 0;
}

int cc_sim_knobs_publish(const struct cc_sim_knobs *knobs, const char *dir, int64_t now,
			 struct cc_sim_machine *machine, struct cc_err *err)
{
	struct cc_sim_plan plan = { 0 };

	if (!knobs->expired && knobs->status == NULL && knobs->qe_status == NULL &&
	    knobs->module_status == NULL && knobs->advisory == NULL && knobs->revoked == NULL)
		return 0;
	CC_TRY(intel_plan(knobs, knobs->expired ? now - 2 * YEAR : now, &plan, err));
	machine->snp_plan.now = plan.now;
	machine->snp_plan.issuer_is_revoked = is_revoked(knobs, "ask");
	CC_TRY(cc_sim_dir_publish(dir, &plan, &machine->pki, err));
	return cc_sim_snp_dir_publish(dir, &machine->snp_plan, &machine->snp, err);
}
