/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pem.h"

#include "crypto/openssl-internal.h"

int cc_pem_add(struct cc_buf *out, const char *label, struct cc_span der, struct cc_err *err)
{
	CC_AUTO_BIO BIO *bio = BIO_new(BIO_s_secmem());
	const char *text = NULL;
	long len = 0;

	if (der.len > CC_PEM_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a PEM block of %zu bytes, more than %zu", der.len,
			       CC_PEM_MAX);
	if (bio == NULL || PEM_write_bio(bio, label, "", der.at, (long)der.len) <= 0)
		return cc_fail_openssl(err, CC_E_SYSTEM, "write a %s as PEM", label);
	len = BIO_get_mem_data(bio, &text);
	return cc_buf_add(out, cc_span(text, (size_t)len), err);
}

static int no_passphrase(char *buf, int size, int rwflag, void *data)
{
	if (size > 0)
		buf[0] = '\0';
	(void)rwflag;
	(void)data;
	return -1;
}

int cc_pem_read(struct cc_span pem, const char *label, struct cc_secret **der, struct cc_err *err)
{
	CC_AUTO_BIO BIO *bio = NULL;
	unsigned char *bytes = NULL;
	long len = 0;
	int result = 0;

	if (pem.len > CC_PEM_MAX)
		return cc_fail(err, CC_E_TOOBIG, "PEM of %zu bytes, more than %zu", pem.len,
			       CC_PEM_MAX);
	bio = BIO_new_mem_buf(pem.at, (int)pem.len);
	if (bio == NULL ||
	    PEM_bytes_read_bio_secmem(&bytes, &len, NULL, label, bio, no_passphrase, NULL) != 1) {
		ERR_clear_error();
		return cc_fail(err, CC_E_ARG, "no 'BEGIN %s' found", label);
	}
	result = cc_secret_from(cc_span(bytes, (size_t)len), der, err);
	OPENSSL_secure_clear_free(bytes, (size_t)len);
	return result;
}
