/* SPDX-License-Identifier: Apache-2.0 */
/* evidence show, evidence verify: what a platform said, and whether it is true. */
#include "base/fd.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/appraisal.h"
#include "cli/evidence-file.h"
#include "cli/evidence-piece.h"
#include "cli/evidence-snp.h"
#include "cli/key-file.h"
#include "cli/output.h"
#include "cli/policy-file.h"
#include "cli/tpm-roots.h"
#include "codec/jws.h"
#include "codec/text.h"
#include "platform/collateral.h"
#include "policy/decide.h"

struct show {
	const char *file, *output;
};

static const struct cc_opt_arg show_args[] = {
	{ "FILE", offsetof(struct show, file),
	  "evidence, as bytes or text, or a certificate for RA-TLS", false, false },
};

static const struct cc_opt show_opts[] = { CC_OPT_OUTPUT(struct show) };

/* Whose key the evidence is for can be seen without a proof; whether it is true can not. */
static int describe_cert(const struct cc_evidence_file *file, const struct cc_claims *claims,
			 struct cc_json *json, struct cc_err *err)
{
	struct cc_err ignored = { 0 };
	bool is_for_key = cc_ratls_bound(&file->ratls, claims, &ignored) == 0;

	CC_TRY(cc_json_set_str(json, "ra_tls", file->ratls.scheme, err));
	return cc_json_set_bool(json, "for_key_of_certificate", is_for_key, err);
}

/* Which certificates of Intel's the quote needs, when it does not bring them. */
static int describe_certification(struct cc_span bytes, struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *data = NULL;
	struct cc_quote quote = { 0 };
	struct cc_span tail = { 0 };

	CC_TRY(cc_quote_parse_head(bytes, &quote, &tail, err));
	CC_TRY(cc_json_object(&data, err));
	CC_TRY(cc_json_set_u64(data, "type", quote.certs_type, err));
	if (quote.ppid.cpusvn.len > 0) {
		CC_TRY(cc_json_set_hex(data, "ppid", quote.ppid.ppid, err));
		CC_TRY(cc_json_set_hex(data, "cpusvn", quote.ppid.cpusvn, err));
		CC_TRY(cc_json_set_u64(data, "pcesvn", quote.ppid.pcesvn, err));
		CC_TRY(cc_json_set_u64(data, "pce_id", quote.ppid.pce_id, err));
	}
	return cc_json_set(json, "certification", CC_TAKE(data), err);
}

static int describe_certs(struct cc_span bytes, struct cc_json *json, struct cc_err *err)
{
	struct cc_snp_evidence snp = { 0 };

	CC_TRY(cc_snp_parse(bytes, &snp, err));
	return cc_evidence_snp_certs(&snp, json, err);
}

static int describe(const struct cc_evidence_file *file, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_claims claims = { 0 };

	CC_TRY(cc_evidence_read(file->platform, cc_buf_span(&file->bytes), &claims, err));
	CC_TRY(cc_evidence_said(&claims, &json, err));
	CC_TRY(cc_json_set_u64(json, "bytes", file->bytes.len, err));
	CC_TRY(cc_json_set_str(json, "encoding", file->encoding, err));
	CC_TRY(cc_json_set_bool(json, "proven", false, err));
	if (file->cert != NULL)
		CC_TRY(describe_cert(file, &claims, json, err));
	if ((file->platform == CC_PLATFORM_SGX || file->platform == CC_PLATFORM_TDX) &&
	    !claims.tpm.quoted)
		CC_TRY(describe_certification(cc_buf_span(&file->bytes), json, err));
	if (file->platform == CC_PLATFORM_SNP && !claims.tpm.quoted)
		CC_TRY(describe_certs(cc_buf_span(&file->bytes), json, err));
	*out = CC_TAKE(json);
	return 0;
}

static int describe_any(const struct cc_evidence_file *file, bool data, struct cc_json **out,
			struct cc_err *err)
{
	if (file->piece == NULL)
		return describe(file, out, err);
	return cc_evidence_piece_describe(file->piece, cc_buf_span(&file->bytes), data, out, err);
}

static int show(const void *at, struct cc_err *err)
{
	const struct show *values = at;
	CC_AUTO_EVIDENCE_FILE struct cc_evidence_file file = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	bool data = cc_wants_data(values->output);

	CC_TRY(cc_evidence_file_look(values->file, &file, err));
	if (describe_any(&file, data, &json, err) != 0)
		return cc_wrap(err, "'%s'", values->file);
	if (data)
		return cc_print_data(values->output, json, err);
	CC_TRY(cc_buf_addf(&text, err, "%s%s, %zu bytes, NOT VERIFIED: anybody can write this\n",
			   file.piece == NULL ? cc_platform_name(file.platform) : file.piece->title,
			   file.piece == NULL ? " evidence" : "", file.bytes.len));
	CC_TRY(cc_table_print(json, &text, err));
	return cc_print(cc_buf_span(&text), err);
}

const struct cc_command cc_command_evidence_show = {
	"evidence show",
	"Show what evidence of any platform says, unverified.",
	show_opts,
	CC_COUNT(show_opts),
	show_args,
	CC_COUNT(show_args),
	sizeof(struct show),
	NULL,
	show,
};

struct verify {
	const char *file, *output, *at, *report_data, *policy, *service, *key;
	struct cc_strings collateral, roots, tolerate;
	struct cc_tpm_options tpms;
	struct cc_policy_variables variables;
	bool without_revocation, has_tail;
};

static const struct cc_opt_arg verify_args[] = {
	{ "FILE", offsetof(struct verify, file),
	  "evidence, as bytes or text, or a certificate for RA-TLS", false, false },
};

static const struct cc_opt verify_opts[] = {
	{ "collateral", 'c', CC_OPT_LIST, offsetof(struct verify, collateral), "DIR",
	  "what the vendor publishes for it; may be repeated", false, NULL },
	{ "at", 0, CC_OPT_STRING, offsetof(struct verify, at), "TIME",
	  "verify for this time, as 2026-11-30T12:00:00Z; default: now", false, NULL },
	{ "report-data", 'd', CC_OPT_STRING, offsetof(struct verify, report_data), "HEX",
	  "the 64 bytes that it must be bound to", false, NULL },
	{ "policy", 'p', CC_OPT_STRING, offsetof(struct verify, policy), "FILE",
	  "decide as this policy does", false, NULL },
	{ "service", 's', CC_OPT_STRING, offsetof(struct verify, service), "NAME",
	  "service of the policy; default: its only one", false, NULL },
	{ "tolerate", 't', CC_OPT_LIST, offsetof(struct verify, tolerate), "WORD",
	  "put up with it when there is no policy; may be repeated", false, NULL },
	{ "simulation", 0, CC_OPT_LIST, offsetof(struct verify, roots), "DIR",
	  "accept evidence of the simulated platform in this directory; may be repeated", false,
	  NULL },
	CC_OPT_TPMS(struct verify, tpms),
	{ "without-revocation", 0, CC_OPT_FLAG, offsetof(struct verify, without_revocation), NULL,
	  "do not insist on revocation lists", false, NULL },
	{ "ignore-tail", 0, CC_OPT_FLAG, offsetof(struct verify, has_tail), NULL,
	  "what lies behind a quote belongs to its container", false, NULL },
	CC_OPT_VARIABLES(struct verify, variables),
	{ "key", 0, CC_OPT_STRING, offsetof(struct verify, key), "FILE",
	  "sign --output ear with this private key, PEM of Ed25519, P-256 or P-384", false, NULL },
	{ "output", 'o', CC_OPT_STRING, offsetof(struct verify, output), "FORMAT",
	  "how to print; ear: an EAT Attestation Result", false, "text table json yaml ear" },
};

static void note(struct cc_answer *answer, int result, const struct cc_err *why)
{
	answer->asked = true;
	answer->yes = result == 0;
	if (result != 0)
		answer->why = *why;
}

/* Words of --tolerate, and what each switches on. */
static const struct {
	const char *word;
	size_t at;
} switches[] = {
	{ "debug", offsetof(struct cc_tolerance, debug) },
	{ "privileged-keys", offsetof(struct cc_tolerance, privileged_keys) },
	{ "unchecked-revocation", offsetof(struct cc_tolerance, without_revocation) },
	{ "ve-on-private-memory", offsetof(struct cc_tolerance, sept_ve) },
	{ "migration", offsetof(struct cc_tolerance, migratable) },
	{ "milan", offsetof(struct cc_tolerance, milan) },
	{ "advisories", offsetof(struct cc_tolerance, any_advisory) },
};

static bool tolerate_switch(const char *word, struct cc_tolerance *out)
{
	static const bool on = true;

	for (size_t i = 0; i < CC_COUNT(switches); i++) {
		if (!cc_str_eq(switches[i].word, word))
			continue;
		memcpy((char *)out + switches[i].at, &on, sizeof(on));
		return true;
	}
	return false;
}

static int tolerate(const char *word, struct cc_tolerance *out, struct cc_err *err)
{
	enum cc_tcb_status status = CC_TCB_NOT_SUPPORTED;

	if (tolerate_switch(word, out))
		return 0;
	if (cc_str_starts(word, "vmpl-") && word[5] >= '0' && word[5] <= '3' && word[6] == '\0') {
		out->greatest_vmpl = (uint32_t)(word[5] - '0');
		return 0;
	}
	if (cc_tcb_named(word, &status)) {
		out->tcb |= 1U << status;
		return 0;
	}
	if (cc_str_starts(word, "INTEL-SA-"))
		return cc_advisories_add(&out->advisories, word, err);
	cc_err_set(err, CC_E_ARG, "--tolerate: '%s' is nothing that can be tolerated", word);
	return cc_hint(err, "debug, privileged-keys, unchecked-revocation, ve-on-private-memory, "
			    "migration, milan, advisories, vmpl-1 to vmpl-3, a TCB status such as "
			    "SWHardeningNeeded, or an advisory such as INTEL-SA-00615");
}

static int ask_platform(const struct verify *values, struct cc_appraisal *out, struct cc_err *err)
{
	struct cc_tolerance tolerance = { .without_revocation = values->without_revocation };
	struct cc_err why = { 0 };

	for (size_t i = 0; i < values->tolerate.count; i++)
		CC_TRY(tolerate(values->tolerate.at[i], &tolerance, err));
	note(&out->answers[CC_QUESTION_PLATFORM],
	     cc_claims_platform(&out->claims, &tolerance, &why), &why);
	return 0;
}

/* Evidence in a certificate is for its key; of --report-data and that both must hold. */
static int ask_bound(const struct verify *values, const struct cc_evidence_file *file,
		     struct cc_appraisal *out, struct cc_err *err)
{
	struct cc_answer *answer = &out->answers[CC_QUESTION_BOUND];
	struct cc_digest64 expected = { 0 };
	struct cc_err why = { 0 };

	if (file->cert != NULL)
		note(answer, cc_ratls_bound(&file->ratls, &out->claims, &why), &why);
	if (values->report_data == NULL || (answer->asked && !answer->yes))
		return 0;
	CC_TRY(cc_hex_parse_fixed(cc_span_str(values->report_data), "--report-data",
				  CC_MUT(expected.b), err));
	note(answer, cc_claims_bound(&out->claims, &expected, &why), &why);
	out->is_fresh = true;
	return 0;
}

static int choose_service(const struct cc_policy *policy, const char *name,
			  const struct cc_service **out, struct cc_err *err)
{
	if (name == NULL && policy->services.count != 1) {
		cc_err_set(err, CC_E_ARG, "policy '%s' has %zu services", policy->name,
			   policy->services.count);
		return cc_hint(err, "name one with --service");
	}
	for (size_t i = 0; i < policy->services.count; i++) {
		*out = &policy->services.at[i];
		if (name == NULL || cc_str_eq((*out)->name, name))
			return 0;
	}
	return cc_fail(err, CC_E_NOTFOUND, "policy '%s' has no service '%s'", policy->name, name);
}

static int ask_policy(const struct verify *values, const struct cc_evidence *evidence,
		      struct cc_appraisal *out, struct cc_err *err)
{
	CC_AUTO_POLICY_FILE struct cc_policy_file file = { 0 };
	const struct cc_policy *policy = NULL;
	const struct cc_service *service = NULL;
	const struct cc_presented presented = { &out->claims, 1, evidence->roots };
	const struct cc_claims *main = NULL;
	struct cc_program program = { 0 };
	struct cc_err why = { 0 };

	if (values->policy == NULL)
		return 0;
	CC_TRY(cc_policy_file_read(values->policy, &values->variables, &file, err));
	policy = file.effective != NULL ? file.effective : file.policy;
	CC_TRY(choose_service(policy, values->service, &service, err));
	out->has_policy = true;
	if (policy->security.attestation.mode != CC_MODE_NONE)
		note(&out->answers[CC_QUESTION_PLATFORM],
		     cc_decide_platform(policy, &out->claims, evidence->at, &why), &why);
	CC_TRY(cc_policy_hash(file.policy, &out->policy_hash, err));
	note(&out->answers[CC_QUESTION_POLICY],
	     cc_decide_start(policy, service, &presented, evidence->at, &program, &main, &why),
	     &why);
	out->is_attested = program.is_authenticated;
	return 0;
}

/* Question 1 decides whether the others can be asked: nothing else rests on unproven claims. */
static int ask_all(const struct verify *values, const struct cc_evidence_file *file,
		   const struct cc_evidence *evidence, struct cc_appraisal *out, struct cc_err *err)
{
	struct cc_err why = { 0 };

	note(&out->answers[CC_QUESTION_AUTHENTIC], cc_evidence_prove(evidence, &out->claims, &why),
	     &why);
	if (!out->answers[CC_QUESTION_AUTHENTIC].yes)
		return 0;
	CC_TRY(ask_bound(values, file, out, err));
	/* A policy has its own words for what it puts up with, of the platform too. */
	if (values->policy == NULL)
		return ask_platform(values, out, err);
	return ask_policy(values, evidence, out, err);
}

static int print_text(const struct cc_appraisal *outcome, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *claims = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	for (size_t i = 0; i < CC_QUESTION_COUNT; i++) {
		const struct cc_answer *answer = &outcome->answers[i];

		CC_TRY(cc_buf_addf(&text, err, "%-10s %s%s%s\n",
				   cc_question_name((enum cc_question)i),
				   !answer->asked ? "not asked"
				   : answer->yes  ? "yes"
						  : "NO",
				   answer->asked && !answer->yes ? ": " : "",
				   answer->asked && !answer->yes ? answer->why.text : ""));
	}
	if (outcome->answers[CC_QUESTION_AUTHENTIC].yes) {
		CC_TRY(cc_buf_addf(&text, err, "\n%s\n", cc_class_text(outcome->claims.class)));
		CC_TRY(cc_claims_to_json(&outcome->claims, &claims, err));
		CC_TRY(cc_table_print(claims, &text, err));
	}
	return cc_print(cc_buf_span(&text), err);
}

/* The first no becomes the command's error, so that a script goes by the exit status. */
static int conclude(const struct cc_appraisal *outcome, struct cc_err *err)
{
	for (size_t i = 0; i < CC_QUESTION_COUNT; i++) {
		const struct cc_answer *answer = &outcome->answers[i];

		if (answer->asked && !answer->yes) {
			*err = answer->why;
			return cc_wrap(err, "%s", cc_question_name((enum cc_question)i));
		}
	}
	return 0;
}

static bool wants_token(const struct verify *values)
{
	return values->output != NULL && cc_str_eq(values->output, "ear");
}

/* Before anything is verified. There is no result without a signature: anybody could write it. */
static int load_key(const struct verify *values, struct cc_key **out, struct cc_err *err)
{
	if (!wants_token(values) && values->key == NULL)
		return 0;
	if (!wants_token(values))
		return cc_fail(err, CC_E_ARG, "--key signs --output ear and nothing else");
	if (values->key == NULL) {
		cc_err_set(err, CC_E_ARG, "--output ear needs a key that signs it");
		return cc_hint(err, "name one with --key FILE; 'openssl genpkey -algorithm "
				    "ed25519' makes one");
	}
	return cc_key_file_read(values->key, out, err);
}

static int print_token(const struct cc_appraisal *outcome, const struct cc_key *key,
		       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf payload = { 0 }, token = { 0 };

	CC_TRY(cc_appraisal_ear(outcome, &json, err));
	CC_TRY(cc_json_print(json, &payload, err));
	CC_TRY(cc_jws_add(key, cc_buf_span(&payload), &token, err));
	CC_TRY(cc_buf_add_u8(&token, '\n', err));
	return cc_print(cc_buf_span(&token), err);
}

static int print_outcome(const struct verify *values, const struct cc_appraisal *outcome,
			 const struct cc_key *key, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	if (key != NULL) /* it is there for a token and for nothing else */
		return print_token(outcome, key, err);
	if (!cc_wants_data(values->output))
		return print_text(outcome, err);
	CC_TRY(cc_appraisal_json(outcome, &json, err));
	return cc_print_data(values->output, json, err);
}

static int verify(const void *at, struct cc_err *err)
{
	const struct verify *values = at;
	CC_AUTO_EVIDENCE_FILE struct cc_evidence_file file = { 0 };
	CC_AUTO_COLLATERAL_FILES struct cc_collateral_files collateral = { 0 };
	CC_AUTO_KEY struct cc_key *key = NULL;
	struct cc_evidence evidence = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_appraisal outcome = { 0 };

	CC_TRY(load_key(values, &key, err));
	CC_TRY(cc_evidence_file_read(values->file, &file, err));
	CC_TRY(cc_collateral_files_read(&values->collateral, &collateral, err));
	CC_TRY(cc_collateral_files_add(cc_buf_span(&file.certs), &collateral, err));
	CC_TRY(cc_roots_chosen(&values->roots, &roots, err));
	CC_TRY(cc_tpms_chosen(&values->tpms, &roots, err));
	evidence = (struct cc_evidence){ .platform = file.platform,
					 .bytes = cc_buf_span(&file.bytes),
					 .collateral = collateral.ranges,
					 .roots = &roots,
					 .without_revocation = values->without_revocation,
					 .has_tail = values->has_tail };
	CC_TRY(cc_time_chosen(values->at, &evidence.at, err));
	outcome.platform = file.platform;
	outcome.at = evidence.at;
	CC_TRY(ask_all(values, &file, &evidence, &outcome, err));
	CC_TRY(print_outcome(values, &outcome, key, err));
	if (conclude(&outcome, err) != 0)
		return cc_wrap(err, "'%s'", values->file);
	return 0;
}

const struct cc_command cc_command_evidence_verify = {
	"evidence verify",
	"Verify evidence offline: authentic, bound, of a platform that is well, wanted.",
	verify_opts,
	CC_COUNT(verify_opts),
	verify_args,
	CC_COUNT(verify_args),
	sizeof(struct verify),
	NULL,
	verify,
};
