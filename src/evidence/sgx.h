/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SGX report body and DCAP quote, version 3 (Intel, "SGX ECDSA QuoteGenReference"
 * appendix A): bytes to struct. Nothing here is believed; dcap.h proves it.
 *
 * Spans borrow from the quote. All integers are little-endian, keys and signatures
 * big-endian. The signed range is the header and the body.
 */
#ifndef CC_EVIDENCE_SGX_H
#define CC_EVIDENCE_SGX_H

#include "crypto/hash.h"
#include "evidence/claims.h"

#define CC_EVIDENCE_MAX ((size_t)64 * 1024)
#define CC_QUOTE_HEADER_LEN 48
#define CC_SGX_REPORT_LEN 384
#define CC_SGX_QUOTE_SIGNED (CC_QUOTE_HEADER_LEN + CC_SGX_REPORT_LEN)
#define CC_QUOTE_KEY_P256 2
#define CC_QUOTE_CERTS_PEM 5 /* concatenated PEM: leaf, intermediate, root */
#define CC_P256_RAW 64       /* a point as x ‖ y or a signature as r ‖ s */

#define CC_SGX_INIT ((uint64_t)1 << 0)
#define CC_SGX_DEBUG ((uint64_t)1 << 1)
#define CC_SGX_MODE64 ((uint64_t)1 << 2)
#define CC_SGX_PROVISION_KEY ((uint64_t)1 << 4)
#define CC_SGX_LAUNCH_KEY ((uint64_t)1 << 5)

extern const uint8_t cc_intel_qe_vendor[16];

struct cc_sgx_report {
	uint8_t cpusvn[16];
	uint32_t miscselect;
	uint8_t extended_product[16];
	uint64_t attributes, xfrm;
	struct cc_digest mrenclave, mrsigner;
	uint8_t config_id[64];
	uint16_t product, svn, config_svn;
	uint8_t family_id[16];
	uint8_t report_data[CC_REPORT_DATA_LEN];
	struct cc_span attribute_bytes; /* the 16 bytes as they stand: masks apply to them */
};

struct cc_quote {
	uint16_t version, key_type;
	uint32_t tee_type;     /* 0: SGX */
	struct cc_span vendor; /* 16 bytes */
	struct cc_span signed_range;
	struct cc_sgx_report report;
	struct cc_span signature; /* of the attestation key over signed_range */
	struct cc_span key;       /* the attestation key, x ‖ y */
	struct cc_span qe_bytes;  /* report of the quoting enclave, signed by the PCK key */
	struct cc_sgx_report qe;
	struct cc_span qe_signature;
	struct cc_span auth;
	uint16_t certs_type;
	struct cc_span certs;
};

int cc_sgx_report_parse(struct cc_span bytes, struct cc_sgx_report *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Behind the signature section only zeroes may lie (real quotes are padded to fixed
 * sizes). CC_E_ARG for a malformed quote, CC_E_UNSUPPORTED for another version, key
 * or certificate type, CC_E_TOOBIG over CC_EVIDENCE_MAX.
 */
int cc_quote_parse(struct cc_span bytes, struct cc_quote *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * What the keeper looks at itself before it believes claims that another process
 * made of a quote: report data, MRENCLAVE and the debug flag at their fixed offsets of
 * the signed body are those of the claims and of `expected`, and the attestation key
 * signed this body. The chain above the attestation key stays the verifier's word.
 */
int cc_sgx_recheck(struct cc_span quote, const struct cc_claims *claims,
		   const struct cc_digest64 *expected, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
