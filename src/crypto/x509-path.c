/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "crypto/x509-internal.h"

#define SECURITY_LEVEL 2 /* 112 bits: no SHA-1, no RSA below 2048 */

struct path {
	X509_STORE *store;
	STACK_OF(X509) * extra;
	STACK_OF(X509_CRL) * crls;
	X509_STORE_CTX *ctx;
	X509_STORE_CTX_check_crl_fn check_list; /* OpenSSL's own, and the next */
	X509_STORE_CTX_verify_fn check_signatures;
	const struct cc_path *asked;
	const struct cc_cert *root; /* borrowed of the chain */
	X509_CRL *list;             /* the root's, once it is proven here */
};

static void path_clear(struct path *p)
{
	X509_STORE_CTX_free(p->ctx);
	sk_X509_CRL_free(p->crls); /* the elements are the caller's */
	sk_X509_free(p->extra);
	X509_STORE_free(p->store);
}

static bool is_expired(int reason)
{
	return reason == X509_V_ERR_CERT_HAS_EXPIRED || reason == X509_V_ERR_CERT_NOT_YET_VALID ||
	       reason == X509_V_ERR_CRL_HAS_EXPIRED || reason == X509_V_ERR_CRL_NOT_YET_VALID;
}

int cc_x509_refused(int reason, const X509 *x509, struct cc_err *err)
{
	char label[CC_X509_LABEL] = "of the chain";

	if (x509 != NULL)
		cc_x509_label(x509, label);
	ERR_clear_error();
	return cc_fail(err, is_expired(reason) ? CC_E_EXPIRED : CC_E_EVIDENCE, "certificate %s: %s",
		       label, X509_verify_cert_error_string(reason));
}

static void hex_start(const struct cc_digest *d, char out[static 17])
{
	for (size_t i = 0; i < 8; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", d->b[i]);
}

static bool is_proven(const struct cc_path *path, const struct cc_cert *cert)
{
	const struct cc_proven *proven = path->proven;

	return proven != NULL && proven->root != NULL && proven->root->body == cert->body;
}

/* All of the certificate, with its signature. */
static struct cc_signed_bytes signed_of(const struct cc_cert *cert, const struct cc_buf *key)
{
	return (struct cc_signed_bytes){ .key = cc_buf_span(key),
					 .bytes = cc_buf_span(&cert->body->der) };
}

static bool is_checked(const struct cc_path *path, const struct cc_cert *cert,
		       const struct cc_cert *issuer)
{
	CC_AUTO_BUF struct cc_buf key = { 0 };
	struct cc_signed_bytes signature = { 0 };
	struct cc_err ignored = { 0 };

	if (path->memory.known == NULL || cc_cert_spki(issuer, &key, &ignored) != 0)
		return false;
	signature = signed_of(cert, &key);
	return cc_memory_has(&path->memory, &signature);
}

static void keep_checked(const struct cc_path *path, const struct cc_cert *cert,
			 const struct cc_cert *issuer)
{
	CC_AUTO_BUF struct cc_buf key = { 0 };
	struct cc_signed_bytes signature = { 0 };
	struct cc_err ignored = { 0 };

	if (path->memory.learned == NULL || cc_cert_spki(issuer, &key, &ignored) != 0)
		return;
	signature = signed_of(cert, &key);
	cc_memory_keep(&path->memory, &signature);
}

static bool is_by_itself(const struct cc_path *path, const struct cc_cert *cert, X509 *x509)
{
	if (is_proven(path, cert) || is_checked(path, cert, cert))
		return true;
	if (X509_self_signed(x509, 1) != 1)
		return false;
	keep_checked(path, cert, cert);
	return true;
}

/*
 * The trust anchor is not verified by anybody above it, so it must have the
 * pinned key *and* its own signature: else whoever sends the chain could renew
 * an expired root or give it another name.
 */
static int add_root(struct path *p, const struct cc_path *path, struct cc_err *err)
{
	char start[17] = "";

	for (size_t i = 0; i < path->chain->count; i++) {
		const struct cc_cert *cert = path->chain->certs[i];
		struct cc_digest hash = { 0 };
		X509 *x509 = NULL;

		CC_TRY(cc_cert_key_hash(cert, &hash, err));
		if (!cc_digest_eq(&hash, path->root))
			continue;
		CC_TRY(cc_cert_x509(cert, &x509, err));
		if (!is_by_itself(path, cert, x509))
			continue;
		if (X509_STORE_add_cert(p->store, x509) != 1)
			return cc_fail_openssl(err, CC_E_SYSTEM, "take a root");
		p->root = cert;
		return 0;
	}
	ERR_clear_error();
	hex_start(path->root, start);
	return cc_fail(err, CC_E_EVIDENCE,
		       "no root with the pinned key %s… is among the %zu certificates", start,
		       path->chain->count);
}

/* Who has signed the list that OpenSSL looks at now, by its own rule; the root is above itself. */
static X509 *lister(X509_STORE_CTX *ctx)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	int above = X509_STORE_CTX_get_error_depth(ctx) + 1;
	X509 *other = X509_STORE_CTX_get0_current_issuer(ctx);

	if (other != NULL)
		return other;
	return sk_X509_value(chain, above < sk_X509_num(chain) ? above : above - 1);
}

static bool holds(const struct cc_crl *list, int64_t at)
{
	int64_t from = 0, until = 0;

	cc_crl_window(list, &from, &until);
	return at >= from && at <= until;
}

static bool is_list_proven(const struct path *p, const X509_CRL *list)
{
	const struct cc_proven *before = p->asked->proven;

	if (list == p->list)
		return true;
	return before != NULL && before->list != NULL &&
	       atomic_load(before->list->x509_crl) == list && is_proven(p->asked, p->root) &&
	       holds(before->list, p->asked->at);
}

/*
 * In the place of OpenSSL's check that a list is signed by its issuer, current and for this kind
 * of certificate, which is the same for each certificate of one issuer unless the list says for
 * whom it is (issuing distribution point). Who is on the list is looked up each time.
 */
static int check_list(X509_STORE_CTX *ctx, X509_CRL *list)
{
	struct path *p = X509_STORE_CTX_get_app_data(ctx);
	bool is_for_all = lister(ctx) == atomic_load(&p->root->body->x509) &&
			  X509_CRL_get_ext_by_NID(list, NID_issuing_distribution_point, -1) < 0;

	if (is_for_all && is_list_proven(p, list))
		return 1;
	if (p->check_list(ctx, list) != 1)
		return 0;
	if (is_for_all)
		p->list = list;
	return 1;
}

/* That of the path which OpenSSL holds as this. */
static const struct cc_cert *cert_of(const struct cc_path *path, const X509 *x509)
{
	if (atomic_load(&path->leaf->body->x509) == x509)
		return path->leaf;
	for (size_t i = 0; i < path->chain->count; i++)
		if (atomic_load(&path->chain->certs[i]->body->x509) == x509)
			return path->chain->certs[i];
	return NULL;
}

/* Each below the root current, and by the one above it. */
static bool are_checked(const struct path *p, STACK_OF(X509) * chain)
{
	const struct cc_cert *above = p->root;
	int64_t from = 0, until = 0;

	for (int i = sk_X509_num(chain) - 1; i >= 0; i--) {
		const struct cc_cert *cert = cert_of(p->asked, sk_X509_value(chain, i));
		bool is_root = i == sk_X509_num(chain) - 1;

		if (cert == NULL || (is_root && cert->body != p->root->body))
			return false;
		cc_cert_window(cert, &from, &until);
		if (p->asked->at < from || p->asked->at > until ||
		    (!is_root && !is_checked(p->asked, cert, above)))
			return false;
		above = cert;
	}
	return sk_X509_num(chain) > 1;
}

static void keep_chain(const struct path *p, STACK_OF(X509) * chain)
{
	for (int i = 0; i + 1 < sk_X509_num(chain); i++) {
		const struct cc_cert *cert = cert_of(p->asked, sk_X509_value(chain, i));
		const struct cc_cert *above = cert_of(p->asked, sk_X509_value(chain, i + 1));

		if (cert != NULL && above != NULL)
			keep_checked(p->asked, cert, above);
	}
}

/*
 * In the place of OpenSSL's check of signatures and windows, which is the last of its steps but
 * for names and policies. Whatever is not both known and current is its to say.
 */
static int check_signatures(X509_STORE_CTX *ctx)
{
	const struct path *p = X509_STORE_CTX_get_app_data(ctx);
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);

	if (are_checked(p, chain))
		return 1;
	if (p->check_signatures(ctx) != 1)
		return 0;
	keep_chain(p, chain);
	return 1;
}

/* Which function is OpenSSL's own, a context tells that was made before ours was set. */
static int start(struct path *p, struct cc_err *err)
{
	X509 *leaf = NULL;

	CC_TRY(cc_cert_x509(p->asked->leaf, &leaf, err));
	for (int i = 0; i < 2; i++) {
		X509_STORE_CTX_cleanup(p->ctx);
		if (X509_STORE_CTX_init(p->ctx, p->store, leaf, p->extra) != 1)
			return cc_fail_openssl(err, CC_E_SYSTEM, "start verifying a chain");
		if (i == 0) {
			p->check_list = X509_STORE_CTX_get_check_crl(p->ctx);
			p->check_signatures = X509_STORE_CTX_get_verify(p->ctx);
		}
		X509_STORE_set_check_crl(p->store, check_list);
		X509_STORE_set_verify(p->store, check_signatures);
	}
	if (X509_STORE_CTX_set_app_data(p->ctx, p) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start verifying a chain");
	return 0;
}

static int collect(struct path *p, const struct cc_path *path, struct cc_err *err)
{
	p->store = X509_STORE_new();
	p->extra = sk_X509_new_null();
	p->crls = sk_X509_CRL_new_null();
	p->ctx = X509_STORE_CTX_new_ex(cc_x509_context(), NULL);
	if (p->store == NULL || p->extra == NULL || p->crls == NULL || p->ctx == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start verifying a chain");
	CC_TRY(add_root(p, path, err));
	for (size_t i = 0; i < path->chain->count; i++) {
		X509 *x509 = NULL;

		CC_TRY(cc_cert_x509(path->chain->certs[i], &x509, err));
		if (sk_X509_push(p->extra, x509) == 0)
			return cc_fail_openssl(err, CC_E_SYSTEM, "collect a chain");
	}
	for (size_t i = 0; i < path->crl_count; i++) {
		X509_CRL *list = NULL;

		CC_TRY(cc_crl_x509(path->crls[i], &list, err));
		if (sk_X509_CRL_push(p->crls, list) == 0)
			return cc_fail_openssl(err, CC_E_SYSTEM, "collect CRLs");
	}
	return start(p, err);
}

/*
 * Both ends belong to a window (RFC 5280, 4.1.2.5); OpenSSL lets the last second go. Of a list it
 * would be the last of all evidence that rests on it, which says that it holds until then.
 */
static bool is_last_second(const struct cc_path *path, X509_STORE_CTX *ctx)
{
	const X509 *x509 = X509_STORE_CTX_get_current_cert(ctx);
	const X509_CRL *list = X509_STORE_CTX_get0_current_crl(ctx);
	const ASN1_TIME *until = NULL;

	if (X509_STORE_CTX_get_error(ctx) == X509_V_ERR_CERT_HAS_EXPIRED && x509 != NULL)
		until = X509_get0_notAfter(x509);
	if (X509_STORE_CTX_get_error(ctx) == X509_V_ERR_CRL_HAS_EXPIRED && list != NULL)
		until = X509_CRL_get0_nextUpdate(list);
	return until != NULL && cc_x509_seconds(until) == path->at;
}

/* AMD's keys of chips are on no list; whatever else is wrong with one, or with any other, stays. */
static bool is_unlisted_leaf(const struct cc_path *path, X509_STORE_CTX *ctx)
{
	return path->leaf_unlisted && X509_STORE_CTX_get_error_depth(ctx) == 0 &&
	       X509_STORE_CTX_get_error(ctx) == X509_V_ERR_UNABLE_TO_GET_CRL;
}

static int judge(int verified, X509_STORE_CTX *ctx)
{
	const struct path *p = X509_STORE_CTX_get_app_data(ctx);

	if (verified == 1)
		return 1;
	if (!is_last_second(p->asked, ctx) && !is_unlisted_leaf(p->asked, ctx))
		return 0;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

/*
 * The purpose stays unset: none of the vendors' chains has extended key usages. The root's
 * own signature is not asked for (CHECK_SS_SIGNATURE): add_root has verified it.
 */
static int configure(struct path *p, const struct cc_path *path, struct cc_err *err)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(p->ctx);
	unsigned long flags = 0;

	if (path->strict)
		flags |= X509_V_FLAG_X509_STRICT;
	if (path->crl_count > 0) {
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
		X509_STORE_CTX_set0_crls(p->ctx, p->crls);
	}
	X509_STORE_CTX_set_verify_cb(p->ctx, judge);
	X509_VERIFY_PARAM_set_time(param, path->at);
	X509_VERIFY_PARAM_set_depth(param, CC_CHAIN_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	if (X509_VERIFY_PARAM_set_flags(param, flags) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "configure verifying a chain");
	return 0;
}

static int learn(const struct path *p, struct cc_err *err)
{
	struct cc_proven *proven = p->asked->learned;

	if (proven == NULL || proven->root != NULL)
		return 0;
	CC_TRY(cc_cert_share(p->root, &proven->root, err));
	for (size_t i = 0; i < p->asked->crl_count; i++)
		if (p->list != NULL && atomic_load(p->asked->crls[i]->x509_crl) == p->list)
			proven->list = p->asked->crls[i];
	return 0;
}

void cc_proven_clear(struct cc_proven *proven)
{
	cc_cert_free(proven->root);
	*proven = (struct cc_proven){ 0 };
}

int cc_x509_path_verify(const struct cc_path *path, struct cc_err *err)
{
	CC_CLEANUP(path_clear) struct path p = { .asked = path };

	CC_TRY(collect(&p, path, err));
	CC_TRY(configure(&p, path, err));
	if (X509_verify_cert(p.ctx) != 1)
		return cc_x509_refused(X509_STORE_CTX_get_error(p.ctx),
				       X509_STORE_CTX_get_current_cert(p.ctx), err);
	return learn(&p, err);
}

int cc_path_verify(const struct cc_path *path, struct cc_err *err)
{
	return cc_plain_path_proves(path) ? 0 : cc_x509_path_verify(path, err);
}
