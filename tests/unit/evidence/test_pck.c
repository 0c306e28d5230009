/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/buf.h"
#include "crypto/der.h"
#include "evidence/pck.h"

/* What to do differently; 0 is nothing. Arcs are those behind 1.2.840.113741.1.13.1. */
struct change {
	uint8_t omit, repeat, behind; /* a member: left out, twice, with bytes behind its value */
	uint8_t omit_tcb, repeat_tcb; /* the same for a member of .2 */
	uint8_t as;                   /* call the last member so */
	uint8_t component;            /* of .2.1, two bytes when not 0: 256 and more */
	uint8_t fmspc_len, sgx_type, boolean;
	bool backwards;
};

static void element(struct cc_buf *out, uint8_t tag, struct cc_span content)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add_u8(out, tag, &err), 0);
	if (content.len >= 0x100)
		assert_int_equal(cc_buf_add(out, cc_span("\x82", 1), &err), 0);
	else if (content.len >= 0x80)
		assert_int_equal(cc_buf_add(out, cc_span("\x81", 1), &err), 0);
	if (content.len >= 0x100)
		assert_int_equal(cc_buf_add_u8(out, (uint8_t)(content.len >> 8), &err), 0);
	assert_int_equal(cc_buf_add_u8(out, (uint8_t)content.len, &err), 0);
	assert_int_equal(cc_buf_add(out, content, &err), 0);
}

static void member(struct cc_buf *out, uint8_t arc, uint8_t sub, struct cc_span value,
		   struct cc_span behind)
{
	const uint8_t oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01, arc, sub };
	CC_AUTO_BUF struct cc_buf pair = { 0 };
	struct cc_err err = { 0 };

	element(&pair, CC_DER_OID, cc_span(oid, sizeof(oid) - (sub == 0)));
	assert_int_equal(cc_buf_add(&pair, value, &err), 0);
	assert_int_equal(cc_buf_add(&pair, behind, &err), 0);
	element(out, CC_DER_SEQUENCE, cc_buf_span(&pair));
}

static void tcb_value(const struct change *c, struct cc_buf *out)
{
	CC_AUTO_BUF struct cc_buf list = { 0 };
	static const uint8_t cpusvn[16] = { 0 };

	for (uint8_t i = 1; i <= 18; i++) {
		const uint8_t large[] = { c->component, i };
		CC_AUTO_BUF struct cc_buf value = { 0 };

		if (i == 18)
			element(&value, CC_DER_OCTETS, CC_SPAN(cpusvn));
		else if (i == 1 && c->component != 0)
			element(&value, CC_DER_INTEGER, CC_SPAN(large));
		else
			element(&value, CC_DER_INTEGER, cc_span(&i, 1));
		for (int n = i == c->omit_tcb ? 0 : i == c->repeat_tcb ? 2 : 1; n > 0; n--)
			member(&list, 2, i, cc_buf_span(&value), cc_span("", 0));
	}
	element(out, CC_DER_SEQUENCE, cc_buf_span(&list));
}

static void configuration_value(const struct change *c, struct cc_buf *out)
{
	CC_AUTO_BUF struct cc_buf list = { 0 };

	for (uint8_t i = 1; i <= 3; i++) {
		const uint8_t yes[] = { 1, 1, (uint8_t)(i == 2 ? c->boolean : 0xff) };

		member(&list, 7, i, CC_SPAN(yes), cc_span("", 0));
	}
	element(out, CC_DER_SEQUENCE, cc_buf_span(&list));
}

static void value_of(const struct change *c, uint8_t arc, struct cc_buf *out)
{
	static const uint8_t bytes[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	static const uint8_t lens[] = { 0, 16, 0, 2, 6, 0, 16, 0 };
	const uint8_t type = c->sgx_type != 0 ? c->sgx_type : 1;

	if (arc == 2)
		tcb_value(c, out);
	else if (arc == 7)
		configuration_value(c, out);
	else if (arc == 5)
		element(out, CC_DER_ENUMERATED, cc_span(&type, 1));
	else
		element(out, CC_DER_OCTETS,
			cc_span(bytes, arc == 4 && c->fmspc_len ? c->fmspc_len : lens[arc]));
}

static int parse(const struct change *c, struct cc_pck *pck, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf list = { 0 }, extension = { 0 };

	for (uint8_t i = 1; i <= 7; i++) {
		uint8_t arc = c->backwards ? (uint8_t)(8 - i) : i;
		CC_AUTO_BUF struct cc_buf value = { 0 };

		value_of(c, arc, &value);
		for (int n = arc == c->omit ? 0 : arc == c->repeat ? 2 : 1; n > 0; n--)
			member(&list, arc == 7 && c->as != 0 ? c->as : arc, 0, cc_buf_span(&value),
			       cc_span("\x01\x01", arc == c->behind ? 2 : 0));
	}
	element(&extension, CC_DER_SEQUENCE, cc_buf_span(&list));
	return cc_pck_parse(cc_buf_span(&extension), pck, err);
}

static void the_extension_is_read_in_any_order(void **state)
{
	struct change c = { .boolean = 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct cc_pck pck = { 0 };
		struct cc_err err = { 0 };

		c.backwards = i == 1;
		if (parse(&c, &pck, &err) != 0)
			fail_msg("%s", err.text);
		for (uint8_t n = 0; n < 16; n++)
			assert_int_equal(pck.components[n], n + 1);
		assert_int_equal(pck.pcesvn, 17);
		assert_int_equal(pck.fmspc[5], 6);
		assert_int_equal(pck.pce_id[1], 2);
		assert_int_equal(pck.sgx_type, 1);
		assert_true(pck.has_instance);
		assert_true(pck.dynamic_platform);
		assert_false(pck.cached_keys);
		assert_true(pck.smt);
	}
}

static void a_processor_without_an_instance_has_none(void **state)
{
	struct change no_instance = { .omit = 6 }, no_configuration = { .omit = 7 };
	struct cc_pck pck = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(parse(&no_instance, &pck, &err), 0);
	assert_false(pck.has_instance);
	assert_int_equal(parse(&no_configuration, &pck, &err), 0);
	assert_true(pck.has_instance);
}

static void what_is_missing_repeated_or_unknown_is_refused(void **state)
{
	static const struct change refused[] = {
		{ .omit = 1 },      { .omit = 2 },      { .omit = 3 },      { .omit = 4 },
		{ .omit = 5 },      { .repeat = 1 },    { .repeat = 4 },    { .repeat = 6 },
		{ .repeat = 7 },    { .behind = 1 },    { .behind = 2 },    { .behind = 7 },
		{ .omit_tcb = 1 },  { .omit_tcb = 17 }, { .omit_tcb = 18 }, { .repeat_tcb = 5 },
		{ .as = 8 },        { .as = 1 },        { .component = 1 }, { .fmspc_len = 5 },
		{ .fmspc_len = 7 }, { .sgx_type = 3 },  { .boolean = 1 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++) {
		struct cc_pck pck = { 0 };
		struct cc_err err = { 0 };

		if (parse(&refused[i], &pck, &err) == 0)
			fail_msg("change %zu was accepted", i);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		assert_int_equal(pck.pcesvn, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_extension_is_read_in_any_order),
		cmocka_unit_test(a_processor_without_an_instance_has_none),
		cmocka_unit_test(what_is_missing_repeated_or_unknown_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
