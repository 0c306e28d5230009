/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A planted configuration file must not be read. This one asks OpenSSL for
 * properties that no algorithm has: if it is read, nothing can be hashed.
 */
#include "tests/unit/test.h"

#include <sys/wait.h>

#include "base/fd.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/init.h"
#include "crypto/sign.h"

static const char planted[] = "openssl_conf = start\n"
			      "[start]\n"
			      "alg_section = algorithms\n"
			      "providers = loaded\n"
			      "[algorithms]\n"
			      "default_properties = planted=yes\n"
			      "[loaded]\n"
			      "null = null_section\n"
			      "[null_section]\n"
			      "activate = 1\n";

static char path[] = "/tmp/concordat-openssl-XXXXXX";

static int plant(void **state)
{
	struct cc_err err = { 0 };
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0 || cc_write_all(fd, cc_span_str(planted), &err) != 0 || close(fd) != 0)
		return -1;
	return setenv("OPENSSL_CONF", path, 1);
}

static int unplant(void **state)
{
	(void)state;
	return unlink(path);
}

/* In a child: OpenSSL starts once a process. 0: hashing works. */
static int hash_in_a_child(bool init)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct cc_digest d = { 0 };
		struct cc_err err = { 0 };

		if (init && cc_crypto_init(&err) != 0)
			_exit(2);
		_exit(cc_sha256(cc_span_str("x"), &d, &err) == 0 ? 0 : 1);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_planted_configuration_works_without_our_start(void **state)
{
	(void)state;
	assert_int_equal(hash_in_a_child(false), 1);
}

static void a_planted_configuration_is_not_read(void **state)
{
	(void)state;
	assert_int_equal(hash_in_a_child(true), 0);
}

static void private_keys_lie_in_the_locked_heap(void **state)
{
	CC_AUTO_KEY struct cc_key *key = NULL;
	struct cc_err err = { 0 };
	size_t before = 0;

	(void)state;
	assert_int_equal(cc_crypto_init(&err), 0);
	assert_int_equal(cc_crypto_init(&err), 0);
	/* The first key brings the random generator's state into the heap, which stays. */
	assert_int_equal(cc_key_generate(CC_KEY_ED25519, &key, &err), 0);
	cc_key_free(CC_TAKE(key));
	before = CRYPTO_secure_used();
	assert_int_equal(cc_key_generate(CC_KEY_ED25519, &key, &err), 0);
	assert_true(CRYPTO_secure_used() > before);
	cc_key_free(CC_TAKE(key));
	assert_int_equal(CRYPTO_secure_used(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_planted_configuration_works_without_our_start),
		cmocka_unit_test(a_planted_configuration_is_not_read),
		cmocka_unit_test(private_keys_lie_in_the_locked_heap),
	};

	return cmocka_run_group_tests_name("crypto/init", tests, plant, unplant);
}
