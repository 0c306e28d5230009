/* SPDX-License-Identifier: Apache-2.0 */
/* cas status and cas attest: what a stakeholder asks before it trusts a CAS, and after. */
#include "base/str.h"
#include "base/time.h"
#include "cli/ask.h"
#include "cli/attest.h"
#include "codec/text.h"
#include "platform/collateral.h"
#include "proto/peer.h"

/* cas status */

struct status {
	const char *cas, *output;
};

static int add_texts(const struct cc_json *from, struct cc_json *to, struct cc_err *err)
{
	static const char *const names[] = { "name", "class", "policy_hash", "version", "log_key" };

	for (size_t i = 0; i < CC_COUNT(names); i++)
		CC_TRY(cc_json_set_str(to, names[i], cc_text_of(from, names[i]), err));
	return 0;
}

static int add_parts(const struct cc_json *from, struct cc_json *to, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *checkpoint = NULL, *witnesses = NULL;
	const struct cc_json *part = NULL, *policy = NULL;

	CC_TRY(cc_json_get_object(from, "checkpoint", &part, err));
	CC_TRY(cc_json_copy(part, &checkpoint, err));
	CC_TRY(cc_json_set(to, "checkpoint", CC_TAKE(checkpoint), err));
	CC_TRY(cc_json_get_object(from, "policy", &policy, err));
	CC_TRY(cc_json_get_object(policy, "witnesses", &part, err));
	CC_TRY(cc_json_copy(part, &witnesses, err));
	return cc_json_set(to, "witnesses", CC_TAKE(witnesses), err);
}

static int describe(const struct cc_ask *ask, struct cc_json **out, struct cc_err *err)
{
	const struct cc_json *document = cc_api_cas(ask->api);
	CC_AUTO_JSON struct cc_json *json = NULL;
	bool simulation = false;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(add_texts(document, json, err));
	CC_TRY(cc_json_get_bool(document, "simulation", &simulation, err));
	CC_TRY(cc_json_set_bool(json, "simulation", simulation, err));
	CC_TRY(cc_json_set_str(json, "address", ask->cas.address, err));
	CC_TRY(cc_json_set_hex(json, "cas_key", CC_DIGEST_SPAN(ask->cas.key), err));
	CC_TRY(cc_json_set_hex(json, "hpke", CC_SPAN(cc_api_hpke(ask->api)->b), err));
	CC_TRY(add_parts(document, json, err));
	*out = CC_TAKE(json);
	return 0;
}

static int print_witnesses(const struct cc_json *status, struct cc_buf *text, struct cc_err *err)
{
	const struct cc_json *witnesses = NULL, *set = NULL, *checkpoint = NULL;

	CC_TRY(cc_json_get_object(status, "witnesses", &witnesses, err));
	CC_TRY(cc_json_get_object(status, "checkpoint", &checkpoint, err));
	CC_TRY(cc_json_get_array(witnesses, "set", &set, err));
	if (cc_json_count(set) == 0)
		return cc_buf_add_str(
			text,
			"witnesses    none: its host can roll it back, for development only\n",
			err);
	CC_TRY(cc_buf_addf(text, err, "witnesses    %zu, quorum %llu, co-signed by %llu\n",
			   cc_json_count(set),
			   (unsigned long long)cc_number_of(witnesses, "quorum"),
			   (unsigned long long)cc_number_of(checkpoint, "cosigned")));
	for (size_t i = 0; i < cc_json_count(set); i++) {
		const struct cc_json *one = cc_json_at(set, i);
		const char *key = cc_text_of(one, "key");

		CC_TRY(cc_buf_addf(text, err, "             %.*s at %s\n", (int)strcspn(key, "+"),
				   key, cc_text_of(one, "url")));
	}
	return 0;
}

static int print_status(const struct cc_json *status, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const struct cc_json *checkpoint = NULL;

	CC_TRY(cc_json_get_object(status, "checkpoint", &checkpoint, err));
	CC_TRY(cc_buf_addf(&text, err,
			   "name         %s\naddress      %s\nclass        %s\nCAS key      %s\n"
			   "policy hash  %s\nversion      %s\nledger       %llu entries, root %s\n",
			   cc_text_of(status, "name"), cc_text_of(status, "address"),
			   cc_class_text(cc_class_named(cc_text_of(status, "class"))),
			   cc_text_of(status, "cas_key"), cc_text_of(status, "policy_hash"),
			   cc_text_of(status, "version"),
			   (unsigned long long)cc_number_of(checkpoint, "size"),
			   cc_text_of(checkpoint, "root")));
	CC_TRY(print_witnesses(status, &text, err));
	return cc_print(cc_buf_span(&text), err);
}

static int cas_status(const void *at, struct cc_err *err)
{
	const struct status *values = at;
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_JSON struct cc_json *status = NULL;

	CC_TRY(cc_ask_open(values->cas, &ask, err));
	CC_TRY(describe(&ask, &status, err));
	return cc_wants_data(values->output) ? cc_print_data(values->output, status, err)
					     : print_status(status, err);
}

static const struct cc_opt status_opts[] = {
	CC_OPT_CAS(struct status),
	CC_OPT_OUTPUT(struct status),
};

const struct cc_command cc_command_cas_status = {
	"cas status",
	"Show what a CAS is, on what it runs and how far its ledger is.",
	status_opts,
	CC_COUNT(status_opts),
	NULL,
	0,
	sizeof(struct status),
	NULL,
	cas_status,
};

/* cas attest */

struct attest {
	const char *address, *key, *simulation, *name, *measurement, *output;
	bool replace;
};

static int choose_roots(const struct attest *values, struct cc_roots *roots, struct cc_err *err)
{
	CC_AUTO_FREE char *path = NULL;

	cc_roots_vendors(roots);
	if (values->simulation == NULL)
		return 0;
	CC_TRY(cc_strf(&path, err, "%s/collateral", values->simulation));
	return cc_collateral_dir_roots(path, roots, err);
}

/* The CAS that this name stood for until now; zeroed when there was none. */
static int load_former(const struct cc_home *home, const struct attest *values,
		       const struct cc_digest *key, struct cc_known_cas *out, struct cc_err *err)
{
	struct cc_err why = { 0 };

	if (cc_home_cas_load(home, values->name, out, &why) != 0) {
		if (why.code == CC_E_NOTFOUND)
			return 0;
		*err = why;
		return -1;
	}
	if (cc_digest_eq(&out->key, key))
		return 0;
	if (!values->replace) {
		cc_err_set(err, CC_E_CONFLICT, "the name '%s' stands for a CAS with another key",
			   values->name);
		return cc_hint(err, "give this one another --name, or --replace the other");
	}
	*out = (struct cc_known_cas){ 0 };
	return 0;
}

/* Everything over one connection: its exporter is in the evidence. */
static int ask_evidence(struct cc_client *client, struct cc_cas_proof *proof,
			struct cc_json **answer, struct cc_err *err)
{
	struct cc_call call = { .method = "POST", .path = "/v1/attest-cas" };
	const struct cc_digest *exporter = cc_client_exporter(client);
	CC_AUTO_REPLY struct cc_reply reply = { 0 };
	CC_AUTO_JSON struct cc_json *body = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (exporter == NULL)
		return cc_fail(err, CC_E_UNAVAILABLE, "the connection to the CAS has ended");
	proof->exporter = *exporter;
	CC_TRY(cc_random(CC_MUT(proof->nonce), err));
	CC_TRY(cc_json_object(&body, err));
	CC_TRY(cc_json_set_base64(body, "nonce", CC_SPAN(proof->nonce), err));
	CC_TRY(cc_json_print(body, &text, err));
	call.body = cc_buf_span(&text);
	CC_TRY(cc_client_call(client, &call, &reply, err));
	if (reply.status != 200)
		return cc_unsigned_refusal(&reply, err);
	return cc_json_parse(cc_buf_span(&reply.body), CC_HTTP_BODY_MAX, answer, err);
}

/* The measurement that somebody computed from agreed sources, when one is given. */
static int check_wanted(const struct attest *values, const struct cc_claims *claims,
			struct cc_err *err)
{
	struct cc_digest wanted = { 0 };

	if (values->measurement == NULL)
		return 0;
	CC_TRY(cc_hex_parse_fixed(cc_span_str(values->measurement), "--measurement",
				  CC_MUT(wanted.b), err));
	if (claims->measurement_len == sizeof(wanted.b) &&
	    cc_bytes_equal(claims->measurement, wanted.b, sizeof(wanted.b)))
		return 0;
	return cc_fail(err, CC_E_DENIED, "the CAS does not measure as '%s'", values->measurement);
}

static int prove(struct cc_client *client, const struct attest *values,
		 const struct cc_document *document, struct cc_claims *claims, struct cc_err *err)
{
	struct cc_roots roots = { 0 };
	struct cc_cas_proof proof = { .document = document, .roots = &roots, .at = cc_time_now() };
	CC_AUTO_JSON struct cc_json *answer = NULL;

	CC_TRY(choose_roots(values, &roots, err));
	CC_TRY(ask_evidence(client, &proof, &answer, err));
	proof.answer = answer;
	CC_TRY(cc_cas_prove(&proof, claims, err));
	return check_wanted(values, claims, err);
}

static int remember(const struct cc_home *home, const struct attest *values,
		    const struct cc_document *document, struct cc_err *err)
{
	struct cc_known_cas known = { .key = document->key_hash,
				      .has_policy = true,
				      .policy = document->policy,
				      .simulation = document->simulation,
				      .size = document->head.size,
				      .root = document->head.root };

	if (strlen(values->address) >= sizeof(known.address) ||
	    strlen(values->name) >= sizeof(known.name))
		return cc_fail(err, CC_E_TOOBIG, "the address or the name is too long");
	(void)snprintf(known.address, sizeof(known.address), "%s", values->address);
	(void)snprintf(known.name, sizeof(known.name), "%s", values->name);
	return cc_home_cas_save(home, &known, err);
}

/* The two hashes that policies pin another CAS by, in their own form. */
static int pins_of(const struct cc_document *document, const struct cc_claims *claims,
		   char key[static CC_IDENTITY_TEXT], char software[static CC_IDENTITY_TEXT],
		   struct cc_err *err)
{
	struct cc_digest hash = { 0 };

	CC_TRY(cc_software_key(cc_platform_name(claims->platform),
			       cc_span(claims->measurement, claims->measurement_len), &hash, err));
	CC_TRY(cc_key_hash_print(&hash, software, err));
	return cc_key_hash_print(&document->key_hash, key, err);
}

static int print_attested(const struct attest *values, const struct cc_document *document,
			  const struct cc_claims *claims, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf measurement = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	char policy[CC_HEX_DIGEST], key[CC_IDENTITY_TEXT], software[CC_IDENTITY_TEXT];
	const char *text = NULL;

	CC_TRY(pins_of(document, claims, key, software, err));
	cc_hex_digest(&document->policy, policy);
	CC_TRY(cc_hex_add(&measurement, cc_span(claims->measurement, claims->measurement_len),
			  err));
	CC_TRY(cc_buf_str(&measurement, &text, err));
	if (!cc_wants_data(values->output)) {
		(void)printf("%s is attested: %s on %s\n  measurement  %s\n  policy hash  %s\n"
			     "  cas_key      %s\n  cas_software_key %s\n  known as     %s\n",
			     cc_text_of(document->json, "name"), cc_class_text(claims->class),
			     cc_platform_name(claims->platform), text, policy, key, software,
			     values->name);
		return 0;
	}
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "name", cc_text_of(document->json, "name"), err));
	CC_TRY(cc_json_set_str(json, "known_as", values->name, err));
	CC_TRY(cc_json_set_str(json, "class", cc_class_name(claims->class), err));
	CC_TRY(cc_json_set_bool(json, "simulation", document->simulation, err));
	CC_TRY(cc_json_set_str(json, "platform", cc_platform_name(claims->platform), err));
	CC_TRY(cc_json_set_str(json, "measurement", text, err));
	CC_TRY(cc_json_set_str(json, "policy_hash", policy, err));
	CC_TRY(cc_json_set_str(json, "cas_key", key, err));
	CC_TRY(cc_json_set_str(json, "cas_software_key", software, err));
	return cc_print_data(values->output, json, err);
}

static int cas_attest(const void *at, struct cc_err *err)
{
	const struct attest *values = at;
	CC_AUTO_HOME struct cc_home home = { .dir = CC_DIR_NONE };
	CC_AUTO_DOCUMENT struct cc_document document = { 0 };
	CC_AUTO_CLIENT struct cc_client *client = NULL;
	struct cc_client_plan plan = { .address = values->address };
	struct cc_known_cas former = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_digest key = { 0 };

	CC_TRY(cc_hex_parse_fixed(cc_span_str(values->key), "--cas-key", CC_MUT(key.b), err));
	CC_TRY(cc_home_open(&home, err));
	CC_TRY(load_former(&home, values, &key, &former, err));
	plan.pin = &key;
	CC_TRY(cc_client_open(&plan, &client, err));
	CC_TRY(cc_document_fetch(client, &key, &document, err));
	CC_TRY(prove(client, values, &document, &claims, err));
	CC_TRY(cc_head_follow(client, &former, &document.head, err));
	CC_TRY(remember(&home, values, &document, err));
	if (document.simulation)
		cc_say_simulation(cc_text_of(document.json, "name"), values->address);
	return print_attested(values, &document, &claims, err);
}

static const struct attest attest_defaults = { .name = "default" };

static const struct cc_opt attest_opts[] = {
	{ "cas-key", 0, CC_OPT_STRING, offsetof(struct attest, key), "HEX",
	  "the hash of its key, from its operator, whom you need not trust", true, NULL },
	{ "simulation", 0, CC_OPT_STRING, offsetof(struct attest, simulation), "DIR",
	  "accept evidence of the simulated platform in this directory", false, NULL },
	{ "measurement", 0, CC_OPT_STRING, offsetof(struct attest, measurement), "HEX",
	  "refuse a CAS that does not measure so", false, NULL },
	{ "name", 0, CC_OPT_STRING, offsetof(struct attest, name), "NAME",
	  "what --cas of other commands calls it (default: default)", false, NULL },
	{ "replace", 0, CC_OPT_FLAG, offsetof(struct attest, replace), NULL,
	  "let the name stand for this CAS although it stood for another", false, NULL },
	CC_OPT_OUTPUT(struct attest),
};
static const struct cc_opt_arg attest_args[] = {
	{ "ADDRESS", offsetof(struct attest, address), "host:port", false, false },
};

const struct cc_command cc_command_cas_attest = {
	"cas attest",
	"Check what a CAS is before trusting it, and remember it.",
	attest_opts,
	CC_COUNT(attest_opts),
	attest_args,
	CC_COUNT(attest_args),
	sizeof(struct attest),
	&attest_defaults,
	cas_attest,
};
