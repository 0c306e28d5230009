/* SPDX-License-Identifier: Apache-2.0 */
/*
 * concordat-cas: makes the sockets, starts verifier, keeper and web with exactly
 * the descriptors they need, and ends them together. It holds no key and reads
 * no file of the CAS.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/opt.h"
#include "base/str.h"
#include "net/address.h"

#define WEBS_MAX 16
#define PROCESSES_MAX (WEBS_MAX + 2)
#define WORDS_MAX 24
#define KEEPER_ENDS_MS 2000
#define SPARE_FD 64 /* sources lie from here on, so that no target is one */

struct values {
	const char *dir, *listen, *platform, *collateral, *azure_via;
	uint64_t webs;
};

struct process {
	const char *name;
	pid_t pid; /* 0: it has ended */
	bool told; /* by us, to end */
};

struct cas {
	struct process processes[PROCESSES_MAX];
	size_t count;
	char libexec[4096];
};

/* Programs lie beside ours: in the build tree and when installed alike. */
static int find_programs(struct cas *cas, struct cc_err *err)
{
	ssize_t len = readlink("/proc/self/exe", cas->libexec, sizeof(cas->libexec) - 1);
	char *slash = NULL;

	if (len < 0)
		return cc_fail_sys(err, errno, "find our own program");
	cas->libexec[len] = '\0';
	slash = strrchr(cas->libexec, '/');
	if (slash != NULL)
		*slash = '\0';
	return 0;
}

/* Both ends above the targets and closed by exec unless they are handed on. */
static int make_pair(int out[static 2], struct cc_err *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return cc_fail_sys(err, errno, "make a socket pair");
	for (size_t i = 0; i < 2; i++) {
		out[i] = fcntl(ends[i], F_DUPFD_CLOEXEC, SPARE_FD);
		(void)close(ends[i]);
		if (out[i] < 0)
			return cc_fail_sys(err, errno, "move a socket");
	}
	return 0;
}

struct start {
	const char *name;
	const char *const *words;
	const int *fds; /* become 3, 4, … */
	size_t fd_count;
};

static int add_actions(posix_spawn_file_actions_t *actions, const struct start *start)
{
	int failed =
		posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	for (size_t i = 0; failed == 0 && i < start->fd_count; i++)
		failed = posix_spawn_file_actions_adddup2(actions, start->fds[i], 3 + (int)i);
	return failed;
}

static int start_process(struct cas *cas, const struct start *start, struct cc_err *err)
{
	static char path_variable[] = "PATH=/usr/bin:/bin";
	/* A time zone by name would make the C library open files long after the doors are shut. */
	static char zone_variable[] = "TZ=UTC0";
	static char *const environment[] = { path_variable, zone_variable, NULL };
	char copies[WORDS_MAX][512], *argv[WORDS_MAX + 1] = { 0 };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	pid_t pid = 0;
	int failed = 0;

	if (start->words[0] == NULL)
		return cc_fail(err, CC_E_BUG, "a process without a program");
	for (size_t i = 0; start->words[i] != NULL && i < WORDS_MAX; i++) {
		(void)snprintf(copies[i], sizeof(copies[i]), "%s", start->words[i]);
		argv[i] = copies[i];
	}
	if (posix_spawn_file_actions_init(&actions) != 0 || posix_spawnattr_init(&attributes) != 0)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a process");
	(void)sigemptyset(&none); /* ours are blocked for the signalfd, theirs are not */
	failed = posix_spawnattr_setsigmask(&attributes, &none);
	if (failed == 0)
		failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	if (failed == 0)
		failed = add_actions(&actions, start);
	if (failed == 0)
		failed = posix_spawn(&pid, argv[0], &actions, &attributes, argv, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	if (failed != 0) {
		cc_err_set_sys(err, failed, "start '%s'", argv[0]);
		return cc_hint(err, "the programs of the CAS belong into one directory");
	}
	cas->processes[cas->count++] = (struct process){ .name = start->name, .pid = pid };
	return 0;
}

static int start_verifier(struct cas *cas, int socket, struct cc_err *err)
{
	CC_AUTO_FREE char *program = NULL;

	CC_TRY(cc_strf(&program, err, "%s/concordat-cas-verifier", cas->libexec));
	return start_process(
		cas, &(struct start){ "verifier", (const char *[]){ program, NULL }, &socket, 1 },
		err);
}

static int start_web(struct cas *cas, int socket, int listening, struct cc_err *err)
{
	const int fds[] = { socket, listening };
	CC_AUTO_FREE char *program = NULL;

	CC_TRY(cc_strf(&program, err, "%s/concordat-cas-web", cas->libexec));
	return start_process(
		cas,
		&(struct start){ "web", (const char *[]){ program, NULL }, fds, CC_COUNT(fds) },
		err);
}

static int start_keeper(struct cas *cas, const struct values *values, const char *announce,
			const int *sockets, struct cc_err *err)
{
	const char *words[WORDS_MAX] = { NULL,         "--dir",          values->dir,
					 "--platform", values->platform, "--announce",
					 announce,     "--webs" };
	CC_AUTO_FREE char *program = NULL, *webs = NULL;
	size_t count = 9;

	CC_TRY(cc_strf(&program, err, "%s/concordat-cas-keeper", cas->libexec));
	CC_TRY(cc_strf(&webs, err, "%llu", (unsigned long long)values->webs));
	words[0] = program;
	words[8] = webs;
	if (values->collateral != NULL) {
		words[count++] = "--collateral";
		words[count++] = values->collateral;
	}
	if (values->azure_via != NULL) {
		words[count++] = "--azure-via";
		words[count++] = values->azure_via;
	}
	return start_process(cas, &(struct start){ "keeper", words, sockets, values->webs + 1 },
			     err);
}

/* The listening socket, above the targets, and its address for people. */
static int listen_on(const char *address, int *out, char announce[static CC_ADDRESS_TEXT],
		     struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;

	CC_TRY(cc_listen(address, &fd, err));
	CC_TRY(cc_bound_address(fd, announce, err));
	*out = fcntl(fd, F_DUPFD_CLOEXEC, SPARE_FD);
	return *out >= 0 ? 0 : cc_fail_sys(err, errno, "move a socket");
}

static int start_all(struct cas *cas, const struct values *values, struct cc_err *err)
{
	char announce[CC_ADDRESS_TEXT];
	int verifier[2], keeper_ends[WEBS_MAX + 1], web_ends[WEBS_MAX], listening = -1;

	CC_TRY(listen_on(values->listen, &listening, announce, err));
	CC_TRY(make_pair(verifier, err));
	keeper_ends[0] = verifier[0];
	for (uint64_t i = 0; i < values->webs; i++) {
		int pair[2];

		CC_TRY(make_pair(pair, err));
		keeper_ends[i + 1] = pair[0];
		web_ends[i] = pair[1];
	}
	CC_TRY(start_verifier(cas, verifier[1], err));
	for (uint64_t i = 0; i < values->webs; i++)
		CC_TRY(start_web(cas, web_ends[i], listening, err));
	CC_TRY(start_keeper(cas, values, announce, keeper_ends, err));
	/* Ours are closed: when a process ends, its peers see the end. */
	(void)close(verifier[0]);
	(void)close(verifier[1]);
	(void)close(listening);
	for (uint64_t i = 0; i < values->webs; i++) {
		(void)close(keeper_ends[i + 1]);
		(void)close(web_ends[i]);
	}
	return 0;
}

static bool is_keeper(const struct process *process)
{
	return cc_str_eq(process->name, "keeper");
}

static void stop(struct process *process)
{
	if (process->pid == 0)
		return;
	process->told = true;
	(void)kill(process->pid, SIGTERM);
}

static void stop_all(struct cas *cas)
{
	for (size_t i = 0; i < cas->count; i++)
		stop(&cas->processes[i]);
}

static void stop_all_but_keeper(struct cas *cas)
{
	for (size_t i = 0; i < cas->count; i++)
		if (!is_keeper(&cas->processes[i]))
			stop(&cas->processes[i]);
}

static struct process *find(struct cas *cas, pid_t pid)
{
	for (size_t i = 0; i < cas->count; i++)
		if (cas->processes[i].pid == pid)
			return &cas->processes[i];
	return NULL;
}

/*
 * The keeper's status is ours when it ended by itself: it knows why. Of others the first
 * counts, and of those that we stopped none.
 */
static int note_end(struct cas *cas, pid_t pid, int status, int so_far)
{
	struct process *process = find(cas, pid);
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);

	if (process == NULL)
		return so_far;
	process->pid = 0;
	if (process->told && (code == 0 || code == 128 + SIGTERM))
		return so_far;
	if (code != 0)
		cc_log(CC_LOG_WARN, "%s ended with status %d", process->name, code);
	return is_keeper(process) || so_far == 0 ? code : so_far;
}

static bool any_left(const struct cas *cas)
{
	for (size_t i = 0; i < cas->count; i++)
		if (cas->processes[i].pid != 0)
			return true;
	return false;
}

/* Notes all that ended. A child that was only stopped is a SIGCHLD too, and none of them. */
static bool note_ends(struct cas *cas, int *result)
{
	bool any = false;
	int status = 0;
	pid_t pid = 0;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		*result = note_end(cas, pid, status, *result);
		any = true;
	}
	return any;
}

/*
 * Until a signal or the first end of a process; then all end. A keeper that fails closes its
 * sockets before it ends, so that the others may end first: it has time to say its own status.
 */
static int supervise(struct cas *cas, int signals)
{
	struct signalfd_siginfo info = { 0 };
	struct pollfd ready = { .fd = signals, .events = POLLIN };
	bool asked = false;
	int result = 0, patience = -1;

	while (any_left(cas)) {
		if (poll(&ready, 1, patience) == 0) {
			patience = -1;
			stop_all(cas);
			continue;
		}
		if (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
			break;
		if (info.ssi_signo != SIGCHLD) {
			asked = true;
			stop_all(cas);
		} else if (note_ends(cas, &result)) {
			patience = KEEPER_ENDS_MS;
			stop_all_but_keeper(cas);
		}
	}
	return asked ? 0 : result != 0 ? result : 1;
}

static int take_signals(int *out, struct cc_err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	*out = signalfd(-1, &set, SFD_CLOEXEC);
	if (*out < 0 || sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return cc_fail_sys(err, errno, "take signals");
	return 0;
}

static int run(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	struct cas cas = { 0 };
	int signals = -1, result = 0;

	cc_log_init("cas", CC_LOG_INFO);
	if (values->webs == 0 || values->webs > WEBS_MAX)
		return cc_fail(err, CC_E_ARG, "'--web' is 1 to %d", WEBS_MAX);
	CC_TRY(find_programs(&cas, err));
	CC_TRY(take_signals(&signals, err));
	if (start_all(&cas, values, err) != 0) {
		stop_all(&cas);
		return -1;
	}
	result = supervise(&cas, signals);
	if (result != 0)
		_exit(result);
	return 0;
}

static const struct values defaults = { .listen = "127.0.0.1:18765", .webs = 1 };

static const struct cc_opt opts[] = {
	{ "dir", 0, CC_OPT_STRING, offsetof(struct values, dir), "DIR", "the CAS's directory", true,
	  NULL },
	{ "listen", 0, CC_OPT_STRING, offsetof(struct values, listen), "ADDRESS",
	  "host:port or unix:/path", false, NULL },
	{ "platform", 0, CC_OPT_STRING, offsetof(struct values, platform), "SOCKET",
	  "the platform that makes our evidence", true, NULL },
	{ "collateral", 0, CC_OPT_STRING, offsetof(struct values, collateral), "DIR",
	  "what evidence is verified with (default: DIR/collateral)", false, NULL },
	{ "azure-via", 0, CC_OPT_STRING, offsetof(struct values, azure_via), "ADDRESS",
	  "where to connect to for Azure (default: to its hosts)", false, NULL },
	{ "web", 0, CC_OPT_NUMBER, offsetof(struct values, webs), "N", "web processes", false,
	  NULL },
};

int main(int argc, char **argv)
{
	static const struct cc_command command = {
		"concordat-cas",
		"Start a CAS: web, keeper and verifier.",
		opts,
		CC_COUNT(opts),
		NULL,
		0,
		sizeof(struct values),
		&defaults,
		run,
	};

	return cc_opt_main(&command, argc, argv);
}
