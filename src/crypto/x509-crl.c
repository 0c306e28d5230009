/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "base/fd.h"
#include "crypto/x509-internal.h"

#define CRL_BEGIN "-----BEGIN X509 CRL-----"
#define CRL_END "-----END X509 CRL-----"

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (uint8_t)tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int unhex(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	for (size_t i = 0; i + 1 < text.len; i += 2) {
		int high = hex_value(text.at[i]), low = hex_value(text.at[i + 1]);

		if (high < 0 || low < 0)
			return cc_fail(err, CC_E_ARG, "read a CRL: it is not DER, PEM or hex");
		CC_TRY(cc_buf_add_u8(out, (uint8_t)(high << 4 | low), err));
	}
	if (text.len % 2 != 0)
		return cc_fail(err, CC_E_ARG, "read a CRL: an odd number of hex digits");
	return 0;
}

static int decode_x509_crl(struct cc_span der, X509_CRL **out, struct cc_err *err)
{
	const unsigned char *at = der.at;
	CC_AUTO_X509_CRL X509_CRL *x509_crl = d2i_X509_CRL(NULL, &at, (long)der.len);

	if (x509_crl == NULL) {
		ERR_clear_error();
		return cc_fail(err, CC_E_ARG, "read a CRL: it is not whole, or no CRL at all");
	}
	if (at != der.at + der.len)
		return cc_fail(err, CC_E_ARG, "%zu bytes follow a CRL",
			       (size_t)(der.at + der.len - at));
	if (X509_CRL_get0_nextUpdate(x509_crl) == NULL)
		return cc_fail(err, CC_E_EVIDENCE, "a CRL without nextUpdate would never expire");
	*out = CC_TAKE(x509_crl);
	return 0;
}

int cc_crl_x509(const struct cc_crl *crl, X509_CRL **out, struct cc_err *err)
{
	X509_CRL *made = NULL, *there = atomic_load(crl->x509_crl);

	if (there == NULL) {
		CC_TRY(decode_x509_crl(cc_buf_span(&crl->der), &made, err));
		/* As cc_cert_x509. */
		if (atomic_compare_exchange_strong(crl->x509_crl, &there, made))
			there = made;
		else
			X509_CRL_free(made);
	}
	*out = there;
	return 0;
}

static int crl_from_der(struct cc_span der, struct cc_crl **out, struct cc_err *err)
{
	CC_AUTO_CRL struct cc_crl *crl = calloc(1, sizeof(*crl));
	struct cc_err ignored = { 0 };
	X509_CRL *x509_crl = NULL;

	if (crl == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a CRL");
	crl->x509_crl = calloc(1, sizeof(*crl->x509_crl));
	if (crl->x509_crl == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a CRL");
	CC_TRY(cc_buf_add(&crl->der, der, err));
	crl->is_plain = cc_plain_crl_read(cc_buf_span(&crl->der), &crl->plain, &ignored) == 0;
	if (!crl->is_plain)
		CC_TRY(cc_crl_x509(crl, &x509_crl, err));
	*out = CC_TAKE(crl);
	return 0;
}

int cc_crl_parse(struct cc_span bytes, struct cc_crl **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	if (bytes.len > CC_CRL_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a CRL has at most %zu bytes, not %zu", CC_CRL_MAX,
			       bytes.len);
	if (bytes.len > 0 && bytes.at[0] == '-') {
		CC_TRY(cc_x509_pem_block(&bytes, CRL_BEGIN, CRL_END, &der, err));
		if (cc_x509_skip_space(bytes).len > 0)
			return cc_fail(err, CC_E_ARG, "something follows a CRL");
		return crl_from_der(cc_buf_span(&der), out, err);
	}
	/* A SEQUENCE starts with the byte 0x30, its hexadecimal with '3'. */
	if (bytes.len > 0 && bytes.at[0] == '3') {
		while (bytes.len > 0 && isspace(bytes.at[bytes.len - 1]) != 0)
			bytes.len--;
		CC_TRY(unhex(bytes, &der, err));
		return crl_from_der(cc_buf_span(&der), out, err);
	}
	return crl_from_der(bytes, out, err);
}

int cc_crl_next_pem(struct cc_span *rest, struct cc_crl **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	*rest = cc_x509_skip_space(*rest);
	if (rest->len == 0) {
		*out = NULL;
		return 0;
	}
	CC_TRY(cc_x509_pem_block(rest, CRL_BEGIN, CRL_END, &der, err));
	return crl_from_der(cc_buf_span(&der), out, err);
}

void cc_crl_free(struct cc_crl *crl)
{
	if (crl == NULL)
		return;
	if (crl->x509_crl != NULL)
		X509_CRL_free(atomic_load(crl->x509_crl));
	free(crl->x509_crl);
	cc_buf_clear(&crl->der);
	free(crl);
}

/* Names that are not the same bytes may still be one, in other spellings. */
bool cc_crl_is_by(const struct cc_crl *crl, const struct cc_cert *issuer)
{
	X509_CRL *x509_crl = NULL;
	X509 *x509 = NULL;
	struct cc_err ignored = { 0 };

	if (crl->is_plain && issuer->body->key != NULL &&
	    cc_span_eq(crl->plain.issuer.whole, issuer->body->plain.subject.whole))
		return true;
	return cc_crl_x509(crl, &x509_crl, &ignored) == 0 &&
	       cc_cert_x509(issuer, &x509, &ignored) == 0 &&
	       X509_NAME_cmp(X509_CRL_get_issuer(x509_crl), X509_get_subject_name(x509)) == 0;
}

static bool is_plain_signed(const struct cc_crl *crl, const struct cc_cert *issuer,
			    const struct cc_memory *memory)
{
	const struct cc_plain_signed *by = &crl->plain.by;
	const struct cc_signed_bytes signature = { issuer->body->plain.spki, by->signature,
						   by->bytes };

	if (!cc_plain_is_signed(by, issuer->body->key))
		return false;
	cc_memory_keep(memory, &signature);
	return true;
}

static bool is_signed(const struct cc_crl *crl, const struct cc_cert *issuer,
		      const struct cc_memory *memory)
{
	X509_CRL *x509_crl = NULL;
	X509 *x509 = NULL;
	EVP_PKEY *key = NULL;
	struct cc_err ignored = { 0 };

	if (crl->is_plain && issuer->body->key != NULL)
		return is_plain_signed(crl, issuer, memory);
	if (cc_crl_x509(crl, &x509_crl, &ignored) != 0 ||
	    cc_cert_x509(issuer, &x509, &ignored) != 0)
		return false;
	key = X509_get0_pubkey(x509);
	return key != NULL && X509_CRL_verify(x509_crl, key) == 1;
}

int cc_crl_verify(const struct cc_crl *crl, const struct cc_cert *issuer,
		  const struct cc_memory *memory, struct cc_err *err)
{
	bool is_by = cc_crl_is_by(crl, issuer);
	char label[CC_X509_LABEL];

	if (is_by && is_signed(crl, issuer, memory))
		return 0;
	ERR_clear_error();
	cc_cert_label(issuer, label);
	return cc_fail(err, CC_E_EVIDENCE,
		       is_by ? "a CRL is not signed by %s" : "a CRL is of another issuer than %s",
		       label);
}

uint64_t cc_crl_number(const struct cc_crl *crl)
{
	struct cc_err ignored = { 0 };
	X509_CRL *x509_crl = NULL;
	ASN1_INTEGER *number = NULL;
	uint64_t value = 0;

	if (crl->is_plain)
		return crl->plain.number;
	if (cc_crl_x509(crl, &x509_crl, &ignored) == 0)
		number = X509_CRL_get_ext_d2i(x509_crl, NID_crl_number, NULL, NULL);
	if (number == NULL || ASN1_INTEGER_get_uint64(&value, number) != 1)
		value = 0;
	ASN1_INTEGER_free(number);
	ERR_clear_error();
	return value;
}

void cc_crl_window(const struct cc_crl *crl, int64_t *from, int64_t *until)
{
	struct cc_err ignored = { 0 };
	X509_CRL *x509_crl = NULL;

	*from = crl->plain.from;
	*until = crl->plain.until;
	if (crl->is_plain)
		return;
	*from = *until = INT64_MIN; /* never valid */
	if (cc_crl_x509(crl, &x509_crl, &ignored) != 0)
		return;
	*from = cc_x509_seconds(X509_CRL_get0_lastUpdate(x509_crl));
	*until = cc_x509_seconds(X509_CRL_get0_nextUpdate(x509_crl));
}
