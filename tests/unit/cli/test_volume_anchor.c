/* SPDX-License-Identifier: Apache-2.0 */
/* The state file of a volume without a CAS: what it takes and what it refuses. */
#include "tests/unit/test.h"

#include "base/str.h"
#include "cli/volume-anchor.h"

static struct cc_secret *owner, *other, *key;

static int set_up(void **state)
{
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_secret_random(32, &owner, &err), 0);
	assert_int_equal(cc_secret_random(32, &other, &err), 0);
	return cc_secret_random(32, &key, &err);
}

static int tear_down(void **state)
{
	(void)state;
	cc_secret_free(owner);
	cc_secret_free(other);
	cc_secret_free(key);
	return 0;
}

static struct cc_volume_anchor example(void)
{
	struct cc_volume_anchor anchor = { .committed = 1792000000 };

	memset(anchor.access.id.b, 1, sizeof(anchor.access.id.b));
	memset(anchor.access.base.state.b, 2, sizeof(anchor.access.base.state.b));
	memset(anchor.access.base.tag.b, 3, sizeof(anchor.access.base.tag.b));
	anchor.access.base.epoch = 4;
	anchor.access.base.number = 5;
	anchor.access.base.key = key;
	return anchor;
}

static void print(struct cc_buf *out)
{
	const struct cc_volume_anchor anchor = example();
	struct cc_err err;

	cc_buf_reset(out);
	assert_int_equal(cc_volume_anchor_print(&anchor, owner, out, &err), 0);
}

static void a_state_file_says_what_was_written(void **state)
{
	CC_AUTO_VOLUME_ANCHOR struct cc_volume_anchor back = { 0 };
	const struct cc_volume_anchor anchor = example();
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err;

	(void)state;
	print(&text);
	assert_int_equal(cc_volume_anchor_parse(cc_buf_span(&text), owner, &back, &err), 0);
	assert_memory_equal(&back.access.id, &anchor.access.id, sizeof(anchor.access.id));
	assert_memory_equal(&back.access.base.state, &anchor.access.base.state, 16);
	assert_memory_equal(&back.access.base.tag, &anchor.access.base.tag, 32);
	assert_int_equal(back.access.base.epoch, 4);
	assert_int_equal(back.access.base.number, 5);
	assert_int_equal(back.committed, anchor.committed);
	assert_ptr_equal(back.access.base.key, back.access.key);
	assert_true(cc_secret_equal(back.access.key, key));
}

static void refuse(const struct cc_buf *text, const struct cc_secret *by, enum cc_code code)
{
	struct cc_volume_anchor back = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_volume_anchor_parse(cc_buf_span(text), by, &back, &err), -1);
	assert_int_equal(err.code, code);
	cc_volume_anchor_clear(&back);
}

static void another_key_is_not_taken_for_tampering(void **state)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	(void)state;
	print(&text);
	refuse(&text, other, CC_E_DENIED);
}

/* The hexadecimal or decimal digit behind the first `member`. */
static void change_digit(struct cc_buf *text, const char *member)
{
	const char *all = NULL;
	struct cc_err err;
	uint8_t *digit = NULL;

	assert_int_equal(cc_buf_str(text, &all, &err), 0);
	assert_non_null(strstr(all, member));
	digit = text->at + (strstr(all, member) - all) + strlen(member);
	*digit = *digit == '1' ? '2' : '1';
}

static void no_member_can_be_changed(void **state)
{
	static const char *const members[] = {
		"\"volume\": \"", "\"state\": \"",        "\"epoch\": ",  "\"number\": ",
		"\"tag\": \"",    "\"committed\": \"202", "\"salt\": \"", "\"key\": \"",
	};
	CC_AUTO_BUF struct cc_buf text = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(members); i++) {
		print(&text);
		change_digit(&text, members[i]);
		refuse(&text, owner, CC_E_TAMPERED);
	}
}

static void another_version_is_told(void **state)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	(void)state;
	print(&text);
	change_digit(&text, "concordat volume state ");
	refuse(&text, owner, CC_E_UNSUPPORTED);
}

static void other_files_are_no_state_files(void **state)
{
	static const char *const texts[] = { "", "{}", "[]", "{\"format\":\"concordat\"}",
					     "{\"format\":\"concordat volume state 1\",\"x\":1}" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		CC_AUTO_BUF struct cc_buf text = { 0 };
		struct cc_err err;

		assert_int_equal(cc_buf_add_str(&text, texts[i], &err), 0);
		refuse(&text, owner, CC_E_ARG);
	}
}

static void two_files_of_one_state_have_no_seal_in_common(void **state)
{
	CC_AUTO_BUF struct cc_buf one = { 0 }, two = { 0 };

	(void)state;
	print(&one);
	print(&two);
	assert_int_equal(one.len, two.len);
	assert_memory_not_equal(one.at, two.at, one.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_file_says_what_was_written),
		cmocka_unit_test(another_key_is_not_taken_for_tampering),
		cmocka_unit_test(no_member_can_be_changed),
		cmocka_unit_test(another_version_is_told),
		cmocka_unit_test(other_files_are_no_state_files),
		cmocka_unit_test(two_files_of_one_state_have_no_seal_in_common),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
