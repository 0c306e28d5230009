/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/sealed.h"

#include "codec/text.h"

#define REQUEST_INFO "concordat request 1"
#define REPLY_INFO "concordat reply 1"
#define OVERHEAD (CC_HPKE_KEY_LEN + CC_HPKE_TAG_LEN)

static int request_aad(const struct cc_signed *request, struct cc_buf *out, struct cc_err *err)
{
	return cc_buf_addf(out, err, "%s %s", request->method, request->path);
}

static int check_plain(struct cc_span plain, struct cc_err *err)
{
	if (plain.len > CC_REQUEST_MAX - OVERHEAD)
		return cc_fail(err, CC_E_TOOBIG, "a body has at most %zu bytes, not %zu",
			       CC_REQUEST_MAX - OVERHEAD, plain.len);
	return 0;
}

int cc_request_seal(const struct cc_hpke_public *keeper, const struct cc_signed *request,
		    struct cc_span plain, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf aad = { 0 };

	CC_TRY(check_plain(plain, err));
	CC_TRY(request_aad(request, &aad, err));
	return cc_hpke_seal_to(keeper, cc_span_str(REQUEST_INFO), cc_buf_span(&aad), plain, out,
			       err);
}

int cc_request_open(const struct cc_hpke_key *keeper, const struct cc_signed *request,
		    struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf aad = { 0 };

	if (request->body.len > CC_REQUEST_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a body has at most %zu bytes, not %zu",
			       CC_REQUEST_MAX, request->body.len);
	CC_TRY(request_aad(request, &aad, err));
	if (cc_hpke_open_with(keeper, cc_span_str(REQUEST_INFO), cc_buf_span(&aad), request->body,
			      out, err) != 0)
		return cc_wrap(err, "open a request");
	return 0;
}

static int make_signed(const struct cc_digest *request, uint16_t status, struct cc_span body,
		       struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_sized(out, cc_span_str(REPLY_INFO), err));
	CC_TRY(cc_buf_add_sized(out, CC_DIGEST_SPAN(*request), err));
	CC_TRY(cc_buf_add_u32be(out, status, err));
	return cc_buf_add_sized(out, body, err);
}

static int add_signature(const struct cc_key *cas, struct cc_span text, struct cc_buf *out,
			 struct cc_err *err)
{
	struct cc_signature signature = { 0 };

	CC_TRY(cc_sign(cas, text, &signature, err));
	CC_TRY(cc_buf_add_u8(out, ':', err));
	CC_TRY(cc_base64_add(out, cc_span(signature.b, signature.len), err));
	return cc_buf_add_u8(out, ':', err);
}

int cc_reply_seal(const struct cc_reply_plan *plan, struct cc_buf *body, struct cc_buf *signature,
		  struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	size_t from = body->len;

	CC_TRY(check_plain(plan->plain, err));
	CC_TRY(cc_hpke_seal_to(&plan->to->reply_key, cc_span_str(REPLY_INFO),
			       CC_DIGEST_SPAN(plan->to->request), plan->plain, body, err));
	CC_TRY(make_signed(&plan->to->request, plan->status,
			   cc_span_sub(cc_buf_span(body), from, body->len), &text, err));
	return add_signature(plan->cas, cc_buf_span(&text), signature, err);
}

static int verify(const struct cc_sealed_reply *reply, const struct cc_pubkey *cas,
		  const struct cc_digest *pin, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 }, bytes = { 0 };
	const struct cc_span value = reply->signature;
	struct cc_digest hash = { 0 };

	CC_TRY(cc_pubkey_hash(cas, &hash, err));
	if (!cc_digest_eq(&hash, pin))
		return cc_fail(err, CC_E_EVIDENCE, "a reply is signed by another CAS key");
	if (value.len < 2 || value.len > CC_HEADER_MAX || value.at[0] != ':' ||
	    value.at[value.len - 1] != ':')
		return cc_fail(err, CC_E_EVIDENCE, "a reply without a signature of the CAS");
	CC_TRY(cc_base64_parse(cc_span_sub(value, 1, value.len - 2), &bytes, err));
	CC_TRY(make_signed(&reply->request, reply->status, reply->body, &text, err));
	if (cc_verify(cas, cc_buf_span(&text), cc_buf_span(&bytes), err) != 0)
		return cc_wrap(err, "verify a reply");
	return 0;
}

int cc_reply_open(const struct cc_sealed_reply *reply, const struct cc_hpke_key *key,
		  const struct cc_pubkey *cas, const struct cc_digest *pin, struct cc_buf *out,
		  struct cc_err *err)
{
	if (reply->body.len > CC_REQUEST_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a reply has at most %zu bytes, not %zu",
			       CC_REQUEST_MAX, reply->body.len);
	CC_TRY(verify(reply, cas, pin, err));
	if (cc_hpke_open_with(key, cc_span_str(REPLY_INFO), CC_DIGEST_SPAN(reply->request),
			      reply->body, out, err) != 0)
		return cc_wrap(err, "open a reply");
	return 0;
}
