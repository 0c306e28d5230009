/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rules.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "runtime/inject.h"
#include "sandbox/landlock.h"

#define MIB ((rlim_t)1024 * 1024)

static void add_limit(int resource, uint64_t most, rlim_t unit, struct cc_confine_limit *out,
		      size_t *count)
{
	if (most == 0)
		return;
	out[*count] = (struct cc_confine_limit){ resource, (rlim_t)most * unit };
	(*count)++;
}

void cc_rules_limits(const struct cc_config_sandbox *sandbox, struct cc_confine_limit *out,
		     size_t *count)
{
	add_limit(RLIMIT_AS, sandbox->memory, MIB, out, count);
	add_limit(RLIMIT_NPROC, sandbox->processes, 1, out, count);
	add_limit(RLIMIT_NOFILE, sandbox->open_files, 1, out, count);
}

/* Only what is plainly below may be compared as text. */
static int allow(int ruleset, const char *path, enum cc_landlock_access access, struct cc_err *err)
{
	if (!cc_str_eq(path, "/") && !cc_path_is_normal(path)) {
		cc_err_set(err, CC_E_ARG, "allow '%.256s': not a path in normal form", path);
		return cc_hint(err, "'sandbox' of the policy names it: no '.', '..' and '//'");
	}
	if (cc_landlock_allow(ruleset, path, access, err) == 0)
		return 0;
	return cc_hint(err, "'sandbox' of the policy names it: it must be in the image");
}

/* The narrower of what the policy lists and what is writable anyway. */
static int allow_both(int ruleset, const char *listed, const char *anyway, struct cc_err *err)
{
	if (cc_path_is_below(listed, anyway))
		return allow(ruleset, listed, CC_LANDLOCK_WRITE, err);
	if (cc_path_is_below(anyway, listed))
		return allow(ruleset, anyway, CC_LANDLOCK_WRITE, err);
	return 0;
}

static int allow_writing(const struct cc_launch *launch, int ruleset, struct cc_err *err)
{
	const struct cc_config_words *write = &launch->sandbox->write;

	for (size_t i = 0; i < launch->writable_count; i++) {
		if (write->count == 0)
			CC_TRY(cc_landlock_allow(ruleset, launch->writable[i], CC_LANDLOCK_WRITE,
						 err));
		for (size_t k = 0; k < write->count; k++)
			CC_TRY(allow_both(ruleset, write->at[k], launch->writable[i], err));
	}
	/* where programs throw away what they do not want: nobody reads it there */
	return write->count == 0 ? 0 : allow(ruleset, "/dev/null", CC_LANDLOCK_WRITE, err);
}

int cc_rules_paths(const struct cc_launch *launch, int ruleset, struct cc_err *err)
{
	const struct cc_config_words *read = &launch->sandbox->read;

	if (read->count == 0)
		CC_TRY(cc_landlock_allow(ruleset, "/", CC_LANDLOCK_RUN, err));
	for (size_t i = 0; i < read->count; i++)
		CC_TRY(allow(ruleset, read->at[i], CC_LANDLOCK_RUN, err));
	return allow_writing(launch, ruleset, err);
}

static bool has_word(const struct cc_config_words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++)
		if (cc_str_eq(words->at[i], word))
			return true;
	return false;
}

int cc_rules_calls(const struct cc_config_sandbox *sandbox, struct cc_seccomp **out,
		   struct cc_err *err)
{
	static const struct {
		const char *name;
		int family;
	} known[] = { { "unix", AF_UNIX }, { "inet", AF_INET }, { "inet6", AF_INET6 } };
	int families[CC_COUNT(known)];
	struct cc_seccomp_more more = { .families = families,
					.calls = sandbox->system_calls.at,
					.call_count = sandbox->system_calls.count };

	for (size_t i = 0; i < CC_COUNT(known) && sandbox->sockets.count != 0; i++)
		if (!has_word(&sandbox->sockets, known[i].name))
			families[more.family_count++] = known[i].family;
	if (cc_seccomp_program(&more, out, err) == 0)
		return 0;
	return err->code == CC_E_ARG
		       ? cc_hint(err, "'system_calls' in 'sandbox' of the policy names it")
		       : -1;
}

/* None may be made for a moment: one that is made shows that the kernel does not count. */
int cc_rules_probe(const struct cc_config_sandbox *sandbox)
{
	struct rlimit now = { 0 }, none = { 0 };
	pid_t child = -1;

	if (sandbox->processes == 0)
		return 0;
	if (getrlimit(RLIMIT_NPROC, &now) != 0)
		return -1;
	none.rlim_max = now.rlim_max;
	if (setrlimit(RLIMIT_NPROC, &none) != 0)
		return -1;
	child = _Fork();
	if (child == 0)
		_exit(0);
	if (child > 0) {
		(void)waitpid(child, NULL, 0);
		errno = ENOTSUP;
		return -1;
	}
	return setrlimit(RLIMIT_NPROC, &now);
}
