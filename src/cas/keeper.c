/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's process: start-up, its wires, its witnesses, its end. */
#include "cas/keeper.h"

#include <event2/event.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/opt.h"
#include "base/str.h"
#include "base/time.h"
#include "cas/collateral.h"
#include "cas/confine.h"
#include "cas/fetch.h"
#include "cas/https.h"
#include "codec/text.h"
#include "crypto/exchange.h"
#include "crypto/init.h"
#include "crypto/x509.h"
#include "evidence/quote.h"

#define VERIFIER_FD 3
#define FIRST_WEB_FD 4
#define OWN_APPRAISAL UINT32_MAX
#define OWN_COLLATERAL (UINT32_MAX - 1)
#define CERTIFICATE_SECONDS ((int64_t)366 * 24 * 3600)
#define TICK_SECONDS 1

struct values {
	const char *dir, *platform, *announce, *collateral, *azure_via;
	uint64_t webs;
	bool init;
};

void cc_keeper_end(struct cc_keeper *keeper, const char *what, const struct cc_err *err)
{
	if (keeper->exit_status == 0) {
		cc_log_err(CC_LOG_ERROR, what, err);
		keeper->exit_status = cc_code_info(err->code)->exit_status;
	}
	cc_loop_stop(keeper->loop);
}

/* Witnesses: through web, which can only delay them. */

static void ask_witness(void *context, uint32_t question, struct cc_span body)
{
	struct cc_keeper *keeper = context;
	struct cc_message message = { .type = CC_WITNESS_ASK, .id = question };
	struct cc_err err = { 0 };

	message.fields[CC_ASK_URL] =
		cc_span_str(keeper->cas.policy.urls[cc_pipeline_asked(question)]);
	message.fields[CC_ASK_BODY] = body;
	if (cc_wire_send(keeper->webs[0], &message, &err) != 0)
		cc_log_err(CC_LOG_WARN, "ask a witness", &err);
}

static void hear_witness(struct cc_keeper *keeper, const struct cc_message *message)
{
	struct cc_span status = message->fields[CC_ANSWER_STATUS];

	cc_pipeline_witness(keeper->pipeline, message->id,
			    (unsigned int)(status.at[0] << 8 | status.at[1]),
			    message->fields[CC_ANSWER_BODY], cc_time_now(), cc_time_monotonic_ms());
}

static void on_fatal(void *context, const struct cc_err *why)
{
	cc_keeper_end(context, "this store is not the newest", why);
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
	struct cc_keeper *keeper = context;

	(void)fd;
	(void)what;
	cc_pipeline_tick(keeper->pipeline, cc_time_now(), cc_time_monotonic_ms());
	cc_fetch_tick(keeper, cc_time_monotonic_ms());
	cc_https_tick(keeper, cc_time_monotonic_ms());
}

/* The start entry: 32 fresh bytes that no earlier co-signature can cover. */

static void start_serving(struct cc_keeper *keeper);

/* Collateral of the directory is remembered with the same entry. */
static int hold_offered(struct cc_keeper *keeper, struct cc_state *state, struct cc_json *fields,
			struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *news = NULL;

	if (keeper->offered == NULL)
		return 0;
	CC_TRY(cc_collateral_hold(state, keeper->offered, &news, err));
	return news == NULL ? 0 : cc_json_set(fields, "statements", CC_TAKE(news), err);
}

static int decide_start(void *context, struct cc_state *state, const char **type,
			struct cc_json **fields, struct cc_err *err)
{
	struct cc_keeper *keeper = context;
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_digest fresh = { 0 };

	CC_TRY(cc_random(CC_MUT(fresh.b), err));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(hold_offered(keeper, state, json, err));
	CC_TRY(cc_json_set_hex(json, "fresh", CC_DIGEST_SPAN(fresh), err));
	CC_TRY(cc_json_set_str(json, "version", CC_VERSION, err));
	CC_TRY(cc_json_set_str(json, "class", cc_class_name(keeper->class), err));
	*type = "start";
	*fields = CC_TAKE(json);
	return 0;
}

static void answer_start(void *context, const struct cc_err *failure)
{
	struct cc_keeper *keeper = context;
	struct cc_err err = { 0 };

	keeper->starting = false;
	if (failure != NULL && failure->code == CC_E_UNAVAILABLE) {
		cc_log_err(CC_LOG_WARN, "waiting for the witnesses", failure);
		return; /* the next tick tries again */
	}
	if (failure != NULL) {
		cc_keeper_end(keeper, "start", failure);
		return;
	}
	cc_keeper_offered(keeper);
	if (cc_keeper_shelve(keeper, &err) != 0) {
		cc_keeper_end(keeper, "collateral", &err);
		return;
	}
	keeper->serving = true;
	cc_log(CC_LOG_INFO, "serving as '%s', class %s", keeper->cas.policy.name,
	       cc_class_text(keeper->class));
	(void)printf("ready %s\n", keeper->announce);
	(void)fflush(stdout);
}

static void start_serving(struct cc_keeper *keeper)
{
	const struct cc_command_job job = { decide_start, answer_start, keeper };

	if (keeper->serving || keeper->starting || !keeper->appraised ||
	    keeper->certified < keeper->web_count || keeper->exit_status != 0)
		return;
	keeper->starting = true;
	cc_pipeline_submit(keeper->pipeline, &job, cc_time_now(), cc_time_monotonic_ms());
}

static void on_retry(evutil_socket_t fd, short what, void *context)
{
	on_tick(fd, what, context);
	start_serving(context);
}

/* Our own evidence: the class of this CAS, and whether its policy accepts this build. */

static int check_own(struct cc_keeper *keeper, const struct cc_claims *claims, struct cc_err *err)
{
	const struct cc_cas_policy *policy = &keeper->cas.policy;

	for (size_t i = 0; i < policy->measurement_count; i++)
		if (claims->measurement_len == sizeof(policy->measurements[i].b) &&
		    cc_bytes_equal(claims->measurement, policy->measurements[i].b,
				   claims->measurement_len)) {
			keeper->class = claims->class;
			keeper->appraised = true;
			return 0;
		}
	cc_err_set(err, CC_E_DENIED,
		   "the policy of the CAS does not accept this build of the keeper");
	return cc_hint(err, "start the build that made the CAS");
}

static int own_claims(struct cc_keeper *keeper, const struct cc_message *message,
		      struct cc_err *err)
{
	struct cc_claims claims = { 0 };

	CC_TRY(cc_keeper_believe(message, cc_buf_span(&keeper->own_evidence), &keeper->own_report,
				 &claims, err));
	return check_own(keeper, &claims, err);
}

static int make_document(struct cc_keeper *keeper, struct cc_err *err);

static int appraise_own(struct cc_keeper *keeper, struct cc_err *err)
{
	CC_TRY(cc_random(CC_MUT(keeper->own_report.b), err));
	CC_TRY(cc_platform_quote(keeper->platform, &keeper->own_report, &keeper->own_evidence,
				 err));
	return cc_keeper_appraise(keeper, OWN_APPRAISAL, cc_platform_kind_name(keeper->platform),
				  cc_buf_span(&keeper->own_evidence), err);
}

/* Whether to go on without what lies in the directory: with what the state remembers. */
static int without_offer(struct cc_keeper *keeper, const struct cc_err *why, struct cc_err *err)
{
	CC_AUTO_STATEMENTS struct cc_statements held = { 0 };

	CC_TRY(cc_collateral_load(keeper->cas.state, &held, err));
	if (held.count == 0) {
		*err = *why;
		return cc_wrap(err, "collateral of the CAS's directory");
	}
	cc_log_err(CC_LOG_WARN, "collateral of the CAS's directory is not taken", why);
	return cc_keeper_shelve(keeper, err);
}

static int own_collateral(struct cc_keeper *keeper, const struct cc_message *message,
			  struct cc_err *err)
{
	CC_AUTO_STATEMENTS struct cc_statements statements = { 0 };
	struct cc_err why = { 0 };

	if (cc_keeper_proven(message, &statements, &why) != 0 ||
	    cc_keeper_offer(keeper, &statements, &why) != 0)
		CC_TRY(without_offer(keeper, &why, err));
	return appraise_own(keeper, err);
}

static void hear_claims(struct cc_keeper *keeper, const struct cc_message *message)
{
	struct cc_err err = { 0 };

	if (message->id == OWN_COLLATERAL) {
		if (own_collateral(keeper, message, &err) != 0)
			cc_keeper_end(keeper, "our own evidence", &err);
		return;
	}
	if (message->id != OWN_APPRAISAL) {
		cc_keeper_claims(keeper, message);
		return;
	}
	if (own_claims(keeper, message, &err) != 0 || make_document(keeper, &err) != 0)
		cc_keeper_end(keeper, "our own evidence", &err);
	start_serving(keeper);
}

/* What GET /v1/cas says, under the CAS key: web could forge it otherwise. */

static int fill_document(struct cc_keeper *keeper, struct cc_json *json, struct cc_err *err)
{
	const struct cc_cas_keys *keys = &keeper->cas.keys;
	CC_AUTO_BUF struct cc_buf der = { 0 }, log = { 0 }, policy = { 0 };
	CC_AUTO_JSON struct cc_json *document = NULL;

	CC_TRY(cc_pubkey_to_der(cc_key_public(keys->cas), &der, err));
	CC_TRY(cc_json_set_base64(json, "cas_key", cc_buf_span(&der), err));
	CC_TRY(cc_json_set_str(json, "class", cc_class_name(keeper->class), err));
	CC_TRY(cc_json_set_bool(json, "simulation", keeper->class == CC_CLASS_SIMULATED, err));
	CC_TRY(cc_json_set_base64(json, "hpke", CC_SPAN(cc_hpke_key_public(keys->hpke)->b), err));
	CC_TRY(cc_note_key_print(&keys->log_name, &log, err));
	CC_TRY(cc_json_set_text(json, "log_key", cc_buf_span(&log), err));
	CC_TRY(cc_json_set_str(json, "name", keeper->cas.policy.name, err));
	CC_TRY(cc_json_set_hex(json, "policy_hash", CC_DIGEST_SPAN(keeper->cas.policy_hash), err));
	CC_TRY(cc_json_set_str(json, "version", CC_VERSION, err));
	CC_TRY(cc_cas_policy_print(&keeper->cas.policy, &policy, err));
	CC_TRY(cc_json_parse(cc_buf_span(&policy), CC_CAS_POLICY_MAX, &document, err));
	return cc_json_set(json, "policy", CC_TAKE(document), err);
}

static int make_document(struct cc_keeper *keeper, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf message = { 0 };
	struct cc_signature signature = { 0 };

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(fill_document(keeper, json, err));
	cc_buf_reset(&keeper->document);
	CC_TRY(cc_json_print(json, &keeper->document, err));
	CC_TRY(cc_buf_add_sized(&message, cc_span_str("concordat cas 1"), err));
	CC_TRY(cc_buf_add_sized(&message, cc_buf_span(&keeper->document), err));
	CC_TRY(cc_sign(keeper->cas.keys.cas, cc_buf_span(&message), &signature, err));
	memcpy(keeper->document_signature, signature.b, sizeof(keeper->document_signature));
	return 0;
}

/* Certificates: web's key under the CAS key, which is all that clients pin. */

static int certify(struct cc_keeper *keeper, struct cc_span spki, struct cc_buf *pem,
		   struct cc_err *err)
{
	struct cc_cert_plan plan = { .common_name = keeper->cas.policy.name,
				     .key = cc_key_public(keeper->cas.keys.cas),
				     .issuer_key = keeper->cas.keys.cas,
				     .from = cc_time_now() - 3600,
				     .until = cc_time_now() + CERTIFICATE_SECONDS,
				     .is_ca = true,
				     .path_len = 0 };
	CC_AUTO_CERT struct cc_cert *root = NULL, *leaf = NULL;
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;

	CC_TRY(cc_pubkey_from_der(spki, &key, err));
	CC_TRY(cc_cert_make(&plan, &root, err));
	plan.key = key;
	plan.issuer = root;
	plan.is_ca = false;
	plan.path_len = -1;
	CC_TRY(cc_cert_make(&plan, &leaf, err));
	CC_TRY(cc_cert_to_pem(leaf, pem, err));
	return cc_cert_to_pem(root, pem, err);
}

static int answer_hello(struct cc_keeper *keeper, struct cc_wire *web,
			const struct cc_message *hello, struct cc_err *err)
{
	struct cc_message message = { .type = CC_CERTIFICATE, .id = hello->id };
	CC_AUTO_BUF struct cc_buf pem = { 0 };

	CC_TRY(certify(keeper, hello->fields[CC_HELLO_KEY], &pem, err));
	message.fields[CC_CERTIFICATE_CHAIN] = cc_buf_span(&pem);
	CC_TRY(cc_wire_send(web, &message, err));
	cc_wire_phase(web, CC_PHASE_SERVING);
	keeper->certified++;
	start_serving(keeper);
	return 0;
}

static void on_message(void *context, struct cc_wire *wire, const struct cc_message *message)
{
	struct cc_keeper *keeper = context;
	struct cc_err err = { 0 };

	if (message->type == CC_CLAIMS)
		hear_claims(keeper, message);
	else if (message->type == CC_REQUEST)
		cc_keeper_request(keeper, wire, message);
	else if (message->type == CC_WITNESS_REPLY)
		hear_witness(keeper, message);
	else if (message->type == CC_PEER_REPLY)
		cc_fetch_heard(keeper, message);
	else if (message->type == CC_STREAM_HEAR)
		cc_https_heard(keeper, message);
	else if (message->type == CC_HELLO && answer_hello(keeper, wire, message, &err) != 0)
		cc_keeper_end(keeper, "certify web", &err);
}

static void on_closed(void *context, struct cc_wire *wire, const struct cc_err *why)
{
	(void)wire;
	cc_keeper_end(context, "a process of the CAS", why);
}

static void on_stop(void *context)
{
	struct cc_keeper *keeper = context;

	cc_loop_stop(keeper->loop);
}

static int connect_wire(struct cc_keeper *keeper, int fd, enum cc_process them,
			struct cc_wire **out, struct cc_err *err)
{
	const struct cc_wire_plan plan = { .loop = keeper->loop,
					   .fd = fd,
					   .us = CC_KEEPER,
					   .them = them,
					   .message = on_message,
					   .closed = on_closed,
					   .context = keeper };

	return cc_wire_new(&plan, out, err);
}

static int connect_all(struct cc_keeper *keeper, const struct values *values, struct cc_err *err)
{
	CC_TRY(connect_wire(keeper, VERIFIER_FD, CC_VERIFIER, &keeper->verifier, err));
	cc_wire_phase(keeper->verifier, CC_PHASE_SERVING);
	keeper->web_count = values->webs;
	for (size_t i = 0; i < keeper->web_count; i++)
		CC_TRY(connect_wire(keeper, FIRST_WEB_FD + (int)i, CC_WEB, &keeper->webs[i], err));
	CC_TRY(cc_loop_on_signal(keeper->loop, SIGTERM, on_stop, keeper, err));
	return cc_loop_on_signal(keeper->loop, SIGINT, on_stop, keeper, err);
}

static int load_collateral(struct cc_keeper *keeper, const struct values *values,
			   struct cc_err *err)
{
	CC_AUTO_COLLATERAL_DIR struct cc_collateral_dir files = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL, *roots = NULL, *given = NULL;
	struct cc_collateral ranges = { 0 };
	CC_AUTO_FREE char *path = NULL;

	if (values->collateral != NULL)
		CC_TRY(cc_str_dup(values->collateral, &path, err));
	else
		CC_TRY(cc_strf(&path, err, "%s/collateral", values->dir));
	CC_TRY(cc_collateral_dir_load(path, &files, &ranges, err));
	CC_TRY(cc_collateral_to_json(&ranges, &json, err));
	CC_TRY(cc_json_print(json, &keeper->collateral, err));
	CC_TRY(cc_collateral_to_json(
		&(struct cc_collateral){ .certs = ranges.certs, .keys = ranges.keys }, &given,
		err));
	CC_TRY(cc_json_print(given, &keeper->given, err));
	CC_TRY(cc_roots_to_json(&keeper->cas.policy.roots, &roots, err));
	return cc_json_print(roots, &keeper->roots, err);
}

/* Before the doors are shut: what TLS needs is loaded with its roots. */
static int load_trust(struct cc_keeper *keeper, const struct values *values, struct cc_err *err)
{
	const struct cc_cas_policy *policy = &keeper->cas.policy;

	if (policy->azure.roots[0] == '\0' && values->azure_via != NULL) {
		cc_err_set(err, CC_E_ARG, "'--azure-via' for a CAS that was made without Azure");
		return cc_hint(err, "make one with 'cas init --azure-roots FILE'");
	}
	keeper->outside_via = values->azure_via;
	if (policy->azure.roots[0] == '\0')
		return 0;
	return cc_trust_new(cc_span_str(policy->azure.roots), &keeper->trust, err);
}

static int prepare(struct cc_keeper *keeper, const struct values *values, struct cc_err *err)
{
	const struct cc_pipeline_io io = { ask_witness, on_fatal, keeper };

	CC_TRY(cc_platform_open(values->platform, &keeper->platform, err));
	CC_TRY(cc_secret_process(err));
	CC_TRY(cc_cas_open(values->dir, keeper->platform, &keeper->cas, err));
	CC_TRY(load_collateral(keeper, values, err));
	CC_TRY(load_trust(keeper, values, err));
	CC_TRY(cc_loop_new(&keeper->loop, err));
	CC_TRY(cc_nonces_new(&keeper->nonces, err));
	CC_TRY(cc_pipeline_new(keeper->cas.state, &keeper->cas.policy, &io, &keeper->pipeline,
			       err));
	CC_TRY(connect_all(keeper, values, err));
	/* First the roots, that it proves under. */
	CC_TRY(cc_keeper_shelve(keeper, err));
	return cc_keeper_prove(keeper, OWN_COLLATERAL, cc_buf_span(&keeper->collateral), err);
}

static void clear(struct cc_keeper *keeper)
{
	cc_pipeline_free(keeper->pipeline);
	for (size_t i = 0; i < CC_FETCHES_MAX; i++)
		cc_fetch_free(keeper->fetches[i]);
	for (size_t i = 0; i < CC_HTTPS_MAX; i++)
		cc_https_free(keeper->https[i]);
	cc_trust_free(keeper->trust);
	for (size_t i = 0; i < keeper->web_count; i++)
		cc_wire_free(keeper->webs[i]);
	cc_wire_free(keeper->verifier);
	cc_nonces_free(keeper->nonces);
	cc_cas_close(&keeper->cas);
	cc_platform_free(keeper->platform);
	cc_keeper_offered(keeper);
	cc_buf_clear(&keeper->collateral);
	cc_buf_clear(&keeper->given);
	cc_buf_clear(&keeper->roots);
	cc_buf_clear(&keeper->document);
	cc_buf_clear(&keeper->own_evidence);
	cc_loop_free(keeper->loop);
	free(keeper);
}

static int serve(struct cc_keeper *keeper, const struct values *values, struct cc_err *err)
{
	const struct timeval second = { TICK_SECONDS, 0 };
	struct event *tick = NULL;
	int done = 0;

	CC_TRY(prepare(keeper, values, err));
	tick = event_new(cc_loop_base(keeper->loop), -1, EV_PERSIST, on_retry, keeper);
	if (tick == NULL || event_add(tick, &second) != 0)
		return cc_fail(err, CC_E_SYSTEM, "no timer");
	CC_TRY(cc_keeper_confine(values->dir, err));
	done = cc_loop_run(keeper->loop, err);
	event_free(tick);
	return done;
}

static int run_keeper(const struct values *values, struct cc_err *err)
{
	struct cc_keeper *keeper = calloc(1, sizeof(*keeper));
	int done = 0, status = 0;

	if (keeper == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory");
	keeper->cas.dir = CC_DIR_NONE;
	keeper->announce = values->announce != NULL ? values->announce : "";
	if (values->webs == 0 || values->webs > CC_WEBS_MAX)
		done = cc_fail(err, CC_E_ARG, "1 to %d web processes", CC_WEBS_MAX);
	if (done == 0)
		done = serve(keeper, values, err);
	status = keeper->exit_status;
	clear(keeper);
	/* The log has said why: the status is all that is left to tell. */
	if (done == 0 && status != 0)
		_exit(status);
	return done;
}

/* cas init: the policy comes on standard input; our own measurement goes into it. */

static int add_own_measurement(struct cc_platform *platform, struct cc_cas_policy *policy,
			       struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *sealing = NULL;
	CC_AUTO_BUF struct cc_buf evidence = { 0 };
	struct cc_digest64 report = { 0 };
	struct cc_quote quote = { 0 };

	/* First: a platform without keys is none for a CAS, whatever its evidence looks like. */
	CC_TRY(cc_platform_key(platform, cc_span_str("concordat cas root 1"), &sealing, err));
	CC_TRY(cc_platform_quote(platform, &report, &evidence, err));
	CC_TRY(cc_quote_parse(cc_buf_span(&evidence), &quote, err));
	policy->measurements[0] = quote.sgx.mrenclave;
	policy->measurement_count = 1;
	return 0;
}

static int print_identity(const char *dir, struct cc_platform *platform, struct cc_err *err)
{
	CC_AUTO_CAS struct cc_cas cas = { .dir = CC_DIR_NONE };
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 }, log = { 0 };

	CC_TRY(cc_cas_open(dir, platform, &cas, err));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "name", cas.policy.name, err));
	CC_TRY(cc_json_set_hex(json, "cas_key", CC_DIGEST_SPAN(cas.keys.cas_hash), err));
	CC_TRY(cc_json_set_hex(json, "policy_hash", CC_DIGEST_SPAN(cas.policy_hash), err));
	CC_TRY(cc_note_key_print(&cas.keys.log_name, &log, err));
	CC_TRY(cc_json_set_text(json, "log_key", cc_buf_span(&log), err));
	CC_TRY(cc_json_print(json, &text, err));
	return cc_write_all(STDOUT_FILENO, cc_buf_span(&text), err);
}

static int run_init(const struct values *values, struct cc_err *err)
{
	CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
	CC_AUTO_FREE struct cc_cas_policy *policy = calloc(1, sizeof(*policy));
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (policy == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory");
	CC_TRY(cc_platform_open(values->platform, &platform, err));
	CC_TRY(cc_secret_process(err));
	CC_TRY(cc_read_to_end(STDIN_FILENO, CC_CAS_POLICY_MAX, &text, err));
	CC_TRY(cc_cas_policy_parse(cc_buf_span(&text), policy, err));
	CC_TRY(add_own_measurement(platform, policy, err));
	CC_TRY(cc_cas_init(values->dir, policy, platform, err));
	return print_identity(values->dir, platform, err);
}

static int run(const void *at, struct cc_err *err)
{
	const struct values *values = at;

	cc_log_init("keeper", CC_LOG_INFO);
	(void)umask(077);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	CC_TRY(cc_crypto_init(err));
	return values->init ? run_init(values, err) : run_keeper(values, err);
}

static const struct cc_opt opts[] = {
	{ "dir", 0, CC_OPT_STRING, offsetof(struct values, dir), "DIR", "the CAS's directory", true,
	  NULL },
	{ "platform", 0, CC_OPT_STRING, offsetof(struct values, platform), "SOCKET",
	  "the platform that makes our evidence", true, NULL },
	{ "collateral", 0, CC_OPT_STRING, offsetof(struct values, collateral), "DIR",
	  "what evidence is verified with", false, NULL },
	{ "azure-via", 0, CC_OPT_STRING, offsetof(struct values, azure_via), "ADDRESS",
	  "where web connects to for Azure", false, NULL },
	{ "announce", 0, CC_OPT_STRING, offsetof(struct values, announce), "TEXT",
	  "said with 'ready'", false, NULL },
	{ "webs", 0, CC_OPT_NUMBER, offsetof(struct values, webs), "N",
	  "web processes, on descriptors 4 and up", false, NULL },
	{ "init", 0, CC_OPT_FLAG, offsetof(struct values, init), NULL,
	  "make a CAS by the policy on standard input", false, NULL },
};

int main(int argc, char **argv)
{
	static const struct cc_command command = {
		"concordat-cas-keeper",
		"The keeper of a CAS. Started by concordat-cas, not by hand.",
		opts,
		CC_COUNT(opts),
		NULL,
		0,
		sizeof(struct values),
		NULL,
		run,
	};

	return cc_opt_main(&command, argc, argv);
}
