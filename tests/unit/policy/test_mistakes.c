/* SPDX-License-Identifier: Apache-2.0 */
/* More than one mistake in a text: each real one is said once, and none that follows from it. */
#include "tests/unit/policy/given.h"

#include <stdlib.h>

#include "base/str.h"

#define P "name: p\nversion: '0.3'\n"

#define SAID_MAX 8
static const struct {
	const char *text;
	const char *said[SAID_MAX]; /* parts of the errors, in their order */
} rows[] = {
	{ P, { NULL } },
	{ "name: p\n\tversion: x\n", { "yaml line 2 column 1" } },
	{ "namex: p\nversionx: '0.3'\n",
	  { "line 1, column 1: namex", "line 2, column 1: versionx" } },
	{ "[a]\n", { "a policy is a mapping" } },
	{ P "services:\n- {name: s, mrenclaves: [" HEX_A "], imagename: x, pwd: a}\n"
	    "- {name: t t, mrenclaves: [abc, " HEX_A ", abcd]}\nvolume: []\n",
	  { "services[0].imagename", "services[0].pwd", "services[1].name",
	    "services[1].mrenclaves[0]", "services[1].mrenclaves[2]",
	    "volume: 'volume' is no key" } },
	/* 'mrsigner' is not missing besides: it stands there misspelled. */
	{ P "services: [{name: s, attestation: {signer: {mrsinger: " HEX_A ", isvprodid: x}}}]\n",
	  { "attestation[0].signer.mrsinger", "attestation[0].signer.isvprodid" } },
	{ P "services: [{name: s, mrenclaves: [" HEX_A
	    "], environment: {A: [b], C: d, 'E=F': g}}]\n",
	  { "environment.A", "environment.E=F" } },
	{ P "secrets: [{name: s, kind: asci}, {name: t}, {name: u, kind: ascii}]\n",
	  { "secrets[0].kind", "secrets[1]: 'kind' is missing" } },
	{ P "security: {attestation: {mode: non, tolerate: [debugmode]}}\n",
	  { "attestation.mode", "attestation.tolerate" } },
	{ P "access_policy: {read: any, update: none, raed: ANY}\n",
	  { "access_policy.read", "access_policy.update", "access_policy.raed" } },
	/* How parts go together is asked of parts that can be read. */
	{ P "services: [{name: s, image_name: j}]\nimages: [{name: i}]\nvolume: []\n",
	  { "volume: 'volume'" } },
	{ P "services: [{name: s, image_name: j}]\nimages: [{name: i}]\n",
	  { "service 's' has image 'j', which 'images' lacks" } },
	{ P "volumes: [{name: v, export: [{sesion: q}, {session: q, access: all}]}]\n",
	  { "export[0].sesion", "export[1].access" } },
};

static void each_mistake_is_said_once_and_in_order(void **state)
{
	CC_AUTO_FREE struct cc_mistakes *all = calloc(1, sizeof(*all));

	(void)state;
	assert_non_null(all);
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		size_t count = 0;

		cc_policy_mistakes(cc_span_str(rows[i].text), all);
		while (count < SAID_MAX && rows[i].said[count] != NULL)
			count++;
		for (size_t k = 0; k < all->count; k++)
			if (k >= count || strstr(all->at[k].text, rows[i].said[k]) == NULL)
				fail_msg("'%s' and not '%s':\n%s", all->at[k].text,
					 k < count ? rows[i].said[k] : "", rows[i].text);
		assert_int_equal(all->count, count);
	}
}

/* The first of them is what everyone else is told. */
static void the_first_mistake_is_that_of_the_parser(void **state)
{
	CC_AUTO_FREE struct cc_mistakes *all = calloc(1, sizeof(*all));

	(void)state;
	assert_non_null(all);
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		struct cc_err err = { 0 };
		int result = cc_policy_parse(cc_span_str(rows[i].text), &policy, &err);

		cc_policy_mistakes(cc_span_str(rows[i].text), all);
		assert_int_equal(result == 0, all->count == 0);
		if (result == 0)
			continue;
		assert_string_equal(err.text, all->at[0].text);
		assert_string_equal(err.hint, all->at[0].hint);
		assert_int_equal(err.code, all->at[0].code);
	}
}

static void there_are_only_so_many_mistakes(void **state)
{
	CC_AUTO_FREE struct cc_mistakes *all = calloc(1, sizeof(*all));
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_non_null(all);
	assert_int_equal(cc_buf_add_str(&text, P, &err), 0);
	for (int i = 0; i < 200; i++)
		assert_int_equal(cc_buf_addf(&text, &err, "wrong%d: x\n", i), 0);
	cc_policy_mistakes(cc_buf_span(&text), all);
	assert_int_equal(all->count, CC_MISTAKES_MAX);
	assert_non_null(strstr(all->at[CC_MISTAKES_MAX - 1].text, "'wrong31' is no key"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_is_said_once_and_in_order),
		cmocka_unit_test(the_first_mistake_is_that_of_the_parser),
		cmocka_unit_test(there_are_only_so_many_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
