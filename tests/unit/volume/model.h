/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random operations on a volume and on a model of it that is too simple to be
 * wrong: four directories of eight names, each naming a file that is an array.
 * A copy of a model is what one commit must hold for ever.
 */
#ifndef CC_TESTS_UNIT_VOLUME_MODEL_H
#define CC_TESTS_UNIT_VOLUME_MODEL_H

#include "volume/volume.h"

#define MODEL_DIRS 4
#define MODEL_NAMES 8
#define MODEL_HELD 4 /* files that are open, and stay when their last name goes */
#define MODEL_FILES (MODEL_DIRS * MODEL_NAMES + MODEL_HELD)
#define MODEL_VALUE 64 /* bytes of the one extended attribute */

struct model_file {
	uint64_t ino; /* 0: free */
	unsigned int links;
	bool held;
	size_t size;
	uint8_t *bytes; /* in a copy: `size` of them, else as many as the file may have */
	uint8_t value[MODEL_VALUE];
	size_t value_len; /* 0: there is no attribute */
};
struct model {
	struct cc_volume *v; /* the caller's */
	struct model_file files[MODEL_FILES];
	int names[MODEL_DIRS][MODEL_NAMES]; /* index of a file, -1: none */
	uint64_t dirs[MODEL_DIRS];
	uint64_t random;
	size_t largest; /* a file has at most so many bytes; seven in eight have a tenth */
	uint8_t *room;
};

void model_init(struct model *m, size_t largest, uint64_t seed);
void model_clear(struct model *m);
/* Its directories in the empty volume m->v. */
void model_make_dirs(struct model *m);
unsigned int model_pick(struct model *m, unsigned int below);
/* One random operation on both; never a commit. */
void model_step(struct model *m);
/* Nobody has a file open any more: before m->v is freed, or after a crash. */
void model_close_all(struct model *m);
/* The named part of a model, as it is now. */
struct model *model_copy(const struct model *m);
void model_free_copy(struct model *m);
/* The whole volume is the whole model; otherwise `err` says what is not. */
int model_compare(const struct model *m, struct cc_volume *v, struct cc_err *err);
/* Sizes of all files, also of those that are only open. */
uint64_t model_bytes(const struct model *m);
/* The inodes that the names of the model lead to, directories and the root counted. */
uint64_t model_inodes(const struct model *m);
/* Those that are only open. */
uint64_t model_orphans(const struct model *m);

#endif
