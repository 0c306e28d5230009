/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/https.h"

#include "base/str.h"
#include "base/time.h"

#define PORT 443
/* Head and body of an answer, and what chunks add. */
#define ANSWER_MAX (CC_HTTP_HEAD_MAX + 2 * CC_AZURE_BODY_MAX)

struct cc_https {
	struct cc_asked *asked;
	void (*done)(struct cc_asked *asked, const struct cc_err *why);
	uint32_t id;
	uint64_t until_ms;
	struct cc_exchange *exchange;
	struct cc_buf answer; /* what was heard of it, opened */
};

void cc_https_free(struct cc_https *https)
{
	if (https == NULL)
		return;
	cc_exchange_free(https->exchange);
	cc_buf_clear(&https->answer);
	free(https);
}

static int tell_web(const struct cc_https *https, const char *address, struct cc_span bytes,
		    struct cc_err *err)
{
	struct cc_message message = { .type = CC_STREAM_SAY, .id = https->id };

	message.fields[CC_SAY_ADDRESS] = cc_span_str(address);
	message.fields[CC_SAY_BYTES] = bytes;
	return cc_wire_send(https->asked->keeper->webs[0], &message, err);
}

static void end(struct cc_https *https, const struct cc_err *why)
{
	struct cc_asked *asked = https->asked;
	void (*done)(struct cc_asked *, const struct cc_err *) = https->done;
	struct cc_err ignored = { 0 };

	cc_ignore(tell_web(https, "", cc_span(NULL, 0), &ignored));
	asked->keeper->https[https->id % CC_HTTPS_MAX] = NULL;
	cc_https_free(https);
	done(asked, why);
}

/* Whatever the service is to the keeper: the program that waits may try again, or its owner act. */
static void fail(struct cc_https *https, struct cc_err *err)
{
	if (err->hint[0] == '\0')
		cc_err_hint(err,
			    "whoever runs this CAS looks whether it reaches '%.200s', and "
			    "tries again",
			    https->asked->answers.lacking.host);
	cc_err_wrap(err, "ask '%.200s'", https->asked->answers.lacking.host);
	end(https, err);
}

/* Bytes that came; what is to go, goes. */
static int step(struct cc_https *https, const char *address, struct cc_span in, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err ignored = { 0 };

	if (cc_exchange_step(https->exchange, in, &out, &https->answer, err) != 0) {
		if (out.len != 0) /* an alert: the other end hears why */
			cc_ignore(tell_web(https, address, cc_buf_span(&out), &ignored));
		return -1;
	}
	return out.len == 0 ? 0 : tell_web(https, address, cc_buf_span(&out), err);
}

static int hear(struct cc_https *https, const struct cc_message *message, bool *is_whole,
		struct cc_err *err)
{
	struct cc_span why = message->fields[CC_HEAR_END];
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_http_head head = { 0 };
	struct cc_outside_answer answer = { 0 };

	CC_TRY(step(https, "", message->fields[CC_HEAR_BYTES], err));
	CC_TRY(cc_http_take_answer(cc_buf_span(&https->answer), CC_AZURE_BODY_MAX, &head, &body,
				   is_whole, err));
	if (!*is_whole && why.len != 0)
		return cc_fail(err, CC_E_UNAVAILABLE, "%.*s", (int)(why.len > 200 ? 200 : why.len),
			       (const char *)why.at);
	if (!*is_whole)
		return 0;
	answer = (struct cc_outside_answer){ head.status, cc_buf_span(&body) };
	return cc_answers_add(&https->asked->answers, &answer, err);
}

void cc_https_heard(struct cc_keeper *keeper, const struct cc_message *message)
{
	struct cc_https *https = keeper->https[message->id % CC_HTTPS_MAX];
	struct cc_err err = { 0 };
	bool is_whole = false;

	if (https == NULL || https->id != message->id)
		return;
	if (hear(https, message, &is_whole, &err) != 0)
		fail(https, &err);
	else if (is_whole)
		end(https, NULL);
}

void cc_https_tick(struct cc_keeper *keeper, uint64_t now_ms)
{
	for (size_t i = 0; i < CC_HTTPS_MAX; i++) {
		struct cc_https *https = keeper->https[i];
		struct cc_err err = { 0 };

		if (https == NULL || now_ms < https->until_ms)
			continue;
		cc_err_set(&err, CC_E_UNAVAILABLE, "no answer in %d s", CC_HTTPS_LIFE_MS / 1000);
		fail(https, &err);
	}
}

static int find_place(struct cc_keeper *keeper, uint32_t *out, struct cc_err *err)
{
	for (size_t i = 0; i < CC_HTTPS_MAX; i++) {
		*out = keeper->next_https++;
		if (keeper->https[*out % CC_HTTPS_MAX] == NULL)
			return 0;
	}
	return cc_fail(err, CC_E_UNAVAILABLE, "too many services outside are being asked");
}

static int begin(struct cc_https *https, struct cc_err *err)
{
	const struct cc_keeper *keeper = https->asked->keeper;
	const struct cc_outside_ask *ask = &https->asked->answers.lacking;
	CC_AUTO_FREE char *address = NULL;

	if (keeper->outside_via != NULL)
		CC_TRY(cc_str_dup(keeper->outside_via, &address, err));
	else
		CC_TRY(cc_strf(&address, err, "%s:%d", ask->host, PORT));
	CC_TRY(cc_exchange_new(keeper->trust, ask->host, cc_buf_span(&ask->request),
			       &https->exchange, err));
	return step(https, address, cc_span(NULL, 0), err);
}

int cc_https_start(struct cc_asked *asked,
		   void (*done)(struct cc_asked *asked, const struct cc_err *why),
		   struct cc_err *err)
{
	struct cc_keeper *keeper = asked->keeper;
	struct cc_https *https = NULL;
	uint32_t id = 0;

	if (keeper->trust == NULL)
		return cc_fail(err, CC_E_BUG, "a service outside is asked without roots");
	CC_TRY(find_place(keeper, &id, err));
	https = calloc(1, sizeof(*https));
	if (https == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a request");
	*https = (struct cc_https){ .asked = asked,
				    .done = done,
				    .id = id,
				    .until_ms = cc_time_monotonic_ms() + CC_HTTPS_LIFE_MS,
				    .answer = { .max = ANSWER_MAX } };
	if (begin(https, err) != 0) {
		cc_https_free(https);
		return -1;
	}
	keeper->https[id % CC_HTTPS_MAX] = https;
	return 0;
}
