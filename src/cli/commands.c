/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

/* In the order of commands.h; one line a command. */
const struct cc_command *const cc_commands[] = {
	&cc_command_self_show,         &cc_command_platform_init,   &cc_command_platform_run,
	&cc_command_witness_init,      &cc_command_witness_add,     &cc_command_witness_run,
	&cc_command_witness_show,      &cc_command_cas_init,        &cc_command_cas_start,
	&cc_command_cas_status,        &cc_command_cas_attest,      &cc_command_image_seal,
	&cc_command_image_measure,     &cc_command_policy_check,    &cc_command_policy_hash,
	&cc_command_policy_show,       &cc_command_policy_lint,     &cc_command_policy_diff,
	&cc_command_policy_sign,       &cc_command_policy_encrypt,  &cc_command_policy_verify,
	&cc_command_policy_create,     &cc_command_policy_read,     &cc_command_policy_update,
	&cc_command_policy_list,       &cc_command_policy_history,  &cc_command_policy_executions,
	&cc_command_proposal_create,   &cc_command_proposal_list,   &cc_command_proposal_show,
	&cc_command_proposal_approve,  &cc_command_proposal_reject, &cc_command_proposal_withdraw,
	&cc_command_proposal_status,   &cc_command_proposal_stop,   &cc_command_proposal_resume,
	&cc_command_workflow_check,    &cc_command_workflow_plan,   &cc_command_workflow_open,
	&cc_command_workflow_run,      &cc_command_workflow_status, &cc_command_workflow_abort,
	&cc_command_workflow_logs,     &cc_command_volume_init,     &cc_command_volume_mount,
	&cc_command_volume_ls,         &cc_command_volume_cat,      &cc_command_volume_get,
	&cc_command_volume_put,        &cc_command_volume_check,    &cc_command_volume_stat,
	&cc_command_volume_history,    &cc_command_volume_export,   &cc_command_volume_rekey,
	&cc_command_evidence_show,     &cc_command_evidence_verify, &cc_command_collateral_fetch,
	&cc_command_collateral_import, &cc_command_collateral_list, &cc_command_collateral_show,
	&cc_command_measure_snp,       &cc_command_measure_tdx,     &cc_command_measure_sgx,
	&cc_command_measure_eif,       &cc_command_measure_pcr,     &cc_command_completion,
};
const size_t cc_command_count = CC_COUNT(cc_commands);
