/* SPDX-License-Identifier: Apache-2.0 */
/* Releases and the frames that follow them. */
#include "tests/unit/test.h"

#include "base/fd.h"
#include "base/str.h"
#include "proto/release.h"

struct both {
	struct cc_key *cas;
	struct cc_hpke_key *key;
	struct cc_digest pin;
	struct cc_digest64 report;
	struct cc_release release;
	struct cc_frames keeper, caller;
};

static void both_clear(struct both *b)
{
	cc_key_free(b->cas);
	cc_hpke_key_free(b->key);
	cc_release_clear(&b->release);
	cc_frames_clear(&b->keeper);
	cc_frames_clear(&b->caller);
}

static struct both sealed(void)
{
	struct both b = { .report = { { 9 } }, .release = { .index = 42, .session = { 8 } } };
	struct cc_release_plan plan = { .configuration = cc_span_str("the configuration") };
	struct cc_err err = { 0 };

	assert_int_equal(cc_key_generate(CC_KEY_ED25519, &b.cas, &err), 0);
	assert_int_equal(cc_hpke_key_generate(&b.key, &err), 0);
	assert_int_equal(cc_pubkey_hash(cc_key_public(b.cas), &b.pin, &err), 0);
	plan.report_data = &b.report;
	plan.to = cc_hpke_key_public(b.key);
	plan.cas = b.cas;
	assert_int_equal(cc_release_seal(&plan, &b.release, &b.keeper, &err), 0);
	return b;
}

static int open_release(struct both *b, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_release_expect expect = { .report_data = &b->report,
						  .key = b->key,
						  .cas = cc_key_public(b->cas),
						  .pin = &b->pin };

	return cc_release_open(&b->release, &expect, out, &b->caller, err);
}

static struct both opened(void)
{
	struct both b = sealed();
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(open_release(&b, &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "the configuration"));
	return b;
}

static void a_release_opens_and_both_have_the_same_frame_keys(void **state)
{
	CC_CLEANUP(both_clear) struct both b = opened();

	(void)state;
	assert_true(cc_secret_equal(b.keeper.up, b.caller.up));
	assert_true(cc_secret_equal(b.keeper.down, b.caller.down));
	assert_false(cc_secret_equal(b.keeper.up, b.keeper.down));
	assert_memory_equal(b.keeper.session, b.caller.session, CC_SESSION_LEN);
}

enum forgery {
	INDEX,
	SESSION,
	CIPHERTEXT,
	SIGNATURE,
	REPORT, /* another nonce, connection or policy: another report data */
	PIN,
	FORGERIES,
};

static void a_forged_or_moved_release_is_refused_before_it_is_opened(void **state)
{
	(void)state;
	for (enum forgery f = INDEX; f < FORGERIES; f++) {
		CC_CLEANUP(both_clear) struct both b = sealed();
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		b.release.index ^= f == INDEX;
		b.release.session[0] ^= f == SESSION;
		b.release.sealed.at[40] ^= f == CIPHERTEXT;
		b.release.signature[3] ^= f == SIGNATURE;
		b.report.b[0] ^= f == REPORT;
		b.pin.b[0] ^= f == PIN;
		assert_int_equal(open_release(&b, &out, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		assert_int_equal(out.len, 0);
		assert_null(b.caller.up);
	}
}

/* By HPKE alone, as docs/protocol says it: what a signature covers is sealed for it as well. */
static void a_release_is_sealed_for_its_report_index_and_session(void **state)
{
	CC_CLEANUP(both_clear) struct both b = sealed();
	CC_AUTO_BUF struct cc_buf info = { 0 }, aad = { 0 }, out = { 0 };
	const struct cc_span sealed_bytes = cc_buf_span(&b.release.sealed);
	CC_AUTO_HPKE struct cc_hpke *hpke = NULL;
	struct cc_hpke_public enc = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_buf_add_str(&info, "concordat release 1", &err), 0);
	assert_int_equal(cc_buf_add(&info, CC_DIGEST_SPAN(b.report), &err), 0);
	assert_int_equal(cc_buf_add_u64be(&aad, b.release.index, &err), 0);
	assert_int_equal(cc_buf_add(&aad, CC_SPAN(b.release.session), &err), 0);
	memcpy(enc.b, sealed_bytes.at, sizeof(enc.b));
	assert_int_equal(cc_hpke_receiver(b.key, &enc, cc_buf_span(&info), &hpke, &err), 0);
	assert_int_equal(cc_hpke_open(hpke, cc_buf_span(&aad),
				      cc_span_sub(sealed_bytes, sizeof(enc.b), sealed_bytes.len),
				      &out, &err),
			 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "the configuration"));
}

static void another_cas_s_release_is_refused(void **state)
{
	CC_CLEANUP(both_clear) struct both b = sealed(), other = sealed();
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	/* Sealed to our key over our report data, but signed by another key, which it shows. */
	b.pin = other.pin;
	assert_int_equal(open_release(&b, &out, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

static void a_release_for_another_key_does_not_open(void **state)
{
	CC_CLEANUP(both_clear) struct both b = sealed();
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	cc_hpke_key_free(CC_TAKE(b.key));
	assert_int_equal(cc_hpke_key_generate(&b.key, &err), 0);
	assert_int_equal(open_release(&b, &out, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
}

static void a_release_survives_json(void **state)
{
	CC_CLEANUP(both_clear) struct both b = sealed();
	CC_AUTO_RELEASE struct cc_release again = { 0 };
	CC_AUTO_BUF struct cc_buf json = { 0 }, out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_release_print(&b.release, &json, &err), 0);
	assert_int_equal(cc_release_parse(cc_buf_span(&json), &again, &err), 0);
	cc_release_clear(&b.release);
	b.release = again;
	again = (struct cc_release){ 0 };
	assert_int_equal(open_release(&b, &out, &err), 0);
}

/* Frames. */

static void ask(struct both *b, const char *text, struct cc_buf *frame)
{
	struct cc_err err = { 0 };

	cc_buf_reset(frame);
	assert_int_equal(cc_frame_ask(&b->caller, cc_span_str(text), frame, &err), 0);
}

/* The keeper takes the frame and answers "ok"; what it read is compared. */
static void serve(struct both *b, const struct cc_buf *frame, const char *text, struct cc_buf *down)
{
	CC_AUTO_BUF struct cc_buf plain = { 0 };
	struct cc_err err = { 0 };
	bool repeated = true;

	assert_int_equal(cc_frame_take(&b->keeper, cc_buf_span(frame), &plain, &repeated, &err), 0);
	assert_false(repeated);
	assert_true(cc_span_eq_str(cc_buf_span(&plain), text));
	cc_buf_reset(down);
	assert_int_equal(cc_frame_answer(&b->keeper, cc_span_str("ok"), down, &err), 0);
}

static int answered(struct both *b, const struct cc_buf *down, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { 0 };
	int result = cc_frame_answered(&b->caller, cc_buf_span(down), &plain, err);

	assert_true(cc_span_eq_str(cc_buf_span(&plain), result == 0 ? "ok" : ""));
	return result;
}

static int take(struct both *b, const struct cc_buf *frame, bool *repeated, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { 0 };
	int result = cc_frame_take(&b->keeper, cc_buf_span(frame), &plain, repeated, err);

	assert_true(result == 0 || plain.len == 0);
	return result;
}

static void frames_go_up_and_down_in_their_order(void **state)
{
	CC_CLEANUP(both_clear) struct both b = opened();
	CC_AUTO_BUF struct cc_buf up = { 0 }, down = { 0 };
	static const char *const texts[] = { "first", "second", "" };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		uint8_t session[CC_SESSION_LEN] = { 0 };

		ask(&b, texts[i], &up);
		assert_int_equal(cc_frame_session(cc_buf_span(&up), session, &err), 0);
		assert_memory_equal(session, b.keeper.session, CC_SESSION_LEN);
		serve(&b, &up, texts[i], &down);
		assert_int_equal(answered(&b, &down, &err), 0);
	}
}

static void the_same_bytes_are_a_repetition_and_other_bytes_end_the_session(void **state)
{
	CC_CLEANUP(both_clear) struct both b = opened();
	CC_AUTO_BUF struct cc_buf up = { 0 }, other = { 0 }, down = { 0 };
	struct cc_err err = { 0 };
	bool repeated = false;

	(void)state;
	ask(&b, "first", &up);
	serve(&b, &up, "first", &down);
	assert_int_equal(take(&b, &up, &repeated, &err), 0);
	assert_true(repeated);
	/* A caller that was rolled back asks anew under the number that it had. */
	b.caller.asked = false;
	ask(&b, "first", &other);
	assert_int_equal(take(&b, &other, &repeated, &err), -1);
	assert_int_equal(err.code, CC_E_STALE);
}

/* All frames have the same nonce: under one key the same text would be the same bytes. */
static void no_two_frames_have_one_key(void **state)
{
	CC_CLEANUP(both_clear) struct both b = opened();
	CC_AUTO_BUF struct cc_buf one = { 0 }, two = { 0 };

	(void)state;
	ask(&b, "the same text", &one);
	b.caller.asked = false;
	ask(&b, "the same text", &two);
	assert_int_equal(one.len, two.len);
	assert_memory_not_equal(one.at + CC_FRAME_HEAD, two.at + CC_FRAME_HEAD,
				strlen("the same text"));
}

static void old_and_skipped_numbers_are_stale(void **state)
{
	CC_CLEANUP(both_clear) struct both b = opened();
	CC_AUTO_BUF struct cc_buf first = { 0 }, second = { 0 }, skipped = { 0 }, down = { 0 };
	struct cc_err err = { 0 };
	bool repeated = false;

	(void)state;
	ask(&b, "1", &first);
	serve(&b, &first, "1", &down);
	assert_int_equal(answered(&b, &down, &err), 0);
	ask(&b, "2", &second);
	serve(&b, &second, "2", &down);
	assert_int_equal(take(&b, &first, &repeated, &err), -1);
	assert_int_equal(err.code, CC_E_STALE);
	b.caller.asked = false;
	b.caller.next = 7;
	ask(&b, "7", &skipped);
	assert_int_equal(take(&b, &skipped, &repeated, &err), -1);
	assert_int_equal(err.code, CC_E_STALE);
}

/* When the session is over: what is authentic gets an answer under its own number. */
static void a_late_frame_is_taken_under_any_number_when_it_is_authentic(void **state)
{
	CC_CLEANUP(both_clear) struct both b = opened();
	CC_AUTO_BUF struct cc_buf late = { 0 }, down = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	b.caller.next = 7;
	ask(&b, "7", &late);
	late.at[late.len - 1] ^= 1;
	assert_int_equal(cc_frame_take_late(&b.keeper, cc_buf_span(&late), &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	late.at[late.len - 1] ^= 1;
	assert_int_equal(cc_frame_take_late(&b.keeper, cc_buf_span(&late), &err), 0);
	assert_int_equal(cc_frame_answer(&b.keeper, cc_span_str("ok"), &down, &err), 0);
	assert_int_equal(answered(&b, &down, &err), 0);
}

static void a_frame_in_the_wrong_direction_is_not_authentic(void **state)
{
	CC_CLEANUP(both_clear) struct both b = opened();
	CC_AUTO_BUF struct cc_buf up = { 0 }, down = { 0 };
	struct cc_err err = { 0 };
	bool repeated = false;

	(void)state;
	ask(&b, "1", &up);
	assert_int_equal(answered(&b, &up, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	serve(&b, &up, "1", &down);
	assert_int_equal(take(&b, &down, &repeated, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
}

static void an_answer_to_another_question_is_stale(void **state)
{
	CC_CLEANUP(both_clear) struct both b = opened();
	CC_AUTO_BUF struct cc_buf up = { 0 }, down = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	ask(&b, "1", &up);
	serve(&b, &up, "1", &down);
	assert_int_equal(answered(&b, &down, &err), 0);
	assert_int_equal(answered(&b, &down, &err), -1);
	assert_int_equal(err.code, CC_E_STALE);
	ask(&b, "2", &up);
	assert_int_equal(answered(&b, &down, &err), -1);
	assert_int_equal(err.code, CC_E_STALE);
}

static void each_flipped_byte_is_found_and_the_session_goes_on(void **state)
{
	CC_CLEANUP(both_clear) struct both b = opened();
	CC_AUTO_BUF struct cc_buf up = { 0 }, down = { 0 };
	struct cc_err err = { 0 };
	bool repeated = false;

	(void)state;
	ask(&b, "text", &up);
	for (size_t i = 0; i < up.len; i++) {
		up.at[i] ^= 1;
		assert_int_equal(take(&b, &up, &repeated, &err), -1);
		assert_int_equal(err.code, i == 0 ? CC_E_ARG : CC_E_TAMPERED);
		up.at[i] ^= 1;
	}
	for (size_t len = 0; len < up.len; len++) {
		CC_AUTO_BUF struct cc_buf plain = { 0 };

		assert_int_equal(
			cc_frame_take(&b.keeper, cc_span(up.at, len), &plain, &repeated, &err), -1);
	}
	serve(&b, &up, "text", &down);
}

static void a_second_question_waits_for_the_first_answer(void **state)
{
	CC_CLEANUP(both_clear) struct both b = opened();
	CC_AUTO_BUF struct cc_buf up = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	ask(&b, "1", &up);
	assert_int_equal(cc_frame_ask(&b.caller, cc_span_str("2"), &up, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	assert_int_equal(cc_frame_answer(&b.keeper, cc_span_str("?"), &up, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
}

/* The request for a release. */

static struct cc_attest attest(void)
{
	struct cc_attest a = { .role = CC_ROLE_RUNTIME, .nonce = { 1 }, .ticket = { 2 } };
	struct cc_buf *evidence = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_attest_add(&a, "sgx", &evidence, &err), 0);
	assert_int_equal(cc_str_dup("p", &a.policy, &err), 0);
	assert_int_equal(cc_str_dup("s", &a.service, &err), 0);
	assert_int_equal(cc_buf_add_str(evidence, "quote", &err), 0);
	return a;
}

static void a_request_for_a_release_survives_json(void **state)
{
	CC_AUTO_ATTEST struct cc_attest a = attest(), again = { 0 };
	CC_AUTO_BUF struct cc_buf json = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_attest_print(&a, &json, &err), 0);
	assert_int_equal(cc_attest_parse(cc_buf_span(&json), &again, &err), 0);
	assert_int_equal(again.role, CC_ROLE_RUNTIME);
	assert_string_equal(again.policy, "p");
	assert_true(cc_span_eq_str(cc_buf_span(&again.evidence[0].bytes), "quote"));
	assert_memory_equal(again.nonce, a.nonce, CC_NONCE_LEN);
	assert_memory_equal(again.ticket, a.ticket, CC_TICKET_LEN);
}

static void a_request_may_bring_a_password_and_a_proof(void **state)
{
	CC_AUTO_ATTEST struct cc_attest a = attest(), again = { 0 }, none = { 0 };
	CC_AUTO_BUF struct cc_buf json = { 0 }, second = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_str_dup("123456", &a.password, &err), 0);
	a.has_access = true;
	a.access.b[31] = 7;
	assert_int_equal(cc_attest_print(&a, &json, &err), 0);
	assert_int_equal(cc_attest_parse(cc_buf_span(&json), &again, &err), 0);
	assert_string_equal(again.password, "123456");
	assert_true(again.has_access);
	assert_int_equal(again.access.b[31], 7);
	free(a.password);
	assert_int_equal(cc_str_dup("123456789012345678901234567890123", &a.password, &err), 0);
	assert_int_equal(cc_attest_print(&a, &second, &err), 0);
	assert_int_equal(cc_attest_parse(cc_buf_span(&second), &none, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

static void a_cas_gets_no_release_and_evidence_has_a_maximum(void **state)
{
	CC_AUTO_ATTEST struct cc_attest a = attest(), big = attest(), none = { 0 };
	CC_AUTO_BUF struct cc_buf json = { 0 }, second = { 0 };
	struct cc_mut room = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	a.role = CC_ROLE_CAS;
	assert_int_equal(cc_attest_print(&a, &json, &err), 0);
	assert_int_equal(cc_attest_parse(cc_buf_span(&json), &none, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_buf_extend(&big.evidence[0].bytes, CC_EVIDENCE_MAX, &room, &err), 0);
	memset(room.at, 0, room.len);
	assert_int_equal(cc_attest_print(&big, &second, &err), 0);
	assert_int_equal(cc_attest_parse(cc_buf_span(&second), &none, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

/* Whoever knows one evidence alone reads and writes what it did. */
static void a_request_with_one_evidence_has_no_member_for_a_second(void **state)
{
	CC_AUTO_ATTEST struct cc_attest a = attest();
	CC_AUTO_BUF struct cc_buf json = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_attest_print(&a, &json, &err), 0);
	assert_null(memmem(json.at, json.len, "second", 6));
}

static void add(struct cc_attest *to, const char *platform, const char *bytes)
{
	struct cc_buf *evidence = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_attest_add(to, platform, &evidence, &err), 0);
	assert_int_equal(cc_buf_add_str(evidence, bytes, &err), 0);
}

static void evidence_of_two_platforms_survives_json_in_its_order(void **state)
{
	static const struct {
		const char *other;
		size_t at; /* where it stands, beside the one of sgx */
	} rows[] = { { "nitro", 0 }, { "tpm", 1 } };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_ATTEST struct cc_attest a = attest(), again = { 0 };
		CC_AUTO_BUF struct cc_buf json = { 0 };
		const struct cc_attest_evidence *other = &again.evidence[rows[i].at],
						*sgx = &again.evidence[1 - rows[i].at];
		struct cc_err err = { 0 };

		add(&a, rows[i].other, "second");
		assert_int_equal(cc_attest_print(&a, &json, &err), 0);
		assert_int_equal(cc_attest_parse(cc_buf_span(&json), &again, &err), 0);
		assert_int_equal(again.evidence_count, 2);
		assert_string_equal(other->platform, rows[i].other);
		assert_string_equal(sgx->platform, "sgx");
		assert_true(cc_span_eq_str(cc_buf_span(&other->bytes), "second"));
		assert_true(cc_span_eq_str(cc_buf_span(&sgx->bytes), "quote"));
	}
}

static void a_platform_has_one_evidence_and_a_request_two(void **state)
{
	CC_AUTO_ATTEST struct cc_attest a = attest();
	struct cc_buf *evidence = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_attest_add(&a, "sgx", &evidence, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	add(&a, "tpm", "second");
	assert_int_equal(cc_attest_add(&a, "nitro", &evidence, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(a.evidence_count, 2);
}

/* The JSON of a good pair, with `from` as `to`. */
static enum cc_code parsed_with(const char *from, const char *to)
{
	CC_AUTO_ATTEST struct cc_attest a = attest(), again = { 0 };
	CC_AUTO_BUF struct cc_buf json = { 0 }, other = { 0 };
	const char *text = NULL, *at = NULL;
	struct cc_err err = { 0 };

	add(&a, "tpm", "second");
	assert_int_equal(cc_attest_print(&a, &json, &err), 0);
	assert_int_equal(cc_buf_str(&json, &text, &err), 0);
	at = strstr(text, from);
	assert_non_null(at);
	assert_int_equal(cc_buf_add(&other, cc_span(text, (size_t)(at - text)), &err), 0);
	assert_int_equal(cc_buf_add_str(&other, to, &err), 0);
	assert_int_equal(cc_buf_add_str(&other, at + strlen(from), &err), 0);
	return cc_attest_parse(cc_buf_span(&other), &again, &err) == 0 ? CC_OK : err.code;
}

static void another_form_of_two_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
		enum cc_code code;
	} rows[] = {
		{ "\"tpm\"", "\"tpm\"", CC_OK },
		{ "\"tpm\"", "\"sgx\"", CC_E_CONFLICT }, /* the same platform twice */
		{ "\"tpm\"", "\"nitro\"", CC_E_ARG },    /* the other order */
		{ "\"platform\":\"tpm\"", "\"platform\":\"tpm\",\"second\":{}", CC_E_ARG },
		{ "\"second\":{", "\"third\":{},\"second\":{", CC_E_ARG },
		{ "\"second\":{", "\"second\":[],\"x\":{", CC_E_ARG },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		if (parsed_with(rows[i].from, rows[i].to) != rows[i].code)
			fail_msg("row %zu: %s", i, rows[i].to);
}

static void a_second_evidence_has_a_maximum_too(void **state)
{
	CC_AUTO_ATTEST struct cc_attest fits = attest(), big = attest(), none = { 0 }, both = { 0 };
	CC_AUTO_BUF struct cc_buf json = { 0 }, second = { 0 };
	struct cc_mut room = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	add(&fits, "tpm", "");
	for (size_t i = 0; i < 2; i++) {
		cc_buf_reset(&fits.evidence[i].bytes);
		assert_int_equal(
			cc_buf_extend(&fits.evidence[i].bytes, CC_EVIDENCE_MAX, &room, &err), 0);
		memset(room.at, 0, room.len);
	}
	assert_int_equal(cc_attest_print(&fits, &json, &err), 0);
	assert_int_equal(cc_attest_parse(cc_buf_span(&json), &both, &err), 0);
	add(&big, "tpm", "x");
	assert_int_equal(cc_buf_extend(&big.evidence[1].bytes, CC_EVIDENCE_MAX, &room, &err), 0);
	memset(room.at, 0, room.len);
	assert_int_equal(cc_attest_print(&big, &second, &err), 0);
	assert_int_equal(cc_attest_parse(cc_buf_span(&second), &none, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_release_opens_and_both_have_the_same_frame_keys),
		cmocka_unit_test(a_forged_or_moved_release_is_refused_before_it_is_opened),
		cmocka_unit_test(a_release_is_sealed_for_its_report_index_and_session),
		cmocka_unit_test(another_cas_s_release_is_refused),
		cmocka_unit_test(a_release_for_another_key_does_not_open),
		cmocka_unit_test(a_release_survives_json),
		cmocka_unit_test(frames_go_up_and_down_in_their_order),
		cmocka_unit_test(the_same_bytes_are_a_repetition_and_other_bytes_end_the_session),
		cmocka_unit_test(no_two_frames_have_one_key),
		cmocka_unit_test(old_and_skipped_numbers_are_stale),
		cmocka_unit_test(a_late_frame_is_taken_under_any_number_when_it_is_authentic),
		cmocka_unit_test(a_frame_in_the_wrong_direction_is_not_authentic),
		cmocka_unit_test(an_answer_to_another_question_is_stale),
		cmocka_unit_test(each_flipped_byte_is_found_and_the_session_goes_on),
		cmocka_unit_test(a_second_question_waits_for_the_first_answer),
		cmocka_unit_test(a_request_for_a_release_survives_json),
		cmocka_unit_test(a_request_may_bring_a_password_and_a_proof),
		cmocka_unit_test(a_cas_gets_no_release_and_evidence_has_a_maximum),
		cmocka_unit_test(a_request_with_one_evidence_has_no_member_for_a_second),
		cmocka_unit_test(evidence_of_two_platforms_survives_json_in_its_order),
		cmocka_unit_test(a_platform_has_one_evidence_and_a_request_two),
		cmocka_unit_test(another_form_of_two_is_refused),
		cmocka_unit_test(a_second_evidence_has_a_maximum_too),
	};

	return cmocka_run_group_tests_name("proto/release", tests, NULL, NULL);
}
