/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ledger/signers.h"

#include "ledger/ask.h"

#define LOG "cas.example/sh1"
#define HASH "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw="

static struct small_ledger ledger;

static int fill(void **state)
{
	(void)state;
	fill_ledger(&ledger, 1);
	return 0;
}

static void a_request_reads_back(void **state)
{
	struct cc_witness_ask ask = { .old = 3, .note = cc_span_str("the note\n") }, again;
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_err err;

	(void)state;
	ask.proof = prove_extension(&ledger, 3, 7);
	assert_int_equal(cc_witness_request(&ask, &body, &err), 0);
	assert_memory_equal(body.at, "old 3\n", 6);
	assert_int_equal(cc_witness_ask_parse(cc_buf_span(&body), &again, &err), 0);
	assert_int_equal(again.old, 3);
	assert_int_equal(again.proof.count, 4);
	assert_memory_equal(again.proof.hashes, ask.proof.hashes, 4 * 32);
	assert_true(cc_span_eq_str(again.note, "the note\n"));
}

static void other_bodies_are_refused(void **state)
{
	static const char *const refused[] = {
		"",
		"old 3",
		"old 3\n",
		"old \n\nnote\n",
		"old\n\nnote\n",
		"old  3\n\nnote\n",
		"old 03\n\nnote\n",
		"old -3\n\nnote\n",
		"old 9223372036854775808\n\nnote\n",
		"new 3\n\nnote\n",
		"old 3\r\n\nnote\n",
		"old 3\n" HASH,
		"old 3\n" HASH "\n",
		"old 3\n" HASH " \n\nnote\n",
		"old 3\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpka==\n\nnote\n",
		"old 3\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkQ==\n\nnote\n",
		"old 3\nnot base64\n\nnote\n",
	};
	struct cc_witness_ask ask;
	struct cc_err err;

	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++)
		assert_int_equal(cc_witness_ask_parse(cc_span_str(refused[i]), &ask, &err), -1);
}

static void a_proof_has_at_most_63_hashes_and_a_body_64_kib(void **state)
{
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_witness_ask ask;
	struct cc_mut room;
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_buf_add_str(&body, "old 3\n", &err), 0);
	for (size_t i = 0; i < CC_TREE_PROOF_MAX; i++)
		assert_int_equal(cc_buf_add_str(&body, HASH "\n", &err), 0);
	assert_int_equal(cc_buf_add_str(&body, "\n", &err), 0);
	assert_int_equal(cc_witness_ask_parse(cc_buf_span(&body), &ask, &err), 0);
	assert_int_equal(ask.proof.count, CC_TREE_PROOF_MAX);
	body.len--;
	assert_int_equal(cc_buf_add_str(&body, HASH "\n\n", &err), 0);
	assert_int_equal(cc_witness_ask_parse(cc_buf_span(&body), &ask, &err), -1);
	cc_buf_reset(&body);
	assert_int_equal(cc_buf_add_str(&body, "old 3\n\n", &err), 0);
	assert_int_equal(cc_buf_extend(&body, CC_WITNESS_ASK_MAX - body.len + 1, &room, &err), 0);
	memset(room.at, 'x', room.len);
	assert_int_equal(cc_witness_ask_parse(cc_buf_span(&body), &ask, &err), -1);
	assert_int_equal(cc_witness_ask_parse(cc_span(body.at, body.len - 1), &ask, &err), 0);
}

/* A checkpoint of nine entries, asked of w1 that was last seen at five. */
static struct fixture {
	struct signer log, witness, other;
	struct cc_buf bytes;
	struct cc_note note;
	struct cc_witness_asked asked;
} f;

static int ask_w1(void **state)
{
	struct cc_err err;

	(void)state;
	f.log = make_signer(LOG, CC_NOTE_ED25519, 1);
	f.witness = make_signer("w1", CC_NOTE_COSIGNATURE, 10);
	f.other = make_signer("w2", CC_NOTE_COSIGNATURE, 11);
	sign_ledger(&ledger, 9, &f.log, &f.bytes);
	assert_int_equal(cc_note_parse(cc_buf_span(&f.bytes), &f.note, &err), 0);
	f.asked = (struct cc_witness_asked){ &f.witness.key, f.note.text, 9, 5 };
	return 0;
}

static int forget(void **state)
{
	(void)state;
	free_signer(&f.log);
	free_signer(&f.witness);
	free_signer(&f.other);
	cc_buf_clear(&f.bytes);
	return 0;
}

static void add_line(const struct signer *signer, struct cc_buf *out)
{
	struct cc_err err;

	assert_int_equal(
		cc_note_signature_line(f.note.text, &signer->key, signer->secret, 1700, out, &err),
		0);
}

static void a_cosignature_is_verified_and_its_line_goes_behind_the_note(void **state)
{
	CC_AUTO_BUF struct cc_buf body = { 0 }, line = { 0 }, whole = { 0 };
	struct cc_witness_reply reply = { 0 };
	struct cc_note note;
	struct cc_err err;
	uint64_t time = 0;

	(void)state;
	add_line(&f.other, &body); /* other people's lines are left out */
	add_line(&f.witness, &body);
	assert_int_equal(cc_witness_answer(&f.asked, 200, cc_buf_span(&body), &reply, &line, &err),
			 0);
	assert_true(reply.cosigned);
	assert_int_equal(cc_buf_add(&whole, cc_buf_span(&f.bytes), &err), 0);
	assert_int_equal(cc_buf_add(&whole, cc_buf_span(&line), &err), 0);
	assert_int_equal(cc_note_parse(cc_buf_span(&whole), &note, &err), 0);
	assert_int_equal(note.count, 2);
	assert_int_equal(cc_note_verify(&note, &f.witness.key, &time, &err), 0);
	assert_int_equal(time, 1700);
	assert_int_equal(cc_note_verify(&note, &f.log.key, &time, &err), 0);
}

static void assert_fails(unsigned int status, struct cc_span body, enum cc_code code)
{
	struct cc_witness_reply reply = { 0 };
	CC_AUTO_BUF struct cc_buf line = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_witness_answer(&f.asked, status, body, &reply, &line, &err), -1);
	assert_int_equal(err.code, code);
	assert_non_null(strstr(err.text, "witness 'w1'"));
	assert_int_equal(line.len, 0);
	assert_false(reply.cosigned);
}

static void an_answer_without_its_good_cosignature_is_refused(void **state)
{
	AUTO_SIGNER struct signer same_name = make_signer("w1", CC_NOTE_COSIGNATURE, 12);
	CC_AUTO_BUF struct cc_buf others = { 0 }, forged = { 0 }, good = { 0 };

	(void)state;
	add_line(&f.other, &others);
	add_line(&same_name, &others);
	assert_fails(200, cc_buf_span(&others), CC_E_EVIDENCE);
	add_line(&f.witness, &forged);
	forged.at[forged.len - 20] = forged.at[forged.len - 20] == 'A' ? 'B' : 'A';
	assert_fails(200, cc_buf_span(&forged), CC_E_EVIDENCE);
	/* Good, but of another checkpoint. */
	add_line(&f.witness, &good);
	f.asked.text = cc_span_str("cas.example/sh1\n9\n" HASH "\n");
	assert_fails(200, cc_buf_span(&good), CC_E_EVIDENCE);
}

static void a_forged_line_before_the_good_one_is_not_taken(void **state)
{
	CC_AUTO_BUF struct cc_buf body = { 0 }, line = { 0 };
	struct cc_witness_reply reply = { 0 };
	struct cc_err err;

	(void)state;
	add_line(&f.witness, &body);
	body.at[body.len - 20] = body.at[body.len - 20] == 'A' ? 'B' : 'A';
	add_line(&f.witness, &body);
	if (cc_witness_answer(&f.asked, 200, cc_buf_span(&body), &reply, &line, &err) == 0)
		fail_msg("took '%.*s'", (int)line.len, (const char *)line.at);
	assert_int_equal(line.len, 0);
}

static void a_witness_behind_us_says_where_it_is(void **state)
{
	struct cc_witness_reply reply = { 0 };
	CC_AUTO_BUF struct cc_buf line = { 0 };
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_witness_answer(&f.asked, 409, cc_span_str("2\n"), &reply, &line, &err),
			 0);
	assert_false(reply.cosigned);
	assert_int_equal(reply.size, 2);
	assert_int_equal(cc_witness_answer(&f.asked, 409, cc_span_str("9\n"), &reply, &line, &err),
			 0);
	assert_int_equal(reply.size, 9);
}

static void a_witness_that_saw_more_or_another_ledger_means_a_rollback(void **state)
{
	(void)state;
	assert_fails(409, cc_span_str("10\n"), CC_E_STALE);
	assert_fails(409, cc_span_str("5\n"), CC_E_STALE);
	assert_fails(409, cc_span_str("a fork"), CC_E_STALE);
	assert_fails(409, (struct cc_span){ 0 }, CC_E_STALE);
	assert_fails(409, cc_span_str("\n"), CC_E_STALE);
}

static void every_other_status_has_its_code(void **state)
{
	static const struct {
		unsigned int status;
		enum cc_code code;
	} cases[] = {
		{ 0, CC_E_UNAVAILABLE },   { 400, CC_E_EVIDENCE },    { 403, CC_E_DENIED },
		{ 404, CC_E_DENIED },      { 422, CC_E_EVIDENCE },    { 500, CC_E_UNAVAILABLE },
		{ 503, CC_E_UNAVAILABLE }, { 302, CC_E_UNAVAILABLE },
	};
	static const uint8_t large[CC_WITNESS_ANSWER_MAX + 1];

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++)
		assert_fails(cases[i].status, cc_span_str("why\n"), cases[i].code);
	assert_fails(200, CC_SPAN(large), CC_E_UNAVAILABLE);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, ask_w1, forget)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_reads_back),
		cmocka_unit_test(other_bodies_are_refused),
		cmocka_unit_test(a_proof_has_at_most_63_hashes_and_a_body_64_kib),
		CASE(a_cosignature_is_verified_and_its_line_goes_behind_the_note),
		CASE(an_answer_without_its_good_cosignature_is_refused),
		CASE(a_forged_line_before_the_good_one_is_not_taken),
		CASE(a_witness_behind_us_says_where_it_is),
		CASE(a_witness_that_saw_more_or_another_ledger_means_a_rollback),
		CASE(every_other_status_has_its_code),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
