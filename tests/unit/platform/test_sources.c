/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence by the files of Linux and Gramine, which a stand-in (tee_files.c) serves by FUSE:
 * what the sources ask, what they make of each answer, what they leave behind.
 */
#include "tests/unit/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/dir.h"
#include "base/str.h"
#include "crypto/init.h"
#include "evidence/quote.h"
#include "evidence/snp.h"
#include "platform/client.h"

struct fixture {
	char dir[32];
	char *configfs, *gramine; /* addresses */
	pid_t pid;
};

/* Mount the stand-in and wait for its line. */
static int start(struct fixture *f, const char *floor)
{
	static const char measurement[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	const char *program = getenv("TEE_FILES");
	char line[128] = { 0 };
	int ends[2] = { -1, -1 };

	if (program == NULL || pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	f->pid = fork();
	if (f->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)execl(program, program, "snp", f->dir, measurement, floor, (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	(void)!read(ends[0], line, sizeof(line) - 1);
	(void)close(ends[0]);
	return strstr(line, "SIMULATION") != NULL ? 0 : -1;
}

static int set_up_at(void **state, const char *floor)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct cc_err err = { 0 };

	*state = f;
	memcpy(f->dir, "/tmp/concordat-tee-XXXXXX", 26);
	if (mkdtemp(f->dir) == NULL)
		return -1;
	CC_TRY(cc_strf(&f->configfs, &err, "configfs:%s/report", f->dir));
	CC_TRY(cc_strf(&f->gramine, &err, "gramine:%s/attestation", f->dir));
	return start(f, floor);
}

static int set_up(void **state)
{
	return set_up_at(state, "0");
}

static int set_up_below_a_module(void **state)
{
	return set_up_at(state, "2");
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	int status = -1;

	/* It unmounts itself. */
	(void)kill(f->pid, SIGTERM);
	(void)waitpid(f->pid, &status, 0);
	(void)rmdir(f->dir);
	free(f->configfs);
	free(f->gramine);
	free(f);
	return status == 0 ? 0 : -1;
}

static void order(const struct fixture *f, const char *fault)
{
	CC_AUTO_FREE char *path = NULL;
	CC_AUTO_CLOSE int fd = -1;
	struct cc_err err = { 0 };

	assert_int_equal(cc_strf(&path, &err, "%s/fault", f->dir), 0);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(cc_write_all(fd, cc_span_str(fault), &err), 0);
}

/* How many requests lie there: each must have been taken away by who made it. */
static unsigned int requests_left(const struct fixture *f)
{
	CC_AUTO_FREE char *path = NULL;
	struct cc_err err = { 0 };
	unsigned int count = 0;
	DIR *dir = NULL;

	assert_int_equal(cc_strf(&path, &err, "%s/report", f->dir), 0);
	dir = opendir(path);
	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count;
}

static struct cc_digest64 data_of(uint8_t with)
{
	struct cc_digest64 data;

	memset(data.b, with, sizeof(data.b));
	return data;
}

static struct cc_platform *opened(const char *address)
{
	struct cc_platform *platform = NULL;
	struct cc_err err = { 0 };

	if (cc_platform_open(address, &platform, &err) != 0)
		fail_msg("%s", err.text);
	return platform;
}

static void takes_a_report_and_the_hosts_certificates(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_PLATFORM struct cc_platform *platform = opened(f->configfs);
	CC_AUTO_BUF struct cc_buf evidence = { 0 };
	const struct cc_digest64 data = data_of(0x33);
	struct cc_snp_evidence snp = { 0 };
	struct cc_err err = { 0 };

	assert_string_equal(cc_platform_kind_name(platform), "snp");
	assert_int_equal(cc_platform_quote(platform, &data, &evidence, &err), 0);
	assert_int_equal(cc_snp_parse(cc_buf_span(&evidence), &snp, &err), 0);
	assert_memory_equal(snp.report.report_data, data.b, sizeof(data.b));
	assert_int_equal(snp.report.measurement.b[0], 0xaa);
	assert_int_equal(snp.report.vmpl, 0);
	assert_true(snp.vcek.len > 0);
	assert_int_equal(requests_left(f), 0);
}

static void asks_for_the_level_that_a_service_module_left(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_PLATFORM struct cc_platform *platform = opened(f->configfs);
	CC_AUTO_BUF struct cc_buf evidence = { 0 };
	const struct cc_digest64 data = data_of(0x33);
	struct cc_snp_evidence snp = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_platform_quote(platform, &data, &evidence, &err), 0);
	assert_int_equal(cc_snp_parse(cc_buf_span(&evidence), &snp, &err), 0);
	assert_int_equal(snp.report.vmpl, 2);
}

/* What cannot be told from somebody else's answer is thrown away; a fresh request is made. */
static void asks_again_when_others_wrote_to_the_request(void **state)
{
	static const char *const passing[] = { "bump 0 2",   "lost 0 1",   "outblob 16 3",
					       "mkdir 11 1", "inblob 4 1", "outblob 11 1" };
	const struct fixture *f = *state;
	CC_AUTO_PLATFORM struct cc_platform *platform = opened(f->configfs);

	for (size_t i = 0; i < CC_COUNT(passing); i++) {
		CC_AUTO_BUF struct cc_buf evidence = { 0 };
		const struct cc_digest64 data = data_of((uint8_t)i);
		struct cc_snp_evidence snp = { 0 };
		struct cc_err err = { 0 };

		order(f, passing[i]);
		if (cc_platform_quote(platform, &data, &evidence, &err) != 0)
			fail_msg("%s: %s", passing[i], err.text);
		assert_int_equal(cc_snp_parse(cc_buf_span(&evidence), &snp, &err), 0);
		assert_memory_equal(snp.report.report_data, data.b, sizeof(data.b));
		assert_int_equal(requests_left(f), 0);
	}
}

struct lasting {
	const char *fault;
	enum cc_code code;
	const char *text, *hint;
};

static void says_what_the_kernel_meant(void **state)
{
	static const struct lasting all[] = {
		{ "bump 0 99", CC_E_UNAVAILABLE, "by what we wrote of 1", "stop it" },
		{ "lost 0 99", CC_E_UNAVAILABLE, "of generation 0, by what we wrote of 1", "" },
		{ "empty 0 99", CC_E_UNAVAILABLE, "outblob is empty", "" },
		{ "outblob 16 99", CC_E_UNAVAILABLE, "outblob: ", "try again" },
		{ "outblob 5 99", CC_E_UNAVAILABLE, "outblob: ", "dmesg" },
		{ "outblob 110 99", CC_E_UNAVAILABLE, "outblob: ", "quoting service" },
		{ "outblob 22 1", CC_E_UNSUPPORTED, "outblob: ", "firmware" },
		{ "outblob 25 1", CC_E_UNSUPPORTED, "outblob: ", "load it again" },
		{ "mkdir 6 1", CC_E_UNSUPPORTED, "make a request: ", "load the driver" },
		{ "mkdir 13 1", CC_E_DENIED, "make a request: ", "root" },
		{ "inblob 13 1", CC_E_DENIED, "inblob: ", "root" },
		{ "provider 2 1", CC_E_UNSUPPORTED, "provider: ", "Linux 6.7" },
	};

	for (size_t i = 0; i < CC_COUNT(all); i++) {
		const struct fixture *f = NULL;
		void *made = NULL;
		struct cc_platform *platform = NULL;
		CC_AUTO_BUF struct cc_buf evidence = { 0 };
		const struct cc_digest64 data = data_of(1);
		struct cc_err err = { 0 };

		assert_int_equal(set_up(&made), 0);
		f = made;
		platform = opened(f->configfs);
		order(f, all[i].fault);
		if (cc_platform_quote(platform, &data, &evidence, &err) == 0)
			fail_msg("%s: there is evidence", all[i].fault);
		if (err.code != all[i].code || strstr(err.text, all[i].text) == NULL ||
		    strstr(err.hint, all[i].hint) == NULL)
			fail_msg("%s: %d %s (%s)", all[i].fault, err.code, err.text, err.hint);
		assert_int_equal(evidence.len, 0);
		assert_int_equal(requests_left(f), 0);
		/* what is open keeps the stand-in mounted */
		cc_platform_free(platform);
		assert_int_equal(tear_down(&made), 0);
	}
	(void)state;
}

static void opens_nothing_without_a_driver(void **state)
{
	const struct fixture *f = *state;
	struct cc_platform *platform = NULL;
	struct cc_err err = { 0 };

	order(f, "mkdir 6 1");
	assert_int_equal(cc_platform_open(f->configfs, &platform, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_non_null(strstr(err.hint, "no confidential virtual machine"));
	assert_int_equal(cc_platform_open("configfs:/nowhere", &platform, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_int_equal(cc_platform_open("gramine:/nowhere", &platform, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_int_equal(cc_platform_open("nsm:/nowhere", &platform, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_null(platform);
}

static void has_no_keys(void **state)
{
	const struct fixture *f = *state;
	const char *const addresses[] = { f->configfs, f->gramine };

	for (size_t i = 0; i < CC_COUNT(addresses); i++) {
		CC_AUTO_PLATFORM struct cc_platform *platform = opened(addresses[i]);
		struct cc_secret *key = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_platform_key(platform, cc_span_str("a"), &key, &err), -1);
		assert_int_equal(err.code, CC_E_UNSUPPORTED);
	}
}

static void takes_a_quote_of_gramine(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_PLATFORM struct cc_platform *platform = opened(f->gramine);
	CC_AUTO_BUF struct cc_buf evidence = { 0 };
	const struct cc_digest64 data = data_of(0x44);
	struct cc_quote quote = { 0 };
	struct cc_err err = { 0 };

	assert_string_equal(cc_platform_kind_name(platform), "sgx");
	assert_int_equal(cc_platform_quote(platform, &data, &evidence, &err), 0);
	assert_int_equal(cc_quote_parse(cc_buf_span(&evidence), &quote, &err), 0);
	assert_memory_equal(quote.sgx.report_data, data.b, sizeof(data.b));
}

static void notices_a_quote_over_what_another_thread_said(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_PLATFORM struct cc_platform *platform = opened(f->gramine);
	CC_AUTO_BUF struct cc_buf evidence = { 0 };
	const struct cc_digest64 data = data_of(0x44);
	struct cc_err err = { 0 };

	order(f, "stale 0 1");
	assert_int_equal(cc_platform_quote(platform, &data, &evidence, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_non_null(strstr(err.text, "other report data"));
	assert_int_equal(evidence.len, 0);
}

static void refuses_gramine_without_attestation(void **state)
{
	const struct fixture *f = *state;
	struct cc_platform *platform = NULL;
	struct cc_err err = { 0 };

	order(f, "none 0 1");
	assert_int_equal(cc_platform_open(f->gramine, &platform, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_non_null(strstr(err.hint, "sgx.remote_attestation"));
}

static void says_that_no_quoting_service_answers_gramine(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_PLATFORM struct cc_platform *platform = opened(f->gramine);
	CC_AUTO_BUF struct cc_buf evidence = { 0 };
	const struct cc_digest64 data = data_of(0x44);
	struct cc_err err = { 0 };

	order(f, "quote 13 1");
	assert_int_equal(cc_platform_quote(platform, &data, &evidence, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_non_null(strstr(err.hint, "aesmd"));
}

#define ONE(name, before) cmocka_unit_test_setup_teardown(name, before, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(takes_a_report_and_the_hosts_certificates, set_up),
		ONE(asks_for_the_level_that_a_service_module_left, set_up_below_a_module),
		ONE(asks_again_when_others_wrote_to_the_request, set_up),
		cmocka_unit_test(says_what_the_kernel_meant),
		ONE(opens_nothing_without_a_driver, set_up),
		ONE(has_no_keys, set_up),
		ONE(takes_a_quote_of_gramine, set_up),
		ONE(notices_a_quote_over_what_another_thread_said, set_up),
		ONE(refuses_gramine_without_attestation, set_up),
		ONE(says_that_no_quoting_service_answers_gramine, set_up),
	};
	struct cc_err err = { 0 };

	/* Files of a kernel are stood in for by FUSE, which takes the device and root. */
	if (geteuid() != 0 || access("/dev/fuse", R_OK | W_OK) != 0) {
		(void)printf("1..0 # SKIP needs root and /dev/fuse\n");
		return 0;
	}
	if (cc_crypto_init(&err) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
