/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TPM 2.0 quotes (TCG, "TPM 2.0 Library Part 2: Structures"): TPMS_ATTEST, TPMT_SIGNATURE and
 * TPMT_PUBLIC, all big-endian, and their proof in this order:
 *
 *   1. the container (docs/format/evidence.md) and what is in it, bytes alone
 *   2. the attestation key: restricted to sign what its TPM made, of one scheme
 *   3. whose key it is: a certificate for attestation keys up to a pinned root, or a root of ours
 *      that is the key's own Name
 *   4. the signature over the quote, by the key's scheme
 *   5. the PCR values give the quote's digest, the report data its qualifying data
 *   6. the event log gives the PCR values
 *
 * The magic matters as much as the signature: a restricted key signs foreign bytes, too, but none
 * that begin with it. A TPM vouches for what was started and hides no memory from its host: its
 * evidence is measured-only.
 */
#ifndef CC_EVIDENCE_TPM_H
#define CC_EVIDENCE_TPM_H

#include "crypto/rsa.h"
#include "crypto/x509.h"
#include "evidence/evidence.h"
#include "evidence/tpm-attest.h"

#define CC_TPM_CERTS 7

/* TPM_ALG_ID (TCG algorithm registry). */
enum cc_tpm_alg {
	CC_TPM_ALG_RSA = 0x0001,
	CC_TPM_ALG_SHA1 = 0x0004,
	CC_TPM_ALG_SHA256 = 0x000b,
	CC_TPM_ALG_SHA384 = 0x000c,
	CC_TPM_ALG_SHA512 = 0x000d,
	CC_TPM_ALG_NULL = 0x0010,
	CC_TPM_ALG_RSASSA = 0x0014,
	CC_TPM_ALG_RSAPSS = 0x0016,
	CC_TPM_ALG_ECDSA = 0x0018,
	CC_TPM_ALG_ECC = 0x0023,
};
/* False for what is no hash that we know. */
bool cc_tpm_hash(uint16_t alg, enum cc_hash *out) CC_NONNULL;
uint16_t cc_tpm_alg_of(enum cc_hash hash);

/* TPMA_OBJECT. */
#define CC_TPM_FIXED_TPM (1U << 1)
#define CC_TPM_FIXED_PARENT (1U << 4)
#define CC_TPM_SENSITIVE_DATA_ORIGIN (1U << 5)
#define CC_TPM_RESTRICTED (1U << 16)
#define CC_TPM_DECRYPT (1U << 17)
#define CC_TPM_SIGN (1U << 18)

/* TPMS_ATTEST of type quote. Spans borrow from the bytes. */
struct cc_tpm_quote {
	struct cc_span bytes; /* all of it: what is signed */
	struct cc_tpm_attest attest;
	enum cc_hash bank;
	uint32_t pcrs;       /* 1u << index of each that is in the digest */
	struct cc_span info; /* TPMS_QUOTE_INFO: selection and digest */
	struct cc_span pcr_digest;
};
/*
 * Exactly one bank, SHA-256 or better: events of SHA-1 can be forged. CC_E_ARG, CC_E_EVIDENCE for
 * another magic or type, CC_E_UNSUPPORTED for another bank.
 */
int cc_tpm_quote_parse(struct cc_span bytes, struct cc_tpm_quote *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

/* TPMT_SIGNATURE. */
struct cc_tpm_signature {
	enum cc_tpm_alg scheme; /* RSASSA, RSAPSS or ECDSA */
	enum cc_hash hash;
	struct cc_span rsa;
	uint8_t r_s[96]; /* big-endian, each half filled up in front */
	size_t r_s_len;
};
int cc_tpm_signature_parse(struct cc_span bytes, struct cc_tpm_signature *out,
			   struct cc_err *err) CC_MUST CC_NONNULL;

/* TPMT_PUBLIC of a signing key. */
struct cc_tpm_public {
	struct cc_span bytes;
	uint32_t attributes;
	enum cc_hash name_hash;
	enum cc_tpm_alg scheme;
	enum cc_hash hash;
	struct cc_span modulus; /* RSA, or */
	uint8_t point[96];      /* x ‖ y on P-256 or P-384 */
	size_t point_len;
};
int cc_tpm_public_parse(struct cc_span bytes, struct cc_tpm_public *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* Made in its TPM, never to leave it, and for signing what the TPM made alone. CC_E_EVIDENCE. */
int cc_tpm_public_check(const struct cc_tpm_public *public, struct cc_err *err) CC_MUST CC_NONNULL;
/* The digest in its Name: who has this TPMT_PUBLIC. */
int cc_tpm_public_name(const struct cc_tpm_public *public, struct cc_digest *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* The key hash: that of a certificate for this key. */
int cc_tpm_public_key_hash(const struct cc_tpm_public *public, struct cc_digest *out,
			   struct cc_err *err) CC_MUST CC_NONNULL;
/* By the scheme of the key, which the signature must have, too. */
int cc_tpm_signature_verify(const struct cc_tpm_signature *signature,
			    const struct cc_tpm_public *public, struct cc_span message,
			    struct cc_err *err) CC_MUST CC_NONNULL;

/* What a container holds, borrowed; empty when it is not there. */
struct cc_tpm_evidence {
	struct cc_tpm_quote quote;
	struct cc_tpm_signature signature;
	struct cc_span pcrs[CC_TPM_PCRS]; /* by their index */
	struct cc_span report_data;       /* 64 bytes, whose SHA-256 is the qualifying data */
	struct cc_span log;               /* cc_event_log_open */
	struct cc_span hcl, td_quote;     /* of a guest of Azure (azure.h), in the place of a key */
	struct cc_tpm_public key;         /* bytes are empty: it is not there */
	struct cc_span certs[CC_TPM_CERTS]; /* DER: the key's, then whoever issued them */
	size_t cert_count;
};
/* The same before it is put together; what is empty is left out. */
struct cc_tpm_pieces {
	struct cc_span quote, signature;
	const struct cc_span *pcrs; /* by ascending index */
	size_t pcr_count;
	struct cc_span report_data, key, log, hcl, td_quote;
	const struct cc_span *certs;
	size_t cert_count;
};
int cc_tpm_print(const struct cc_tpm_pieces *pieces, struct cc_buf *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* By its first byte, which is that of a CBOR map: no other evidence begins so. */
bool cc_tpm_is_container(struct cc_span bytes);
int cc_tpm_parse(struct cc_span bytes, struct cc_tpm_evidence *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;

/* Step 5. CC_E_EVIDENCE. */
int cc_tpm_prove_values(const struct cc_tpm_evidence *evidence,
			struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Step 6: the log must give the quoted ones of PCR 0 to 7, which firmware alone extends, with its
 * handover in each and the exit from its services; `log_pcrs` are the quoted ones that it gives,
 * `events` what it gives them by. Those above may have been extended since by who keeps other logs.
 * CC_E_EVIDENCE.
 */
int cc_tpm_prove_log(const struct cc_tpm_evidence *evidence, struct cc_tpm_claims *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* What the quote says: registers, counters, report data; nothing of the key. */
int cc_tpm_claim(const struct cc_tpm_evidence *evidence, struct cc_claims *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* Of a recheck what does not depend on whose the key is: `said` is what cc_tpm_claim says. */
int cc_tpm_recheck_values(const struct cc_tpm_evidence *evidence, const struct cc_claims *said,
			  const struct cc_claims *claims, const struct cc_digest64 *expected,
			  struct cc_err *err) CC_MUST CC_NONNULL;

/* cc_evidence_read. */
int cc_tpm_read(struct cc_span bytes, struct cc_claims *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_tpm_prove(const struct cc_evidence *evidence, struct cc_claims *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* cc_evidence_recheck: the signature by the key whose Name is in the claims, and what it covers. */
int cc_tpm_recheck(struct cc_span evidence, const struct cc_claims *claims,
		   const struct cc_digest64 *expected, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
