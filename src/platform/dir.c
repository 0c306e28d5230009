/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of a simulated platform: README, public collateral/, secret keys in secret/. */
#include "platform/kept-internal.h"
#include "platform/pki.h"
#include "platform/snp.h"
#include "platform/tpm.h"

static const char readme[] =
	"This directory is a SIMULATED confidential computing platform.\n"
	"\n"
	"Whoever can read secret/ can forge every statement that this platform makes:\n"
	"which program runs, on what machine, with what data. Evidence that ends in\n"
	"one of the roots in collateral/ protects nothing from the owner of this machine. It is for\n"
	"development and tests. A CAS accepts it only when its policy names this root.\n"
	"\n"
	"collateral/  public: what a verifier needs, and the roots: root.pem, ark.pem, tpm.pem\n"
	"secret/      the keys of the simulated vendor and of the simulated machine\n";

static const struct cc_sim_key_file keys[] = {
	{ "root.key", offsetof(struct cc_sim_pki, root_key) },
	{ "pck-ca.key", offsetof(struct cc_sim_pki, ca_key) },
	{ "pck.key", offsetof(struct cc_sim_pki, pck_key) },
	{ "tcb-signing.key", offsetof(struct cc_sim_pki, signer_key) },
	{ "attestation.key", offsetof(struct cc_sim_pki, attestation_key) },
};
static const struct cc_sim_key_files key_files = { keys, CC_COUNT(keys) };

static int save_secrets(const struct cc_dir *dir, const struct cc_sim_pki *pki, struct cc_err *err)
{
	CC_TRY(cc_sim_keys_save(&key_files, pki, dir, err));
	return cc_dir_write_new(dir, "sealing.key", 0600, cc_secret_span(pki->sealing), err);
}

static int save_set(const struct cc_dir *dir, const struct cc_sim_pki *pki, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COLLATERAL_INTEL; i++)
		CC_TRY(cc_dir_write(dir, cc_collateral_files[i].file, 0644,
				    cc_buf_span(&pki->files[i]), err));
	return 0;
}

static int save_public(const struct cc_dir *dir, const struct cc_sim_pki *pki, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf root = { 0 };

	CC_TRY(cc_cert_to_pem(pki->pck_chain.certs[2], &root, err));
	CC_TRY(cc_dir_write(dir, "root.pem", 0644, cc_buf_span(&root), err));
	CC_TRY(cc_dir_write(dir, "pck_chain.pem", 0644, cc_buf_span(&pki->pck_pem), err));
	return save_set(dir, pki, err);
}

static int open_part(const struct cc_dir *dir, const char *name, mode_t mode, struct cc_dir *out,
		     struct cc_err *err)
{
	CC_TRY(cc_dir_mkdir(dir, name, mode, err));
	return cc_dir_sub(dir, name, out, err);
}

/* Of the same machine with TDX, a set of its own, as Intel has it; `pki` holds that of SGX after.
 */
static int publish(const struct cc_dir *public, struct cc_sim_plan *plan, struct cc_sim_pki *pki,
		   struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir tdx = CC_DIR_NONE;

	plan->platform = CC_PLATFORM_TDX;
	CC_TRY(cc_sim_pki_publish(pki, plan, err));
	CC_TRY(open_part(public, "tdx", 0755, &tdx, err));
	CC_TRY(save_set(&tdx, pki, err));
	plan->platform = CC_PLATFORM_SGX;
	CC_TRY(cc_sim_pki_publish(pki, plan, err));
	return save_public(public, pki, err);
}

/* One machine cannot be of both makers; a simulated one can, and needs no second directory. */
static int init_snp(const struct cc_dir *secret, const struct cc_dir *public, int64_t now,
		    struct cc_err *err)
{
	CC_AUTO_SIM_SNP struct cc_sim_snp snp = { 0 };
	struct cc_sim_snp_plan plan = { 0 };

	CC_TRY(cc_sim_snp_plan_good(now, &plan, err));
	CC_TRY(cc_sim_snp_make(&plan, &snp, err));
	return cc_sim_snp_save(&snp, secret, public, err);
}

static int init(const char *path, int64_t now, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE, secret = CC_DIR_NONE, public = CC_DIR_NONE;
	CC_AUTO_SIM_PKI struct cc_sim_pki pki = { 0 };
	struct cc_sim_plan plan = { 0 };

	CC_TRY(cc_dir_create(path, 0755, &dir, err));
	/* First of all, so that a second `init` fails before it replaces a key. */
	CC_TRY(cc_dir_write_new(&dir, "README", 0644, cc_span_str(readme), err));
	CC_TRY(cc_sim_plan_good(now, &plan, err));
	CC_TRY(cc_sim_pki_make(&plan, &pki, err));
	CC_TRY(open_part(&dir, "secret", 0700, &secret, err));
	CC_TRY(save_secrets(&secret, &pki, err));
	CC_TRY(open_part(&dir, "collateral", 0755, &public, err));
	CC_TRY(publish(&public, &plan, &pki, err));
	CC_TRY(init_snp(&secret, &public, now, err));
	return cc_sim_tpm_dir_init(&secret, &public, now, err);
}

int cc_sim_dir_init(const char *path, int64_t now, struct cc_err *err)
{
	if (init(path, now, err) != 0)
		return cc_wrap(err, "make a simulated platform in '%s'", path);
	return 0;
}

static int load_secrets(const struct cc_dir *dir, struct cc_sim_pki *pki, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf sealing = { 0 };

	CC_TRY(cc_sim_keys_load(&key_files, dir, pki, err));
	CC_TRY(cc_dir_read(dir, "sealing.key", CC_SIM_FILE_MAX, &sealing, err));
	if (sealing.len != 32)
		return cc_fail(err, CC_E_TAMPERED, "'sealing.key' has %zu bytes, not 32",
			       sealing.len);
	return cc_secret_from(cc_buf_span(&sealing), &pki->sealing, err);
}

static int load_public(const struct cc_dir *dir, struct cc_sim_pki *pki, struct cc_err *err)
{
	CC_TRY(cc_sim_chain_load(dir, "pck_chain.pem", 3, &pki->pck_chain, err));
	CC_TRY(cc_sim_chain_load(dir, "tcb_info_issuer_chain.pem", 2, &pki->signer_chain, err));
	CC_TRY(cc_dir_read(dir, "pck_chain.pem", CC_SIM_FILE_MAX, &pki->pck_pem, err));
	for (size_t i = 0; i < CC_COLLATERAL_INTEL; i++)
		CC_TRY(cc_dir_read(dir, cc_collateral_files[i].file, CC_SIM_FILE_MAX,
				   &pki->files[i], err));
	return 0;
}

/* The list that expires first decides; all are made at one time. */
static int is_fresh(const struct cc_sim_pki *pki, int64_t now, bool *out, struct cc_err *err)
{
	CC_AUTO_CRL struct cc_crl *crl = NULL;
	struct cc_collateral collateral = { 0 };
	int64_t from = 0, until = 0;

	cc_sim_pki_collateral(pki, &collateral);
	CC_TRY(cc_crl_parse(collateral.root_crl, &crl, err));
	cc_crl_window(crl, &from, &until);
	*out = now >= from && now < from + (until - from) / 2;
	return 0;
}

static int refresh(const struct cc_dir *dir, int64_t now, struct cc_sim_pki *pki,
		   struct cc_err *err)
{
	struct cc_sim_plan plan = { 0 };
	bool fresh = false;

	CC_TRY(is_fresh(pki, now, &fresh, err));
	if (fresh)
		return 0;
	CC_TRY(cc_sim_plan_good(now, &plan, err));
	return publish(dir, &plan, pki, err);
}

static int load(const char *path, int64_t now, struct cc_sim_pki *out, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE, secret = CC_DIR_NONE, public = CC_DIR_NONE;

	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	CC_TRY(cc_dir_sub(&dir, "secret", &secret, err));
	CC_TRY(load_secrets(&secret, out, err));
	CC_TRY(cc_dir_sub(&dir, "collateral", &public, err));
	CC_TRY(load_public(&public, out, err));
	return refresh(&public, now, out, err);
}

int cc_sim_dir_load(const char *path, int64_t now, struct cc_sim_pki *out, struct cc_err *err)
{
	if (load(path, now, out, err) != 0) {
		cc_err_wrap(err, "load the simulated platform in '%s'", path);
		return cc_hint(err, "make one with 'concordat-platform-sim --init --dir %s'", path);
	}
	return 0;
}

int cc_sim_dir_publish(const char *path, const struct cc_sim_plan *plan, struct cc_sim_pki *pki,
		       struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE, public = CC_DIR_NONE;
	struct cc_sim_plan both = *plan;

	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	CC_TRY(cc_dir_sub(&dir, "collateral", &public, err));
	return publish(&public, &both, pki, err);
}
