/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody else's reader of what we wrote: the openssl command, and other programs like it. */
#ifndef CC_TESTS_UNIT_CRYPTO_OPENSSL_H
#define CC_TESTS_UNIT_CRYPTO_OPENSSL_H

#include "tests/unit/test.h"

#include <sys/wait.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/str.h"

/* Start `line` in a shell whose output is the returned descriptor. */
static inline int started(const char *line, pid_t *child)
{
	int ends[2] = { -1, -1 };

	assert_int_equal(pipe(ends), 0);
	*child = fork();
	if (*child == 0) {
		if (dup2(ends[1], STDOUT_FILENO) >= 0 && dup2(ends[1], STDERR_FILENO) >= 0)
			(void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	assert_true(*child > 0);
	assert_int_equal(close(ends[1]), 0);
	return ends[0];
}

/* Run `command` in a shell, each "%s" in it a file with `input`; what it says is added to `out`. */
static inline int said(const char *command, struct cc_span input, struct cc_buf *out)
{
	char path[] = "/tmp/concordat-input-XXXXXX", line[1024], part[512];
	int fd = mkstemp(path), status = -1;
	struct cc_err err = { 0 };
	pid_t child = -1;
	ssize_t got = 0;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, input.at, input.len), (ssize_t)input.len);
	assert_int_equal(close(fd), 0);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	assert_true(snprintf(line, sizeof(line), command, path, path) < (int)sizeof(line));
#pragma GCC diagnostic pop
	fd = started(line, &child);
	while ((got = read(fd, part, sizeof(part))) > 0)
		assert_int_equal(cc_buf_add(out, cc_span(part, (size_t)got), &err), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(unlink(path), 0);
	return status;
}

/* The command succeeds and its output holds all of the words. */
#define assert_said(command, input, ...)                                        \
	do {                                                                    \
		const char *const words_[] = { __VA_ARGS__ };                   \
		CC_AUTO_BUF struct cc_buf said_ = { 0 };                        \
		struct cc_err err_ = { 0 };                                     \
		const char *text_ = NULL;                                       \
		int status_ = said(command, input, &said_);                     \
		assert_int_equal(cc_buf_str(&said_, &text_, &err_), 0);         \
		if (status_ != 0)                                               \
			fail_msg("%s", text_);                                  \
		for (size_t i_ = 0; i_ < CC_COUNT(words_); i_++)                \
			if (strstr(text_, words_[i_]) == NULL)                  \
				fail_msg("no '%s' in:\n%s", words_[i_], text_); \
	} while (0)

#endif
