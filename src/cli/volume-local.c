/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/volume-local.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/str.h"
#include "base/time.h"
#include "cli/volume-begun.h"
#include "codec/hex-key.h"
#include "codec/text.h"
#include "volume/sweep.h"

void cc_volume_local_close(struct cc_volume_local *local)
{
	cc_secret_free(local->owner);
	cc_volume_anchor_clear(&local->anchor);
	cc_dir_close(&local->dir);
	*local = CC_VOLUME_LOCAL_NONE;
}

/* The folder of a path that need not be there itself. */
static int folder_of(const char *path, char **out, struct cc_err *err)
{
	const char *slash = strrchr(path, '/');
	CC_AUTO_FREE char *folder = NULL;

	CC_TRY(cc_str_from(slash == NULL
				   ? cc_span_str(".")
				   : cc_span(path, slash == path ? 1 : (size_t)(slash - path)),
			   &folder, err));
	*out = realpath(folder, NULL);
	return *out != NULL ? 0 : cc_fail_sys(err, errno, "folder '%s'", folder);
}

/* Beside the ciphertext the state file would be rolled back with it. */
static int check_apart(const struct cc_volume_place *place, struct cc_err *err)
{
	CC_AUTO_FREE char *storage = realpath(place->storage, NULL), *folder = NULL;
	size_t len = storage != NULL ? strlen(storage) : 0;

	CC_TRY(folder_of(place->state, &folder, err));
	if (storage == NULL || !cc_str_starts(folder, storage) ||
	    (folder[len] != '/' && folder[len] != '\0'))
		return 0;
	cc_err_set(err, CC_E_ARG, "state file '%s' would lie in the storage", place->state);
	return cc_hint(err, "whoever rolls the storage back would roll it back as well: name a "
			    "--state elsewhere");
}

static int read_anchor(struct cc_volume_local *local, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_volume_anchor anchor = { 0 };
	int done = cc_file_read(local->place.state, CC_VOLUME_ANCHOR_MAX, &text, err);

	if (done != 0 && err->code == CC_E_NOTFOUND)
		cc_err_hint(err, "'concordat volume init' makes a volume and its state file");
	if (done == 0)
		done = cc_volume_anchor_parse(cc_buf_span(&text), local->owner, &anchor, err);
	if (done != 0) {
		if (err->code == CC_E_ARG || err->code == CC_E_TAMPERED || err->code == CC_E_TOOBIG)
			cc_err_hint(err, "bring back your copy of it: nothing else names the "
					 "newest state");
		cc_volume_anchor_clear(&anchor);
		return cc_wrap(err, "state file '%s'", local->place.state);
	}
	anchor.access.local = true;
	cc_volume_anchor_clear(&local->anchor);
	local->anchor = anchor;
	return 0;
}

static int lock(struct cc_volume_local *local, bool write, struct cc_err *err)
{
	if (flock(local->dir.fd, (write ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return cc_fail_sys(err, errno, "lock the volume in '%s'", local->place.storage);
	cc_err_set(err, CC_E_CONFLICT, "the volume in '%s' is %s", local->place.storage,
		   write ? "open elsewhere" : "being written");
	return cc_hint(err, "wait for the command that has it open, or unmount it");
}

static int open_dir(struct cc_volume_local *local, bool create, struct cc_err *err)
{
	CC_AUTO_FREE char *path = NULL;

	CC_TRY(cc_volume_directory(&local->anchor.access.id, local->place.storage, &path, err));
	if (create)
		return cc_dir_create(path, 0700, &local->dir, err);
	if (cc_dir_open(path, CC_DIR_OWN, &local->dir, err) != 0)
		return cc_volume_explain(&local->anchor.access, local->place.storage, err);
	return 0;
}

/* Before anything is promised: a mount would take what its first commit could not write. */
static int check_writable(const struct cc_volume_local *local, struct cc_err *err)
{
	if (faccessat(local->dir.fd, ".", W_OK, AT_EACCESS) == 0)
		return 0;
	cc_err_set_sys(err, errno, "write the volume in '%s'", local->place.storage);
	return cc_hint(
		err,
		"make the storage writable; 'volume mount --read-only', 'get' and 'export' only read it");
}

static bool is_same(const struct cc_volume_id *a, const struct cc_volume_id *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

int cc_volume_local_open(const struct cc_volume_place *place, bool write,
			 struct cc_volume_local *out, struct cc_err *err)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = { .place = *place, .dir = CC_DIR_NONE };
	struct cc_volume_id id = { 0 };

	CC_TRY(check_apart(place, err));
	if (cc_hex_key_read(place->key_file, &local.owner, err) != 0)
		return cc_hint(err, "name the key file that 'concordat volume init' made");
	CC_TRY(read_anchor(&local, err));
	CC_TRY(open_dir(&local, false, err));
	CC_TRY(lock(&local, write, err));
	if (write)
		CC_TRY(check_writable(&local, err));
	/* Another writer may have named a state before the lock was ours. */
	id = local.anchor.access.id;
	CC_TRY(read_anchor(&local, err));
	if (!is_same(&id, &local.anchor.access.id))
		return cc_fail(err, CC_E_CONFLICT, "state file '%s' is of another volume by now",
			       place->state);
	if (write)
		cc_volume_begun_clear(&id, place->storage);
	*out = local;
	local = CC_VOLUME_LOCAL_NONE;
	return 0;
}

static int check_new(const struct cc_volume_place *place, struct cc_err *err)
{
	if (access(place->state, F_OK) != 0)
		return 0;
	cc_err_set(err, CC_E_CONFLICT, "state file '%s' is there already: there is a volume",
		   place->state);
	return cc_hint(err, "name another --state, or remove it when you want its volume no more");
}

int cc_volume_local_create(const struct cc_volume_place *place, struct cc_volume_local *out,
			   struct cc_err *err)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = { .place = *place, .dir = CC_DIR_NONE };

	local.anchor.access.local = true;
	CC_TRY(check_apart(place, err));
	CC_TRY(check_new(place, err));
	cc_volume_begun_tell(place->storage);
	CC_TRY(cc_random(CC_MUT(local.anchor.access.id.b), err));
	CC_TRY(cc_volume_begun_mark(&local.anchor.access.id, place->storage, err));
	CC_TRY(open_dir(&local, true, err));
	/* Last: a key without a volume would look like one that must be kept. */
	if (cc_hex_key_open(place->key_file, &local.owner, err) != 0) {
		cc_volume_local_forget(&local);
		return -1;
	}
	*out = local;
	local = CC_VOLUME_LOCAL_NONE;
	return lock(out, true, err);
}

void cc_volume_local_forget(struct cc_volume_local *local)
{
	CC_AUTO_DIR struct cc_dir storage = CC_DIR_NONE;
	CC_AUTO_BUF struct cc_buf name = { 0 };
	struct cc_err ignored = { 0 };
	const char *text = NULL;

	if (access(local->place.state, F_OK) == 0) /* named after all */
		return;
	if (cc_hex_add(&name, CC_SPAN(local->anchor.access.id.b), &ignored) == 0 &&
	    cc_buf_str(&name, &text, &ignored) == 0 &&
	    cc_dir_open(local->place.storage, CC_DIR_OWN, &storage, &ignored) == 0)
		cc_ignore(cc_dir_remove_tree(&storage, text, &ignored));
	cc_volume_begun_clear(&local->anchor.access.id, local->place.storage);
}

int cc_volume_local_owner(struct cc_volume_local *local, const char *key_file, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *owner = NULL;

	CC_TRY(cc_hex_key_open(key_file, &owner, err));
	cc_secret_free(local->owner);
	local->owner = CC_TAKE(owner);
	return 0;
}

/* Writing */

int cc_volume_writer_sweep(const struct cc_volume_writer *writer, struct cc_err *err)
{
	size_t removed = 0;

	return cc_volume_sweep(writer->volume, &writer->local->dir, &removed, err);
}

/* Files of an epoch that no state file names are of use to nobody. */
static void remove_own(const struct cc_volume_writer *writer)
{
	CC_AUTO_BUF struct cc_buf name = { 0 };
	struct cc_err ignored = { 0 };
	const char *text = NULL;

	if (cc_hex_add(&name, CC_SPAN(writer->epoch.state.b), &ignored) == 0 &&
	    cc_buf_add_str(&name, ".data", &ignored) == 0 &&
	    cc_buf_str(&name, &text, &ignored) == 0)
		cc_ignore(cc_dir_remove(&writer->local->dir, text, &ignored));
}

void cc_volume_writer_close(struct cc_volume_writer *writer)
{
	cc_volume_free(writer->volume);
	cc_volume_dir_free(writer->dir);
	if (writer->key != NULL && writer->local != NULL && !writer->is_named)
		remove_own(writer);
	cc_secret_free(writer->key);
	*writer = (struct cc_volume_writer){ 0 };
}

int cc_volume_writer_start(struct cc_volume_writer *writer, const struct cc_volume_access *access,
			   const char *storage, struct cc_err *err)
{
	struct cc_volume_open how = { .id = access->id,
				      .base = access->base.key != NULL ? &access->base : NULL,
				      .epoch = &writer->epoch,
				      .root_mode = 0755,
				      .root_uid = geteuid(),
				      .root_gid = getegid(),
				      .root_mtime = cc_time_now() };
	struct cc_volume_store store = { 0 };
	CC_AUTO_FREE char *path = NULL;

	CC_TRY(cc_volume_directory(&access->id, storage, &path, err));
	if (cc_volume_dir_open(path, how.base == NULL, &writer->dir, &store, err) != 0 ||
	    cc_volume_open(&store, &how, &writer->volume, err) != 0)
		return cc_volume_explain(access, storage, err);
	return 0;
}

int cc_volume_writer_open(struct cc_volume_local *local, bool empty, struct cc_volume_writer *out,
			  struct cc_err *err)
{
	struct cc_volume_access access = local->anchor.access;

	if (empty)
		access.base.key = NULL;
	out->local = local;
	CC_TRY(cc_random(CC_MUT(out->epoch.state.b), err));
	CC_TRY(cc_secret_random(CC_HEX_KEY_LEN, &out->key, err));
	out->epoch.key = out->key;
	out->epoch.epoch = access.base.epoch + 1;
	return cc_volume_writer_start(out, &access, local->place.storage, err);
}

int cc_volume_writer_record(struct cc_volume_writer *writer, const struct cc_volume_commit *commit,
			    struct cc_err *err)
{
	struct cc_volume_local *local = writer->local;
	struct cc_volume_anchor next = { .access.id = local->anchor.access.id,
					 .access.local = true,
					 .committed = cc_time_now() };
	CC_AUTO_BUF struct cc_buf text = { 0 };

	next.access.base = (struct cc_volume_base){ .state = writer->epoch.state,
						    .epoch = writer->epoch.epoch,
						    .number = commit->number,
						    .tag = commit->tag,
						    .key = writer->key };
	CC_TRY(cc_volume_anchor_print(&next, local->owner, &text, err));
	if (local->anchor.access.base.epoch == 0)
		CC_TRY(check_new(&local->place, err));
	writer->is_named = true; /* a failure may come after the rename */
	if (cc_file_write(local->place.state, 0600, cc_buf_span(&text), err) != 0)
		return cc_wrap(err, "state file '%s'", local->place.state);
	if (local->anchor.access.base.epoch == 0)
		cc_volume_begun_clear(&local->anchor.access.id, local->place.storage);
	/* The key stays the writer's: from here on the anchor only says what is named. */
	cc_volume_anchor_clear(&local->anchor);
	local->anchor = next;
	local->anchor.access.base.key = NULL;
	return 0;
}

int cc_volume_writer_commit(struct cc_volume_writer *writer, struct cc_err *err)
{
	struct cc_volume_commit done = { 0 };

	CC_TRY(cc_volume_commit(writer->volume, &done, err));
	CC_TRY(cc_volume_writer_record(writer, &done, err));
	cc_volume_acknowledged(writer->volume, done.number);
	return 0;
}
