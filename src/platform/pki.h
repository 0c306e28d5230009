/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root of a SIMULATED SGX or TDX platform: what Intel and a processor would hold.
 *
 * Each installation makes its own. Names of roles are Intel's, because the verifier
 * checks them; the organisation of every certificate is "Concordat SIMULATION".
 * Who has these keys can forge any evidence that rests on this root. That is why a
 * CAS accepts it only by its key hash, as class `simulated`.
 *
 * A plan says what is true of the platform; tests make one with a revoked machine or
 * a foreign quoting enclave and see that the verifier notices.
 */
#ifndef CC_PLATFORM_PKI_H
#define CC_PLATFORM_PKI_H

#include "crypto/x509.h"
#include "evidence/evidence.h"

#define CC_SIM_ORGANIZATION "Concordat SIMULATION"

enum cc_sim_revoked {
	CC_SIM_REVOKED_NONE = 0,
	CC_SIM_REVOKED_PCK,
	CC_SIM_REVOKED_CA,
	CC_SIM_REVOKED_SIGNER,
};

/* What the TCB info of a machine with TDX says beside what it says of SGX. */
struct cc_sim_tdx_levels {
	uint8_t components[16]; /* that its one level asks for; good: what the TD was launched under
				 */
	uint8_t module;     /* major version of the module; good: 1. 0: no identity has levels */
	uint8_t module_svn; /* the newest; good: 5. All older ones are out of date */
	enum cc_tcb_status module_status; /* of the newest */
	struct cc_digest48 module_signer; /* good: zeroes, as Intel's */
};

struct cc_sim_plan {
	enum cc_platform_kind platform; /* what is published: of sgx (good) or of tdx */
	int64_t now;
	int64_t collateral_seconds; /* how long TCB info, QE identity and CRLs hold */
	enum cc_sim_revoked revoked;
	const char *pck_name, *ca_name, *signer_name, *root_name; /* common names */
	/* What the TCB info says of the machine. */
	uint8_t fmspc[6], pce_id[2];
	uint8_t level_first_svn; /* the machine has 8 */
	enum cc_tcb_status status;
	const char *advisory; /* or NULL */
	uint32_t evaluation_number;
	uint64_t crl_number; /* of both lists */
	/* What the QE identity says; the QE has svn 8, product 1 and the signer below. */
	enum cc_tcb_status qe_status;
	uint16_t qe_svn, qe_product;
	const char *qe_miscselect, *qe_attributes; /* hexadecimal, under all-seeing masks */
	struct cc_digest qe_signer;
	struct cc_sim_tdx_levels tdx;
};

struct cc_sim_pki {
	struct cc_key *root_key, *ca_key, *pck_key, *signer_key, *attestation_key;
	struct cc_chain pck_chain;    /* leaf, intermediate, root */
	struct cc_chain signer_chain; /* leaf, root */
	struct cc_secret *sealing;    /* what fuses are to EGETKEY */
	struct cc_buf pck_pem;
	struct cc_buf files[CC_COLLATERAL_FILES]; /* in the order of cc_collateral_files */
};

#define CC_AUTO_SIM_PKI CC_CLEANUP(cc_sim_pki_clear)

/* A platform with nothing wrong. */
int cc_sim_plan_good(int64_t now, struct cc_sim_plan *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* `out` is zeroed before the call. */
int cc_sim_pki_make(const struct cc_sim_plan *plan, struct cc_sim_pki *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* TCB info, QE identity and CRLs anew, by the keys that are there. */
int cc_sim_pki_publish(struct cc_sim_pki *pki, const struct cc_sim_plan *plan,
		       struct cc_err *err) CC_MUST CC_NONNULL;
void cc_sim_pki_clear(struct cc_sim_pki *pki) CC_NONNULL;

/* Borrowed from the pki. */
void cc_sim_pki_collateral(const struct cc_sim_pki *pki, struct cc_collateral *out) CC_NONNULL;
/* The root to put into a list: class simulated. */
int cc_sim_pki_root(const struct cc_sim_pki *pki, struct cc_root *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* Make the directory of an installation; one that is there is CC_E_CONFLICT. */
int cc_sim_dir_init(const char *path, int64_t now, struct cc_err *err) CC_MUST CC_NONNULL;
/* Publish, of SGX and TDX, what the plan says; its platform is not looked at. */
int cc_sim_dir_publish(const char *path, const struct cc_sim_plan *plan, struct cc_sim_pki *pki,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Load it, and publish fresh collateral when less than half of its window is left. */
int cc_sim_dir_load(const char *path, int64_t now, struct cc_sim_pki *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
