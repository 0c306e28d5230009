/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every command of `concordat`, in the order in which --help shows them. A
 * command is a table and a function in the file named after its first word.
 */
#ifndef CC_CLI_COMMANDS_H
#define CC_CLI_COMMANDS_H

#include "base/opt.h"

extern const struct cc_command cc_command_self_show;
extern const struct cc_command cc_command_platform_init, cc_command_platform_run;
extern const struct cc_command cc_command_witness_init, cc_command_witness_add,
	cc_command_witness_run, cc_command_witness_show;
extern const struct cc_command cc_command_cas_init, cc_command_cas_start, cc_command_cas_status,
	cc_command_cas_attest;
extern const struct cc_command cc_command_image_seal, cc_command_image_measure;
extern const struct cc_command cc_command_policy_check, cc_command_policy_hash,
	cc_command_policy_show, cc_command_policy_lint, cc_command_policy_diff,
	cc_command_policy_sign, cc_command_policy_encrypt, cc_command_policy_verify,
	cc_command_policy_create, cc_command_policy_read, cc_command_policy_update,
	cc_command_policy_list, cc_command_policy_history, cc_command_policy_executions;
extern const struct cc_command cc_command_proposal_create, cc_command_proposal_list,
	cc_command_proposal_show, cc_command_proposal_approve, cc_command_proposal_reject,
	cc_command_proposal_withdraw, cc_command_proposal_status, cc_command_proposal_stop,
	cc_command_proposal_resume;
extern const struct cc_command cc_command_workflow_check, cc_command_workflow_plan,
	cc_command_workflow_open, cc_command_workflow_run, cc_command_workflow_status,
	cc_command_workflow_abort, cc_command_workflow_logs;
extern const struct cc_command cc_command_volume_init, cc_command_volume_mount,
	cc_command_volume_ls, cc_command_volume_cat, cc_command_volume_get, cc_command_volume_put,
	cc_command_volume_check, cc_command_volume_stat, cc_command_volume_history,
	cc_command_volume_export, cc_command_volume_rekey;
extern const struct cc_command cc_command_evidence_show, cc_command_evidence_verify;
extern const struct cc_command cc_command_collateral_fetch, cc_command_collateral_import,
	cc_command_collateral_list, cc_command_collateral_show;
extern const struct cc_command cc_command_measure_snp, cc_command_measure_tdx,
	cc_command_measure_sgx, cc_command_measure_eif, cc_command_measure_pcr;
extern const struct cc_command cc_command_completion;

extern const struct cc_command *const cc_commands[];
extern const size_t cc_command_count;

/* Print what a command made: indented JSON for --output json, else what `text` says. */
struct cc_json;
int cc_print_json(const struct cc_json *json, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_print(struct cc_span text, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Other people's words for a terminal: whoever chose a name or a reason must not move the
 * cursor of whoever reads it. Control characters (also those of C1) and backslashes
 * become \xNN, the rest stays.
 */
int cc_name_escape(struct cc_span name, struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
