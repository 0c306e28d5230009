/* SPDX-License-Identifier: Apache-2.0 */
/* Who signed an enclave image, and whether the signature is over this one. */
#include "codec/cbor.h"
#include "codec/cose.h"
#include "crypto/x509.h"
#include "measure/eif.h"

#define BYTES_MAX ((size_t)16 * 1024) /* of a certificate, or of a signature */

/*
 * A list of CBOR with so many numbers up to 255, in their shortest form: what serde makes of
 * bytes.
 */
static int read_list_head(struct cc_reader *r, uint16_t *count, struct cc_err *err)
{
	uint8_t head = 0, small = 0;

	CC_TRY(cc_read_u8(r, "head", &head, err));
	if (head == 0x99)
		return cc_read_u16be(r, "length", count, err);
	if (head == 0x98)
		CC_TRY(cc_read_u8(r, "length", &small, err));
	else if (head >= 0x80 && head <= 0x97)
		small = head & 0x1f;
	else
		return cc_fail(err, CC_E_ARG, "no list of numbers");
	*count = small;
	return 0;
}

static int read_list(struct cc_reader *r, struct cc_buf *out, struct cc_err *err)
{
	uint16_t count = 0;

	CC_TRY(read_list_head(r, &count, err));
	if (count > BYTES_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%u bytes, at most %zu", count, BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		uint8_t byte = 0;

		CC_TRY(cc_read_u8(r, "number", &byte, err));
		if (byte == 0x18)
			CC_TRY(cc_read_u8(r, "number", &byte, err));
		else if (byte > 0x17)
			return cc_fail(err, CC_E_ARG, "no number up to 255");
		CC_TRY(cc_buf_add_u8(out, byte, err));
	}
	return 0;
}

/* A member of a map, whose name is `name` with its head. */
static int read_member(struct cc_reader *r, const char *name, struct cc_buf *out,
		       struct cc_err *err)
{
	struct cc_span found = { 0 };

	CC_TRY(cc_read_span(r, strlen(name), "name", &found, err));
	if (!cc_span_eq_str(found, name))
		return cc_fail(err, CC_E_ARG, "it is called otherwise");
	return read_list(r, out, err);
}

/* A list of one map of two. More signatures are a loader's choice, and nobody makes them. */
static int read_section(struct cc_span section, struct cc_eif_signature *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(section);
	struct cc_span head = { 0 };

	CC_TRY(cc_read_span(&r, 2, "signatures", &head, err));
	if (!cc_span_eq_str(head, "\x81\xa2"))
		return cc_fail(err, CC_E_UNSUPPORTED, "they are no list of one signature");
	if (read_member(&r, "\x73signing_certificate", &out->certificate, err) != 0)
		return cc_wrap(err, "signing certificate");
	if (read_member(&r, "\x69signature", &out->cose, err) != 0)
		return cc_wrap(err, "signature");
	return cc_read_end(&r, "signatures", err);
}

int cc_eif_signature_read(const struct cc_eif *eif, struct cc_eif_signature *out,
			  struct cc_err *err)
{
	if (eif->signature.len == 0)
		return cc_fail(err, CC_E_NOTFOUND, "enclave image: it is not signed");
	if (read_section(eif->signature, out, err) != 0)
		return cc_wrap(err, "enclave image: signatures");
	return 0;
}

/*
 * {"register_index": 0, "register_value": [each byte of PCR 0]} as serde prints it: whoever checks
 * an image makes these bytes and compares them, and so no other encoding is a signature.
 */
static int print_payload(const struct cc_digest48 *pcr0, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 2, err));
	CC_TRY(cc_cbor_add_text(out, "register_index", err));
	CC_TRY(cc_cbor_add_integer(out, 0, err));
	CC_TRY(cc_cbor_add_text(out, "register_value", err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_ARRAY, sizeof(pcr0->b), err));
	for (size_t i = 0; i < sizeof(pcr0->b); i++)
		CC_TRY(cc_cbor_add_integer(out, pcr0->b[i], err));
	return 0;
}

static int verify(const struct cc_eif *eif, const struct cc_cert *cert, struct cc_span signature,
		  struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf payload = { 0 };
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_digest48 pcrs[CC_EIF_PCRS] = { 0 };
	struct cc_cose cose = { 0 };

	CC_TRY(cc_cose_parse(signature, &cose, err));
	CC_TRY(cc_cert_public(cert, &key, err));
	CC_TRY(cc_cose_verify(&cose, key, err));
	CC_TRY(cc_eif_measure(eif, pcrs, err));
	CC_TRY(print_payload(&pcrs[0], &payload, err));
	if (!cc_span_eq(cose.payload, cc_buf_span(&payload)))
		return cc_fail(err, CC_E_EVIDENCE, "it is not over PCR 0 of this image");
	return 0;
}

int cc_eif_signature_verify(const struct cc_eif *eif, const struct cc_eif_signature *signature,
			    struct cc_cert **out, struct cc_err *err)
{
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	struct cc_span rest = cc_buf_span(&signature->certificate);

	if (cc_cert_next_pem(&rest, &cert, err) != 0)
		return cc_wrap(err, "enclave image: signing certificate");
	if (cert == NULL)
		return cc_fail(err, CC_E_ARG,
			       "enclave image: signing certificate: there is none in PEM");
	if (verify(eif, cert, cc_buf_span(&signature->cose), err) != 0)
		return cc_wrap(err, "enclave image: signature");
	*out = CC_TAKE(cert);
	return 0;
}
