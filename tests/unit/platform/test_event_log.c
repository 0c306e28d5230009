/* SPDX-License-Identifier: Apache-2.0 */
/* Event logs of a firmware of our own: what no recorded one can show is made here. */
#include "tests/unit/test.h"

#include "platform/event_log.h"

static int replay(const struct cc_sim_log *log, struct cc_replay *out, struct cc_err *err)
{
	*err = (struct cc_err){ 0 };
	return cc_event_log_replay(cc_buf_span(&log->bytes), CC_HASH_SHA256, out, err);
}

static void assert_refused(const struct cc_sim_log *log, enum cc_code code, const char *word)
{
	struct cc_replay out = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(replay(log, &out, &err), -1);
	if (err.code != code || strstr(err.text, word) == NULL)
		fail_msg("'%s' is not about '%s'", err.text, word);
}

static void a_log_leads_to_the_registers(void **state)
{
	CC_AUTO_SIM_LOG struct cc_sim_log log = { 0 };
	struct cc_replay out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sim_log_good(&log, &err), 0);
	if (replay(&log, &out, &err) != 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < 17; i++)
		assert_memory_equal(out.at[i].b, log.pcr[i].b, 32);
	assert_int_equal(out.extended, 0x1ff);
	assert_int_equal(out.separated, 0xff);
	assert_int_equal(out.exited, 1U << 5);
	assert_int_equal(out.at[17].b[0], 0xff);
	assert_int_equal(out.at[23].b[0], 0);
	assert_int_equal(cc_event_log_replay(cc_buf_span(&log.bytes), CC_HASH_SHA384, &out, &err),
			 -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
}

static void tables_are_filled_up(void **state)
{
	static const uint8_t fills[] = { 0x00, 0xff };

	(void)state;
	for (size_t f = 0; f < CC_COUNT(fills); f++) {
		CC_AUTO_SIM_LOG struct cc_sim_log log = { 0 };
		struct cc_replay out = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_sim_log_good(&log, &err), 0);
		for (size_t i = 0; i < 100; i++)
			assert_int_equal(cc_buf_add_u8(&log.bytes, fills[f], &err), 0);
		assert_int_equal(replay(&log, &out, &err), 0);
		/* What follows the filling is no event that was overlooked. */
		assert_int_equal(cc_buf_add_u8(&log.bytes, 1, &err), 0);
		assert_refused(&log, CC_E_ARG, "");
	}
}

static void every_cut_is_noticed_or_between_events(void **state)
{
	CC_AUTO_SIM_LOG struct cc_sim_log log = { 0 };
	struct cc_err err = { 0 };
	size_t whole = 0, fine = 0;

	(void)state;
	assert_int_equal(cc_sim_log_good(&log, &err), 0);
	whole = log.bytes.len;
	for (size_t len = 0; len < whole; len++) {
		struct cc_replay out = { 0 };

		log.bytes.len = len;
		fine += replay(&log, &out, &err) == 0 ? 1 : 0;
	}
	/* Behind the header and each event but the last, or in zeroes with which one begins. */
	assert_true(fine >= 18 && fine <= 18 + 4 * 18);
}

/* TPM2_Startup from locality 3: PCR 0 starts with it. */
static void the_locality_of_the_start_is_in_pcr_0(void **state)
{
	static const uint8_t locality[] = "StartupLocality\0\x03";
	const struct cc_span said = cc_span(locality, 17);
	CC_AUTO_SIM_LOG struct cc_sim_log log = { 0 }, late = { 0 }, twice = { 0 }, other = { 0 };
	struct cc_replay out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sim_log_start(&log, &err), 0);
	log.pcr[0].b[31] = 3;
	assert_int_equal(cc_sim_log_add(&log, 0, CC_EVENT_NO_ACTION, said, &err), 0);
	assert_int_equal(cc_sim_log_add(&log, 0, 1, cc_span_str("code"), &err), 0);
	assert_int_equal(replay(&log, &out, &err), 0);
	assert_memory_equal(out.at[0].b, log.pcr[0].b, 32);
	assert_int_equal(cc_sim_log_start(&late, &err), 0);
	assert_int_equal(cc_sim_log_add(&late, 0, 1, cc_span_str("code"), &err), 0);
	assert_int_equal(cc_sim_log_add(&late, 0, CC_EVENT_NO_ACTION, said, &err), 0);
	assert_refused(&late, CC_E_EVIDENCE, "too late or twice");
	assert_int_equal(cc_sim_log_start(&twice, &err), 0);
	assert_int_equal(cc_sim_log_add(&twice, 0, CC_EVENT_NO_ACTION, said, &err), 0);
	assert_int_equal(cc_sim_log_add(&twice, 0, CC_EVENT_NO_ACTION, said, &err), 0);
	assert_refused(&twice, CC_E_EVIDENCE, "too late or twice");
	/* What has no action extends nothing. */
	assert_int_equal(cc_sim_log_start(&other, &err), 0);
	assert_int_equal(
		cc_sim_log_add(&other, 4, CC_EVENT_NO_ACTION, cc_span_str("SP800-155"), &err), 0);
	assert_int_equal(replay(&other, &out, &err), 0);
	assert_int_equal(out.extended, 0);
}

/* Only the digest is authentic: words that it is not the hash of say nothing. */
static void words_count_when_they_were_measured(void **state)
{
	CC_AUTO_SIM_LOG struct cc_sim_log log = { 0 };
	struct cc_replay out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sim_log_good(&log, &err), 0);
	log.bytes.at[log.bytes.len - 1] = 'S'; /* "… with SuccesS" */
	assert_int_equal(replay(&log, &out, &err), 0);
	assert_int_equal(out.exited, 0);
	log.bytes.at[log.bytes.len - 1] = 's';
	/* A digest that is another: the words are as they should be. */
	log.bytes.at[log.bytes.len - 45] ^= 1;
	assert_int_equal(replay(&log, &out, &err), 0);
	assert_int_equal(out.exited, 0);
}

static void what_no_log_says_is_refused(void **state)
{
	static const struct {
		size_t at; /* header: algorithms at 60, of SHA-1 and SHA-256; first event at 69 */
		uint8_t value;
		enum cc_code code;
		const char *word;
	} cases[] = {
		{ 0, 2, CC_E_UNSUPPORTED, "header" },  /* PCR of the header */
		{ 4, 8, CC_E_UNSUPPORTED, "header" },  /* type of the header */
		{ 8, 1, CC_E_UNSUPPORTED, "header" },  /* digest of the header */
		{ 32, 'X', CC_E_UNSUPPORTED, "form" }, /* "Spec ID Event03" */
		{ 56, 0, CC_E_ARG, "0 algorithms" },
		{ 56, 9, CC_E_ARG, "9 algorithms" },
		{ 62, 21, CC_E_ARG, "21 bytes" },            /* size of SHA-1 */
		{ 64, 0x04, CC_E_ARG, "" },                  /* SHA-1 twice */
		{ 68, 1, CC_E_ARG, "vendor" },               /* more than there is */
		{ 28, 38, CC_E_ARG, "header" },              /* header longer than its parts */
		{ 69, 24, CC_E_ARG, "PCR 24" },              /* PCR */
		{ 77, 3, CC_E_ARG, "3 digests" },            /* more than there are banks */
		{ 77, 0, CC_E_ARG, "0 digests" },            /* none */
		{ 77, 1, CC_E_ARG, "data of an event" },     /* a length that leads outside */
		{ 81, 0x0d, CC_E_ARG, "not in its header" }, /* SHA-512 */
		{ 103, 0x04, CC_E_ARG, "two digests" },      /* SHA-1 again */
		{ 138, 0xff, CC_E_ARG, "data of an event" },
	};

	(void)state;
	for (size_t c = 0; c < CC_COUNT(cases); c++) {
		CC_AUTO_SIM_LOG struct cc_sim_log log = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_sim_log_good(&log, &err), 0);
		log.bytes.at[cases[c].at] = cases[c].value;
		assert_refused(&log, cases[c].code, cases[c].word);
	}
}

static void a_log_has_a_maximum(void **state)
{
	CC_AUTO_SIM_LOG struct cc_sim_log log = { 0 };
	struct cc_mut room = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sim_log_good(&log, &err), 0);
	assert_int_equal(cc_buf_extend(&log.bytes, CC_EVENT_LOG_MAX, &room, &err), 0);
	memset(room.at, 0, room.len);
	assert_refused(&log, CC_E_TOOBIG, "at most");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_leads_to_the_registers),
		cmocka_unit_test(tables_are_filled_up),
		cmocka_unit_test(every_cut_is_noticed_or_between_events),
		cmocka_unit_test(the_locality_of_the_start_is_in_pcr_0),
		cmocka_unit_test(words_count_when_they_were_measured),
		cmocka_unit_test(what_no_log_says_is_refused),
		cmocka_unit_test(a_log_has_a_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
