/* SPDX-License-Identifier: Apache-2.0 */
#include "client/api.h"

#include "base/str.h"
#include "base/time.h"
#include "client/document.h"
#include "proto/problem.h"
#include "proto/routes.h"
#include "proto/sealed.h"

#define SEALED_TYPE "application/concordat-sealed"
#define SIGNATURE_HEADER "Concordat-Signature"
#define IDEMPOTENCY_HEADER "Idempotency-Key"
#define IDEMPOTENCY_LEN 16 /* random bytes, as hexadecimal */

struct cc_api {
	struct cc_client *client;
	struct cc_key *key;
	struct cc_document document;
};

/* What was learned when this CAS was attested must still be so. */
static int check_known(const struct cc_document *document, const struct cc_known_cas *cas,
		       struct cc_err *err)
{
	if (cas->has_policy && !cc_digest_eq(&document->policy, &cas->policy)) {
		cc_err_set(err, CC_E_DENIED,
			   "CAS '%s' has another policy than when you attested it", cas->name);
		return cc_hint(err, "look at it and attest it again: concordat cas attest");
	}
	if (cas->has_policy && document->simulation && !cas->simulation) {
		cc_err_set(err, CC_E_DENIED,
			   "CAS '%s' now runs on a SIMULATION, it did not when you attested it",
			   cas->name);
		return cc_hint(err, "send it nothing; ask its operator");
	}
	return 0;
}

static int open_api(struct cc_api *api, const struct cc_home *home, const struct cc_known_cas *cas,
		    struct cc_err *err)
{
	const struct cc_client_plan plan = { .address = cas->address,
					     .pin = &cas->key,
					     .reconnect = true };

	CC_TRY(cc_home_identity(home, &api->key, err));
	CC_TRY(cc_client_open(&plan, &api->client, err));
	CC_TRY(cc_document_fetch(api->client, &cas->key, &api->document, err));
	CC_TRY(check_known(&api->document, cas, err));
	CC_TRY(cc_head_follow(api->client, cas, &api->document.head, err));
	return cc_head_remember(home, cas, &api->document.head, err);
}

int cc_api_open(const struct cc_home *home, const struct cc_known_cas *cas, struct cc_api **out,
		struct cc_err *err)
{
	CC_AUTO_API struct cc_api *api = calloc(1, sizeof(*api));

	if (api == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a connection to a CAS");
	CC_TRY(open_api(api, home, cas, err));
	*out = CC_TAKE(api);
	return 0;
}

void cc_api_free(struct cc_api *api)
{
	if (api == NULL)
		return;
	cc_client_close(api->client);
	cc_key_free(api->key);
	cc_document_clear(&api->document);
	free(api);
}

const struct cc_hpke_public *cc_api_hpke(const struct cc_api *api)
{
	return &api->document.hpke;
}

const struct cc_json *cc_api_cas(const struct cc_api *api)
{
	return api->document.json;
}

static int get_nonce(struct cc_api *api, uint8_t out[static CC_NONCE_LEN], struct cc_err *err)
{
	const struct cc_call call = { .method = "POST",
				      .path = "/v1/challenge",
				      .body = cc_span_str("{}") };
	CC_AUTO_REPLY struct cc_reply reply = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf nonce = { 0 };

	CC_TRY(cc_client_call(api->client, &call, &reply, err));
	if (reply.status != 200)
		return cc_unsigned_refusal(&reply, err);
	CC_TRY(cc_json_parse(cc_buf_span(&reply.body), CC_PROBLEM_MAX, &json, err));
	CC_TRY(cc_json_get_base64(json, "nonce", CC_NONCE_LEN, &nonce, err));
	if (nonce.len != CC_NONCE_LEN)
		return cc_fail(err, CC_E_ARG, "a challenge of %zu bytes", nonce.len);
	memcpy(out, nonce.at, CC_NONCE_LEN);
	return 0;
}

/* One request on its way: the reply is opened with what only this request had. */
struct asking {
	struct cc_signed request;
	struct cc_buf body; /* sealed */
	struct cc_hpke_key *reply_key;
	struct cc_signature_headers headers;
	struct cc_reply reply;
};

static void clear_asking(struct asking *asking)
{
	cc_buf_clear(&asking->body);
	cc_hpke_key_free(asking->reply_key);
	cc_signature_headers_clear(&asking->headers);
	cc_reply_clear(&asking->reply);
}

static int seal(struct cc_api *api, struct asking *asking, const struct cc_json *body,
		struct cc_err *err)
{
	uint8_t nonce[CC_NONCE_LEN];
	struct cc_signature_plan plan = { .key = api->key, .nonce = nonce };
	CC_AUTO_BUF struct cc_buf plain = { 0 };

	if (body != NULL)
		CC_TRY(cc_json_print(body, &plain, err));
	CC_TRY(cc_request_seal(&api->document.hpke, &asking->request, cc_buf_span(&plain),
			       &asking->body, err));
	asking->request.body = cc_buf_span(&asking->body);
	CC_TRY(cc_hpke_key_generate(&asking->reply_key, err));
	CC_TRY(get_nonce(api, nonce, err));
	plan.created = cc_time_now();
	plan.reply_key = cc_hpke_key_public(asking->reply_key);
	return cc_signature_make(&asking->request, &plan, &asking->headers, err);
}

static int send_sealed(struct cc_api *api, struct asking *asking, struct cc_err *err)
{
	struct cc_call_field fields[CC_HEADER_COUNT + 2] = { { "Content-Type", SEALED_TYPE } };
	struct cc_call call = { .method = asking->request.method,
				.path = asking->request.path,
				.fields = fields,
				.count = CC_HEADER_COUNT + 1,
				.body = asking->request.body };

	for (size_t i = 0; i < CC_HEADER_COUNT; i++) {
		fields[i + 1].name = cc_signature_header_name((enum cc_signature_header)i);
		CC_TRY(cc_buf_str(&asking->headers.values[i], &fields[i + 1].value, err));
	}
	if (asking->request.idempotency.len != 0)
		fields[call.count++] =
			(struct cc_call_field){ IDEMPOTENCY_HEADER,
						(const char *)asking->request.idempotency.at };
	return cc_client_call(api->client, &call, &asking->reply, err);
}

/* The keeper's words, of whatever status: signed for this request, sealed to its key. */
static int open_reply(struct cc_api *api, struct asking *asking, struct cc_buf *plain,
		      struct cc_err *err)
{
	const struct cc_http_field *field = NULL;
	struct cc_sealed_reply sealed = { .status = (uint16_t)asking->reply.status,
					  .body = cc_buf_span(&asking->reply.body) };

	CC_TRY(cc_http_only(&asking->reply.head, SIGNATURE_HEADER, &field, err));
	if (field == NULL && asking->reply.status >= 400)
		return cc_unsigned_refusal(&asking->reply, err);
	if (field == NULL)
		return cc_fail(err, CC_E_EVIDENCE, "the answer is not signed by the CAS");
	CC_TRY(cc_sha256(cc_buf_span(&asking->headers.values[CC_HEADER_SIGNATURE]), &sealed.request,
			 err));
	sealed.signature = field->value;
	if (cc_reply_open(&sealed, asking->reply_key, api->document.key, &api->document.key_hash,
			  plain, err) != 0)
		return cc_wrap(err, "the answer of the CAS");
	return 0;
}

static int read_answer(unsigned int status, struct cc_span plain, struct cc_json **answer,
		       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_err said = { 0 };

	if (status >= 400) {
		CC_TRY(cc_problem_parse(plain, &said, err));
		*err = said;
		return -1;
	}
	CC_TRY(cc_json_parse(plain, CC_REQUEST_MAX, &json, err));
	if (!cc_json_is_object(json))
		return cc_fail(err, CC_E_ARG, "the answer of the CAS is not an object");
	*answer = CC_TAKE(json);
	return 0;
}

/* *unanswered: nobody knows whether it was done. */
static int ask_once(struct cc_api *api, const struct cc_signed *request, const struct cc_json *body,
		    struct cc_json **answer, bool *unanswered, struct cc_err *err)
{
	CC_CLEANUP(clear_asking) struct asking asking = { .request = *request };
	CC_AUTO_BUF struct cc_buf plain = { 0 };

	*unanswered = false;
	CC_TRY(seal(api, &asking, body, err));
	if (send_sealed(api, &asking, err) != 0) {
		*unanswered = err->code == CC_E_UNAVAILABLE;
		return -1;
	}
	CC_TRY(open_reply(api, &asking, &plain, err));
	return read_answer(asking.reply.status, cc_buf_span(&plain), answer, err);
}

static int draw_key(char out[static 2 * IDEMPOTENCY_LEN + 1], struct cc_err *err)
{
	uint8_t random[IDEMPOTENCY_LEN] = { 0 };

	CC_TRY(cc_random(CC_MUT(random), err));
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(out + 2 * i, 3, "%02x", random[i]);
	return 0;
}

int cc_api_call(struct cc_api *api, const char *method, const char *path,
		const struct cc_json *body, struct cc_json **answer, struct cc_err *err)
{
	struct cc_signed request = { .method = method, .path = path };
	enum cc_operation operation = CC_OP_NONE;
	char key[2 * IDEMPOTENCY_LEN + 1] = "";
	struct cc_span argument = { 0 };
	struct cc_err lost = { 0 };
	bool unanswered = false;

	/* Names come from command lines: the CAS would refuse them in fewer words. */
	CC_TRY(cc_route_find(method, cc_span_str(path), &operation, &argument, err));
	if (!cc_str_eq(method, "GET")) {
		CC_TRY(draw_key(key, err));
		request.idempotency = cc_span_str(key);
	}
	if (ask_once(api, &request, body, answer, &unanswered, &lost) == 0)
		return 0;
	if (unanswered)
		return ask_once(api, &request, body, answer, &unanswered, err);
	*err = lost;
	return -1;
}
