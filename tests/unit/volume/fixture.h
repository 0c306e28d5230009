/* SPDX-License-Identifier: Apache-2.0 */
/* A volume on a store in memory, and short names for what tests do with it. */
#ifndef CC_TESTS_UNIT_VOLUME_FIXTURE_H
#define CC_TESTS_UNIT_VOLUME_FIXTURE_H

#include "tests/unit/test.h"

#include "tests/unit/volume/storage.h"
#include "volume/volume.h"

struct fixture {
	struct storage storage;
	struct cc_volume_store store;
	struct cc_volume_id id;
	struct cc_secret *keys[128]; /* by epoch */
	struct cc_volume_base base;  /* the last commit */
	uint64_t epoch;              /* the newest */
	bool hash_extents;
	size_t cache; /* of metadata, 0: as usual */
};

void fixture_init(struct fixture *f);
void fixture_clear(struct fixture *f);
struct cc_volume_state_id fixture_state(uint64_t epoch);
struct cc_secret *fixture_key(struct fixture *f, uint64_t epoch);
/* Open for writing in a new epoch, on the last commit when there is one. */
struct cc_volume *fixture_write(struct fixture *f);
/* Open the last commit for reading. */
struct cc_volume *fixture_read(struct fixture *f);
/* The same, expecting to fail. */
void fixture_refused(struct fixture *f, const struct cc_volume_open *how, enum cc_code code);
/* Commit and remember it as the base of what comes. */
void fixture_commit(struct fixture *f, struct cc_volume *v);
struct cc_volume_open fixture_how(struct fixture *f);

/* Each asserts that it works. */
uint64_t make_file(struct cc_volume *v, const char *path, struct cc_span content);
uint64_t make_dir(struct cc_volume *v, const char *path);
uint64_t make_link(struct cc_volume *v, const char *path, const char *target);
struct cc_volume_attr attr_of(struct cc_volume *v, const char *path);
bool is_there(struct cc_volume *v, const char *path);
void write_at(struct cc_volume *v, uint64_t ino, uint64_t at, struct cc_span bytes);
/* Reading gives exactly this. */
void assert_content(struct cc_volume *v, const char *path, struct cc_span content);
/* Bytes that depend on `seed` and do not repeat. */
void pattern(struct cc_mut out, uint64_t seed);
/* The directory of a path, and its last name. */
uint64_t parent_of(struct cc_volume *v, const char *path, struct cc_span *name);

#endif
