/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/unit/test.h"

#include "sandbox/seccomp.h"

/* What a child under the filter exits with: the errno of its call, 0 when it went through. */
static int under(const struct cc_seccomp *filter, long (*call)(const void *), const void *with)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || cc_seccomp_install(filter) != 0)
			_exit(255);
		/* not _exit: sanitizers make a call of their own before what does not return */
		(void)syscall(SYS_exit_group, call(with) < 0 ? errno : 0);
		_exit(254);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct numbers {
	long call;
	long at[3];
};

static long plain(const void *with)
{
	const struct numbers *n = with;

	return syscall(n->call, n->at[0], n->at[1], n->at[2]);
}

static struct cc_seccomp *program(void)
{
	const struct cc_seccomp_more none = { 0 };
	struct cc_seccomp *filter = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_seccomp_program(&none, &filter, &err), 0);
	return filter;
}

static void each_refused_call_answers_with_its_errno(void **state)
{
	static const struct {
		long call;
		int error;
	} rows[] = {
		{ SYS_mount, EPERM },
		{ SYS_umount2, EPERM },
		{ SYS_unshare, EPERM },
		{ SYS_setns, EPERM },
		{ SYS_pivot_root, EPERM },
		{ SYS_chroot, EPERM },
		{ SYS_ptrace, EPERM },
		{ SYS_process_vm_readv, EPERM },
		{ SYS_bpf, EPERM },
		{ SYS_keyctl, EPERM },
		{ SYS_add_key, EPERM },
		{ SYS_request_key, EPERM },
		{ SYS_kexec_load, EPERM },
		{ SYS_init_module, EPERM },
		{ SYS_finit_module, EPERM },
		{ SYS_perf_event_open, EPERM },
		{ SYS_userfaultfd, EPERM },
		{ SYS_io_uring_setup, ENOSYS },
		{ SYS_io_uring_enter, ENOSYS },
		{ SYS_io_uring_register, ENOSYS },
		{ SYS_clone3, ENOSYS },
		{ SYS_open_by_handle_at, EPERM },
		{ SYS_pidfd_getfd, EPERM },
		{ SYS_fsopen, EPERM },
		{ SYS_move_mount, EPERM },
		{ SYS_open_tree, EPERM },
		{ 457, EPERM },
		{ 467, EPERM },
	};
	struct cc_seccomp *filter = program();

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		/* arguments that the kernel itself would answer with another errno */
		struct numbers n = { rows[i].call, { -1, -1, -1 } };

		if (under(filter, plain, &n) != rows[i].error)
			fail_msg("call %ld: %d", rows[i].call, under(filter, plain, &n));
	}
	cc_seccomp_free(filter);
}

static void only_unix_and_internet_sockets_can_be_made(void **state)
{
	static const struct {
		long family;
		int error;
	} rows[] = {
		{ AF_UNIX, 0 },
		{ AF_INET, 0 },
		{ AF_INET6, 0 },
		{ AF_UNSPEC, EAFNOSUPPORT },
		{ 3, EAFNOSUPPORT },
		{ AF_X25, EAFNOSUPPORT },
		{ 11, EAFNOSUPPORT },
		{ AF_NETLINK, EAFNOSUPPORT },
		{ AF_PACKET, EAFNOSUPPORT },
		{ AF_ALG, EAFNOSUPPORT },
		{ AF_VSOCK, EAFNOSUPPORT },
		/* the kernel takes the low half: so must the refusal */
		{ AF_VSOCK | 1L << 32, EAFNOSUPPORT },
		{ 3 | 1L << 32, EAFNOSUPPORT },
	};
	struct cc_seccomp *filter = program();

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct numbers n = { SYS_socket, { rows[i].family, SOCK_DGRAM, 0 } };
		int got = under(filter, plain, &n);

		if (got != rows[i].error)
			fail_msg("family %lx: %d", (unsigned long)rows[i].family, got);
	}
	cc_seccomp_free(filter);
}

static void a_clone_with_a_new_namespace_is_refused_and_a_fork_is_not(void **state)
{
	static const long flags[] = { CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
				      CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP };
	struct cc_seccomp *filter = program();
	struct numbers fork_only = { SYS_clone, { SIGCHLD, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(flags); i++) {
		/* CLONE_SIGHAND without CLONE_VM is EINVAL: not the filter's answer */
		struct numbers n = { SYS_clone, { flags[i] | CLONE_SIGHAND | SIGCHLD, 0, 0 } };

		assert_int_equal(under(filter, plain, &n), EPERM);
	}
	assert_int_equal(under(filter, plain, &fork_only), 0);
	cc_seccomp_free(filter);
}

static void a_terminal_is_not_typed_into(void **state)
{
	struct cc_seccomp *filter = program();
	struct numbers type = { SYS_ioctl, { -1, TIOCSTI, 0 } };
	struct numbers size = { SYS_ioctl, { -1, TIOCGWINSZ, 0 } };

	(void)state;
	assert_int_equal(under(filter, plain, &type), EPERM);
	type.at[1] |= 1L << 32;
	assert_int_equal(under(filter, plain, &type), EPERM);
	assert_int_equal(under(filter, plain, &size), EBADF);
	cc_seccomp_free(filter);
}

static void a_call_that_nobody_has_reviewed_is_not_there(void **state)
{
	struct cc_seccomp *filter = program();
	struct numbers next = { 470, { 0, 0, 0 } };
	struct numbers x32 = { 0x40000000 | 39, { 0, 0, 0 } };

	(void)state;
	assert_int_equal(under(filter, plain, &next), ENOSYS);
	assert_int_equal(under(filter, plain, &x32), ENOSYS);
	cc_seccomp_free(filter);
}

#ifdef __x86_64__
/* getpid in the numbering of 32 bits: a filter that looks at the number alone lets it pass. */
static long foreign(const void *with)
{
	long result = 20;

	(void)with;
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
	return result;
}

static void a_call_in_foreign_numbering_kills(void **state)
{
	struct cc_seccomp *filter = program();

	(void)state;
	assert_int_equal(under(filter, foreign, NULL), -SIGSYS);
	cc_seccomp_free(filter);
}
#endif

static void a_call_outside_an_only_filter_kills(void **state)
{
	static const char *const names[] = { "exit_group", "getpid" };
	struct cc_seccomp *filter = NULL;
	struct cc_err err = { 0 };
	struct numbers listed = { SYS_getpid, { 0, 0, 0 } };
	struct numbers other = { SYS_getppid, { 0, 0, 0 } };

	(void)state;
	assert_int_equal(cc_seccomp_only(names, CC_COUNT(names), &filter, &err), 0);
	assert_int_equal(under(filter, plain, &listed), 0);
	assert_int_equal(under(filter, plain, &other), -SIGSYS);
	cc_seccomp_free(filter);
}

static void a_misspelt_name_is_a_bug_and_not_left_out(void **state)
{
	static const char *const names[] = { "getpidd" };
	struct cc_seccomp *filter = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_seccomp_only(names, 1, &filter, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	assert_null(filter);
}

static void the_table_names_each_call_once(void **state)
{
	size_t count = 0;
	const struct cc_seccomp_refusal *rows = cc_seccomp_refusals(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_true(rows[i].error == EPERM || rows[i].error == ENOSYS);
		for (size_t j = i + 1; j < count; j++)
			assert_string_not_equal(rows[i].name, rows[j].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_refused_call_answers_with_its_errno),
		cmocka_unit_test(only_unix_and_internet_sockets_can_be_made),
		cmocka_unit_test(a_clone_with_a_new_namespace_is_refused_and_a_fork_is_not),
		cmocka_unit_test(a_terminal_is_not_typed_into),
		cmocka_unit_test(a_call_that_nobody_has_reviewed_is_not_there),
#ifdef __x86_64__
		cmocka_unit_test(a_call_in_foreign_numbering_kills),
#endif
		cmocka_unit_test(a_call_outside_an_only_filter_kills),
		cmocka_unit_test(a_misspelt_name_is_a_bug_and_not_left_out),
		cmocka_unit_test(the_table_names_each_call_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
