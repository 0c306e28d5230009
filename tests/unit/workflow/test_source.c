/* SPDX-License-Identifier: Apache-2.0 */
/* What of the host a stage is given for its evidence, and where it finds it. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "workflow/source.h"

#define AUTO_SOURCE CC_CLEANUP(cc_stage_source_clear)

struct fixture {
	char dir[32];
	char *socket, *log;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	CC_AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CC_AUTO_CLOSE int log = -1;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct cc_err err = { 0 };

	*state = f;
	memcpy(f->dir, "/tmp/concordat-src-XXXXXX", 26);
	if (mkdtemp(f->dir) == NULL)
		return -1;
	CC_TRY(cc_strf(&f->socket, &err, "%s/socket", f->dir));
	CC_TRY(cc_strf(&f->log, &err, "%s/log", f->dir));
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", f->socket);
	log = open(f->log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return log < 0 ? -1 : bind(fd, (const struct sockaddr *)&at, sizeof(at));
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->socket);
	(void)unlink(f->log);
	(void)rmdir(f->dir);
	free(f->socket);
	free(f->log);
	free(f);
	return 0;
}

static int found(const char *prefix, const char *path, const char *words,
		 struct cc_stage_source *out, struct cc_err *err)
{
	CC_AUTO_FREE char *address = NULL;

	*err = (struct cc_err){ 0 };
	assert_int_equal(cc_strf(&address, err, "%s%s%s", prefix, path, words), 0);
	return cc_stage_source_find(address, out, err);
}

static void each_kind_has_a_place_of_its_own_inside(void **state)
{
	const struct fixture *f = *state;
	const struct {
		const char *prefix, *path, *address;
	} all[] = {
		{ "", f->socket, CC_INSIDE_PLATFORM },
		{ "sgx-sim:", f->socket, "sgx-sim:" CC_INSIDE_PLATFORM },
		{ "tdx-sim:", f->socket, "tdx-sim:" CC_INSIDE_PLATFORM },
		{ "snp-sim:", f->socket, "snp-sim:" CC_INSIDE_PLATFORM },
		{ "tpm-sim:", f->socket, "tpm-sim:" CC_INSIDE_PLATFORM },
		{ "configfs:", f->dir, "configfs:/run/concordat/tsm" },
		{ "gramine:", f->dir, "gramine:/run/concordat/attestation" },
	};

	for (size_t i = 0; i < CC_COUNT(all); i++) {
		AUTO_SOURCE struct cc_stage_source source = { 0 };
		struct cc_err err = { 0 };

		if (found(all[i].prefix, all[i].path, "", &source, &err) != 0)
			fail_msg("%s: %s", all[i].prefix, err.text);
		assert_string_equal(source.address, all[i].address);
		assert_string_equal(source.bundle.path, all[i].path);
		assert_false(source.bundle.is_device);
		assert_null(source.bundle.log);
	}
}

static void a_tpms_words_go_along_and_its_log_is_found_inside(void **state)
{
	const struct fixture *f = *state;
	AUTO_SOURCE struct cc_stage_source with = { 0 }, without = { 0 }, device = { 0 };
	AUTO_SOURCE struct cc_stage_source simulated = { 0 };
	CC_AUTO_FREE char *words = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_strf(&words, &err, ",pcr=4,log=%s,pcr=7", f->log), 0);
	assert_int_equal(found("tpm:", f->socket, words, &with, &err), 0);
	assert_string_equal(with.address, "tpm:/dev/tpm,pcr=4,pcr=7,log=" CC_INSIDE_LOG);
	assert_string_equal(with.bundle.log, f->log);
	assert_int_equal(found("tpm:", f->socket, ",log=", &without, &err), 0);
	assert_string_equal(without.address, "tpm:/dev/tpm,log=");
	assert_null(without.bundle.log);
	assert_int_equal(found("tpm-sim:", f->socket, ",pcr=4,pcr=11", &simulated, &err), 0);
	assert_string_equal(simulated.address, "tpm-sim:" CC_INSIDE_PLATFORM ",pcr=4,pcr=11");
	/* any device does here: what it answers, the runtime sees */
	assert_int_equal(found("tpm:", "/dev/null", ",log=", &device, &err), 0);
	assert_true(device.bundle.is_device);
	assert_int_equal(device.bundle.major, 1);
	assert_int_equal(device.bundle.minor, 3);
}

static void what_is_something_else_is_refused(void **state)
{
	const struct fixture *f = *state;
	const struct {
		const char *prefix, *path, *words, *text;
	} all[] = {
		{ "", f->dir, "", "not the socket of a platform" },
		{ "", "/nowhere", "", "not the socket of a platform" },
		{ "configfs:", f->socket, "", "not a directory of configfs-tsm" },
		{ "gramine:", f->socket, "", "Gramine's directory" },
		{ "nsm:", f->socket, "", "the device of an NSM" },
		{ "tpm:", f->dir, "", "not a TPM" },
		{ "tpm:", f->socket, ",log=/nowhere", "event log '/nowhere'" },
	};

	for (size_t i = 0; i < CC_COUNT(all); i++) {
		AUTO_SOURCE struct cc_stage_source source = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(found(all[i].prefix, all[i].path, all[i].words, &source, &err),
				 -1);
		if (err.code != CC_E_UNAVAILABLE || strstr(err.text, all[i].text) == NULL)
			fail_msg("%s%s: %d %s", all[i].prefix, all[i].path, err.code, err.text);
	}
}

static void a_kind_that_nobody_knows_is_refused(void **state)
{
	const struct fixture *f = *state;
	AUTO_SOURCE struct cc_stage_source source = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(found("sgx:", f->socket, "", &source, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	/* what has no kind is a path from here */
	assert_int_equal(found("", "relative.sock", "", &source, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_non_null(strstr(err.text, "/relative.sock"));
}

#define ONE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(each_kind_has_a_place_of_its_own_inside),
		ONE(a_tpms_words_go_along_and_its_log_is_found_inside),
		ONE(what_is_something_else_is_refused),
		ONE(a_kind_that_nobody_knows_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
