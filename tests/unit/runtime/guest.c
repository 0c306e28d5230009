/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program in the tests' images: static, so that it is the whole image. It takes
 * its arguments as commands, one after another, and exits with 100 and the number
 * of the first that did not hold.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

extern char **environ;

static int is_text(const char *path, const char *text)
{
	char got[256];
	int fd = open(path, O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, got, sizeof(got));

	return len == (ssize_t)strlen(text) && memcmp(got, text, (size_t)len) == 0;
}

static int put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	size_t len = strlen(text);

	return fd >= 0 && write(fd, text, len) == (ssize_t)len && close(fd) == 0;
}

static int sync_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	return fd >= 0 && fsync(fd) == 0;
}

static int env_is(const char *only)
{
	return environ[0] != NULL && strcmp(environ[0], only) == 0 && environ[1] == NULL;
}

static int is_refused(const char *path)
{
	return open(path, O_WRONLY | O_CREAT, 0600) < 0 && (errno == EROFS || errno == EACCES);
}

/* By its file system: landlock refuses before that is asked. */
static int is_read_only(const char *path)
{
	struct statvfs st;

	return statvfs(path, &st) == 0 && (st.f_flag & ST_RDONLY) != 0;
}

static int say(const char *text)
{
	return write(1, text, strlen(text)) > 0 && write(2, "err", 3) == 3;
}

static int flood(void)
{
	static char piece[65536];

	for (int i = 0; i < 300; i++)
		if (write(1, piece, sizeof(piece)) != (ssize_t)sizeof(piece))
			return 0;
	return 1;
}

/* Ways to evidence that are no path: each is closed when it is refused as it has to be. */

/* To the platform: bound where the runtime was told, or still open in it. */
static int no_connection(void)
{
	static const char *const places[] = { "/run/concordat/platform.sock",
					      "/proc/1/root/run/concordat/platform.sock",
					      "/proc/1/cwd/run/concordat/platform.sock" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct sockaddr_un to = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

		(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", places[i]);
		if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
			return 0;
		close(fd);
	}
	return 1;
}

/* An enclave's parent answers at CID 3, a hypervisor at 2. */
static int no_vsock(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0) < 0 && errno == EAFNOSUPPORT;
}

static int no_ptrace(void)
{
	return ptrace(PTRACE_ATTACH, 1, NULL, NULL) == -1 && errno == EPERM &&
	       ptrace(PTRACE_SEIZE, 1, NULL, NULL) == -1 && errno == EPERM;
}

static int no_memory(void)
{
	char byte = 0;
	struct iovec here = { &byte, 1 }, there = { (void *)0x1000, 1 };

	return process_vm_readv(1, &here, 1, &there, 1, 0) < 0 && errno == EPERM &&
	       open("/proc/1/mem", O_RDONLY) < 0 && open("/proc/1/maps", O_RDONLY) < 0;
}

/* Descriptors of the runtime: by its process, by its names of them, by those it left us. */
static int no_descriptor(void)
{
	int runtime = (int)syscall(SYS_pidfd_open, 1, 0);
	char path[32];

	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/1/fd/%d", fd);
		if (open(path, O_PATH) >= 0)
			return 0;
		if (runtime >= 0 && syscall(SYS_pidfd_getfd, runtime, fd, 0) >= 0)
			return 0;
		if (fd > 2 && fd != runtime && fcntl(fd, F_GETFD) != -1)
			return 0;
	}
	return 1;
}

static int no_namespace(void)
{
	int fd = open("/proc/1/ns/mnt", O_RDONLY);

	return (fd < 0 || syscall(SYS_setns, fd, 0) != 0) && chroot("/proc/1/root") != 0;
}

/* A device of one's own: a TPM, its resource manager's, /dev/mem, one of the misc class. */
static int no_node(void)
{
	static const dev_t devices[] = { 0x0ae0, 0xfd10000, 0x0101, 0x0a7b };

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (mknod("/tmp/node", S_IFCHR | 0600, devices[i]) == 0 ||
		    (errno != EPERM && errno != EACCES))
			return 0;
	return 1;
}

static int no_mount(void)
{
	static const char *const types[] = { "configfs", "securityfs", "sysfs", "devtmpfs",
					     "proc" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (mount("none", "/tmp", types[i], 0, NULL) == 0)
			return 0;
	return 1;
}

static const struct {
	const char *name;
	int (*is_closed)(void);
} ways[] = {
	{ "connection", no_connection },
	{ "vsock", no_vsock },
	{ "ptrace", no_ptrace },
	{ "memory", no_memory },
	{ "descriptor", no_descriptor },
	{ "namespace", no_namespace },
	{ "node", no_node },
	{ "mount", no_mount },
};

static int is_closed(const char *way)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].name, way) == 0)
			return ways[i].is_closed();
	return 0;
}

/* What one command means, and how many arguments it takes. */
static int command(char *const *at, int *taken)
{
	const char *word = at[0];

	*taken = 2;
	if (strcmp(word, "env") == 0)
		return env_is(at[1]);
	if (strcmp(word, "absent") == 0)
		return access(at[1], F_OK) != 0 && errno == ENOENT;
	if (strcmp(word, "refused") == 0)
		return is_refused(at[1]);
	if (strcmp(word, "read-only") == 0)
		return is_read_only(at[1]);
	if (strcmp(word, "say") == 0)
		return say(at[1]);
	if (strcmp(word, "sync") == 0)
		return sync_file(at[1]);
	if (strcmp(word, "exit") == 0)
		exit((int)strtol(at[1], NULL, 10));
	if (strcmp(word, "raise") == 0)
		return raise((int)strtol(at[1], NULL, 10));
	if (strcmp(word, "closed") == 0)
		return is_closed(at[1]);
	if (strcmp(word, "flood") == 0)
		return flood();
	*taken = 3;
	if (strcmp(word, "write") == 0)
		return put_text(at[1], at[2]);
	if (strcmp(word, "is") == 0)
		return is_text(at[1], at[2]);
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	int taken = 0;

	/* under another name: the host planted it and somebody ran it */
	if (strcmp(name != NULL ? name + 1 : argv[0], "guest") != 0)
		return put_text("/planted-ran", "yes") ? 0 : 1;
	for (int at = 1; at < argc; at += taken)
		if (!command(argv + at, &taken))
			return 100 + at;
	return 0;
}
