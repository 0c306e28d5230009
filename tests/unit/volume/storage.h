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
	uint8_t *saved; /* what a crash leaves: it as it was when it was flushed */
	size_t saved_len;
};
struct storage {
	struct storage_file files[STORAGE_FILES];
	size_t count;
	unsigned int changes; /* writes, flushes and removes so far */
	unsigned int fail_at; /* the change that fails, 0: none; from then on all do */
	bool tear;            /* the failing write leaves half of its bytes */
};

void storage_init(struct storage *s, struct cc_volume_store *store);
void storage_clear(struct storage *s);
struct storage_file *storage_find(struct storage *s, const char *name);
/* What the machine finds after it lost power: nothing that was not flushed. */
void storage_crash(struct storage *s);
void storage_copy(const struct storage *from, struct storage *to, struct cc_volume_store *store);

#endif
