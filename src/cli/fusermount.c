/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fusermount.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "cli/program.h"

#define PROGRAM "fusermount3"
#define COMM_FD 3 /* of the program: the socket */

extern char **environ; /* NOLINT(readability-redundant-declaration): posix leaves it to us */

static int wait_for(pid_t pid, const char *point, struct cc_err *err)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return cc_fail_sys(err, errno, "wait for " PROGRAM);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return cc_fail(err, CC_E_SYSTEM, "%s: " PROGRAM " failed", point);
}

/* Standard error is ours: it says why. */
static int spawn(const char *const *words, char **environment, int socket, pid_t *pid,
		 struct cc_err *err)
{
	posix_spawn_file_actions_t actions;
	int failed = posix_spawn_file_actions_init(&actions);

	if (failed == 0 && socket >= 0)
		failed = posix_spawn_file_actions_adddup2(&actions, socket, COMM_FD);
	if (failed == 0)
		failed = posix_spawnp(pid, PROGRAM, &actions, NULL, cc_program_argv(words),
				      environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (failed == ENOENT) {
		cc_err_set(err, CC_E_UNSUPPORTED, "there is no program '" PROGRAM "'");
		return cc_hint(err, "install the package fuse3");
	}
	return failed == 0 ? 0 : cc_fail_sys(err, failed, "start " PROGRAM);
}

static int receive(int socket, int *out, struct cc_err *err)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	const struct cmsghdr *head = NULL;
	ssize_t got = 0;

	do {
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (head == NULL || head->cmsg_type != SCM_RIGHTS ||
	    head->cmsg_len != CMSG_LEN(sizeof(int)))
		return cc_fail(err, CC_E_UNSUPPORTED, PROGRAM " did not mount");
	memcpy(out, CMSG_DATA(head), sizeof(*out));
	return 0;
}

int cc_fusermount(const char *point, bool writable, int *out, struct cc_err *err)
{
	char comm[] = "_FUSE_COMMFD=3", path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	char *environment[] = { comm, path, NULL };
	const char *const words[] = { PROGRAM,
				      "-o",
				      writable ? "rw,nosuid,nodev,default_permissions,"
						 "fsname=concordat,subtype=concordat"
					       : "ro,nosuid,nodev,default_permissions,"
						 "fsname=concordat,subtype=concordat",
				      "--",
				      point,
				      NULL };
	CC_AUTO_CLOSE int ours = -1, theirs = -1;
	int pair[2] = { -1, -1 }, fd = -1;
	pid_t pid = -1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return cc_fail_sys(err, errno, "make a socket for " PROGRAM);
	ours = pair[0];
	theirs = pair[1];
	CC_TRY(spawn(words, environment, theirs, &pid, err));
	cc_auto_close(&theirs);
	theirs = -1;
	if (receive(ours, &fd, err) != 0) {
		struct cc_err ignored = { 0 };

		cc_ignore(wait_for(pid, point, &ignored));
		return cc_hint(err, "what it said stands above");
	}
	*out = fd;
	return wait_for(pid, point, err);
}

int cc_fuserunmount(const char *point, struct cc_err *err)
{
	const char *const words[] = { PROGRAM, "-u", "-z", "--", point, NULL };
	CC_AUTO_CLOSE int fd = open(point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = -1;

	if (fd < 0)
		return cc_fail_sys(err, errno, "open '%s' before it is unmounted", point);
	CC_TRY(cc_write_back(fd, point, err));
	cc_auto_close(&fd);
	fd = -1;
	CC_TRY(spawn(words, environ, -1, &pid, err));
	return wait_for(pid, point, err);
}
