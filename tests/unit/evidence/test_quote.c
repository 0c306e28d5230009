/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "evidence/evidence.h"

/* What a quote can look like, and where its measurement is. */
struct shape {
	uint16_t version, type;
	uint8_t tee;
	size_t body;
	enum cc_platform_kind platform;
};

static const struct shape enclave = { 3, 0, 0, 384, CC_PLATFORM_SGX };
static const struct shape shapes[] = {
	{ 3, 0, 0, 384, CC_PLATFORM_SGX },    { 4, 0, 0, 384, CC_PLATFORM_SGX },
	{ 4, 0, 0x81, 584, CC_PLATFORM_TDX }, { 5, 1, 0, 384, CC_PLATFORM_SGX },
	{ 5, 2, 0x81, 584, CC_PLATFORM_TDX }, { 5, 3, 0x81, 648, CC_PLATFORM_TDX },
};

static void add_zeroes(struct cc_buf *out, size_t len)
{
	struct cc_err err = { 0 };
	struct cc_mut to = { 0 };

	assert_int_equal(cc_buf_extend(out, len, &to, &err), 0);
	memset(to.at, 0, to.len);
}

#define QE_LEN (384 + 64 + 2 + 3 + 2 + 4 + 5)

static void add_qe(struct cc_buf *out)
{
	struct cc_err err = { 0 };

	add_zeroes(out, 384 + 64);
	assert_int_equal(cc_buf_add_u16le(out, 3, &err), 0);
	assert_int_equal(cc_buf_add_str(out, "abc", &err), 0);
	assert_int_equal(cc_buf_add_u16le(out, 5, &err), 0);
	assert_int_equal(cc_buf_add_u32le(out, 5, &err), 0);
	assert_int_equal(cc_buf_add_str(out, "certs", &err), 0);
}

/* A quote of the right shape, all zero where nothing is looked at, unsigned. */
static void make_shape(const struct shape *shape, struct cc_buf *out)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add_u16le(out, shape->version, &err), 0);
	assert_int_equal(cc_buf_add_u16le(out, 2, &err), 0);
	assert_int_equal(cc_buf_add_u32le(out, shape->tee, &err), 0);
	add_zeroes(out, 40);
	if (shape->version == 5) {
		assert_int_equal(cc_buf_add_u16le(out, shape->type, &err), 0);
		assert_int_equal(cc_buf_add_u32le(out, (uint32_t)shape->body, &err), 0);
	}
	add_zeroes(out, shape->body);
	assert_int_equal(
		cc_buf_add_u32le(out, 64 + 64 + QE_LEN + (shape->version > 3 ? 6 : 0), &err), 0);
	add_zeroes(out, 64 + 64);
	if (shape->version > 3) {
		assert_int_equal(cc_buf_add_u16le(out, 6, &err), 0);
		assert_int_equal(cc_buf_add_u32le(out, QE_LEN, &err), 0);
	}
	add_qe(out);
}

static void every_version_and_body_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(shapes); i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		struct cc_quote quote = { 0 };
		struct cc_err err = { 0 };

		make_shape(&shapes[i], &bytes);
		assert_int_equal(cc_quote_parse(cc_buf_span(&bytes), &quote, &err), 0);
		assert_int_equal(quote.version, shapes[i].version);
		assert_int_equal(quote.platform, shapes[i].platform);
		assert_int_equal(quote.signed_range.len,
				 48 + shapes[i].body + (shapes[i].version == 5 ? 6 : 0));
		assert_int_equal(quote.td.has_current, shapes[i].type == 3);
		assert_true(cc_span_eq_str(quote.auth, "abc"));
		assert_true(cc_span_eq_str(quote.certs, "certs"));
	}
}

/* What version, TEE type, body type and its length say must be one thing. */
static void a_body_that_does_not_fit_its_header_is_refused(void **state)
{
	static const struct {
		size_t shape, at;
		uint8_t value;
	} cases[] = {
		{ 2, 4, 0 },                  /* an enclave's TEE type over a TD's body */
		{ 1, 4, 0x81 },               /* and the other way round */
		{ 3, 48, 2 },                 /* version 5: a TD's body type for an enclave */
		{ 4, 48, 3 },                 /* TD 1.5 with the length of 1.0 */
		{ 4, 48, 4 },                 /* a type that nobody knows */
		{ 5, 50, 0x87 },              /* one byte short */
		{ 5, 53, 1 },                 /* 16 MiB */
		{ 4, 4, 0 },                  /* version 5: TEE type and body type contradict */
		{ 2, 48 + 584 + 4 + 128, 5 }, /* version 4 without QE certification data */
		{ 2, 48 + 584 + 4 + 128 + 2, 0xff }, /* QE certification data longer than all */
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		struct cc_quote quote = { 0 };
		struct cc_err err = { 0 };

		make_shape(&shapes[cases[i].shape], &bytes);
		bytes.at[cases[i].at] = cases[i].value;
		if (cc_quote_parse(cc_buf_span(&bytes), &quote, &err) == 0)
			fail_msg("case %zu was read", i);
	}
}

static void the_parts_of_a_td_report_are_where_intel_says(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_quote quote = { 0 };
	struct cc_err err = { 0 };
	uint8_t *body = NULL;

	(void)state;
	make_shape(&shapes[5], &bytes);
	body = bytes.at + 54;
	body[1] = 0x01;   /* TEE_TCB_SVN */
	body[16] = 0x02;  /* MRSEAM */
	body[64] = 0x03;  /* MRSIGNERSEAM */
	body[112] = 0x04; /* SEAMATTRIBUTES */
	body[123] = 0x10; /* TDATTRIBUTES: SEPT_VE_DISABLE */
	body[128] = 0x05; /* XFAM */
	body[136] = 0x06; /* MRTD */
	body[184] = 0x07; /* MRCONFIGID */
	body[232] = 0x08; /* MROWNER */
	body[280] = 0x09; /* MROWNERCONFIG */
	body[328] = 0x0a; /* RTMR0 */
	body[472] = 0x0b; /* RTMR3 */
	body[520] = 0x0c; /* REPORTDATA */
	body[584] = 0x0d; /* TEE_TCB_SVN2 */
	body[600] = 0x0e; /* MRSERVICETD */
	assert_int_equal(cc_quote_parse(cc_buf_span(&bytes), &quote, &err), 0);
	assert_int_equal(quote.td.tcb_svn[1], 0x01);
	assert_int_equal(quote.td.module.b[0], 0x02);
	assert_int_equal(quote.td.module_signer.b[0], 0x03);
	assert_int_equal(quote.td.module_attributes, 0x04);
	assert_true(quote.td.attributes == CC_TD_SEPT_VE_DISABLE);
	assert_int_equal(quote.td.xfam, 0x05);
	assert_int_equal(quote.td.mrtd.b[0], 0x06);
	assert_int_equal(quote.td.config.b[0], 0x07);
	assert_int_equal(quote.td.owner.b[0], 0x08);
	assert_int_equal(quote.td.owner_config.b[0], 0x09);
	assert_int_equal(quote.td.rtmr[0].b[0], 0x0a);
	assert_int_equal(quote.td.rtmr[3].b[0], 0x0b);
	assert_int_equal(quote.td.report_data[0], 0x0c);
	assert_int_equal(quote.td.current_tcb_svn[0], 0x0d);
	assert_int_equal(quote.td.service_td.b[0], 0x0e);
}

static void a_quote_is_parsed_into_its_parts(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_quote quote = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_shape(&enclave, &bytes);
	bytes.at[48 + 48] = 0x07;  /* ATTRIBUTES */
	bytes.at[48 + 64] = 0x11;  /* MRENCLAVE */
	bytes.at[48 + 128] = 0x22; /* MRSIGNER */
	bytes.at[48 + 256] = 0x33; /* ISVPRODID */
	bytes.at[48 + 258] = 0x44; /* ISVSVN */
	bytes.at[48 + 320] = 0x55; /* REPORTDATA */
	assert_int_equal(cc_quote_parse(cc_buf_span(&bytes), &quote, &err), 0);
	assert_int_equal(quote.signed_range.len, 432);
	assert_int_equal(quote.sgx.attributes, 7);
	assert_int_equal(quote.sgx.mrenclave.b[0], 0x11);
	assert_int_equal(quote.sgx.mrsigner.b[0], 0x22);
	assert_int_equal(quote.sgx.product, 0x33);
	assert_int_equal(quote.sgx.svn, 0x44);
	assert_int_equal(quote.sgx.report_data[0], 0x55);
	assert_true(cc_span_eq_str(quote.auth, "abc"));
	assert_true(cc_span_eq_str(quote.certs, "certs"));
}

static void a_cut_quote_is_refused_at_every_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(shapes); i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		struct cc_quote quote = { 0 };
		struct cc_err err = { 0 };

		make_shape(&shapes[i], &bytes);
		for (size_t len = 0; len < bytes.len; len++)
			assert_int_equal(cc_quote_parse(cc_span_sub(cc_buf_span(&bytes), 0, len),
							&quote, &err),
					 -1);
	}
}

static void behind_a_quote_only_zeroes_may_lie(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_quote quote = { 0 };
	struct cc_err err = { 0 };
	struct cc_mut to = { 0 };

	(void)state;
	make_shape(&enclave, &bytes);
	assert_int_equal(cc_buf_extend(&bytes, 3000, &to, &err), 0);
	memset(to.at, 0, to.len);
	assert_int_equal(cc_quote_parse(cc_buf_span(&bytes), &quote, &err), 0);
	to.at[2999] = 1;
	assert_int_equal(cc_quote_parse(cc_buf_span(&bytes), &quote, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	to.at[2999] = 0;
	assert_int_equal(cc_buf_extend(&bytes, CC_EVIDENCE_MAX, &to, &err), 0);
	memset(to.at, 0, to.len);
	assert_int_equal(cc_quote_parse(cc_buf_span(&bytes), &quote, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

/* Each field that picks a meaning, set to one we do not have. */
static void other_versions_and_types_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		enum cc_code code;
	} cases[] = {
		{ 0, 2, CC_E_UNSUPPORTED },                 /* version */
		{ 0, 6, CC_E_UNSUPPORTED },                 /* version */
		{ 2, 3, CC_E_UNSUPPORTED },                 /* key type: P-384 */
		{ 4, 0x81, CC_E_ARG },                      /* TEE type in version 3 */
		{ 436 + 576 + 2 + 3, 1, CC_E_ARG },         /* a PPID of 5 bytes */
		{ 436 + 576 + 2 + 3, 0, CC_E_UNSUPPORTED }, /* certification data */
		{ 436 + 576 + 2 + 3, 6, CC_E_UNSUPPORTED }, /* of itself */
		{ 436 + 576 + 2 + 3, 8, CC_E_UNSUPPORTED },
		{ 432, 0, CC_E_ARG },                          /* section shorter than its parts */
		{ 432 + 3, 0xff, CC_E_ARG },                   /* section of 4 GiB */
		{ 436 + 576 + 1, 0xff, CC_E_ARG },             /* authentication data of 64 KiB */
		{ 436 + 576 + 2 + 3 + 2 + 3, 0xff, CC_E_ARG }, /* certificates of 4 GiB */
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		struct cc_quote quote = { 0 };
		struct cc_err err = { 0 };

		make_shape(&enclave, &bytes);
		bytes.at[cases[i].at] = cases[i].value;
		assert_int_equal(cc_quote_parse(cc_buf_span(&bytes), &quote, &err), -1);
		assert_int_equal(err.code, cases[i].code);
	}
}

static void a_platform_that_is_not_verified_here_is_refused(void **state)
{
	struct cc_evidence evidence = { .platform = CC_PLATFORM_NONE };
	struct cc_claims claims = { 0 };
	struct cc_digest64 expected = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_int_equal(cc_evidence_recheck(evidence.bytes, &claims, &expected, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_and_body_is_read),
		cmocka_unit_test(a_body_that_does_not_fit_its_header_is_refused),
		cmocka_unit_test(the_parts_of_a_td_report_are_where_intel_says),
		cmocka_unit_test(a_quote_is_parsed_into_its_parts),
		cmocka_unit_test(a_cut_quote_is_refused_at_every_length),
		cmocka_unit_test(behind_a_quote_only_zeroes_may_lie),
		cmocka_unit_test(other_versions_and_types_are_refused),
		cmocka_unit_test(a_platform_that_is_not_verified_here_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
