/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/fd.h"

/* Newer than the headers of the oldest system that we build on. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#define SCOPE_SIGNAL (1ULL << 1)

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define CHANGE                                                                                   \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                         \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |                          \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                            \
	 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER | \
	 LANDLOCK_ACCESS_FS_TRUNCATE)
#define DEVICES (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK)
#define ALL (READ | LANDLOCK_ACCESS_FS_EXECUTE | CHANGE | DEVICES)
/* What a rule on something that is not a directory may name. */
#define ON_FILE                                                         \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	 LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_TRUNCATE)

static const uint64_t rights[] = {
	[CC_LANDLOCK_READ] = READ,
	[CC_LANDLOCK_RUN] = READ | LANDLOCK_ACCESS_FS_EXECUTE,
	[CC_LANDLOCK_WRITE] = READ | CHANGE,
};

/* As in kernel 6.12; an older kernel takes the shorter struct that it knows. */
struct ruleset_attr {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

static long version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* The file rights that a kernel of this ABI knows; the others it cannot deny. */
static uint64_t known(long abi)
{
	uint64_t all = ALL;

	if (abi < 2)
		all &= ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
	if (abi < 3)
		all &= ~(uint64_t)LANDLOCK_ACCESS_FS_TRUNCATE;
	return all;
}

int cc_landlock_new(int *ruleset, struct cc_err *err)
{
	long abi = version();
	struct ruleset_attr attr = { .fs = known(abi), .scoped = abi >= 6 ? SCOPE_SIGNAL : 0 };
	size_t size = abi >= 6 ? sizeof(attr) : sizeof(attr.fs);
	long fd = -1;

	if (abi < 1) {
		cc_err_set(err, CC_E_UNSUPPORTED, "make a landlock rule set: %s",
			   errno == EOPNOTSUPP ? "switched off on this kernel"
					       : "not in this kernel");
		return cc_hint(err, "start the host with CONFIG_SECURITY_LANDLOCK=y and 'landlock' "
				    "in its lsm= list (kernel 5.13 or newer)");
	}
	fd = syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (fd < 0)
		return cc_fail_sys(err, errno, "make a landlock rule set");
	*ruleset = (int)fd;
	return 0;
}

int cc_landlock_allow(int ruleset, const char *path, enum cc_landlock_access access,
		      struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .allowed_access =
							   rights[access] & known(version()),
						   .parent_fd = fd };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return cc_fail_sys(err, errno, "allow '%s' in the sandbox", path);
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= ON_FILE;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		return cc_fail_sys(err, errno, "allow '%s' in the sandbox", path);
	return 0;
}

int cc_landlock_enter(int ruleset)
{
	return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 ? 0 : -1;
}
