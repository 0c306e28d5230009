/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ledger/signers.h"

#define LOG "cas.example/sh1"

/* The example of c2sp.org/tlog-checkpoint. */
#define EXAMPLE                         \
	"example.com/behind-the-sofa\n" \
	"20852163\n"                    \
	"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

static struct small_ledger ledger;

static int fill(void **state)
{
	(void)state;
	fill_ledger(&ledger, 1);
	return 0;
}

static void a_checkpoint_is_three_lines_and_reads_back(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_checkpoint checkpoint;
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_checkpoint_parse(cc_span_str(EXAMPLE), &checkpoint, &err), 0);
	assert_string_equal(checkpoint.origin, "example.com/behind-the-sofa");
	assert_int_equal(checkpoint.head.size, 20852163);
	assert_int_equal(checkpoint.head.root.b[0], 0x0a);
	assert_int_equal(cc_checkpoint_print(&checkpoint, &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), EXAMPLE));
	assert_int_equal(
		cc_checkpoint_parse(cc_span_str(EXAMPLE "more\nand more\n"), &checkpoint, &err), 0);
}

static void other_texts_are_no_checkpoints(void **state)
{
	static const char *const refused[] = {
		"",
		"o\n",
		"o\n1\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
		"\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"o\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"o\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"o\n1 \nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"o\n9223372036854775807\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nmore",
		"o\r\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
	};
	char origin[CC_ORIGIN_MAX + 80];
	struct cc_checkpoint checkpoint;
	struct cc_err err;

	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++)
		assert_int_equal(cc_checkpoint_parse(cc_span_str(refused[i]), &checkpoint, &err),
				 -1);
	memset(origin, 'o', CC_ORIGIN_MAX + 1);
	(void)snprintf(origin + CC_ORIGIN_MAX + 1, sizeof(origin) - CC_ORIGIN_MAX - 1,
		       "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
	assert_int_equal(cc_checkpoint_parse(cc_span_str(origin), &checkpoint, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_checkpoint_parse(cc_span_str(origin + 1), &checkpoint, &err), 0);
}

static void a_checkpoint_is_opened_with_the_key_of_its_own_log(void **state)
{
	AUTO_SIGNER struct signer log = make_signer(LOG, CC_NOTE_ED25519, 1);
	AUTO_SIGNER struct signer other = make_signer(LOG, CC_NOTE_ED25519, 2);
	AUTO_SIGNER struct signer elsewhere = make_signer("cas.example/sh2", CC_NOTE_ED25519, 1);
	CC_AUTO_BUF struct cc_buf bytes = { 0 }, text = { 0 }, crossed = { 0 };
	struct cc_checkpoint checkpoint;
	struct cc_note note;
	struct cc_err err;

	(void)state;
	sign_ledger(&ledger, 7, &log, &bytes);
	assert_int_equal(
		cc_checkpoint_open(cc_buf_span(&bytes), &log.key, &checkpoint, &note, &err), 0);
	assert_string_equal(checkpoint.origin, LOG);
	assert_int_equal(checkpoint.head.size, 7);
	assert_true(cc_digest_eq(&checkpoint.head.root, &ledger.roots[7]));
	assert_int_equal(
		cc_checkpoint_open(cc_buf_span(&bytes), &other.key, &checkpoint, &note, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	/* Signed well, by a key that has another name: someone else's ledger. */
	assert_int_equal(cc_checkpoint_print(&checkpoint, &text, &err), 0);
	assert_int_equal(cc_note_sign(cc_buf_span(&text), &elsewhere.key, elsewhere.secret, 0,
				      &crossed, &err),
			 0);
	assert_int_equal(
		cc_checkpoint_open(cc_buf_span(&crossed), &elsewhere.key, &checkpoint, &note, &err),
		-1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_int_equal(
		cc_checkpoint_sign(&checkpoint, &elsewhere.key, elsewhere.secret, &crossed, &err),
		-1);
	assert_int_equal(err.code, CC_E_BUG);
}

static void a_changed_checkpoint_does_not_open(void **state)
{
	AUTO_SIGNER struct signer log = make_signer(LOG, CC_NOTE_ED25519, 1);
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_checkpoint checkpoint;
	struct cc_note note;
	struct cc_err err;

	(void)state;
	sign_ledger(&ledger, 7, &log, &bytes);
	for (size_t i = 0; i < bytes.len; i++) {
		bytes.at[i] ^= 1;
		assert_int_equal(
			cc_checkpoint_open(cc_buf_span(&bytes), &log.key, &checkpoint, &note, &err),
			-1);
		bytes.at[i] ^= 1;
	}
}

static void the_least_quorum_outvotes_the_faulty_twice(void **state)
{
	static const struct {
		size_t witnesses, faulty, least;
	} cases[] = {
		{ 0, 0, 0 }, { 1, 0, 1 }, { 1, 1, 0 }, { 2, 0, 2 }, { 3, 0, 2 },
		{ 3, 1, 3 }, { 4, 1, 3 }, { 5, 1, 4 }, { 5, 2, 4 }, { 7, 2, 5 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		size_t least = cc_quorum_least(cases[i].witnesses, cases[i].faulty);

		assert_int_equal(least, cases[i].least);
		/* Any two quorums share more than the faulty. */
		if (least != 0)
			assert_true(2 * least - cases[i].witnesses > cases[i].faulty);
	}
}

struct witnesses {
	struct signer signers[3];
	struct cc_note_key keys[3];
	struct cc_quorum quorum;
};

static void free_witnesses(struct witnesses *witnesses)
{
	for (size_t i = 0; i < 3; i++)
		free_signer(&witnesses->signers[i]);
}
#define AUTO_WITNESSES CC_CLEANUP(free_witnesses)

static void make_witnesses(struct witnesses *out)
{
	static const char *const names[] = { "w1", "w2", "w3" };

	for (uint8_t i = 0; i < 3; i++) {
		out->signers[i] = make_signer(names[i], CC_NOTE_COSIGNATURE, (uint8_t)(10 + i));
		out->keys[i] = out->signers[i].key;
	}
	out->quorum = (struct cc_quorum){ out->keys, 3, 2 };
}

static void count(const struct witnesses *witnesses, struct cc_span bytes, struct cc_cosigned *out)
{
	struct cc_note note;
	struct cc_err err;

	assert_int_equal(cc_note_parse(bytes, &note, &err), 0);
	assert_int_equal(cc_quorum_count(&witnesses->quorum, &note, out, &err), 0);
}

/* The checkpoint of nine entries with the cosignatures of some witnesses, at times 1000, 2000, … */
static void cosign(const struct witnesses *w, const bool by[static 3], struct cc_buf *out)
{
	AUTO_SIGNER struct signer log = make_signer(LOG, CC_NOTE_ED25519, 1);
	CC_AUTO_BUF struct cc_buf bare = { 0 };
	struct cc_note note;
	struct cc_err err;

	sign_ledger(&ledger, 9, &log, &bare);
	assert_int_equal(cc_note_parse(cc_buf_span(&bare), &note, &err), 0);
	assert_int_equal(cc_buf_add(out, cc_buf_span(&bare), &err), 0);
	for (size_t i = 0; i < 3; i++)
		if (by[i])
			assert_int_equal(cc_note_signature_line(note.text, &w->signers[i].key,
								w->signers[i].secret,
								1000 * (i + 1), out, &err),
					 0);
}

static void every_witness_that_signed_is_counted_with_its_time(void **state)
{
	AUTO_WITNESSES struct witnesses w = { 0 };
	struct cc_cosigned cosigned;

	(void)state;
	make_witnesses(&w);
	for (size_t set = 0; set < 8; set++) {
		const bool by[3] = { (set & 1) != 0, (set & 2) != 0, (set & 4) != 0 };
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		struct cc_err err = { 0 };

		cosign(&w, by, &bytes);
		count(&w, cc_buf_span(&bytes), &cosigned);
		assert_int_equal(cosigned.count, __builtin_popcountll(set));
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(cosigned.by[i], by[i]);
			assert_int_equal(cosigned.times[i], by[i] ? 1000 * (i + 1) : 0);
		}
		assert_int_equal(cc_quorum_require(&w.quorum, &cosigned, &err),
				 cosigned.count >= 2 ? 0 : -1);
	}
}

static void missing_witnesses_are_named(void **state)
{
	AUTO_WITNESSES struct witnesses w = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_cosigned cosigned;
	struct cc_err err = { 0 };

	(void)state;
	make_witnesses(&w);
	cosign(&w, (const bool[3]){ false, true, false }, &bytes);
	count(&w, cc_buf_span(&bytes), &cosigned);
	assert_int_equal(cc_quorum_require(&w.quorum, &cosigned, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_non_null(strstr(err.text, "'w1', 'w3'"));
	assert_true(err.hint[0] != '\0');
}

static void strangers_and_repeats_do_not_count(void **state)
{
	AUTO_SIGNER struct signer stranger = make_signer("w1", CC_NOTE_COSIGNATURE, 99);
	AUTO_WITNESSES struct witnesses w = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 }, text = { 0 };
	struct cc_cosigned cosigned;
	struct cc_note note;
	struct cc_err err;

	(void)state;
	make_witnesses(&w);
	cosign(&w, (const bool[3]){ false, true, false }, &bytes);
	assert_int_equal(cc_note_parse(cc_buf_span(&bytes), &note, &err), 0);
	assert_int_equal(cc_buf_add(&text, note.text, &err), 0);
	assert_int_equal(cc_note_signature_line(cc_buf_span(&text), &stranger.key, stranger.secret,
						1000, &bytes, &err),
			 0);
	assert_int_equal(cc_note_signature_line(cc_buf_span(&text), &w.signers[1].key,
						w.signers[1].secret, 3000, &bytes, &err),
			 0);
	count(&w, cc_buf_span(&bytes), &cosigned);
	assert_int_equal(cosigned.count, 1);
}

static void a_cosignature_that_does_not_verify_is_as_good_as_none(void **state)
{
	AUTO_WITNESSES struct witnesses w = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_cosigned cosigned;

	(void)state;
	make_witnesses(&w);
	cosign(&w, (const bool[3]){ false, true, true }, &bytes);
	/* In the last line, inside the signature: base64 stays base64. */
	bytes.at[bytes.len - 20] = bytes.at[bytes.len - 20] == 'A' ? 'B' : 'A';
	count(&w, cc_buf_span(&bytes), &cosigned);
	assert_int_equal(cosigned.count, 1);
	assert_true(cosigned.by[1]);
}

static void a_quorum_of_doubles_of_log_keys_or_of_nobody_is_refused(void **state)
{
	AUTO_SIGNER struct signer log = make_signer("w3", CC_NOTE_ED25519, 30);
	AUTO_SIGNER struct signer same_key = make_signer("w4", CC_NOTE_COSIGNATURE, 10);
	AUTO_SIGNER struct signer same_name = make_signer("w1", CC_NOTE_COSIGNATURE, 31);
	AUTO_WITNESSES struct witnesses w = { 0 };
	struct cc_quorum quorum;
	struct cc_err err;

	(void)state;
	make_witnesses(&w);
	assert_int_equal(cc_quorum_check(&w.quorum, &err), 0);
	quorum = (struct cc_quorum){ w.keys, 3, 0 };
	assert_int_equal(cc_quorum_check(&quorum, &err), -1);
	quorum = (struct cc_quorum){ w.keys, 3, 4 };
	assert_int_equal(cc_quorum_check(&quorum, &err), -1);
	quorum = (struct cc_quorum){ w.keys, CC_WITNESSES_MAX + 1, 2 };
	assert_int_equal(cc_quorum_check(&quorum, &err), -1);
	w.keys[2] = log.key;
	assert_int_equal(cc_quorum_check(&w.quorum, &err), -1);
	w.keys[2] = same_key.key;
	assert_int_equal(cc_quorum_check(&w.quorum, &err), -1);
	w.keys[2] = same_name.key;
	assert_int_equal(cc_quorum_check(&w.quorum, &err), -1);
}

static void the_quorum_hash_is_of_the_set_and_the_number(void **state)
{
	AUTO_WITNESSES struct witnesses w = { 0 };
	struct cc_note_key swapped[3];
	struct cc_quorum other = { swapped, 3, 2 };
	struct cc_digest one, two;
	struct cc_err err;

	(void)state;
	make_witnesses(&w);
	swapped[0] = w.keys[2];
	swapped[1] = w.keys[0];
	swapped[2] = w.keys[1];
	assert_int_equal(cc_quorum_hash(&w.quorum, &one, &err), 0);
	assert_int_equal(cc_quorum_hash(&other, &two, &err), 0);
	assert_true(cc_digest_eq(&one, &two));
	other.needed = 3;
	assert_int_equal(cc_quorum_hash(&other, &two, &err), 0);
	assert_false(cc_digest_eq(&one, &two));
	other = (struct cc_quorum){ swapped, 2, 2 };
	assert_int_equal(cc_quorum_hash(&other, &two, &err), 0);
	assert_false(cc_digest_eq(&one, &two));
}

static void ledger_keys_hang_on_root_quorum_and_purpose(void **state)
{
	CC_AUTO_SECRET struct cc_secret *root = NULL, *row = NULL, *log = NULL, *other = NULL,
					*again = NULL;
	const struct cc_digest quorum = { { 1 } }, earlier = { { 2 } };
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_secret_random(32, &root, &err), 0);
	assert_int_equal(cc_ledger_key(root, &quorum, "concordat row key 1", &row, &err), 0);
	assert_int_equal(cc_ledger_key(root, &quorum, "concordat row key 1", &again, &err), 0);
	assert_int_equal(cc_ledger_key(root, &quorum, "concordat log key 1", &log, &err), 0);
	assert_int_equal(cc_ledger_key(root, &earlier, "concordat row key 1", &other, &err), 0);
	assert_int_equal(cc_secret_len(row), 32);
	assert_true(cc_secret_equal(row, again));
	assert_false(cc_secret_equal(row, log));
	assert_false(cc_secret_equal(row, other));
}

static void liars_cannot_push_the_time_forward(void **state)
{
	const struct cc_cosigned cosigned = {
		.by = { true, false, true, true, [31] = true },
		.times = { 50, 999, 4000000000, 70, [31] = 60 },
		.count = 4,
	};

	(void)state;
	assert_int_equal(cc_cosigned_time(&cosigned, 0), 4000000000);
	assert_int_equal(cc_cosigned_time(&cosigned, 1), 70);
	assert_int_equal(cc_cosigned_time(&cosigned, 2), 60);
	assert_int_equal(cc_cosigned_time(&cosigned, 3), 50);
	assert_int_equal(cc_cosigned_time(&cosigned, 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_checkpoint_is_three_lines_and_reads_back),
		cmocka_unit_test(other_texts_are_no_checkpoints),
		cmocka_unit_test(a_checkpoint_is_opened_with_the_key_of_its_own_log),
		cmocka_unit_test(a_changed_checkpoint_does_not_open),
		cmocka_unit_test(the_least_quorum_outvotes_the_faulty_twice),
		cmocka_unit_test(every_witness_that_signed_is_counted_with_its_time),
		cmocka_unit_test(missing_witnesses_are_named),
		cmocka_unit_test(strangers_and_repeats_do_not_count),
		cmocka_unit_test(a_cosignature_that_does_not_verify_is_as_good_as_none),
		cmocka_unit_test(a_quorum_of_doubles_of_log_keys_or_of_nobody_is_refused),
		cmocka_unit_test(the_quorum_hash_is_of_the_set_and_the_number),
		cmocka_unit_test(ledger_keys_hang_on_root_quorum_and_purpose),
		cmocka_unit_test(liars_cannot_push_the_time_forward),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
