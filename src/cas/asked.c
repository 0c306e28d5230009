/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/asked.h"

#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"
#include "crypto/x509.h"
#include "proto/problem.h"
#include "proto/sealed.h"

#define JSON_TYPE "application/json"
#define SEALED_TYPE "application/concordat-sealed"

void cc_asked_free(struct cc_asked *asked)
{
	if (asked == NULL)
		return;
	free(asked->argument);
	free(asked->query);
	free(asked->idempotency);
	cc_signer_clear(&asked->signer);
	cc_buf_clear(&asked->body);
	cc_json_free(asked->json);
	cc_result_clear(&asked->result);
	cc_attest_clear(&asked->attest);
	cc_release_clear(&asked->release);
	cc_buf_clear(&asked->frame);
	cc_peer_ask_clear(&asked->peer);
	if (asked->asker != NULL)
		cc_document_clear(asked->asker);
	free(asked->asker);
	cc_peers_clear(&asked->peers);
	cc_answers_clear(&asked->answers);
	free(asked);
}

/* The path as it was signed: the route's pattern with the argument in its place. */
static int signed_path(const struct cc_route *route, const char *argument, char **out,
		       struct cc_err *err)
{
	const char *star = strchr(route->path, '*');

	if (star == NULL)
		return cc_str_dup(route->path, out, err);
	return cc_strf(out, err, "%.*s%s%s", (int)(star - route->path), route->path, argument,
		       star + 1);
}

static int open_signed(struct cc_asked *asked, const struct cc_route *route,
		       const struct cc_message *message, struct cc_err *err)
{
	struct cc_signed request = { .method = route->method,
				     .body = message->fields[CC_REQUEST_BODY],
				     .idempotency = message->fields[CC_REQUEST_IDEMPOTENCY] };
	struct cc_span values[CC_HEADER_COUNT];
	CC_AUTO_FREE char *path = NULL;
	struct cc_digest nonce = { 0 };

	CC_TRY(cc_values_parse(message->fields[CC_REQUEST_SIGNATURE], values, CC_HEADER_COUNT,
			       err));
	CC_TRY(signed_path(route, asked->argument, &path, err));
	request.path = path;
	CC_TRY(cc_signature_verify(&request, values, &asked->signer, err));
	memcpy(nonce.b, asked->signer.nonce, sizeof(nonce.b));
	asked->is_signed = true;
	CC_TRY(cc_nonces_take(asked->keeper->nonces, &nonce, cc_time_monotonic_ms(), err));
	asked->caller.known = asked->proven = true;
	asked->caller.key = asked->signer.key_hash;
	return cc_request_open(asked->keeper->cas.keys.hpke, &request, &asked->body, err);
}

/* What web says of a TLS certificate: good for who chose to be known by it. */
static int take_transport(struct cc_asked *asked, struct cc_span der, struct cc_err *err)
{
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	int64_t from = 0, until = 0, now = cc_time_now();

	CC_TRY(cc_cert_from_der(der, &cert, err));
	cc_cert_window(cert, &from, &until);
	if (now < from || now > until)
		return cc_fail(err, CC_E_EXPIRED, "the client certificate is %s",
			       now < from ? "not valid yet" : "no longer valid");
	CC_TRY(cc_cert_holder(cert, &asked->caller.key, err));
	asked->caller.known = asked->caller.transport = asked->proven = true;
	return 0;
}

static int identify(struct cc_asked *asked, const struct cc_message *message, struct cc_err *err)
{
	const struct cc_route *route = cc_route_of(asked->operation);
	struct cc_span peer = message->fields[CC_REQUEST_PEER];

	if (route == NULL)
		return cc_fail(err, CC_E_BUG, "web asks for operation %u", asked->operation);
	if (message->fields[CC_REQUEST_SIGNATURE].len != 0 && route->access == CC_ROUTE_IDENTITY)
		return open_signed(asked, route, message, err);
	if (peer.len != 0 && route->access == CC_ROUTE_IDENTITY)
		CC_TRY(take_transport(asked, peer, err));
	return cc_buf_add(&asked->body, message->fields[CC_REQUEST_BODY], err);
}

static int fill(struct cc_asked *asked, const struct cc_message *message, struct cc_err *err)
{
	asked->operation = (enum cc_operation)message->fields[CC_REQUEST_OPERATION].at[0];
	memcpy(asked->exporter.b, message->fields[CC_REQUEST_EXPORTER].at, 32);
	CC_TRY(cc_str_from(message->fields[CC_REQUEST_ARGUMENT], &asked->argument, err));
	CC_TRY(cc_str_from(message->fields[CC_REQUEST_QUERY], &asked->query, err));
	CC_TRY(cc_str_from(message->fields[CC_REQUEST_IDEMPOTENCY], &asked->idempotency, err));
	if (asked->idempotency[0] != '\0')
		CC_TRY(cc_idempotency_check(cc_span_str(asked->idempotency), err));
	return identify(asked, message, err);
}

int cc_asked_new(struct cc_keeper *keeper, struct cc_wire *web, const struct cc_message *message,
		 struct cc_asked **out, struct cc_err *err)
{
	struct cc_asked *asked = calloc(1, sizeof(*asked));

	*out = asked;
	if (asked == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a request");
	asked->keeper = keeper;
	asked->web = web;
	asked->id = message->id;
	return fill(asked, message, err);
}

static void send(const struct cc_asked *asked, unsigned int status, const char *type,
		 struct cc_span headers, struct cc_span body)
{
	const uint8_t code[2] = { (uint8_t)(status >> 8), (uint8_t)status };
	struct cc_message message = { .type = CC_REPLY, .id = asked->id };
	struct cc_err err = { 0 };

	message.fields[CC_REPLY_STATUS] = CC_SPAN(code);
	message.fields[CC_REPLY_TYPE] = cc_span_str(type);
	message.fields[CC_REPLY_HEADERS] = headers;
	message.fields[CC_REPLY_BODY] = body;
	if (asked->web != NULL && cc_wire_send(asked->web, &message, &err) != 0)
		cc_log_err(CC_LOG_WARN, "answer to web", &err);
}

/* A body for this caller alone: sealed and signed, or plain for transport identities. */
static void send_body(struct cc_asked *asked, unsigned int status, const char *type,
		      struct cc_span plain)
{
	CC_AUTO_BUF struct cc_buf body = { 0 }, signature = { 0 };
	const struct cc_reply_plan plan = { .to = &asked->signer,
					    .cas = asked->keeper->cas.keys.cas,
					    .status = (uint16_t)status,
					    .plain = plain };
	struct cc_err err = { 0 };

	if (!asked->is_signed) {
		send(asked, status, type, cc_span(NULL, 0), plain);
		return;
	}
	if (cc_reply_seal(&plan, &body, &signature, &err) == 0)
		send(asked, status, SEALED_TYPE, cc_buf_span(&signature), cc_buf_span(&body));
	else
		cc_log_err(CC_LOG_ERROR, "seal an answer", &err);
}

void cc_asked_answer(struct cc_asked *asked, unsigned int status, const struct cc_json *json)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	if (cc_json_print(json, &text, &err) != 0) {
		cc_asked_refuse(asked, &err);
		return;
	}
	send_body(asked, status, JSON_TYPE, cc_buf_span(&text));
	cc_asked_free(asked);
}

void cc_asked_text(struct cc_asked *asked, const char *type, struct cc_span text)
{
	send_body(asked, asked->result.status, type, text);
	cc_asked_free(asked);
}

void cc_asked_bytes(struct cc_asked *asked, const char *type, struct cc_span body)
{
	send(asked, 200, type, cc_span(NULL, 0), body);
	cc_asked_free(asked);
}

/* A number that the log line and the answer share. */
static void make_reference(char out[static 17])
{
	uint8_t random[8] = { 0 };
	struct cc_err ignored = { 0 };

	cc_ignore(cc_random(CC_MUT(random), &ignored));
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(out + 2 * i, 3, "%02x", random[i]);
}

void cc_asked_refuse(struct cc_asked *asked, const struct cc_err *why)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	char reference[17], what[96];
	const struct cc_route *route = cc_route_of(asked->operation);
	struct cc_err err = { 0 };
	int done = 0;

	make_reference(reference);
	(void)snprintf(what, sizeof(what), "refused %s, reference %s",
		       route != NULL ? route->name : "a request", reference);
	cc_log_err(CC_LOG_INFO, what, why);
	if (asked->words != NULL)
		done = cc_session_refusal(asked->words, why, asked->proven, reference, &text, &err);
	else
		done = asked->proven ? cc_problem_print(why, &text, &err)
				     : cc_problem_print_bare(why, reference, &text, &err);
	if (done != 0)
		cc_log_err(CC_LOG_ERROR, "print a problem", &err);
	send_body(asked, (unsigned int)cc_code_info(why->code)->http_status,
		  asked->words != NULL ? JSON_TYPE : CC_PROBLEM_TYPE, cc_buf_span(&text));
	cc_asked_free(asked);
}
