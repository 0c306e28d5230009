/* SPDX-License-Identifier: Apache-2.0 */
#include "volume/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STATE_HEX (2 * sizeof(struct cc_volume_state_id))

struct states {
	struct cc_volume_state_id *at;
	size_t count;
};

static void states_clear(struct states *states)
{
	free(states->at);
}

static void dir_auto(DIR **dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

/* "<hex of a state>.…", as writers of volumes name their files. */
static bool is_of_a_state(const char *name)
{
	return strspn(name, "0123456789abcdef") == STATE_HEX && name[STATE_HEX] == '.';
}

static bool is_of(const char *name, const struct cc_volume_state_id *state)
{
	char hex[STATE_HEX + 1];

	for (size_t i = 0; i < sizeof(state->b); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", state->b[i]);
	return strncmp(name, hex, STATE_HEX) == 0;
}

static bool is_needed(const char *name, const struct states *states)
{
	if (!is_of_a_state(name))
		return true;
	for (size_t i = 0; i < states->count; i++)
		if (is_of(name, &states->at[i]))
			return true;
	return false;
}

int cc_volume_sweep(const struct cc_volume *v, const struct cc_dir *dir, size_t *removed,
		    struct cc_err *err)
{
	CC_CLEANUP(states_clear) struct states states = { 0 };
	CC_CLEANUP(dir_auto) DIR *list = NULL;
	size_t count = 0;
	int fd = -1;

	CC_TRY(cc_volume_states(v, &states.at, &states.count, err));
	CC_TRY(cc_dir_openat(dir, ".", O_RDONLY | O_DIRECTORY, 0, &fd, err));
	list = fdopendir(fd);
	if (list == NULL) {
		(void)close(fd);
		return cc_fail_sys(err, errno, "list the volume's directory");
	}
	for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
		if (is_needed(entry->d_name, &states))
			continue;
		CC_TRY(cc_dir_remove(dir, entry->d_name, err));
		count++;
	}
	*removed = count;
	return count != 0 ? cc_dir_sync(dir, err) : 0;
}
