/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/relay.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/str.h"
#include "net/address.h"
#include "net/relay.h"

/* A connection for each runtime of a run, and as many again that are being made anew. */
#define CONNECTIONS_MAX 512

static CC_NORETURN void serve(int fd, const char *address, pid_t parent)
{
	struct cc_loop *loop = NULL;
	struct cc_relay *relay = NULL;
	struct cc_relay_plan plan = { .fd = fd,
				      .address = address,
				      .connections_max = CONNECTIONS_MAX };
	struct cc_err err = { 0 };
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || cc_loop_new(&loop, &err) != 0)
		_exit(1);
	plan.loop = loop;
	if (cc_relay_new(&plan, &relay, &err) != 0 || cc_loop_run(loop, &err) != 0)
		_exit(1);
	_exit(0);
}

int cc_relay_start(const char *path, const char *address, pid_t *out, struct cc_err *err)
{
	CC_AUTO_FREE char *listen_on = NULL;
	CC_AUTO_CLOSE int fd = -1;
	pid_t parent = getpid(), child = -1;

	CC_TRY(cc_strf(&listen_on, err, "unix:%s", path));
	CC_TRY(cc_listen(listen_on, &fd, err));
	child = fork();
	if (child < 0)
		return cc_fail_sys(err, errno, "fork the relay");
	/* Secrets of ours are not in the child's memory; it only moves bytes and exits. */
	if (child == 0)
		serve(fd, address, parent);
	*out = child;
	return 0;
}

void cc_relay_stop(pid_t relay)
{
	if (relay <= 0)
		return;
	(void)kill(relay, SIGKILL);
	while (waitpid(relay, NULL, 0) < 0 && errno == EINTR)
		;
}
