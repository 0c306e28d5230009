/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/staging.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mount.h>

#include "sandbox/mount.h"
#include "volumed/staged.h"

static uint64_t bytes_of(uint64_t mib)
{
	return mib << 20;
}

static int lacks_fuse(const struct cc_err *no_fuse, const char *what, const char *name,
		      struct cc_err *err)
{
	cc_err_set(err, CC_E_UNSUPPORTED, "mount %s'%s': %s", what, name, no_fuse->text);
	return cc_hint(err,
		       "%s; or its policy says how many MiB of memory it may be copied into: "
		       "'staged'",
		       no_fuse->hint);
}

static int check_saved(const struct cc_config_volume *volume, struct cc_err *err)
{
	bool is_saved = volume->is_written && volume->commit.current != CC_CONFIG_NEVER;

	if (!is_saved || bytes_of(volume->staged) <= CC_STAGED_SAVED_MAX)
		return 0;
	cc_err_set(err, CC_E_TOOBIG,
		   "volume '%s' is staged in %" PRIu64 " MiB, and what is written back has at "
		   "most %" PRIu64,
		   volume->name, volume->staged, CC_STAGED_SAVED_MAX >> 20);
	return cc_hint(err, "give it less memory in its policy ('staged'), or have it mounted");
}

int cc_staging_check(const struct cc_config *config, const struct cc_err *no_fuse,
		     struct cc_err *err)
{
	for (size_t i = 0; i < config->volume_count; i++)
		CC_TRY(check_saved(&config->volumes[i], err));
	if (no_fuse->code == CC_OK)
		return 0;
	if (config->image.staged == 0)
		return lacks_fuse(no_fuse, "the image of service ", config->service, err);
	for (size_t i = 0; i < config->volume_count; i++)
		if (config->volumes[i].staged == 0)
			return lacks_fuse(no_fuse, "volume ", config->volumes[i].name, err);
	return 0;
}

static int staged_of(const struct cc_staging *staging, const struct cc_dir *copy,
		     int (*act)(const struct cc_staged *, struct cc_err *), struct cc_err *err)
{
	const struct cc_staged staged = { .volume = staging->volume,
					  .tree = copy,
					  .limit = bytes_of(staging->mib),
					  .one_owner = staging->one_owner };

	return act(&staged, err);
}

static int fill(const struct cc_staging *staging, const struct cc_dir *tree, const char *path,
		const struct cc_dir *copy, struct cc_err *err)
{
	if (staged_of(staging, copy, cc_staged_fill, err) != 0)
		return err->sys == EPERM ? cc_hint(err, "files of others need the container's "
							"capabilities FOWNER and FSETID, "
							"devices MKNOD")
					 : -1;
	return staging->writable ? 0 : cc_mount_freeze(tree, path, err);
}

int cc_staging_start(const struct cc_staging *staging, const struct cc_dir *tree, const char *path,
		     struct cc_dir *copy, struct cc_err *err)
{
	const char *below = path[0] == '/' ? path + 1 : path;
	CC_AUTO_DIR struct cc_dir made = CC_DIR_NONE;

	CC_TRY(cc_mount_bounded(tree, path, bytes_of(staging->mib), err));
	CC_TRY(cc_dir_sub(tree, below[0] != '\0' ? below : ".", &made, err));
	made.kind = CC_DIR_OWN; /* what the program makes in it is looked at, never followed */
	if (fill(staging, tree, path, &made, err) != 0) {
		cc_staging_end(&made);
		return -1;
	}
	*copy = made;
	made = CC_DIR_NONE;
	return 0;
}

int cc_staging_save(const struct cc_staging *staging, const struct cc_dir *copy, struct cc_err *err)
{
	return staged_of(staging, copy, cc_staged_save, err);
}

void cc_staging_end(struct cc_dir *copy)
{
	char path[40];

	if (copy->fd < 0)
		return;
	/* by descriptor: a path could by now lead through a link of the image */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", copy->fd);
	(void)umount2(path, MNT_DETACH);
	cc_dir_close(copy);
}
