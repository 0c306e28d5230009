/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "crypto/x509-internal.h"

#define SECURITY_LEVEL 2 /* 112 bits: no SHA-1, no RSA below 2048 */

struct path {
	X509_STORE *store;
	STACK_OF(X509) * extra;
	STACK_OF(X509_CRL) * crls;
	X509_STORE_CTX *ctx;
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

/*
 * The trust anchor is not verified by anybody above it, so it must have the
 * pinned key *and* its own signature: else whoever sends the chain could renew
 * an expired root or give it another name.
 */
static int add_root(X509_STORE *store, const struct cc_path *path, struct cc_err *err)
{
	char start[17] = "";

	for (size_t i = 0; i < path->chain->count; i++) {
		X509 *x509 = path->chain->certs[i]->x509;
		struct cc_digest hash = { 0 };

		CC_TRY(cc_x509_key_hash(x509, &hash, err));
		if (!cc_digest_eq(&hash, path->root) || X509_self_signed(x509, 1) != 1)
			continue;
		if (X509_STORE_add_cert(store, x509) != 1)
			return cc_fail_openssl(err, CC_E_SYSTEM, "take a root");
		return 0;
	}
	ERR_clear_error();
	hex_start(path->root, start);
	return cc_fail(err, CC_E_EVIDENCE,
		       "no root with the pinned key %s… is among the %zu certificates", start,
		       path->chain->count);
}

static int collect(struct path *p, const struct cc_path *path, struct cc_err *err)
{
	p->store = X509_STORE_new();
	p->extra = sk_X509_new_null();
	p->crls = sk_X509_CRL_new_null();
	p->ctx = X509_STORE_CTX_new();
	if (p->store == NULL || p->extra == NULL || p->crls == NULL || p->ctx == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start verifying a chain");
	CC_TRY(add_root(p->store, path, err));
	for (size_t i = 0; i < path->chain->count; i++)
		if (sk_X509_push(p->extra, path->chain->certs[i]->x509) == 0)
			return cc_fail_openssl(err, CC_E_SYSTEM, "collect a chain");
	for (size_t i = 0; i < path->crl_count; i++)
		if (sk_X509_CRL_push(p->crls, path->crls[i]->x509_crl) == 0)
			return cc_fail_openssl(err, CC_E_SYSTEM, "collect CRLs");
	if (X509_STORE_CTX_init(p->ctx, p->store, path->leaf->x509, p->extra) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start verifying a chain");
	return 0;
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
	X509_VERIFY_PARAM_set_time(param, path->at);
	X509_VERIFY_PARAM_set_depth(param, CC_CHAIN_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	if (X509_VERIFY_PARAM_set_flags(param, flags) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "configure verifying a chain");
	return 0;
}

int cc_path_verify(const struct cc_path *path, struct cc_err *err)
{
	CC_CLEANUP(path_clear) struct path p = { 0 };

	CC_TRY(collect(&p, path, err));
	CC_TRY(configure(&p, path, err));
	if (X509_verify_cert(p.ctx) == 1)
		return 0;
	return cc_x509_refused(X509_STORE_CTX_get_error(p.ctx),
			       X509_STORE_CTX_get_current_cert(p.ctx), err);
}
