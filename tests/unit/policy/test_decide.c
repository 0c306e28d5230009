/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what, and on whose account: every rule with its refusal. */
#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "policy/decide.h"

#define KEY "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1"

static struct cc_digest digest(uint8_t byte)
{
	struct cc_digest d;

	memset(d.b, byte, sizeof(d.b));
	return d;
}

static void access_is_as_the_rules_say(void **state)
{
	enum who { NOBODY, CREATOR, NAMED, OTHER };
	static const struct {
		const char *rules;
		enum cc_right right;
		enum who who;
		bool may;
	} rows[] = {
		{ "", CC_RIGHT_READ, CREATOR, true },
		{ "", CC_RIGHT_READ, OTHER, false },
		{ "", CC_RIGHT_READ, NOBODY, false },
		{ "", CC_RIGHT_UPDATE, CREATOR, true },
		{ "", CC_RIGHT_UPDATE, OTHER, false },
		{ "", CC_RIGHT_NONE, CREATOR, false },
		{ "", CC_RIGHT_OPEN, CREATOR, true },
		{ "read: ANY, update: ANY", CC_RIGHT_OPEN, OTHER, false },
		{ "read: ANY, update: ANY", CC_RIGHT_OPEN, NOBODY, false },
		{ "read: ANY", CC_RIGHT_READ, NOBODY, true },
		{ "read: ANY", CC_RIGHT_UPDATE, OTHER, false },
		{ "read: ANY", CC_RIGHT_LIST, NOBODY, true },
		{ "read: NONE", CC_RIGHT_READ, CREATOR, false },
		{ "read: NONE", CC_RIGHT_LIST, CREATOR, true }, /* by create_sessions */
		{ "read: NONE, create_sessions: NONE", CC_RIGHT_LIST, CREATOR, false },
		{ "update: NONE", CC_RIGHT_UPDATE, CREATOR, false },
		{ "update: NONE", CC_RIGHT_CREATE_SESSIONS, CREATOR, false },
		{ "update: [" KEY "]", CC_RIGHT_UPDATE, NAMED, true },
		{ "update: [" KEY "]", CC_RIGHT_UPDATE, CREATOR, false },
		{ "update: [" KEY "]", CC_RIGHT_CREATE_SESSIONS, NAMED, true },
		{ "update: [" KEY "]", CC_RIGHT_READ, NAMED, false },
		{ "update: [" KEY ", CREATOR]", CC_RIGHT_UPDATE, CREATOR, true },
		{ "create_sessions: [" KEY "]", CC_RIGHT_CREATE_SESSIONS, CREATOR, false },
		{ "create_sessions: [" KEY "]", CC_RIGHT_LIST, NAMED, true },
		{ "list_sessions: ANY", CC_RIGHT_LIST, OTHER, true },
		{ "list_sessions: ANY", CC_RIGHT_READ, OTHER, false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_POLICY struct cc_policy *named =
			given("name: p\naccess_policy: {read: " KEY "}\n");
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		CC_AUTO_FREE char *text = NULL;
		struct cc_digest who[] = { [CREATOR] = digest(1),
					   [NAMED] = named->access_policy.read.at[0].key,
					   [OTHER] = digest(2) };
		struct cc_known known = { .creator = digest(1) };
		struct cc_identity caller = { .key = rows[i].who == NOBODY ? NULL
									   : &who[rows[i].who] };
		struct cc_err err = { 0 };
		int result = 0;

		assert_int_equal(
			cc_strf(&text, &err, "name: p\naccess_policy: {%s}\n", rows[i].rules), 0);
		known.policy = policy = given(text);
		result = cc_decide_access(&known, rows[i].right, &caller, &err);
		if ((result == 0) != rows[i].may)
			fail_msg("row %zu: '%s', right %u, who %u", i, rows[i].rules, rows[i].right,
				 rows[i].who);
	}
}

static void a_cas_without_witnesses_must_be_tolerated_where_counts_matter(void **state)
{
	static const struct {
		const char *more;
		bool may;
	} rows[] = {
		{ "", true },
		{ "services: [{name: s, mrenclaves: [" HEX_A
		  "], executions: [{id: a, consumer: b, maximum: 1}]}]\n",
		  false },
		{ "services: [{name: s, mrenclaves: [" HEX_A
		  "], executions: [{id: a, consumer: b, maximum: 1}]}]\ntolerate: [unwitnessed]\n",
		  true },
		{ "volumes: [{name: v}]\nimages: [{name: i, volumes: [{name: v, path: /v}]}]\n",
		  false },
		{ "volumes: [{name: v}]\nimages: [{name: i, volumes: [{name: v, path: /v, "
		  "update_policy: ephemeral}]}]\n",
		  true },
		{ "volumes: [{name: v, export: q}]\n", false },
		{ "volumes: [{name: v, export: q}]\ntolerate: [simulation]\n", false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		CC_AUTO_FREE char *text = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&text, &err, "name: p\n%s", rows[i].more), 0);
		policy = given(text);
		assert_int_equal(cc_decide_cas(policy, true, &err), 0);
		if ((cc_decide_cas(policy, false, &err) == 0) != rows[i].may)
			fail_msg("row %zu: %s", i, rows[i].more);
		if (!rows[i].may)
			assert_non_null(strstr(err.hint, "unwitnessed"));
	}
}

struct counts {
	const char *full; /* id of a grant that is used up, or whose row … */
	uint64_t used, open;
	bool fails; /* … cannot be read */
};

static int used(void *context, const char *grant, uint64_t *used_out, uint64_t *open,
		struct cc_err *err)
{
	const struct counts *counts = context;

	if (counts->fails && (counts->full == NULL || cc_str_eq(counts->full, grant)))
		return cc_fail(err, CC_E_TAMPERED, "row does not lead to the root");
	*used_out = counts->used;
	*open = counts->open;
	if (counts->full != NULL && cc_str_eq(counts->full, grant))
		*used_out = 1000000;
	return 0;
}

static void the_line_that_pays_is_found(void **state)
{
	static const char line_b[] = "{id: b, consumer: q, maximum: 3}";
	static const struct {
		const char *lines;
		struct counts counts;
		uint8_t creator;
		int64_t now;
		enum cc_code code;
		const char *id; /* NULL: nothing limits it */
	} rows[] = {
		{ "", { 0 }, 1, 0, CC_OK, NULL },
		{ line_b, { NULL, 0, 0, false }, 1, 0, CC_OK, "b" },
		{ line_b, { NULL, 2, 0, false }, 1, 0, CC_OK, "b" },
		{ line_b, { NULL, 3, 0, false }, 1, 0, CC_E_LIMIT, NULL },
		{ line_b, { NULL, 0, 3, false }, 1, 0, CC_E_LIMIT, NULL },
		{ line_b, { NULL, 2, 1, false }, 1, 0, CC_E_LIMIT, NULL },
		{ line_b, { NULL, 2, UINT64_MAX, false }, 1, 0, CC_E_LIMIT, NULL },
		{ line_b, { NULL, UINT64_MAX, 2, false }, 1, 0, CC_E_LIMIT, NULL },
		{ line_b, { NULL, 0, 0, true }, 1, 0, CC_E_TAMPERED, NULL },
		{ "{id: b, consumer: r, maximum: 3}", { 0 }, 1, 0, CC_E_DENIED, NULL },
		{ "{id: b, consumer: q/below, maximum: 3}", { 0 }, 1, 0, CC_E_DENIED, NULL },
		{ "{id: b, consumer: q, maximum: 0}", { 0 }, 1, 0, CC_E_LIMIT, NULL },
		{ "{id: a, consumer: '*', maximum: 3}, {id: b, consumer: q, maximum: 3}",
		  { 0 },
		  1,
		  0,
		  CC_OK,
		  "b" },
		{ "{id: c, consumer: q, maximum: 3}, {id: b, consumer: q, maximum: 3}",
		  { 0 },
		  1,
		  0,
		  CC_OK,
		  "b" },
		{ "{id: a, consumer: '*', maximum: 3}, {id: b, consumer: q, maximum: 3}",
		  { "b", 0, 0, false },
		  1,
		  0,
		  CC_OK,
		  "a" },
		{ "{id: a, consumer: '*', maximum: 3}, {id: b, consumer: q, maximum: 3}",
		  { "b", 0, 0, true },
		  1,
		  0,
		  CC_E_TAMPERED,
		  NULL },
		{ "{id: b, consumer: q, maximum: 3, until: 1970-01-01T00:01:00Z}",
		  { 0 },
		  1,
		  59,
		  CC_OK,
		  "b" },
		{ "{id: b, consumer: q, maximum: 3, until: 1970-01-01T00:01:00Z}",
		  { 0 },
		  1,
		  60,
		  CC_E_EXPIRED,
		  NULL },
		{ "{id: b, consumer: q, maximum: 3, creator: " KEY "}",
		  { 0 },
		  1,
		  0,
		  CC_E_DENIED,
		  NULL },
		{ "{id: b, consumer: q, maximum: 3, creator: " KEY "}", { 0 }, 0, 0, CC_OK, "b" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		CC_AUTO_POLICY struct cc_policy *named =
			given("name: p\naccess_policy: {read: " KEY "}\n");
		CC_AUTO_FREE char *text = NULL;
		struct counts counts = rows[i].counts;
		struct cc_consumer consumer = { "q", digest(rows[i].creator), false };
		const struct cc_executions *line = NULL;
		struct cc_executions_ask ask = {
			.consumer = &consumer, .now = rows[i].now, .used = used, .context = &counts
		};
		struct cc_err err = { 0 };
		int result = 0;

		if (rows[i].creator == 0)
			consumer.creator = named->access_policy.read.at[0].key;
		assert_int_equal(cc_strf(&text, &err,
					 "name: p\nservices: [{name: s, mrenclaves: [" HEX_A
					 "], executions: [%s]}]\n",
					 rows[i].lines),
				 0);
		ask.policy = policy = given(text);
		ask.service = &policy->services.at[0];
		result = cc_decide_executions(&ask, &line, &err);
		if (err.code != rows[i].code || (result == 0) != (rows[i].code == CC_OK))
			fail_msg("row %zu: %d '%s'", i, err.code, err.text);
		if ((rows[i].id == NULL) != (line == NULL))
			fail_msg("row %zu: line %s", i, line == NULL ? "none" : line->id);
		if (line != NULL)
			assert_string_equal(line->id, rows[i].id);
		if (err.code == CC_E_DENIED || err.code == CC_E_LIMIT)
			assert_non_null(strstr(err.hint, "the owner of 'p'"));
	}
}

/* A name that nobody holds can be taken with the certificate of anyone. */
static void a_line_that_pins_a_creator_is_met_by_no_certificate(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given("name: p\nservices: [{name: s, mrenclaves: [" HEX_A
		      "], executions: [{id: b, consumer: q, maximum: 3, creator: " KEY "}]}]\n");
	struct cc_consumer consumer = { .policy = "q" };
	const struct cc_executions *line = NULL;
	struct counts counts = { 0 };
	struct cc_executions_ask ask = { .policy = policy,
					 .service = &policy->services.at[0],
					 .consumer = &consumer,
					 .used = used,
					 .context = &counts };
	struct cc_err err = { 0 };

	(void)state;
	consumer.creator = policy->services.at[0].executions.at[0].creator.digest;
	assert_int_equal(cc_decide_executions(&ask, &line, &err), 0);
	consumer.transport = true;
	assert_int_equal(cc_decide_executions(&ask, &line, &err), -1);
	assert_int_equal(err.code, CC_E_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(access_is_as_the_rules_say),
		cmocka_unit_test(a_cas_without_witnesses_must_be_tolerated_where_counts_matter),
		cmocka_unit_test(the_line_that_pays_is_found),
		cmocka_unit_test(a_line_that_pins_a_creator_is_met_by_no_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
