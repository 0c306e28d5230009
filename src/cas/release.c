/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/release.h"

#include "base/str.h"
#include "base/time.h"
#include "cas/ballot.h"
#include "cas/configure.h"
#include "cas/factors.h"
#include "cas/outputs.h"
#include "cas/policies.h"
#include "cas/runs.h"
#include "cas/vault.h"
#include "codec/text.h"

/* All that one release is decided from. */
struct releasing {
	const struct cc_release_call *call;
	struct cc_state *state;
	struct cc_cas_view view;
	struct cc_rec_run run;
	struct cc_rec_stage *stage;
	struct cc_rec_attempt attempt;
	struct cc_known policy; /* of the service */
	const struct cc_service *service;
	struct cc_program program;
	const struct cc_claims *claims; /* that the program is known by */
	struct cc_vault *vault;
	char *identity;
	bool has_access;
	struct cc_digest access; /* the CAS's proof of the access token */
	bool repeated;
	struct cc_err why; /* a refusal that stands */
};

static void clear(struct releasing *r)
{
	cc_vault_free(r->vault);
	free(r->identity);
	cc_cas_view_clear(&r->view);
	cc_record_clear(&cc_rec_run, &r->run);
	cc_record_clear(&cc_rec_attempt, &r->attempt);
}

static int find_ticket(struct releasing *r, struct cc_err *err)
{
	struct cc_rec_ticket ticket = { 0 };
	struct cc_digest name = { 0 };
	char key[CC_HEX_DIGEST];
	bool found = false;

	memcpy(name.b, r->call->attest->ticket, sizeof(name.b));
	cc_hex_digest(&name, key);
	CC_TRY(cc_state_find(r->state, &cc_rec_ticket, key, &ticket, &found, err));
	if (!found) {
		cc_err_set(err, CC_E_DENIED, "there is no such ticket");
		return cc_hint(err, "a consumer opens a run to get one: concordat workflow run");
	}
	CC_TRY(cc_run_load(r->state, ticket.run, &r->run, err));
	if (ticket.stage >= r->run.stages.count)
		return cc_fail(err, CC_E_BUG, "a ticket for stage %llu of %zu",
			       (unsigned long long)ticket.stage, r->run.stages.count);
	r->stage = CC_LIST_AT(r->run.stages, struct cc_rec_stage, ticket.stage);
	r->attempt.stage = ticket.stage;
	return 0;
}

/* The ticket is for this service of this run, which is open, and it is the stage's turn. */
static int check_stage(const struct releasing *r, struct cc_err *err)
{
	const struct cc_attest *attest = r->call->attest;

	if (!cc_str_eq(attest->policy, r->stage->policy) ||
	    !cc_str_eq(attest->service, r->stage->service))
		return cc_fail(err, CC_E_DENIED, "the ticket is for '%s/%s', not for '%s/%s'",
			       r->stage->policy, r->stage->service, attest->policy,
			       attest->service);
	if (!cc_str_eq(r->run.state, "open"))
		return cc_fail(err, CC_E_STALE, "the run is over: it is %s", r->run.state);
	if (cc_str_eq(r->stage->state, "ready") || cc_str_eq(r->stage->state, "running"))
		return 0;
	return cc_fail(err, CC_E_CONFLICT, "stage '%s' is %s", r->stage->name, r->stage->state);
}

static int check_hash(struct releasing *r, const char *name, const uint8_t hash[static 32],
		      struct cc_known *out, struct cc_err *err)
{
	CC_TRY(cc_cas_view_policy(&r->view, name, out, NULL, err));
	if (memcmp(out->hash.b, hash, sizeof(out->hash.b)) == 0)
		return 0;
	cc_err_set(err, CC_E_CONFLICT, "policy '%s' has changed since the run was opened", name);
	return cc_hint(err, "abort the run and open a new one");
}

static int check_policies(struct releasing *r, struct cc_err *err)
{
	struct cc_known workflow = { 0 };

	CC_TRY(check_hash(r, r->run.workflow, r->run.workflow_hash, &workflow, err));
	CC_TRY(check_hash(r, r->stage->policy, r->stage->policy_hash, &r->policy, err));
	CC_TRY(cc_board_require_running(r->state, r->run.workflow, err));
	CC_TRY(cc_board_require_running(r->state, r->stage->policy, err));
	r->service = cc_policy_service(r->policy.policy, r->stage->service);
	if (r->service == NULL)
		return cc_fail(err, CC_E_NOTFOUND, "policy '%s' has no service '%s'",
			       r->stage->policy, r->stage->service);
	return cc_decide_start(r->policy.policy, r->service, r->call->presented,
			       cc_state_time(r->state), &r->program, &r->claims, err);
}

/* Grants are decided again, now that the program is known. */
static int check_volumes(struct releasing *r, struct cc_err *err)
{
	const struct cc_image *image = NULL;

	if (r->service->image_name == NULL)
		return 0;
	image = cc_policy_image(r->policy.policy, r->service->image_name);
	for (size_t i = 0; image != NULL && i < image->volumes.count; i++) {
		struct cc_volume_ask ask = { .known = &r->policy,
					     .service = r->service,
					     .mount = &image->volumes.at[i],
					     .program = &r->program };
		struct cc_volume_use use = { 0 };

		CC_TRY(cc_decide_volume(&r->view.view, &ask, &use, err));
	}
	return 0;
}

/* What a token says of the program (scone.md 1.8.2): platform and measurement, as attested. */
static int open_vault(struct releasing *r, struct cc_err *err)
{
	const struct cc_claims *claims = r->claims;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_vault_start start = { .view = &r->view, .class = r->program.class };

	CC_TRY(cc_buf_addf(&text, err, "%s:", cc_platform_name(claims->platform)));
	CC_TRY(cc_hex_add(&text, cc_span(claims->measurement, claims->measurement_len), err));
	CC_TRY(cc_str_from(cc_buf_span(&text), &r->identity, err));
	start.peers = r->call->peers;
	start.outside = r->call->outside;
	start.identity = r->program.is_authenticated ? r->identity : NULL;
	return cc_vault_new(&start, &r->vault, err);
}

/* `counted: start`: the reservation becomes an execution in this very transaction. */
static int count_start(struct releasing *r, struct cc_err *err)
{
	if (!r->stage->count_start)
		return 0;
	return cc_run_count_start(r->state, &r->run, r->stage, err);
}

/* The former start under the ticket is by the same instance: it gets the same again. */
static int look_at_former(struct releasing *r, struct cc_err *err)
{
	struct cc_rec_attempt former = { 0 };

	CC_TRY(cc_attempt_load(r->state, r->stage->attempt, &former, err));
	r->repeated =
		memcmp(former.instance, r->call->attest->signer, sizeof(former.instance)) == 0;
	if (r->repeated) {
		cc_record_clear(&cc_rec_attempt, &r->attempt);
		r->attempt = former;
		CC_TRY(cc_attempt_count(&r->attempt, err));
	} else {
		cc_record_clear(&cc_rec_attempt, &former);
	}
	return 0;
}

/* Another start under the ticket: what the former one wrote and holds is gone. */
static int supersede(struct releasing *r, struct cc_err *err)
{
	struct cc_rec_attempt former = { 0 };
	int done = 0;

	CC_TRY(cc_attempt_load(r->state, r->stage->attempt, &former, err));
	done = cc_attempt_end(r->state, &former, "superseded", err);
	cc_record_clear(&cc_rec_attempt, &former);
	return done;
}

static int begin_volumes(struct releasing *r, struct cc_err *err)
{
	const struct cc_writing by = { &r->run, r->stage };

	for (size_t i = 0; i < r->stage->volumes.count; i++)
		CC_TRY(cc_output_begin(r->state,
				       CC_LIST_AT(r->stage->volumes, struct cc_rec_use, i), &by,
				       &r->attempt, err));
	return 0;
}

static struct cc_factors factors_of(const struct releasing *r)
{
	return (struct cc_factors){ .state = r->state,
				    .vault = r->vault,
				    .policy = r->policy.policy,
				    .service = r->service,
				    .attest = r->call->attest,
				    .report_data = r->call->report_data };
}

static int check_access(struct releasing *r, struct cc_err *err)
{
	const struct cc_factors factors = factors_of(r);

	return cc_factors_access(&factors, &r->access, &r->has_access, err);
}

static int check_attempts(const struct releasing *r, struct cc_err *err)
{
	if (r->stage->attempts < r->stage->attempts_max)
		return 0;
	cc_err_set(err, CC_E_LIMIT, "stage '%s' has used its %llu attempts", r->stage->name,
		   (unsigned long long)r->stage->attempts_max);
	return cc_hint(err, "abort the run: concordat workflow abort RUN");
}

static const struct cc_executions *line_of(const struct releasing *r)
{
	for (size_t i = 0; r->stage->grant != NULL && i < r->service->executions.count; i++)
		if (cc_str_eq(r->service->executions.at[i].id, r->stage->grant))
			return &r->service->executions.at[i];
	return NULL;
}

/* A ticket does not outlive the contract it was issued under. What runs already may end. */
static int check_until(const struct releasing *r, struct cc_err *err)
{
	const struct cc_executions *line = line_of(r);
	char until[CC_TIME_TEXT];

	if (line == NULL || line->until == 0 || cc_state_time(r->state) < line->until)
		return 0;
	cc_time_print(line->until, until);
	cc_err_set(err, CC_E_EXPIRED, "grant '%s' of '%s/%s' ended at %s", line->id,
		   r->stage->policy, r->stage->service, until);
	return cc_hint(err, "abort the run; its owner can set a later 'until'");
}

/* Of each new attempt; who only asks again has shown it. `*good` is false when it was refused. */
static int check_password(struct releasing *r, bool *good, struct cc_err *err)
{
	const struct cc_factors factors = factors_of(r);
	struct cc_err why = { 0 };

	*good = cc_factors_password(&factors, &why) == 0;
	if (*good)
		return 0;
	if (why.code != CC_E_DENIED || r->call->attest->password == NULL) {
		*err = why;
		return cc_failed();
	}
	r->why = why;
	r->stage->attempts++;
	return cc_run_store(r->state, &r->run, err);
}

static int instance_key(const struct releasing *r, char out[static CC_HEX_DIGEST],
			struct cc_err *err)
{
	struct cc_digest name = { 0 };

	CC_TRY(cc_sha256(CC_SPAN(r->call->attest->signer), &name, err));
	cc_hex_digest(&name, out);
	return 0;
}

/*
 * `singleton_enclaves`: an instance is its signing key, which it draws at its start and which
 * is in its evidence. One that was released to gets nothing again, not even the same.
 */
static int check_singleton(const struct releasing *r, struct cc_err *err)
{
	struct cc_rec_instance row = { 0 };
	char key[CC_HEX_DIGEST];
	bool found = false;

	if (!r->policy.policy->security.singleton_enclaves)
		return 0;
	CC_TRY(instance_key(r, key, err));
	CC_TRY(cc_state_find(r->state, &cc_rec_instance, key, &row, &found, err));
	if (!found)
		return 0;
	cc_err_set(err, CC_E_DENIED,
		   "this instance was attested before, and policy '%s' says "
		   "'singleton_enclaves'",
		   r->policy.policy->name);
	return cc_hint(err, "start the container again: a new instance is a new attempt");
}

static int keep_singleton(const struct releasing *r, struct cc_err *err)
{
	struct cc_rec_instance row = { 0 };
	char key[CC_HEX_DIGEST];

	if (!r->policy.policy->security.singleton_enclaves)
		return 0;
	memcpy(row.attempt, r->attempt.id, sizeof(row.attempt));
	CC_TRY(instance_key(r, key, err));
	return cc_state_put(r->state, &cc_rec_instance, key, &row, err);
}

static int begin_attempt(struct releasing *r, struct cc_err *err)
{
	CC_TRY(count_start(r, err));
	CC_TRY(cc_random(CC_MUT(r->attempt.id), err));
	memcpy(r->attempt.run, r->run.id, sizeof(r->attempt.run));
	memcpy(r->attempt.instance, r->call->attest->signer, sizeof(r->attempt.instance));
	CC_TRY(cc_text_set(&r->attempt.state, "open", err));
	CC_TRY(cc_text_set(&r->attempt.platform_class, cc_class_name(r->program.class), err));
	CC_TRY(keep_singleton(r, err));
	CC_TRY(begin_volumes(r, err));
	r->stage->attempts++;
	memcpy(r->stage->attempt, r->attempt.id, sizeof(r->stage->attempt));
	CC_TRY(cc_text_set(&r->stage->state, "running", err));
	return cc_run_store(r->state, &r->run, err);
}

/* A refused start leaves the one before it alone. */
static int take_attempt(struct releasing *r, bool *good, struct cc_err *err)
{
	bool is_running = cc_str_eq(r->stage->state, "running");

	*good = true;
	CC_TRY(check_singleton(r, err));
	if (is_running)
		CC_TRY(look_at_former(r, err));
	if (r->repeated)
		return 0;
	CC_TRY(check_attempts(r, err));
	CC_TRY(check_until(r, err));
	CC_TRY(check_password(r, good, err));
	if (!*good)
		return 0;
	if (is_running)
		CC_TRY(supersede(r, err));
	return begin_attempt(r, err);
}

/* The former session of a repeated release ends: frames of two sessions never mix. */
static int end_former(struct releasing *r, struct cc_err *err)
{
	struct cc_rec_session former = { 0 };
	char key[CC_ID_TEXT];
	int done = 0;

	if (!r->repeated)
		return 0;
	cc_id_print(r->attempt.session, key);
	CC_TRY(cc_state_get(r->state, &cc_rec_session, key, &former, err));
	former.ended = true;
	done = cc_state_put(r->state, &cc_rec_session, key, &former, err);
	cc_record_clear(&cc_rec_session, &former);
	return done;
}

static int store_session(struct releasing *r, struct cc_frames *frames, struct cc_err *err)
{
	struct cc_rec_session session = { .up = frames->up, .down = frames->down };
	char key[CC_ID_TEXT];

	memcpy(session.attempt, r->attempt.id, sizeof(session.attempt));
	cc_id_print(frames->session, key);
	memcpy(r->attempt.session, frames->session, sizeof(r->attempt.session));
	CC_TRY(cc_state_put(r->state, &cc_rec_session, key, &session, err));
	return cc_attempt_store(r->state, &r->attempt, err);
}

static int seal(struct releasing *r, struct cc_release *out, struct cc_err *err)
{
	const struct cc_configure what = { .state = r->state,
					   .run = &r->run,
					   .stage = r->stage,
					   .attempt = &r->attempt,
					   .known = &r->policy,
					   .service = r->service,
					   .program = &r->program,
					   .vault = r->vault,
					   .access = r->has_access ? &r->access : NULL };
	CC_AUTO_FRAMES struct cc_frames frames = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_release_plan plan = { .report_data = r->call->report_data,
					.to = &r->call->attest->hpke,
					.cas = cc_state_keys(r->state)->cas };

	CC_TRY(cc_configure(&what, &text, err));
	plan.configuration = cc_buf_span(&text);
	out->index = cc_state_index(r->state);
	CC_TRY(cc_random(CC_MUT(out->session), err));
	CC_TRY(cc_release_seal(&plan, out, &frames, err));
	CC_TRY(end_former(r, err));
	if (r->call->peers != NULL)
		CC_TRY(cc_peers_remember(r->call->peers, r->state, err));
	return store_session(r, &frames, err);
}

/* Each of two: whoever reads the ledger later can see on whose word the start rested. */
static int describe_evidence(const struct cc_presented *presented, struct cc_json *fields,
			     struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	if (presented->count < 2)
		return 0;
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < presented->count; i++) {
		const struct cc_claims *claims = &presented->claims[i];
		CC_AUTO_JSON struct cc_json *one = NULL;

		CC_TRY(cc_json_object(&one, err));
		CC_TRY(cc_json_set_str(one, "class", cc_class_name(claims->class), err));
		CC_TRY(cc_json_set_hex(one, "measurement",
				       cc_span(claims->measurement, claims->measurement_len), err));
		CC_TRY(cc_json_set_str(one, "platform", cc_platform_name(claims->platform), err));
		CC_TRY(cc_json_set_hex(one, "root", CC_DIGEST_SPAN(claims->root), err));
		CC_TRY(cc_json_add(list, CC_TAKE(one), err));
	}
	return cc_json_set(fields, "evidence", CC_TAKE(list), err);
}

static int describe(const struct releasing *r, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *fields = NULL;
	const struct cc_claims *claims = r->claims;

	CC_TRY(cc_json_object(&fields, err));
	CC_TRY(cc_json_set_hex(fields, "run", CC_SPAN(r->run.id), err));
	CC_TRY(cc_json_set_str(fields, "stage", r->stage->name, err));
	CC_TRY(cc_json_set_hex(fields, "attempt", CC_SPAN(r->attempt.id), err));
	CC_TRY(cc_json_set_str(fields, "policy", r->stage->policy, err));
	CC_TRY(cc_json_set_str(fields, "service", r->stage->service, err));
	CC_TRY(cc_policy_publish(r->state, r->stage->policy, r->stage->policy_hash, "policy_hash",
				 fields, err));
	CC_TRY(cc_json_set_str(fields, "class", cc_class_name(r->program.class), err));
	CC_TRY(cc_json_set_hex(fields, "measurement",
			       cc_span(claims->measurement, claims->measurement_len), err));
	CC_TRY(describe_evidence(r->call->presented, fields, err));
	if (r->call->peers != NULL)
		CC_TRY(cc_peers_describe(r->call->peers, fields, err));
	*out = CC_TAKE(fields);
	return 0;
}

static int refuse(const struct releasing *r, struct cc_release_outcome *outcome,
		  struct cc_json **fields, struct cc_err *err)
{
	CC_TRY(describe(r, fields, err));
	outcome->entry = "release.refuse";
	outcome->why = r->why;
	outcome->refusal = &outcome->why;
	return 0;
}

int cc_release_decide(struct cc_state *state, const struct cc_release_call *call,
		      struct cc_release *out, struct cc_release_outcome *outcome,
		      struct cc_json **fields, struct cc_err *err)
{
	CC_CLEANUP(clear) struct releasing r = { .call = call, .state = state };
	bool good = true;

	cc_cas_view_init(&r.view, state);
	CC_TRY(find_ticket(&r, err));
	CC_TRY(check_stage(&r, err));
	CC_TRY(check_policies(&r, err));
	CC_TRY(check_volumes(&r, err));
	CC_TRY(open_vault(&r, err));
	CC_TRY(check_access(&r, err));
	CC_TRY(take_attempt(&r, &good, err));
	if (!good)
		return refuse(&r, outcome, fields, err);
	CC_TRY(seal(&r, out, err));
	outcome->entry = r.repeated ? "release.repeat" : "release";
	outcome->refusal = NULL;
	return describe(&r, fields, err);
}
