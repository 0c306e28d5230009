/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/learn.h"

/* The root comes with each path below it. Without lists: a signature stays one when it is revoked.
 */
static void learn_cert(const struct cc_issuer_pool *pool, const struct cc_cert *cert, int64_t at,
		       const struct cc_memory *memory)
{
	CC_AUTO_ISSUERS struct cc_issuers issuers = { 0 };
	struct cc_path path = { .leaf = cert, .chain = &issuers.chain, .at = at };
	struct cc_digest key = { 0 };
	struct cc_err ignored = { 0 };

	if (cc_issuers_find(pool, cert, &issuers, &ignored) != 0 ||
	    cc_cert_key_hash(cert, &key, &ignored) != 0 || cc_digest_eq(&key, &issuers.root->key))
		return;
	path.root = &issuers.root->key;
	path.memory = *memory;
	cc_ignore(cc_path_verify(&path, &ignored));
}

static void learn_list(const struct cc_issuer_pool *pool, const struct cc_crl *list,
		       const struct cc_memory *memory)
{
	CC_AUTO_ISSUERS struct cc_issuers issuers = { 0 };
	struct cc_err ignored = { 0 };

	if (cc_issuers_of_list(pool, list, &issuers, &ignored) == 0)
		cc_ignore(cc_crl_verify(list, issuers.chain.certs[0], memory, &ignored));
}

void cc_learn_pool(const struct cc_issuer_pool *pool, struct cc_span lists, int64_t at,
		   struct cc_checked *to)
{
	const struct cc_memory memory = { to, to };
	struct cc_span rest = pool->pem;
	struct cc_err ignored = { 0 };

	while (rest.len > 0) {
		CC_AUTO_CERT struct cc_cert *cert = NULL;

		if (cc_cert_next_pem(&rest, &cert, &ignored) != 0 || cert == NULL)
			break;
		learn_cert(pool, cert, at, &memory);
	}
	rest = lists;
	while (rest.len > 0) {
		CC_AUTO_CRL struct cc_crl *list = NULL;

		if (cc_crl_next_pem(&rest, &list, &ignored) != 0 || list == NULL)
			break;
		learn_list(pool, list, &memory);
	}
}
