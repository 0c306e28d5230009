/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/session.h"

#include <errno.h>
#include <pthread.h>

#include "base/str.h"
#include "base/time.h"
#include "codec/json.h"
#include "codec/text.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_MOST_MS 5000
#define ANSWER_MAX ((size_t)64 * 1024)
#define EPOCH_KEY_LEN 32

struct cc_session {
	struct cc_link link;
	struct cc_frames frames;
	uint64_t patience_ms;
	char path[64];
	pthread_mutex_t lock;
	bool over;
};

int cc_session_new(const struct cc_link *link, struct cc_frames *frames, uint64_t patience_ms,
		   struct cc_session **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf hex = { 0 };
	struct cc_session *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return cc_fail_sys(err, ENOMEM, "make a session");
	if (cc_hex_add(&hex, cc_span(frames->session, CC_SESSION_LEN), err) != 0) {
		free(made);
		return -1;
	}
	made->link = *link;
	made->patience_ms = patience_ms;
	made->frames = *frames;
	*frames = (struct cc_frames){ 0 };
	(void)snprintf(made->path, sizeof(made->path), "/v1/sessions/%.*s/frames", (int)hex.len,
		       (const char *)hex.at);
	(void)pthread_mutex_init(&made->lock, NULL);
	*out = made;
	return 0;
}

void cc_session_free(struct cc_session *session)
{
	if (session == NULL)
		return;
	cc_frames_clear(&session->frames);
	(void)pthread_mutex_destroy(&session->lock);
	free(session);
}

/* Send the question once and open its answer. */
static int try_once(struct cc_session *session, struct cc_span question, bool fresh,
		    struct cc_buf *plain, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf reply = { .max = CC_FRAME_MAX };
	struct cc_digest unused;

	if (fresh)
		CC_TRY(session->link.connect(session->link.ctx, &unused, err));
	CC_TRY(session->link.request(session->link.ctx, session->path, question,
				     "application/octet-stream", &reply, err));
	return cc_frame_answered(&session->frames, cc_buf_span(&reply), plain, err);
}

static void pause_ms(uint64_t ms)
{
	const struct timespec span = { .tv_sec = (time_t)(ms / 1000),
				       .tv_nsec = (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&span, NULL);
}

/* The same bytes until the answer comes or the time is over. */
static int exchange(struct cc_session *session, struct cc_span question, struct cc_buf *plain,
		    struct cc_err *err)
{
	uint64_t end = cc_time_monotonic_ms() + session->patience_ms, wait = PAUSE_FIRST_MS;
	struct cc_err why = { 0 };

	for (bool fresh = false; try_once(session, question, fresh, plain, &why) != 0;
	     fresh = true) {
		uint64_t now = cc_time_monotonic_ms();

		if (now >= end) {
			*err = why;
			err->code = CC_E_UNAVAILABLE;
			cc_err_wrap(err, "no answer from the CAS for %u seconds",
				    (unsigned int)(session->patience_ms / 1000));
			return cc_hint(err,
				       "see whether the CAS and its witnesses run and the host "
				       "lets us reach them, then start the run again");
		}
		pause_ms(wait < end - now ? wait : end - now);
		wait = 2 * wait < PAUSE_MOST_MS ? 2 * wait : PAUSE_MOST_MS;
	}
	return 0;
}

/* {"error": {"code", "text", "hint"}}, from the keeper itself. */
static int refusal(const struct cc_json *answer, struct cc_err *err)
{
	const struct cc_json *error = NULL;
	const char *code = NULL, *text = NULL, *hint = NULL;
	enum cc_code named = CC_OK;

	CC_TRY(cc_json_get_object(answer, "error", &error, err));
	CC_TRY(cc_json_get_str(error, "code", &code, err));
	CC_TRY(cc_json_get_str(error, "text", &text, err));
	named = cc_code_named(code);
	cc_err_set(err, named != CC_OK ? named : CC_E_BUG, "the CAS refuses: %s", text);
	if (cc_json_has(error, "hint") && cc_json_get_str(error, "hint", &hint, err) == 0 &&
	    hint[0] != '\0')
		cc_err_hint(err, "%s", hint);
	return -1;
}

static int answer_read(struct cc_span plain, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *answer = NULL;
	bool good = false;

	CC_TRY(cc_json_parse(plain, ANSWER_MAX, &answer, err));
	if (cc_json_has(answer, "error"))
		return refusal(answer, err);
	CC_TRY(cc_json_get_bool(answer, "ok", &good, err));
	if (!good)
		return cc_fail(err, CC_E_BUG, "the CAS neither agrees nor says why not");
	*out = CC_TAKE(answer);
	return 0;
}

static int ask_locked(struct cc_session *session, const struct cc_json *message,
		      struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { 0 }, question = { 0 }, answer = { 0 };

	if (session->over)
		return cc_fail(err, CC_E_UNAVAILABLE, "an earlier message got no answer");
	CC_TRY(cc_json_print(message, &plain, err));
	CC_TRY(cc_frame_ask(&session->frames, cc_buf_span(&plain), &question, err));
	if (exchange(session, cc_buf_span(&question), &answer, err) != 0) {
		session->over = true;
		return -1;
	}
	return answer_read(cc_buf_span(&answer), out, err);
}

static int ask_for(struct cc_session *session, const struct cc_json *message, struct cc_json **out,
		   struct cc_err *err)
{
	int result = 0;

	(void)pthread_mutex_lock(&session->lock);
	result = ask_locked(session, message, out, err);
	(void)pthread_mutex_unlock(&session->lock);
	return result;
}

static int ask(struct cc_session *session, const struct cc_json *message, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *unused = NULL;

	return ask_for(session, message, &unused, err);
}

static int message_new(const char *type, struct cc_json **out, struct cc_err *err)
{
	CC_TRY(cc_json_object(out, err));
	return cc_json_set_str(*out, "type", type, err);
}

static int commit_set(struct cc_json *json, const struct cc_session_commit *commit,
		      struct cc_err *err)
{
	CC_TRY(cc_json_set_str(json, "volume", commit->volume, err));
	CC_TRY(cc_json_set_u64(json, "number", commit->number, err));
	return cc_json_set_hex(json, "tag", CC_DIGEST_SPAN(commit->tag), err);
}

int cc_session_tag(struct cc_session *session, const struct cc_session_commit *commit,
		   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *message = NULL;

	CC_TRY(message_new("tag", &message, err));
	CC_TRY(commit_set(message, commit, err));
	if (ask(session, message, err) != 0)
		return cc_wrap(err, "name the state of volume '%s'", commit->volume);
	return 0;
}

static int epoch_read(const struct cc_json *answer, struct cc_session_epoch *out,
		      struct cc_err *err)
{
	const struct cc_json *epoch = NULL;
	CC_AUTO_BUF struct cc_buf key = { 0 };

	CC_TRY(cc_json_get_object(answer, "epoch", &epoch, err));
	CC_TRY(cc_json_get_u64(epoch, "epoch", CC_JSON_INTEGER_MAX, &out->epoch, err));
	CC_TRY(cc_json_get_hex(epoch, "state", CC_MUT(out->state), err));
	CC_TRY(cc_json_get_base64(epoch, "key", EPOCH_KEY_LEN, &key, err));
	if (key.len != EPOCH_KEY_LEN)
		return cc_fail(err, CC_E_ARG, "the key of an epoch has %zu bytes", key.len);
	return cc_secret_from(cc_buf_span(&key), &out->key, err);
}

int cc_session_epoch(struct cc_session *session, const struct cc_session_commit *last,
		     struct cc_session_epoch *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *message = NULL, *answer = NULL;

	CC_TRY(message_new("epoch", &message, err));
	CC_TRY(commit_set(message, last, err));
	if (ask_for(session, message, &answer, err) != 0 || epoch_read(answer, out, err) != 0)
		return cc_wrap(err, "ask for the next epoch of volume '%s'", last->volume);
	return 0;
}

static int commits_set(struct cc_json *message, const struct cc_session_commit *commits,
		       size_t count, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < count; i++) {
		CC_AUTO_JSON struct cc_json *one = NULL;

		CC_TRY(cc_json_object(&one, err));
		CC_TRY(commit_set(one, &commits[i], err));
		CC_TRY(cc_json_set_hex(one, "content", CC_DIGEST_SPAN(commits[i].content), err));
		CC_TRY(cc_json_set_u64(one, "oldest", commits[i].oldest, err));
		CC_TRY(cc_json_add(list, CC_TAKE(one), err));
	}
	return cc_json_set(message, "volumes", CC_TAKE(list), err);
}

int cc_session_complete(struct cc_session *session, const struct cc_session_commit *commits,
			size_t count, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *message = NULL;

	CC_TRY(message_new("complete", &message, err));
	CC_TRY(cc_json_set_u64(message, "exit", 0, err));
	CC_TRY(commits_set(message, commits, count, err));
	if (ask(session, message, err) != 0)
		return cc_wrap(err, "complete the run");
	return 0;
}

static int paper_set(struct cc_json *message, const struct cc_vote *vote,
		     const struct cc_key *signer, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *paper = NULL;
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_signature signature = { 0 };

	CC_TRY(cc_vote_sign(vote, signer, &signature, err));
	CC_TRY(cc_pubkey_to_der(cc_key_public(signer), &der, err));
	CC_TRY(cc_json_object(&paper, err));
	CC_TRY(cc_json_set_str(paper, "choice", cc_vote_choice_name(vote->choice), err));
	CC_TRY(cc_json_set_str(paper, "reason", vote->reason, err));
	CC_TRY(cc_json_set_u64(paper, "number", vote->number, err));
	CC_TRY(cc_json_set_u64(paper, "expires", (uint64_t)vote->expires, err));
	CC_TRY(cc_json_set_base64(paper, "public_key", cc_buf_span(&der), err));
	CC_TRY(cc_json_set_base64(paper, "signature", cc_span(signature.b, signature.len), err));
	return cc_json_set(message, "vote", CC_TAKE(paper), err);
}

int cc_session_vote(struct cc_session *session, const struct cc_vote *vote,
		    const struct cc_key *signer, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *message = NULL;

	CC_TRY(message_new("vote", &message, err));
	CC_TRY(cc_json_set_hex(message, "proposal", CC_SPAN(vote->proposal), err));
	CC_TRY(paper_set(message, vote, signer, err));
	if (ask(session, message, err) != 0)
		return cc_wrap(err, "vote on a proposal about policy '%s'", vote->policy);
	return 0;
}

int cc_session_fail(struct cc_session *session, bool by_signal, unsigned int number,
		    const char *reason, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *message = NULL;

	CC_TRY(message_new("fail", &message, err));
	CC_TRY(cc_json_set_u64(message, by_signal ? "signal" : "exit", number, err));
	CC_TRY(cc_json_set_str(message, "reason", reason, err));
	if (ask(session, message, err) != 0)
		return cc_wrap(err, "report the failure");
	return 0;
}
