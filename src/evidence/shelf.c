/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/shelf.h"

#include "base/fd.h"
#include "base/str.h"
#include "crypto/x509.h"
#include "evidence/pck.h"

static void add(struct cc_shelf *shelf, const struct cc_shelf_set *set)
{
	if (shelf->count < CC_SHELF_SETS)
		shelf->sets[shelf->count++] = *set;
}

static bool is_under(const struct cc_statement *statement, const struct cc_statement *tcb)
{
	return cc_digest_eq(&statement->root, &tcb->root);
}

static bool is_of_root(const struct cc_statement *list)
{
	return cc_digest_eq(&list->issuer, &list->root);
}

/* What a TCB info shares with others under its root; the list of its CA is still missing. */
static struct cc_shelf_set shared(const struct cc_statements *from, const struct cc_statement *tcb)
{
	struct cc_shelf_set set = { .platform = tcb->platform, .tcb_info = tcb };
	struct cc_collateral *c = &set.collateral;

	c->tcb_info = tcb->bytes;
	c->tcb_info_chain = tcb->chain;
	for (size_t i = 0; i < from->count; i++) {
		const struct cc_statement *s = &from->at[i];

		if (!is_under(s, tcb))
			continue;
		if (s->kind == CC_STATEMENT_QE_IDENTITY && s->platform == tcb->platform) {
			c->qe_identity = s->bytes;
			c->qe_identity_chain = s->chain;
		}
		if (s->kind == CC_STATEMENT_CRL && is_of_root(s))
			c->root_crl = s->bytes;
	}
	return set;
}

static void add_intel(struct cc_shelf *shelf, const struct cc_statement *tcb)
{
	struct cc_shelf_set set = shared(&shelf->statements, tcb);

	for (size_t i = 0; i < shelf->statements.count; i++) {
		const struct cc_statement *s = &shelf->statements.at[i];

		if (s->kind != CC_STATEMENT_CRL || !is_under(s, tcb) || is_of_root(s))
			continue;
		set.pck_crl = s;
		set.collateral.pck_crl = s->bytes;
		set.collateral.pck_crl_chain = s->chain;
		add(shelf, &set);
	}
}

/* Where the pools of one platform are in the text. */
struct pools {
	size_t certs, given_certs, crls, given_crls, end;
};

/* The lists of one platform's makers, and behind them what nobody has proven. */
static int put_pools(struct cc_shelf *shelf, enum cc_platform_kind of,
		     const struct cc_collateral *given, struct pools *at, struct cc_err *err)
{
	const struct cc_statements *from = &shelf->statements;

	at->certs = shelf->text.len;
	for (size_t i = 0; i < from->count; i++)
		if (from->at[i].platform == of)
			CC_TRY(cc_buf_add(&shelf->text, from->at[i].chain, err));
	at->given_certs = shelf->text.len;
	CC_TRY(cc_buf_add(&shelf->text, given->certs, err));
	at->crls = shelf->text.len;
	for (size_t i = 0; i < from->count; i++)
		if (from->at[i].platform == of)
			CC_TRY(cc_buf_add(&shelf->text, from->at[i].bytes, err));
	at->given_crls = shelf->text.len;
	CC_TRY(cc_buf_add(&shelf->text, given->crls, err));
	at->end = shelf->text.len;
	return 0;
}

static void point(struct cc_shelf_set *set, struct cc_span text, const struct pools *at)
{
	set->collateral.certs = cc_span_sub(text, at->certs, at->crls - at->certs);
	set->collateral.crls = cc_span_sub(text, at->crls, at->end - at->crls);
	set->stated_certs = cc_span_sub(text, at->certs, at->given_certs - at->certs);
	set->stated_crls = cc_span_sub(text, at->crls, at->given_crls - at->crls);
}

/*
 * The pools are searched by name: what is proven stands first. Lists of AMD stay with AMD's, those
 * of TPMs with all others, which ask for every list of a chain as soon as there is one.
 */
static int add_pools(struct cc_shelf *shelf, const struct cc_collateral *given, struct cc_err *err)
{
	struct cc_shelf_set amd = { .platform = CC_PLATFORM_SNP }, others = { 0 };
	struct pools of_amd = { 0 }, of_others = { 0 };
	struct cc_span text = { 0 };

	CC_TRY(put_pools(shelf, CC_PLATFORM_SNP, given, &of_amd, err));
	CC_TRY(put_pools(shelf, CC_PLATFORM_TPM, given, &of_others, err));
	CC_TRY(cc_buf_add(&shelf->text, given->keys, err));
	text = cc_buf_span(&shelf->text);
	point(&amd, text, &of_amd);
	point(&others, text, &of_others);
	others.collateral.keys = cc_span_sub(text, of_others.end, text.len - of_others.end);
	add(shelf, &amd);
	add(shelf, &others);
	return 0;
}

int cc_shelf_new(struct cc_statements *statements, const struct cc_collateral *given,
		 struct cc_shelf **out, struct cc_err *err)
{
	CC_AUTO_SHELF struct cc_shelf *shelf = calloc(1, sizeof(*shelf));

	if (shelf == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for collateral");
	shelf->statements = *statements;
	*statements = (struct cc_statements){ 0 };
	/* First, so that there always is room for them. */
	CC_TRY(add_pools(shelf, given, err));
	for (size_t i = 0; i < shelf->statements.count; i++)
		if (shelf->statements.at[i].kind == CC_STATEMENT_TCB_INFO)
			add_intel(shelf, &shelf->statements.at[i]);
	*out = CC_TAKE(shelf);
	return 0;
}

void cc_shelf_free(struct cc_shelf *shelf)
{
	if (shelf == NULL)
		return;
	for (size_t i = 0; i < shelf->count; i++)
		cc_prepared_free(shelf->sets[i].prepared);
	cc_statements_clear(&shelf->statements);
	cc_buf_clear(&shelf->text);
	free(shelf);
}

void cc_shelf_prepare(struct cc_shelf *shelf, const struct cc_roots *roots, int64_t at)
{
	for (size_t i = 0; i < shelf->count; i++) {
		struct cc_shelf_set *set = &shelf->sets[i];
		struct cc_evidence ask = { .collateral = set->collateral,
					   .platform = set->platform,
					   .roots = roots,
					   .at = at };
		struct cc_err ignored = { 0 }; /* each appraisal says it */

		ask.collateral.certs = set->stated_certs;
		ask.collateral.crls = set->stated_crls;
		if (ask.platform == CC_PLATFORM_NONE)
			ask.platform = CC_PLATFORM_TPM;
		cc_prepared_free(set->prepared);
		if (cc_evidence_prepare(&ask, &set->prepared, &ignored) != 0)
			set->prepared = NULL;
	}
}

static int name_ca(const struct cc_cert *ca, struct cc_quote_machine *out, struct cc_err *err)
{
	CC_AUTO_FREE char *name = NULL;

	CC_TRY(cc_cert_common_name(ca, &name, err));
	(void)snprintf(out->ca_name, sizeof(out->ca_name), "%s",
		       strstr(name, "Processor") != NULL ? "processor" : "platform");
	return 0;
}

int cc_quote_machine_read(struct cc_span evidence, struct cc_quote_machine *out, struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	struct cc_quote quote = { 0 };
	struct cc_span extension = { 0 }, tail = { 0 };
	struct cc_pck pck = { 0 };

	CC_TRY(cc_quote_parse_head(evidence, &quote, &tail, err));
	CC_TRY(cc_chain_from_pem(quote.certs, &chain, err));
	if (chain.count != 3)
		return cc_fail(err, CC_E_EVIDENCE, "the PCK chain has %zu certificates, not 3",
			       chain.count);
	CC_TRY(cc_cert_extension(chain.certs[0], CC_PCK_OID, &extension, err));
	CC_TRY(cc_pck_parse(extension, &pck, err));
	cc_statement_fmspc(pck.fmspc, out->fmspc);
	CC_TRY(name_ca(chain.certs[1], out, err));
	CC_TRY(cc_cert_key_hash(chain.certs[1], &out->ca, err));
	return cc_cert_key_hash(chain.certs[2], &out->root, err);
}

static bool is_for(const struct cc_shelf_set *set, const struct cc_quote_machine *wanted)
{
	return cc_str_eq(set->tcb_info->subject, wanted->fmspc) &&
	       cc_digest_eq(&set->tcb_info->root, &wanted->root) &&
	       cc_digest_eq(&set->pck_crl->issuer, &wanted->ca);
}

static bool is_of_platform(const struct cc_shelf_set *set, enum cc_platform_kind platform)
{
	bool has_own = platform == CC_PLATFORM_SGX || platform == CC_PLATFORM_TDX ||
		       platform == CC_PLATFORM_SNP;

	return set->platform == (has_own ? platform : CC_PLATFORM_NONE);
}

const struct cc_shelf_set *cc_shelf_choose(const struct cc_shelf *shelf,
					   enum cc_platform_kind platform, struct cc_span evidence)
{
	const struct cc_shelf_set *first = NULL;
	struct cc_quote_machine wanted = { 0 };
	struct cc_err ignored = { 0 }; /* the proof says it */
	size_t count = 0;

	for (size_t i = 0; i < shelf->count; i++)
		if (is_of_platform(&shelf->sets[i], platform) && count++ == 0)
			first = &shelf->sets[i];
	/* With one set there is nothing to choose, and no certificate to decode twice. */
	if (count < 2 || cc_quote_machine_read(evidence, &wanted, &ignored) != 0)
		return first;
	for (size_t i = 0; i < shelf->count; i++)
		if (is_of_platform(&shelf->sets[i], platform) && is_for(&shelf->sets[i], &wanted))
			return &shelf->sets[i];
	return first;
}
