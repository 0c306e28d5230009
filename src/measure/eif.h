/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enclave images of AWS Nitro (EIF, versions 1 to 4; aws-nitro-enclaves-image-format) and the
 * PCRs of an enclave that is started from one. All numbers are big endian.
 *
 * The header repeats where each section lies; a loader may follow the one or the other, so they
 * must agree. Its CRC is not looked at: it is in no measurement, and an image that is not whole
 * starts nowhere. Pure: spans point into the file.
 */
#ifndef CC_MEASURE_EIF_H
#define CC_MEASURE_EIF_H

#include "base/buf.h"
#include "crypto/hash.h"

#define CC_EIF_SECTIONS_MAX 32

struct cc_eif {
	uint16_t version;
	bool is_arm; /* else x86-64 */
	struct cc_span kernel, cmdline;
	struct cc_span
		ramdisks[CC_EIF_SECTIONS_MAX]; /* the first boots, the others are the application */
	size_t ramdisk_count;
	struct cc_span signature; /* empty: not signed */
};

/*
 * One kernel, one command line and the ramdisks, in this order, and nothing behind them; in any
 * other, what is measured would be another loader's choice. CC_E_ARG, CC_E_UNSUPPORTED.
 */
int cc_eif_parse(struct cc_span file, struct cc_eif *out, struct cc_err *err) CC_MUST CC_NONNULL;
#define CC_EIF_PCRS 3
/* PCR 0 the image, 1 kernel, command line and first ramdisk, 2 the other ramdisks. */
int cc_eif_measure(const struct cc_eif *eif, struct cc_digest48 out[static CC_EIF_PCRS],
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* A PCR that was extended once with the digest of `content`: PCR 8 of a certificate in DER. */
int cc_nitro_pcr(struct cc_span content, struct cc_digest48 *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* One extended with `text` itself: PCR 3 of a role's ARN, PCR 4 of an instance. */
int cc_nitro_pcr_of_text(const char *text, struct cc_digest48 *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

/* The signature of an image: who signed it, in PEM, and COSE_Sign1 over PCR 0. */
struct cc_eif_signature {
	struct cc_buf certificate, cose;
};
#define CC_AUTO_EIF_SIGNATURE CC_CLEANUP(cc_eif_signature_clear)
static inline void cc_eif_signature_clear(struct cc_eif_signature *signature)
{
	cc_buf_clear(&signature->certificate);
	cc_buf_clear(&signature->cose);
}
/* Bytes alone. CC_E_NOTFOUND for an image that is not signed; CC_E_ARG, CC_E_UNSUPPORTED. */
int cc_eif_signature_read(const struct cc_eif *eif, struct cc_eif_signature *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * By the key of its certificate, over PCR 0 of this image. Who that is and whether to trust it says
 * PCR 8, and nothing here: it is looked up in no list, and its window is not looked at. The
 * certificate is in `out`. CC_E_EVIDENCE, CC_E_ARG, CC_E_UNSUPPORTED for a key that is not of P-256
 * or P-384.
 */
struct cc_cert;
int cc_eif_signature_verify(const struct cc_eif *eif, const struct cc_eif_signature *signature,
			    struct cc_cert **out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
