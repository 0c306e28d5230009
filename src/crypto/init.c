/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/init.h"

#include "crypto/openssl-internal.h"

#define SECURE_HEAP ((size_t)256 * 1024)
#define SECURE_HEAP_LEAST 32 /* an Ed25519 or X25519 key */

void cc_openssl_reason(struct cc_err *err)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	size_t len = strlen(err->text);

	if (reason != NULL)
		(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s", reason);
	ERR_clear_error();
}

int cc_crypto_init(struct cc_err *err)
{
	int heap = 0;

	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start OpenSSL");
	if (CRYPTO_secure_malloc_initialized() == 1)
		return 0;
	heap = CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_HEAP_LEAST);
	if (heap == 1)
		return 0;
	/* 2: it works, but the pages are not locked or have no guards. */
	cc_err_set(err, CC_E_SYSTEM, "lock %zu bytes of memory for keys", SECURE_HEAP);
	return cc_hint(err, "raise the limit on locked memory (ulimit -l)");
}
