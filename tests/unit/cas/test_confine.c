/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

#include "base/fd.h"
#include "cas/confine.h"

static char dir[] = "/tmp/concordat-confine-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* The wait status of a keeper-like process that does this behind its walls. */
static int behind_walls(int (*act)(void))
{
	static const struct rlimit no_core = { 0, 0 };
	struct cc_err err = { 0 };
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		if (cc_keeper_confine(dir, &err) != 0)
			_exit(100);
		_exit(act());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static int touch_own(void)
{
	char path[128];
	int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/store.db-wal", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || fdatasync(fd) != 0 || close(fd) != 0)
		return 1;
	return unlink(path) == 0 ? 0 : 2;
}

static int read_elsewhere(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES ? 0 : 1;
}

static int write_elsewhere(void)
{
	return open("/tmp/concordat-confine-not", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 &&
			       errno == EACCES
		       ? 0
		       : 1;
}

static int make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? 0 : 1;
}

static int run_program(void)
{
	static char name[] = "/bin/true", *const argv[] = { name, NULL };

	return execv(name, argv);
}

static int start_process(void)
{
	return fork() < 0 ? 0 : 1;
}

static void the_keeper_works_in_its_own_directory(void **state)
{
	(void)state;
	assert_int_equal(behind_walls(touch_own), 0);
}

static void files_elsewhere_are_out_of_its_reach(void **state)
{
	(void)state;
	assert_int_equal(behind_walls(read_elsewhere), 0);
	assert_int_equal(behind_walls(write_elsewhere), 0);
}

static void a_socket_a_program_or_a_process_ends_it(void **state)
{
	static int (*const forbidden[])(void) = { make_socket, run_program, start_process };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(forbidden); i++) {
		int status = behind_walls(forbidden[i]);

		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSYS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keeper_works_in_its_own_directory),
		cmocka_unit_test(files_elsewhere_are_out_of_its_reach),
		cmocka_unit_test(a_socket_a_program_or_a_process_ends_it),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
