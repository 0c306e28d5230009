/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "codec/text.h"
#include "evidence/roots.h"

static struct cc_root own_root(enum cc_class class)
{
	struct cc_root root = { .platform = CC_PLATFORM_SGX, .class = class, .label = "ours" };

	memset(root.key.b, 0x42, sizeof(root.key.b));
	return root;
}

static void only_a_vendors_root_is_confidential(void **state)
{
	struct cc_root own = own_root(CC_CLASS_CONFIDENTIAL);
	struct cc_root intel = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	cc_roots_vendors(&roots);
	assert_int_equal(roots.at[0].class, CC_CLASS_CONFIDENTIAL);
	intel = roots.at[0];
	memset(&roots, 0, sizeof(roots));
	assert_int_equal(cc_roots_add(&roots, &own, &err), -1);
	assert_int_equal(err.code, CC_E_DENIED);
	assert_int_equal(roots.count, 0);
	assert_int_equal(cc_roots_add(&roots, &intel, &err), 0);
	intel.class = CC_CLASS_SIMULATED;
	assert_int_equal(cc_roots_add(&roots, &intel, &err), -1);
	own.class = CC_CLASS_SIMULATED;
	assert_int_equal(cc_roots_add(&roots, &own, &err), 0);
	assert_int_equal(cc_roots_add(&roots, &own, &err), 0);
	assert_int_equal(roots.count, 2);
	own.class = CC_CLASS_MEASURED_ONLY;
	assert_int_equal(cc_roots_add(&roots, &own, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
}

static void a_root_needs_platform_class_and_key(void **state)
{
	struct cc_root root = own_root(CC_CLASS_NONE);
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_roots_add(&roots, &root, &err), -1);
	root = own_root(CC_CLASS_SIMULATED);
	root.platform = CC_PLATFORM_NONE;
	assert_int_equal(cc_roots_add(&roots, &root, &err), -1);
	root = own_root(CC_CLASS_SIMULATED);
	memset(&root.key, 0, sizeof(root.key));
	assert_int_equal(cc_roots_add(&roots, &root, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void a_root_is_found_for_its_platform_alone(void **state)
{
	struct cc_root root = own_root(CC_CLASS_SIMULATED);
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_roots_add(&roots, &root, &err), 0);
	assert_non_null(cc_roots_find(&roots, CC_PLATFORM_SGX, &root.key));
	assert_null(cc_roots_find(&roots, CC_PLATFORM_TDX, &root.key));
	root.key.b[31] ^= 1;
	assert_null(cc_roots_find(&roots, CC_PLATFORM_SGX, &root.key));
}

static void a_list_of_roots_survives_json_and_cannot_be_lifted_there(void **state)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *lifted = NULL;
	struct cc_root root = own_root(CC_CLASS_SIMULATED);
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_roots roots = { 0 }, again = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	cc_roots_vendors(&roots);
	assert_int_equal(cc_roots_add(&roots, &root, &err), 0);
	assert_int_equal(cc_roots_to_json(&roots, &json, &err), 0);
	assert_int_equal(cc_roots_from_json(json, &again, &err), 0);
	assert_int_equal(again.count, roots.count);
	assert_memory_equal(&again, &roots, sizeof(roots));
	assert_int_equal(
		cc_buf_addf(&text, &err,
			    "[{\"class\":\"confidential\",\"key\":\"%064d\",\"label\":\"x\","
			    "\"platform\":\"sgx\"}]",
			    7),
		0);
	assert_int_equal(cc_json_parse(cc_buf_span(&text), 1000, &lifted, &err), 0);
	assert_int_equal(cc_roots_from_json(lifted, &again, &err), -1);
	assert_int_equal(err.code, CC_E_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_vendors_root_is_confidential),
		cmocka_unit_test(a_root_needs_platform_class_and_key),
		cmocka_unit_test(a_root_is_found_for_its_platform_alone),
		cmocka_unit_test(a_list_of_roots_survives_json_and_cannot_be_lifted_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
