/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The platform that we run on, as the runtime and the keeper see it: evidence over
 * 64 bytes of our choice, and keys that only this program on this platform gets.
 *
 * One kind of platform is one table of functions, chosen by the address; there is no
 * fall-back from one to another. Calls are synchronous and meant for one thread. What
 * is linked is base, crypto, codec and the parsers of evidence alone, so that it fits into a static
 * program.
 *
 * The address comes from the host. What it could name instead of the platform gives
 * evidence that proves nothing, for a verifier believes roots and not places.
 */
#ifndef CC_PLATFORM_CLIENT_H
#define CC_PLATFORM_CLIENT_H

#include "base/buf.h"
#include "base/secret.h"
#include "crypto/hash.h"

struct cc_platform;
#define CC_AUTO_PLATFORM CC_CLEANUP(cc_platform_auto)

#define CC_PLATFORM_KEY_LEN 32
#define CC_PLATFORM_TPM_PREFIX "tpm:"
#define CC_PLATFORM_TPM_LOG "/sys/kernel/security/tpm0/binary_bios_measurements"
#define CC_PLATFORM_LABEL_MAX 64
/* NV index, of the range of owners, with the certificate of the key that we make in a TPM. */
#define CC_TPM_CERTIFICATE_INDEX 0x01800cc0U

/*
 * `address` is one of
 *
 *   configfs:[DIR]   SNP, TDX or CCA by Linux (/sys/kernel/config/tsm/report)
 *   gramine:[DIR]    SGX by Gramine (/dev/attestation)
 *   nsm:[DEVICE]     AWS Nitro (/dev/nsm)
 *   tpm:[DEVICE][,pcr=NUMBER]...[,log=FILE]
 *                    TPM 2.0 (/dev/tpmrm0, or a software TPM's socket) with these PCRs of
 *                    SHA-256 (4 and 11) and this event log (Linux's; empty: none)
 *   sgx-sim:PATH     the simulated platform's socket; a PATH that starts with '/' alone, too
 *   tdx-sim:PATH, snp-sim:PATH
 *                    the same, which then says of us that we are a guest
 *   tpm-sim:PATH[,pcr=NUMBER]...
 *                    the same, which then quotes these PCRs of its TPM, with its event log
 *
 * CC_E_UNAVAILABLE when nobody answers there, CC_E_ARG for an unknown kind,
 * CC_E_UNSUPPORTED for a machine or a kernel that is none.
 *
 * Open it before the process makes itself undumpable (cc_secret_process): without
 * privileges the simulated platform could no longer look at the program. It looks
 * once, while this call waits; the connection dies with an exec.
 */
int cc_platform_open(const char *address, struct cc_platform **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
void cc_platform_free(struct cc_platform *platform);
static inline void cc_platform_auto(struct cc_platform **platform)
{
	cc_platform_free(*platform);
}

/* What an address names on this host, for who gives it to a container. */
struct cc_platform_place {
	const char *prefix;  /* of the kind, "configfs:"; "" of a path alone */
	struct cc_span path; /* borrowed from the address, or the usual one */
	const char *words;   /* of a TPM what follows, from its comma on; or "" */
};
int cc_platform_place(const char *address, struct cc_platform_place *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* The name that evidence is labelled with: "sgx", "snp". */
const char *cc_platform_kind_name(const struct cc_platform *platform) CC_NONNULL;
/* For people: "SIMULATION of sgx". */
const char *cc_platform_text(const struct cc_platform *platform) CC_NONNULL;

/*
 * Evidence with this report data, added to `out`. CC_E_DENIED when the platform finds
 * that we are not what our image says (its text says how).
 */
int cc_platform_quote(struct cc_platform *platform, const struct cc_digest64 *report_data,
		      struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The key for `label` (1 to CC_PLATFORM_LABEL_MAX bytes): the same for every process
 * with our measurement on this machine, another for all others. CC_E_UNSUPPORTED where
 * the platform has none.
 */
int cc_platform_key(struct cc_platform *platform, struct cc_span label, struct cc_secret **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
