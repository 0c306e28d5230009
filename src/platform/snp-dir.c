/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated AMD processor in the directory of a simulated platform. */
#include "platform/snp.h"

#define FILE_MAX_LEN ((size_t)64 * 1024)
#define CERTS 3 /* leaf, issuer, root: the order of certs.pem */

static const struct {
	const char *name;
	size_t at;
} key_files[] = {
	{ "snp-ark.key", offsetof(struct cc_sim_snp, root_key) },
	{ "snp-ask.key", offsetof(struct cc_sim_snp, issuer_key) },
	{ "snp-vcek.key", offsetof(struct cc_sim_snp, leaf_key) },
};

static int save_public(const struct cc_sim_snp *snp, const struct cc_dir *dir, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf root = { 0 };

	CC_TRY(cc_cert_to_pem(snp->root, &root, err));
	CC_TRY(cc_dir_write(dir, "ark.pem", 0644, cc_buf_span(&root), err));
	CC_TRY(cc_dir_write(dir, "certs.pem", 0644, cc_buf_span(&snp->certs), err));
	return cc_dir_write(dir, "crls.pem", 0644, cc_buf_span(&snp->crls), err);
}

int cc_sim_snp_save(const struct cc_sim_snp *snp, const struct cc_dir *secret,
		    const struct cc_dir *public, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(key_files); i++) {
		CC_AUTO_SECRET struct cc_secret *pem = NULL;
		const struct cc_key *key = NULL;

		memcpy(&key, (const char *)snp + key_files[i].at, sizeof(void *));
		CC_TRY(cc_key_to_pem(key, &pem, err));
		CC_TRY(cc_dir_write_new(secret, key_files[i].name, 0600, cc_secret_span(pem), err));
	}
	return save_public(snp, public, err);
}

static int load_keys(const struct cc_dir *dir, struct cc_sim_snp *out, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(key_files); i++) {
		CC_AUTO_BUF struct cc_buf pem = { 0 };
		struct cc_key *key = NULL;

		CC_TRY(cc_dir_read(dir, key_files[i].name, FILE_MAX_LEN, &pem, err));
		if (cc_key_from_pem(cc_buf_span(&pem), &key, err) != 0)
			return cc_wrap(err, "key '%s'", key_files[i].name);
		memcpy((char *)out + key_files[i].at, &key, sizeof(void *));
	}
	return 0;
}

static int load_certs(const struct cc_dir *dir, struct cc_sim_snp *out, struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	CC_AUTO_BUF struct cc_buf pem = { 0 };

	CC_TRY(cc_dir_read(dir, "certs.pem", FILE_MAX_LEN, &pem, err));
	CC_TRY(cc_chain_from_pem(cc_buf_span(&pem), &chain, err));
	if (chain.count != CERTS)
		return cc_fail(err, CC_E_TAMPERED, "'certs.pem' has %zu certificates, not %d",
			       chain.count, CERTS);
	out->leaf = CC_TAKE(chain.certs[0]);
	out->issuer = CC_TAKE(chain.certs[1]);
	out->root = CC_TAKE(chain.certs[2]);
	return 0;
}

/* A good chip's plan, with what the leaf says of this one. */
static int plan_of(const struct cc_sim_snp *snp, int64_t now, struct cc_sim_snp_plan *out,
		   struct cc_err *err)
{
	struct cc_snp_leaf leaf = { 0 };

	CC_TRY(cc_sim_snp_plan_good(now, out, err));
	CC_TRY(cc_snp_leaf_parse(snp->leaf, &leaf, err));
	memcpy(out->chip, leaf.chip, sizeof(out->chip));
	memcpy(out->tcb, leaf.tcb, sizeof(out->tcb));
	return 0;
}

int cc_sim_snp_load(const char *path, int64_t now, struct cc_sim_snp_plan *plan,
		    struct cc_sim_snp *out, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE, secret = CC_DIR_NONE, public = CC_DIR_NONE;

	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	CC_TRY(cc_dir_sub(&dir, "secret", &secret, err));
	CC_TRY(load_keys(&secret, out, err));
	CC_TRY(cc_dir_sub(&dir, "collateral", &public, err));
	CC_TRY(load_certs(&public, out, err));
	CC_TRY(plan_of(out, now, plan, err));
	CC_TRY(cc_sim_snp_publish(plan, out, err));
	return save_public(out, &public, err);
}

int cc_sim_snp_dir_publish(const char *path, const struct cc_sim_snp_plan *plan,
			   struct cc_sim_snp *snp, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE, public = CC_DIR_NONE;

	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	CC_TRY(cc_dir_sub(&dir, "collateral", &public, err));
	CC_TRY(cc_sim_snp_publish(plan, snp, err));
	return save_public(snp, &public, err);
}
