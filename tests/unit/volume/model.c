/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/volume/model.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "tests/unit/volume/fixture.h"

static const char value_name[] = "user.value";

unsigned int model_pick(struct model *m, unsigned int below)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (unsigned int)((m->random >> 20) % below);
}

static struct cc_span name_of(unsigned int n)
{
	static const char *const names[MODEL_NAMES] = {
		"a", "bb", "ccc", "d d", "e", "f", "g", "h"
	};

	return cc_span_str(names[n]);
}

static size_t most(const struct model *m, int file)
{
	return file % 8 == 0 ? m->largest : m->largest / 10;
}

static void agree(int result, const struct cc_err *err, int sys)
{
	if (result != (sys == 0 ? 0 : -1) || (result != 0 && err->sys != sys))
		fail_msg("expected errno %d, got %d: %s", sys, result == 0 ? 0 : err->sys,
			 err->text);
}

static int free_file(const struct model *m)
{
	for (int i = 0; i < MODEL_FILES; i++)
		if (m->files[i].ino == 0)
			return i;
	fail_msg("the model has no file left");
	return -1;
}

static void op_create(struct model *m, unsigned int d, unsigned int n)
{
	const struct cc_volume_attr like = { .mode = S_IFREG | 0600 };
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	int result = cc_volume_create(m->v, m->dirs[d], name_of(n), &like, &attr, &err);
	int file = 0;

	agree(result, &err, m->names[d][n] >= 0 ? EEXIST : 0);
	if (result != 0)
		return;
	file = free_file(m);
	m->files[file] =
		(struct model_file){ .ino = attr.ino, .links = 1, .bytes = m->files[file].bytes };
	m->names[d][n] = file;
}

static void gone_when_unused(struct model_file *f)
{
	if (f->links == 0 && !f->held)
		f->ino = 0;
}

static void unlinked(struct model *m, int file)
{
	m->files[file].links--;
	gone_when_unused(&m->files[file]);
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
	int file = m->names[model_pick(m, MODEL_DIRS)][model_pick(m, MODEL_NAMES)];
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
	unsigned int d2 = model_pick(m, MODEL_DIRS);
	unsigned int n2 = model_pick(m, MODEL_NAMES);
	static const unsigned int all[] = { 0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE };
	unsigned int flags = all[model_pick(m, 4)];
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

/* Somewhere, at the end, or exactly a block or a window. */
static void choose_range(struct model *m, int file, size_t *at, size_t *len)
{
	static const size_t grains[] = { 4096, CC_VOLUME_EXTENT };
	size_t max = most(m, file);

	*at = model_pick(m, 4) == 0 ? m->files[file].size : model_pick(m, (unsigned int)max);
	*len = model_pick(m, 3) == 0 ? model_pick(m, (unsigned int)max / 2) : model_pick(m, 300);
	if (model_pick(m, 6) == 0) {
		size_t grain = grains[model_pick(m, CC_COUNT(grains))];

		*at = *at / grain * grain;
		*len = grain;
	}
	*len = *len < max - *at ? *len : max - *at;
}

static void op_write(struct model *m, int file)
{
	struct model_file *f = &m->files[file];
	size_t at = 0;
	size_t len = 0;
	struct cc_err err = { 0 };

	choose_range(m, file, &at, &len);
	if (model_pick(m, 5) == 0)
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
	struct cc_volume_attr attr = { .size = model_pick(m, (unsigned int)most(m, file)) };
	struct cc_err err = { 0 };

	if (attr.size > f->size)
		memset(f->bytes + f->size, 0, attr.size - f->size);
	f->size = attr.size;
	agree(cc_volume_setattr(m->v, f->ino, &attr, CC_VOLUME_SET_SIZE, &attr, &err), &err, 0);
	assert_int_equal(attr.size, f->size);
}

static void op_punch(struct model *m, int file)
{
	struct model_file *f = &m->files[file];
	size_t at = model_pick(m, (unsigned int)most(m, file));
	size_t len = model_pick(m, (unsigned int)most(m, file)) + 1;
	struct cc_err err = { 0 };

	agree(cc_volume_punch(m->v, f->ino, at, len, &err), &err, 0);
	if (at < f->size)
		memset(f->bytes + at, 0, len < f->size - at ? len : f->size - at);
}

static void op_read(struct model *m, int file)
{
	const struct model_file *f = &m->files[file];
	size_t at = model_pick(m, (unsigned int)most(m, file));
	size_t len = model_pick(m, (unsigned int)most(m, file));
	size_t there = at < f->size ? f->size - at : 0;
	struct cc_err err = { 0 };
	size_t got = 0;

	agree(cc_volume_read(m->v, f->ino, at, (struct cc_mut){ m->room, len }, &got, &err), &err,
	      0);
	assert_int_equal(got, there < len ? there : len);
	assert_true(got == 0 || memcmp(m->room, f->bytes + at, got) == 0);
}

static void op_value(struct model *m, int file)
{
	struct model_file *f = &m->files[file];
	size_t len = model_pick(m, MODEL_VALUE);
	struct cc_err err = { 0 };

	if (len == 0) {
		agree(cc_volume_removexattr(m->v, f->ino, cc_span_str(value_name), &err), &err,
		      f->value_len == 0 ? ENODATA : 0);
	} else {
		pattern((struct cc_mut){ f->value, len }, m->random);
		agree(cc_volume_setxattr(m->v, f->ino, cc_span_str(value_name),
					 cc_span(f->value, len), 0, &err),
		      &err, 0);
	}
	f->value_len = len;
}

/* Open a file, or close one. */
static void op_hold(struct model *m, int file)
{
	struct model_file *f = &m->files[file];
	unsigned int held = 0;

	for (int i = 0; i < MODEL_FILES; i++)
		held += m->files[i].held;
	if (f->held) {
		f->held = false;
		cc_volume_release(m->v, f->ino);
		gone_when_unused(f);
	} else if (held < MODEL_HELD) {
		f->held = true;
		cc_volume_hold(m->v, f->ino);
	}
}

static void op_on_names(struct model *m)
{
	unsigned int d = model_pick(m, MODEL_DIRS);
	unsigned int n = model_pick(m, MODEL_NAMES);
	unsigned int which = model_pick(m, 5);

	if (which < 2)
		op_create(m, d, n);
	else if (which == 2)
		op_unlink(m, d, n);
	else if (which == 3)
		op_link(m, d, n);
	else
		op_rename(m, d, n);
}

static void (*const on_file[])(struct model *m, int file) = {
	op_write, op_write, op_write, op_write, op_truncate,
	op_punch, op_read,  op_read,  op_value, op_hold,
};

void model_step(struct model *m)
{
	int file = (int)model_pick(m, MODEL_FILES);

	if (model_pick(m, 12) < 5)
		op_on_names(m);
	else if (m->files[file].ino != 0)
		on_file[model_pick(m, CC_COUNT(on_file))](m, file);
}

void model_close_all(struct model *m)
{
	for (int i = 0; i < MODEL_FILES; i++) {
		if (!m->files[i].held)
			continue;
		m->files[i].held = false;
		if (m->v != NULL)
			cc_volume_release(m->v, m->files[i].ino);
		gone_when_unused(&m->files[i]);
	}
}

void model_init(struct model *m, size_t largest, uint64_t seed)
{
	*m = (struct model){ .random = seed * 0x9e3779b97f4a7c15u + 1, .largest = largest };
	m->room = malloc(largest);
	assert_non_null(m->room);
	for (int i = 0; i < MODEL_FILES; i++) {
		m->files[i].bytes = calloc(1, most(m, i));
		assert_non_null(m->files[i].bytes);
	}
	memset(m->names, 0xff, sizeof(m->names));
}

void model_clear(struct model *m)
{
	for (int i = 0; i < MODEL_FILES; i++)
		free(m->files[i].bytes);
	free(m->room);
}

static const char *const dir_paths[MODEL_DIRS] = { "/d0", "/d1", "/d2", "/d3" };

void model_make_dirs(struct model *m)
{
	for (size_t i = 0; i < MODEL_DIRS; i++)
		m->dirs[i] = make_dir(m->v, dir_paths[i]);
}

struct model *model_copy(const struct model *m)
{
	struct model *copy = malloc(sizeof(*copy));

	assert_non_null(copy);
	*copy = *m;
	copy->v = NULL;
	copy->room = NULL;
	for (int i = 0; i < MODEL_FILES; i++) {
		struct model_file *f = &copy->files[i];

		f->held = false;
		f->bytes = NULL;
		if (f->ino == 0 || f->links == 0)
			continue;
		f->bytes = malloc(f->size + 1);
		assert_non_null(f->bytes);
		if (f->size > 0)
			memcpy(f->bytes, m->files[i].bytes, f->size);
	}
	return copy;
}

void model_free_copy(struct model *m)
{
	model_clear(m);
	free(m);
}

uint64_t model_bytes(const struct model *m)
{
	uint64_t bytes = 0;

	for (int i = 0; i < MODEL_FILES; i++)
		bytes += m->files[i].ino == 0 ? 0 : m->files[i].size;
	return bytes;
}

uint64_t model_inodes(const struct model *m)
{
	uint64_t count = 1 + MODEL_DIRS;

	for (int i = 0; i < MODEL_FILES; i++)
		count += m->files[i].ino != 0 && m->files[i].links > 0;
	return count;
}

uint64_t model_orphans(const struct model *m)
{
	uint64_t count = 0;

	for (int i = 0; i < MODEL_FILES; i++)
		count += m->files[i].ino != 0 && m->files[i].links == 0;
	return count;
}

static int compare_value(const struct model_file *f, struct cc_volume *v, struct cc_err *err)
{
	struct cc_span value = { 0 };
	int result = cc_volume_getxattr(v, f->ino, cc_span_str(value_name), &value, err);

	if (f->value_len == 0 && result != 0 && err->sys == ENODATA) {
		*err = (struct cc_err){ 0 };
		return 0;
	}
	CC_TRY(result);
	if (!cc_span_eq(value, cc_span(f->value, f->value_len)))
		return cc_fail(err, CC_E_BUG, "the attribute of inode %llu is another",
			       (unsigned long long)f->ino);
	return 0;
}

/* What is not data is zeroes. */
static int compare_holes(const struct model_file *f, struct cc_volume *v, struct cc_err *err)
{
	uint64_t hole = 0;
	uint64_t data = 0;

	for (uint64_t at = 0; at < f->size; at = data) {
		CC_TRY(cc_volume_seek(v, f->ino, at, false, &hole, err));
		if (cc_volume_seek(v, f->ino, hole, true, &data, err) != 0) {
			if (err->sys != ENXIO)
				return -1;
			*err = (struct cc_err){ 0 };
			data = f->size;
		}
		if (hole < at || data < hole || (data == at && at > 0) || data > f->size)
			return cc_fail(err, CC_E_BUG, "from %llu a hole at %llu, data at %llu",
				       (unsigned long long)at, (unsigned long long)hole,
				       (unsigned long long)data);
		for (; hole < data; hole++)
			if (f->bytes[hole] != 0)
				return cc_fail(err, CC_E_BUG, "byte %llu is in no hole",
					       (unsigned long long)hole);
		if (data == 0) /* the file begins with data */
			CC_TRY(cc_volume_seek(v, f->ino, 0, false, &data, err));
	}
	return 0;
}

static int compare_file(const struct model_file *f, const struct cc_volume_attr *attr,
			struct cc_volume *v, struct cc_err *err)
{
	CC_AUTO_FREE uint8_t *room = malloc(f->size + 1);
	size_t got = 0;

	if (attr->ino != f->ino || attr->links != f->links || attr->size != f->size)
		return cc_fail(err, CC_E_BUG, "inode %llu, %u links, %llu bytes; not %llu, %u, %zu",
			       (unsigned long long)attr->ino, attr->links,
			       (unsigned long long)attr->size, (unsigned long long)f->ino, f->links,
			       f->size);
	CC_TRY(cc_volume_read(v, f->ino, 0, (struct cc_mut){ room, f->size + 1 }, &got, err));
	if (got != f->size || (got > 0 && memcmp(room, f->bytes, got) != 0))
		return cc_fail(err, CC_E_BUG, "the bytes of inode %llu are others",
			       (unsigned long long)f->ino);
	CC_TRY(compare_holes(f, v, err));
	return compare_value(f, v, err);
}

static int compare_name(const struct model *m, unsigned int d, unsigned int n, struct cc_volume *v,
			struct cc_err *err)
{
	int file = m->names[d][n];
	struct cc_volume_attr attr = { 0 };
	int result = cc_volume_lookup(v, m->dirs[d], name_of(n), &attr, err);

	if (file >= 0) {
		CC_TRY(result);
		return compare_file(&m->files[file], &attr, v, err);
	}
	if (result == 0)
		return cc_fail(err, CC_E_BUG, "name %u of directory %u is there", n, d);
	if (err->sys != ENOENT)
		return -1;
	*err = (struct cc_err){ 0 };
	return 0;
}

static int count_entries(struct cc_volume *v, uint64_t dir, size_t *count, struct cc_err *err)
{
	struct cc_volume_entry entry = { 0 };
	bool end = false;

	for (*count = 0; !end; *count += !end)
		CC_TRY(cc_volume_readdir(v, dir, entry.cookie, &entry, &end, err));
	return 0;
}

int model_compare(const struct model *m, struct cc_volume *v, struct cc_err *err)
{
	for (unsigned int d = 0; d < MODEL_DIRS; d++) {
		struct cc_volume_attr attr = { 0 };
		size_t names = 0;
		size_t entries = 0;

		CC_TRY(cc_volume_resolve(v, dir_paths[d], &attr, err));
		if (attr.ino != m->dirs[d])
			return cc_fail(err, CC_E_BUG, "'%s' is another directory", dir_paths[d]);
		for (unsigned int n = 0; n < MODEL_NAMES; n++) {
			CC_TRY(compare_name(m, d, n, v, err));
			names += m->names[d][n] >= 0;
		}
		CC_TRY(count_entries(v, m->dirs[d], &entries, err));
		if (entries != names)
			return cc_fail(err, CC_E_BUG, "directory %u has %zu entries, not %zu", d,
				       entries, names);
	}
	return 0;
}
