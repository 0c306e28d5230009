/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "base/fd.h"
#include "base/str.h"

struct cc_seccomp {
	struct sock_filter *at;
	size_t count;
};

/* The kernel's own limit (BPF_MAXINSNS), so nothing larger can be meant. */
#define INSTRUCTIONS_MAX 4096

/*
 * The greatest number that was looked at when the table below was reviewed
 * (file_setattr, kernel 6.17). A call that the kernel learns later is refused
 * until somebody has looked at it.
 */
#define REVIEWED_LAST 469

/*
 * What no program under the runtime may call. EPERM where a program asks for a
 * privilege, ENOSYS where it should believe that the kernel is older and take
 * its other way.
 */
static const struct cc_seccomp_refusal refusals[] = {
	/* other namespaces and mounts: the walls of the sandbox itself */
	{ "chroot", EPERM },
	{ "clone3", ENOSYS }, /* its flags lie in memory, out of a filter's sight */
	{ "fsconfig", EPERM },
	{ "fsmount", EPERM },
	{ "fsopen", EPERM },
	{ "fspick", EPERM },
	{ "mount", EPERM },
	{ "mount_setattr", EPERM },
	{ "move_mount", EPERM },
	{ "open_tree", EPERM },
	{ "pivot_root", EPERM },
	{ "setns", EPERM },
	{ "umount2", EPERM },
	{ "unshare", EPERM },
	/* files by number instead of by path: around every check of a path */
	{ "name_to_handle_at", EPERM },
	{ "open_by_handle_at", EPERM },
	{ "fanotify_init", EPERM },
	{ "fanotify_mark", EPERM },
	/* other processes */
	{ "kcmp", EPERM },
	{ "pidfd_getfd", EPERM },
	{ "process_vm_readv", EPERM },
	{ "process_vm_writev", EPERM },
	{ "ptrace", EPERM },
	/* large kernel surfaces with a history */
	{ "add_key", EPERM },
	{ "bpf", EPERM },
	{ "io_uring_enter", ENOSYS },
	{ "io_uring_register", ENOSYS },
	{ "io_uring_setup", ENOSYS },
	{ "keyctl", EPERM },
	{ "modify_ldt", EPERM },
	{ "perf_event_open", EPERM },
	{ "request_key", EPERM },
	{ "userfaultfd", EPERM },
	{ "vmsplice", EPERM },
	/* the machine */
	{ "acct", EPERM },
	{ "adjtimex", EPERM },
	{ "clock_adjtime", EPERM },
	{ "clock_settime", EPERM },
	{ "delete_module", EPERM },
	{ "finit_module", EPERM },
	{ "init_module", EPERM },
	{ "ioperm", EPERM },
	{ "iopl", EPERM },
	{ "kexec_file_load", EPERM },
	{ "kexec_load", EPERM },
	{ "lookup_dcookie", EPERM },
	{ "quotactl", EPERM },
	{ "quotactl_fd", EPERM },
	{ "reboot", EPERM },
	{ "setdomainname", EPERM },
	{ "sethostname", EPERM },
	{ "settimeofday", EPERM },
	{ "swapoff", EPERM },
	{ "swapon", EPERM },
	{ "syslog", EPERM },
	{ "vhangup", EPERM },
	/* long dead */
	{ "_sysctl", ENOSYS },
	{ "create_module", ENOSYS },
	{ "get_kernel_syms", ENOSYS },
	{ "nfsservctl", ENOSYS },
	{ "query_module", ENOSYS },
	{ "sysfs", ENOSYS },
	{ "uselib", ENOSYS },
	{ "ustat", ENOSYS },
};

/* Newer than our libseccomp, the same number everywhere. */
static const struct {
	int number;
	int error;
} numbered[] = {
	{ 457, EPERM }, /* statmount: the host's mounts */
	{ 458, EPERM }, /* listmount */
	{ 467, EPERM }, /* open_tree_attr */
};

#define LOW_HALF 0xffffffffu /* the kernel looks at no more of these arguments */

/* A rule on one argument: refuse with `error` when (argument & mask) compares so with `value`. */
static const struct {
	const char *name;
	unsigned int argument;
	scmp_datum_t mask; /* 0: greater than `value` is refused */
	scmp_datum_t value;
	int error;
} conditions[] = {
	{ "clone", 0, CLONE_NEWUSER, CLONE_NEWUSER, EPERM },
	{ "clone", 0, CLONE_NEWNS, CLONE_NEWNS, EPERM },
	{ "clone", 0, CLONE_NEWPID, CLONE_NEWPID, EPERM },
	{ "clone", 0, CLONE_NEWNET, CLONE_NEWNET, EPERM },
	{ "clone", 0, CLONE_NEWIPC, CLONE_NEWIPC, EPERM },
	{ "clone", 0, CLONE_NEWUTS, CLONE_NEWUTS, EPERM },
	{ "clone", 0, CLONE_NEWCGROUP, CLONE_NEWCGROUP, EPERM },
	/* characters put into a terminal's input are read by whoever holds it next */
	{ "ioctl", 1, LOW_HALF, 0x5412 /* TIOCSTI */, EPERM },
	{ "ioctl", 1, LOW_HALF, 0x541c /* TIOCLINUX */, EPERM },
/*
 * Socket families are an allow-list: unix (1), inet (2), inet6 (10). Greater compares
 * the whole register where the kernel takes half: so it may only refuse more.
 */
#define FAMILIES(call)                                                                          \
	{ call, 0, LOW_HALF, 0, EAFNOSUPPORT }, { call, 0, LOW_HALF, 3, EAFNOSUPPORT },         \
		{ call, 0, LOW_HALF, 4, EAFNOSUPPORT }, { call, 0, LOW_HALF, 5, EAFNOSUPPORT }, \
		{ call, 0, LOW_HALF, 6, EAFNOSUPPORT }, { call, 0, LOW_HALF, 7, EAFNOSUPPORT }, \
		{ call, 0, LOW_HALF, 8, EAFNOSUPPORT }, { call, 0, LOW_HALF, 9, EAFNOSUPPORT }, \
	{                                                                                       \
		call, 0, 0, AF_INET6, EAFNOSUPPORT                                              \
	}
	FAMILIES("socket"),
	FAMILIES("socketpair"),
};

static void release(const scmp_filter_ctx *filter)
{
	if (*filter != NULL)
		seccomp_release(*filter);
}

void cc_seccomp_free(struct cc_seccomp *filter)
{
	if (filter == NULL)
		return;
	free(filter->at);
	free(filter);
}

const struct cc_seccomp_refusal *cc_seccomp_refusals(size_t *count)
{
	*count = CC_COUNT(refusals);
	return refusals;
}

/* What the kernel is asked before libseccomp's program: is it our numbering, is it a known one? */
static size_t prelude(uint32_t last, struct sock_filter out[static 6])
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	memcpy(out, code, sizeof(code));
	return CC_COUNT(code);
}

/* libseccomp writes its program to a descriptor only. Its jumps are relative: ours go before. */
static int finish(scmp_filter_ctx ctx, bool with_prelude, struct cc_seccomp **out,
		  struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = memfd_create("seccomp", MFD_CLOEXEC);
	CC_AUTO_BUF struct cc_buf code = { 0 };
	struct sock_filter first[6];
	CC_AUTO_SECCOMP struct cc_seccomp *made = calloc(1, sizeof(*made));
	int failed = 0;

	if (fd < 0 || made == NULL)
		return cc_fail_sys(err, fd < 0 ? errno : ENOMEM, "make a seccomp program");
	if (with_prelude) {
		size_t bytes = prelude(REVIEWED_LAST, first) * sizeof(first[0]);

		CC_TRY(cc_buf_add(&code, cc_span(first, bytes), err));
	}
	failed = seccomp_export_bpf(ctx, fd);
	if (failed != 0)
		return cc_fail_sys(err, -failed, "export the seccomp program");
	if (lseek(fd, 0, SEEK_SET) != 0)
		return cc_fail_sys(err, errno, "read the seccomp program");
	CC_TRY(cc_read_to_end(fd, INSTRUCTIONS_MAX * sizeof(first[0]), &code, err));
	made->at = malloc(code.len);
	if (made->at == NULL)
		return cc_fail_sys(err, ENOMEM, "make a seccomp program");
	memcpy(made->at, code.at, code.len);
	made->count = code.len / sizeof(first[0]);
	*out = CC_TAKE(made);
	return 0;
}

/* Add one rule by name; a call that this architecture does not have is none that can be made. */
static int refuse(scmp_filter_ctx ctx, const char *name, int error, const struct scmp_arg_cmp *when,
		  struct cc_err *err)
{
	int number = seccomp_syscall_resolve_name(name), failed = 0;

	if (number == __NR_SCMP_ERROR)
		return cc_fail(err, CC_E_BUG, "system call '%s' has no number", name);
	failed = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO((unsigned int)error), number,
					when != NULL ? 1 : 0, when);
	if (failed != 0)
		return cc_fail_sys(err, -failed, "refuse the system call '%s'", name);
	return 0;
}

static bool is_refused(const char *name)
{
	for (size_t i = 0; i < CC_COUNT(refusals); i++)
		if (cc_str_eq(refusals[i].name, name))
			return true;
	return false;
}

static bool names_call(const struct cc_seccomp_more *more, const char *name)
{
	for (size_t i = 0; i < more->call_count; i++)
		if (cc_str_eq(more->calls[i], name))
			return true;
	return false;
}

static int refuse_family(scmp_filter_ctx ctx, const char *call, int family, struct cc_err *err)
{
	const struct scmp_arg_cmp when = { 0, SCMP_CMP_MASKED_EQ, LOW_HALF, (scmp_datum_t)family };

	return refuse(ctx, call, EAFNOSUPPORT, &when, err);
}

static int refuse_more(scmp_filter_ctx ctx, const struct cc_seccomp_more *more, struct cc_err *err)
{
	static const char *const calls[] = { "socket", "socketpair" };

	for (size_t i = 0; i < more->call_count; i++) {
		const char *name = more->calls[i];

		if (is_refused(name))
			continue;
		if (seccomp_syscall_resolve_name(name) == __NR_SCMP_ERROR)
			return cc_fail(err, CC_E_ARG, "refuse the system call '%.64s': unknown",
				       name);
		CC_TRY(refuse(ctx, name, EPERM, NULL, err));
	}
	for (size_t c = 0; c < CC_COUNT(calls); c++)
		for (size_t i = 0; i < more->family_count && !names_call(more, calls[c]); i++)
			CC_TRY(refuse_family(ctx, calls[c], more->families[i], err));
	return 0;
}

int cc_seccomp_program(const struct cc_seccomp_more *more, struct cc_seccomp **out,
		       struct cc_err *err)
{
	CC_CLEANUP(release) scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	if (ctx == NULL)
		return cc_fail_sys(err, ENOMEM, "make a seccomp filter");
	for (size_t i = 0; i < CC_COUNT(refusals); i++)
		CC_TRY(refuse(ctx, refusals[i].name, refusals[i].error, NULL, err));
	CC_TRY(refuse_more(ctx, more, err));
	for (size_t i = 0; i < CC_COUNT(conditions); i++) {
		scmp_datum_t mask = conditions[i].mask, value = conditions[i].value;
		const struct scmp_arg_cmp when = { conditions[i].argument,
						   mask != 0 ? SCMP_CMP_MASKED_EQ : SCMP_CMP_GT,
						   mask != 0 ? mask : value, value };

		/* a call that is refused whole has no conditions, and libseccomp takes none */
		if (names_call(more, conditions[i].name))
			continue;
		CC_TRY(refuse(ctx, conditions[i].name, conditions[i].error, &when, err));
	}
	for (size_t i = 0; i < CC_COUNT(numbered); i++) {
		int failed = seccomp_rule_add(ctx, SCMP_ACT_ERRNO((unsigned int)numbered[i].error),
					      numbered[i].number, 0);

		if (failed != 0)
			return cc_fail_sys(err, -failed, "refuse the system call %d",
					   numbered[i].number);
	}
	return finish(ctx, true, out, err);
}

int cc_seccomp_only(const char *const *names, size_t count, struct cc_seccomp **out,
		    struct cc_err *err)
{
	CC_CLEANUP(release) scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);

	if (ctx == NULL)
		return cc_fail_sys(err, ENOMEM, "make a seccomp filter");
	for (size_t i = 0; i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]), failed = 0;

		if (number == __NR_SCMP_ERROR)
			return cc_fail(err, CC_E_BUG, "system call '%s' has no number", names[i]);
		failed = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, number, 0);
		if (failed != 0)
			return cc_fail_sys(err, -failed, "allow the system call '%s'", names[i]);
	}
	return finish(ctx, false, out, err);
}

int cc_seccomp_install(const struct cc_seccomp *filter)
{
	const struct sock_fprog program = { .len = (unsigned short)filter->count,
					    .filter = filter->at };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : -1;
}
