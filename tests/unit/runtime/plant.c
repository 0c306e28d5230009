/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider that a planted openssl.cnf names: loading it leaves a mark. It needs no
 * library, so it loads in a root that has none.
 */
#include <fcntl.h>
#include <sys/syscall.h>

static long call(long number, const char *path, long flags, long mode)
{
	register long fourth __asm__("r10") = mode;
	long result = 0;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"((long)AT_FDCWD), "S"(path), "d"(flags), "r"(fourth)
			 : "rcx", "r11", "memory");
	return result;
}

__attribute__((constructor)) static void mark(void)
{
	(void)call(SYS_openat, "/tmp/concordat-test-plant", O_WRONLY | O_CREAT, 0644);
}
