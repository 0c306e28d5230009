/* SPDX-License-Identifier: Apache-2.0 */
/* A store in memory that counts, fails, tears and forgets on demand. */
#ifndef CC_TESTS_UNIT_VOLUME_STORAGE_H
#define CC_TESTS_UNIT_VOLUME_STORAGE_H

#include "volume/volume.h"

#define STORAGE_FILES 64

struct storage_file {
	char name[80];
	uint8_t *at;
	size_t len;
	size_t flushed; /* what a crash leaves; SIZE_MAX: all of it, always */
};
struct storage {
	struct storage_file files[STORAGE_FILES];
	size_t count;
	unsigned int changes; /* writes, flushes, publishes and removes so far */
	unsigned int fail_at; /* the change that fails, 0: none; from then on all do */
	bool tear;            /* the failing write leaves half of its bytes */
	bool no_overwrite;    /* a write to a place that has bytes is a failed assertion */
};

void storage_init(struct storage *s, struct cc_volume_store *store);
void storage_clear(struct storage *s);
struct storage_file *storage_find(struct storage *s, const char *name);
/* What the machine finds after it lost power: nothing that was not flushed. */
void storage_crash(struct storage *s);
void storage_copy(const struct storage *from, struct storage *to, struct cc_volume_store *store);

#endif
