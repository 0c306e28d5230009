/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/attest.h"

#include "base/str.h"
#include "base/time.h"
#include "codec/json.h"

#define CAS_MAX ((size_t)4 * 1024 * 1024) /* the greatest answer of a CAS that is read */
#define CAS_KEY_MAX ((size_t)256)
#define PAUSE_FIRST_MS 100
#define PAUSE_MOST_MS 5000

/* One instance: who we are to the CAS, for the life of this process. */
struct instance {
	struct cc_hpke_key *hpke;
	struct cc_key *signer;
	uint8_t signer_raw[32];
};

static void instance_clear(struct instance *instance)
{
	cc_hpke_key_free(instance->hpke);
	cc_key_free(instance->signer);
}

static int instance_make(struct instance *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	CC_TRY(cc_hpke_key_generate(&out->hpke, err));
	CC_TRY(cc_key_generate(CC_KEY_ED25519, &out->signer, err));
	CC_TRY(cc_pubkey_to_raw(cc_key_public(out->signer), &raw, err));
	if (raw.len != sizeof(out->signer_raw))
		return cc_fail(err, CC_E_BUG, "an Ed25519 key has %zu bytes", raw.len);
	memcpy(out->signer_raw, raw.at, raw.len);
	return 0;
}

/* The CAS's own key, believed only because of its hash. */
static int cas_key_read(const struct cc_json *json, const struct cc_digest *pin,
			struct cc_pubkey **out, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_digest hash;

	CC_TRY(cc_json_get_base64(json, "cas_key", CAS_KEY_MAX, &der, err));
	CC_TRY(cc_pubkey_from_der(cc_buf_span(&der), &key, err));
	CC_TRY(cc_pubkey_hash(key, &hash, err));
	if (!cc_digest_eq(&hash, pin)) {
		cc_err_set(err, CC_E_EVIDENCE,
			   "the CAS has another key than the one we were started for");
		return cc_hint(err,
			       "compare '--cas-key' with what 'concordat cas status' prints for "
			       "the CAS that you trust");
	}
	*out = CC_TAKE(key);
	return 0;
}

static int challenge_get(const struct cc_attest_plan *plan, uint8_t nonce[static CC_NONCE_LEN],
			 struct cc_pubkey **cas, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf reply = { .max = CAS_MAX }, bytes = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(plan->link->request(plan->link->ctx, "/v1/challenge", cc_span_str("{}"),
				   "application/json", &reply, err));
	CC_TRY(cc_json_parse(cc_buf_span(&reply), CAS_MAX, &json, err));
	CC_TRY(cc_json_get_base64(json, "nonce", CC_NONCE_LEN, &bytes, err));
	if (bytes.len != CC_NONCE_LEN)
		return cc_fail(err, CC_E_ARG, "the CAS's challenge has %zu bytes and not %d",
			       bytes.len, CC_NONCE_LEN);
	memcpy(nonce, bytes.at, CC_NONCE_LEN);
	return cas_key_read(json, &plan->cas_key, cas, err);
}

/* What the policy may ask for beside evidence, and what the CAS must prove in turn. */
static int factors_add(const struct cc_attest_plan *plan, const struct cc_digest64 *data,
		       struct cc_attest *out, struct cc_err *err)
{
	struct cc_span token = cc_span_str(plan->token != NULL ? plan->token : "");

	if (plan->password != NULL)
		CC_TRY(cc_str_dup(plan->password, &out->password, err));
	if (plan->token == NULL)
		return 0;
	out->has_access = true;
	CC_TRY(cc_access_proof(token, CC_ROLE_RUNTIME, data, &out->access, err));
	return cc_access_proof(token, CC_ROLE_CAS, data, plan->access, err);
}

/* Of the same report data from each platform: so all of it speaks of this instance's keys. */
static int evidence_get(const struct cc_attest_plan *plan, const struct cc_digest64 *data,
			struct cc_attest *out, struct cc_err *err)
{
	for (size_t i = 0; i < plan->source_count; i++) {
		const struct cc_evidence_source *source = &plan->sources[i];
		struct cc_buf *bytes = NULL;

		CC_TRY(cc_attest_add(out, source->platform, &bytes, err));
		if (source->quote(source->ctx, data, bytes, err) != 0)
			return cc_wrap(err, "get evidence from the platform");
	}
	return 0;
}

/* The question for a release, whose nonce is in it, and the report data that evidence carries. */
static int request_make(const struct cc_attest_plan *plan, const struct instance *instance,
			const struct cc_digest *exporter, struct cc_attest *out,
			struct cc_digest64 *data, struct cc_err *err)
{
	struct cc_report report = { .role = CC_ROLE_RUNTIME,
				    .exporter = *exporter,
				    .cas_key = plan->cas_key,
				    .policy = plan->policy,
				    .service = plan->service,
				    .ticket = plan->ticket,
				    .hpke = *cc_hpke_key_public(instance->hpke) };

	memcpy(report.nonce, out->nonce, sizeof(report.nonce));
	memcpy(report.signer, instance->signer_raw, sizeof(report.signer));
	CC_TRY(cc_report_data(&report, data, err));
	out->role = CC_ROLE_RUNTIME;
	out->cas_key = plan->cas_key;
	out->hpke = report.hpke;
	memcpy(out->ticket, plan->ticket, sizeof(out->ticket));
	memcpy(out->signer, instance->signer_raw, sizeof(out->signer));
	CC_TRY(factors_add(plan, data, out, err));
	CC_TRY(cc_str_dup(plan->policy, &out->policy, err));
	CC_TRY(cc_str_dup(plan->service, &out->service, err));
	return evidence_get(plan, data, out, err);
}

static int attest_once(const struct cc_attest_plan *plan, const struct instance *instance,
		       struct cc_buf *configuration, struct cc_frames *frames, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *cas = NULL;
	CC_AUTO_ATTEST struct cc_attest request = { 0 };
	CC_AUTO_RELEASE struct cc_release release = { 0 };
	CC_AUTO_BUF struct cc_buf json = { 0 }, reply = { .max = 2 * CC_RELEASE_MAX };
	struct cc_digest exporter;
	struct cc_digest64 data;
	struct cc_release_expect expect = { .report_data = &data,
					    .key = instance->hpke,
					    .pin = &plan->cas_key };

	CC_TRY(plan->link->connect(plan->link->ctx, &exporter, err));
	CC_TRY(challenge_get(plan, request.nonce, &cas, err));
	CC_TRY(request_make(plan, instance, &exporter, &request, &data, err));
	CC_TRY(cc_attest_print(&request, &json, err));
	if (plan->link->request(plan->link->ctx, "/v1/attest", cc_buf_span(&json),
				"application/json", &reply, err) != 0)
		return cc_wrap(err, "attest to the CAS");
	CC_TRY(cc_release_parse(cc_buf_span(&reply), &release, err));
	expect.cas = cas;
	return cc_release_open(&release, &expect, configuration, frames, err);
}

int cc_attest_run(const struct cc_attest_plan *plan, struct cc_buf *configuration,
		  struct cc_frames *frames, struct cc_err *err)
{
	CC_CLEANUP(instance_clear) struct instance instance = { 0 };
	uint64_t end = cc_time_monotonic_ms() + plan->patience_ms, wait = PAUSE_FIRST_MS;
	struct cc_err why = { 0 };

	CC_TRY(instance_make(&instance, err));
	while (attest_once(plan, &instance, configuration, frames, &why) != 0) {
		uint64_t now = cc_time_monotonic_ms(), left = end > now ? end - now : 0;
		uint64_t ms = wait < left ? wait : left;
		const struct timespec span = { .tv_sec = (time_t)(ms / 1000),
					       .tv_nsec = (long)(ms % 1000) * 1000000 };

		if (why.code != CC_E_UNAVAILABLE || left == 0) {
			*err = why;
			return -1;
		}
		(void)nanosleep(&span, NULL);
		wait = 2 * wait < PAUSE_MOST_MS ? 2 * wait : PAUSE_MOST_MS;
	}
	if (plan->signer != NULL)
		*plan->signer = CC_TAKE(instance.signer);
	return 0;
}
