/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "codec/note.h"
#include "codec/text.h"

#define TEXT "example.com/log\n7\nroot\n"
#define TIME 1679315147

/* The note that Go's golang.org/x/mod/sumdb/note documents. */
#define GO_KEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define GO_TEXT                                                      \
	"If you think cryptography is the answer to your problem,\n" \
	"then you don't know what your problem is.\n"
#define GO_LINE                                                                           \
	"\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1" \
	"FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

static void notes_and_keys_of_the_reference_implementation_verify(void **state)
{
	static const char bytes[] = GO_TEXT "\n" GO_LINE;
	CC_AUTO_BUF struct cc_buf printed = { 0 };
	struct cc_note_key key = { 0 };
	struct cc_note note = { 0 };
	struct cc_err err = { 0 };
	uint64_t time = 9;

	(void)state;
	assert_int_equal(cc_note_key_parse(cc_span_str(GO_KEY), &key, &err), 0);
	assert_string_equal(key.name, "PeterNeumann");
	assert_int_equal(cc_note_key_print(&key, &printed, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&printed), GO_KEY));
	assert_int_equal(cc_note_parse(cc_span_str(bytes), &note, &err), 0);
	assert_true(cc_span_eq_str(note.text, GO_TEXT));
	assert_int_equal(note.count, 1);
	assert_int_equal(cc_note_verify(&note, &key, &time, &err), 0);
	assert_int_equal(time, 0);
}

/* c2sp.org/tlog-cosignature has this checkpoint; its keys are not published. */
static void the_checkpoint_of_the_specification_is_read(void **state)
{
	static const char bytes[] =
		"example.com/behind-the-sofa\n20852163\n"
		"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
		"\xe2\x80\x94 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJu"
		"rmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
		"\xe2\x80\x94 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHe"
		"olMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
	struct cc_note note = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_note_parse(cc_span_str(bytes), &note, &err), 0);
	assert_int_equal(note.count, 2);
	assert_true(cc_span_eq_str(note.signatures[1].name, "witness.example.com/w1"));
	assert_int_equal(note.signatures[0].payload_len, 64);
	assert_int_equal(note.signatures[1].payload_len, 72);
	assert_memory_equal(note.signatures[1].id, "\x8d\x66\xcf\x3f", 4);
	assert_memory_equal(note.signatures[1].payload, "\0\0\0\0\x64\x18\x50\xcb", 8);
}

struct signer {
	struct cc_key *secret;
	struct cc_note_key key;
};

static void make(struct signer *s, const char *name, enum cc_note_kind kind)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_key_generate(CC_KEY_ED25519, &s->secret, &err), 0);
	assert_int_equal(cc_note_key_make(name, kind, cc_key_public(s->secret), &s->key, &err), 0);
}

static void free_signer(struct signer *s)
{
	cc_key_free(s->secret);
}
#define AUTO_SIGNER CC_CLEANUP(free_signer)

static void what_is_signed_and_cosigned_verifies_by_each_key(void **state)
{
	AUTO_SIGNER struct signer log = { 0 }, witness = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_note note = { 0 };
	struct cc_err err = { 0 };
	uint64_t time = 1;

	(void)state;
	make(&log, "example.com/log", CC_NOTE_ED25519);
	make(&witness, "witness.example.com", CC_NOTE_COSIGNATURE);
	assert_int_equal(cc_note_sign(cc_span_str(TEXT), &log.key, log.secret, TIME, &bytes, &err),
			 0);
	assert_int_equal(cc_note_sign(cc_span_str(TEXT), &witness.key, witness.secret, TIME - 1,
				      &bytes, &err),
			 0);
	assert_int_equal(cc_note_signature_line(cc_span_str(TEXT), &witness.key, witness.secret,
						TIME, &bytes, &err),
			 0);
	assert_int_equal(cc_note_parse(cc_buf_span(&bytes), &note, &err), 0);
	assert_true(cc_span_eq_str(note.text, TEXT));
	assert_int_equal(note.count, 3);
	assert_int_equal(cc_note_verify(&note, &log.key, &time, &err), 0);
	assert_int_equal(time, 0);
	assert_int_equal(cc_note_verify(&note, &witness.key, &time, &err), 0);
	assert_int_equal(time, TIME);
	assert_int_equal(cc_note_verify(&note, &witness.key, NULL, &err), 0);
}

/* c2sp.org/tlog-cosignature, "Ed25519 signed message". */
static void a_cosignature_is_over_header_time_and_text(void **state)
{
	AUTO_SIGNER struct signer witness = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_note note = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make(&witness, "w", CC_NOTE_COSIGNATURE);
	assert_int_equal(
		cc_note_sign(cc_span_str(TEXT), &witness.key, witness.secret, TIME, &bytes, &err),
		0);
	assert_int_equal(cc_note_parse(cc_buf_span(&bytes), &note, &err), 0);
	assert_int_equal(cc_verify(cc_key_public(witness.secret),
				   cc_span_str("cosignature/v1\ntime 1679315147\n" TEXT),
				   cc_span(note.signatures[0].payload + 8, 64), &err),
			 0);
}

static void expect_unverified(struct cc_span bytes, const struct cc_note_key *key,
			      enum cc_code code)
{
	struct cc_note note = { 0 };
	struct cc_err err = { 0 };
	uint64_t time = 77;

	assert_int_equal(cc_note_parse(bytes, &note, &err), 0);
	assert_int_equal(cc_note_verify(&note, key, &time, &err), -1);
	assert_int_equal(err.code, code);
	assert_int_equal(time, 77);
}

static void a_changed_text_time_or_signature_does_not_verify(void **state)
{
	static const size_t at[] = { 0, 8, 16, 18 };
	AUTO_SIGNER struct signer witness = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_note note = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make(&witness, "w", CC_NOTE_COSIGNATURE);
	assert_int_equal(
		cc_note_sign(cc_span_str(TEXT), &witness.key, witness.secret, TIME, &bytes, &err),
		0);
	for (size_t i = 0; i < CC_COUNT(at); i++) {
		bytes.at[at[i]] ^= 1;
		expect_unverified(cc_buf_span(&bytes), &witness.key, CC_E_EVIDENCE);
		bytes.at[at[i]] ^= 1;
	}
	assert_int_equal(cc_note_parse(cc_buf_span(&bytes), &note, &err), 0);
	for (size_t i = 0; i < 72; i++) {
		note.signatures[0].payload[i] ^= 1;
		assert_int_equal(cc_note_verify(&note, &witness.key, NULL, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		note.signatures[0].payload[i] ^= 1;
	}
	note.signatures[0].payload[0] ^= 0x80;
	assert_int_equal(cc_note_verify(&note, &witness.key, NULL, &err), -1);
	assert_non_null(strstr(err.text, "beyond 2^63"));
	note.signatures[0].payload[0] ^= 0x80;
	note.signatures[0].payload_len = 64;
	assert_int_equal(cc_note_verify(&note, &witness.key, NULL, &err), -1);
	note.signatures[0].payload_len = 72;
	assert_int_equal(cc_note_verify(&note, &witness.key, NULL, &err), 0);
}

static void a_bad_signature_beside_a_good_one_of_the_same_key_is_refused(void **state)
{
	AUTO_SIGNER struct signer log = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make(&log, "log", CC_NOTE_ED25519);
	assert_int_equal(cc_note_sign(cc_span_str(TEXT), &log.key, log.secret, 0, &bytes, &err), 0);
	assert_int_equal(cc_note_signature_line(cc_span_str("other\n"), &log.key, log.secret, 0,
						&bytes, &err),
			 0);
	expect_unverified(cc_buf_span(&bytes), &log.key, CC_E_EVIDENCE);
}

static void a_key_matches_by_name_and_id_together(void **state)
{
	AUTO_SIGNER struct signer log = { 0 }, other = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_note_key same = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make(&log, "log", CC_NOTE_ED25519);
	make(&other, "log", CC_NOTE_ED25519);
	assert_int_equal(cc_note_sign(cc_span_str(TEXT), &log.key, log.secret, 0, &bytes, &err), 0);
	expect_unverified(cc_buf_span(&bytes), &other.key, CC_E_NOTFOUND);
	same = log.key;
	memcpy(same.name, "xog", 3);
	expect_unverified(cc_buf_span(&bytes), &same, CC_E_NOTFOUND);
	assert_int_equal(cc_note_key_make("log", CC_NOTE_COSIGNATURE, cc_key_public(log.secret),
					  &same, &err),
			 0);
	expect_unverified(cc_buf_span(&bytes), &same, CC_E_NOTFOUND);
}

static void what_is_not_a_note_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"text",
		"text\n",
		"text\n\n",
		"text\n" GO_LINE,
		"\n" GO_LINE,
		"text\n\n\xe2\x80\x94 name x08go/ZJ",
		"text\n\n\xe2\x80\x94 name \n",
		"text\n\n\xe2\x80\x94 name x08gow==\n",
		"text\n\n\xe2\x80\x94 name x08go/Z\n",
		"text\n\n\xe2\x80\x94 name x08go/ZJ \n",
		"text\n\n\xe2\x80\x94 na+me x08go/ZJ\n",
		"text\n\n\xe2\x80\x94  x08go/ZJ\n",
		"text\n\n\xe2\x80\x94 x08go/ZJ\n",
		"text\n\n-- name x08go/ZJ\n",
		"text\n\n" GO_LINE "more\n",
		"te\txt\n\n" GO_LINE,
		"te\rxt\n\n" GO_LINE,
		"te\xffxt\n\n" GO_LINE,
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_note note = { .count = 99 };
		struct cc_err err = { 0 };

		if (cc_note_parse(cc_span_str(rows[i]), &note, &err) == 0)
			fail_msg("row %zu is accepted", i);
		assert_int_equal(err.code, CC_E_ARG);
		assert_int_equal(note.count, 99);
	}
}

static void the_last_empty_line_parts_text_from_signatures(void **state)
{
	static const char bytes[] = "a\n\n" GO_LINE "\n" GO_LINE;
	struct cc_note note = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_note_parse(cc_span_str(bytes), &note, &err), 0);
	assert_int_equal(note.count, 1);
	assert_true(cc_span_eq_str(note.text, "a\n\n" GO_LINE));
}

static void each_maximum_holds_and_is_reached(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_note note = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_buf_add_str(&bytes, "text\n\n", &err), 0);
	for (int i = 0; i < CC_NOTE_SIGNATURES; i++)
		assert_int_equal(cc_buf_add_str(&bytes, GO_LINE, &err), 0);
	assert_int_equal(cc_note_parse(cc_buf_span(&bytes), &note, &err), 0);
	assert_int_equal(note.count, CC_NOTE_SIGNATURES);
	assert_int_equal(cc_buf_add_str(&bytes, GO_LINE, &err), 0);
	assert_int_equal(cc_note_parse(cc_buf_span(&bytes), &note, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	bytes.len = 0;
	while (bytes.len <= CC_NOTE_MAX)
		assert_int_equal(cc_buf_add_str(&bytes, "text\n", &err), 0);
	assert_int_equal(cc_buf_add_str(&bytes, "\n" GO_LINE, &err), 0);
	assert_int_equal(cc_note_parse(cc_buf_span(&bytes), &note, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

static void a_longer_signature_of_another_kind_is_kept_and_ignored(void **state)
{
	uint8_t long_signature[4 + 2428] = { 1, 2, 3, 4 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_note_key key = { 0 };
	struct cc_note note = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_buf_add_str(&bytes, GO_TEXT "\n\xe2\x80\x94 ml-dsa ", &err), 0);
	assert_int_equal(cc_base64_add(&bytes, CC_SPAN(long_signature), &err), 0);
	assert_int_equal(cc_buf_add_str(&bytes, "\n" GO_LINE, &err), 0);
	assert_int_equal(cc_note_parse(cc_buf_span(&bytes), &note, &err), 0);
	assert_int_equal(note.signatures[0].payload_len, 2428);
	assert_int_equal(cc_note_key_parse(cc_span_str(GO_KEY), &key, &err), 0);
	assert_int_equal(cc_note_verify(&note, &key, NULL, &err), 0);
}

static void malformed_keys_are_refused(void **state)
{
	static const struct {
		const char *text;
		enum cc_code code;
	} rows[] = {
		{ "", CC_E_ARG },
		{ "name", CC_E_ARG },
		{ "name+c74f20a3", CC_E_ARG },
		{ "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", CC_E_ARG },
		{ "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", CC_E_ARG },
		{ "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", CC_E_ARG },
		{ "PeterNeumann+c74f20+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", CC_E_ARG },
		{ "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T", CC_E_ARG },
		{ "PeterNeumann+c74f20a3+AhpcAA==", CC_E_UNSUPPORTED },
		{ "PeterNeumann+c74f20a3+ARpcAA==", CC_E_UNSUPPORTED },
		{ "PeterNeumann+c74f20a3+", CC_E_UNSUPPORTED },
	};
	struct cc_note_key key = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		if (cc_note_key_parse(cc_span_str(rows[i].text), &key, &err) == 0)
			fail_msg("'%s' is accepted", rows[i].text);
		assert_int_equal(err.code, rows[i].code);
		assert_string_equal(key.name, "");
	}
}

static void what_others_would_refuse_is_not_signed(void **state)
{
	static const char *const texts[] = { "", "no newline", "con\ttrol\n", "\xff\n" };
	AUTO_SIGNER struct signer log = { 0 }, other = { 0 };
	CC_AUTO_KEY struct cc_key *p256 = NULL;
	CC_AUTO_BUF struct cc_buf out = { 0 };
	char longest[CC_NOTE_NAME_MAX + 2] = "";
	struct cc_note_key key = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make(&log, "log", CC_NOTE_COSIGNATURE);
	make(&other, "log", CC_NOTE_COSIGNATURE);
	for (size_t i = 0; i < CC_COUNT(texts); i++)
		assert_int_equal(
			cc_note_sign(cc_span_str(texts[i]), &log.key, log.secret, 0, &out, &err),
			-1);
	assert_int_equal(cc_note_sign(cc_span_str(TEXT), &log.key, other.secret, 0, &out, &err),
			 -1);
	assert_int_equal(cc_note_sign(cc_span_str(TEXT), &log.key, log.secret,
				      (uint64_t)INT64_MAX + 1, &out, &err),
			 -1);
	assert_int_equal(out.len, 0);
	assert_int_equal(cc_note_sign(cc_span_str(TEXT), &log.key, log.secret, 0, &out, &err), 0);
	assert_int_equal(cc_note_sign(cc_span_str("other\n"), &log.key, log.secret, 0, &out, &err),
			 -1);
	assert_int_equal(cc_key_generate(CC_KEY_P256, &p256, &err), 0);
	assert_int_equal(cc_note_key_make("p256", CC_NOTE_ED25519, cc_key_public(p256), &key, &err),
			 -1);
	memset(longest, 'x', CC_NOTE_NAME_MAX + 1);
	assert_int_equal(
		cc_note_key_make(longest, CC_NOTE_ED25519, cc_key_public(log.secret), &key, &err),
		-1);
	longest[CC_NOTE_NAME_MAX] = '\0';
	assert_int_equal(
		cc_note_key_make(longest, CC_NOTE_ED25519, cc_key_public(log.secret), &key, &err),
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_and_keys_of_the_reference_implementation_verify),
		cmocka_unit_test(the_checkpoint_of_the_specification_is_read),
		cmocka_unit_test(what_is_signed_and_cosigned_verifies_by_each_key),
		cmocka_unit_test(a_cosignature_is_over_header_time_and_text),
		cmocka_unit_test(a_changed_text_time_or_signature_does_not_verify),
		cmocka_unit_test(a_bad_signature_beside_a_good_one_of_the_same_key_is_refused),
		cmocka_unit_test(a_key_matches_by_name_and_id_together),
		cmocka_unit_test(what_is_not_a_note_is_refused),
		cmocka_unit_test(the_last_empty_line_parts_text_from_signatures),
		cmocka_unit_test(each_maximum_holds_and_is_reached),
		cmocka_unit_test(a_longer_signature_of_another_kind_is_kept_and_ignored),
		cmocka_unit_test(malformed_keys_are_refused),
		cmocka_unit_test(what_others_would_refuse_is_not_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
