/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/str.h"
#include "sandbox/mount.h"

/*
 * Where a file goes. The first `base_len` bytes of `full` are the nearest directory that
 * the image has, with its links resolved (0: the root itself); the rest is not there.
 */
struct target {
	bool is_there; /* the image has the file itself: nothing else is set */
	char *full;
	size_t base_len;
	size_t layer; /* index of the target whose base is this one's layer */
};

struct job {
	struct cc_dir tree, inject;
	const struct cc_inject_plan *plan;
	struct target targets[CC_INJECT_MAX];
};

static void job_clear(struct job *job)
{
	cc_dir_close(&job->tree);
	cc_dir_close(&job->inject);
	for (size_t i = 0; i < CC_INJECT_MAX; i++)
		free(job->targets[i].full);
}

bool cc_path_is_below(const char *path, const char *mount)
{
	size_t len = strlen(mount);

	if (len == 1)
		return true; /* "/" */
	return strncmp(path, mount, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

bool cc_path_is_normal(const char *path)
{
	const char *at = path;

	if (*at != '/')
		return false;
	while (*at == '/') {
		size_t len = strcspn(++at, "/");

		if (len == 0 || (len == 1 && at[0] == '.') ||
		    (len == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		at += len;
	}
	return true;
}

static int check_one(const struct cc_inject_plan *plan, size_t index, struct cc_err *err)
{
	const char *path = plan->files[index].path;

	if (!cc_path_is_normal(path) || strlen(path) >= PATH_MAX)
		return cc_fail(err, CC_E_ARG, "inject '%s': not an absolute path in normal form",
			       path);
	for (size_t i = 0; i < index; i++)
		if (cc_path_is_below(plan->files[i].path, path) ||
		    cc_path_is_below(path, plan->files[i].path))
			return cc_fail(err, CC_E_ARG, "inject '%s': '%s' is injected too", path,
				       plan->files[i].path);
	for (size_t i = 0; i < plan->mount_count; i++) {
		if (!cc_path_is_below(path, plan->mounts[i]))
			continue;
		cc_err_set(err, CC_E_ARG, "inject '%s': '%s' is mounted over it", path,
			   plan->mounts[i]);
		return cc_hint(err,
			       "let the policy inject it elsewhere, or write it into the volume");
	}
	return 0;
}

int cc_inject_check(const struct cc_inject_plan *plan, struct cc_err *err)
{
	if (plan->count > CC_INJECT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%zu files to inject, at most %d", plan->count,
			       CC_INJECT_MAX);
	for (size_t i = 0; i < plan->count; i++)
		CC_TRY(check_one(plan, i, err));
	return 0;
}

/* What the kernel calls an open directory of the tree, without our prefix: "" or "/a/b". */
static int real_name(const struct cc_dir *tree, int fd, char out[static PATH_MAX],
		     struct cc_err *err)
{
	char link[40], top[PATH_MAX];
	ssize_t top_len = 0, len = 0;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", tree->fd);
	top_len = readlink(link, top, sizeof(top));
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, out, PATH_MAX);
	if (top_len < 0 || len < 0)
		return cc_fail_sys(err, errno, "name a directory of the image");
	if (len == PATH_MAX || len < top_len || memcmp(out, top, (size_t)top_len) != 0)
		return cc_fail(err, CC_E_TOOBIG, "a directory of the image has no usable name");
	memmove(out, out + top_len, (size_t)(len - top_len));
	out[len - top_len] = '\0';
	return 0;
}

/* The nearest directory above `path` that the image has; `*len` is where its name ends. */
static int ancestor_open(const struct cc_dir *tree, const char *path, int *out, size_t *len,
			 struct cc_err *err)
{
	CC_AUTO_FREE char *part = NULL;

	CC_TRY(cc_str_dup(path, &part, err));
	for (size_t at = strlen(part); at > 0; at--) {
		struct cc_err missing = { 0 };

		if (part[at] != '/')
			continue;
		part[at] = '\0';
		*len = at;
		if (cc_dir_openat(tree, part + 1, O_PATH | O_DIRECTORY, 0, out, &missing) == 0)
			return 0;
	}
	*len = 0;
	return cc_dir_openat(tree, ".", O_PATH | O_DIRECTORY, 0, out, err);
}

static int target_find(const struct cc_dir *tree, const char *path, struct target *out,
		       struct cc_err *err)
{
	CC_AUTO_CLOSE int file = -1, base = -1;
	struct cc_err missing = { 0 };
	char name[PATH_MAX];
	size_t len = 0;
	struct stat st;

	if (cc_dir_openat(tree, path + 1, O_PATH, 0, &file, &missing) == 0) {
		if (fstat(file, &st) != 0 || !S_ISREG(st.st_mode))
			return cc_fail(err, CC_E_CONFLICT,
				       "the image has something there that is not a file");
		out->is_there = true;
		return 0;
	}
	CC_TRY(ancestor_open(tree, path, &base, &len, err));
	CC_TRY(real_name(tree, base, name, err));
	out->base_len = strlen(name);
	return cc_strf(&out->full, err, "%s%s", name, path + len);
}

/* Whether the base of `other` is that of `target` or above it. */
static bool is_above(const struct target *other, const struct target *target)
{
	return !other->is_there && other->base_len <= target->base_len &&
	       strncmp(other->full, target->full, other->base_len) == 0 &&
	       target->full[other->base_len] == '/';
}

/* Files whose bases lie one below the other share the layer of the uppermost. */
static void layers_share(struct job *job)
{
	for (size_t i = 0; i < job->plan->count; i++) {
		struct target *target = &job->targets[i];

		target->layer = i;
		for (size_t j = 0; j < job->plan->count && !target->is_there; j++) {
			const struct target *other = &job->targets[j];
			size_t best = job->targets[target->layer].base_len;

			if (is_above(other, target) &&
			    (other->base_len < best ||
			     (other->base_len == best && j < target->layer)))
				target->layer = j;
		}
	}
}

/* A directory of a layer hides the mode and owner of the image's own: it takes them over. */
static int directory_like(const struct job *job, const char *name, const char *image,
			  struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;
	struct cc_err missing = { 0 };
	struct stat st = { .st_mode = 0755 };

	if (cc_dir_has(&job->inject, name))
		return 0;
	if (cc_dir_openat(&job->tree, image[0] == '/' ? image + 1 : ".", O_PATH | O_DIRECTORY, 0,
			  &fd, &missing) == 0 &&
	    fstat(fd, &st) != 0)
		return cc_fail_sys(err, errno, "look at '%s'", image);
	CC_TRY(cc_dir_mkdir(&job->inject, name, 0700, err));
	if (fchmodat(job->inject.fd, name, st.st_mode & 07777, 0) != 0 ||
	    fchownat(job->inject.fd, name, st.st_uid, st.st_gid, 0) != 0)
		return cc_fail_sys(err, errno, "make '%s' for an injected file", image);
	return 0;
}

static int file_make(const struct job *job, const char *name, const struct cc_inject *file,
		     struct cc_err *err)
{
	CC_TRY(cc_dir_write_new(&job->inject, name, 0600, file->content, err));
	/* in this order: once it is another's, only CAP_FOWNER could change the mode */
	if (fchmodat(job->inject.fd, name, file->mode & 0777, 0) != 0 ||
	    fchownat(job->inject.fd, name, job->plan->uid, job->plan->gid, 0) != 0)
		return cc_fail_sys(err, errno, "give the file its owner and mode");
	return 0;
}

/* The file in its layer, "<layer>/a/b/file", with the directories that lead to it. */
static int layer_add(const struct job *job, size_t index, struct cc_err *err)
{
	const struct target *target = &job->targets[index];
	size_t above = job->targets[target->layer].base_len;
	CC_AUTO_FREE char *name = NULL, *image = NULL;
	size_t top = 0;

	CC_TRY(cc_str_dup(target->full, &image, err));
	CC_TRY(cc_strf(&name, err, "%zu%s", target->layer, target->full + above));
	top = strcspn(name, "/");
	for (size_t at = top; name[at] != '\0'; at++) {
		size_t same = above + at - top; /* where the image's name of this directory ends */

		if (name[at] != '/')
			continue;
		name[at] = image[same] = '\0';
		CC_TRY(directory_like(job, name, image, err));
		name[at] = image[same] = '/';
	}
	return file_make(job, name, &job->plan->files[index], err);
}

static int layer_mount(const struct job *job, size_t index, struct cc_err *err)
{
	CC_AUTO_CLOSE int layer = -1;
	CC_AUTO_FREE char *base = NULL;
	const struct target *target = &job->targets[index];
	char name[32];

	(void)snprintf(name, sizeof(name), "%zu", index);
	CC_TRY(cc_str_from(cc_span(target->full, target->base_len), &base, err));
	CC_TRY(cc_dir_openat(&job->inject, name, O_PATH | O_DIRECTORY, 0, &layer, err));
	return cc_mount_layer(&job->tree, *base != '\0' ? base : "/", layer, err);
}

static int file_bind(const struct job *job, size_t index, struct cc_err *err)
{
	CC_AUTO_CLOSE int source = -1;
	char name[32];

	(void)snprintf(name, sizeof(name), "%zu", index);
	CC_TRY(file_make(job, name, &job->plan->files[index], err));
	CC_TRY(cc_dir_openat(&job->inject, name, O_PATH, 0, &source, err));
	return cc_mount_bind_ro(&job->tree, job->plan->files[index].path, source, err);
}

static int each(const struct job *job, bool are_there,
		int (*act)(const struct job *, size_t, struct cc_err *), struct cc_err *err)
{
	for (size_t i = 0; i < job->plan->count; i++) {
		const struct target *target = &job->targets[i];

		/* a layer is mounted once, by the target that it is named after */
		if (target->is_there != are_there || (act == layer_mount && target->layer != i))
			continue;
		if (act(job, i, err) != 0)
			return cc_wrap(err, "inject '%s'", job->plan->files[i].path);
	}
	return 0;
}

int cc_inject_files(const struct cc_dir *work, const struct cc_inject_plan *plan,
		    struct cc_err *err)
{
	CC_CLEANUP(job_clear)
	struct job job = { .tree = CC_DIR_NONE, .inject = CC_DIR_NONE, .plan = plan };

	CC_TRY(cc_inject_check(plan, err));
	CC_TRY(cc_dir_sub(work, "tree", &job.tree, err));
	CC_TRY(cc_dir_sub(work, "inject", &job.inject, err));
	job.tree.kind = CC_DIR_ROOT;
	for (size_t i = 0; i < plan->count; i++)
		if (target_find(&job.tree, plan->files[i].path, &job.targets[i], err) != 0)
			return cc_wrap(err, "inject '%s'", plan->files[i].path);
	layers_share(&job);
	CC_TRY(each(&job, false, layer_add, err));
	CC_TRY(each(&job, false, layer_mount, err));
	/* a layer on the root is a new root: what is bound must lie on top of it */
	cc_dir_close(&job.tree);
	CC_TRY(cc_dir_sub(work, "tree", &job.tree, err));
	job.tree.kind = CC_DIR_ROOT;
	return each(&job, true, file_bind, err);
}
