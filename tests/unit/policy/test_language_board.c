/* SPDX-License-Identifier: Apache-2.0 */
/* What the text of a board may say. */
#include "tests/unit/policy/given.h"

#include "codec/text.h"
#include "crypto/sign.h"
#include "policy/board.h"
#include "policy/duration.h"

#define KEYS_MAX 6

/* The same keys in each run, and their three spellings. */
struct keys {
	struct cc_key *key[KEYS_MAX];
	char hash[KEYS_MAX][96], signer[KEYS_MAX][96], pem[KEYS_MAX][256];
};
static struct keys keys;

static void spell(const struct cc_key *key, size_t i)
{
	CC_AUTO_BUF struct cc_buf hash = { 0 }, raw = { 0 }, signer = { 0 }, pem = { 0 };
	struct cc_digest digest = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_pubkey_hash(cc_key_public(key), &digest, &err), 0);
	assert_int_equal(
		cc_base58check_add(&hash, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(digest), &err), 0);
	assert_int_equal(cc_pubkey_to_raw(cc_key_public(key), &raw, &err), 0);
	assert_int_equal(cc_base58check_add(&signer, CC_BASE58_SIGNER, cc_buf_span(&raw), &err), 0);
	assert_int_equal(cc_pubkey_to_pem(cc_key_public(key), &pem, &err), 0);
	(void)snprintf(keys.hash[i], sizeof(keys.hash[i]), "%.*s", (int)hash.len,
		       (const char *)hash.at);
	(void)snprintf(keys.signer[i], sizeof(keys.signer[i]), "%.*s", (int)signer.len,
		       (const char *)signer.at);
	/* In a double-quoted YAML text. */
	for (size_t k = 0, to = 0; k < pem.len; k++)
		to += (size_t)snprintf(keys.pem[i] + to, sizeof(keys.pem[i]) - to,
				       pem.at[k] == '\n' ? "\\n" : "%c", pem.at[k]);
}

static int make_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS_MAX; i++) {
		CC_AUTO_SECRET struct cc_secret *seed = NULL;
		const uint8_t bytes[32] = { (uint8_t)(i + 1), 0xb0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_secret_from(CC_SPAN(bytes), &seed, &err), 0);
		assert_int_equal(cc_key_from_seed(seed, &keys.key[i], &err), 0);
		spell(keys.key[i], i);
	}
	return 0;
}

static int drop_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS_MAX; i++)
		cc_key_free(keys.key[i]);
	return 0;
}

/* Members a to d with a key each, d of weight 3, then `more`. */
static const char *board(const char *more)
{
	static char text[8192];

	(void)snprintf(text, sizeof(text),
		       "name: p\nboard:\n  members:\n  - {name: a, key: %s}\n"
		       "  - {name: b, key: %s}\n  - {name: c, key: \"%s\"}\n"
		       "  - {name: d, key: %s, weight: 3}\n%s",
		       keys.hash[0], keys.signer[1], keys.pem[2], keys.hash[3], more);
	return text;
}

static void a_board_reaches_its_members(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(board(
		"  rule: {at_least: 2, of: [a, b, {at_least: 4, of: [c, d], weight: 2}]}\n"
		"  veto: a\n"
		"  deadline: 3 days\n"
		"  delay: 90 minutes\n"
		"  emergency: {rule: b, lapses: 2h}\n"
		"  classes:\n"
		"  - {class: [limits, data], rule: {all: [a, b]}, veto: [b, c], delay: 1 week}\n"
		"  - {class: board, rule: {at_least: 1, of: [a, b]}}\n"));
	const struct cc_board *made = policy->board;

	(void)state;
	assert_non_null(made);
	assert_int_equal(made->members.count, 4);
	assert_int_equal(made->members.at[3].weight, 3);
	assert_int_equal(made->rule.at_least, 2);
	assert_int_equal(made->rule.of.count, 3);
	assert_int_equal(made->rule.of.at[2].weight, 2);
	assert_string_equal(made->rule.of.at[2].of.at[1].member, "d");
	assert_int_equal(made->deadline, 3 * 24 * 3600);
	assert_int_equal(made->delay, 5400);
	assert_false(made->self_approval);
	assert_int_equal(made->emergency->lapses, 7200);
	assert_int_equal(made->classes.count, 2);
	assert_int_equal(made->classes.at[0].delay, 7 * 24 * 3600);
	assert_int_equal(cc_board_listed(made, &made->classes.at[0].veto), 6);
	assert_int_equal(cc_board_listed(made, &made->veto), 1);
	for (size_t i = 0; i < 4; i++) {
		struct cc_digest hash = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_pubkey_hash(cc_key_public(keys.key[i]), &hash, &err), 0);
		assert_int_equal(cc_board_keyed(made, &hash), 1 << i);
	}
}

static void what_is_left_out_has_its_standard(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(board("  rule: a\n  emergency: {rule: b}\n"));

	(void)state;
	assert_int_equal(policy->board->deadline, 7 * 24 * 3600);
	assert_int_equal(policy->board->delay, 0);
	assert_int_equal(policy->board->emergency->lapses, 24 * 3600);
	assert_int_equal(policy->board->members.at[0].weight, 1);
}

/* The canonical form is a policy with the same meaning, so it has the same hash. */
static void spellings_of_keys_and_times_do_not_move_the_hash(void **state)
{
	static char one[4096], other[4096];
	struct cc_digest a, b, c;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	const char *printed = NULL;
	struct cc_err err = { 0 };

	(void)state;
	(void)snprintf(one, sizeof(one),
		       "name: p\nboard: {members: [{name: a, key: %s}, {name: b, key: %s}], rule: "
		       "{all: [b]}, deadline: 48 hours, delay: 1 second}\n",
		       keys.hash[0], keys.signer[1]);
	(void)snprintf(other, sizeof(other),
		       "board: {delay: 1s, deadline: 2d, rule: {all: [b]}, members: [{key: \"%s\", "
		       "name: b}, {name: a, weight: 1, key: %s}]}\nname: p\n",
		       keys.pem[1], keys.signer[0]);
	a = hash_of(one);
	b = hash_of(other);
	assert_memory_equal(a.b, b.b, sizeof(a.b));
	policy = given(one);
	assert_int_equal(cc_policy_print(policy, &text, &err), 0);
	assert_int_equal(cc_buf_str(&text, &printed, &err), 0);
	c = hash_of(printed);
	assert_memory_equal(a.b, c.b, sizeof(a.b));
}

static void each_key_of_a_board_moves_the_hash(void **state)
{
	static const char *const texts[] = {
		"  rule: a\n",
		"  rule: b\n",
		"  rule: {all: [a]}\n",
		"  rule: {at_least: 1, of: [a]}\n",
		"  rule: {at_least: 1, of: [a, b]}\n",
		"  rule: {at_least: 2, of: [a, b, c]}\n",
		"  rule: {at_least: 2, of: [a, b, {all: [c]}]}\n",
		"  rule: {at_least: 2, of: [a, b, {all: [c], weight: 2}]}\n",
		"  rule: a\n  veto: a\n",
		"  rule: a\n  veto: [a, b]\n",
		"  rule: a\n  deadline: 1 hour\n",
		"  rule: a\n  delay: 1 hour\n",
		"  rule: a\n  self_approval: true\n",
		"  rule: a\n  emergency: {rule: a}\n",
		"  rule: a\n  emergency: {rule: b}\n",
		"  rule: a\n  emergency: {rule: b, lapses: 1 hour}\n",
		"  rule: a\n  classes: [{class: code, rule: b}]\n",
		"  rule: a\n  classes: [{class: data, rule: b}]\n",
		"  rule: a\n  classes: [{class: [code, data], rule: b}]\n",
		"  rule: a\n  classes: [{class: code, rule: b, delay: 1m}]\n",
		"  rule: a\n  classes: [{class: code, rule: b, veto: a}]\n",
	};
	struct cc_digest hashes[CC_COUNT(texts)];

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		hashes[i] = hash_of(board(texts[i]));
		for (size_t k = 0; k < i; k++)
			if (memcmp(hashes[i].b, hashes[k].b, sizeof(hashes[i].b)) == 0)
				fail_msg("the same hash:\n%s%s", texts[k], texts[i]);
	}
}

static void a_board_that_cannot_work_is_refused_with_its_reason(void **state)
{
	static const struct {
		const char *more, *why, *hint;
		enum cc_code code;
	} cases[] = {
		{ "  veto: a\n", "'rule' is missing", "", CC_E_ARG },
		{ "  rule: e\n", "names 'e', who is no member", "", CC_E_ARG },
		{ "  rule: {}\n", "one way", "at_least", CC_E_ARG },
		{ "  rule: {all: []}\n", "one way", "", CC_E_ARG },
		{ "  rule: {all: [a], of: [b], at_least: 1}\n", "one way", "", CC_E_ARG },
		{ "  rule: {at_least: 0, of: [a]}\n", "belong together", "", CC_E_ARG },
		{ "  rule: {of: [a, b]}\n", "belong together", "", CC_E_ARG },
		{ "  rule: {all: [a], at_least: 1}\n", "belong together", "", CC_E_ARG },
		{ "  rule: {at_least: 3, of: [a, b]}\n", "can never be met", "", CC_E_ARG },
		{ "  rule: {at_lest: 1, of: [a, b]}\n", "at_lest", "did you mean 'at_least'",
		  CC_E_ARG },
		{ "  rule: {all: [{at_least: 2, of: [a]}]}\n", "can never be met", "", CC_E_ARG },
		{ "  rule: {at_least: 2, of: [a, a]}\n", "counts twice", "'all'", CC_E_ARG },
		{ "  rule: {at_least: 2, of: [a, {all: [b, {at_least: 1, of: [a, c]}]}]}\n",
		  "counts twice", "", CC_E_ARG },
		{ "  rule: {all: [a, {all: [b], weight: 2}]}\n", "inside 'of' only", "", CC_E_ARG },
		{ "  rule: {all: [a, b, c, d]}\n", "nobody approves an own one", "self_approval",
		  CC_E_ARG },
		/* Each rule alone could be met, but by no one proposal of the strictest kind. */
		{ "  rule: {all: [a, b]}\n  classes: [{class: code, rule: {all: [c, d]}}]\n",
		  "nobody approves an own one", "", CC_E_ARG },
		{ "  rule: a\n  veto: z\n", "'veto' names 'z'", "", CC_E_ARG },
		{ "  rule: a\n  deadline: 0s\n", "at least a second", "", CC_E_ARG },
		{ "  rule: a\n  deadline: 3\n", "no span of time", "7 days", CC_E_ARG },
		{ "  rule: a\n  deadline: -3 days\n", "no span of time", "", CC_E_ARG },
		{ "  rule: a\n  deadline: 1001 years\n", "span of time", "", CC_E_TOOBIG },
		{ "  rule: a\n  emergency: {lapses: 1h}\n", "'rule' is missing", "", CC_E_ARG },
		{ "  rule: a\n  emergency: {rule: a, lapses: 0s}\n", "at least a second", "",
		  CC_E_ARG },
		{ "  rule: a\n  emergency: {rule: {at_least: 9, of: [a]}}\n", "never be met", "",
		  CC_E_ARG },
		{ "  rule: a\n  classes: [{class: cod, rule: a}]\n", "'cod'", "did you mean 'code'",
		  CC_E_ARG },
		{ "  rule: a\n  classes: [{class: [], rule: a}]\n", "names no class", "",
		  CC_E_ARG },
		{ "  rule: a\n  classes: [{class: code, rule: a}, {class: [data, code], rule: b}]\n",
		  "two lines", "", CC_E_ARG },
		{ "  rule: a\n  classes: [{class: code, rule: z}]\n", "names 'z'", "", CC_E_ARG },
		{ "  rule: a\n  classes: [{class: code, rule: a, veto: z}]\n", "names 'z'", "",
		  CC_E_ARG },
		{ "  rule: a\nvolumes: [{name: v, import: {session: o, volume: w}}]\n",
		  "imports are by hash", "session_hash", CC_E_ARG },
		{ "  rule: a\nsecrets: [{name: s, kind: ascii, import: {session: o, secret: w}}]\n",
		  "secret 's' is imported by name", "session_hash", CC_E_ARG },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++)
		refused(board(cases[i].more), cases[i].code, cases[i].why, cases[i].hint);
}

static void members_are_distinct_and_have_one_key_or_are_a_service(void **state)
{
	static char text[2048];

#define MEMBERS(why, ...)                                        \
	do {                                                     \
		(void)snprintf(text, sizeof(text), __VA_ARGS__); \
		refused(text, CC_E_ARG, why, "");                \
	} while (0)
#define HEAD "name: p\nboard: {rule: a, members: ["
	(void)state;
	MEMBERS("without members", "name: p\nboard: {rule: a, members: []}\n");
	MEMBERS("'a' is there twice", HEAD "{name: a, key: %s}, {name: a, key: %s}]}\n",
		keys.hash[0], keys.hash[1]);
	/* One key in two spellings would be two votes of one person. */
	MEMBERS("'a' and 'b' have the same key", HEAD "{name: a, key: %s}, {name: b, key: %s}]}\n",
		keys.hash[0], keys.signer[0]);
	MEMBERS("'a' and 'b' have the same key",
		HEAD "{name: a, key: \"%s\"}, {name: b, key: %s}]}\n", keys.pem[0], keys.signer[0]);
	MEMBERS("the same service", HEAD "{name: a, service: x/y}, {name: b, service: x/y}]}\n");
	MEMBERS("'key' or is a 'service'", HEAD "{name: a}]}\n");
	MEMBERS("'key' or is a 'service'", HEAD "{name: a, key: %s, service: x/y}]}\n",
		keys.hash[0]);
	MEMBERS("<policy>/<service>", HEAD "{name: a, service: x}]}\n");
	MEMBERS("'session_hash' is of the policy",
		HEAD "{name: a, key: %s, session_hash: " HEX_A "}]}\n", keys.hash[0]);
	MEMBERS("'weight' must be", HEAD "{name: a, key: %s, weight: 0}]}\n", keys.hash[0]);
	MEMBERS("is no key", HEAD "{name: a, key: xyz}]}\n");
	refused(HEAD "{name: a, key: ANY}]}\n", CC_E_ARG, "is no key", "self show");
#undef HEAD
#undef MEMBERS
}

/* What P-256 signs is no vote (proto/vote.h), so that such a member could never vote. */
static void a_member_with_a_key_that_cannot_vote_is_refused(void **state)
{
	CC_AUTO_KEY struct cc_key *key = NULL;
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	static char text[1024], flat[512];
	struct cc_err err = { 0 };
	size_t to = 0;

	(void)state;
	assert_int_equal(cc_key_generate(CC_KEY_P256, &key, &err), 0);
	assert_int_equal(cc_pubkey_to_pem(cc_key_public(key), &pem, &err), 0);
	for (size_t i = 0; i < pem.len; i++)
		to += (size_t)snprintf(flat + to, sizeof(flat) - to,
				       pem.at[i] == '\n' ? "\\n" : "%c", pem.at[i]);
	(void)snprintf(text, sizeof(text),
		       "name: p\nboard: {rule: a, members: [{name: a, key: \"%s\"}]}\n", flat);
	refused(text, CC_E_ARG, "Ed25519 or P-384", "");
}

/* A board with a program in it; `pin` goes behind it. */
static const char *with_program(const char *pin)
{
	static char text[512];

	(void)snprintf(text, sizeof(text),
		       "version: 0.3.12\nname: p\nboard:\n  rule: a\n  self_approval: true\n"
		       "  members: [{name: a, key: %s}, {name: gate, service: q/r/gate%s}]\n",
		       keys.hash[0], pin);
	return text;
}

static void a_program_without_a_pin_is_said_to_be_its_policy_s_choice(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(with_program(""));

	(void)state;
	assert_int_equal(policy->findings.count, 1);
	assert_int_equal(policy->findings.at[0].place.line, 6);
	assert_non_null(strstr(policy->findings.at[0].text, "chooses its votes"));
	assert_non_null(strstr(policy->findings.at[0].hint, "session_hash"));
}

static void a_program_is_pinned_by_the_hash_of_its_policy(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(with_program(", session_hash: " HEX_A));
	const struct cc_board_member *gate = NULL;

	(void)state;
	assert_int_equal(policy->findings.count, 0);
	gate = cc_board_served(policy->board, "q/r", "gate");
	assert_non_null(gate);
	assert_true(gate->session_hash.is_set);
	assert_int_equal(gate->session_hash.digest.b[0], 0xaa);
	assert_null(cc_board_served(policy->board, "q", "r/gate2"));
	assert_null(cc_board_served(policy->board, "q/r", "gat"));
	assert_null(cc_board_served(policy->board, "q/rr", "gate"));
}

static void programs_vote_and_do_not_propose(void **state)
{
	static char text[512];

	(void)state;
	/* One key and one program: of the two only the key proposes, and may not approve that. */
	(void)snprintf(text, sizeof(text),
		       "name: p\nboard: {rule: a, members: [{name: a, key: %s}, {name: b, service: "
		       "q/s}]}\n",
		       keys.hash[0]);
	refused(text, CC_E_ARG, "no member could propose", "self_approval");
}

static void a_board_has_at_most_64_members(void **state)
{
	static char text[65 * 64];
	size_t to = 0;

	(void)state;
	to += (size_t)snprintf(text, sizeof(text), "name: p\nboard: {rule: m0, members: [");
	for (size_t i = 0; i < CC_BOARD_MEMBERS_MAX + 1; i++)
		to += (size_t)snprintf(text + to, sizeof(text) - to,
				       "{name: m%zu, service: s/s%zu}, ", i, i);
	(void)snprintf(text + to, sizeof(text) - to, "]}\n");
	refused(text, CC_E_TOOBIG, "at most 64", "");
}

static void spans_of_time_are_read_and_have_one_text(void **state)
{
	static const struct {
		const char *text, *printed;
		uint64_t seconds;
	} good[] = {
		{ "7 days", "7 days", 604800 },
		{ "1 week", "7 days", 604800 },
		{ "1 hour", "1 hour", 3600 },
		{ "90m", "90 minutes", 5400 },
		{ "90 s", "90 seconds", 90 },
		{ "1 year", "365 days", 31536000 },
		{ "0s", "0 seconds", 0 },
		{ "24 hours", "1 day", 86400 },
		{ "1h 30m", "90 minutes", 5400 },
		{ "1h30min", "90 minutes", 5400 },
		{ "6 months", "180 days", 15552000 },
		{ "1 year 1 month", "395 days", 34128000 },
		{ "2 hrs", "2 hours", 7200 },
		{ "5 secs", "5 seconds", 5 },
	};
	static const char *const bad[] = { "",        "7",       "days",    "7 dayss",    "7 Days",
					   "7 days ", "+7 days", "7.5 h",   "1h,30m",     "1h 30",
					   "7 mon",   " 7 days", "07 days", "7 d and 1 h" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(good); i++) {
		char text[CC_DURATION_TEXT];
		struct cc_err err = { 0 };
		uint64_t seconds = 0;

		assert_int_equal(cc_duration_parse(cc_span_str(good[i].text), &seconds, &err), 0);
		assert_int_equal(seconds, good[i].seconds);
		cc_duration_print(seconds, text);
		assert_string_equal(text, good[i].printed);
	}
	for (size_t i = 0; i < CC_COUNT(bad); i++) {
		struct cc_err err = { 0 };
		uint64_t seconds = 0;

		if (cc_duration_parse(cc_span_str(bad[i]), &seconds, &err) == 0)
			fail_msg("'%s' was read", bad[i]);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_board_reaches_its_members),
		cmocka_unit_test(what_is_left_out_has_its_standard),
		cmocka_unit_test(spellings_of_keys_and_times_do_not_move_the_hash),
		cmocka_unit_test(each_key_of_a_board_moves_the_hash),
		cmocka_unit_test(a_board_that_cannot_work_is_refused_with_its_reason),
		cmocka_unit_test(members_are_distinct_and_have_one_key_or_are_a_service),
		cmocka_unit_test(a_member_with_a_key_that_cannot_vote_is_refused),
		cmocka_unit_test(a_program_without_a_pin_is_said_to_be_its_policy_s_choice),
		cmocka_unit_test(a_program_is_pinned_by_the_hash_of_its_policy),
		cmocka_unit_test(programs_vote_and_do_not_propose),
		cmocka_unit_test(a_board_has_at_most_64_members),
		cmocka_unit_test(spans_of_time_are_read_and_have_one_text),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
