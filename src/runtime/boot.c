/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "crypto/init.h"

/* A stream that the host left closed would be the next descriptor that we open, a key file's say.
 */
static int streams_open(struct cc_err *err)
{
	int fd = -1;

	do {
		/* NOLINTNEXTLINE(android-cloexec-open): inherited on purpose, it is 0, 1 or 2 */
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return cc_fail_sys(err, errno, "open '/dev/null'");
	} while (fd <= STDERR_FILENO);
	(void)close(fd);
	return 0;
}

int cc_boot_clean(struct cc_err *err)
{
	if (clearenv() != 0)
		return cc_fail_sys(err, errno, "clear the environment");
	CC_TRY(streams_open(err));
	return cc_crypto_init(err);
}

int cc_boot_first(struct cc_err *err)
{
	if (getpid() != 1) {
		cc_err_set(err, CC_E_UNSUPPORTED, "not the first process of a container");
		return cc_hint(err, "start the image as it is, with its own entry point and a PID "
				    "namespace of its own");
	}
	return 0;
}

int cc_boot_harden(struct cc_err *err)
{
	/*
	 * 1 and not 0: a kernel whose core_pattern is a pipe looks at no other limit (see
	 * sandbox/confine.c), and from a hard 0 the program's could not be raised to it.
	 */
	const struct rlimit core = { 1, 1 }, none = { 0, 0 };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return cc_fail_sys(err, errno, "forbid core dumps");
	if (setrlimit(RLIMIT_CORE, &core) != 0 && setrlimit(RLIMIT_CORE, &none) != 0)
		return cc_fail_sys(err, errno, "forbid core files");
	return 0;
}
