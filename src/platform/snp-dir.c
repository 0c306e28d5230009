/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated AMD processor in the directory of a simulated platform. */
#include "platform/kept-internal.h"
#include "platform/snp.h"

#define CERTS 3 /* leaf, issuer, root: the order of certs.pem */

static const struct cc_sim_key_file keys[] = {
	{ "snp-ark.key", offsetof(struct cc_sim_snp, root_key) },
	{ "snp-ask.key", offsetof(struct cc_sim_snp, issuer_key) },
	{ "snp-vcek.key", offsetof(struct cc_sim_snp, leaf_key) },
};
static const struct cc_sim_key_files key_files = { keys, CC_COUNT(keys) };

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
	CC_TRY(cc_sim_keys_save(&key_files, snp, secret, err));
	return save_public(snp, public, err);
}

static int load_certs(const struct cc_dir *dir, struct cc_sim_snp *out, struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };

	CC_TRY(cc_sim_chain_load(dir, "certs.pem", CERTS, &chain, err));
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
	CC_TRY(cc_sim_keys_load(&key_files, &secret, out, err));
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
