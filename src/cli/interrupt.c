/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define SHELL_SIGNAL 128

static volatile sig_atomic_t came;

static void note(int number)
{
	came = number;
}

void cc_interrupt_catch(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	/* Calls go on: what they made is known then, and what is unknown cannot be given up. */
	struct sigaction action = { .sa_handler = note,
				    .sa_flags = SA_RESTART | (int)SA_RESETHAND };
	struct sigaction before = { 0 };

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < CC_COUNT(numbers); i++)
		/* nohup ignores one of them, and so do we */
		if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &action, NULL);
}

int cc_interrupt_check(struct cc_err *err)
{
	if (came == 0)
		return 0;
	cc_err_set(err, CC_E_SYSTEM, "interrupted by SIG%s", sigabbrev_np(came));
	err->sys = EINTR;
	return cc_hint(err, "what was there before is as it was");
}

int cc_interrupt_status(int status)
{
	return came != 0 ? SHELL_SIGNAL + (int)came : status;
}
