/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes as their owner reads them, without a mount: the CAS gives the key of a
 * completed state, the storage its ciphertext. Also the logs of stages, which
 * are volumes too.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/time.h"
#include "cli/ask.h"
#include "volume/walk.h"

#define KEY_LEN 32

struct values {
	const char *policy, *volume, *path, *storage, *run, *to, *cas, *output;
	const char *stage;
	bool recursive, force, errors_only;
};

/* An open volume and what it stands on. */
struct opened {
	struct cc_volume_dir *dir;
	struct cc_volume *volume;
};
#define AUTO_OPENED CC_CLEANUP(clear_opened)

static void clear_opened(struct opened *opened)
{
	cc_volume_free(opened->volume);
	cc_volume_dir_free(opened->dir);
}

static int read_base(const struct cc_json *answer, struct cc_volume_base *base,
		     struct cc_secret **key, struct cc_err *err)
{
	CC_TRY(cc_json_get_hex(answer, "state", CC_MUT(base->state.b), err));
	CC_TRY(cc_json_get_u64(answer, "epoch", UINT64_MAX, &base->epoch, err));
	CC_TRY(cc_json_get_u64(answer, "number", UINT64_MAX, &base->number, err));
	CC_TRY(cc_json_get_digest(answer, "tag", &base->tag, err));
	CC_TRY(cc_json_get_secret(answer, "key", KEY_LEN, key, err));
	base->key = *key;
	return 0;
}

static int open_at(const struct cc_json *answer, const char *storage, struct opened *out,
		   struct cc_err *err)
{
	struct cc_volume_base base = { 0 };
	struct cc_volume_open how = { .base = &base };
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	struct cc_volume_store store = { 0 };
	CC_AUTO_FREE char *path = NULL;
	const char *id = NULL;

	CC_TRY(read_base(answer, &base, &key, err));
	CC_TRY(cc_json_get_hex(answer, "id", CC_MUT(how.id.b), err));
	CC_TRY(cc_json_get_str(answer, "id", &id, err));
	CC_TRY(cc_strf(&path, err, "%s/%s", storage, id));
	if (cc_volume_dir_open(path, false, &out->dir, &store, err) != 0)
		return cc_hint(err, "--storage is where 'workflow run' kept its ciphertext");
	return cc_volume_open(&store, &how, &out->volume, err);
}

static int open_volume(const struct values *values, struct opened *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL, *answer = NULL;

	CC_TRY(cc_json_object(&body, err));
	CC_TRY(cc_json_set_str(body, "policy", values->policy, err));
	CC_TRY(cc_json_set_str(body, "volume", values->volume, err));
	if (values->run != NULL)
		CC_TRY(cc_json_set_str(body, "run", values->run, err));
	CC_TRY(cc_ask_call(values->cas, "POST", body, &answer, err, "/v1/volumes/key"));
	return open_at(answer, values->storage, out, err);
}

static int write_piece(void *ctx, struct cc_span piece, struct cc_err *err)
{
	return cc_write_all(*(const int *)ctx, piece, err);
}

static int print_file(struct cc_volume *volume, const char *path, struct cc_err *err)
{
	struct cc_volume_attr attr = { 0 };
	int out = STDOUT_FILENO;

	if (cc_volume_resolve(volume, path, &attr, err) != 0)
		return cc_wrap(err, "'%s'", path);
	if (!S_ISREG(attr.mode))
		return cc_fail(err, CC_E_ARG, "'%s' is not a file", path);
	return cc_volume_copy_file(volume, attr.ino, write_piece, &out, err);
}

static int cat(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	AUTO_OPENED struct opened opened = { 0 };

	CC_TRY(open_volume(values, &opened, err));
	return print_file(opened.volume, values->path, err);
}

struct listing {
	struct cc_volume *volume;
	const char *top;
	bool recursive;
	struct cc_json *json; /* NULL: text */
};

static char kind_of(uint32_t mode)
{
	return S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : S_ISREG(mode) ? '-' : '?';
}

/* Whether `path` lies directly in the directory `top`. */
static bool is_direct(const char *top, const char *path)
{
	size_t len = strlen(top);

	if (strncmp(path, top, len) != 0)
		return false;
	path += len;
	path += *path == '/';
	return strchr(path, '/') == NULL;
}

static int list_json(const struct listing *listing, const char *path,
		     const struct cc_volume_attr *attr, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;
	char kind[2] = { kind_of(attr->mode), '\0' };

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_str(one, "path", path, err));
	CC_TRY(cc_json_set_str(one, "kind", kind, err));
	CC_TRY(cc_json_set_u64(one, "mode", attr->mode & 07777, err));
	CC_TRY(cc_json_set_u64(one, "size", attr->size, err));
	return cc_json_add(listing->json, CC_TAKE(one), err);
}

static int list_one(void *ctx, const char *path, const struct cc_volume_attr *attr,
		    struct cc_err *err)
{
	const struct listing *listing = ctx;
	char when[CC_TIME_TEXT];

	if (cc_str_eq(path, listing->top) && S_ISDIR(attr->mode))
		return 0;
	if (!listing->recursive && !is_direct(listing->top, path))
		return 0;
	if (listing->json != NULL)
		return list_json(listing, path, attr, err);
	cc_time_print(attr->modified.sec, when);
	(void)printf("%c%04o %5u %5u %12llu %s %s\n", kind_of(attr->mode), attr->mode & 07777,
		     attr->uid, attr->gid, (unsigned long long)attr->size, when, path);
	return 0;
}

static int ls(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	AUTO_OPENED struct opened opened = { 0 };
	CC_AUTO_JSON struct cc_json *list = NULL;
	struct listing listing = { .top = values->path, .recursive = values->recursive };

	CC_TRY(open_volume(values, &opened, err));
	listing.volume = opened.volume;
	if (cc_wants_json(values->output))
		CC_TRY(cc_json_array(&list, err));
	listing.json = list;
	CC_TRY(cc_volume_walk(opened.volume, values->path, list_one, &listing, err));
	return list != NULL ? cc_print_json(list, err) : 0;
}

/* One file to a place of the user's, new unless forced, whole or not there. */
static int get(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	AUTO_OPENED struct opened opened = { 0 };
	struct cc_volume_attr attr = { 0 };
	CC_AUTO_CLOSE int fd = -1;
	int done = 0;

	CC_TRY(open_volume(values, &opened, err));
	if (cc_volume_resolve(opened.volume, values->path, &attr, err) != 0)
		return cc_wrap(err, "'%s'", values->path);
	if (!S_ISREG(attr.mode))
		return cc_fail(err, CC_E_ARG, "'%s' is not a file", values->path);
	if (values->force)
		(void)unlink(values->to);
	fd = open(values->to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST) {
		cc_err_set(err, CC_E_CONFLICT, "'%s' is there already", values->to);
		return cc_hint(err, "--force replaces it");
	}
	if (fd < 0)
		return cc_fail_sys(err, errno, "create '%s'", values->to);
	done = cc_volume_copy_file(opened.volume, attr.ino, write_piece, &fd, err);
	if (done == 0)
		done = cc_fsync(fd, values->to, err);
	if (done != 0)
		(void)unlink(values->to);
	return done;
}

static int open_log(const struct values *values, struct opened *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *run = NULL, *body = NULL, *answer = NULL;
	const char *workflow = NULL;

	CC_TRY(cc_ask_call(values->cas, "GET", NULL, &run, err, "/v1/runs/%s", values->run));
	CC_TRY(cc_json_get_str(run, "workflow", &workflow, err));
	CC_TRY(cc_json_object(&body, err));
	CC_TRY(cc_json_set_str(body, "policy", workflow, err));
	CC_TRY(cc_json_set_str(body, "run", values->run, err));
	CC_TRY(cc_json_set_str(body, "log", values->stage, err));
	CC_TRY(cc_ask_call(values->cas, "POST", body, &answer, err, "/v1/volumes/key"));
	return open_at(answer, values->storage, out, err);
}

static int logs(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	AUTO_OPENED struct opened opened = { 0 };

	CC_TRY(open_log(values, &opened, err));
	if (!values->errors_only)
		CC_TRY(print_file(opened.volume, "/stdout", err));
	return print_file(opened.volume, "/stderr", err);
}

#define STORAGE                                                                       \
	{                                                                             \
		"storage", 0, CC_OPT_STRING, offsetof(struct values, storage), "DIR", \
			"where the ciphertext of volumes is kept", true, NULL         \
	}
#define RUN                                                                               \
	{                                                                                 \
		"run", 0, CC_OPT_STRING, offsetof(struct values, run), "RUN",             \
			"of this run (default: the latest that is complete)", false, NULL \
	}

static const struct cc_opt ls_opts[] = {
	STORAGE,
	RUN,
	{ "recursive", 'R', CC_OPT_FLAG, offsetof(struct values, recursive), NULL,
	  "everything below too", false, NULL },
	CC_OPT_CAS(struct values),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt cat_opts[] = { STORAGE, RUN, CC_OPT_CAS(struct values) };
static const struct cc_opt get_opts[] = {
	STORAGE,
	RUN,
	{ "to", 0, CC_OPT_STRING, offsetof(struct values, to), "FILE", "where it goes", true,
	  NULL },
	{ "force", 'f', CC_OPT_FLAG, offsetof(struct values, force), NULL, "replace what is there",
	  false, NULL },
	CC_OPT_CAS(struct values),
};
static const struct cc_opt logs_opts[] = {
	STORAGE,
	{ "stderr", 0, CC_OPT_FLAG, offsetof(struct values, errors_only), NULL,
	  "only the standard error", false, NULL },
	CC_OPT_CAS(struct values),
};

static const struct cc_opt_arg ls_args[] = {
	{ "POLICY", offsetof(struct values, policy), "the policy that owns the volume", false,
	  false },
	{ "VOLUME", offsetof(struct values, volume), "its name there", false, false },
	{ "PATH", offsetof(struct values, path), "in the volume (default: /)", true, false },
};
static const struct cc_opt_arg file_args[] = {
	{ "POLICY", offsetof(struct values, policy), "the policy that owns the volume", false,
	  false },
	{ "VOLUME", offsetof(struct values, volume), "its name there", false, false },
	{ "PATH", offsetof(struct values, path), "of a file in the volume", false, false },
};
static const struct cc_opt_arg logs_args[] = {
	{ "RUN", offsetof(struct values, run), "the run", false, false },
	{ "STAGE", offsetof(struct values, stage), "one of its stages", false, false },
};
static const struct values from_the_top = { .path = "/" };

const struct cc_command cc_command_volume_ls = {
	"volume ls",
	"List what is in a volume that you own.",
	ls_opts,
	CC_COUNT(ls_opts),
	ls_args,
	CC_COUNT(ls_args),
	sizeof(struct values),
	&from_the_top,
	ls,
};
const struct cc_command cc_command_volume_cat = {
	"volume cat",
	"Print a file of a volume that you own.",
	cat_opts,
	CC_COUNT(cat_opts),
	file_args,
	CC_COUNT(file_args),
	sizeof(struct values),
	NULL,
	cat,
};
const struct cc_command cc_command_volume_get = {
	"volume get",
	"Copy a file out of a volume that you own.",
	get_opts,
	CC_COUNT(get_opts),
	file_args,
	CC_COUNT(file_args),
	sizeof(struct values),
	NULL,
	get,
};
const struct cc_command cc_command_workflow_logs = {
	"workflow logs",
	"Print what a stage of a complete run wrote to its console.",
	logs_opts,
	CC_COUNT(logs_opts),
	logs_args,
	CC_COUNT(logs_args),
	sizeof(struct values),
	NULL,
	logs,
};
