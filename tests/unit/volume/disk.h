/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store that remembers every change in its order, and what a machine finds
 * after it lost power in between: of a write that was not flushed each sector
 * is there or is not, whatever came before or after it.
 */
#ifndef CC_TESTS_UNIT_VOLUME_DISK_H
#define CC_TESTS_UNIT_VOLUME_DISK_H

#include "tests/unit/volume/storage.h"
#include "volume/volume.h"

#define DISK_SECTOR ((size_t)512) /* what a disk writes whole or not at all */

enum disk_kind {
	DISK_WRITE = 1,
	DISK_FLUSH,
	DISK_REMOVE,
};
struct disk_event {
	enum disk_kind kind;
	char name[80];
	uint64_t at;
	uint8_t *bytes;
	size_t len;
};
/* A part of a file that must stay as it is. */
struct disk_part {
	char name[80];
	uint64_t at;
	uint64_t end;
};
/* What somebody needs: all that is read through its store. */
struct disk_needs {
	struct cc_volume_store inner;
	struct disk_part *parts;
	size_t count;
};
struct disk {
	struct storage storage; /* as the running machine sees it */
	struct cc_volume_store inner;
	struct disk_event *events;
	size_t count;
	const struct disk_needs *needs; /* the borrowed list of what no change may touch */
	size_t needs_count;
	bool forgets; /* for runs of which nobody asks what happened */
};

void disk_init(struct disk *d, struct cc_volume_store *store);
void disk_clear(struct disk *d);
/* `store` reads from `inner` and adds what it reads to `needs`. */
void disk_needs_init(const struct cc_volume_store *inner, struct disk_needs *needs,
		     struct cc_volume_store *store);
bool disk_needs_byte(const struct disk_needs *needs, const char *name, uint64_t at);
void disk_needs_clear(struct disk_needs *needs);

/* The disk after the first `happened` changes. */
struct disk_crash {
	const struct disk *disk;
	size_t happened;
	struct storage durable; /* what was flushed */
	size_t pending[256];    /* events that were not: writes */
	size_t pending_count;
	unsigned int loss;    /* which of the ways to lose them */
	struct storage later; /* what is written after the crash, to new files */
	struct cc_volume_store later_store;
};
/* `store` is of the machine that comes back. */
void disk_crash_init(struct disk_crash *c, const struct disk *d, struct cc_volume_store *store);
void disk_crash_clear(struct disk_crash *c);
/* One more change happens; false when there was none. */
bool disk_crash_advance(struct disk_crash *c);
/* How many ways to lose what is pending are worth trying; the first loses all of it. */
unsigned int disk_crash_losses(const struct disk_crash *c);
/* What comes back is the loss number `loss`; what was written after a crash is forgotten. */
void disk_crash_lose(struct disk_crash *c, unsigned int loss);

#endif
