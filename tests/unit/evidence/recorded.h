/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence of real machines, which is not ours to ship: it lies beside the source
 * tree, in ../shared/data/evidence, one directory a case and one line a case in
 * cases.tsv. Tests that need it say that they skip when it is absent.
 */
#ifndef CC_TESTS_UNIT_EVIDENCE_RECORDED_H
#define CC_TESTS_UNIT_EVIDENCE_RECORDED_H

#include "tests/unit/test.h"

#include "base/dir.h"
#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"
#include "evidence/evidence.h"

#define RECORDED_CASES 128
#define RECORDED_COLUMNS 20

enum recorded_column {
	RECORDED_KIND,
	RECORDED_NAME,
	RECORDED_VERDICT,
	RECORDED_VERSION,
	RECORDED_FMSPC,
	RECORDED_TCB,
	RECORDED_QE_TCB,
	RECORDED_MODULE_TCB,
	RECORDED_TCB_DATE,
	RECORDED_ADVISORIES,
	RECORDED_AT,
	RECORDED_WINDOW,
	RECORDED_CRL,
	RECORDED_MEASUREMENT,
	RECORDED_SIGNER,
	RECORDED_REPORT_DATA,
	RECORDED_POLICY,
	RECORDED_HOST_DATA,
	RECORDED_CPUID,
	RECORDED_WHY,
};

struct recorded {
	char *columns[RECORDED_COLUMNS];
	struct cc_buf quote, files[CC_COLLATERAL_FILES];
};

struct recorded_set {
	char *text;
	struct recorded cases[RECORDED_CASES];
	size_t count;
};

static inline void recorded_clear(struct recorded_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		cc_buf_clear(&set->cases[i].quote);
		for (size_t f = 0; f < CC_COLLATERAL_FILES; f++)
			cc_buf_clear(&set->cases[i].files[f]);
	}
	free(set->text);
}

#define AUTO_RECORDED CC_CLEANUP(recorded_clear)

static inline int recorded_read(const char *name, const char *file, struct cc_buf *out,
				struct cc_err *err)
{
	const char *root = getenv("MESON_SOURCE_ROOT");
	CC_AUTO_FREE char *path = NULL;

	CC_TRY(cc_strf(&path, err, "%s/../shared/data/evidence/%s%s%s", root == NULL ? "." : root,
		       name, *name == '\0' ? "" : "/", file));
	return cc_file_read(path, 1024 * 1024, out, err);
}

static inline bool is_crl(size_t file, const struct recorded *r)
{
	return cc_str_eq(r->columns[RECORDED_CRL], "no") &&
	       strstr(cc_collateral_files[file].member, "crl") != NULL;
}

/* Reads one case: its evidence and what belongs to it. */
typedef int recorded_load_fn(struct recorded *r, struct cc_err *err);

/* SGX and TDX: a quote and Intel's collateral. */
static inline int recorded_load_quote(struct recorded *r, struct cc_err *err)
{
	CC_TRY(recorded_read(r->columns[RECORDED_NAME], "quote.bin", &r->quote, err));
	/* Some origins recorded no issuer chain of the PCK CRL, or no CRL at all: empty ranges. */
	for (size_t f = 0; f < CC_COLLATERAL_FILES; f++)
		if (recorded_read(r->columns[RECORDED_NAME], cc_collateral_files[f].file,
				  &r->files[f], err) != 0 &&
		    !cc_collateral_files[f].optional && !is_crl(f, r))
			return -1;
	return 0;
}

/* Is the row of one of these kinds, "sgx tdx", and not one that only a parser is to refuse? */
static inline bool recorded_is_of(const char *row, const char *kinds)
{
	size_t len = strcspn(row, "\t");

	if (len == 0 || strstr(row, "/invalid/") != NULL)
		return false;
	while (*kinds != '\0') {
		size_t word = strcspn(kinds, " ");

		if (word == len && memcmp(kinds, row, len) == 0)
			return true;
		kinds += word + (kinds[word] == ' ' ? 1 : 0);
	}
	return false;
}

/*
 * All cases of these kinds; CC_E_NOTFOUND when the recorded evidence is absent, and
 * another code when it is there but can not be read, which is a failure and no skip.
 */
static inline int recorded_open(struct recorded_set *set, const char *kinds, recorded_load_fn *load,
				struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	char *line = NULL, *rest = NULL;

	CC_TRY(recorded_read("", "cases.tsv", &text, err));
	CC_TRY(cc_buf_take_str(&text, &set->text, err));
	rest = set->text;
	while ((line = strsep(&rest, "\n")) != NULL && set->count < RECORDED_CASES) {
		struct recorded *r = &set->cases[set->count];

		if (!recorded_is_of(line, kinds))
			continue;
		for (size_t c = 0; c < RECORDED_COLUMNS && line != NULL; c++)
			r->columns[c] = strsep(&line, "\t");
		set->count++;
		if (load(r, err) != 0)
			return cc_fail(err, CC_E_TAMPERED, "recorded case '%s' is not complete",
				       r->columns[RECORDED_NAME]);
	}
	return 0;
}

/* Skips the test where there is no recorded evidence. */
static inline void recorded_open_or_skip(struct recorded_set *set, const char *kinds,
					 recorded_load_fn *load)
{
	struct cc_err err = { 0 };

	if (recorded_open(set, kinds, load, &err) == 0)
		return;
	if (err.code != CC_E_NOTFOUND)
		fail_msg("%s", err.text);
	print_message("# no recorded evidence beside the source tree: skipped\n");
	skip();
}

static inline void assert_hex(struct cc_span bytes, const char *expected)
{
	CC_AUTO_BUF struct cc_buf hex = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_hex_add(&hex, bytes, &err), 0);
	if (!cc_span_eq_str(cc_buf_span(&hex), expected))
		fail_msg("%.*s, expected %s", (int)hex.len, (const char *)hex.at, expected);
}

/* Of the first 20 characters: behind them some columns say more. */
static inline int64_t time_of(const char *text)
{
	struct cc_err err = { 0 };
	int64_t at = 0;

	assert_int_equal(cc_time_parse(cc_span(text, 20), &at, &err), 0);
	return at;
}

static inline struct cc_evidence recorded_evidence(const struct recorded *r,
						   const struct cc_roots *roots, int64_t at)
{
	struct cc_evidence evidence = { .platform = cc_platform_named(r->columns[RECORDED_KIND]),
					.without_revocation =
						cc_str_eq(r->columns[RECORDED_CRL], "no"),
					.bytes = cc_buf_span(&r->quote),
					.roots = roots,
					.at = at };

	for (size_t f = 0; f < CC_COLLATERAL_FILES; f++) {
		struct cc_span range = cc_buf_span(&r->files[f]);

		memcpy((char *)&evidence.collateral + cc_collateral_files[f].at, &range,
		       sizeof(range));
	}
	return evidence;
}

#endif
