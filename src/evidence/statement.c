/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/statement.h"

#include <inttypes.h>

#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"
#include "crypto/x509.h"
#include "evidence/issuers.h"
#include "evidence/tcb.h"
#include "evidence/window.h"

const char *cc_statement_name(enum cc_statement_kind kind)
{
	static const char *const names[CC_STATEMENT_KINDS] = {
		[CC_STATEMENT_NONE] = "none",
		[CC_STATEMENT_TCB_INFO] = "tcb-info",
		[CC_STATEMENT_QE_IDENTITY] = "qe-identity",
		[CC_STATEMENT_CRL] = "crl",
	};

	return kind < CC_STATEMENT_KINDS ? names[kind] : names[CC_STATEMENT_NONE];
}

void cc_statement_fmspc(const uint8_t fmspc[static 6], char out[static CC_STATEMENT_SUBJECT])
{
	for (size_t i = 0; i < 6; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", fmspc[i]);
}

static int add(struct cc_statements *to, const struct cc_statement *statement, struct cc_err *err)
{
	struct cc_statement *at = &to->at[to->count];

	if (to->count == CC_STATEMENTS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d statements", CC_STATEMENTS_MAX);
	if (statement->number > CC_JSON_INTEGER_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the number of a statement is over 2^53");
	*at = *statement;
	CC_TRY(cc_sha256(statement->bytes, &at->hash, err));
	to->count++;
	return 0;
}

/* Intel's. */

struct intel {
	const struct cc_evidence *ask;
	struct cc_tcb_info *tcb_info;
	struct cc_qe_identity *qe_identity;
	struct cc_chain signers, listers; /* of the TCB info, and of the PCK CRL */
	struct cc_crl *root_crl, *pck_crl;
	const struct cc_root *root;
};

static void intel_clear(struct intel *intel)
{
	free(intel->tcb_info);
	free(intel->qe_identity);
	cc_chain_clear(&intel->signers);
	cc_chain_clear(&intel->listers);
	cc_crl_free(intel->root_crl);
	cc_crl_free(intel->pck_crl);
}

/* All of it: a part that is missing here would be taken from what somebody else has brought. */
static int intel_complete(const struct cc_collateral *in, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COLLATERAL_INTEL; i++) {
		struct cc_span bytes = { 0 };

		memcpy(&bytes, (const char *)in + cc_collateral_files[i].at, sizeof(bytes));
		if (bytes.len > 0)
			continue;
		cc_err_set(err, CC_E_EVIDENCE, "the collateral has no %s",
			   cc_collateral_files[i].file);
		return cc_hint(err, "fetch all of a processor family together: concordat "
				    "collateral fetch");
	}
	return 0;
}

static int intel_read(const struct cc_collateral *in, struct intel *out, struct cc_err *err)
{
	struct cc_signed_json json = { 0 };

	CC_TRY(cc_signed_json_split(in->tcb_info, "tcbInfo", &json, err));
	CC_TRY(cc_tcb_info_parse(json.value, &out->tcb_info, err));
	CC_TRY(cc_signed_json_split(in->qe_identity, "enclaveIdentity", &json, err));
	CC_TRY(cc_qe_identity_parse(json.value, &out->qe_identity, err));
	CC_TRY(cc_chain_from_pem(in->tcb_info_chain, &out->signers, err));
	CC_TRY(cc_chain_from_pem(in->pck_crl_chain, &out->listers, err));
	CC_TRY(cc_crl_parse(in->root_crl, &out->root_crl, err));
	CC_TRY(cc_crl_parse(in->pck_crl, &out->pck_crl, err));
	if (out->tcb_info->platform != out->qe_identity->platform)
		return cc_fail(err, CC_E_EVIDENCE,
			       "TCB info is for platform '%s', the QE identity for '%s'",
			       cc_platform_name(out->tcb_info->platform),
			       cc_platform_name(out->qe_identity->platform));
	return 0;
}

/* Signatures and windows of the texts and of the root's list: as for evidence. */
static int prove_texts(struct intel *intel, struct cc_err *err)
{
	CC_AUTO_PREPARED struct cc_prepared *prepared = NULL;
	struct cc_evidence ask = *intel->ask;
	struct cc_digest key = { 0 };

	ask.platform = intel->tcb_info->platform;
	ask.without_revocation = false;
	ask.bytes = ask.collateral.certs = ask.collateral.crls = cc_span(NULL, 0);
	CC_TRY(cc_evidence_prepare(&ask, &prepared, err));
	CC_TRY(cc_cert_key_hash(intel->signers.certs[intel->signers.count - 1], &key, err));
	intel->root = cc_roots_find(ask.roots, ask.platform, &key);
	if (intel->root == NULL)
		return cc_fail(err, CC_E_BUG, "collateral is proven under no root");
	return 0;
}

/* What a list says counts only from the CA itself, which the root has neither lent nor revoked. */
static int prove_pck_crl(const struct intel *intel, struct cc_err *err)
{
	static const char *const names[] = { "Intel SGX PCK Platform CA",
					     "Intel SGX PCK Processor CA" };
	const struct cc_crl *root_crl = intel->root_crl;
	struct cc_path path = { .chain = &intel->listers,
				.root = &intel->root->key,
				.crls = &root_crl,
				.crl_count = 1,
				.at = intel->ask->at,
				.strict = true };
	CC_AUTO_FREE char *name = NULL;

	if (intel->listers.count != 2)
		return cc_fail(err, CC_E_EVIDENCE, "it has %zu certificates, not 2",
			       intel->listers.count);
	path.leaf = intel->listers.certs[0];
	CC_TRY(cc_cert_common_name(path.leaf, &name, err));
	if (!cc_str_eq(name, names[0]) && !cc_str_eq(name, names[1]))
		return cc_fail(err, CC_E_EVIDENCE, "it is of another role than '%s'", names[0]);
	CC_TRY(cc_path_verify(&path, err));
	return cc_crl_verify(intel->pck_crl, path.leaf, &intel->ask->memory, err);
}

static int add_crl(struct cc_statements *to, const struct cc_crl *crl, const struct cc_cert *issuer,
		   struct cc_statement *statement, struct cc_err *err)
{
	CC_AUTO_FREE char *name = NULL;

	statement->kind = CC_STATEMENT_CRL;
	statement->number = cc_crl_number(crl);
	cc_crl_window(crl, &statement->from, &statement->until);
	CC_TRY(cc_cert_key_hash(issuer, &statement->issuer, err));
	CC_TRY(cc_cert_common_name(issuer, &name, err));
	if (strlen(name) >= sizeof(statement->subject))
		return cc_fail(err, CC_E_EVIDENCE, "the issuer of a list has a long name");
	(void)snprintf(statement->subject, sizeof(statement->subject), "%s", name);
	return add(to, statement, err);
}

static int state_intel(const struct intel *intel, struct cc_statements *out, struct cc_err *err)
{
	const struct cc_collateral *in = &intel->ask->collateral;
	const struct cc_tcb_info *info = intel->tcb_info;
	const struct cc_qe_identity *identity = intel->qe_identity;
	const struct cc_statement common = { .platform = info->platform,
					     .root = intel->root->key,
					     .issuer = intel->root->key,
					     .class = intel->root->class };
	struct cc_statement tcb = common, qe = common, root_crl = common, pck_crl = common;

	tcb.kind = CC_STATEMENT_TCB_INFO;
	tcb.number = info->evaluation_number;
	tcb.from = info->from;
	tcb.until = info->until;
	tcb.bytes = in->tcb_info;
	tcb.chain = in->tcb_info_chain;
	cc_statement_fmspc(info->fmspc, tcb.subject);
	CC_TRY(add(out, &tcb, err));
	qe.kind = CC_STATEMENT_QE_IDENTITY;
	qe.number = identity->evaluation_number;
	qe.from = identity->from;
	qe.until = identity->until;
	qe.bytes = in->qe_identity;
	qe.chain = in->qe_identity_chain;
	(void)snprintf(qe.subject, sizeof(qe.subject), "%s",
		       identity->platform == CC_PLATFORM_TDX ? "TD_QE" : "QE");
	CC_TRY(add(out, &qe, err));
	root_crl.platform = pck_crl.platform = CC_PLATFORM_SGX;
	root_crl.bytes = in->root_crl;
	root_crl.chain = in->tcb_info_chain;
	pck_crl.bytes = in->pck_crl;
	pck_crl.chain = in->pck_crl_chain;
	CC_TRY(add_crl(out, intel->root_crl, intel->signers.certs[intel->signers.count - 1],
		       &root_crl, err));
	return add_crl(out, intel->pck_crl, intel->listers.certs[0], &pck_crl, err);
}

static bool is_intel(const struct cc_collateral *in)
{
	return in->tcb_info.len > 0 || in->qe_identity.len > 0 || in->root_crl.len > 0 ||
	       in->pck_crl.len > 0;
}

static int prove_intel(const struct cc_evidence *ask, struct cc_statements *out, struct cc_err *err)
{
	CC_CLEANUP(intel_clear) struct intel intel = { .ask = ask };

	if (!is_intel(&ask->collateral))
		return 0;
	CC_TRY(intel_complete(&ask->collateral, err));
	/* Read first only to learn whose root to ask for: the proof is over the same bytes. */
	CC_TRY(intel_read(&ask->collateral, &intel, err));
	CC_TRY(prove_texts(&intel, err));
	if (prove_pck_crl(&intel, err) != 0)
		return cc_wrap(err, "issuer chain of the PCK CRL");
	return state_intel(&intel, out, err);
}

/* AMD's: each list is its root's, and the keys that the root certifies come with it. */

/* The certificate of the pool that has issued this list and is a root of AMD's; NULL: none. */
static int find_lister(const struct cc_evidence *ask, const struct cc_crl *crl,
		       struct cc_cert **out, const struct cc_root **root, struct cc_err *err)
{
	struct cc_span rest = ask->collateral.certs;

	while (rest.len > 0) {
		CC_AUTO_CERT struct cc_cert *cert = NULL;
		struct cc_digest key = { 0 };

		CC_TRY(cc_cert_next_pem(&rest, &cert, err));
		if (cert == NULL || !cc_crl_is_by(crl, cert))
			continue;
		CC_TRY(cc_cert_key_hash(cert, &key, err));
		*root = cc_roots_find(ask->roots, CC_PLATFORM_SNP, &key);
		if (*root == NULL)
			continue;
		*out = CC_TAKE(cert);
		return 0;
	}
	return 0;
}

/* Of the pool only what the root itself has certified and not revoked: a false one of the same
 * name would stand in the way of the true one. */
static int add_issued(const struct cc_evidence *ask, const struct cc_path *path,
		      struct cc_buf *text, struct cc_span *out, struct cc_err *err)
{
	struct cc_span rest = ask->collateral.certs;
	size_t from = text->len;

	while (rest.len > 0) {
		CC_AUTO_CERT struct cc_cert *cert = NULL;
		struct cc_path one = *path;
		struct cc_span before = rest;
		struct cc_err ignored = { 0 };

		CC_TRY(cc_cert_next_pem(&rest, &cert, err));
		if (cert == NULL)
			break;
		one.leaf = cert;
		if (cc_path_verify(&one, &ignored) == 0)
			CC_TRY(cc_buf_add(text, cc_span(before.at, before.len - rest.len), err));
	}
	*out = cc_span_sub(cc_buf_span(text), from, text->len - from);
	return 0;
}

/* A list in the pool, and its text there. */
struct list {
	const struct cc_crl *crl;
	struct cc_span bytes;
};

static int prove_amd(const struct cc_evidence *ask, const struct list *list,
		     const struct cc_root *root, struct cc_cert *issuer, struct cc_statements *out,
		     struct cc_err *err)
{
	struct cc_statement statement = { .platform = CC_PLATFORM_SNP,
					  .bytes = list->bytes,
					  .root = root->key,
					  .class = root->class };
	struct cc_window window = { ask->at, 0, INT64_MAX };
	struct cc_chain chain = { .certs = { issuer }, .count = 1 }; /* borrowed */
	struct cc_path path = { .chain = &chain,
				.root = &root->key,
				.crls = &list->crl,
				.crl_count = 1,
				.at = ask->at };
	int64_t from = 0, until = 0;

	CC_TRY(cc_window_cert(&window, "a root certificate", issuer, err));
	cc_crl_window(list->crl, &from, &until);
	CC_TRY(cc_window_narrow(&window, "revocation list", from, until, err));
	CC_TRY(cc_crl_verify(list->crl, issuer, &ask->memory, err));
	CC_TRY(add_issued(ask, &path, &out->text, &statement.chain, err));
	return add_crl(out, list->crl, issuer, &statement, err);
}

/* Those of a TPM's maker: of the root and of each CA below it; its issuers come with each. */

#define LISTS_MAX 16

struct lists {
	struct cc_crl *all[LISTS_MAX];
	struct cc_span bytes[LISTS_MAX];
	size_t count;
};

static void lists_clear(struct lists *lists)
{
	for (size_t i = 0; i < lists->count; i++)
		cc_crl_free(lists->all[i]);
}

/* The issuer, not revoked by those above it: their lists must be in the set, too. */
static int prove_issuer(const struct cc_evidence *ask, const struct lists *lists,
			const struct cc_issuers *issuers, struct cc_err *err)
{
	const struct cc_crl *above[LISTS_MAX] = { NULL };
	struct cc_path path = { .leaf = issuers->chain.certs[0],
				.chain = &issuers->chain,
				.root = &issuers->root->key,
				.crls = above,
				.at = ask->at };

	for (size_t i = 0; issuers->chain.count > 1 && i < lists->count; i++)
		if (cc_issuers_listed(issuers, lists->all[i]))
			above[path.crl_count++] = lists->all[i];
	if (cc_path_verify(&path, err) != 0)
		return cc_wrap(err, "issuer of a revocation list");
	return 0;
}

static int add_chain(const struct cc_issuers *issuers, struct cc_buf *text, struct cc_span *out,
		     struct cc_err *err)
{
	size_t from = text->len;

	for (size_t i = 0; i < issuers->chain.count; i++)
		CC_TRY(cc_buf_add(text, issuers->text[i], err));
	*out = cc_span_sub(cc_buf_span(text), from, text->len - from);
	return 0;
}

static int prove_tpm(const struct cc_evidence *ask, const struct list *list,
		     const struct lists *lists, struct cc_statements *out, struct cc_err *err)
{
	const struct cc_issuer_pool pool = { .pem = ask->collateral.certs,
					     .roots = ask->roots,
					     .platform = CC_PLATFORM_TPM };
	struct cc_statement statement = { .platform = CC_PLATFORM_TPM, .bytes = list->bytes };
	struct cc_window window = { ask->at, 0, INT64_MAX };
	CC_AUTO_ISSUERS struct cc_issuers issuers = { 0 };
	int64_t from = 0, until = 0;

	if (cc_issuers_of_list(&pool, list->crl, &issuers, err) != 0)
		return cc_wrap(err, "a revocation list is of no root among those we accept");
	CC_TRY(prove_issuer(ask, lists, &issuers, err));
	cc_crl_window(list->crl, &from, &until);
	CC_TRY(cc_window_narrow(&window, "revocation list", from, until, err));
	CC_TRY(cc_crl_verify(list->crl, issuers.chain.certs[0], &ask->memory, err));
	statement.root = issuers.root->key;
	statement.class = issuers.root->class;
	CC_TRY(add_chain(&issuers, &out->text, &statement.chain, err));
	return add_crl(out, list->crl, issuers.chain.certs[0], &statement, err);
}

static int read_lists(struct cc_span rest, struct lists *out, struct cc_err *err)
{
	while (rest.len > 0) {
		CC_AUTO_CRL struct cc_crl *crl = NULL;
		struct cc_span before = rest;

		CC_TRY(cc_crl_next_pem(&rest, &crl, err));
		if (crl == NULL)
			break;
		if (out->count == LISTS_MAX)
			return cc_fail(err, CC_E_TOOBIG, "more than %d revocation lists",
				       LISTS_MAX);
		out->bytes[out->count] = cc_span(before.at, before.len - rest.len);
		out->all[out->count++] = CC_TAKE(crl);
	}
	return 0;
}

static int prove_lists(const struct cc_evidence *ask, struct cc_statements *out, struct cc_err *err)
{
	CC_CLEANUP(lists_clear) struct lists lists = { 0 };

	CC_TRY(read_lists(ask->collateral.crls, &lists, err));
	/* At once: statements point into it. */
	CC_TRY(cc_buf_reserve(&out->text, lists.count * ask->collateral.certs.len, err));
	for (size_t i = 0; i < lists.count; i++) {
		const struct list list = { lists.all[i], lists.bytes[i] };
		CC_AUTO_CERT struct cc_cert *issuer = NULL;
		const struct cc_root *root = NULL;

		CC_TRY(find_lister(ask, list.crl, &issuer, &root, err));
		if (issuer != NULL)
			CC_TRY(prove_amd(ask, &list, root, issuer, out, err));
		else
			CC_TRY(prove_tpm(ask, &list, &lists, out, err));
	}
	return 0;
}

int cc_statements_prove(const struct cc_evidence *ask, struct cc_statements *out,
			struct cc_err *err)
{
	CC_TRY(prove_intel(ask, out, err));
	CC_TRY(prove_lists(ask, out, err));
	if (out->count > 0)
		return 0;
	cc_err_set(err, CC_E_ARG, "there is no TCB info and no revocation list in the collateral");
	return cc_hint(err, "certificates and public keys alone have no number: give them with the "
			    "evidence");
}

bool cc_statement_replaces(const struct cc_statement *a, const struct cc_statement *b)
{
	if (a->kind != b->kind || !cc_digest_eq(&a->issuer, &b->issuer))
		return false;
	return a->kind == CC_STATEMENT_CRL ||
	       (a->platform == b->platform && cc_str_eq(a->subject, b->subject));
}

static int stale(const struct cc_statement *next, const struct cc_statement *known,
		 struct cc_err *err)
{
	char then[CC_TIME_TEXT], now[CC_TIME_TEXT];

	cc_time_print(next->from, then);
	cc_time_print(known->from, now);
	cc_err_set(err, CC_E_STALE,
		   "%s of '%s' has number %" PRIu64 " of %s, known is %" PRIu64 " of %s",
		   cc_statement_name(next->kind), next->subject, next->number, then, known->number,
		   now);
	return cc_hint(err, "fetch fresh collateral from the platform's vendor");
}

int cc_statement_follows(const struct cc_statement *next, const struct cc_statement *known,
			 struct cc_err *err)
{
	if (next->number < known->number)
		return stale(next, known, err);
	if (next->number == known->number && next->from < known->from)
		return stale(next, known, err);
	return 0;
}
