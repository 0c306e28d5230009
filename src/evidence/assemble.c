/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of collateral out of single statements (statement.h). */
#include "evidence/statement.h"

struct assembly {
	const struct cc_statements *from;
	struct cc_collateral *sets;
	size_t max, count;
};

static int add(struct assembly *a, const struct cc_collateral *set, struct cc_err *err)
{
	if (a->count == a->max)
		return cc_fail(err, CC_E_TOOBIG, "more than %zu sets of collateral", a->max);
	a->sets[a->count++] = *set;
	return 0;
}

static bool is_under(const struct cc_statement *statement, const struct cc_statement *tcb)
{
	return cc_digest_eq(&statement->root, &tcb->root);
}

/* What a TCB info shares with others under its root; the list of its CA is still missing. */
static struct cc_collateral shared(const struct cc_statements *from, const struct cc_statement *tcb)
{
	struct cc_collateral set = { .tcb_info = tcb->bytes, .tcb_info_chain = tcb->chain };

	for (size_t i = 0; i < from->count; i++) {
		const struct cc_statement *s = &from->at[i];

		if (!is_under(s, tcb))
			continue;
		if (s->kind == CC_STATEMENT_QE_IDENTITY && s->platform == tcb->platform) {
			set.qe_identity = s->bytes;
			set.qe_identity_chain = s->chain;
		}
		if (s->kind == CC_STATEMENT_CRL && cc_digest_eq(&s->issuer, &s->root))
			set.root_crl = s->bytes;
	}
	return set;
}

static int add_intel(struct assembly *a, const struct cc_statement *tcb, struct cc_err *err)
{
	struct cc_collateral set = shared(a->from, tcb);

	for (size_t i = 0; i < a->from->count; i++) {
		const struct cc_statement *s = &a->from->at[i];

		if (s->kind != CC_STATEMENT_CRL || !is_under(s, tcb) ||
		    cc_digest_eq(&s->issuer, &s->root))
			continue;
		set.pck_crl = s->bytes;
		set.pck_crl_chain = s->chain;
		CC_TRY(add(a, &set, err));
	}
	return 0;
}

/* One set for all products: the pools are searched by name. Lists may be DER: all are PEM here. */
static int add_amd(struct assembly *a, struct cc_buf *text, struct cc_err *err)
{
	struct cc_collateral set = { 0 };
	size_t middle = 0;

	for (size_t i = 0; i < a->from->count; i++)
		if (a->from->at[i].platform == CC_PLATFORM_SNP)
			CC_TRY(cc_buf_add(text, a->from->at[i].chain, err));
	middle = text->len;
	for (size_t i = 0; i < a->from->count; i++)
		if (a->from->at[i].platform == CC_PLATFORM_SNP)
			CC_TRY(cc_buf_add(text, a->from->at[i].bytes, err));
	if (text->len == 0)
		return 0;
	set.certs = cc_span_sub(cc_buf_span(text), 0, middle);
	set.crls = cc_span_sub(cc_buf_span(text), middle, text->len - middle);
	return add(a, &set, err);
}

int cc_statements_assemble(const struct cc_statements *statements, struct cc_collateral *sets,
			   size_t max, size_t *count, struct cc_buf *text, struct cc_err *err)
{
	struct assembly a = { .from = statements, .sets = sets, .max = max };

	for (size_t i = 0; i < statements->count; i++)
		if (statements->at[i].kind == CC_STATEMENT_TCB_INFO)
			CC_TRY(add_intel(&a, &statements->at[i], err));
	CC_TRY(add_amd(&a, text, err));
	*count = a.count;
	return 0;
}
