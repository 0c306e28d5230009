/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence and collateral in files, as a user has them; and that the answer is that of the proof.
 */
#include <sys/stat.h>

#include "tests/unit/test.h"

#include "base/dir.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/evidence-file.h"
#include "codec/text.h"
#include "platform/snp.h"

#define NOW 1800000000

struct world {
	char path[64];
	struct cc_dir dir;
	struct cc_sim_snp_plan plan;
	struct cc_snp_report report;
	struct cc_sim_snp snp;
	struct cc_buf bytes;
	struct cc_err err;
};

static void world_clear(struct world *w)
{
	CC_AUTO_DIR struct cc_dir tmp = CC_DIR_NONE;

	cc_sim_snp_clear(&w->snp);
	cc_buf_clear(&w->bytes);
	cc_dir_close(&w->dir);
	assert_int_equal(cc_dir_open("/tmp", CC_DIR_OWN, &tmp, &w->err), 0);
	assert_int_equal(cc_dir_remove_tree(&tmp, w->path + strlen("/tmp/"), &w->err), 0);
}
#define AUTO_WORLD CC_CLEANUP(world_clear)

static void put(struct world *w, const char *name, struct cc_span bytes)
{
	if (cc_dir_write(&w->dir, name, 0644, bytes, &w->err) != 0)
		fail_msg("%s", w->err.text);
}

static void make(struct world *w)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	(void)snprintf(w->path, sizeof(w->path), "/tmp/cc-evidence-XXXXXX");
	assert_non_null(mkdtemp(w->path));
	assert_int_equal(cc_dir_open(w->path, CC_DIR_OWN, &w->dir, &w->err), 0);
	assert_int_equal(cc_sim_snp_plan_good(NOW, &w->plan, &w->err), 0);
	cc_sim_snp_report_good(&w->plan, &w->report);
	assert_int_equal(cc_sim_snp_make(&w->plan, &w->snp, &w->err), 0);
	assert_int_equal(cc_sim_snp_sign(&w->snp, &w->report, &w->bytes, &w->err), 0);
	put(w, "report.bin", cc_buf_span(&w->bytes));
	/* As vendors give them: the leaf in DER, its issuers and the list in one text. */
	assert_int_equal(cc_cert_to_der(w->snp.leaf, &der, &w->err), 0);
	put(w, "vcek.der", cc_buf_span(&der));
	cc_buf_reset(&w->snp.certs);
	assert_int_equal(cc_cert_to_pem(w->snp.issuer, &w->snp.certs, &w->err), 0);
	assert_int_equal(cc_cert_to_pem(w->snp.root, &w->snp.certs, &w->err), 0);
	assert_int_equal(cc_buf_add(&w->snp.certs, cc_buf_span(&w->snp.crls), &w->err), 0);
	put(w, "cert_chain", cc_buf_span(&w->snp.certs));
	put(w, "README", cc_span_str("nothing of interest"));
}

static char *path_of(const struct world *w, const char *name)
{
	struct cc_err err = { 0 };
	char *path = NULL;

	assert_int_equal(cc_strf(&path, &err, "%s/%s", w->path, name), 0);
	return path;
}

static void evidence_is_recognised_in_any_encoding(void **state)
{
	static const struct {
		const char *file, *encoding;
	} cases[] = { { "report.bin", "binary" },
		      { "report.hex", "hexadecimal" },
		      { "report.0x", "hexadecimal" },
		      { "report.b64", "base64" } };
	AUTO_WORLD struct world w = { .dir = CC_DIR_NONE };
	CC_AUTO_BUF struct cc_buf hex = { 0 }, prefixed = { 0 }, base64 = { 0 };

	(void)state;
	make(&w);
	assert_int_equal(cc_hex_add(&hex, cc_buf_span(&w.bytes), &w.err), 0);
	assert_int_equal(cc_buf_add_str(&prefixed, "0x", &w.err), 0);
	assert_int_equal(cc_buf_add(&prefixed, cc_buf_span(&hex), &w.err), 0);
	assert_int_equal(cc_buf_add_str(&prefixed, "\n", &w.err), 0);
	assert_int_equal(cc_base64_add(&base64, cc_buf_span(&w.bytes), &w.err), 0);
	put(&w, "report.hex", cc_buf_span(&hex));
	put(&w, "report.0x", cc_buf_span(&prefixed));
	put(&w, "report.b64", cc_buf_span(&base64));
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_EVIDENCE_FILE struct cc_evidence_file file = { 0 };
		CC_AUTO_FREE char *path = path_of(&w, cases[i].file);

		if (cc_evidence_file_read(path, &file, &w.err) != 0)
			fail_msg("%s: %s", cases[i].file, w.err.text);
		assert_int_equal(file.platform, CC_PLATFORM_SNP);
		assert_string_equal(file.encoding, cases[i].encoding);
		assert_true(cc_span_eq(cc_buf_span(&file.bytes), cc_buf_span(&w.bytes)));
	}
}

static void what_is_no_evidence_is_said_to_be_none(void **state)
{
	AUTO_WORLD struct world w = { .dir = CC_DIR_NONE };
	static const char *const files[] = { "README", "vcek.der", "cert_chain" };

	(void)state;
	make(&w);
	for (size_t i = 0; i < CC_COUNT(files); i++) {
		CC_AUTO_EVIDENCE_FILE struct cc_evidence_file file = { 0 };
		CC_AUTO_FREE char *path = path_of(&w, files[i]);

		assert_int_equal(cc_evidence_file_read(path, &file, &w.err), -1);
		assert_int_equal(w.err.code, CC_E_UNSUPPORTED);
	}
}

static void an_empty_file_is_said_to_be_empty(void **state)
{
	AUTO_WORLD struct world w = { .dir = CC_DIR_NONE };
	CC_AUTO_EVIDENCE_FILE struct cc_evidence_file file = { 0 };
	CC_AUTO_FREE char *path = NULL;

	(void)state;
	make(&w);
	put(&w, "nothing", cc_span(NULL, 0));
	path = path_of(&w, "nothing");
	assert_int_equal(cc_evidence_file_read(path, &file, &w.err), -1);
	assert_int_equal(w.err.code, CC_E_ARG);
	assert_non_null(strstr(w.err.text, "is empty"));
}

static void what_cannot_be_collateral_is_passed_over(void **state)
{
	AUTO_WORLD struct world w = { .dir = CC_DIR_NONE };
	CC_AUTO_COLLATERAL_FILES struct cc_collateral_files files = { 0 };
	CC_AUTO_BUF struct cc_buf large = { 0 };
	struct cc_strings dirs = { .at = { w.path }, .count = 1 };
	struct cc_mut zeroes = { 0 };

	(void)state;
	make(&w);
	assert_int_equal(cc_dir_mkdir(&w.dir, "directory", 0700, &w.err), 0);
	assert_int_equal(mkfifoat(w.dir.fd, "pipe", 0600), 0);
	assert_int_equal(cc_buf_extend(&large, CC_COLLATERAL_ITEM_MAX + 1, &zeroes, &w.err), 0);
	put(&w, "large", cc_buf_span(&large));
	put(&w, "empty", cc_span(NULL, 0));
	if (cc_collateral_files_read(&dirs, &files, &w.err) != 0)
		fail_msg("%s", w.err.text);
	assert_true(files.ranges.certs.len > 0);
}

static void a_link_in_the_place_of_collateral_is_told(void **state)
{
	AUTO_WORLD struct world w = { .dir = CC_DIR_NONE };
	CC_AUTO_COLLATERAL_FILES struct cc_collateral_files files = { 0 };
	struct cc_strings dirs = { .at = { w.path }, .count = 1 };

	(void)state;
	make(&w);
	assert_int_equal(symlinkat("vcek.der", w.dir.fd, "link.der"), 0);
	assert_int_equal(cc_collateral_files_read(&dirs, &files, &w.err), -1);
	assert_non_null(strstr(w.err.text, "link.der"));
	assert_non_null(strstr(w.err.hint, "symbolic links"));
}

static void collateral_is_found_by_what_it_is(void **state)
{
	AUTO_WORLD struct world w = { .dir = CC_DIR_NONE };
	CC_AUTO_COLLATERAL_FILES struct cc_collateral_files files = { 0 };
	struct cc_strings dirs = { .at = { w.path }, .count = 1 };
	struct cc_roots roots = { 0 };
	struct cc_root root = { 0 };
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };

	(void)state;
	make(&w);
	if (cc_collateral_files_read(&dirs, &files, &w.err) != 0)
		fail_msg("%s", w.err.text);
	assert_int_equal(cc_sim_snp_root(&w.snp, &root, &w.err), 0);
	assert_int_equal(cc_roots_add(&roots, &root, &w.err), 0);
	evidence = (struct cc_evidence){ .platform = CC_PLATFORM_SNP,
					 .bytes = cc_buf_span(&w.bytes),
					 .collateral = files.ranges,
					 .roots = &roots,
					 .at = NOW };
	if (cc_evidence_prove(&evidence, &claims, &w.err) != 0)
		fail_msg("%s", w.err.text);
	assert_int_equal(claims.class, CC_CLASS_SIMULATED);
	assert_false(claims.without_revocation);
}

static void a_directory_that_is_not_there_is_an_error(void **state)
{
	CC_AUTO_COLLATERAL_FILES struct cc_collateral_files files = { 0 };
	struct cc_strings dirs = { .at = { "/nonexistent/collateral" }, .count = 1 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_collateral_files_read(&dirs, &files, &err), -1);
	assert_non_null(strstr(err.text, "/nonexistent/collateral"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence_is_recognised_in_any_encoding),
		cmocka_unit_test(what_is_no_evidence_is_said_to_be_none),
		cmocka_unit_test(an_empty_file_is_said_to_be_empty),
		cmocka_unit_test(what_cannot_be_collateral_is_passed_over),
		cmocka_unit_test(a_link_in_the_place_of_collateral_is_told),
		cmocka_unit_test(collateral_is_found_by_what_it_is),
		cmocka_unit_test(a_directory_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
