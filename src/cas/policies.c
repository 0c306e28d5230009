/* SPDX-License-Identifier: Apache-2.0 */
/* Policies: created, updated, read, listed; what is used of their contracts. */
#include "cas/policies.h"
#include "base/str.h"
#include "cas/ballot.h"
#include "cas/binding.h"
#include "cas/due.h"
#include "cas/names.h"
#include "cas/operation.h"
#include "cas/upload.h"
#include "cas/vault.h"
#include "codec/text.h"

/* The name of the policy whose `create_sessions` rules over this name. */
static int parent_of(const char *name, char **out, struct cc_err *err)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? cc_str_dup("/", out, err)
			     : cc_strf(out, err, "%.*s", (int)(slash - name), name);
}

/* Whoever comes first may claim the root namespace; with any other policy it is sealed. */
static int check_root(struct cc_state *state, struct cc_err *err)
{
	struct cc_rec_count count = { 0 };
	bool found = false;

	CC_TRY(cc_state_find(state, &cc_rec_count, "policy", &count, &found, err));
	if (!found || count.rows == 0)
		return 0;
	cc_err_set(err, CC_E_DENIED, "the root namespace '/' is sealed: there are policies");
	return cc_hint(err, "it can be claimed on a new CAS, before all other policies");
}

/* Somebody else may have taken the name, or the whole CAS been turned back (scone.md 1.4). */
static int check_parent_hash(const struct cc_policy *policy, const struct cc_known *parent,
			     struct cc_err *err)
{
	if (!policy->namespace_hash.is_set ||
	    cc_digest_eq(&policy->namespace_hash.digest, &parent->hash))
		return 0;
	return cc_fail(err, CC_E_DENIED,
		       "the namespace '%s' is not the version that 'namespace_hash' names",
		       parent->policy->name);
}

/* Namespaces are of 0.3: a policy of 0.2 never said who may create below it (scone.md 1.4). */
static int check_parent_version(const struct cc_known *parent, struct cc_err *err)
{
	if (!cc_str_eq(parent->policy->version, "0.2"))
		return 0;
	cc_err_set(err, CC_E_DENIED, "'%s' is of version 0.2, which cannot be a namespace",
		   parent->policy->name);
	return cc_hint(err, "update it to version 0.3 with 'create_sessions' first");
}

/* A child needs a parent that lets this caller create below it. Nobody must own the root. */
static int check_namespace(struct cc_state *state, const struct cc_upload *upload,
			   struct cc_err *err)
{
	const struct cc_policy *policy = upload->policy;
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	CC_AUTO_FREE char *parent = NULL;
	struct cc_known known = { 0 };
	struct cc_err why = { 0 };

	if (cc_str_eq(policy->name, "/"))
		return check_root(state, err);
	cc_cas_view_init(&view, state);
	CC_TRY(parent_of(policy->name, &parent, err));
	if (cc_cas_view_policy(&view, parent, &known, NULL, &why) != 0) {
		if (why.code != CC_E_NOTFOUND) {
			*err = why;
			return cc_failed();
		}
		if (cc_str_eq(parent, "/") && !policy->namespace_hash.is_set)
			return 0;
		cc_err_set(err, CC_E_NOTFOUND, "the namespace '%s' does not exist", parent);
		return cc_hint(err, "create a policy of that name first: it may hold nothing else");
	}
	CC_TRY(check_parent_version(&known, err));
	CC_TRY(check_parent_hash(policy, &known, err));
	return cc_caller_may(&upload->caller, &known, CC_RIGHT_CREATE_SESSIONS, err);
}

static int put_consent(struct cc_list *list, const char *grantee, const uint8_t hash[static 32],
		       struct cc_err *err)
{
	struct cc_rec_consent *consent = NULL;
	void *at = NULL;

	CC_TRY(cc_list_add(list, &cc_rec_consent, &at, err));
	consent = at;
	memcpy(consent->hash, hash, sizeof(consent->hash));
	return cc_str_dup(grantee, &consent->policy, err);
}

static int add_consent(struct cc_state *state, struct cc_list *list, const char *grantee,
		       struct cc_err *err)
{
	struct cc_rec_policy other = { 0 };
	bool found = false;
	int result = 0;

	for (size_t i = 0; i < list->count; i++)
		if (cc_str_eq(CC_LIST_AT(*list, struct cc_rec_consent, i)->policy, grantee))
			return 0;
	CC_TRY(cc_due_require(state, grantee, err));
	CC_TRY(cc_state_find(state, &cc_rec_policy, grantee, &other, &found, err));
	if (!found)
		return 0;
	result = put_consent(list, grantee, other.hash, err);
	cc_record_clear(&cc_rec_policy, &other);
	return result;
}

/*
 * Who writes its policy has seen those it grants to as they are now: that is its
 * consent. A later change of one of them closes an unpinned grant until it writes again.
 */
int cc_policy_consents(struct cc_state *state, const struct cc_policy *policy, struct cc_list *out,
		       struct cc_err *err)
{
	for (size_t v = 0; v < policy->volumes.count; v++)
		for (size_t e = 0; e < policy->volumes.at[v].export.count; e++)
			CC_TRY(add_consent(state, out, policy->volumes.at[v].export.at[e].session,
					   err));
	return 0;
}

int cc_consents_copy(const struct cc_list *from, struct cc_list *to, struct cc_err *err)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct cc_rec_consent *one = CC_LIST_AT(*from, struct cc_rec_consent, i);

		CC_TRY(put_consent(to, one->policy, one->hash, err));
	}
	return 0;
}

static int store_policy(struct cc_state *state, const struct cc_rec_policy *row, struct cc_err *err)
{
	struct cc_rec_version version = { .index = row->index,
					  .salted = row->salted,
					  .text = row->text,
					  .signatures = row->signatures };
	CC_AUTO_FREE char *key = NULL;

	CC_TRY(cc_state_put(state, &cc_rec_policy, row->name, row, err));
	CC_TRY(cc_policy_blind(state, row->name, row->hash, version.blind, err));
	memcpy(version.creator, row->creator, sizeof(version.creator));
	CC_TRY(cc_policy_version_key(row->name, row->hash, &key, err));
	return cc_state_put(state, &cc_rec_version, key, &version, err);
}

int cc_policy_change_key(const char *name, uint64_t version, char **out, struct cc_err *err)
{
	return cc_strf(out, err, "%s\n%llu", name, (unsigned long long)version);
}

static int fill_author(const struct cc_caller *author, struct cc_rec_change *change,
		       struct cc_err *err)
{
	memcpy(change->author, author->key.b, sizeof(change->author));
	for (size_t i = 0; i < author->signer_count; i++) {
		void *at = NULL;

		CC_TRY(cc_list_add(&change->signers, &cc_rec_signer, &at, err));
		memcpy(((struct cc_rec_signer *)at)->key, author->signers[i].b, 32);
	}
	return 0;
}

static void clear_change(struct cc_rec_change *change)
{
	cc_record_clear(&cc_rec_change, change);
}

/* The line of the policy's history. */
static int store_change(struct cc_state *state, const struct cc_caller *author,
			const struct cc_rec_policy *row, struct cc_err *err)
{
	CC_CLEANUP(clear_change)
	struct cc_rec_change change = { .index = row->index,
					.time = (uint64_t)cc_state_time(state) };
	CC_AUTO_FREE char *key = NULL;

	CC_TRY(cc_str_dup(author != NULL ? cc_caller_identity(author) : CC_CHANGE_BOARD,
			  &change.identity, err));
	memcpy(change.hash, row->hash, sizeof(change.hash));
	if (author != NULL)
		CC_TRY(fill_author(author, &change, err));
	CC_TRY(cc_policy_change_key(row->name, row->version, &key, err));
	return cc_state_put(state, &cc_rec_change, key, &change, err);
}

static int count_rows(struct cc_state *state, const char *table, struct cc_err *err)
{
	struct cc_rec_count count = { 0 };
	bool found = false;

	CC_TRY(cc_state_find(state, &cc_rec_count, table, &count, &found, err));
	count.rows++;
	return cc_state_put(state, &cc_rec_count, table, &count, err);
}

/* Warnings quote the policy: `policy` is NULL for who must not learn it. */
static int answer_policy(const struct cc_rec_policy *row, const struct cc_policy *policy,
			 struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *warnings = NULL;

	CC_TRY(cc_json_object(&result->answer, err));
	CC_TRY(cc_json_set_str(result->answer, "name", row->name, err));
	CC_TRY(cc_json_set_hex(result->answer, "hash", cc_span(row->hash, 32), err));
	CC_TRY(cc_json_set_u64(result->answer, "index", row->index, err));
	CC_TRY(cc_json_array(&warnings, err));
	for (size_t i = 0; policy != NULL && i < policy->findings.count; i++)
		CC_TRY(cc_json_add_str(warnings, policy->findings.at[i].text, err));
	return cc_json_set(result->answer, "warnings", CC_TAKE(warnings), err);
}

static int record_change(struct cc_state *state, const struct cc_caller *caller,
			 const struct cc_rec_policy *row, const char *type,
			 struct cc_result *result, struct cc_err *err)
{
	result->type = type;
	CC_TRY(cc_json_object(&result->fields, err));
	CC_TRY(cc_text_set(&result->subject, row->name, err));
	CC_TRY(cc_json_set_str(result->fields, "policy", row->name, err));
	CC_TRY(cc_policy_publish(state, row->name, row->hash, "hash", result->fields, err));
	CC_TRY(cc_json_set_u64(result->fields, "version", row->version, err));
	return cc_caller_fields(caller, result->fields, err);
}

/* A repeat of what stands already is answered from the state. */
static int is_repeat(const struct cc_rec_policy *row, const struct cc_upload *upload, bool *out,
		     struct cc_err *err)
{
	struct cc_digest hash = { 0 }, creator = { 0 };

	CC_TRY(cc_policy_hash(upload->policy, &hash, err));
	*out = false;
	if (memcmp(row->hash, hash.b, sizeof(row->hash)) != 0)
		return 0;
	CC_TRY(cc_upload_creator(upload, &creator, err));
	*out = memcmp(row->creator, creator.b, sizeof(row->creator)) == 0;
	return 0;
}

/*
 * Signatures are of a text: when it was active before, its own; who sends it without them, or a
 * change that lapses, does not take them away.
 */
static int former_signatures(struct cc_state *state, const struct cc_policy_next *next,
			     const struct cc_digest *hash, char **out, struct cc_err *err)
{
	struct cc_rec_version version = { 0 };
	CC_AUTO_FREE char *key = NULL;
	bool found = false;

	CC_TRY(cc_policy_version_key(next->policy->name, hash->b, &key, err));
	CC_TRY(cc_state_find(state, &cc_rec_version, key, &version, &found, err));
	if (found && cc_str_eq(version.text, next->text))
		*out = CC_TAKE(version.signatures);
	cc_record_clear(&cc_rec_version, &version);
	return 0;
}

/* Neither signatures nor votes nor a signed request stand behind it. */
static bool is_word_of_web(const struct cc_policy_next *next)
{
	return next->author != NULL && next->author->transport && next->signatures == NULL;
}

static int fill_row(struct cc_state *state, const struct cc_policy_next *next,
		    struct cc_rec_policy *row, struct cc_err *err)
{
	struct cc_digest hash = { 0 };

	CC_TRY(cc_policy_hash(next->policy, &hash, err));
	memcpy(row->hash, hash.b, sizeof(row->hash));
	row->transport = (row->version == 0 || row->transport) && is_word_of_web(next);
	row->salted = row->salted || next->policy->salt != NULL;
	row->index = cc_state_index(state);
	row->version++;
	free(row->signatures);
	row->signatures = NULL;
	CC_TRY(next->signatures != NULL
		       ? cc_text_set(&row->signatures, next->signatures, err)
		       : former_signatures(state, next, &hash, &row->signatures, err));
	CC_TRY(cc_text_set(&row->name, next->policy->name, err));
	return cc_text_set(&row->text, next->text, err);
}

/* The version that is active until now; NULL for the first. */
static int parse_former(const struct cc_rec_policy *row, struct cc_policy **out, struct cc_err *err)
{
	if (row->version == 0)
		return 0;
	return cc_policy_parse(cc_span_str(row->text), out, err);
}

int cc_policy_activate(struct cc_state *state, const struct cc_policy_next *next,
		       struct cc_rec_policy *row, struct cc_err *err)
{
	CC_AUTO_POLICY struct cc_policy *former = NULL;

	CC_TRY(parse_former(row, &former, err));
	while (row->consents.count != 0)
		cc_list_drop(&row->consents, &cc_rec_consent, row->consents.count - 1);
	CC_TRY(fill_row(state, next, row, err));
	if (next->consents != NULL)
		CC_TRY(cc_consents_copy(next->consents, &row->consents, err));
	else
		CC_TRY(cc_policy_consents(state, next->policy, &row->consents, err));
	CC_TRY(store_change(state, next->author, row, err));
	CC_TRY(store_policy(state, row, err));
	return cc_vault_update(state, former, next->policy, err);
}

static void clear_row(struct cc_rec_policy *row)
{
	cc_record_clear(&cc_rec_policy, row);
}

static struct cc_policy_next next_of(const struct cc_upload *upload)
{
	return (struct cc_policy_next){ .policy = upload->policy,
					.text = upload->text,
					.signatures = upload->signatures,
					.author = &upload->caller };
}

static const struct cc_policy *told_of(const struct cc_upload *upload)
{
	return upload->encrypted ? NULL : upload->policy;
}

static int create_new(struct cc_state *state, const struct cc_upload *upload,
		      struct cc_result *result, struct cc_err *err)
{
	CC_CLEANUP(clear_row) struct cc_rec_policy row = { 0 };
	const struct cc_policy_next next = next_of(upload);
	const struct cc_policy *policy = upload->policy;
	struct cc_digest creator = { 0 };

	CC_TRY(cc_policy_follows(policy, NULL, err));
	CC_TRY(check_namespace(state, upload, err));
	CC_TRY(cc_upload_creator(upload, &creator, err));
	memcpy(row.creator, creator.b, sizeof(row.creator));
	CC_TRY(cc_policy_activate(state, &next, &row, err));
	CC_TRY(cc_names_add(state, policy->name, err));
	CC_TRY(count_rows(state, "policy", err));
	CC_TRY(answer_policy(&row, told_of(upload), result, err));
	result->status = 201;
	return record_change(state, &upload->caller, &row, "policy.create", result, err);
}

/* Of a version that came later the caller learns what it may read, and no more. */
int cc_policy_updated(struct cc_state *state, const struct cc_operation_call *call,
		      const char *subject, uint64_t index, struct cc_result *result,
		      struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	const struct cc_rec_policy *row = NULL;
	struct cc_known known = { 0 };

	cc_cas_view_init(&view, state);
	CC_TRY(cc_cas_view_policy(&view, subject, &known, &row, err));
	if (row->index != index)
		CC_TRY(cc_caller_may(&call->caller, &known, CC_RIGHT_READ, err));
	return answer_policy(row, call->encrypted ? NULL : known.policy, result, err);
}

int cc_policy_created(struct cc_state *state, const struct cc_operation_call *call,
		      const char *subject, uint64_t index, struct cc_result *result,
		      struct cc_err *err)
{
	result->status = 201;
	return cc_policy_updated(state, call, subject, index, result, err);
}

/*
 * What the caller believed to be active must be: the request says it, or the text as in
 * SCONE, or both. An update that says it nowhere could undo what it has not seen.
 */
static int check_predecessor(const struct cc_operation_call *call, const struct cc_upload *upload,
			     const struct cc_known *known, struct cc_err *err)
{
	const struct cc_policy *policy = upload->policy;
	struct cc_digest said = { 0 };

	/* What stands beside the text was not signed: an old version could be sent again. */
	if (upload->signatures != NULL)
		return cc_policy_follows(policy, &known->hash, err);
	if (!cc_json_has(call->body, "predecessor"))
		return cc_policy_follows(policy, &known->hash, err);
	CC_TRY(cc_json_get_digest(call->body, "predecessor", &said, err));
	if (!cc_digest_eq(&said, &known->hash)) {
		cc_err_set(err, CC_E_CONFLICT,
			   "another version has become active since you read it");
		return cc_hint(err, "read it, look at what changed, then update again");
	}
	return policy->predecessor.is_set ? cc_policy_follows(policy, &known->hash, err) : 0;
}

/* The board speaks by proposals; its policy has no other way to change. */
static int check_board(struct cc_state *state, const struct cc_policy *old,
		       const struct cc_policy *new, struct cc_err *err)
{
	if (old->board == NULL)
		return cc_board_note_change(state, old, new, err);
	cc_err_set(err, CC_E_DENIED, "policy '%s' changes by its board", old->name);
	return cc_hint(err, "propose it: concordat proposal create FILE");
}

static int update_with(struct cc_state *state, const struct cc_operation_call *call,
		       const struct cc_upload *upload, struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	CC_CLEANUP(clear_row) struct cc_rec_policy row = { 0 };
	const struct cc_policy_next next = next_of(upload);
	const struct cc_policy *policy = upload->policy;
	struct cc_known known = { 0 };

	cc_cas_view_init(&view, state);
	CC_TRY(cc_cas_view_policy(&view, policy->name, &known, NULL, err));
	CC_TRY(cc_caller_may(&upload->caller, &known, CC_RIGHT_UPDATE, err));
	CC_TRY(check_board(state, known.policy, policy, err));
	CC_TRY(cc_bindings_check(&view, known.policy, policy, &upload->caller, err));
	CC_TRY(check_predecessor(call, upload, &known, err));
	CC_TRY(cc_state_get(state, &cc_rec_policy, policy->name, &row, err));
	CC_TRY(cc_policy_activate(state, &next, &row, err));
	CC_TRY(answer_policy(&row, told_of(upload), result, err));
	return record_change(state, &upload->caller, &row, "policy.update", result, err);
}

int cc_policy_create(struct cc_state *state, const struct cc_operation_call *call,
		     struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_UPLOAD struct cc_upload upload = { 0 };
	CC_CLEANUP(clear_row) struct cc_rec_policy row = { 0 };
	bool found = false, repeats = false;

	CC_TRY(cc_caller_require(&call->caller, err));
	CC_TRY(cc_upload_read(call, &upload, err));
	CC_TRY(cc_due_require(state, upload.policy->name, err));
	CC_TRY(cc_state_find(state, &cc_rec_policy, upload.policy->name, &row, &found, err));
	if (!found)
		return create_new(state, &upload, result, err);
	CC_TRY(is_repeat(&row, &upload, &repeats, err));
	if (repeats)
		return answer_policy(&row, told_of(&upload), result, err);
	/* As in SCONE: a text that says what it follows is an update. */
	if (upload.policy->predecessor.is_set)
		return update_with(state, call, &upload, result, err);
	cc_err_set(err, CC_E_CONFLICT, "policy '%s' is there already", upload.policy->name);
	return cc_hint(err, "its owner changes it: concordat policy update FILE");
}

int cc_policy_update(struct cc_state *state, const struct cc_operation_call *call,
		     struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_UPLOAD struct cc_upload upload = { 0 };

	CC_TRY(cc_caller_require(&call->caller, err));
	CC_TRY(cc_upload_read(call, &upload, err));
	if (!cc_str_eq(upload.policy->name, call->argument))
		return cc_fail(err, CC_E_ARG, "the text is policy '%s', the request '%s'",
			       upload.policy->name, call->argument);
	return update_with(state, call, &upload, result, err);
}

static int add_grant(struct cc_state *state, const char *policy, const struct cc_service *service,
		     const struct cc_executions *line, struct cc_json *out, struct cc_err *err)
{
	struct cc_rec_executions row = { 0 };
	CC_AUTO_JSON struct cc_json *one = NULL;
	CC_AUTO_FREE char *key = NULL;
	uint64_t open = 0, used = 0;
	bool found = false;

	CC_TRY(cc_executions_key(policy, service->name, line->id, &key, err));
	CC_TRY(cc_state_find(state, &cc_rec_executions, key, &row, &found, err));
	open = row.open.count;
	used = row.used;
	cc_record_clear(&cc_rec_executions, &row);
	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_str(one, "service", service->name, err));
	CC_TRY(cc_json_set_str(one, "id", line->id, err));
	CC_TRY(cc_json_set_str(one, "consumer", line->consumer, err));
	CC_TRY(cc_json_set_u64(one, "maximum", line->maximum, err));
	CC_TRY(cc_json_set_u64(one, "used", used, err));
	CC_TRY(cc_json_set_u64(one, "open", open, err));
	return cc_json_add(out, CC_TAKE(one), err);
}

int cc_policy_executions(struct cc_state *state, const struct cc_operation_call *call,
			 struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	CC_AUTO_JSON struct cc_json *list = NULL;
	struct cc_known known = { 0 };

	cc_cas_view_init(&view, state);
	CC_TRY(cc_cas_view_policy(&view, call->argument, &known, NULL, err));
	CC_TRY(cc_caller_may(&call->caller, &known, CC_RIGHT_READ, err));
	CC_TRY(cc_json_array(&list, err));
	for (size_t s = 0; s < known.policy->services.count; s++) {
		const struct cc_service *service = &known.policy->services.at[s];

		for (size_t e = 0; e < service->executions.count; e++)
			CC_TRY(add_grant(state, known.policy->name, service,
					 &service->executions.at[e], list, err));
	}
	CC_TRY(cc_json_object(&result->answer, err));
	CC_TRY(cc_json_set_str(result->answer, "policy", known.policy->name, err));
	return cc_json_set(result->answer, "grants", CC_TAKE(list), err);
}
