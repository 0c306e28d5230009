/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/measure/vectors.h"

#include "codec/cbor.h"
#include "codec/cose.h"
#include "crypto/x509.h"
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

/* A list of numbers, as serde prints bytes. */
static void add_list(struct cc_buf *out, struct cc_span bytes)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_cbor_add_head(out, CC_CBOR_ARRAY, bytes.len, &err), 0);
	for (size_t i = 0; i < bytes.len; i++)
		assert_int_equal(cc_cbor_add_integer(out, bytes.at[i], &err), 0);
}

/* Who signs, and what is wrong with it. */
struct signing {
	enum cc_key_kind kind;
	const char *register_index;
	int64_t index;
	size_t value_len;
	bool by_another, over_another;
	uint8_t algorithm; /* 0x22: ES384, 0x26: ES256 */
};

static const struct signing good = { CC_KEY_P384, "register_index", 0, 48, false, false, 0x22 };

static void make_certificate(const struct cc_key *key, struct cc_buf *pem)
{
	const struct cc_cert_plan plan = { .common_name = "signer",
					   .key = cc_key_public(key),
					   .issuer_key = key,
					   .until = CC_CERT_NO_END,
					   .path_len = -1 };
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_cert_make(&plan, &cert, &err), 0);
	assert_int_equal(cc_cert_to_pem(cert, pem, &err), 0);
}

static void make_payload(const struct signing *how, const struct cc_eif *eif, struct cc_buf *out)
{
	struct cc_digest48 pcrs[CC_EIF_PCRS] = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_eif_measure(eif, pcrs, &err), 0);
	pcrs[0].b[47] ^= how->over_another ? 1 : 0;
	assert_int_equal(cc_cbor_add_head(out, CC_CBOR_MAP, 2, &err), 0);
	assert_int_equal(cc_cbor_add_text(out, how->register_index, &err), 0);
	assert_int_equal(cc_cbor_add_integer(out, how->index, &err), 0);
	assert_int_equal(cc_cbor_add_text(out, "register_value", &err), 0);
	add_list(out, cc_span(pcrs[0].b, how->value_len));
}

static void make_cose(const struct signing *how, const struct cc_eif *eif, const struct cc_key *key,
		      struct cc_buf *out)
{
	const uint8_t protected[] = { 0xa1, 0x01, how->algorithm == 0x22 ? 0x38 : how->algorithm,
				      how->algorithm };
	const struct cc_span header = cc_span(protected, how->algorithm == 0x22 ? 4 : 3);
	CC_AUTO_BUF struct cc_buf payload = { 0 }, message = { 0 };
	struct cc_signature signature = { 0 };
	struct cc_err err = { 0 };

	make_payload(how, eif, &payload);
	assert_int_equal(cc_cose_to_be_signed(header, cc_buf_span(&payload), &message, &err), 0);
	assert_int_equal(cc_sign_raw(key, cc_buf_span(&message), &signature, &err), 0);
	assert_int_equal(cc_cbor_add_head(out, CC_CBOR_ARRAY, 4, &err), 0);
	assert_int_equal(cc_cbor_add_bytes(out, header, &err), 0);
	assert_int_equal(cc_cbor_add_head(out, CC_CBOR_MAP, 0, &err), 0);
	assert_int_equal(cc_cbor_add_bytes(out, cc_buf_span(&payload), &err), 0);
	assert_int_equal(cc_cbor_add_bytes(out, cc_span(signature.b, signature.len), &err), 0);
}

/* The section of a signature over an image of nothing but these parts. */
static void make_section(const struct signing *how, struct cc_eif *eif, struct cc_buf *out)
{
	CC_AUTO_KEY struct cc_key *key = NULL, *other = NULL;
	CC_AUTO_BUF struct cc_buf pem = { 0 }, cose = { 0 };
	struct cc_err err = { 0 };

	*eif = (struct cc_eif){ .kernel = cc_span_str("kernel"),
				.cmdline = cc_span_str("quiet"),
				.ramdisks = { cc_span_str("init") },
				.ramdisk_count = 1 };
	assert_int_equal(cc_key_generate(how->kind, &key, &err), 0);
	assert_int_equal(cc_key_generate(how->kind, &other, &err), 0);
	make_certificate(how->by_another ? other : key, &pem);
	make_cose(how, eif, key, &cose);
	assert_int_equal(cc_cbor_add_head(out, CC_CBOR_ARRAY, 1, &err), 0);
	assert_int_equal(cc_cbor_add_head(out, CC_CBOR_MAP, 2, &err), 0);
	assert_int_equal(cc_cbor_add_text(out, "signing_certificate", &err), 0);
	add_list(out, cc_buf_span(&pem));
	assert_int_equal(cc_cbor_add_text(out, "signature", &err), 0);
	add_list(out, cc_buf_span(&cose));
	eif->signature = cc_buf_span(out);
}

static int check(const struct cc_eif *eif, struct cc_err *err)
{
	CC_AUTO_EIF_SIGNATURE struct cc_eif_signature signature = { 0 };
	CC_AUTO_CERT struct cc_cert *cert = NULL;

	*err = (struct cc_err){ 0 };
	CC_TRY(cc_eif_signature_read(eif, &signature, err));
	return cc_eif_signature_verify(eif, &signature, &cert, err);
}

static void an_image_is_signed_over_its_first_register(void **state)
{
	static const struct {
		struct signing how;
		const char *why; /* NULL: it is good */
	} rows[] = {
		{ { CC_KEY_P384, "register_index", 0, 48, false, false, 0x22 }, NULL },
		{ { CC_KEY_P256, "register_index", 0, 48, false, false, 0x26 }, NULL },
		{ { CC_KEY_P384, "register_index", 0, 48, true, false, 0x22 }, "verify" },
		{ { CC_KEY_P384, "register_index", 0, 48, false, true, 0x22 }, "not over PCR 0" },
		{ { CC_KEY_P384, "register_index", 8, 48, false, false, 0x22 }, "not over PCR 0" },
		{ { CC_KEY_P384, "register_indeX", 0, 48, false, false, 0x22 }, "not over PCR 0" },
		{ { CC_KEY_P384, "register_index", 0, 47, false, false, 0x22 }, "not over PCR 0" },
		{ { CC_KEY_P256, "register_index", 0, 48, false, false, 0x22 }, "curve" },
		{ { CC_KEY_P384, "register_index", 0, 48, false, false, 0x21 }, "algorithm" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_BUF struct cc_buf section = { 0 };
		struct cc_eif eif = { 0 };
		struct cc_err err = { 0 };
		int result = 0;

		make_section(&rows[i].how, &eif, &section);
		result = check(&eif, &err);
		if ((result == 0) != (rows[i].why == NULL))
			fail_msg("row %zu: %s", i, err.text);
		if (rows[i].why != NULL && strstr(err.text, rows[i].why) == NULL)
			fail_msg("row %zu: '%s' is not in '%s'", i, rows[i].why, err.text);
	}
}

static void what_was_signed_and_changed_is_refused(void **state)
{
	CC_AUTO_BUF struct cc_buf section = { 0 };
	struct cc_eif eif = { 0 }, other = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_section(&good, &eif, &section);
	assert_int_equal(check(&eif, &err), 0);
	other = eif;
	other.cmdline = cc_span_str("quiet init=/bin/sh");
	assert_int_equal(check(&other, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	/* Each byte of the section: PEM has some that say nothing, as the ends of its lines. */
	for (size_t at = section.len - 400; at < section.len; at++) {
		section.at[at] ^= 1;
		if (check(&eif, &err) == 0)
			fail_msg("byte %zu", at);
		section.at[at] ^= 1;
	}
}

static void a_signature_section_has_one_form(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		enum cc_code code;
	} wrong[] = {
		{ 0, 0x80, CC_E_UNSUPPORTED }, { 0, 0x82, CC_E_UNSUPPORTED },
		{ 1, 0xa1, CC_E_UNSUPPORTED }, { 2, 0x72, CC_E_ARG },
		{ 3, 'S', CC_E_ARG },          { 22, 0x59, CC_E_ARG },
		{ 22, 0x80, CC_E_ARG },        { 25, 0x19, CC_E_ARG },
	};
	CC_AUTO_BUF struct cc_buf section = { 0 };
	struct cc_eif eif = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_section(&good, &eif, &section);
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		uint8_t was = section.at[wrong[i].at];

		section.at[wrong[i].at] = wrong[i].value;
		assert_int_equal(check(&eif, &err), -1);
		if (err.code != wrong[i].code)
			fail_msg("row %zu: %s", i, err.text);
		section.at[wrong[i].at] = was;
	}
	eif.signature = cc_span_sub(cc_buf_span(&section), 0, section.len - 1);
	assert_int_equal(check(&eif, &err), -1);
	assert_int_equal(cc_buf_add_u8(&section, 0, &err), 0);
	eif.signature = cc_buf_span(&section);
	assert_int_equal(check(&eif, &err), -1);
	eif.signature = cc_span(NULL, 0);
	assert_int_equal(check(&eif, &err), -1);
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
		cmocka_unit_test(an_image_is_signed_over_its_first_register),
		cmocka_unit_test(what_was_signed_and_changed_is_refused),
		cmocka_unit_test(a_signature_section_has_one_form),
		cmocka_unit_test(published_pcrs_come_out),
	};

	return cmocka_run_group_tests_name("measure/eif", tests, NULL, NULL);
}
