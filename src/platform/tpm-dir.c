/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated TPM in the directory of a simulated platform. */
#include "platform/kept-internal.h"
#include "platform/tpm.h"

#define YEAR ((int64_t)365 * 24 * 3600)
#define CHAIN "tpm_chain.pem"
#define CERTS 3 /* leaf, issuer, root: the order of the chain */

static const struct cc_sim_key_file keys[] = {
	{ "tpm-root.key", offsetof(struct cc_sim_tpm, root_key) },
	{ "tpm-ca.key", offsetof(struct cc_sim_tpm, issuer_key) },
	{ "tpm-ak.key", offsetof(struct cc_sim_tpm, leaf_key) },
};
static const struct cc_sim_key_files key_files = { keys, CC_COUNT(keys) };

/* Of a machine that is there for long: certificates of many years, lists of one. */
static void plan_kept(int64_t now, struct cc_sim_tpm_plan *out)
{
	cc_sim_tpm_plan_good(now, out);
	out->cert_seconds = 20 * YEAR;
	out->crl_seconds = YEAR;
}

/* What is in a set of its own, for 'concordat collateral import' takes a directory. */
static int save_set(const struct cc_sim_tpm *tpm, const struct cc_dir *public, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir set = CC_DIR_NONE;

	CC_TRY(cc_dir_mkdir(public, "tpm", 0755, err));
	CC_TRY(cc_dir_sub(public, "tpm", &set, err));
	CC_TRY(cc_dir_write(&set, "certs.pem", 0644, cc_buf_span(&tpm->certs), err));
	return cc_dir_write(&set, "crls.pem", 0644, cc_buf_span(&tpm->crls), err);
}

static int save(const struct cc_sim_tpm *tpm, const struct cc_dir *secret,
		const struct cc_dir *public, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf root = { 0 }, chain = { 0 };

	CC_TRY(cc_cert_to_pem(tpm->root, &root, err));
	CC_TRY(cc_cert_to_pem(tpm->leaf, &chain, err));
	CC_TRY(cc_cert_to_pem(tpm->issuer, &chain, err));
	CC_TRY(cc_cert_to_pem(tpm->root, &chain, err));
	CC_TRY(cc_sim_keys_save(&key_files, tpm, secret, err));
	CC_TRY(cc_dir_write(public, "tpm.pem", 0644, cc_buf_span(&root), err));
	CC_TRY(save_set(tpm, public, err));
	return cc_dir_write(public, CHAIN, 0644, cc_buf_span(&chain), err);
}

int cc_sim_tpm_dir_init(const struct cc_dir *secret, const struct cc_dir *public, int64_t now,
			struct cc_err *err)
{
	CC_AUTO_SIM_TPM struct cc_sim_tpm tpm = { 0 };
	struct cc_sim_tpm_plan plan = { 0 };

	plan_kept(now, &plan);
	CC_TRY(cc_sim_tpm_make(&plan, &tpm, err));
	return save(&tpm, secret, public, err);
}

static int load_chain(const struct cc_dir *public, struct cc_sim_tpm *out, struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };

	CC_TRY(cc_sim_chain_load(public, CHAIN, CERTS, &chain, err));
	out->leaf = CC_TAKE(chain.certs[0]);
	out->issuer = CC_TAKE(chain.certs[1]);
	out->root = CC_TAKE(chain.certs[2]);
	return 0;
}

static int load(const struct cc_dir *secret, const struct cc_dir *public,
		const struct cc_sim_tpm_plan *plan, struct cc_sim_tpm *out, struct cc_err *err)
{
	if (!cc_dir_has(public, CHAIN))
		CC_TRY(cc_sim_tpm_dir_init(secret, public, plan->now, err));
	CC_TRY(cc_sim_keys_load(&key_files, secret, out, err));
	CC_TRY(load_chain(public, out, err));
	CC_TRY(cc_sim_tpm_describe(plan, out, err));
	CC_TRY(cc_sim_tpm_publish(plan, out, err));
	return save_set(out, public, err);
}

int cc_sim_tpm_dir_load(const char *path, int64_t now, struct cc_sim_tpm_plan *plan,
			struct cc_sim_tpm *out, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE, secret = CC_DIR_NONE, public = CC_DIR_NONE;

	plan_kept(now, plan);
	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	CC_TRY(cc_dir_sub(&dir, "secret", &secret, err));
	CC_TRY(cc_dir_sub(&dir, "collateral", &public, err));
	return load(&secret, &public, plan, out, err);
}

int cc_sim_tpm_dir_publish(const char *path, const struct cc_sim_tpm_plan *plan,
			   struct cc_sim_tpm *tpm, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE, public = CC_DIR_NONE;

	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	CC_TRY(cc_dir_sub(&dir, "collateral", &public, err));
	CC_TRY(cc_sim_tpm_publish(plan, tpm, err));
	return save_set(tpm, &public, err);
}
