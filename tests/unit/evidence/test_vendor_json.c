/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence in JSON, in the forms in which others hand it out. */
#include "tests/unit/evidence/recorded.h"

#include "evidence/snp.h"
#include "evidence/tpm.h"
#include "evidence/vendor_json.h"

/* As little as a report of version 2 needs to be read. */
static void make_report(uint8_t out[CC_SNP_REPORT_LEN])
{
	memset(out, 0, CC_SNP_REPORT_LEN);
	out[0] = 2;
	out[0x0a] = 2;    /* policy: the bit that is always set */
	out[0x34] = 1;    /* ECDSA P-384 with SHA-384 */
	out[0x90] = 0xfb; /* a byte whose base64 differs between the alphabets */
	out[0x91] = 0xff;
}

enum form { HEX, BASE64, BASE64URL, BASE64URL_PADDED, LIST };

static char *written(enum form form, struct cc_span bytes)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };
	char *out = NULL;
	const char *quote = form == LIST ? "" : "\"";

	assert_int_equal(cc_buf_add_str(&text, quote, &err), 0);
	if (form == HEX)
		assert_int_equal(cc_hex_add(&text, bytes, &err), 0);
	else if (form == BASE64)
		assert_int_equal(cc_base64_add(&text, bytes, &err), 0);
	else if (form != LIST)
		assert_int_equal(cc_base64url_add(&text, bytes, &err), 0);
	if (form == BASE64URL_PADDED)
		assert_int_equal(
			cc_buf_addf(&text, &err, "%.*s", (int)((3 - bytes.len % 3) % 3), "=="), 0);
	for (size_t i = 0; form == LIST && i < bytes.len; i++)
		assert_int_equal(cc_buf_addf(&text, &err, "%s%u", i == 0 ? "[" : ",", bytes.at[i]),
				 0);
	assert_int_equal(cc_buf_add_str(&text, form == LIST ? "]" : quote, &err), 0);
	assert_int_equal(cc_buf_take_str(&text, &out, &err), 0);
	return out;
}

static int read_text(const char *text, struct cc_vendor_json *out, struct cc_err *err)
{
	return cc_vendor_json_read(cc_span_str(text), out, err);
}

static void assert_read(const char *text, struct cc_span expected)
{
	CC_AUTO_VENDOR_JSON struct cc_vendor_json json = { 0 };
	struct cc_err err = { 0 };

	if (read_text(text, &json, &err) != 0)
		fail_msg("%s: %s", text, err.text);
	assert_true(cc_span_eq(cc_buf_span(&json.evidence), expected));
}

static void assert_refused(const char *text, enum cc_code code)
{
	CC_AUTO_VENDOR_JSON struct cc_vendor_json json = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(read_text(text, &json, &err), -1);
	assert_int_equal(err.code, code);
	assert_int_equal(json.evidence.len, 0);
}

static void evidence_is_found_in_any_member_and_in_any_form(void **state)
{
	static const char *const around[] = {
		"%s", "{\"quote\": %s}", "{\"version\": 1, \"a\": [{\"report\": %s}, \"ab\"]}"
	};
	uint8_t report[CC_SNP_REPORT_LEN];

	(void)state;
	make_report(report);
	for (enum form form = HEX; form <= LIST; form++) {
		for (size_t i = 0; i < CC_COUNT(around); i++) {
			CC_AUTO_FREE char *value = written(form, CC_SPAN(report));
			CC_AUTO_BUF struct cc_buf text = { 0 };
			CC_AUTO_FREE char *json = NULL;
			struct cc_err err = { 0 };
			const char *at = strstr(around[i], "%s");

			assert_int_equal(cc_buf_add(&text,
						    cc_span(around[i], (size_t)(at - around[i])),
						    &err),
					 0);
			assert_int_equal(cc_buf_add_str(&text, value, &err), 0);
			assert_int_equal(cc_buf_add_str(&text, at + 2, &err), 0);
			assert_int_equal(cc_buf_take_str(&text, &json, &err), 0);
			assert_read(json, CC_SPAN(report));
		}
	}
}

static void of_two_pieces_of_evidence_none_is_chosen(void **state)
{
	uint8_t report[CC_SNP_REPORT_LEN];
	CC_AUTO_FREE char *value = NULL, *json = NULL;
	struct cc_err err = { 0 };

	(void)state;
	make_report(report);
	value = written(HEX, CC_SPAN(report));
	assert_int_equal(cc_strf(&json, &err, "{\"a\": %s, \"b\": %s}", value, value), 0);
	assert_refused(json, CC_E_NOTFOUND);
}

static void json_without_evidence_is_told_apart(void **state)
{
	(void)state;
	assert_refused("{}", CC_E_NOTFOUND);
	assert_refused("{\"quote\": \"03000200\", \"n\": [1, 2, 3]}", CC_E_NOTFOUND);
	/* d2h: so do Nitro documents begin, and texts by chance. */
	assert_refused("{\"pcr\": \"d265a83faa7b4fa0d73b82b6d06253e8\"}", CC_E_NOTFOUND);
	assert_refused("{\"quote\": ", CC_E_ARG);
	assert_refused("{\"a\": 1, \"a\": 2}", CC_E_ARG);
}

/* The pieces that every form of a guest of Azure has. */
static char *azure_text(const char *quote, const char *report, const char *more)
{
	struct cc_err err = { 0 };
	char *out = NULL;

	assert_int_equal(cc_strf(&out, &err,
				 "{\"%s\": {\"message\": \"ff544347\", \"signature\": [1, 2, 3],"
				 " \"pcrs\": [\"0101\", [2, 2]]}, \"%s\": \"SENMQQ\"%s}",
				 quote, report, more),
			 0);
	return out;
}

static void make_container(struct cc_span td_quote, struct cc_buf *out)
{
	static const uint8_t signature[] = { 0x00, 0x14, 0x00, 0x0b, 0x00, 0x03, 1, 2, 3 };
	const struct cc_span pcrs[] = { cc_span("\x01\x01", 2), cc_span("\x02\x02", 2) };
	struct cc_tpm_pieces pieces = { .quote = cc_span("\xff\x54\x43\x47", 4),
					.signature = CC_SPAN(signature),
					.hcl = cc_span_str("HCLA"),
					.td_quote = td_quote,
					.pcrs = pcrs,
					.pcr_count = 2 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_tpm_print(&pieces, out, &err), 0);
}

static void pieces_of_a_guest_of_azure_become_a_container(void **state)
{
	CC_AUTO_BUF struct cc_buf snp = { 0 }, td = { 0 };
	CC_AUTO_FREE char *newer = azure_text("tpm_quote", "hcl_report", "");
	CC_AUTO_FREE char *older = azure_text("quote", "report", "");
	CC_AUTO_FREE char *of_td = azure_text("tpm_quote", "hcl_report", ", \"td_quote\": [4, 0]");
	CC_AUTO_FREE char *wrapped = NULL;
	struct cc_err err = { 0 };

	(void)state;
	make_container(cc_span(NULL, 0), &snp);
	make_container(cc_span("\x04\x00", 2), &td);
	assert_read(newer, cc_buf_span(&snp));
	assert_read(older, cc_buf_span(&snp));
	assert_read(of_td, cc_buf_span(&td));
	assert_int_equal(
		cc_strf(&wrapped, &err, "{\"platform\": \"az-snp\", \"evidence\": %s}", newer), 0);
	assert_read(wrapped, cc_buf_span(&snp));
}

static void a_guest_of_azure_without_a_piece_is_refused(void **state)
{
	static const char *const cases[] = {
		("{\"tpm_quote\": {\"message\": \"ff\", \"signature\": \"01\"},"
		 " \"hcl_report\": \"SENMQQ\"}"),
		("{\"tpm_quote\": {\"message\": \"ff\", \"pcrs\": [\"01\"]},"
		 " \"hcl_report\": \"SENMQQ\"}"),
		("{\"tpm_quote\": {\"signature\": \"ff\", \"pcrs\": [\"01\"]},"
		 " \"hcl_report\": \"SENMQQ\"}"),
		("{\"tpm_quote\": {\"message\": \"ff\", \"signature\": \"01\", \"pcrs\": []},"
		 " \"hcl_report\": \"SENMQQ\"}"),
		/* Of two banks at once. */
		("{\"tpm_quote\": {\"message\": \"ff\", \"signature\": \"01\","
		 " \"pcrs\": [\"01\", \"0202\"]}, \"hcl_report\": \"SENMQQ\"}"),
		("{\"tpm_quote\": {\"message\": \"zz\", \"signature\": \"01\", \"pcrs\": [\"01\"]},"
		 " \"hcl_report\": \"SENMQQ\"}"),
		("{\"tpm_quote\": {\"message\": \"ff\", \"signature\": \"01\", \"pcrs\": [\"01\"]},"
		 " \"hcl_report\": \"SENMQQ\", \"vcek\": \"00\"}"),
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++)
		assert_refused(cases[i], CC_E_ARG);
}

/* Origins' own files: the same container as from the pieces that were taken out of them. */
static int load_json(struct recorded *r, struct cc_err *err)
{
	return recorded_read(r->columns[RECORDED_NAME], "evidence.json", &r->quote, err);
}

static void recorded_guests_of_azure_are_read_as_they_were_sent(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };

	(void)state;
	recorded_open_or_skip(&set, "tpm+snp tpm+tdx", load_json);
	assert_int_equal(set.count, 6);
	for (size_t i = 0; i < set.count; i++) {
		const struct recorded *r = &set.cases[i];
		bool is_td = cc_str_eq(r->columns[RECORDED_KIND], "tpm+tdx");
		CC_AUTO_VENDOR_JSON struct cc_vendor_json json = { 0 };
		struct cc_err err = { 0 };

		if (cc_vendor_json_read(cc_buf_span(&r->quote), &json, &err) != 0)
			fail_msg("%s: %s", r->columns[RECORDED_NAME], err.text);
		assert_int_equal(cc_evidence_kind(cc_buf_span(&json.evidence)),
				 is_td ? CC_PLATFORM_TDX : CC_PLATFORM_SNP);
		assert_int_equal(json.certs.len > 0, !is_td);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence_is_found_in_any_member_and_in_any_form),
		cmocka_unit_test(of_two_pieces_of_evidence_none_is_chosen),
		cmocka_unit_test(json_without_evidence_is_told_apart),
		cmocka_unit_test(pieces_of_a_guest_of_azure_become_a_container),
		cmocka_unit_test(a_guest_of_azure_without_a_piece_is_refused),
		cmocka_unit_test(recorded_guests_of_azure_are_read_as_they_were_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
