/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSA-3072 with the public exponent 3, as SGX has enclaves signed (Intel SDM volume 3D, 36.14 and
 * 39.3: RSASSA-PKCS1-v1_5 with SHA-256). Nothing else of ours takes that exponent. All numbers are
 * 384 bytes, little-endian.
 */
#ifndef CC_CRYPTO_RSA_CUBE_H
#define CC_CRYPTO_RSA_CUBE_H

#include "base/buf.h"

#define CC_RSA_CUBE_LEN ((size_t)384)

struct cc_rsa_cube {
	struct cc_span modulus, signature;
	/*
	 * What a processor divides by the modulus to spare itself the division: floor(s^2 / n) and
	 * floor(s * (s^2 mod n) / n). With others EINIT refuses the enclave.
	 */
	struct cc_span q1, q2;
};

/* CC_E_EVIDENCE says which of them is wrong. */
int cc_rsa_cube_verify(const struct cc_rsa_cube *in, struct cc_span message,
		       struct cc_err *err) CC_MUST CC_NONNULL;

#endif
