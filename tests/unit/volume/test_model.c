/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random operations on a volume and on a model of it that is too simple to be
 * wrong: four directories of eight names, each naming a file that is an array.
 */
#include "tests/unit/volume/fixture.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"

#define DIRS 4
#define NAMES 8
#define FILES (DIRS * NAMES)
#define SIZE_MAX_MODEL (3 * CC_VOLUME_EXTENT)
#define OPERATIONS 20000

struct model_file {
	uint64_t ino; /* 0: free */
	unsigned int links;
	size_t size;
	uint8_t *bytes; /* SIZE_MAX_MODEL */
};
struct model {
	struct fixture f;
	struct cc_volume *v;
	struct model_file files[FILES];
	int names[DIRS][NAMES]; /* index of a file, -1: none */
	uint64_t dirs[DIRS];
	uint64_t random;
	uint8_t *room;
	unsigned int acknowledged;
};

static unsigned int pick(struct model *m, unsigned int below)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (unsigned int)((m->random >> 20) % below);
}

static struct cc_span name_of(unsigned int n)
{
	static const char *const names[NAMES] = { "a", "bb", "ccc", "d d", "e", "f", "g", "h" };

	return cc_span_str(names[n]);
}

static void agree(int result, const struct cc_err *err, int sys)
{
	if (result != (sys == 0 ? 0 : -1) || (result != 0 && err->sys != sys))
		fail_msg("expected errno %d, got %d: %s", sys, result == 0 ? 0 : err->sys,
			 err->text);
}

static void op_create(struct model *m, unsigned int d, unsigned int n)
{
	const struct cc_volume_attr like = { .mode = S_IFREG | 0600 };
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	int result = cc_volume_create(m->v, m->dirs[d], name_of(n), &like, &attr, &err);

	agree(result, &err, m->names[d][n] >= 0 ? EEXIST : 0);
	if (result != 0)
		return;
	for (int i = 0; i < FILES; i++) {
		if (m->files[i].ino != 0)
			continue;
		m->files[i].ino = attr.ino;
		m->files[i].links = 1;
		m->files[i].size = 0;
		m->names[d][n] = i;
		return;
	}
	fail_msg("the model has no file left");
}

static void unlinked(struct model *m, int file)
{
	if (--m->files[file].links == 0)
		m->files[file].ino = 0;
}

static void op_unlink(struct model *m, unsigned int d, unsigned int n)
{
	struct cc_err err = { 0 };
	int result = cc_volume_unlink(m->v, m->dirs[d], name_of(n), &err);

	agree(result, &err, m->names[d][n] < 0 ? ENOENT : 0);
	if (result == 0)
		unlinked(m, m->names[d][n]);
	m->names[d][n] = -1;
}

static void op_link(struct model *m, unsigned int d, unsigned int n)
{
	int file = m->names[pick(m, DIRS)][pick(m, NAMES)];
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	int result = 0;

	if (file < 0)
		return;
	result = cc_volume_link(m->v, m->files[file].ino, m->dirs[d], name_of(n), &attr, &err);
	agree(result, &err, m->names[d][n] >= 0 ? EEXIST : 0);
	if (result != 0)
		return;
	m->names[d][n] = file;
	assert_int_equal(attr.links, ++m->files[file].links);
}

static void op_rename(struct model *m, unsigned int d, unsigned int n)
{
	unsigned int d2 = pick(m, DIRS);
	unsigned int n2 = pick(m, NAMES);
	static const unsigned int all[] = { 0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE };
	unsigned int flags = all[pick(m, 4)];
	int from = m->names[d][n];
	int to = m->names[d2][n2];
	int sys = 0;
	struct cc_err err = { 0 };

	if (from < 0 || (flags == RENAME_EXCHANGE && to < 0))
		sys = ENOENT;
	else if (flags == RENAME_NOREPLACE && to >= 0)
		sys = EEXIST;
	agree(cc_volume_rename(m->v, m->dirs[d], name_of(n), m->dirs[d2], name_of(n2), flags, &err),
	      &err, sys);
	if (sys != 0 || from == to)
		return;
	m->names[d2][n2] = from;
	m->names[d][n] = flags == RENAME_EXCHANGE ? to : -1;
	if (flags != RENAME_EXCHANGE && to >= 0)
		unlinked(m, to);
}

static void op_write(struct model *m, int file)
{
	struct model_file *f = &m->files[file];
	size_t at = pick(m, 4) == 0 ? f->size : pick(m, SIZE_MAX_MODEL);
	size_t len = pick(m, 3) == 0 ? pick(m, 200000) : pick(m, 300);
	struct cc_err err = { 0 };

	if (pick(m, 8) == 0) { /* exactly a whole extent */
		at = at / CC_VOLUME_EXTENT * CC_VOLUME_EXTENT;
		len = CC_VOLUME_EXTENT;
	}
	len = len < SIZE_MAX_MODEL - at ? len : SIZE_MAX_MODEL - at;
	if (pick(m, 5) == 0)
		memset(m->room, 0, len);
	else
		pattern((struct cc_mut){ m->room, len }, m->random);
	agree(cc_volume_write(m->v, f->ino, at, cc_span(m->room, len), &err), &err, 0);
	if (len == 0)
		return;
	if (at > f->size)
		memset(f->bytes + f->size, 0, at - f->size);
	memcpy(f->bytes + at, m->room, len);
	f->size = at + len > f->size ? at + len : f->size;
}

static void op_truncate(struct model *m, int file)
{
	struct model_file *f = &m->files[file];
	struct cc_volume_attr attr = { .size = pick(m, SIZE_MAX_MODEL) };
	struct cc_err err = { 0 };

	if (attr.size > f->size)
		memset(f->bytes + f->size, 0, attr.size - f->size);
	f->size = attr.size;
	agree(cc_volume_setattr(m->v, f->ino, &attr, CC_VOLUME_SET_SIZE, &attr, &err), &err, 0);
	assert_int_equal(attr.size, f->size);
}

static void op_read(struct model *m, int file)
{
	const struct model_file *f = &m->files[file];
	size_t at = pick(m, SIZE_MAX_MODEL);
	size_t len = pick(m, SIZE_MAX_MODEL);
	size_t there = at < f->size ? f->size - at : 0;
	struct cc_err err = { 0 };
	size_t got = 0;

	agree(cc_volume_read(m->v, f->ino, at, (struct cc_mut){ m->room, len }, &got, &err), &err,
	      0);
	assert_int_equal(got, there < len ? there : len);
	assert_true(got == 0 || memcmp(m->room, f->bytes + at, got) == 0);
}

/* The whole volume is the whole model. */
static void compare(struct model *m)
{
	struct cc_volume_entry entry = { 0 };
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	size_t got = 0;
	bool end = false;

	for (unsigned int d = 0; d < DIRS; d++) {
		size_t count = 0;

		for (unsigned int n = 0; n < NAMES; n++) {
			int file = m->names[d][n];
			const struct model_file *f = file < 0 ? NULL : &m->files[file];

			agree(cc_volume_lookup(m->v, m->dirs[d], name_of(n), &attr, &err), &err,
			      f == NULL ? ENOENT : 0);
			if (f == NULL)
				continue;
			count++;
			assert_true(attr.ino == f->ino && attr.links == f->links &&
				    attr.size == f->size);
			agree(cc_volume_read(m->v, f->ino, 0,
					     (struct cc_mut){ m->room, SIZE_MAX_MODEL }, &got,
					     &err),
			      &err, 0);
			assert_int_equal(got, f->size);
			assert_true(got == 0 || memcmp(m->room, f->bytes, got) == 0);
		}
		for (entry.cookie = 0, end = false; !end; count -= !end)
			agree(cc_volume_readdir(m->v, m->dirs[d], entry.cookie, &entry, &end, &err),
			      &err, 0);
		assert_int_equal(count, 0);
	}
}

static void op_commit(struct model *m)
{
	fixture_commit(&m->f, m->v);
	if (pick(m, 2) == 0)
		cc_volume_acknowledged(m->v, m->f.base.number);
	if (pick(m, 4) != 0 || m->f.epoch + 2 >= CC_COUNT(m->f.keys))
		return;
	cc_volume_acknowledged(m->v, m->f.base.number);
	cc_volume_free(m->v);
	if (m->f.storage.count > STORAGE_FILES / 2) {
		/* Too many files for the store: read it once more and go on. */
		m->v = fixture_read(&m->f);
		compare(m);
		cc_volume_free(m->v);
	}
	m->v = fixture_write(&m->f);
	compare(m);
}

static void step(struct model *m)
{
	unsigned int d = pick(m, DIRS);
	unsigned int n = pick(m, NAMES);
	int file = m->names[d][n];

	switch (pick(m, 12)) {
	case 0:
	case 1:
		op_create(m, d, n);
		break;
	case 2:
		op_unlink(m, d, n);
		break;
	case 3:
		op_link(m, d, n);
		break;
	case 4:
		op_rename(m, d, n);
		break;
	case 5:
		if (file >= 0)
			op_truncate(m, file);
		break;
	case 6:
		if (pick(m, 25) == 0)
			op_commit(m);
		break;
	case 7:
	case 8:
		if (file >= 0)
			op_read(m, file);
		break;
	default:
		if (file >= 0)
			op_write(m, file);
		break;
	}
}

static void twenty_thousand_random_operations_agree_with_the_model(void **state)
{
	static const char *const dirs[DIRS] = { "/d0", "/d1", "/d2", "/d3" };
	struct model *m = calloc(1, sizeof(*m));

	(void)state;
	m->random = 0x123456789abcdefu;
	m->room = malloc(SIZE_MAX_MODEL);
	for (size_t i = 0; i < FILES; i++)
		m->files[i].bytes = calloc(1, SIZE_MAX_MODEL);
	memset(m->names, 0xff, sizeof(m->names));
	fixture_init(&m->f);
	m->f.hash_extents = true;
	m->v = fixture_write(&m->f);
	for (size_t i = 0; i < DIRS; i++)
		m->dirs[i] = make_dir(m->v, dirs[i]);
	for (unsigned int i = 0; i < OPERATIONS; i++)
		step(m);
	compare(m);
	fixture_commit(&m->f, m->v);
	cc_volume_free(m->v);
	m->v = fixture_read(&m->f);
	compare(m);
	cc_volume_free(m->v);
	fixture_clear(&m->f);
	for (size_t i = 0; i < FILES; i++)
		free(m->files[i].bytes);
	free(m->room);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twenty_thousand_random_operations_agree_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
