/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel DCAP quotes of SGX enclaves and TDs, versions 3, 4 and 5 (Intel, "SGX ECDSA
 * QuoteGenReference" appendix A; "TDX DCAP Quote Generation Library" A.3): bytes to struct.
 * Nothing here is believed; dcap.h proves it.
 *
 * Spans borrow from the quote. All integers are little-endian, keys and signatures
 * big-endian. The signed range is all from the first byte to the end of the body; what
 * lies behind it is proven by its own signatures or by nothing.
 */
#ifndef CC_EVIDENCE_QUOTE_H
#define CC_EVIDENCE_QUOTE_H

#include "crypto/hash.h"
#include "evidence/sgx.h"
#include "evidence/tdx.h"

#define CC_EVIDENCE_MAX ((size_t)64 * 1024)
#define CC_QUOTE_HEADER_LEN 48
#define CC_QUOTE_KEY_P256 2
/* What certifies the QE report: which machine it is (a PPID in plain text or for Intel's eyes) … */
#define CC_QUOTE_CERTS_PPID 1
#define CC_QUOTE_CERTS_PPID_RSA2048 2
#define CC_QUOTE_CERTS_PPID_RSA3072 3
#define CC_QUOTE_CERTS_LEAF 4     /* … the PCK certificate alone, in PEM … */
#define CC_QUOTE_CERTS_PEM 5      /* … concatenated PEM: leaf, intermediate, root … */
#define CC_QUOTE_CERTS_QE 6       /* versions 4 and 5: the QE report and what certifies it */
#define CC_QUOTE_CERTS_MANIFEST 7 /* … or the platform's manifest */
#define CC_P256_RAW 64            /* a point as x ‖ y or a signature as r ‖ s */

extern const uint8_t cc_intel_qe_vendor[16];

/* For which of its certificates Intel is to be asked. */
struct cc_quote_ppid {
	struct cc_span ppid;   /* 16 bytes, or encrypted by RSA-OAEP */
	struct cc_span cpusvn; /* 16 bytes */
	uint16_t pcesvn, pce_id;
};

struct cc_quote {
	uint16_t version, key_type;
	enum cc_platform_kind platform; /* sgx or tdx */
	struct cc_span vendor;          /* 16 bytes */
	struct cc_span user_data;       /* 20 bytes, the first 16 name the QE */
	struct cc_span signed_range;
	struct cc_sgx_report sgx; /* the body, of an enclave … */
	struct cc_td_report td;   /* … or of a TD */
	struct cc_span signature; /* of the attestation key over signed_range */
	struct cc_span key;       /* the attestation key, x ‖ y */
	struct cc_span qe_bytes;  /* report of the quoting enclave, signed by the PCK key */
	struct cc_sgx_report qe;
	struct cc_span qe_signature;
	struct cc_span auth;
	uint16_t certs_type;
	struct cc_span certs;
	struct cc_quote_ppid ppid; /* of types 1 to 3 */
};

/*
 * Behind the signature section only zeroes may lie (real quotes are padded to fixed
 * sizes). CC_E_ARG for a malformed quote, CC_E_UNSUPPORTED for another version, key
 * or certificate type, CC_E_TOOBIG over CC_EVIDENCE_MAX.
 */
int cc_quote_parse(struct cc_span bytes, struct cc_quote *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* The same with whatever lies behind the quote in `tail`, for containers that put something there.
 */
int cc_quote_parse_head(struct cc_span bytes, struct cc_quote *out, struct cc_span *tail,
			struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * What the keeper looks at itself before it believes claims that another process
 * made of a quote: report data, measurement and the debug flag at their fixed offsets of
 * the signed body are those of the claims and of `expected`, and the attestation key
 * signed this body. The chain above the attestation key stays the verifier's word.
 */
int cc_quote_recheck(struct cc_span quote, const struct cc_claims *claims,
		     const struct cc_digest64 *expected, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
