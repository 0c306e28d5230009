/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/unit/test.h"

#include "sandbox/confine.h"
#include "sandbox/namespace.h"

/* `act` in a child of its own, for what cannot be undone; true says that it held. */
static bool in_child(bool (*act)(void))
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		_exit(act() ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool need_root(void)
{
	if (geteuid() == 0)
		return true;
	print_message("# skipped: needs root\n");
	return false;
}

static bool mounts_in_mode(enum cc_launch_mode expected)
{
	struct cc_err err = { 0 };
	enum cc_launch_mode mode = CC_LAUNCH_NONE;

	if (cc_launch_enter(&mode, &err) != 0) {
		print_message("# %s; %s\n", err.text, err.hint);
		return false;
	}
	return mode == expected && mount("t", "/tmp", "tmpfs", 0, NULL) == 0;
}

static bool privileged(void)
{
	return mounts_in_mode(CC_LAUNCH_PRIVILEGED);
}

/* As a container runtime starts a user without capabilities: exec leaves it dumpable. */
static bool become_nobody(void)
{
	return setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0 &&
	       prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

static bool bare(void)
{
	return become_nobody() && mounts_in_mode(CC_LAUNCH_BARE) && geteuid() == 0;
}

static bool rootless_again(void)
{
	/* in a user namespace that maps one user, with all capabilities in it */
	return become_nobody() && mounts_in_mode(CC_LAUNCH_BARE) &&
	       mounts_in_mode(CC_LAUNCH_ROOTLESS);
}

static bool root_without_setfcap(void)
{
	struct cc_err err = { 0 };
	enum cc_launch_mode mode = CC_LAUNCH_NONE;

	return cc_capabilities_keep(0, &err) == 0 && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 &&
	       cc_launch_enter(&mode, &err) == -1 && err.code == CC_E_UNSUPPORTED &&
	       strstr(err.hint, "CAP_SETFCAP") != NULL && mode == CC_LAUNCH_NONE;
}

static bool only_loopback(void)
{
	const struct sockaddr_in self = { .sin_family = AF_INET,
					  .sin_port = htons(9),
					  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct if_nameindex *all = NULL;
	struct cc_err err = { 0 };
	bool only = false;
	int fd = -1;

	if (cc_namespace_isolate(&err) != 0)
		return false;
	all = if_nameindex();
	only = all != NULL && strcmp(all[0].if_name, "lo") == 0 && all[1].if_index == 0;
	if_freenameindex(all);
	/* and it is up: an address of it can be reached */
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	return only && fd >= 0 &&
	       sendto(fd, "", 0, 0, (const struct sockaddr *)&self, sizeof(self)) == 0;
}

static void a_privileged_start_is_found(void **state)
{
	(void)state;
	if (!need_root())
		skip();
	assert_true(in_child(privileged));
}

static void a_start_without_capability_makes_its_namespace(void **state)
{
	(void)state;
	if (!need_root())
		skip();
	assert_true(in_child(bare));
}

static void a_start_in_a_small_user_namespace_is_rootless(void **state)
{
	(void)state;
	if (!need_root())
		skip();
	assert_true(in_child(rootless_again));
}

static void root_without_setfcap_is_told_so(void **state)
{
	(void)state;
	if (!need_root())
		skip();
	assert_true(in_child(root_without_setfcap));
}

static void an_isolated_thread_sees_loopback_only_and_it_is_up(void **state)
{
	(void)state;
	if (!need_root())
		skip();
	assert_true(in_child(only_loopback));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_privileged_start_is_found),
		cmocka_unit_test(a_start_without_capability_makes_its_namespace),
		cmocka_unit_test(a_start_in_a_small_user_namespace_is_rootless),
		cmocka_unit_test(root_without_setfcap_is_told_so),
		cmocka_unit_test(an_isolated_thread_sees_loopback_only_and_it_is_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
