/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/test.h"

#include "base/secret.h"

int __real_mlock(const void *at, size_t len);
int __wrap_mlock(const void *at, size_t len);

static bool refuse_lock;

int __wrap_mlock(const void *at, size_t len)
{
	if (!refuse_lock)
		return __real_mlock(at, len);
	errno = ENOMEM;
	return -1;
}

/* Whether a child that runs `touch` on the secret dies of it. */
static bool kills(void (*touch)(struct cc_secret *), struct cc_secret *secret)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		const struct sigaction plain = { .sa_handler = SIG_DFL };

		/* cmocka's own handler would take the fault for a failed test */
		(void)sigaction(SIGSEGV, &plain, NULL);
		touch(secret);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void in_child(struct cc_secret *secret)
{
	volatile uint8_t first = cc_secret_bytes(secret)[0];

	(void)first;
}

static void one_too_many(struct cc_secret *unused)
{
	struct cc_secret *own = NULL;
	struct cc_err err = { 0 };

	(void)unused;
	if (cc_secret_new(32, &own, &err) != 0)
		_exit(0);
	((volatile uint8_t *)cc_secret_bytes(own))[32] = 1;
}

static void a_child_does_not_have_the_bytes(void **state)
{
	struct cc_secret *secret = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_secret_random(32, &secret, &err), 0);
	assert_true(kills(in_child, secret));
	cc_secret_free(secret);
}

/* The kernel's flags of the mapping that `at` lies in (proc(5), smaps), each between spaces. */
static void mapping_flags(const void *at, char *out, size_t room)
{
	FILE *maps = fopen("/proc/self/smaps", "re");
	unsigned long from = 0, to = 0, place = (unsigned long)(uintptr_t)at;
	bool inside = false;
	char line[512];

	assert_non_null(maps);
	out[0] = '\0';
	while (out[0] == '\0' && fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = place >= from && place < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			(void)snprintf(out, room, "%s", line + 8);
	}
	(void)fclose(maps);
}

/* That it is locked shows in the refused lock below: sanitizers lock nothing. */
static void a_secret_is_neither_dumped_nor_inherited(void **state)
{
	static const char *const needed[] = { " dd ", " dc " };
	struct cc_secret *secret = NULL;
	struct cc_err err = { 0 };
	char flags[512];

	(void)state;
	assert_int_equal(cc_secret_new(32, &secret, &err), 0);
	mapping_flags(cc_secret_bytes(secret), flags, sizeof(flags));
	for (size_t i = 0; i < CC_COUNT(needed); i++)
		if (strstr(flags, needed[i]) == NULL)
			fail_msg("no '%s' among '%s'", needed[i], flags);
	cc_secret_free(secret);
}

static void a_process_with_secrets_is_not_dumped(void **state)
{
	pid_t child = fork();
	int status = 0;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit core = { 0 };
		struct cc_err err = { 0 };
		bool good = prctl(PR_SET_DUMPABLE, 1) == 0 && cc_secret_process(&err) == 0 &&
			    prctl(PR_GET_DUMPABLE) == 0 && getrlimit(RLIMIT_CORE, &core) == 0 &&
			    core.rlim_max <= 1;

		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void one_byte_past_the_end_kills(void **state)
{
	(void)state;
	assert_true(kills(one_too_many, NULL));
}

static void a_refused_lock_is_an_error_that_names_the_limit(void **state)
{
	struct cc_secret *secret = NULL;
	struct cc_err err = { 0 };

	(void)state;
	refuse_lock = true;
	assert_int_equal(cc_secret_new(32, &secret, &err), -1);
	refuse_lock = false;
	assert_null(secret);
	assert_non_null(strstr(err.hint, "ulimit -l"));
}

static void length_and_content_make_equality(void **state)
{
	struct cc_secret *a = NULL, *b = NULL, *c = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_secret_from(cc_span_str("12345678"), &a, &err), 0);
	assert_int_equal(cc_secret_from(cc_span_str("12345678"), &b, &err), 0);
	assert_int_equal(cc_secret_from(cc_span_str("1234567"), &c, &err), 0);
	assert_true(cc_secret_equal(a, b));
	assert_false(cc_secret_equal(a, c));
	cc_secret_bytes(b)[7] ^= 1;
	assert_false(cc_secret_equal(a, b));
	cc_secret_free(a);
	cc_secret_free(b);
	cc_secret_free(c);
}

static void sizes_have_a_maximum(void **state)
{
	struct cc_secret *secret = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_secret_new(0, &secret, &err), -1);
	assert_int_equal(cc_secret_new(CC_SECRET_MAX + 1, &secret, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	cc_secret_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_does_not_have_the_bytes),
		cmocka_unit_test(a_secret_is_neither_dumped_nor_inherited),
		cmocka_unit_test(a_process_with_secrets_is_not_dumped),
		cmocka_unit_test(one_byte_past_the_end_kills),
		cmocka_unit_test(a_refused_lock_is_an_error_that_names_the_limit),
		cmocka_unit_test(length_and_content_make_equality),
		cmocka_unit_test(sizes_have_a_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
