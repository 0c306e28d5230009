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

/*
 * Where PEM has bits that mean nothing: line ends, and the last digit before padding,
 * some of whose bits are left over. The certificates stay the same there.
 */
static inline bool is_slack_of_pem(struct cc_span bytes, size_t at)
{
	return bytes.at[at] == '\n' || (at + 1 < bytes.len && bytes.at[at + 1] == '=');
}

/* Collateral proven beforehand, at its own best time when it has one; NULL when it does not prove.
 */
static inline const struct cc_prepared *prepare(const struct cc_evidence *evidence)
{
	static struct cc_prepared *prepared;
	static struct cc_digest last;
	CC_AUTO_JSON struct cc_json *roots = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_evidence before = *evidence;
	const struct cc_collateral *c = &evidence->collateral;
	struct cc_digest hash = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_roots_to_json(evidence->roots, &roots, &err), 0);
	assert_int_equal(cc_json_print(roots, &text, &err), 0);
	assert_int_equal(
		cc_sha256v((const struct cc_span[]){ c->tcb_info, c->tcb_info_chain, c->qe_identity,
						     c->qe_identity_chain, c->root_crl, c->pck_crl,
						     c->pck_crl_chain, cc_buf_span(&text) },
			   8, &hash, &err),
		0);
	if (prepared != NULL && cc_digest_eq(&hash, &last))
		return prepared;
	cc_prepared_free(prepared);
	prepared = NULL;
	last = hash;
	before.at = NOW;
	if (cc_evidence_prepare(&before, &prepared, &err) != 0)
		return NULL;
	return prepared;
}

/* With and without what was proven before, the answer must be the same to the last word. */
static inline int prove_both_ways(const struct cc_evidence *evidence, struct cc_claims *out,
				  struct cc_err *err)
{
	struct cc_evidence with = *evidence;
	struct cc_claims claims = { 0 };
	struct cc_err why = { 0 };
	int done = 0;

	with.prepared = NULL;
	done = cc_evidence_prove(&with, out, err);
	with.prepared = prepare(evidence);
	if (with.prepared == NULL)
		return done;
	assert_int_equal(cc_evidence_prove(&with, &claims, &why), done);
	if (done == 0)
		assert_memory_equal(&claims, out, sizeof(claims));
	else
		assert_string_equal(why.text, err->text);
	return done;
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
