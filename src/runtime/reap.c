/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/reap.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/fd.h"

/* What goes on to the program, and which of them means that it shall end. */
static const struct {
	int number;
	bool ends;
} forwarded[] = {
	{ SIGHUP, true },   { SIGINT, true },   { SIGQUIT, true },   { SIGTERM, true },
	{ SIGUSR1, false }, { SIGUSR2, false }, { SIGWINCH, false },
};

int cc_reap_signals(int *fd, struct cc_err *err)
{
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	sigset_t all;
	int made = -1;

	(void)sigfillset(&all);
	if (sigaction(SIGPIPE, &ignored, NULL) != 0 || sigprocmask(SIG_SETMASK, &all, NULL) != 0)
		return cc_fail_sys(err, errno, "block signals");
	made = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (made < 0)
		return cc_fail_sys(err, errno, "make a descriptor for signals");
	*fd = made;
	return 0;
}

/* Take all that have ended; true when `child` is among them. */
static bool take_ended(pid_t child, struct cc_ending *out)
{
	bool found = false;
	int status = 0;

	for (pid_t pid = 1; pid > 0;) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid != child)
			continue;
		found = true;
		out->exited = WIFEXITED(status);
		out->status = out->exited ? WEXITSTATUS(status) : 0;
		out->killer = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	}
	return found;
}

static void forward(pid_t child, const struct signalfd_siginfo *info, struct cc_ending *out)
{
	/* a sender in our own namespace has a number; one outside has none, nor has a terminal */
	if (info->ssi_pid != 0 && info->ssi_code != SI_KERNEL)
		return;
	for (size_t i = 0; i < CC_COUNT(forwarded); i++) {
		if ((uint32_t)forwarded[i].number != info->ssi_signo)
			continue;
		if (forwarded[i].ends && out->interrupted == 0)
			out->interrupted = forwarded[i].number;
		(void)kill(child, forwarded[i].number);
	}
}

/* Everything that the descriptor holds; true when the child has ended. */
static bool signals_handle(pid_t child, int signals, struct cc_ending *out)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			forward(child, &info, out);
	/* SIGCHLD is one for many: look whatever came */
	return take_ended(child, out);
}

int cc_reap_wait(pid_t child, int signals, int stop, struct cc_ending *out, struct cc_err *err)
{
	struct cc_ending ending = { 0 };
	struct pollfd polls[] = { { .fd = signals, .events = POLLIN },
				  { .fd = stop, .events = POLLIN } };

	while (!signals_handle(child, signals, &ending)) {
		if (poll(polls, CC_COUNT(polls), -1) < 0 && errno != EINTR)
			return cc_fail_sys(err, errno, "wait for the program");
		if (polls[1].revents != 0) {
			ending.stopped = true;
			polls[1].fd = -1;
			(void)kill(child, SIGKILL);
		}
	}
	*out = ending;
	return 0;
}

int cc_reap_rest(struct cc_err *err)
{
	/* anywhere else this would kill the machine */
	if (getpid() != 1)
		return cc_fail(err, CC_E_BUG,
			       "kill the container's processes: we are not its first");
	do {
		if (kill(-1, SIGKILL) != 0 && errno != ESRCH)
			return cc_fail_sys(err, errno, "kill the container's processes");
	} while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
	return 0;
}

bool cc_ending_is_complete(const struct cc_ending *ending)
{
	return ending->exited && ending->status == 0 && ending->interrupted == 0 &&
	       !ending->stopped;
}

int cc_ending_status(const struct cc_ending *ending)
{
	if (!ending->exited)
		return 128 + ending->killer;
	if (ending->status == 0 && ending->interrupted != 0)
		return 128 + ending->interrupted;
	if (ending->status == 0 && ending->stopped)
		return 128 + SIGKILL;
	return ending->status;
}
