/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/release.h"

#include "base/str.h"
#include "codec/json.h"

#define LABEL "concordat release 1"
#define RELEASE_JSON_MAX (CC_RELEASE_MAX / 3 * 4 + 1024)
#define ATTEST_JSON_MAX (CC_ATTEST_EVIDENCE_MAX * (CC_EVIDENCE_MAX / 3 * 4) + 8192)
#define PLATFORM_MAX 32

void cc_release_clear(struct cc_release *release)
{
	cc_buf_clear(&release->sealed);
	*release = (struct cc_release){ 0 };
}

static int make_info(const struct cc_digest64 *report, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_str(out, LABEL, err));
	return cc_buf_add(out, CC_DIGEST_SPAN(*report), err);
}

static int make_aad(const struct cc_release *release, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u64be(out, release->index, err));
	return cc_buf_add(out, CC_SPAN(release->session), err);
}

static int make_signed(const struct cc_release *release, const struct cc_digest64 *report,
		       struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_sized(out, cc_span_str(LABEL), err));
	CC_TRY(cc_buf_add_sized(out, CC_DIGEST_SPAN(*report), err));
	CC_TRY(cc_buf_add_u64be(out, release->index, err));
	CC_TRY(cc_buf_add_sized(out, CC_SPAN(release->session), err));
	return cc_buf_add_sized(out, cc_buf_span(&release->sealed), err);
}

static int sign(const struct cc_release_plan *plan, struct cc_release *release, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_signature signature = { 0 };

	CC_TRY(make_signed(release, plan->report_data, &text, err));
	CC_TRY(cc_sign(plan->cas, cc_buf_span(&text), &signature, err));
	if (signature.len != sizeof(release->signature))
		return cc_fail(err, CC_E_BUG, "a CAS key is for Ed25519");
	memcpy(release->signature, signature.b, sizeof(release->signature));
	return 0;
}

int cc_release_seal(const struct cc_release_plan *plan, struct cc_release *release,
		    struct cc_frames *frames, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf info = { 0 }, aad = { 0 };
	CC_AUTO_HPKE struct cc_hpke *hpke = NULL;
	struct cc_hpke_public enc = { 0 };

	if (plan->configuration.len > CC_CONFIG_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a configuration has at most %zu bytes, not %zu",
			       CC_CONFIG_MAX, plan->configuration.len);
	CC_TRY(make_info(plan->report_data, &info, err));
	CC_TRY(make_aad(release, &aad, err));
	CC_TRY(cc_hpke_sender(plan->to, cc_buf_span(&info), &enc, &hpke, err));
	cc_buf_reset(&release->sealed);
	CC_TRY(cc_buf_add(&release->sealed, CC_SPAN(enc.b), err));
	CC_TRY(cc_hpke_seal(hpke, cc_buf_span(&aad), plan->configuration, &release->sealed, err));
	CC_TRY(sign(plan, release, err));
	return cc_frames_from(hpke, release->session, frames, err);
}

/* Nothing of a release is looked into before this has passed. */
static int verify(const struct cc_release *release, const struct cc_release_expect *expect,
		  struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_digest hash = { 0 };

	CC_TRY(cc_pubkey_hash(expect->cas, &hash, err));
	if (!cc_digest_eq(&hash, expect->pin))
		return cc_fail(err, CC_E_EVIDENCE, "a release is signed by another CAS key");
	CC_TRY(make_signed(release, expect->report_data, &text, err));
	if (cc_verify(expect->cas, cc_buf_span(&text), CC_SPAN(release->signature), err) != 0)
		return cc_wrap(err, "verify a release");
	return 0;
}

int cc_release_open(const struct cc_release *release, const struct cc_release_expect *expect,
		    struct cc_buf *configuration, struct cc_frames *frames, struct cc_err *err)
{
	const struct cc_span sealed = cc_buf_span(&release->sealed);
	CC_AUTO_BUF struct cc_buf info = { 0 }, aad = { 0 };
	CC_AUTO_HPKE struct cc_hpke *hpke = NULL;
	struct cc_hpke_public enc = { 0 };

	CC_TRY(verify(release, expect, err));
	if (sealed.len < CC_HPKE_KEY_LEN + CC_HPKE_TAG_LEN)
		return cc_fail(err, CC_E_TAMPERED, "a release of %zu bytes is too short",
			       sealed.len);
	CC_TRY(make_info(expect->report_data, &info, err));
	CC_TRY(make_aad(release, &aad, err));
	memcpy(enc.b, sealed.at, sizeof(enc.b));
	CC_TRY(cc_hpke_receiver(expect->key, &enc, cc_buf_span(&info), &hpke, err));
	if (cc_hpke_open(hpke, cc_buf_span(&aad), cc_span_sub(sealed, sizeof(enc.b), sealed.len),
			 configuration, err) != 0)
		return cc_wrap(err, "open a release");
	return cc_frames_from(hpke, release->session, frames, err);
}

int cc_release_print(const struct cc_release *release, struct cc_buf *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *top = NULL;

	CC_TRY(cc_json_object(&top, err));
	CC_TRY(cc_json_set_u64(top, "index", release->index, err));
	CC_TRY(cc_json_set_base64(top, "release", cc_buf_span(&release->sealed), err));
	CC_TRY(cc_json_set_hex(top, "session", CC_SPAN(release->session), err));
	CC_TRY(cc_json_set_base64(top, "signature", CC_SPAN(release->signature), err));
	return cc_json_print(top, json, err);
}

static int read_release(const struct cc_json *top, struct cc_release *out, struct cc_err *err)
{
	static const char *const known[] = { "index", "release", "session", "signature" };

	CC_TRY(cc_json_closed(top, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_u64(top, "index", CC_JSON_INTEGER_MAX, &out->index, err));
	CC_TRY(cc_json_get_base64(top, "release", CC_RELEASE_MAX, &out->sealed, err));
	CC_TRY(cc_json_get_hex(top, "session", CC_MUT(out->session), err));
	return cc_json_get_base64_fixed(top, "signature", CC_MUT(out->signature), err);
}

int cc_release_parse(struct cc_span json, struct cc_release *out, struct cc_err *err)
{
	CC_AUTO_RELEASE struct cc_release release = { 0 };
	CC_AUTO_JSON struct cc_json *top = NULL;

	if (cc_json_parse(json, RELEASE_JSON_MAX, &top, err) != 0 ||
	    read_release(top, &release, err) != 0)
		return cc_wrap(err, "read a release");
	*out = release;
	release = (struct cc_release){ 0 };
	return 0;
}

void cc_attest_clear(struct cc_attest *attest)
{
	for (size_t i = 0; i < CC_ATTEST_EVIDENCE_MAX; i++) {
		free(attest->evidence[i].platform);
		cc_buf_clear(&attest->evidence[i].bytes);
	}
	free(attest->policy);
	free(attest->service);
	free(attest->password);
	*attest = (struct cc_attest){ 0 };
}

int cc_attest_add(struct cc_attest *attest, const char *platform, struct cc_buf **out,
		  struct cc_err *err)
{
	CC_AUTO_FREE char *name = NULL;
	size_t at = attest->evidence_count;

	if (at == CC_ATTEST_EVIDENCE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "evidence is of at most %d platforms",
			       CC_ATTEST_EVIDENCE_MAX);
	for (; at > 0 && strcmp(platform, attest->evidence[at - 1].platform) <= 0; at--)
		if (cc_str_eq(platform, attest->evidence[at - 1].platform))
			return cc_fail(err, CC_E_CONFLICT, "there is evidence of '%s' already",
				       platform);
	CC_TRY(cc_str_dup(platform, &name, err));
	for (size_t i = attest->evidence_count++; i > at; i--)
		attest->evidence[i] = attest->evidence[i - 1];
	attest->evidence[at] = (struct cc_attest_evidence){ .platform = CC_TAKE(name) };
	*out = &attest->evidence[at].bytes;
	return 0;
}

static int print_evidence(const struct cc_attest_evidence *evidence, struct cc_json *json,
			  struct cc_err *err)
{
	CC_TRY(cc_json_set_base64(json, "evidence", cc_buf_span(&evidence->bytes), err));
	return cc_json_set_str(json, "platform", evidence->platform, err);
}

static int print_second(const struct cc_attest *attest, struct cc_json *top, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *second = NULL;

	if (attest->evidence_count < 2)
		return 0;
	CC_TRY(cc_json_object(&second, err));
	CC_TRY(print_evidence(&attest->evidence[1], second, err));
	return cc_json_set(top, "second", CC_TAKE(second), err);
}

int cc_attest_print(const struct cc_attest *attest, struct cc_buf *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *top = NULL;
	const char *role = cc_role_name(attest->role);

	if (role == NULL || attest->evidence_count == 0)
		return cc_fail(err, CC_E_BUG, "a request for a release without a %s",
			       role == NULL ? "role" : "platform");
	CC_TRY(cc_json_object(&top, err));
	CC_TRY(cc_json_set_hex(top, "cas_key", CC_DIGEST_SPAN(attest->cas_key), err));
	if (attest->has_access)
		CC_TRY(cc_json_set_hex(top, "access", CC_DIGEST_SPAN(attest->access), err));
	if (attest->password != NULL)
		CC_TRY(cc_json_set_str(top, "password", attest->password, err));
	CC_TRY(print_evidence(&attest->evidence[0], top, err));
	CC_TRY(print_second(attest, top, err));
	CC_TRY(cc_json_set_base64(top, "hpke", CC_SPAN(attest->hpke.b), err));
	CC_TRY(cc_json_set_base64(top, "nonce", CC_SPAN(attest->nonce), err));
	CC_TRY(cc_json_set_str(top, "policy", attest->policy, err));
	CC_TRY(cc_json_set_str(top, "role", role, err));
	CC_TRY(cc_json_set_str(top, "service", attest->service, err));
	CC_TRY(cc_json_set_base64(top, "signer", CC_SPAN(attest->signer), err));
	CC_TRY(cc_json_set_hex(top, "ticket", CC_SPAN(attest->ticket), err));
	return cc_json_print(top, json, err);
}

static int read_names(const struct cc_json *top, struct cc_attest *out, struct cc_err *err)
{
	const char *role = NULL;

	CC_TRY(cc_json_get_str(top, "role", &role, err));
	out->role = cc_role_named(role);
	if (out->role == CC_ROLE_NONE || out->role == CC_ROLE_CAS)
		return cc_fail(err, CC_E_ARG, "'role' is none that gets a release");
	CC_TRY(cc_json_get_name(top, "policy", CC_NAME_MAX, &out->policy, err));
	return cc_json_get_name(top, "service", CC_NAME_MAX, &out->service, err);
}

/* What a policy may ask for beside evidence. */
static int read_factors(const struct cc_json *top, struct cc_attest *out, struct cc_err *err)
{
	const char *password = NULL;

	out->has_access = cc_json_has(top, "access");
	if (out->has_access)
		CC_TRY(cc_json_get_digest(top, "access", &out->access, err));
	if (!cc_json_has(top, "password"))
		return 0;
	CC_TRY(cc_json_get_str(top, "password", &password, err));
	if (strlen(password) > CC_PASSWORD_MAX)
		return cc_fail(err, CC_E_TOOBIG, "'password' has more than %d characters",
			       CC_PASSWORD_MAX);
	return cc_str_dup(password, &out->password, err);
}

/* Behind what is there, for the order is part of the form. */
static int read_evidence(const struct cc_json *json, struct cc_attest *out, struct cc_err *err)
{
	CC_AUTO_FREE char *platform = NULL;
	struct cc_buf *bytes = NULL;

	CC_TRY(cc_json_get_name(json, "platform", PLATFORM_MAX, &platform, err));
	CC_TRY(cc_attest_add(out, platform, &bytes, err));
	if (bytes != &out->evidence[out->evidence_count - 1].bytes)
		return cc_fail(err, CC_E_ARG, "'second' is not ordered by its platform");
	return cc_json_get_base64(json, "evidence", CC_EVIDENCE_MAX, bytes, err);
}

static int read_second(const struct cc_json *top, struct cc_attest *out, struct cc_err *err)
{
	static const char *const known[] = { "evidence", "platform" };
	const struct cc_json *second = NULL;

	if (!cc_json_has(top, "second"))
		return 0;
	CC_TRY(cc_json_get_object(top, "second", &second, err));
	CC_TRY(cc_json_closed(second, known, CC_COUNT(known), err));
	return read_evidence(second, out, err);
}

static int read_attest(const struct cc_json *top, struct cc_attest *out, struct cc_err *err)
{
	static const char *const known[] = { "access",   "cas_key",  "evidence", "hpke", "nonce",
					     "password", "platform", "policy",   "role", "second",
					     "service",  "signer",   "ticket" };

	CC_TRY(cc_json_closed(top, known, CC_COUNT(known), err));
	CC_TRY(read_names(top, out, err));
	CC_TRY(read_factors(top, out, err));
	CC_TRY(cc_json_get_digest(top, "cas_key", &out->cas_key, err));
	CC_TRY(read_evidence(top, out, err));
	CC_TRY(read_second(top, out, err));
	CC_TRY(cc_json_get_base64_fixed(top, "hpke", CC_MUT(out->hpke.b), err));
	CC_TRY(cc_json_get_base64_fixed(top, "nonce", CC_MUT(out->nonce), err));
	CC_TRY(cc_json_get_base64_fixed(top, "signer", CC_MUT(out->signer), err));
	return cc_json_get_hex(top, "ticket", CC_MUT(out->ticket), err);
}

int cc_attest_parse(struct cc_span json, struct cc_attest *out, struct cc_err *err)
{
	CC_AUTO_ATTEST struct cc_attest attest = { 0 };
	CC_AUTO_JSON struct cc_json *top = NULL;

	if (cc_json_parse(json, ATTEST_JSON_MAX, &top, err) != 0 ||
	    read_attest(top, &attest, err) != 0)
		return cc_wrap(err, "read a request for a release");
	*out = attest;
	attest = (struct cc_attest){ 0 };
	return 0;
}

int cc_access_proof(struct cc_span token, enum cc_role role, const struct cc_digest64 *report_data,
		    struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_buf_add_sized(&text, cc_span_str("concordat access token 1"), err));
	CC_TRY(cc_buf_add_sized(&text, cc_span_str(cc_role_name(role)), err));
	CC_TRY(cc_buf_add_sized(&text, CC_DIGEST_SPAN(*report_data), err));
	return cc_hmac_sha256(token, cc_buf_span(&text), out, err);
}
