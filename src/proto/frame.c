/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/frame.h"

#include "crypto/aead.h"

#define VERSION 1
#define SALT_LEN 32
#define INFO "concordat frame 1"

/* The key is fresh for each frame, so the nonce may stay: no pair is used twice. */
static const struct cc_aead_nonce no_nonce = { 0 };

struct head {
	uint8_t session[CC_SESSION_LEN];
	uint64_t seq;
	struct cc_span aad, salt, sealed;
	struct cc_aead_tag tag;
};

void cc_frames_clear(struct cc_frames *frames)
{
	cc_secret_free(frames->up);
	cc_secret_free(frames->down);
	*frames = (struct cc_frames){ 0 };
}

int cc_frames_from(const struct cc_hpke *hpke, const uint8_t session[static CC_SESSION_LEN],
		   struct cc_frames *out, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *up = NULL, *down = NULL;

	CC_TRY(cc_hpke_export(hpke, cc_span_str("concordat frames up 1"), 32, &up, err));
	CC_TRY(cc_hpke_export(hpke, cc_span_str("concordat frames down 1"), 32, &down, err));
	*out = (struct cc_frames){ .up = CC_TAKE(up), .down = CC_TAKE(down) };
	memcpy(out->session, session, CC_SESSION_LEN);
	return 0;
}

static int parse(struct cc_span frame, struct head *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(frame);
	uint8_t version = 0;

	if (frame.len > CC_FRAME_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a frame has at most %zu bytes, not %zu",
			       CC_FRAME_MAX, frame.len);
	CC_TRY(cc_read_u8(&r, "frame version", &version, err));
	if (version != VERSION)
		return cc_fail(err, CC_E_ARG, "frame version %u is not known",
			       (unsigned int)version);
	CC_TRY(cc_read_copy(&r, "frame session", CC_MUT(out->session), err));
	CC_TRY(cc_read_u64be(&r, "frame number", &out->seq, err));
	CC_TRY(cc_read_span(&r, SALT_LEN, "frame salt", &out->salt, err));
	if (r.rest.len < CC_AEAD_TAG_LEN)
		return cc_fail(err, CC_E_ARG, "a frame ends before its tag");
	out->aad = cc_span(frame.at, CC_FRAME_HEAD);
	CC_TRY(cc_read_span(&r, r.rest.len - CC_AEAD_TAG_LEN, "frame", &out->sealed, err));
	return cc_read_copy(&r, "frame tag", CC_MUT(out->tag.b), err);
}

int cc_frame_session(struct cc_span frame, uint8_t out[static CC_SESSION_LEN], struct cc_err *err)
{
	struct head head = { 0 };

	CC_TRY(parse(frame, &head, err));
	memcpy(out, head.session, CC_SESSION_LEN);
	return 0;
}

static int frame_aead(const struct cc_secret *direction, struct cc_span salt, struct cc_aead **out,
		      struct cc_err *err)
{
	return cc_aead_derive(direction, salt, cc_span_str(INFO), out, err);
}

static int seal(const struct cc_frames *frames, const struct cc_secret *direction, uint64_t seq,
		struct cc_span plain, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_AEAD struct cc_aead *aead = NULL;
	CC_AUTO_BUF struct cc_buf head = { 0 };
	struct cc_aead_tag tag = { 0 };
	uint8_t salt[SALT_LEN] = { 0 };
	struct cc_mut room = { 0 };

	if (plain.len > CC_FRAME_MAX - CC_FRAME_HEAD - CC_AEAD_TAG_LEN)
		return cc_fail(err, CC_E_TOOBIG, "%zu bytes are too many for a frame", plain.len);
	CC_TRY(cc_random(CC_MUT(salt), err));
	CC_TRY(frame_aead(direction, CC_SPAN(salt), &aead, err));
	CC_TRY(cc_buf_add_u8(&head, VERSION, err));
	CC_TRY(cc_buf_add(&head, CC_SPAN(frames->session), err));
	CC_TRY(cc_buf_add_u64be(&head, seq, err));
	CC_TRY(cc_buf_add(&head, CC_SPAN(salt), err));
	CC_TRY(cc_buf_add(out, cc_buf_span(&head), err));
	CC_TRY(cc_buf_extend(out, plain.len, &room, err));
	CC_TRY(cc_aead_seal(aead, &no_nonce, cc_buf_span(&head), plain, room, &tag, err));
	return cc_buf_add(out, CC_SPAN(tag.b), err);
}

static int open_frame(const struct cc_frames *frames, const struct cc_secret *direction,
		      const struct head *head, struct cc_buf *plain, struct cc_err *err)
{
	CC_AUTO_AEAD struct cc_aead *aead = NULL;
	struct cc_mut room = { 0 };

	if (!cc_bytes_equal(head->session, frames->session, CC_SESSION_LEN))
		return cc_fail(err, CC_E_TAMPERED, "a frame is of another session");
	CC_TRY(frame_aead(direction, head->salt, &aead, err));
	CC_TRY(cc_buf_extend(plain, head->sealed.len, &room, err));
	if (cc_aead_open(aead, &no_nonce, head->aad, head->sealed, &head->tag, room, err) != 0) {
		plain->len -= head->sealed.len;
		return cc_wrap(err, "open a frame");
	}
	return 0;
}

int cc_frame_ask(struct cc_frames *frames, struct cc_span plain, struct cc_buf *out,
		 struct cc_err *err)
{
	if (frames->asked)
		return cc_fail(err, CC_E_BUG, "frame %llu waits for its answer: send it again",
			       (unsigned long long)frames->next);
	CC_TRY(seal(frames, frames->up, frames->next, plain, out, err));
	frames->asked = true;
	return 0;
}

/* What was opened but must not be used. */
static int drop(struct cc_buf *plain, size_t from)
{
	cc_wipe(plain->at + from, plain->len - from);
	plain->len = from;
	return cc_failed();
}

int cc_frame_answered(struct cc_frames *frames, struct cc_span frame, struct cc_buf *plain,
		      struct cc_err *err)
{
	size_t from = plain->len;
	struct head head = { 0 };

	if (!frames->asked)
		return cc_fail(err, CC_E_STALE, "an answer without a question");
	CC_TRY(parse(frame, &head, err));
	CC_TRY(open_frame(frames, frames->down, &head, plain, err));
	if (head.seq != frames->next) {
		cc_err_set(err, CC_E_STALE, "the answer to frame %llu came for frame %llu",
			   (unsigned long long)head.seq, (unsigned long long)frames->next);
		return drop(plain, from);
	}
	frames->asked = false;
	frames->next++;
	return 0;
}

int cc_frame_take(struct cc_frames *frames, struct cc_span frame, struct cc_buf *plain,
		  bool *repeated, struct cc_err *err)
{
	size_t from = plain->len;
	struct cc_digest hash = { 0 };
	struct head head = { 0 };

	CC_TRY(parse(frame, &head, err));
	CC_TRY(cc_sha256(frame, &hash, err));
	CC_TRY(open_frame(frames, frames->up, &head, plain, err));
	*repeated = frames->next > 0 && head.seq == frames->next - 1 &&
		    cc_digest_eq(&hash, &frames->last);
	if (*repeated)
		return 0;
	if (head.seq != frames->next) {
		cc_err_set(err, CC_E_STALE, "frame %llu is not the next one, %llu",
			   (unsigned long long)head.seq, (unsigned long long)frames->next);
		return drop(plain, from);
	}
	frames->last = hash;
	frames->next++;
	return 0;
}

int cc_frame_take_late(struct cc_frames *frames, struct cc_span frame, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { 0 };
	struct head head = { 0 };

	CC_TRY(parse(frame, &head, err));
	CC_TRY(open_frame(frames, frames->up, &head, &plain, err));
	if (head.seq == UINT64_MAX)
		return cc_fail(err, CC_E_STALE, "no frame follows the last number");
	frames->next = head.seq + 1;
	return 0;
}

int cc_frame_answer(const struct cc_frames *frames, struct cc_span plain, struct cc_buf *out,
		    struct cc_err *err)
{
	if (frames->next == 0)
		return cc_fail(err, CC_E_BUG, "an answer before the first question");
	return seal(frames, frames->down, frames->next - 1, plain, out, err);
}
