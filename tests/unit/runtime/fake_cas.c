/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/runtime/fake_cas.h"

#include "codec/text.h"

/* Where an SGX quote has its report data: behind its header, at the end of the report body. */
#define QUOTE_DATA 368

int fake_quote(void *ctx, const struct cc_digest64 *data, struct cc_buf *evidence,
	       struct cc_err *err)
{
	(void)ctx;
	return cc_buf_add(evidence, CC_DIGEST_SPAN(*data), err);
}

int fake_cas_connect(void *ctx, struct cc_digest *exporter, struct cc_err *err)
{
	struct fake_cas *cas = ctx;

	cas->connections++;
	CC_TRY(cc_random(CC_MUT(cas->exporter.b), err));
	*exporter = cas->exporter;
	if (cas->is_relayed)
		exporter->b[0] ^= 1;
	return 0;
}

static int challenge(struct fake_cas *cas, struct cc_buf *reply, struct cc_err *err)
{
	const struct cc_key *key = cas->shows != NULL ? cas->shows : cas->key;
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf der = { 0 };

	CC_TRY(cc_pubkey_to_der(cc_key_public(key), &der, err));
	CC_TRY(cc_random(CC_MUT(cas->nonce), err));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_base64(json, "cas_key", cc_buf_span(&der), err));
	CC_TRY(cc_json_set_base64(json, "nonce", CC_SPAN(cas->nonce), err));
	return cc_json_print(json, reply, err);
}

/* As the keeper decides: report data from values of its own, and the ticket. */
static int release(struct fake_cas *cas, struct cc_span body, struct cc_buf *reply,
		   struct cc_err *err)
{
	CC_AUTO_ATTEST struct cc_attest ask = { 0 };
	CC_AUTO_RELEASE struct cc_release made = { .index = 7, .session = { 1, 2, 3 } };
	struct cc_digest64 data;
	struct cc_span evidence;
	const struct cc_release_plan plan = { &data, &ask.hpke,
					      cas->signs_with != NULL ? cas->signs_with : cas->key,
					      cc_span_str(cas->configuration) };
	struct cc_report expected = { .role = CC_ROLE_RUNTIME, .exporter = cas->exporter };

	CC_TRY(cc_attest_parse(body, &ask, err));
	CC_TRY(cc_pubkey_hash(cc_key_public(cas->key), &expected.cas_key, err));
	memcpy(expected.nonce, cas->nonce, sizeof(expected.nonce));
	memcpy(expected.signer, ask.signer, sizeof(expected.signer));
	expected.policy = ask.policy;
	expected.service = ask.service;
	expected.ticket = cas->ticket;
	expected.hpke = ask.hpke;
	evidence = cc_buf_span(&ask.evidence[0].bytes);
	if (evidence.len > QUOTE_DATA)
		evidence = cc_span_sub(evidence, QUOTE_DATA, 64);
	CC_TRY(cc_report_matches(&expected, evidence, err));
	CC_TRY(cc_report_data(&expected, &data, err));
	cc_frames_clear(&cas->frames);
	CC_TRY(cc_release_seal(&plan, &made, &cas->frames, err));
	return cc_release_print(&made, reply, err);
}

static int frame(struct fake_cas *cas, struct cc_span body, struct cc_buf *reply,
		 struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { 0 };
	bool refuses = cas->refuses != NULL && !(cas->refuses_first && cas->frame_count > 0);
	const char *answer = refuses ? cas->refuses : "{\"index\":9,\"ok\":true}";
	bool repeated = false;

	CC_TRY(cc_frame_take(&cas->frames, body, &plain, &repeated, err));
	if (repeated)
		cas->repeats++;
	else
		(void)snprintf(cas->said[cas->frame_count++ % 8], sizeof(cas->said[0]), "%.*s",
			       (int)plain.len, (const char *)plain.at);
	CC_TRY(cc_frame_answer(&cas->frames, cc_span_str(answer), reply, err));
	if (cas->loses > 0) {
		cas->loses--;
		return cc_fail(err, CC_E_UNAVAILABLE, "the answer was lost");
	}
	if (cas->garbles > 0) {
		cas->garbles--;
		reply->at[reply->len - 1] ^= 1;
	}
	return 0;
}

static int keeper(struct fake_cas *cas, const char *path, struct cc_span body, struct cc_buf *reply,
		  struct cc_err *err)
{
	if (cc_str_eq(path, "/v1/challenge"))
		return challenge(cas, reply, err);
	if (cc_str_eq(path, "/v1/attest"))
		return release(cas, body, reply, err);
	if (cc_str_eq(path, "/v1/sessions/01020300000000000000000000000000/frames"))
		return frame(cas, body, reply, err);
	return cc_fail(err, CC_E_NOTFOUND, "no such path '%s'", path);
}

int fake_cas_request(void *ctx, const char *path, struct cc_span body, const char *type,
		     struct cc_buf *reply, struct cc_err *err)
{
	struct fake_cas *cas = ctx;

	(void)type;
	cas->requests++;
	if (cas->fails > 0) {
		cas->fails--;
		return cc_fail(err, CC_E_UNAVAILABLE, "the CAS is away");
	}
	CC_TRY(keeper(cas, path, body, reply, err));
	return cas->web != NULL ? cas->web(cas, path, body, reply, err) : 0;
}
