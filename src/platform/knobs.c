/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/knobs.h"

#include "base/str.h"

#define YEAR ((int64_t)365 * 24 * 3600)
#define TYPE_TIME 0x8019 /* TPM_ST_ATTEST_TIME */

void cc_sim_knobs_ask(const struct cc_sim_knobs *knobs, struct cc_sim_asked *asked)
{
	asked->debug = knobs->debug;
	asked->launched_before = knobs->launched_before;
	asked->vmpl = knobs->vmpl == NULL ? 0 : (uint32_t)(knobs->vmpl[0] - '0');
}

static int read_number(const char *text, const char *option, uint64_t max, uint64_t *out,
		       struct cc_err *err)
{
	return text == NULL ? 0 : cc_parse_u64(cc_span_str(text), max, option, out, err);
}

static int boot_counts(const struct cc_sim_knobs *knobs, struct cc_sim_tpm_plan *plan,
		       struct cc_err *err)
{
	uint64_t resets = plan->resets, restarts = plan->restarts;

	CC_TRY(read_number(knobs->tpm_resets, "--tpm-resets", UINT32_MAX, &resets, err));
	CC_TRY(read_number(knobs->tpm_restarts, "--tpm-restarts", UINT32_MAX, &restarts, err));
	CC_TRY(read_number(knobs->tpm_firmware, "--tpm-firmware", UINT64_MAX, &plan->firmware,
			   err));
	plan->resets = (uint32_t)resets;
	plan->restarts = (uint32_t)restarts;
	plan->clock_is_unsafe = knobs->tpm_clock_unsafe;
	return 0;
}

static bool is_word(const char *value, const char *word)
{
	return value != NULL && cc_str_eq(value, word);
}

static int boot_quote(const struct cc_sim_knobs *knobs, struct cc_sim_machine *machine,
		      struct cc_err *err)
{
	struct cc_sim_tpm_plan *plan = &machine->tpm_plan;

	if (is_word(knobs->tpm_quote, "foreign"))
		plan->magic++;
	else if (is_word(knobs->tpm_quote, "time"))
		plan->type = TYPE_TIME;
	else if (is_word(knobs->tpm_quote, "unrestricted"))
		plan->attributes &= ~CC_TPM_RESTRICTED;
	return cc_sim_tpm_describe(plan, &machine->tpm, err);
}

int cc_sim_knobs_boot(const struct cc_sim_knobs *knobs, struct cc_sim_machine *machine,
		      struct cc_err *err)
{
	uint64_t index = CC_TPM_PCRS;

	CC_TRY(boot_counts(knobs, &machine->tpm_plan, err));
	CC_TRY(boot_quote(knobs, machine, err));
	if (is_word(knobs->tpm_log, "early"))
		CC_TRY(cc_sim_machine_boot(machine, false, err));
	if (is_word(knobs->tpm_log, "none"))
		machine->tpm_plan.log = cc_span(NULL, 0);
	CC_TRY(read_number(knobs->tpm_extended, "--tpm-extended", CC_TPM_PCRS - 1, &index, err));
	if (index == CC_TPM_PCRS)
		return 0;
	return cc_sim_machine_extend(machine, (uint32_t)index, cc_span_str("in no log"), err);
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
	return is_word(knobs->revoked, who);
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

/* The certificate of its key goes along with each quote: it is made anew, and kept by nobody. */
static int publish_tpm(const struct cc_sim_knobs *knobs, const char *dir, int64_t now,
		       struct cc_sim_machine *machine, struct cc_err *err)
{
	struct cc_sim_tpm_plan plan = machine->tpm_plan;
	struct cc_sim_tpm *tpm = &machine->tpm;

	plan.now = now;
	plan.leaf_is_revoked = is_revoked(knobs, "ak");
	plan.issuer_is_revoked = is_revoked(knobs, "tpm-ca");
	if (knobs->expired) {
		plan.cert_seconds = YEAR;
		cc_cert_free(CC_TAKE(tpm->leaf));
		CC_TRY(cc_sim_tpm_certify(tpm, &plan, cc_key_public(tpm->leaf_key), &tpm->leaf,
					  err));
	}
	return cc_sim_tpm_dir_publish(dir, &plan, tpm, err);
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
	CC_TRY(cc_sim_snp_dir_publish(dir, &machine->snp_plan, &machine->snp, err));
	return publish_tpm(knobs, dir, plan.now, machine, err);
}
