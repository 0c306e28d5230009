/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "proto/vote.h"

static struct cc_vote vote(void)
{
	return (struct cc_vote){ .cas_key = { { 1 } },
				 .policy = "trial/study",
				 .kind = CC_PROPOSAL_CHANGE,
				 .old_hash = { { 2 } },
				 .new_hash = { { 3 } },
				 .effects = { { 4 } },
				 .closure = { { 5 } },
				 .epoch = 6,
				 .proposal = { 7 },
				 .number = 8,
				 .choice = CC_VOTE_APPROVE,
				 .reason = "",
				 .expires = 9 };
}

static void add(struct cc_buf *out, const void *bytes, size_t len)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add_sized(out, cc_span(bytes, len), &err), 0);
}

/* The table of docs/protocol/board.md, written out. */
static void the_bytes_are_those_of_the_protocol(void **state)
{
	const uint8_t empty[] = { 0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
				  0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
				  0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55 };
	CC_AUTO_BUF struct cc_buf want = { 0 }, got = { 0 };
	uint8_t bytes[32] = { 0 };
	struct cc_vote one = vote();
	struct cc_err err = { 0 };

	(void)state;
	add(&want, "concordat vote 1", 16);
	bytes[0] = 1;
	add(&want, bytes, 32);
	add(&want, "trial/study", 11);
	add(&want, "change", 6);
	for (uint8_t first = 2; first <= 5; first++) {
		bytes[0] = first;
		add(&want, bytes, 32);
	}
	add(&want, "\0\0\0\0\0\0\0\6", 8);
	bytes[0] = 7;
	add(&want, bytes, 16);
	add(&want, "\0\0\0\0\0\0\0\x08", 8);
	add(&want, "approve", 7);
	add(&want, empty, 32);
	add(&want, "\0\0\0\0\0\0\0\x09", 8);
	assert_int_equal(cc_vote_message(&one, &got, &err), 0);
	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.at, want.at, got.len);
}

static void change_vote(struct cc_vote *one, size_t what)
{
	switch (what) {
	case 0:
		one->cas_key.b[31] ^= 1;
		break;
	case 1:
		one->policy = "trial/studz";
		break;
	case 2:
		one->kind = CC_PROPOSAL_EMERGENCY;
		break;
	case 3:
		one->old_hash.b[0] ^= 1;
		break;
	case 4:
		one->new_hash.b[0] ^= 1;
		break;
	case 5:
		one->effects.b[0] ^= 1;
		break;
	case 6:
		one->closure.b[0] ^= 1;
		break;
	case 7:
		one->epoch++;
		break;
	case 8:
		one->proposal[15] ^= 1;
		break;
	case 9:
		one->number++;
		break;
	case 10:
		one->choice = CC_VOTE_REJECT;
		break;
	case 11:
		one->reason = "because";
		break;
	default:
		one->expires++;
		break;
	}
}

static void a_signature_counts_for_this_vote_alone(void **state)
{
	static const enum cc_key_kind kinds[] = { CC_KEY_ED25519, CC_KEY_P384 };

	(void)state;
	for (size_t k = 0; k < CC_COUNT(kinds); k++) {
		CC_AUTO_KEY struct cc_key *key = NULL, *other = NULL;
		struct cc_signature signature = { 0 };
		struct cc_vote one = vote();
		struct cc_span bytes = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_key_generate(kinds[k], &key, &err), 0);
		assert_int_equal(cc_key_generate(kinds[k], &other, &err), 0);
		assert_int_equal(cc_vote_sign(&one, key, &signature, &err), 0);
		bytes = cc_span(signature.b, signature.len);
		assert_int_equal(cc_vote_verify(&one, cc_key_public(key), bytes, &err), 0);
		assert_int_equal(cc_vote_verify(&one, cc_key_public(other), bytes, &err), -1);
		for (size_t what = 0; what < 13; what++) {
			struct cc_vote another = vote();

			change_vote(&another, what);
			if (cc_vote_verify(&another, cc_key_public(key), bytes, &err) == 0)
				fail_msg("field %zu is not signed", what);
			assert_int_equal(err.code, CC_E_EVIDENCE);
		}
	}
}

static void a_key_of_another_kind_does_not_vote(void **state)
{
	CC_AUTO_KEY struct cc_key *key = NULL;
	CC_AUTO_BUF struct cc_buf message = { 0 };
	struct cc_signature signature = { 0 };
	struct cc_vote one = vote();
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_key_generate(CC_KEY_P256, &key, &err), 0);
	assert_int_equal(cc_vote_sign(&one, key, &signature, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_vote_message(&one, &message, &err), 0);
	assert_int_equal(cc_sign(key, cc_buf_span(&message), &signature, &err), 0);
	assert_int_equal(
		cc_vote_verify(&one, cc_key_public(key), cc_span(signature.b, signature.len), &err),
		-1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void words_are_read_as_they_are_written(void **state)
{
	enum cc_vote_choice choice = CC_VOTE_REJECT;
	enum cc_proposal_kind kind = CC_PROPOSAL_CHANGE;
	struct cc_err err = { 0 };

	(void)state;
	for (unsigned int i = 0; i < CC_PROPOSAL_KINDS; i++) {
		assert_int_equal(cc_proposal_kind_parse(cc_proposal_kind_name(i), &kind, &err), 0);
		assert_int_equal(kind, i);
	}
	assert_null(cc_proposal_kind_name(CC_PROPOSAL_KINDS));
	assert_int_equal(cc_proposal_kind_parse("chang", &kind, &err), -1);
	assert_non_null(strstr(err.hint, "'change'"));
	assert_int_equal(cc_vote_choice_parse("approve", &choice, &err), 0);
	assert_int_equal(choice, CC_VOTE_APPROVE);
	assert_int_equal(cc_vote_choice_parse("yes", &choice, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void a_verdict_is_one_of_two_lines(void **state)
{
	struct cc_verdict verdict = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_verdict_parse(cc_span_str("approve\n"), &verdict, &err), 0);
	assert_int_equal(verdict.choice, CC_VOTE_APPROVE);
	assert_string_equal(verdict.reason, "");
	assert_int_equal(cc_verdict_parse(cc_span_str("approve"), &verdict, &err), 0);
	assert_int_equal(verdict.choice, CC_VOTE_APPROVE);
	assert_int_equal(
		cc_verdict_parse(cc_span_str("reject: it \xc3\xa9 leaks\n"), &verdict, &err), 0);
	assert_int_equal(verdict.choice, CC_VOTE_REJECT);
	assert_string_equal(verdict.reason, "it \xc3\xa9 leaks");
}

/* What is no verdict is none: above all it is no approval. */
static void anything_else_is_no_verdict(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} others[] = {
		{ "", 0 },
		{ "\n", 1 },
		{ "approved", 8 },
		{ "approve\n\n", 9 },
		{ "approve: yes", 12 },
		{ "Approve", 7 },
		{ "approve\0", 8 },
		{ "reject", 6 },
		{ "reject: ", 8 },
		{ "reject: \n", 9 },
		{ "reject: a\nb", 11 },
		{ "reject: a\0b", 11 },
		{ "reject: \xff", 9 },
	};
	char long_one[8 + CC_REASON_MAX + 1];

	(void)state;
	for (size_t i = 0; i < CC_COUNT(others); i++) {
		struct cc_verdict verdict = { .choice = CC_VOTE_APPROVE };
		struct cc_err err = { 0 };

		assert_int_equal(
			cc_verdict_parse(cc_span(others[i].text, others[i].len), &verdict, &err),
			-1);
		assert_int_equal(err.code, CC_E_ARG);
		assert_int_equal(verdict.choice, CC_VOTE_REJECT);
	}
	memset(long_one, 'a', sizeof(long_one));
	memcpy(long_one, "reject: ", 8);
	{
		struct cc_verdict verdict = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(
			cc_verdict_parse(cc_span(long_one, sizeof(long_one) - 1), &verdict, &err),
			0);
		assert_int_equal(
			cc_verdict_parse(cc_span(long_one, sizeof(long_one)), &verdict, &err), -1);
		assert_int_equal(err.code, CC_E_TOOBIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_the_protocol),
		cmocka_unit_test(a_signature_counts_for_this_vote_alone),
		cmocka_unit_test(a_key_of_another_kind_does_not_vote),
		cmocka_unit_test(words_are_read_as_they_are_written),
		cmocka_unit_test(a_verdict_is_one_of_two_lines),
		cmocka_unit_test(anything_else_is_no_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
