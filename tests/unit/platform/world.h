/* SPDX-License-Identifier: Apache-2.0 */
/* A platform of the test's own, with byte-exact evidence and all that verifies it. */
#ifndef CC_TESTS_UNIT_PLATFORM_WORLD_H
#define CC_TESTS_UNIT_PLATFORM_WORLD_H

#include "tests/unit/test.h"

#include "evidence/evidence.h"
#include "platform/quote.h"
#include "platform/sim-internal.h"

#define NOW 1800000000

struct world {
	struct cc_sim_plan plan;
	struct cc_sim_pki pki;
	struct cc_roots roots;
	struct cc_buf quote;
};

static inline void world_clear(struct world *w)
{
	cc_sim_pki_clear(&w->pki);
	cc_buf_clear(&w->quote);
}
#define AUTO_WORLD CC_CLEANUP(world_clear)

static inline struct cc_sim_enclave enclave(void)
{
	struct cc_sim_enclave e = { .attributes = CC_SGX_INIT | CC_SGX_MODE64,
				    .product = 7,
				    .svn = 9 };

	memset(e.mrenclave.b, 0x11, sizeof(e.mrenclave.b));
	memset(e.mrsigner.b, 0x22, sizeof(e.mrsigner.b));
	memset(e.report_data.b, 0x33, sizeof(e.report_data.b));
	return e;
}

static inline void plan_good(struct world *w)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_plan_good(NOW, &w->plan, &err), 0);
}

static inline void make(struct world *w, const struct cc_sim_enclave *e)
{
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	if (cc_sim_pki_make(&w->plan, &w->pki, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_sim_pki_root(&w->pki, &root, &err), 0);
	cc_roots_vendors(&w->roots);
	assert_int_equal(cc_roots_add(&w->roots, &root, &err), 0);
	assert_int_equal(cc_sim_quote(&w->pki, e, &w->quote, &err), 0);
}

static inline struct cc_evidence evidence_of(const struct world *w)
{
	struct cc_evidence e = { .platform = CC_PLATFORM_SGX,
				 .bytes = cc_buf_span(&w->quote),
				 .roots = &w->roots,
				 .at = NOW };

	cc_sim_pki_collateral(&w->pki, &e.collateral);
	return e;
}

/* Offsets of a quote of version 3. */
#define VENDOR_AT 12
#define BODY_SIGNATURE_AT 436
#define KEY_AT (BODY_SIGNATURE_AT + 64)
#define QE_AT (KEY_AT + 64)
#define QE_SIGNATURE_AT (QE_AT + 384)
#define AUTH_AT (QE_SIGNATURE_AT + 64 + 2)

#endif
