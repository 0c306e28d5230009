/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/container.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/str.h"

/* Ours starts what the host trusts; nothing of our environment is needed but the path. */
static char path_variable[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
static char *const environment[] = { path_variable, NULL };

#define WORDS_MAX 16

/* posix_spawn wants writable words and does not write to them. */
struct words {
	char *at[WORDS_MAX];
	size_t count;
};

static void clear_words(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->at[i]);
}

static int add_word(struct words *words, const char *word, struct cc_err *err)
{
	if (words->count == WORDS_MAX - 1)
		return cc_fail(err, CC_E_BUG, "a command of more than %d words", WORDS_MAX - 1);
	return cc_str_dup(word, &words->at[words->count++], err);
}

static int make_words(struct words *out, const char *const *words, struct cc_err *err)
{
	for (size_t i = 0; words[i] != NULL; i++)
		CC_TRY(add_word(out, words[i], err));
	return 0;
}

/* Output to the file `log`, input from nowhere. */
static int spawn(const char *const *words, const char *log, pid_t *out, struct cc_err *err)
{
	CC_CLEANUP(clear_words) struct words copy = { 0 };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int failed = 0;

	CC_TRY(make_words(&copy, words, err));
	if (posix_spawn_file_actions_init(&actions) != 0 || posix_spawnattr_init(&attributes) != 0)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a process");
	(void)sigemptyset(&none); /* the driver blocks signals to wait for them */
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (failed == 0)
		failed = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log,
							  O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	if (failed == 0)
		failed = posix_spawnp(out, words[0], &actions, &attributes, copy.at, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	return failed == 0 ? 0 : cc_fail_sys(err, failed, "start '%s'", words[0]);
}

static int run_quietly(const char *const *words, struct cc_err *err)
{
	pid_t child = -1;
	int status = 0;

	CC_TRY(spawn(words, "/dev/null", &child, err));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return cc_fail_sys(err, errno, "wait for '%s'", words[0]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return cc_fail(err, CC_E_SYSTEM, "'%s' ended with status %d", words[0], status);
	return 0;
}

static bool answers(const char *command)
{
	const char *const words[] = { command, "--version", NULL };
	struct cc_err ignored = { 0 };

	return run_quietly(words, &ignored) == 0;
}

int cc_oci_runtime_find(const char *wanted, char **out, struct cc_err *err)
{
	static const char *const known[] = { "runc", "crun" };

	if (wanted != NULL && !answers(wanted)) {
		cc_err_set(err, CC_E_UNSUPPORTED, "the OCI runtime '%s' does not answer", wanted);
		return cc_hint(err, "install it, or leave --runtime out to take runc or crun");
	}
	if (wanted != NULL)
		return cc_str_dup(wanted, out, err);
	for (size_t i = 0; i < CC_COUNT(known); i++)
		if (answers(known[i]))
			return cc_str_dup(known[i], out, err);
	cc_err_set(err, CC_E_UNSUPPORTED, "there is no OCI runtime on this host");
	return cc_hint(err, "apt-get install runc");
}

int cc_container_start(const struct cc_container *container, pid_t *out, struct cc_err *err)
{
	const char *const words[] = { container->runtime, "--root",
				      container->state,   "run",
				      "--bundle",         container->bundle,
				      container->id,      NULL };

	return spawn(words, container->log, out, err);
}

void cc_container_remove(const struct cc_container *container)
{
	const char *const words[] = {
		container->runtime, "--root", container->state, "delete", "--force",
		container->id,      NULL
	};
	struct cc_err ignored = { 0 };

	cc_ignore(run_quietly(words, &ignored));
}
