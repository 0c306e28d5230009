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
#include <sys/stat.h>
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
	if (strcmp(word, "say") == 0)
		return say(at[1]);
	if (strcmp(word, "sync") == 0)
		return sync_file(at[1]);
	if (strcmp(word, "exit") == 0)
		exit((int)strtol(at[1], NULL, 10));
	if (strcmp(word, "raise") == 0)
		return raise((int)strtol(at[1], NULL, 10));
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
