/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap.h"

#include "base/fd.h"
#include "base/str.h"
#include "evidence/pck-chain.h"
#include "evidence/quote.h"
#include "evidence/statement.h"
#include "evidence/tcb.h"
#include "evidence/window.h"

/* The certificates of one machine, as its quotes bring them, proven with the rest. */
struct machine {
	struct cc_buf certs; /* empty: there is none */
	struct cc_pubkey *key;
	struct cc_pck pck;
	struct cc_window window;
};

/* What does not depend on the quote, proven under one root. */
struct cc_dcap_prepared {
	struct cc_digest root;
	struct cc_crl *root_crl, *pck_crl;
	struct cc_chain pck_issuers; /* as they came with the PCK CRL, not proven; may be none */
	struct cc_tcb_info *tcb_info;
	struct cc_qe_identity *qe_identity;
	struct cc_proven proven; /* of the paths to it */
	struct machine machine;
	struct cc_window window;
};

static void prepared_clear(struct cc_dcap_prepared *c)
{
	cc_crl_free(c->root_crl);
	cc_crl_free(c->pck_crl);
	cc_chain_clear(&c->pck_issuers);
	free(c->tcb_info);
	free(c->qe_identity);
	cc_proven_clear(&c->proven);
	cc_buf_clear(&c->machine.certs);
	cc_pubkey_free(c->machine.key);
}

void cc_dcap_prepared_free(struct cc_dcap_prepared *prepared)
{
	if (prepared == NULL)
		return;
	prepared_clear(prepared);
	free(prepared);
}

/* What the steps hand to each other. Everything in it is proven by the step that fills it. */
struct proof {
	const struct cc_evidence *in;
	struct cc_quote quote;
	struct cc_chain pck_chain; /* leaf, intermediate, root */
	const struct cc_root *root;
	struct cc_pubkey *own_key; /* of the machine, unless the caller has it */
	const struct cc_pubkey *pck_key;
	struct cc_pck pck;
	struct cc_dcap_prepared own; /* unless the caller has one that fits: */
	const struct cc_dcap_prepared *collateral;
	struct cc_window window;
};

static void proof_clear(struct proof *p)
{
	cc_chain_clear(&p->pck_chain);
	cc_pubkey_free(p->own_key);
	prepared_clear(&p->own);
}

static int check_name(const struct cc_cert *cert, const char *const *names, size_t count,
		      struct cc_err *err)
{
	CC_AUTO_FREE char *name = NULL;

	CC_TRY(cc_cert_common_name(cert, &name, err));
	for (size_t i = 0; i < count; i++)
		if (cc_str_eq(name, names[i]))
			return 0;
	return cc_fail(err, CC_E_EVIDENCE, "a certificate is for another role than '%s'", names[0]);
}

static int check_issuer(const struct cc_cert *cert, const struct cc_cert *issuer,
			struct cc_err *err)
{
	CC_AUTO_FREE char *said = NULL, *is = NULL;

	CC_TRY(cc_cert_issuer_common_name(cert, &said, err));
	CC_TRY(cc_cert_common_name(issuer, &is, err));
	if (!cc_str_eq(said, is))
		return cc_fail(err, CC_E_EVIDENCE, "the certificate chain is not in order");
	return 0;
}

/*
 * A root signs certificates for several roles, so a valid chain alone says little: a
 * TCB signing certificate must not pass as a PCK certificate. Exactly leaf,
 * intermediate and root, so that the path can be no other than this one.
 */
static int check_pck_roles(const struct cc_chain *chain, struct cc_err *err)
{
	static const char *const leaf[] = { "Intel SGX PCK Certificate" };
	static const char *const ca[] = { "Intel SGX PCK Platform CA",
					  "Intel SGX PCK Processor CA" };
	static const char *const root[] = { "Intel SGX Root CA" };

	if (chain->count != 3)
		return cc_fail(err, CC_E_EVIDENCE, "the PCK chain has %zu certificates, not 3",
			       chain->count);
	CC_TRY(check_name(chain->certs[0], leaf, CC_COUNT(leaf), err));
	CC_TRY(check_name(chain->certs[1], ca, CC_COUNT(ca), err));
	CC_TRY(check_name(chain->certs[2], root, CC_COUNT(root), err));
	CC_TRY(check_issuer(chain->certs[0], chain->certs[1], err));
	return check_issuer(chain->certs[1], chain->certs[2], err);
}

/* The last certificate only says which of our roots to try; the path must end in that key. */
static int find_root(const struct cc_evidence *in, const struct cc_chain *chain,
		     const struct cc_root **out, struct cc_err *err)
{
	struct cc_digest key = { 0 };

	CC_TRY(cc_cert_key_hash(chain->certs[chain->count - 1], &key, err));
	*out = cc_roots_find(in->roots, in->platform, &key);
	if (*out == NULL) {
		cc_err_set(err, CC_E_EVIDENCE,
			   "the certificate chain ends in a root that is not "
			   "among those we accept");
		return cc_hint(err, "evidence of a simulated platform needs its root in the list");
	}
	return 0;
}

static int read_crl(struct cc_window *w, const char *what, struct cc_span bytes,
		    struct cc_crl **out, struct cc_err *err)
{
	int64_t from = 0, until = 0;

	if (bytes.len == 0) {
		cc_err_set(err, CC_E_EVIDENCE, "%s is missing", what);
		return cc_hint(err, "without revocation lists evidence is as good as revoked; "
				    "fetch them from the platform's vendor");
	}
	if (cc_crl_parse(bytes, out, err) != 0)
		return cc_wrap(err, "%s", what);
	cc_crl_window(*out, &from, &until);
	return cc_window_narrow(w, what, from, until, err);
}

/* The chain that came with the PCK CRL has nothing new to say; it may not contradict. */
static int read_pck_crl_chain(const struct cc_collateral *in, const struct cc_chain *known,
			      struct cc_dcap_prepared *c, struct cc_err *err)
{
	if (in->pck_crl_chain.len == 0)
		return 0;
	if (cc_chain_from_pem_known(in->pck_crl_chain, known, &c->pck_issuers, err) != 0)
		return cc_wrap(err, "issuer chain of the PCK CRL");
	if (c->pck_issuers.count == 0)
		return cc_fail(err, CC_E_EVIDENCE, "issuer chain of the PCK CRL is empty");
	return 0;
}

/*
 * Their signatures are checked with every path that they are used on. None at all is an answer
 * only for who asked for it, and the claims say that nothing was looked up. Certificates that are
 * `known` are not decoded again.
 */
static int read_crls(const struct cc_evidence *evidence, const struct cc_chain *known,
		     struct cc_dcap_prepared *c, struct cc_err *err)
{
	const struct cc_collateral *in = &evidence->collateral;

	if (evidence->without_revocation && in->root_crl.len == 0 && in->pck_crl.len == 0)
		return 0;
	CC_TRY(read_crl(&c->window, "root CA CRL", in->root_crl, &c->root_crl, err));
	CC_TRY(read_crl(&c->window, "PCK CRL", in->pck_crl, &c->pck_crl, err));
	return read_pck_crl_chain(in, known, c, err);
}

static int check_path(const struct cc_chain *chain, const struct cc_dcap_prepared *c,
		      size_t crl_count, const struct cc_evidence *in, struct cc_proven *learned,
		      struct cc_err *err)
{
	const struct cc_crl *const crls[] = { c->root_crl, c->pck_crl };
	const struct cc_path path = {
		.leaf = chain->certs[0],
		.chain = chain,
		.root = &c->root,
		.crls = crls,
		.crl_count = c->root_crl == NULL ? 0 : crl_count,
		.at = in->at,
		.strict = true,
		.proven = &c->proven,
		.learned = learned,
		.memory = in->memory,
	};

	return cc_path_verify(&path, err);
}

/* OpenSSL says only that a list is missing, also when there is one of somebody else's. */
static void explain_crls(const struct proof *p, struct cc_err *err)
{
	const struct cc_dcap_prepared *c = p->collateral;

	if (c->root_crl != NULL && !cc_crl_is_by(c->root_crl, p->pck_chain.certs[2]))
		cc_err_set(err, CC_E_EVIDENCE, "the root CA CRL is not of the root CA");
	else if (c->pck_crl != NULL && !cc_crl_is_by(c->pck_crl, p->pck_chain.certs[1]))
		cc_err_set(err, CC_E_EVIDENCE,
			   "the PCK CRL is of another CA than the PCK certificate");
}

static int check_pck_ca(const struct proof *p, struct cc_err *err)
{
	const struct cc_chain *issuers = &p->collateral->pck_issuers;
	struct cc_digest ours = { 0 }, theirs = { 0 };

	if (issuers->count == 0)
		return 0;
	CC_TRY(cc_cert_key_hash(p->pck_chain.certs[1], &ours, err));
	CC_TRY(cc_cert_key_hash(issuers->certs[0], &theirs, err));
	if (!cc_digest_eq(&ours, &theirs))
		return cc_fail(err, CC_E_EVIDENCE,
			       "the PCK CRL is of another CA than the PCK certificate");
	return 0;
}

static bool holds(const struct cc_window *window, int64_t at)
{
	return at >= window->from && at <= window->until;
}

/* Does what was proven before hold here and now? If not, all is proven anew and says why not. */
static bool fits(const struct cc_dcap_prepared *c, const struct proof *p)
{
	return c != NULL && cc_digest_eq(&c->root, &p->root->key) && holds(&c->window, p->in->at);
}

static const struct cc_dcap_prepared *before(const struct proof *p)
{
	return p->in->prepared == NULL ? NULL : p->in->prepared->intel;
}

static int choose_collateral(struct proof *p, struct cc_err *err)
{
	if (fits(before(p), p)) {
		p->collateral = before(p);
		return 0;
	}
	p->own.root = p->root->key;
	p->own.window = (struct cc_window){ p->in->at, 0, INT64_MAX };
	p->collateral = &p->own;
	return read_crls(p->in, &p->pck_chain, &p->own, err);
}

/*
 * Step 1, when the very same certificates were proven with this collateral: what of it could have
 * changed since is the time, and which roots are accepted.
 */
static bool take_machine(struct proof *p)
{
	const struct cc_dcap_prepared *c = before(p);

	if (c == NULL || c->machine.certs.len == 0 || p->quote.certs_type != CC_QUOTE_CERTS_PEM ||
	    !cc_span_eq(p->quote.certs, cc_buf_span(&c->machine.certs)) ||
	    !holds(&c->window, p->in->at) || !holds(&c->machine.window, p->in->at))
		return false;
	p->root = cc_roots_find(p->in->roots, p->in->platform, &c->root);
	if (p->root == NULL)
		return false;
	p->collateral = c;
	p->pck_key = c->machine.key;
	p->pck = c->machine.pck;
	cc_window_cut(&p->window, c->machine.window.from, c->machine.window.until);
	return true;
}

/* Step 1. */
static int prove_pck(struct proof *p, struct cc_err *err)
{
	const struct cc_chain none = { 0 };
	const struct cc_dcap_prepared *prepared = before(p);
	struct cc_span extension = { 0 };

	if (cc_pck_chain_find(p->in, &p->quote, prepared != NULL ? &prepared->pck_issuers : &none,
			      &p->pck_chain, err) != 0)
		return cc_wrap(err, "certificates of the quote");
	CC_TRY(check_pck_roles(&p->pck_chain, err));
	CC_TRY(find_root(p->in, &p->pck_chain, &p->root, err));
	for (size_t i = 0; i < p->pck_chain.count; i++)
		CC_TRY(cc_window_cert(&p->window, "a certificate of the PCK chain",
				      p->pck_chain.certs[i], err));
	CC_TRY(choose_collateral(p, err));
	CC_TRY(check_pck_ca(p, err));
	if (check_path(&p->pck_chain, p->collateral, 2, p->in, &p->own.proven, err) != 0) {
		explain_crls(p, err);
		return cc_wrap(err, "PCK certificate chain");
	}
	CC_TRY(cc_cert_public(p->pck_chain.certs[0], &p->own_key, err));
	p->pck_key = p->own_key;
	CC_TRY(cc_cert_extension(p->pck_chain.certs[0], CC_PCK_OID, &extension, err));
	return cc_pck_parse(extension, &p->pck, err);
}

/* A text and the chain of whoever signed it. */
struct signed_text {
	const struct cc_evidence *of;
	const char *member;
	struct cc_span text, pem;
};

/* The signing chain is leaf and root, so no intermediate can have a say. */
static int prove_signer(struct cc_dcap_prepared *c, const struct signed_text *in,
			struct cc_pubkey **out, struct cc_err *err)
{
	static const char *const role[] = { "Intel SGX TCB Signing" };
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };

	if (in->text.len == 0 || in->pem.len == 0) {
		cc_err_set(err, CC_E_EVIDENCE, "%s is missing",
			   in->text.len == 0 ? in->member : "its issuer chain");
		return cc_hint(err, "'concordat collateral fetch' brings all that a quote needs");
	}
	if (cc_chain_from_pem_known(in->pem, &c->pck_issuers, &chain, err) != 0)
		return cc_wrap(err, "issuer chain");
	if (chain.count != 2)
		return cc_fail(err, CC_E_EVIDENCE, "the chain of %s has %zu certificates, not 2",
			       in->member, chain.count);
	CC_TRY(check_name(chain.certs[0], role, CC_COUNT(role), err));
	for (size_t i = 0; i < chain.count; i++)
		CC_TRY(cc_window_cert(&c->window, "a certificate of the TCB signing chain",
				      chain.certs[i], err));
	CC_TRY(check_path(&chain, c, 1, in->of, &c->proven, err));
	return cc_cert_public(chain.certs[0], out, err);
}

static int prove_signed(const struct cc_pubkey *signer, const struct signed_text *in,
			struct cc_signed_json *out, struct cc_err *err)
{
	CC_TRY(cc_signed_json_split(in->text, in->member, out, err));
	return cc_verify_raw(signer, out->value, CC_SPAN(out->signature), err);
}

static int prove_tcb_info(struct cc_dcap_prepared *c, const struct signed_text *in,
			  struct cc_pubkey **signer, struct cc_err *err)
{
	struct cc_signed_json json = { 0 };

	if (prove_signer(c, in, signer, err) != 0 || prove_signed(*signer, in, &json, err) != 0)
		return cc_wrap(err, "TCB info");
	CC_TRY(cc_tcb_info_parse(json.value, &c->tcb_info, err));
	return cc_window_narrow(&c->window, "TCB info", c->tcb_info->from, c->tcb_info->until, err);
}

/* Intel signs both with one key: the same chain needs no second proof. */
static int prove_identity(struct cc_dcap_prepared *c, const struct signed_text *in,
			  const struct cc_pubkey *signer, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *own = NULL;
	struct cc_signed_json json = { 0 };

	if (signer == NULL || in->text.len == 0) {
		if (prove_signer(c, in, &own, err) != 0)
			return cc_wrap(err, "QE identity");
		signer = own;
	}
	if (prove_signed(signer, in, &json, err) != 0)
		return cc_wrap(err, "QE identity");
	CC_TRY(cc_qe_identity_parse(json.value, &c->qe_identity, err));
	return cc_window_narrow(&c->window, "QE identity", c->qe_identity->from,
				c->qe_identity->until, err);
}

/* Step 2. */
static int prove_collateral(const struct cc_evidence *of, struct cc_dcap_prepared *c,
			    struct cc_err *err)
{
	const struct cc_collateral *in = &of->collateral;
	const struct signed_text tcb = { of, "tcbInfo", in->tcb_info, in->tcb_info_chain };
	const struct signed_text qe = { of, "enclaveIdentity", in->qe_identity,
					in->qe_identity_chain };
	CC_AUTO_PUBKEY struct cc_pubkey *signer = NULL;
	bool is_one_chain = cc_span_eq(tcb.pem, qe.pem);

	CC_TRY(prove_tcb_info(c, &tcb, &signer, err));
	return prove_identity(c, &qe, is_one_chain ? signer : NULL, err);
}

/* Whose root it claims to be under is what the signing chain of its TCB info ends in. */
static int find_collateral_root(const struct cc_evidence *in, struct cc_digest *out,
				struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	const struct cc_root *root = NULL;

	CC_TRY(cc_chain_from_pem(in->collateral.tcb_info_chain, &chain, err));
	if (chain.count == 0)
		return cc_fail(err, CC_E_EVIDENCE, "the issuer chain of TCB info is empty");
	CC_TRY(find_root(in, &chain, &root, err));
	*out = root->key;
	return 0;
}

static int check_tee(const struct proof *p, const char *what, enum cc_platform_kind platform,
		     struct cc_err *err)
{
	if (platform == p->quote.platform)
		return 0;
	return cc_fail(err, CC_E_EVIDENCE, "%s is for another TEE than the quote: %s, not %s", what,
		       cc_platform_name(platform), cc_platform_name(p->quote.platform));
}

static int check_fmspc(const struct proof *p, struct cc_err *err)
{
	const uint8_t *given = p->collateral->tcb_info->fmspc;
	char ours[CC_STATEMENT_SUBJECT], theirs[CC_STATEMENT_SUBJECT];

	if (memcmp(p->pck.fmspc, given, sizeof(p->pck.fmspc)) == 0)
		return 0;
	cc_statement_fmspc(p->pck.fmspc, ours);
	cc_statement_fmspc(given, theirs);
	cc_err_set(err, CC_E_EVIDENCE,
		   "TCB info is for another processor family (FMSPC) than the quote: %s, not %s",
		   theirs, ours);
	return cc_hint(err, "bring the TCB info of FMSPC %s", ours);
}

/* Step 3. Levels of SGX say nothing of a TDX module, and its QE is another enclave. */
static int prove_machine(const struct proof *p, struct cc_err *err)
{
	CC_TRY(check_tee(p, "TCB info", p->collateral->tcb_info->platform, err));
	CC_TRY(check_tee(p, "QE identity", p->collateral->qe_identity->platform, err));
	CC_TRY(check_fmspc(p, err));
	if (memcmp(p->pck.pce_id, p->collateral->tcb_info->pce_id, sizeof(p->pck.pce_id)) != 0)
		return cc_fail(err, CC_E_EVIDENCE, "TCB info is for another PCE than the quote");
	return 0;
}

/* Step 4: the PCK key signed the QE report, whose report data commits to the attestation key. */
static int prove_qe_report(const struct proof *p, struct cc_err *err)
{
	const struct cc_span parts[] = { p->quote.key, p->quote.auth };
	struct cc_span bound = CC_SPAN(p->quote.qe.report_data);
	struct cc_digest digest = { 0 };

	if (cc_verify_raw(p->pck_key, p->quote.qe_bytes, p->quote.qe_signature, err) != 0)
		return cc_wrap(err, "QE report");
	CC_TRY(cc_sha256v(parts, CC_COUNT(parts), &digest, err));
	if (!cc_span_eq(cc_span_sub(bound, 0, 32), CC_DIGEST_SPAN(digest)) ||
	    !cc_span_is_zero(cc_span_sub(bound, 32, 32)))
		return cc_fail(err, CC_E_EVIDENCE, "the QE report is for another attestation key");
	return 0;
}

/* Step 5. */
static int prove_qe_identity(const struct proof *p, struct cc_err *err)
{
	const struct cc_qe_identity *identity = p->collateral->qe_identity;
	const struct cc_sgx_report *qe = &p->quote.qe;

	if ((qe->miscselect & identity->miscselect_mask) != identity->miscselect)
		return cc_fail(err, CC_E_EVIDENCE, "MISCSELECT of the QE is not Intel's");
	for (size_t i = 0; i < sizeof(identity->attributes); i++)
		if ((qe->attribute_bytes.at[i] & identity->attributes_mask[i]) !=
		    identity->attributes[i])
			return cc_fail(err, CC_E_EVIDENCE, "ATTRIBUTES of the QE are not Intel's");
	if (!cc_digest_eq(&qe->mrsigner, &identity->mrsigner))
		return cc_fail(err, CC_E_EVIDENCE, "the QE is signed by somebody else");
	if (qe->product != identity->product)
		return cc_fail(err, CC_E_EVIDENCE, "the QE is another enclave of its signer");
	return 0;
}

/* Step 6. */
static int prove_body(const struct proof *p, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;

	if (!cc_span_eq(p->quote.vendor, CC_SPAN(cc_intel_qe_vendor)))
		return cc_fail(err, CC_E_EVIDENCE, "the quote is not made by Intel's QE");
	CC_TRY(cc_pubkey_from_p256(p->quote.key, &key, err));
	if (cc_verify_raw(key, p->quote.signed_range, p->quote.signature, err) != 0)
		return cc_wrap(err, "quote");
	return 0;
}

static int add_advisories(struct cc_advisories *to, const struct cc_tcb_level *level,
			  struct cc_err *err)
{
	for (size_t i = 0; level != NULL && i < level->advisories.count; i++)
		CC_TRY(cc_advisories_add(to, level->advisories.at[i], err));
	return 0;
}

/* Step 7. */
static int evaluate(const struct proof *p, struct cc_tcb_result *out, struct cc_err *err)
{
	const struct cc_tdx_machine td = { &p->pck, &p->quote.td, p->quote.qe.svn };

	if (p->quote.platform == CC_PLATFORM_TDX)
		return cc_tcb_evaluate_tdx(p->collateral->tcb_info, p->collateral->qe_identity, &td,
					   out, err);
	cc_tcb_evaluate_sgx(p->collateral->tcb_info, p->collateral->qe_identity, &p->pck,
			    p->quote.qe.svn, out);
	return 0;
}

static int claim_tcb(const struct proof *p, struct cc_claims *out, struct cc_err *err)
{
	uint32_t a = p->collateral->tcb_info->evaluation_number,
		 b = p->collateral->qe_identity->evaluation_number;
	struct cc_tcb_result result = { 0 };

	CC_TRY(evaluate(p, &result, err));
	out->tcb = result.status;
	out->intel.machine_tcb =
		result.machine == NULL ? CC_TCB_NOT_SUPPORTED : result.machine->status;
	out->intel.qe_tcb = result.qe == NULL ? CC_TCB_NOT_SUPPORTED : result.qe->status;
	out->tdx.module_tcb = result.module_tcb;
	out->tcb_date = result.machine == NULL ? 0 : result.machine->date;
	out->intel.evaluation_number = a < b ? a : b;
	CC_TRY(add_advisories(&out->advisories, result.machine, err));
	CC_TRY(add_advisories(&out->advisories, result.module, err));
	return add_advisories(&out->advisories, result.qe, err);
}

static void claim_platform(const struct proof *p, struct cc_claims *out)
{
	out->platform = p->root->platform;
	out->class = p->root->class;
	out->root = p->root->key;
	out->version = p->quote.version;
	out->without_revocation = p->collateral->root_crl == NULL;
	out->valid_from = p->window.from;
	out->valid_until = p->window.until;
	memcpy(out->intel.fmspc, p->pck.fmspc, sizeof(out->intel.fmspc));
	memcpy(out->intel.qe_id, p->quote.user_data.at, sizeof(out->intel.qe_id));
	out->machine_len = p->pck.has_instance ? sizeof(p->pck.instance) : 0;
	memcpy(out->machine, p->pck.instance, out->machine_len);
}

static int read_quote(const struct cc_evidence *evidence, struct cc_quote *out, struct cc_err *err)
{
	struct cc_span tail = { 0 };

	if (evidence->has_tail)
		CC_TRY(cc_quote_parse_head(evidence->bytes, out, &tail, err));
	else
		CC_TRY(cc_quote_parse(evidence->bytes, out, err));
	if (out->platform != evidence->platform)
		return cc_fail(err, CC_E_EVIDENCE, "the quote is of platform '%s', not '%s'",
			       cc_platform_name(out->platform),
			       cc_platform_name(evidence->platform));
	return 0;
}

/* As a quote with these certificates would have it proven. None is no failure: it is proven then.
 */
static void prepare_machine(const struct cc_evidence *evidence, struct cc_dcap_prepared *c)
{
	const struct cc_prepared made = { .intel = c };
	struct cc_evidence with = *evidence;
	CC_CLEANUP(proof_clear)
	struct proof p = {
		.in = &with,
		.window = { evidence->at, 0, INT64_MAX },
	};
	struct cc_err ignored = { 0 };

	with.prepared = &made;
	if (evidence->bytes.len == 0 || read_quote(&with, &p.quote, &ignored) != 0 ||
	    p.quote.certs_type != CC_QUOTE_CERTS_PEM || prove_pck(&p, &ignored) != 0 ||
	    p.collateral != c || cc_buf_add(&c->machine.certs, p.quote.certs, &ignored) != 0)
		return;
	c->machine.key = CC_TAKE(p.own_key);
	c->machine.pck = p.pck;
	c->machine.window = p.window;
}

/* The CA of the PCK certificates and its list, which each quote needs. */
static void learn_ca(const struct cc_evidence *evidence, struct cc_dcap_prepared *c)
{
	struct cc_err ignored = { 0 };

	if (c->pck_crl == NULL || c->pck_issuers.count == 0)
		return;
	cc_ignore(check_path(&c->pck_issuers, c, 1, evidence, &c->proven, &ignored));
	cc_ignore(cc_crl_verify(c->pck_crl, c->pck_issuers.certs[0], &evidence->memory, &ignored));
}

int cc_dcap_prepare(const struct cc_evidence *evidence, struct cc_dcap_prepared **out,
		    struct cc_err *err)
{
	CC_CLEANUP(prepared_clear)
	struct cc_dcap_prepared c = {
		.window = { evidence->at, 0, INT64_MAX },
	};
	const struct cc_chain none = { 0 };
	struct cc_dcap_prepared *made = NULL;

	CC_TRY(find_collateral_root(evidence, &c.root, err));
	CC_TRY(read_crls(evidence, &none, &c, err));
	CC_TRY(prove_collateral(evidence, &c, err));
	learn_ca(evidence, &c);
	prepare_machine(evidence, &c);
	made = malloc(sizeof(*made));
	if (made == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for collateral");
	*made = c;
	c = (struct cc_dcap_prepared){ 0 };
	*out = made;
	return 0;
}

int cc_dcap_read(struct cc_span bytes, struct cc_claims *out, struct cc_err *err)
{
	struct cc_quote quote = { 0 };
	struct cc_span tail = { 0 };

	CC_TRY(cc_quote_parse_head(bytes, &quote, &tail, err));
	out->version = quote.version;
	if (quote.platform == CC_PLATFORM_TDX)
		cc_td_claim(&quote.td, out);
	else
		cc_sgx_claim(&quote.sgx, out);
	return 0;
}

int cc_dcap_prove(const struct cc_evidence *evidence, struct cc_claims *out, struct cc_err *err)
{
	CC_CLEANUP(proof_clear)
	struct proof p = {
		.in = evidence,
		.window = { evidence->at, 0, INT64_MAX },
	};
	struct cc_claims claims = { 0 };

	CC_TRY(read_quote(evidence, &p.quote, err));
	if (!take_machine(&p))
		CC_TRY(prove_pck(&p, err));
	if (p.collateral == &p.own)
		CC_TRY(prove_collateral(evidence, &p.own, err));
	cc_window_cut(&p.window, p.collateral->window.from, p.collateral->window.until);
	CC_TRY(prove_machine(&p, err));
	CC_TRY(prove_qe_report(&p, err));
	CC_TRY(prove_qe_identity(&p, err));
	CC_TRY(prove_body(&p, err));
	if (p.quote.platform == CC_PLATFORM_TDX)
		cc_td_claim(&p.quote.td, &claims);
	else
		cc_sgx_claim(&p.quote.sgx, &claims);
	CC_TRY(claim_tcb(&p, &claims, err));
	claim_platform(&p, &claims);
	*out = claims;
	return 0;
}
