/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/measure/vectors.h"

#include "measure/eif.h"

#define HEADER 548
#define OFFSETS 28
#define SIZES (OFFSETS + 32 * 8)

struct section {
	uint16_t kind;
	const char *text;
};

static const struct section whole[] = { { 1, "kernel" },   { 2, "console=ttyS0" }, { 3, "init" },
					{ 5, "{}" },       { 3, "first" },         { 3, "second" },
					{ 4, "signature" } };

static void put(struct cc_buf *image, size_t at, size_t len, uint64_t value)
{
	for (size_t i = 0; i < len; i++)
		image->at[at + i] = (uint8_t)(value >> (8 * (len - 1 - i)));
}

/* As tests/e2e/measured.py makes it, but for the CRC. */
static void make(const struct section *sections, size_t count, struct cc_buf *out)
{
	struct cc_mut header = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_extend(out, HEADER, &header, &err), 0);
	memset(header.at, 0, header.len);
	memcpy(header.at, ".eif\0\4", 6);
	put(out, 26, 2, count);
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(sections[i].text);

		put(out, OFFSETS + 8 * i, 8, out->len);
		put(out, SIZES + 8 * i, 8, len);
		assert_int_equal(cc_buf_add_u16be(out, sections[i].kind, &err), 0);
		assert_int_equal(cc_buf_add_u16be(out, 0, &err), 0);
		assert_int_equal(cc_buf_add_u64be(out, len, &err), 0);
		assert_int_equal(cc_buf_add_str(out, sections[i].text, &err), 0);
	}
}

static void assert_refused(const struct cc_buf *image, enum cc_code code, const char *said)
{
	struct cc_eif eif = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_eif_parse(cc_buf_span(image), &eif, &err), -1);
	assert_int_equal(err.code, code);
	if (strstr(err.text, said) == NULL)
		fail_msg("'%s' is not in '%s'", said, err.text);
}

/* Computed by tests/e2e/measured.py. */
static void an_image_has_three_pcrs(void **state)
{
	CC_AUTO_BUF struct cc_buf image = { 0 };
	struct cc_digest48 pcrs[CC_EIF_PCRS] = { 0 };
	struct cc_eif eif = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make(whole, CC_COUNT(whole), &image);
	assert_int_equal(cc_eif_parse(cc_buf_span(&image), &eif, &err), 0);
	assert_int_equal(eif.version, 4);
	assert_false(eif.is_arm);
	assert_int_equal(eif.ramdisk_count, 3);
	assert_true(cc_span_eq_str(eif.signature, "signature"));
	assert_int_equal(cc_eif_measure(&eif, pcrs, &err), 0);
	assert_digest_is(CC_DIGEST_SPAN(pcrs[0]),
			 "3edc73458af7389c494a8edceed0e38cbc3fb5cf096dacd4202321670acff3e9"
			 "24711fe5d1e261aa7f6b8b6042cd12a5");
	assert_digest_is(CC_DIGEST_SPAN(pcrs[1]),
			 "01f015f47940172daaa3003b0620a7ef90969387601d69388fd9401a1d008c7d"
			 "4cd909c08123782abba8d2b4726fd7bf");
	assert_digest_is(CC_DIGEST_SPAN(pcrs[2]),
			 "91fc9686d85312bd8a96edccbb56850c6afe3f3d7b47f5e294b9485de9356a1b"
			 "4a0b3be3d2db0b61a16d2c7afa0173c3");
}

static void a_certificate_is_measured_in_its_der(void **state)
{
	struct cc_digest48 pcr = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_nitro_pcr(cc_span_str("certificate"), &pcr, &err), 0);
	assert_digest_is(CC_DIGEST_SPAN(pcr),
			 "e2ad58e7a1a9fdb1dcd72ae5858372974416919245e567ea8f717937e8b914f6"
			 "44320b0f88dcfca2d7a83b5ee6c832dd");
}

/* A loader may follow the header, another the sections. */
static void the_header_and_the_sections_agree(void **state)
{
	static const struct {
		size_t at, len;
		uint64_t value;
		enum cc_code code;
		const char *said;
	} wrong[] = {
		{ 0, 1, 'x', CC_E_ARG, "header: it does not begin with '.eif'" },
		{ 4, 2, 5, CC_E_UNSUPPORTED, "version 5" },
		{ 4, 2, 0, CC_E_UNSUPPORTED, "version 0" },
		{ 26, 2, 0, CC_E_ARG, "0 sections" },
		{ 26, 2, 33, CC_E_ARG, "33 sections" },
		{ 26, 2, 6, CC_E_ARG, "enclave image" },
		{ OFFSETS, 8, 549, CC_E_ARG, "section 0 lies at 0x224, the header says 0x225" },
		{ SIZES, 8, 5, CC_E_ARG, "section 0 at 0x224: it has 6 bytes, the header says 5" },
		{ HEADER + 4, 8, 7, CC_E_ARG, "it has 7 bytes, the header says 6" },
		{ HEADER, 2, 6, CC_E_UNSUPPORTED, "kind 6 is not known" },
		{ HEADER, 2, 0, CC_E_UNSUPPORTED, "kind 0 is not known" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		CC_AUTO_BUF struct cc_buf image = { 0 };

		make(whole, CC_COUNT(whole), &image);
		put(&image, wrong[i].at, wrong[i].len, wrong[i].value);
		assert_refused(&image, wrong[i].code, wrong[i].said);
	}
}

static void an_image_ends_with_its_sections(void **state)
{
	CC_AUTO_BUF struct cc_buf image = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make(whole, CC_COUNT(whole), &image);
	image.len--;
	assert_refused(&image, CC_E_ARG, "it has 9 bytes, the file ends after 8");
	image.len++;
	assert_int_equal(cc_buf_add_u8(&image, 0, &err), 0);
	assert_refused(&image, CC_E_ARG, "enclave image");
	image.len = HEADER - 1;
	assert_refused(&image, CC_E_ARG, "header");
}

static void sections_come_in_the_order_of_the_measurement(void **state)
{
	static const struct {
		struct section sections[4];
		size_t count;
		const char *said;
	} wrong[] = {
		{ { { 2, "c" }, { 1, "k" }, { 3, "r" } }, 3, "kind 2 does not belong here" },
		{ { { 1, "k" }, { 3, "r" }, { 2, "c" } }, 3, "kind 3 does not belong here" },
		{ { { 1, "k" }, { 2, "c" }, { 1, "k" }, { 3, "r" } }, 4, "kind 1 does not" },
		{ { { 1, "k" }, { 2, "c" }, { 2, "c" }, { 3, "r" } }, 4, "kind 2 does not" },
		{ { { 1, "k" }, { 2, "" }, { 2, "c" }, { 3, "r" } }, 4, "kind 2 does not" },
		{ { { 1, "k" }, { 2, "c" }, { 4, "s" }, { 4, "s" } }, 4, "kind 4 does not" },
		{ { { 1, "k" }, { 2, "c" } }, 2, "it has no ramdisk" },
		{ { { 1, "k" }, { 2, "c" }, { 3, "" } }, 3, "kind 3 is empty" },
		{ { { 1, "" }, { 2, "c" }, { 3, "r" } }, 3, "kind 1 is empty" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		CC_AUTO_BUF struct cc_buf image = { 0 };

		make(wrong[i].sections, wrong[i].count, &image);
		assert_refused(&image, CC_E_ARG, wrong[i].said);
	}
}

/* The first signature of `hex`: whether it has a certificate, as text. */
static int certificate_of(const char *hex, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf signature = { 0 };
	struct cc_eif eif = { 0 };

	assert_int_equal(cc_hex_parse(cc_span_str(hex), &signature, err), 0);
	eif.signature = cc_buf_span(&signature);
	return cc_eif_certificate(&eif, out, err);
}

/* The head of a map of two, and the text "signing_certificate". */
#define NAME "a2737369676e696e675f6365727469666963617465"

static void the_certificate_of_a_signed_image_is_found(void **state)
{
	static const char *const forms[] = { ("81" NAME "83182d181800"),
					     ("82" NAME "9803182d181800"),
					     ("81" NAME "990003182d181800ff") };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(forms); i++) {
		CC_AUTO_BUF struct cc_buf pem = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(certificate_of(forms[i], &pem, &err), 0);
		assert_true(cc_span_eq(cc_buf_span(&pem), cc_span("-\x18\0", 3)));
	}
}

static void what_is_no_list_of_bytes_is_no_certificate(void **state)
{
	static const char *const wrong[] = {
		"80",
		("98" NAME "81182d"),
		("81" NAME),
		("81" NAME "42182d"),
		("81" NAME "82182d"),
		("81" NAME "8119"),
		("81" NAME "811900ff"),
		("81" NAME "995000"),
		"81a1737369676e696e675f6365727469666963617465811800",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		CC_AUTO_BUF struct cc_buf pem = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(certificate_of(wrong[i], &pem, &err), -1);
		assert_true(err.code == CC_E_ARG || err.code == CC_E_TOOBIG);
	}
}

static void an_image_that_is_not_signed_has_no_certificate(void **state)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(certificate_of("", &pem, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
}

static void published_pcrs_come_out(void **state)
{
	CC_AUTO_JSON struct cc_json *vectors = vectors_read("nitro/vectors.json");
	const struct cc_json *list = NULL;
	struct cc_digest48 pcr = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_nitro_pcr(cc_span(NULL, 0), &pcr, &err), 0);
	assert_digest_is(CC_DIGEST_SPAN(pcr), vectors_str(vectors, "pcr2_no_app_ramdisk"));
	assert_int_equal(cc_json_get_array(vectors, "pcr4", &list, &err), 0);
	assert_int_equal(cc_json_count(list), 12);
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const struct cc_json *vector = cc_json_at(list, i);

		assert_int_equal(
			cc_nitro_pcr_of_text(vectors_str(vector, "instance_id"), &pcr, &err), 0);
		assert_digest_is(CC_DIGEST_SPAN(pcr), vectors_str(vector, "pcr4"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_has_three_pcrs),
		cmocka_unit_test(a_certificate_is_measured_in_its_der),
		cmocka_unit_test(the_header_and_the_sections_agree),
		cmocka_unit_test(an_image_ends_with_its_sections),
		cmocka_unit_test(sections_come_in_the_order_of_the_measurement),
		cmocka_unit_test(the_certificate_of_a_signed_image_is_found),
		cmocka_unit_test(what_is_no_list_of_bytes_is_no_certificate),
		cmocka_unit_test(an_image_that_is_not_signed_has_no_certificate),
		cmocka_unit_test(published_pcrs_come_out),
	};

	return cmocka_run_group_tests_name("measure/eif", tests, NULL, NULL);
}
