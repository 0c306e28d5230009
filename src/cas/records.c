/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/records.h"

#define TEXT(type, member)                                                     \
	{                                                                      \
#member, CC_FIELD_TEXT, offsetof(struct type, member), 0, NULL \
	}
#define NUMBER(type, member)                                                     \
	{                                                                        \
#member, CC_FIELD_NUMBER, offsetof(struct type, member), 0, NULL \
	}
#define FLAG(type, member)                                                     \
	{                                                                      \
#member, CC_FIELD_FLAG, offsetof(struct type, member), 0, NULL \
	}
#define SECRET(type, member)                                                     \
	{                                                                        \
#member, CC_FIELD_SECRET, offsetof(struct type, member), 0, NULL \
	}
#define BYTES(type, member)                                             \
	{                                                               \
#member, CC_FIELD_BYTES, offsetof(struct type, member), \
			sizeof(((struct type *)0)->member), NULL        \
	}
#define LIST(type, member, of)                                                  \
	{                                                                       \
#member, CC_FIELD_LIST, offsetof(struct type, member), 0, &(of) \
	}
#define RECORD(type, table)                                                             \
	const struct cc_record_type type = { table, sizeof(struct type), type##_fields, \
					     CC_COUNT(type##_fields) }

static const struct cc_field cc_rec_consent_fields[] = {
	TEXT(cc_rec_consent, policy),
	BYTES(cc_rec_consent, hash),
};
RECORD(cc_rec_consent, NULL);

static const struct cc_field cc_rec_policy_fields[] = {
	TEXT(cc_rec_policy, name),       BYTES(cc_rec_policy, hash),
	BYTES(cc_rec_policy, creator),   FLAG(cc_rec_policy, transport),
	FLAG(cc_rec_policy, salted),     NUMBER(cc_rec_policy, version),
	NUMBER(cc_rec_policy, index),    TEXT(cc_rec_policy, text),
	TEXT(cc_rec_policy, signatures), LIST(cc_rec_policy, consents, cc_rec_consent),
};
RECORD(cc_rec_policy, "policy");

static const struct cc_field cc_rec_version_fields[] = {
	BYTES(cc_rec_version, creator), NUMBER(cc_rec_version, index),
	FLAG(cc_rec_version, salted),   BYTES(cc_rec_version, blind),
	TEXT(cc_rec_version, text),     TEXT(cc_rec_version, signatures),
};
RECORD(cc_rec_version, "policy_version");

static const struct cc_field cc_rec_signer_fields[] = {
	BYTES(cc_rec_signer, key),
};
RECORD(cc_rec_signer, NULL);

static const struct cc_field cc_rec_change_fields[] = {
	BYTES(cc_rec_change, hash),   NUMBER(cc_rec_change, index),
	NUMBER(cc_rec_change, time),  TEXT(cc_rec_change, identity),
	BYTES(cc_rec_change, author), LIST(cc_rec_change, signers, cc_rec_signer),
};
RECORD(cc_rec_change, "policy_change");

static const struct cc_field cc_rec_next_fields[] = {
	TEXT(cc_rec_next, next),
};
RECORD(cc_rec_next, "policy_next");

static const struct cc_field cc_rec_volume_fields[] = {
	BYTES(cc_rec_volume, id),       NUMBER(cc_rec_volume, next_epoch),
	FLAG(cc_rec_volume, committed), BYTES(cc_rec_volume, state),
	NUMBER(cc_rec_volume, epoch),   NUMBER(cc_rec_volume, number),
	BYTES(cc_rec_volume, tag),      FLAG(cc_rec_volume, has_content),
	BYTES(cc_rec_volume, content),  SECRET(cc_rec_volume, key),
	FLAG(cc_rec_volume, exposed),   NUMBER(cc_rec_volume, exposed_epoch),
	NUMBER(cc_rec_volume, lease),   NUMBER(cc_rec_volume, reading),
	FLAG(cc_rec_volume, leased),    FLAG(cc_rec_volume, at_commit),
	BYTES(cc_rec_volume, writer),
};
RECORD(cc_rec_volume, "volume");

static const struct cc_field cc_rec_writer_fields[] = {
	BYTES(cc_rec_writer, run),     BYTES(cc_rec_writer, attempt),
	TEXT(cc_rec_writer, workflow), TEXT(cc_rec_writer, stage),
	TEXT(cc_rec_writer, policy),   TEXT(cc_rec_writer, service),
	NUMBER(cc_rec_writer, began),  NUMBER(cc_rec_writer, index),
	NUMBER(cc_rec_writer, ended),  NUMBER(cc_rec_writer, end_index),
	FLAG(cc_rec_writer, complete), FLAG(cc_rec_writer, wrote),
	NUMBER(cc_rec_writer, epoch),  NUMBER(cc_rec_writer, number),
	BYTES(cc_rec_writer, tag),     NUMBER(cc_rec_writer, first_epoch),
};
RECORD(cc_rec_writer, "volume_writer");

static const struct cc_field cc_rec_secret_fields[] = {
	SECRET(cc_rec_secret, value),
};
RECORD(cc_rec_secret, "secret");

static const struct cc_field cc_rec_password_fields[] = {
	NUMBER(cc_rec_password, step),
};
RECORD(cc_rec_password, "password");

static const struct cc_field cc_rec_open_fields[] = {
	BYTES(cc_rec_open, run),
	TEXT(cc_rec_open, stage),
};
RECORD(cc_rec_open, NULL);

static const struct cc_field cc_rec_executions_fields[] = {
	NUMBER(cc_rec_executions, used),
	LIST(cc_rec_executions, open, cc_rec_open),
};
RECORD(cc_rec_executions, "executions");

static const struct cc_field cc_rec_name_fields[] = {
	TEXT(cc_rec_name, name),
};
RECORD(cc_rec_name, NULL);

static const struct cc_field cc_rec_use_fields[] = {
	TEXT(cc_rec_use, name),        TEXT(cc_rec_use, path),      TEXT(cc_rec_use, row),
	FLAG(cc_rec_use, write),       FLAG(cc_rec_use, log),       FLAG(cc_rec_use, forgotten),
	FLAG(cc_rec_use, unprotected), FLAG(cc_rec_use, at_commit), FLAG(cc_rec_use, strict),
	NUMBER(cc_rec_use, commits),   NUMBER(cc_rec_use, bytes),   NUMBER(cc_rec_use, seconds),
	NUMBER(cc_rec_use, staged),
};
RECORD(cc_rec_use, NULL);

static const struct cc_field cc_rec_stage_fields[] = {
	TEXT(cc_rec_stage, name),
	TEXT(cc_rec_stage, policy),
	BYTES(cc_rec_stage, policy_hash),
	TEXT(cc_rec_stage, service),
	TEXT(cc_rec_stage, grant),
	NUMBER(cc_rec_stage, grant_maximum),
	FLAG(cc_rec_stage, count_start),
	TEXT(cc_rec_stage, state),
	BYTES(cc_rec_stage, ticket),
	NUMBER(cc_rec_stage, attempts),
	NUMBER(cc_rec_stage, attempts_max),
	BYTES(cc_rec_stage, attempt),
	NUMBER(cc_rec_stage, exit),
	LIST(cc_rec_stage, needs, cc_rec_name),
	LIST(cc_rec_stage, volumes, cc_rec_use),
};
RECORD(cc_rec_stage, NULL);

static const struct cc_field cc_rec_run_fields[] = {
	BYTES(cc_rec_run, id),
	TEXT(cc_rec_run, workflow),
	BYTES(cc_rec_run, workflow_hash),
	BYTES(cc_rec_run, consumer),
	TEXT(cc_rec_run, state),
	NUMBER(cc_rec_run, index),
	TEXT(cc_rec_run, opened),
	LIST(cc_rec_run, stages, cc_rec_stage),
};
RECORD(cc_rec_run, "run");

static const struct cc_field cc_rec_latest_fields[] = {
	BYTES(cc_rec_latest, run),
};
RECORD(cc_rec_latest, "latest");

static const struct cc_field cc_rec_ticket_fields[] = {
	BYTES(cc_rec_ticket, run),
	NUMBER(cc_rec_ticket, stage),
};
RECORD(cc_rec_ticket, "ticket");

static const struct cc_field cc_rec_instance_fields[] = {
	BYTES(cc_rec_instance, attempt),
};
RECORD(cc_rec_instance, "instance");

static const struct cc_field cc_rec_output_fields[] = {
	TEXT(cc_rec_output, name),      TEXT(cc_rec_output, row),
	BYTES(cc_rec_output, state),    NUMBER(cc_rec_output, epoch),
	NUMBER(cc_rec_output, number),  BYTES(cc_rec_output, tag),
	FLAG(cc_rec_output, tagged),    FLAG(cc_rec_output, forgotten),
	FLAG(cc_rec_output, at_commit), NUMBER(cc_rec_output, lease),
	SECRET(cc_rec_output, key),
};
RECORD(cc_rec_output, NULL);

static const struct cc_field cc_rec_owned_fields[] = {
	BYTES(cc_rec_owned, id),
	LIST(cc_rec_owned, outputs, cc_rec_output),
};
RECORD(cc_rec_owned, "volume_write");

static const struct cc_field cc_rec_attempt_fields[] = {
	BYTES(cc_rec_attempt, id),
	BYTES(cc_rec_attempt, run),
	NUMBER(cc_rec_attempt, stage),
	BYTES(cc_rec_attempt, instance),
	BYTES(cc_rec_attempt, session),
	TEXT(cc_rec_attempt, state),
	TEXT(cc_rec_attempt, platform_class),
	NUMBER(cc_rec_attempt, entries),
	LIST(cc_rec_attempt, outputs, cc_rec_output),
	LIST(cc_rec_attempt, inputs, cc_rec_name),
};
RECORD(cc_rec_attempt, "attempt");

static const struct cc_field cc_rec_session_fields[] = {
	BYTES(cc_rec_session, attempt),     FLAG(cc_rec_session, ended),
	NUMBER(cc_rec_session, next),       BYTES(cc_rec_session, last),
	NUMBER(cc_rec_session, last_index), SECRET(cc_rec_session, up),
	SECRET(cc_rec_session, down),       TEXT(cc_rec_session, refusal),
};
RECORD(cc_rec_session, "session");

static const struct cc_field cc_rec_request_fields[] = {
	TEXT(cc_rec_request, key),
	BYTES(cc_rec_request, request),
	NUMBER(cc_rec_request, index),
	TEXT(cc_rec_request, subject),
};
RECORD(cc_rec_request, NULL);

static const struct cc_field cc_rec_idempotency_fields[] = {
	LIST(cc_rec_idempotency, requests, cc_rec_request),
};
RECORD(cc_rec_idempotency, "idempotency");

static const struct cc_field cc_rec_ref_fields[] = {
	BYTES(cc_rec_ref, id),
	FLAG(cc_rec_ref, ended),
	NUMBER(cc_rec_ref, due),
};
RECORD(cc_rec_ref, NULL);

static const struct cc_field cc_rec_lapsed_fields[] = {
	BYTES(cc_rec_lapsed, member),
	BYTES(cc_rec_lapsed, hash),
};
RECORD(cc_rec_lapsed, NULL);

static const struct cc_field cc_rec_board_fields[] = {
	NUMBER(cc_rec_board, epoch),
	FLAG(cc_rec_board, stopped),
	FLAG(cc_rec_board, stop_confirmed),
	NUMBER(cc_rec_board, stop_until),
	BYTES(cc_rec_board, stop),
	LIST(cc_rec_board, proposals, cc_rec_ref),
	LIST(cc_rec_board, lapsed, cc_rec_lapsed),
};
RECORD(cc_rec_board, "board");

static const struct cc_field cc_rec_vote_fields[] = {
	TEXT(cc_rec_vote, member),   TEXT(cc_rec_vote, policy),    TEXT(cc_rec_vote, service),
	BYTES(cc_rec_vote, hash),    BYTES(cc_rec_vote, key),      TEXT(cc_rec_vote, public_key),
	TEXT(cc_rec_vote, choice),   TEXT(cc_rec_vote, reason),    TEXT(cc_rec_vote, signature),
	NUMBER(cc_rec_vote, number), NUMBER(cc_rec_vote, expires), NUMBER(cc_rec_vote, at),
	NUMBER(cc_rec_vote, index),
};
RECORD(cc_rec_vote, NULL);

static const struct cc_field cc_rec_proposal_fields[] = {
	BYTES(cc_rec_proposal, id),
	TEXT(cc_rec_proposal, policy),
	TEXT(cc_rec_proposal, kind),
	TEXT(cc_rec_proposal, state),
	TEXT(cc_rec_proposal, why),
	TEXT(cc_rec_proposal, text),
	TEXT(cc_rec_proposal, effects),
	TEXT(cc_rec_proposal, reason),
	NUMBER(cc_rec_proposal, version),
	NUMBER(cc_rec_proposal, epoch),
	BYTES(cc_rec_proposal, old_hash),
	BYTES(cc_rec_proposal, new_hash),
	BYTES(cc_rec_proposal, effect_hash),
	BYTES(cc_rec_proposal, closure),
	BYTES(cc_rec_proposal, proposer),
	NUMBER(cc_rec_proposal, created),
	NUMBER(cc_rec_proposal, deadline),
	NUMBER(cc_rec_proposal, accepted),
	NUMBER(cc_rec_proposal, effective),
	NUMBER(cc_rec_proposal, lapses),
	NUMBER(cc_rec_proposal, ended),
	NUMBER(cc_rec_proposal, index),
	LIST(cc_rec_proposal, grants, cc_rec_consent),
	LIST(cc_rec_proposal, further, cc_rec_consent),
	LIST(cc_rec_proposal, before, cc_rec_consent),
	LIST(cc_rec_proposal, votes, cc_rec_vote),
};
RECORD(cc_rec_proposal, "proposal");

static const struct cc_field cc_rec_peer_fields[] = {
	NUMBER(cc_rec_peer, size),
	BYTES(cc_rec_peer, root),
};
RECORD(cc_rec_peer, "peer");

static const struct cc_field cc_rec_held_fields[] = {
	TEXT(cc_rec_held, kind),           TEXT(cc_rec_held, platform), TEXT(cc_rec_held, subject),
	TEXT(cc_rec_held, platform_class), NUMBER(cc_rec_held, number), NUMBER(cc_rec_held, from),
	NUMBER(cc_rec_held, until),        BYTES(cc_rec_held, root),    BYTES(cc_rec_held, issuer),
	BYTES(cc_rec_held, hash),          BYTES(cc_rec_held, chain),   NUMBER(cc_rec_held, size),
	NUMBER(cc_rec_held, index),
};
RECORD(cc_rec_held, NULL);

static const struct cc_field cc_rec_shelf_fields[] = {
	LIST(cc_rec_shelf, held, cc_rec_held),
};
RECORD(cc_rec_shelf, "collateral");

static const struct cc_field cc_rec_statement_fields[] = {
	TEXT(cc_rec_statement, bytes),
	TEXT(cc_rec_statement, chain),
};
RECORD(cc_rec_statement, "statement");

static const struct cc_field cc_rec_count_fields[] = {
	NUMBER(cc_rec_count, rows),
};
RECORD(cc_rec_count, "count");
