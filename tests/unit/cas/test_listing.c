/* SPDX-License-Identifier: Apache-2.0 */
/* Which policies there are, and which versions: all of them, in pages. */
#include "tests/unit/cas/story.h"

#include "cas/names.h"

struct cc_store_last_lie {
	const char *key; /* what the database shows instead; "": nothing; NULL: the truth */
};
static struct cc_store_last_lie lie;

int __real_cc_store_last_key(struct cc_store *store, const char *table, struct cc_span from,
			     struct cc_buf *out, struct cc_err *err);
int __wrap_cc_store_last_key(struct cc_store *store, const char *table, struct cc_span from,
			     struct cc_buf *out, struct cc_err *err);

int __wrap_cc_store_last_key(struct cc_store *store, const char *table, struct cc_span from,
			     struct cc_buf *out, struct cc_err *err)
{
	if (lie.key == NULL)
		return __real_cc_store_last_key(store, table, from, out, err);
	if (lie.key[0] == '\0')
		return cc_fail(err, CC_E_NOTFOUND, "the database hides everything");
	return cc_buf_add_str(out, lie.key, err);
}

static int ask(struct world *world, cc_operation_fn *operation, struct cc_caller caller,
	       const char *argument, const char *query, struct cc_json **out, struct cc_err *err)
{
	const struct asking_for asked = { operation, caller, argument, query, NULL };
	struct cc_result result = { 0 };

	CC_TRY(ask_cas(world, &asked, &result, err));
	*out = CC_TAKE(result.answer);
	cc_result_clear(&result);
	return 0;
}

/* The names that a caller is shown, with commas, and where the next page begins. */
static void names_shown(struct world *world, struct cc_caller caller, const char *query, char *out,
			size_t size, char *next, size_t next_size)
{
	CC_AUTO_JSON struct cc_json *answer = NULL;
	const struct cc_json *list = NULL;
	const char *name = "";
	size_t len = 0;

	ok(ask(world, cc_policy_list, caller, NULL, query, &answer, &oops));
	ok(cc_json_get_array(answer, "policies", &list, &oops));
	out[0] = '\0';
	for (size_t i = 0; i < cc_json_count(list); i++) {
		ok(cc_json_get_str(cc_json_at(list, i), "name", &name, &oops));
		(void)snprintf(out + len, size - len, "%s,", name);
		len = strlen(out);
	}
	name = "";
	if (cc_json_has(answer, "next"))
		ok(cc_json_get_str(answer, "next", &name, &oops));
	(void)snprintf(next, next_size, "%s", name);
}

static void assert_names(struct world *world, const char *query, const char *names,
			 const char *next)
{
	char shown[512], following[64];

	names_shown(world, certificate(SH1), query, shown, sizeof(shown), following,
		    sizeof(following));
	assert_string_equal(shown, names);
	assert_string_equal(following, next);
}

static void create_named(struct world *world, uint8_t who, const char *name)
{
	char text[128];

	(void)snprintf(text, sizeof(text),
		       "name: %s\naccess_policy: {create_sessions: [CREATOR]}\n", name);
	ok(send_policy(world, certificate(who), cc_policy_create, "", text, &oops));
}

static void make_some(struct world *world)
{
	static const char *const names[] = { "m", "b", "z", "a", "b/c", "b-c", "y" };

	world_make(world, 0, 0);
	for (size_t i = 0; i < CC_COUNT(names); i++)
		create_named(world, SH1, names[i]);
}

static void policies_are_listed_in_the_order_of_their_bytes(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_names(&world, "", "", "");
	world_clear(&world);
	memset(&world, 0, sizeof(world));
	make_some(&world);
	assert_names(&world, "", "a,b,b-c,b/c,m,y,z,", "");
	world_reopen(&world);
	assert_names(&world, "", "a,b,b-c,b/c,m,y,z,", "");
}

static void pages_follow_each_other(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	make_some(&world);
	assert_names(&world, "limit=3", "a,b,b-c,", "b-c");
	assert_names(&world, "limit=3&after=b-c", "b/c,m,y,", "y");
	assert_names(&world, "limit=3&after=y", "z,", "");
	/* It may be a name that is not there. */
	assert_names(&world, "after=c", "m,y,z,", "");
	assert_names(&world, "after=zz", "", "");
}

static void a_page_has_a_limit_that_is_said(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL;
	struct cc_err err = { 0 };

	(void)state;
	make_some(&world);
	assert_int_equal(
		ask(&world, cc_policy_list, certificate(SH1), NULL, "limit=0", &answer, &err), -1);
	assert_code(err, CC_E_ARG);
	assert_int_equal(
		ask(&world, cc_policy_list, certificate(SH1), NULL, "limit=1001", &answer, &err),
		-1);
	assert_code(err, CC_E_TOOBIG);
}

static void others_are_shown_none_and_whoever_signed_is_not_led_by_the_query(void **state)
{
	char shown[512], next[64];
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	make_some(&world);
	names_shown(&world, certificate(STRANGER), "", shown, sizeof(shown), next, sizeof(next));
	assert_string_equal(shown, "");
	names_shown(&world, person(SH1), "after=m", shown, sizeof(shown), next, sizeof(next));
	assert_string_equal(shown, "a,b,b-c,b/c,m,y,z,");
}

static void the_database_hides_no_policy(void **state)
{
	/* Nothing at all, or older hints: the walk begins further back. */
	static const char *const lies[] = { "", "a", "b" };
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	make_some(&world);
	for (size_t i = 0; i < CC_COUNT(lies); i++) {
		char name[16];

		lie.key = lies[i];
		assert_names(&world, "after=x", "y,z,", "");
		(void)snprintf(name, sizeof(name), "n%zu", i);
		create_named(&world, SH1, name);
		lie.key = NULL;
	}
	assert_names(&world, "after=m", "n0,n1,n2,y,z,", "");
}

static void the_database_invents_no_policy(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL;
	struct cc_err err = { 0 };

	(void)state;
	make_some(&world);
	lie.key = "invented";
	assert_int_equal(
		ask(&world, cc_policy_list, certificate(SH1), NULL, "after=m", &answer, &err), -1);
	lie.key = NULL;
	assert_code(err, CC_E_TAMPERED);
}

/* Several policies in one group: the database has none of them when the next is made. */
static void names_of_one_group_are_in_order(void **state)
{
	static const char *const names[] = { "q", "c", "r", "p" };
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_FREE char *at = NULL;
	char all[64] = "";

	(void)state;
	world_make(&world, 0, 0);
	cc_state_begin(world.state, world.now);
	for (size_t i = 0; i < CC_COUNT(names); i++) {
		ok(cc_names_add(world.state, names[i], &oops));
		ok(cc_state_seal(world.state, "test", NULL, &oops));
		cc_state_begin(world.state, world.now);
	}
	ok(cc_state_commit(world.state, &oops));
	ok(cc_str_dup("", &at, &oops));
	while (at != NULL) {
		char *next = NULL;

		ok(cc_names_next(world.state, at, &next, &oops));
		free(at);
		at = next;
		(void)snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s",
			       at != NULL ? at : "");
	}
	assert_string_equal(all, "cpqr");
}

#define OPEN_POLICY "name: p\naccess_policy: {read: [ANY], update: [ANY]}\n"

static void the_history_says_who_made_which_version_when(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL;
	const struct cc_json *list = NULL, *newest = NULL, *first = NULL;
	const struct cc_caller sh2 = person(SH2);
	const char *text = NULL;
	char author[CC_HEX_DIGEST];
	uint64_t number = 0;

	(void)state;
	world_make(&world, 0, 0);
	ok(create(&world, SH1, OPEN_POLICY, &oops));
	world.now += 60;
	ok(update(&world, SH2, "p", OPEN_POLICY, &oops));
	ok(ask(&world, cc_policy_versions, person(SH3), "p", NULL, &answer, &oops));
	ok(cc_json_get_array(answer, "versions", &list, &oops));
	assert_int_equal(cc_json_count(list), 2);
	newest = cc_json_at(list, 0);
	first = cc_json_at(list, 1);
	ok(cc_json_get_u64(newest, "version", 9, &number, &oops));
	assert_int_equal(number, 2);
	ok(cc_json_get_str(newest, "time", &text, &oops));
	assert_string_equal(text, "2027-01-15T08:01:00Z");
	ok(cc_json_get_str(first, "time", &text, &oops));
	assert_string_equal(text, "2027-01-15T08:00:00Z");
	ok(cc_json_get_str(newest, "identity", &text, &oops));
	assert_string_equal(text, "signed");
	cc_hex_digest(&sh2.key, author);
	ok(cc_json_get_str(newest, "author", &text, &oops));
	assert_string_equal(text, author);
	assert_false(cc_json_has(answer, "next"));
}

/* A hash comes back when a text without its predecessor comes back: the history has both. */
static void a_version_that_comes_back_is_a_line_of_its_own(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL;
	uint64_t count = 0;

	(void)state;
	world_make(&world, 0, 0);
	ok(create(&world, SH1, OPEN_POLICY, &oops));
	for (int i = 0; i < 4; i++)
		ok(update(&world, SH1, "p", OPEN_POLICY, &oops));
	ok(ask(&world, cc_policy_versions, certificate(SH1), "p", "limit=2", &answer, &oops));
	ok(cc_json_get_u64(answer, "count", 9, &count, &oops));
	assert_int_equal(count, 5);
	ok(cc_json_get_u64(answer, "next", 9, &count, &oops));
	assert_int_equal(count, 3);
	cc_json_free(answer);
	answer = NULL;
	ok(ask(&world, cc_policy_versions, certificate(SH1), "p", "limit=9&from=3", &answer,
	       &oops));
	{
		const struct cc_json *list = NULL;

		ok(cc_json_get_array(answer, "versions", &list, &oops));
		assert_int_equal(cc_json_count(list), 3);
	}
}

static void the_history_is_for_whoever_may_read_now(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL;
	struct cc_err err = { 0 };

	(void)state;
	make_some(&world);
	assert_int_equal(ask(&world, cc_policy_versions, person(SH2), "a", NULL, &answer, &err),
			 -1);
	assert_code(err, CC_E_DENIED);
}

#define GUESSABLE(name, more) \
	"name: " name "\nversion: 0.3.12\nsecrets: [{name: s, kind: ascii, value: summer}]\n" more
#define SALT "salt: 000102030405060708090a0b0c0d0e0f\n"
#define LISTED "access_policy: {list_sessions: ANY}\n"

/* Is there a hash in the list that a stranger is shown, of the one policy that there is? */
static bool stranger_sees_hash(struct world *world)
{
	CC_AUTO_JSON struct cc_json *answer = NULL;
	const struct cc_json *list = NULL;

	ok(ask(world, cc_policy_list, person(STRANGER), NULL, NULL, &answer, &oops));
	ok(cc_json_get_array(answer, "policies", &list, &oops));
	assert_int_equal(cc_json_count(list), 1);
	return cc_json_has(cc_json_at(list, 0), "hash");
}

/* SCONE's language, 1.5: who knows the hash can try guesses of the value against it. */
static void rule_1_5_a_hash_without_salt_is_for_readers(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL;
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, GUESSABLE("a", LISTED), &oops));
	assert_false(stranger_sees_hash(&world));
	assert_int_equal(
		ask(&world, cc_policy_versions, person(STRANGER), "a", NULL, &answer, &err), -1);
	assert_code(err, CC_E_DENIED);
}

static void rule_1_5_a_salt_makes_hashes_public_from_then_on(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL;
	const struct cc_json *list = NULL;
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, GUESSABLE("a", SALT LISTED), &oops));
	assert_true(stranger_sees_hash(&world));
	/* Its successor has none, and needs none. */
	ok(update(&world, SH1, "a", GUESSABLE("a", LISTED), &oops));
	assert_true(stranger_sees_hash(&world));
	ok(ask(&world, cc_policy_versions, person(STRANGER), "a", NULL, &answer, &oops));
	ok(cc_json_get_array(answer, "versions", &list, &oops));
	assert_int_equal(cc_json_count(list), 2);
	assert_true(cc_json_has(cc_json_at(list, 0), "hash"));
	assert_false(cc_json_has(cc_json_at(list, 0), "author"));
	assert_false(cc_json_has(cc_json_at(list, 0), "identity"));
	/* The text is for readers as before. */
	cc_json_free(answer);
	answer = NULL;
	assert_int_equal(ask(&world, cc_policy_read, person(STRANGER), "a", NULL, &answer, &err),
			 -1);
	assert_code(err, CC_E_DENIED);
}

/* What the entry of a change says of the hash; the salt for readers goes to `blind`. */
static void entry_of(struct world *world, const char *text, struct cc_json **fields,
		     struct cc_digest *hash, struct cc_salt *blind, bool *is_blind)
{
	struct asking_for asked = { cc_policy_create, person(SH1), NULL, NULL, NULL };
	CC_AUTO_JSON struct cc_json *body = NULL, *answer = NULL;
	struct cc_result result = { 0 };

	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_str(body, "policy", text, &oops));
	asked.body = body;
	ok(ask_cas(world, &asked, &result, &oops));
	*fields = CC_TAKE(result.fields);
	ok(cc_json_get_digest(result.answer, "hash", hash, &oops));
	cc_result_clear(&result);
	ok(ask(world, cc_policy_read, person(SH1), "a", NULL, &answer, &oops));
	*is_blind = cc_json_has(answer, "hash_salt");
	if (*is_blind)
		ok(cc_json_get_hex(answer, "hash_salt", CC_MUT(blind->b), &oops));
}

static void rule_1_5_the_ledger_commits_to_hashes_without_salt(void **state)
{
	AUTO_WORLD struct world hidden = { 0 };
	AUTO_WORLD struct world shown = { 0 };
	CC_AUTO_JSON struct cc_json *fields = NULL, *open = NULL;
	struct cc_digest hash = { 0 }, said = { 0 }, expected = { 0 };
	struct cc_salt blind = { 0 };
	bool is_blind = false;

	(void)state;
	world_make(&hidden, 1, 1);
	entry_of(&hidden, GUESSABLE("a", ""), &fields, &hash, &blind, &is_blind);
	assert_true(is_blind);
	assert_false(cc_json_has(fields, "hash"));
	ok(cc_json_get_digest(fields, "hash_commitment", &said, &oops));
	ok(cc_commit("policy hash", &blind, CC_DIGEST_SPAN(hash), &expected, &oops));
	assert_true(cc_digest_eq(&said, &expected));
	world_make(&shown, 1, 1);
	entry_of(&shown, GUESSABLE("a", SALT), &open, &hash, &blind, &is_blind);
	assert_false(is_blind);
	ok(cc_json_get_digest(open, "hash", &said, &oops));
	assert_true(cc_digest_eq(&said, &hash));
	assert_false(cc_json_has(open, "hash_commitment"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_are_listed_in_the_order_of_their_bytes),
		cmocka_unit_test(pages_follow_each_other),
		cmocka_unit_test(a_page_has_a_limit_that_is_said),
		cmocka_unit_test(others_are_shown_none_and_whoever_signed_is_not_led_by_the_query),
		cmocka_unit_test(the_database_hides_no_policy),
		cmocka_unit_test(the_database_invents_no_policy),
		cmocka_unit_test(names_of_one_group_are_in_order),
		cmocka_unit_test(the_history_says_who_made_which_version_when),
		cmocka_unit_test(a_version_that_comes_back_is_a_line_of_its_own),
		cmocka_unit_test(the_history_is_for_whoever_may_read_now),
		cmocka_unit_test(rule_1_5_a_hash_without_salt_is_for_readers),
		cmocka_unit_test(rule_1_5_a_salt_makes_hashes_public_from_then_on),
		cmocka_unit_test(rule_1_5_the_ledger_commits_to_hashes_without_salt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
