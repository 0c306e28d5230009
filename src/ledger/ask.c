/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ask.h"

#include "base/str.h"
#include "codec/text.h"

int cc_witness_request(const struct cc_witness_ask *ask, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_addf(out, err, "old %llu\n", (unsigned long long)ask->old));
	for (size_t i = 0; i < ask->proof.count; i++) {
		CC_TRY(cc_base64_add(out, CC_DIGEST_SPAN(ask->proof.hashes[i]), err));
		CC_TRY(cc_buf_add_str(out, "\n", err));
	}
	CC_TRY(cc_buf_add_str(out, "\n", err));
	return cc_buf_add(out, ask->note, err);
}

/* The next line, without its newline. */
static int read_line(struct cc_span *rest, struct cc_span *out, struct cc_err *err)
{
	const uint8_t *end = rest->len != 0 ? memchr(rest->at, '\n', rest->len) : NULL;

	if (end == NULL)
		return cc_fail(err, CC_E_ARG,
			       "request for a cosignature ends before its checkpoint");
	*out = cc_span_sub(*rest, 0, (size_t)(end - rest->at));
	*rest = cc_span_sub(*rest, out->len + 1, rest->len);
	return 0;
}

static int read_hash(struct cc_span line, struct cc_tree_proof *proof, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf hash = { 0 };

	if (proof->count == CC_TREE_PROOF_MAX)
		return cc_fail(err, CC_E_ARG, "consistency proof has more than %d hashes",
			       CC_TREE_PROOF_MAX);
	CC_TRY(cc_base64_parse(line, &hash, err));
	if (hash.len != sizeof(proof->hashes[0].b))
		return cc_fail(err, CC_E_ARG, "hash %zu of the proof has %zu bytes", proof->count,
			       hash.len);
	memcpy(proof->hashes[proof->count++].b, hash.at, hash.len);
	return 0;
}

int cc_witness_ask_parse(struct cc_span body, struct cc_witness_ask *out, struct cc_err *err)
{
	struct cc_span rest = body, line = { 0 };
	struct cc_witness_ask ask = { 0 };

	if (body.len > CC_WITNESS_ASK_MAX)
		return cc_fail(err, CC_E_ARG, "request for a cosignature has %zu bytes", body.len);
	CC_TRY(read_line(&rest, &line, err));
	if (line.len < 5 || !cc_span_eq_str(cc_span_sub(line, 0, 4), "old "))
		return cc_fail(err, CC_E_ARG,
			       "request for a cosignature does not begin with 'old'");
	CC_TRY(cc_parse_u64(cc_span_sub(line, 4, line.len), CC_TREE_SIZE_MAX, "old size", &ask.old,
			    err));
	CC_TRY(read_line(&rest, &line, err));
	while (line.len != 0) {
		CC_TRY(read_hash(line, &ask.proof, err));
		CC_TRY(read_line(&rest, &line, err));
	}
	ask.note = rest;
	*out = ask;
	return 0;
}

/* The witness's line among those of the answer, written anew and verified alone. */
static int take_line(const struct cc_witness_asked *asked, const struct cc_note *note, size_t at,
		     struct cc_buf *line, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf payload = { 0 }, text = { 0 }, single = { 0 };
	struct cc_note alone;

	CC_TRY(cc_buf_add(&payload, CC_SPAN(note->signatures[at].id), err));
	CC_TRY(cc_buf_add(&payload,
			  cc_span(note->signatures[at].payload, note->signatures[at].payload_len),
			  err));
	CC_TRY(cc_buf_addf(&text, err, "— %s ", asked->witness->name));
	CC_TRY(cc_base64_add(&text, cc_buf_span(&payload), err));
	CC_TRY(cc_buf_add_str(&text, "\n", err));
	CC_TRY(cc_buf_add(&single, asked->text, err));
	CC_TRY(cc_buf_add_str(&single, "\n", err));
	CC_TRY(cc_buf_add(&single, cc_buf_span(&text), err));
	CC_TRY(cc_note_parse(cc_buf_span(&single), &alone, err));
	CC_TRY(cc_note_verify(&alone, asked->witness, NULL, err));
	return cc_buf_add(line, cc_buf_span(&text), err);
}

static int read_cosignature(const struct cc_witness_asked *asked, struct cc_span body,
			    struct cc_buf *line, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf whole = { 0 };
	struct cc_note note;

	CC_TRY(cc_buf_add(&whole, asked->text, err));
	CC_TRY(cc_buf_add_str(&whole, "\n", err));
	CC_TRY(cc_buf_add(&whole, body, err));
	CC_TRY(cc_note_parse(cc_buf_span(&whole), &note, err));
	for (size_t i = 0; i < note.count; i++)
		if (cc_span_eq_str(note.signatures[i].name, asked->witness->name) &&
		    memcmp(note.signatures[i].id, asked->witness->id, 4) == 0)
			return take_line(asked, &note, i, line, err);
	return cc_fail(err, CC_E_EVIDENCE, "its answer has no cosignature of its key");
}

static int rolled_back(const struct cc_witness_asked *asked, uint64_t size, struct cc_err *err)
{
	if (size == asked->old)
		cc_err_set(err, CC_E_STALE, "it has seen another ledger of %llu entries",
			   (unsigned long long)size);
	else
		cc_err_set(err, CC_E_STALE, "it has seen %llu entries, this ledger has %llu",
			   (unsigned long long)size, (unsigned long long)asked->size);
	return cc_hint(err, "the store is an old or another copy: put the latest one back");
}

/* 409: the size that the witness has, and so what we are to it. */
static int read_conflict(const struct cc_witness_asked *asked, struct cc_span body,
			 struct cc_witness_reply *out, struct cc_err *err)
{
	struct cc_span digits = cc_span_sub(body, 0, body.len != 0 ? body.len - 1 : 0);
	struct cc_err ignored;
	uint64_t size = 0;

	if (body.len == 0 || body.at[body.len - 1] != '\n' ||
	    cc_parse_u64(digits, CC_TREE_SIZE_MAX, "size", &size, &ignored) != 0)
		return cc_fail(err, CC_E_STALE, "it has seen another ledger");
	if (size > asked->size || size == asked->old)
		return rolled_back(asked, size, err);
	out->size = size;
	return 0;
}

static int read_answer(const struct cc_witness_asked *asked, unsigned int status,
		       struct cc_span body, struct cc_witness_reply *out, struct cc_buf *line,
		       struct cc_err *err)
{
	if (body.len > CC_WITNESS_ANSWER_MAX)
		return cc_fail(err, CC_E_UNAVAILABLE, "its answer has %zu bytes", body.len);
	if (status == 200) {
		out->cosigned = true;
		return read_cosignature(asked, body, line, err);
	}
	if (status == 409)
		return read_conflict(asked, body, out, err);
	if (status == 403 || status == 404) {
		cc_err_set(err, CC_E_DENIED, "it does not know this ledger or its key (status %u)",
			   status);
		return cc_hint(err, "register the ledger's key there: concordat witness add");
	}
	if (status == 400 || status == 422)
		return cc_fail(err, CC_E_EVIDENCE, "it refuses the proof (status %u)", status);
	if (status == 0)
		return cc_fail(err, CC_E_UNAVAILABLE, "it cannot be reached");
	return cc_fail(err, CC_E_UNAVAILABLE, "it answers with status %u", status);
}

int cc_witness_answer(const struct cc_witness_asked *asked, unsigned int status,
		      struct cc_span body, struct cc_witness_reply *out, struct cc_buf *line,
		      struct cc_err *err)
{
	struct cc_witness_reply reply = { 0 };

	if (read_answer(asked, status, body, &reply, line, err) != 0)
		return cc_wrap(err, "witness '%s'", asked->witness->name);
	*out = reply;
	return 0;
}
