/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/volume/fixture.h"

#include <sys/stat.h>

void fixture_init(struct fixture *f)
{
	*f = (struct fixture){ .id = { .b = { 1, 2, 3 } } };
	storage_init(&f->storage, &f->store);
}

void fixture_clear(struct fixture *f)
{
	for (size_t i = 0; i < CC_COUNT(f->keys); i++)
		cc_secret_free(f->keys[i]);
	storage_clear(&f->storage);
}

struct cc_volume_state_id fixture_state(uint64_t epoch)
{
	return (struct cc_volume_state_id){ .b = { 0xaa, (uint8_t)epoch } };
}

struct cc_secret *fixture_key(struct fixture *f, uint64_t epoch)
{
	struct cc_err err = { 0 };

	if (f->keys[epoch] == NULL) {
		assert_int_equal(cc_secret_new(32, &f->keys[epoch], &err), 0);
		memset(cc_secret_bytes(f->keys[epoch]), (int)epoch + 1, 32);
	}
	return f->keys[epoch];
}

struct cc_volume_open fixture_how(struct fixture *f)
{
	return (struct cc_volume_open){ .id = f->id,
					.base = f->base.number == 0 ? NULL : &f->base,
					.hash_extents = f->hash_extents,
					.cache = f->cache,
					.root_mode = 0755,
					.root_mtime = 1000 };
}

struct cc_volume *fixture_write(struct fixture *f)
{
	struct cc_volume_open how = fixture_how(f);
	const struct cc_volume_epoch epoch = { .state = fixture_state(f->epoch + 1),
					       .epoch = f->epoch + 1,
					       .key = fixture_key(f, f->epoch + 1) };
	struct cc_volume *v = NULL;
	struct cc_err err = { 0 };

	f->epoch++;
	how.epoch = &epoch;
	if (cc_volume_open(&f->store, &how, &v, &err) != 0)
		fail_msg("open for writing: %s", err.text);
	return v;
}

struct cc_volume *fixture_read(struct fixture *f)
{
	struct cc_volume_open how = fixture_how(f);
	struct cc_volume *v = NULL;
	struct cc_err err = { 0 };

	if (cc_volume_open(&f->store, &how, &v, &err) != 0)
		fail_msg("open for reading: %s", err.text);
	return v;
}

void fixture_refused(struct fixture *f, const struct cc_volume_open *how, enum cc_code code)
{
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_volume_open(&f->store, how, &v, &err), -1);
	if (err.code != code)
		fail_msg("refused as %d: %s", (int)err.code, err.text);
}

void fixture_commit(struct fixture *f, struct cc_volume *v)
{
	struct cc_volume_commit done = { 0 };
	struct cc_err err = { 0 };

	if (cc_volume_commit(v, &done, &err) != 0)
		fail_msg("%s", err.text);
	f->base = (struct cc_volume_base){ .state = fixture_state(f->epoch),
					   .epoch = f->epoch,
					   .number = done.number,
					   .tag = done.tag,
					   .key = fixture_key(f, f->epoch) };
}

uint64_t parent_of(struct cc_volume *v, const char *path, struct cc_span *name)
{
	const char *last = strrchr(path, '/');
	char dir[4096] = "/";
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };

	if (last > path)
		(void)snprintf(dir, sizeof(dir), "%.*s", (int)(last - path), path);
	*name = cc_span_str(last + 1);
	if (cc_volume_resolve(v, dir, &attr, &err) != 0)
		fail_msg("%s", err.text);
	return attr.ino;
}

static uint64_t make(struct cc_volume *v, const char *path, uint32_t mode)
{
	const struct cc_volume_attr like = { .mode = mode,
					     .uid = 7,
					     .gid = 8,
					     .accessed = { 10, 1 },
					     .modified = { 20, 2 },
					     .changed = { 30, 3 } };
	struct cc_volume_attr attr = { 0 };
	struct cc_span name = { 0 };
	struct cc_err err = { 0 };
	uint64_t dir = parent_of(v, path, &name);

	if (cc_volume_create(v, dir, name, &like, &attr, &err) != 0)
		fail_msg("%s", err.text);
	return attr.ino;
}

uint64_t make_file(struct cc_volume *v, const char *path, struct cc_span content)
{
	uint64_t ino = make(v, path, S_IFREG | 0644);

	write_at(v, ino, 0, content);
	return ino;
}

uint64_t make_dir(struct cc_volume *v, const char *path)
{
	return make(v, path, S_IFDIR | 0755);
}

uint64_t make_link(struct cc_volume *v, const char *path, const char *target)
{
	const struct cc_volume_attr like = { .modified = { 20, 2 } };
	struct cc_volume_attr attr = { 0 };
	struct cc_span name = { 0 };
	struct cc_err err = { 0 };
	uint64_t dir = parent_of(v, path, &name);

	if (cc_volume_symlink(v, dir, name, cc_span_str(target), &like, &attr, &err) != 0)
		fail_msg("%s", err.text);
	return attr.ino;
}

struct cc_volume_attr attr_of(struct cc_volume *v, const char *path)
{
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };

	if (cc_volume_resolve(v, path, &attr, &err) != 0)
		fail_msg("%s", err.text);
	return attr;
}

bool is_there(struct cc_volume *v, const char *path)
{
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };

	return cc_volume_resolve(v, path, &attr, &err) == 0;
}

void write_at(struct cc_volume *v, uint64_t ino, uint64_t at, struct cc_span bytes)
{
	struct cc_err err = { 0 };

	if (cc_volume_write(v, ino, at, bytes, &err) != 0)
		fail_msg("%s", err.text);
}

void assert_content(struct cc_volume *v, const char *path, struct cc_span content)
{
	struct cc_volume_attr attr = attr_of(v, path);
	uint8_t *room = malloc(content.len + 10);
	struct cc_err err = { 0 };
	size_t got = 0;

	assert_non_null(room);
	assert_int_equal(attr.size, content.len);
	if (cc_volume_read(v, attr.ino, 0, (struct cc_mut){ room, content.len + 10 }, &got, &err) !=
	    0)
		fail_msg("%s", err.text);
	assert_int_equal(got, content.len);
	assert_memory_equal(room, content.at, content.len);
	free(room);
}

void pattern(struct cc_mut out, uint64_t seed)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;

	for (size_t i = 0; i < out.len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		out.at[i] = (uint8_t)(x >> 32);
	}
}
