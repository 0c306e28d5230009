/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where certificates of others are decoded. OpenSSL 3.0 decodes the key of a certificate while it
 * reads it, and looks for who can among all decoders of its provider anew each time: 140 us, as
 * long as two checks of a signature on P-256. Here is a context of their own for certificates with
 * a provider in it that is the default one, except that it has no other decoders than for
 * SubjectPublicKeyInfo in DER, which is what a certificate has, and only the kinds of keys that
 * the vendors and we certify. They are the default provider's own, so that the same certificates
 * decode to the same keys.
 */
#include <pthread.h>

#include <openssl/core_dispatch.h>
#include <openssl/provider.h>

#include "base/str.h"
#include "crypto/x509-internal.h"

#define CHOSEN_MAX 16

static OSSL_PROVIDER *whole, *part;
static OSSL_LIB_CTX *context;
/* Of each operation that is cut; they end with a row of NULL, as OpenSSL's tables. */
static OSSL_ALGORITHM decoders[CHOSEN_MAX + 1], kinds[CHOSEN_MAX + 1];

static bool is_of_certificates(const OSSL_ALGORITHM *decoder)
{
	return strstr(decoder->property_definition, "input=der") != NULL &&
	       strstr(decoder->property_definition, "structure=SubjectPublicKeyInfo") != NULL;
}

/* The first of its names, "EC:id-ecPublicKey:1.2.840.10045.2.1". */
static bool is_kind_of_certificates(const OSSL_ALGORITHM *algorithm)
{
	static const char *const names[] = { "RSA", "RSA-PSS", "EC", "ED25519" };
	const char *name = algorithm->algorithm_names;

	for (size_t i = 0; i < CC_COUNT(names); i++)
		if (strcspn(name, ":") == strlen(names[i]) && cc_str_starts(name, names[i]))
			return true;
	return false;
}

static void choose(int operation, OSSL_ALGORITHM chosen[static CHOSEN_MAX + 1])
{
	int no_cache = 0;
	const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(whole, operation, &no_cache);

	for (size_t count = 0; all != NULL && all->algorithm_names != NULL; all++)
		if (count < CHOSEN_MAX && is_kind_of_certificates(all) &&
		    (operation != OSSL_OP_DECODER || is_of_certificates(all)))
			chosen[count++] = *all;
}

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
	(void)provider;
	*no_cache = 0;
	if (operation == OSSL_OP_DECODER)
		return decoders;
	if (operation == OSSL_OP_KEYMGMT)
		return kinds;
	return OSSL_PROVIDER_query_operation(whole, operation, no_cache);
}

/* The algorithms get the default provider's own context: they are its. */
static int start(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
		 void **provider)
{
	static const OSSL_DISPATCH functions[] = {
		{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
		{ 0, NULL },
	};

	(void)handle;
	(void)in;
	*out = functions;
	*provider = OSSL_PROVIDER_get0_provider_ctx(whole);
	return 1;
}

/* It stays until the process ends, as OpenSSL's own context. */
static void make(void)
{
	static const char name[] = "certificates";
	OSSL_LIB_CTX *made = OSSL_LIB_CTX_new();

	whole = OSSL_PROVIDER_try_load(NULL, "default", 1);
	if (made != NULL && whole != NULL) {
		choose(OSSL_OP_DECODER, decoders);
		choose(OSSL_OP_KEYMGMT, kinds);
		if (OSSL_PROVIDER_add_builtin(made, name, start) == 1)
			part = OSSL_PROVIDER_load(made, name);
	}
	if (part != NULL) {
		context = made;
		made = NULL;
	}
	OSSL_LIB_CTX_free(made);
	ERR_clear_error();
}

OSSL_LIB_CTX *cc_x509_context(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, make);
	return context;
}

OSSL_LIB_CTX *cc_x509_context_of(const EVP_PKEY *pkey)
{
	return part != NULL && EVP_PKEY_get0_provider(pkey) == part ? context : NULL;
}
