/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/x509.h"
#include "evidence/shelf.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* What the seeds were made at. */
#define NOW 1800000000

/* Whoever the set says is its root, so that a set may prove whoever made it. */
static void trust(const struct cc_chain *chain, enum cc_platform_kind platform,
		  struct cc_roots *roots, struct cc_err *err)
{
	struct cc_root root = { .platform = platform, .class = CC_CLASS_SIMULATED };

	if (chain->count > 0 &&
	    cc_cert_key_hash(chain->certs[chain->count - 1], &root.key, err) == 0)
		cc_ignore(cc_roots_add(roots, &root, err));
}

static void trust_all(const struct cc_collateral *set, struct cc_roots *roots)
{
	CC_AUTO_CHAIN struct cc_chain intel = { 0 }, amd = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_chain_from_pem(set->tcb_info_chain, &intel, &err));
	cc_ignore(cc_chain_from_pem(set->certs, &amd, &err));
	trust(&intel, CC_PLATFORM_SGX, roots, &err);
	trust(&intel, CC_PLATFORM_TDX, roots, &err);
	trust(&amd, CC_PLATFORM_SNP, roots, &err);
}

/* Proven, to JSON and back, and on the shelf. */
static void shelve(struct cc_statements *proven, const struct cc_collateral *set,
		   const struct cc_roots *roots, struct cc_span quote)
{
	CC_AUTO_STATEMENTS struct cc_statements again = { 0 };
	CC_AUTO_SHELF struct cc_shelf *shelf = NULL;
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_err err = { 0 };

	if (cc_statements_to_json(proven, &json, &err) != 0 ||
	    cc_statements_from_json(json, &again, &err) != 0 || again.count != proven->count)
		__builtin_trap();
	if (cc_shelf_new(&again, set, &shelf, &err) != 0)
		return;
	cc_shelf_prepare(shelf, roots, NOW);
	for (unsigned int i = 0; i < CC_PLATFORM_COUNT; i++)
		(void)cc_shelf_choose(shelf, (enum cc_platform_kind)i, quote);
}

/* The ranges of a set, each behind its length, in the order of cc_collateral_files; then a quote.
 */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_STATEMENTS struct cc_statements proven = { 0 };
	struct cc_reader r = cc_reader(cc_span(at, len));
	struct cc_roots roots = { 0 };
	struct cc_evidence ask = { .platform = CC_PLATFORM_SGX, .roots = &roots, .at = NOW };
	struct cc_err err = { 0 };

	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++) {
		struct cc_span *range =
			(struct cc_span *)((char *)&ask.collateral + cc_collateral_files[i].at);

		if (cc_read_sized(&r, CC_COLLATERAL_ITEM_MAX, "range", range, &err) != 0)
			return 0;
	}
	trust_all(&ask.collateral, &roots);
	if (cc_statements_prove(&ask, &proven, &err) == 0)
		shelve(&proven, &ask.collateral, &roots, r.rest);
	return 0;
}
