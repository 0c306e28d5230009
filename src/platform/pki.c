/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/pki.h"

#include "platform/collateral.h"
#include "platform/sim-internal.h"

#define YEAR ((int64_t)365 * 24 * 3600)
#define SKEW ((int64_t)3600) /* clocks of a test machine differ */
#define CERT_YEARS 20

int cc_sim_plan_good(int64_t now, struct cc_sim_plan *out, struct cc_err *err)
{
	struct cc_sim_plan plan = {
		.platform = CC_PLATFORM_SGX,
		.now = now,
		.collateral_seconds = YEAR,
		.pck_name = "Intel SGX PCK Certificate",
		.ca_name = "Intel SGX PCK Platform CA",
		.signer_name = "Intel SGX TCB Signing",
		.root_name = "Intel SGX Root CA",
		.level_first_svn = CC_SIM_SVN,
		.status = CC_TCB_UP_TO_DATE,
		.evaluation_number = 1,
		.crl_number = 1,
		.qe_status = CC_TCB_UP_TO_DATE,
		.qe_svn = CC_SIM_SVN,
		.qe_product = CC_SIM_QE_PRODUCT,
		.qe_miscselect = "00000000",
		.qe_attributes = "11000000000000000000000000000000",
		.tdx = { .components = { CC_SIM_MODULE_SVN, CC_SIM_MODULE, 2 },
			 .module = CC_SIM_MODULE,
			 .module_svn = CC_SIM_MODULE_SVN,
			 .module_status = CC_TCB_UP_TO_DATE },
	};

	memcpy(plan.fmspc, cc_sim_fmspc, sizeof(plan.fmspc));
	CC_TRY(cc_sha256(cc_span_str(CC_SIM_QE_SIGNER), &plan.qe_signer, err));
	*out = plan;
	return 0;
}

static int make_keys(struct cc_sim_pki *pki, struct cc_err *err)
{
	CC_TRY(cc_key_generate(CC_KEY_P256, &pki->root_key, err));
	CC_TRY(cc_key_generate(CC_KEY_P256, &pki->ca_key, err));
	CC_TRY(cc_key_generate(CC_KEY_P256, &pki->pck_key, err));
	CC_TRY(cc_key_generate(CC_KEY_P256, &pki->signer_key, err));
	CC_TRY(cc_key_generate(CC_KEY_P256, &pki->attestation_key, err));
	return cc_secret_random(32, &pki->sealing, err);
}

/* One certificate: `name` for `key`, by `issuer` (NULL: itself) and its key. */
static struct cc_cert_plan cert_plan(const struct cc_sim_plan *plan, const char *name,
				     const struct cc_key *key, const struct cc_cert *issuer,
				     const struct cc_key *issuer_key)
{
	return (struct cc_cert_plan){
		.common_name = name,
		.organization = CC_SIM_ORGANIZATION,
		.key = cc_key_public(key),
		.issuer = issuer,
		.issuer_key = issuer_key,
		.from = plan->now - SKEW,
		.until = plan->now + CERT_YEARS * YEAR,
		.path_len = -1,
		.crl_url = "https://concordat.invalid/SIMULATION.crl",
	};
}

static int make_root(const struct cc_sim_plan *plan, struct cc_sim_pki *pki, struct cc_cert **out,
		     struct cc_err *err)
{
	struct cc_cert_plan cert =
		cert_plan(plan, plan->root_name, pki->root_key, NULL, pki->root_key);

	cert.is_ca = true;
	cert.path_len = 1;
	return cc_cert_make(&cert, out, err);
}

static int make_pck_chain(const struct cc_sim_plan *plan, struct cc_sim_pki *pki,
			  struct cc_err *err)
{
	struct cc_chain *chain = &pki->pck_chain;
	CC_AUTO_BUF struct cc_buf extension = { 0 };
	struct cc_cert_extension own = { .oid = CC_PCK_OID };
	struct cc_cert_plan ca = { 0 }, leaf = { 0 };

	chain->count = 3;
	CC_TRY(make_root(plan, pki, &chain->certs[2], err));
	ca = cert_plan(plan, plan->ca_name, pki->ca_key, chain->certs[2], pki->root_key);
	ca.is_ca = true;
	ca.path_len = 0;
	CC_TRY(cc_cert_make(&ca, &chain->certs[1], err));
	CC_TRY(cc_sim_pck_extension(&extension, err));
	leaf = cert_plan(plan, plan->pck_name, pki->pck_key, chain->certs[1], pki->ca_key);
	own.content = cc_buf_span(&extension);
	leaf.extensions = &own;
	leaf.extension_count = 1;
	return cc_cert_make(&leaf, &chain->certs[0], err);
}

/* The root's certificate once more: chains own theirs. */
static int copy_cert(const struct cc_cert *cert, struct cc_cert **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	CC_TRY(cc_cert_to_der(cert, &der, err));
	return cc_cert_from_der(cc_buf_span(&der), out, err);
}

static int make_signer_chain(const struct cc_sim_plan *plan, struct cc_sim_pki *pki,
			     struct cc_err *err)
{
	struct cc_chain *chain = &pki->signer_chain;
	struct cc_cert_plan leaf = { 0 };

	chain->count = 2;
	CC_TRY(copy_cert(pki->pck_chain.certs[2], &chain->certs[1], err));
	leaf = cert_plan(plan, plan->signer_name, pki->signer_key, chain->certs[1], pki->root_key);
	return cc_cert_make(&leaf, &chain->certs[0], err);
}

int cc_sim_pki_make(const struct cc_sim_plan *plan, struct cc_sim_pki *out, struct cc_err *err)
{
	CC_TRY(make_keys(out, err));
	CC_TRY(make_pck_chain(plan, out, err));
	CC_TRY(make_signer_chain(plan, out, err));
	return cc_sim_pki_publish(out, plan, err);
}

void cc_sim_pki_clear(struct cc_sim_pki *pki)
{
	cc_key_free(pki->root_key);
	cc_key_free(pki->ca_key);
	cc_key_free(pki->pck_key);
	cc_key_free(pki->signer_key);
	cc_key_free(pki->attestation_key);
	cc_chain_clear(&pki->pck_chain);
	cc_chain_clear(&pki->signer_chain);
	cc_secret_free(pki->sealing);
	cc_buf_clear(&pki->pck_pem);
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++)
		cc_buf_clear(&pki->files[i]);
	memset(pki, 0, sizeof(*pki));
}

void cc_sim_pki_collateral(const struct cc_sim_pki *pki, struct cc_collateral *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++) {
		struct cc_span range = cc_buf_span(&pki->files[i]);

		memcpy((char *)out + cc_collateral_files[i].at, &range, sizeof(range));
	}
}

int cc_sim_pki_root(const struct cc_sim_pki *pki, struct cc_root *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };

	CC_TRY(cc_cert_to_pem(pki->pck_chain.certs[2], &pem, err));
	return cc_simulated_root(cc_buf_span(&pem), CC_PLATFORM_SGX, out, err);
}
