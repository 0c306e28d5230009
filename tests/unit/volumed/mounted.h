/* SPDX-License-Identifier: Apache-2.0 */
/* A volume on a directory, mounted in the test's own process, with a CAS that the test plays. */
#ifndef CC_TESTS_VOLUMED_MOUNTED_H
#define CC_TESTS_VOLUMED_MOUNTED_H

#include "tests/unit/test.h"

#include "volumed/volumed-internal.h"

struct mounted {
	char dir[64]; /* holds store/, mnt/ and plain/ */
	char mnt[80];
	struct cc_volume_dir *store_dir;
	struct cc_volume_store store;
	struct cc_volume_id id;
	struct cc_secret *key[8];
	struct cc_volume_base base;
	struct cc_volume *volume;
	struct cc_volumed *daemon;
	struct cc_volumed_options options;
	/* What the callbacks saw. */
	struct cc_volume_commit named;
	_Atomic unsigned int commits;
	_Atomic bool refuse;
	_Atomic bool silent; /* the CAS does not answer */
	_Atomic unsigned int asked;
	_Atomic bool failed;
};

/* What another thread or process will do; that it does not within half a minute is a failure. */
void await(const _Atomic unsigned int *number, unsigned int value);
void await_failure(const struct mounted *m);
/* Of the daemon: how many fsyncs are not answered, how many changes are held back. */
void await_fsyncs(const struct mounted *m, size_t count);
void await_held(const struct mounted *m, size_t count);

/* Says why not. From here on what is mounted vanishes with this process. */
bool can_mount(void);
/* A shell command: started, and its exit status. */
pid_t begin(const char *command, const char *where);
int end(pid_t pid);
int run(const char *command, const char *where);
bool is_running(pid_t pid);
/* It ends with 0. */
void must(const char *command, const char *where);

void init(struct mounted *m);
void clear(struct mounted *m);
/* Serve for writing in epoch `number`, 1 to 7, over what was last named. */
void start(struct mounted *m, uint64_t number);
/* Only open it, in that epoch. */
void open_only(struct mounted *m, uint64_t number);
void start_reading(struct mounted *m);
/* With an epoch: its last commit is what is named from now on. */
void stop(struct mounted *m, uint64_t epoch);
void name_state(struct mounted *m, uint64_t epoch, const struct cc_volume_commit *commit);

#endif
