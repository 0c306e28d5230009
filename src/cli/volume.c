/* SPDX-License-Identifier: Apache-2.0 */
/* volume ls, cat, get: what a volume holds, read by its owner without a mount. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/time.h"
#include "cli/output.h"
#include "cli/volume-copy.h"
#include "cli/volume-name.h"
#include "volume/walk.h"

struct values {
	struct cc_volume_name name;
	const char *to, *output;
	bool recursive, force;
};

static const struct cc_opt_arg path_or_root_args[] = {
	{ "[POLICY VOLUME] [PATH]", offsetof(struct values, name.words),
	  "whose volume, unless --state names one; where in it (default: /)", true, true },
};

/* ls */

struct listing {
	struct cc_volume *volume;
	struct cc_buf text;
	struct cc_json *entries; /* NULL: text is wanted */
};

static const struct {
	uint32_t type;
	char letter;
	const char *word;
} types[] = {
	{ S_IFDIR, 'd', "directory" }, { S_IFREG, '-', "file" },   { S_IFLNK, 'l', "link" },
	{ S_IFCHR, 'c', "device" },    { S_IFBLK, 'b', "device" }, { S_IFIFO, 'p', "pipe" },
	{ S_IFSOCK, 's', "socket" },
};

static size_t type_of(uint32_t mode)
{
	size_t at = 0;

	while (at + 1 < CC_COUNT(types) && types[at].type != (mode & S_IFMT))
		at++;
	return at;
}

/* drwxr-x--- and so on, with s and t where a bit stands in for x. */
static void print_mode(uint32_t mode, char out[static 11])
{
	static const char letters[] = "rwxrwxrwx";
	static const uint32_t special[] = { S_ISUID, S_ISGID, S_ISVTX };

	out[0] = types[type_of(mode)].letter;
	memcpy(&out[1], letters, 9);
	for (size_t i = 0; i < 9; i++)
		if ((mode & (0400u >> i)) == 0)
			out[i + 1] = '-';
	for (size_t i = 0; i < CC_COUNT(special); i++) {
		char *at = &out[3 * i + 3];

		if ((mode & special[i]) != 0)
			*at = (i == 2 ? "Tt" : "Ss")[*at == 'x'];
	}
	out[10] = '\0';
}

static int add_line(struct listing *listing, struct cc_span name, const struct cc_volume_attr *attr,
		    struct cc_err *err)
{
	char mode[11], time[CC_TIME_TEXT];
	struct cc_span target = { 0 };

	print_mode(attr->mode, mode);
	cc_time_print(attr->modified.sec, time);
	CC_TRY(cc_buf_addf(&listing->text, err,
			   "%s %3" PRIu32 " %5" PRIu32 " %5" PRIu32 " %12" PRIu64 " %s ", mode,
			   attr->links, attr->uid, attr->gid, attr->size, time));
	CC_TRY(cc_name_escape(name, &listing->text, err));
	if (S_ISLNK(attr->mode)) {
		CC_TRY(cc_volume_readlink(listing->volume, attr->ino, &target, err));
		CC_TRY(cc_buf_add_str(&listing->text, " -> ", err));
		CC_TRY(cc_name_escape(target, &listing->text, err));
	}
	return cc_buf_add_str(&listing->text, "\n", err);
}

/* Names are bytes: those that are no UTF-8 go into JSON as hexadecimal, under "…_hex". */
static int set_name(struct cc_json *json, const char *member, struct cc_span name,
		    struct cc_err *err)
{
	CC_AUTO_FREE char *other = NULL;
	struct cc_err ignored = { 0 };

	if (cc_json_set_text(json, member, name, &ignored) == 0)
		return 0;
	CC_TRY(cc_strf(&other, err, "%s_hex", member));
	return cc_json_set_hex(json, other, name, err);
}

static int add_object(struct listing *listing, struct cc_span name,
		      const struct cc_volume_attr *attr, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;
	char mode[11], time[CC_TIME_TEXT];
	struct cc_span target = { 0 };

	print_mode(attr->mode, mode);
	cc_time_print(attr->modified.sec, time);
	CC_TRY(cc_json_object(&one, err));
	CC_TRY(set_name(one, "name", name, err));
	CC_TRY(cc_json_set_str(one, "type", types[type_of(attr->mode)].word, err));
	CC_TRY(cc_json_set_str(one, "mode", mode, err));
	CC_TRY(cc_json_set_u64(one, "links", attr->links, err));
	CC_TRY(cc_json_set_u64(one, "uid", attr->uid, err));
	CC_TRY(cc_json_set_u64(one, "gid", attr->gid, err));
	CC_TRY(cc_json_set_u64(one, "size", attr->size, err));
	CC_TRY(cc_json_set_str(one, "modified", time, err));
	if (S_ISLNK(attr->mode)) {
		CC_TRY(cc_volume_readlink(listing->volume, attr->ino, &target, err));
		CC_TRY(set_name(one, "target", target, err));
	}
	return cc_json_add(listing->entries, CC_TAKE(one), err);
}

static int add_entry(struct listing *listing, struct cc_span name,
		     const struct cc_volume_attr *attr, struct cc_err *err)
{
	return listing->entries != NULL ? add_object(listing, name, attr, err)
					: add_line(listing, name, attr, err);
}

static int visit(void *ctx, const char *path, const struct cc_volume_attr *attr, struct cc_err *err)
{
	return add_entry(ctx, cc_span_str(path), attr, err);
}

static int list_dir(struct listing *listing, uint64_t ino, struct cc_err *err)
{
	struct cc_volume_entry entry = { 0 };
	struct cc_volume_attr attr = { 0 };
	bool end = false;

	for (;;) {
		CC_TRY(cc_volume_readdir(listing->volume, ino, entry.cookie, &entry, &end, err));
		if (end)
			return 0;
		CC_TRY(cc_volume_getattr(listing->volume, entry.ino, &attr, err));
		CC_TRY(add_entry(listing, entry.name, &attr, err));
	}
}

static int list(struct listing *listing, const char *path, bool recursive, struct cc_err *err)
{
	struct cc_volume_attr attr = { 0 };

	CC_TRY(cc_volume_resolve(listing->volume, path, &attr, err));
	if (recursive)
		return cc_volume_walk(listing->volume, path, visit, listing, err);
	return S_ISDIR(attr.mode) ? list_dir(listing, attr.ino, err)
				  : add_entry(listing, cc_span_str(path), &attr, err);
}

static void listing_clear(struct listing *listing)
{
	cc_buf_clear(&listing->text);
	cc_json_free(listing->entries);
}

static int ls(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_VOLUME_OPENED struct cc_volume_opened opened = CC_VOLUME_OPENED_NONE;
	CC_CLEANUP(listing_clear) struct listing listing = { 0 };
	CC_AUTO_JSON struct cc_json *top = NULL;
	CC_AUTO_FREE char *path = NULL;

	CC_TRY(cc_volume_name_open_at(&values->name, false, &opened, &path, err));
	listing.volume = opened.reader.volume;
	if (cc_wants_data(values->output))
		CC_TRY(cc_json_array(&listing.entries, err));
	CC_TRY(list(&listing, path, values->recursive, err));
	if (listing.entries == NULL)
		return cc_print(cc_buf_span(&listing.text), err);
	CC_TRY(cc_json_object(&top, err));
	CC_TRY(cc_json_set(top, "entries", CC_TAKE(listing.entries), err));
	return cc_print_data(values->output, top, err);
}

static const struct cc_opt ls_opts[] = {
	CC_OPT_VOLUME(struct values),
	{ "recursive", 'R', CC_OPT_FLAG, offsetof(struct values, recursive), NULL,
	  "everything below, with whole paths", false, NULL },
	CC_OPT_OUTPUT(struct values),
};
const struct cc_command cc_command_volume_ls = {
	"volume ls",
	"List what a volume holds. One of a CAS counts as exposed: its key leaves the CAS.",
	ls_opts,
	CC_COUNT(ls_opts),
	path_or_root_args,
	CC_COUNT(path_or_root_args),
	sizeof(struct values),
	NULL,
	ls,
};

/* cat */

static int cat(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_VOLUME_OPENED struct cc_volume_opened opened = CC_VOLUME_OPENED_NONE;
	CC_AUTO_FREE char *path = NULL;

	CC_TRY(cc_volume_name_open_at(&values->name, true, &opened, &path, err));
	return cc_volume_reader_print(&opened.reader, path, err);
}

static const struct cc_opt cat_opts[] = {
	CC_OPT_VOLUME(struct values),
};
static const struct cc_opt_arg cat_args[] = {
	{ "[POLICY VOLUME] PATH", offsetof(struct values, name.words),
	  "whose volume, unless --state names one; the file", true, true },
};
const struct cc_command cc_command_volume_cat = {
	"volume cat",
	"Print a file of a volume. One of a CAS counts as exposed from then on.",
	cat_opts,
	CC_COUNT(cat_opts),
	cat_args,
	CC_COUNT(cat_args),
	sizeof(struct values),
	NULL,
	cat,
};

/* get */

static void say_skipped(const char *path, const struct cc_volume_attr *attr)
{
	CC_AUTO_BUF struct cc_buf name = { 0 };
	struct cc_err err = { 0 };

	if (cc_name_escape(cc_span_str(path), &name, &err) == 0)
		(void)fprintf(stderr, "concordat: not copied: '%.*s' is a %s\n", (int)name.len,
			      (const char *)name.at, types[type_of(attr->mode)].word);
}

static int get(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_VOLUME_OPENED struct cc_volume_opened opened = CC_VOLUME_OPENED_NONE;
	struct cc_volume_copy copy = { .force = values->force, .skipped = say_skipped };
	CC_AUTO_FREE char *path = NULL;

	CC_TRY(cc_volume_name_open_at(&values->name, false, &opened, &path, err));
	if (cc_volume_copy_out(opened.reader.volume, path, values->to, &copy, err) != 0)
		return cc_volume_reader_failed(&opened.reader, err);
	(void)fprintf(stderr, "%" PRIu64 " file%s, %" PRIu64 " bytes to '%s'\n", copy.files,
		      copy.files == 1 ? "" : "s", copy.bytes, values->to);
	return 0;
}

static const struct cc_opt get_opts[] = {
	{ "to", 0, CC_OPT_STRING, offsetof(struct values, to), "FILE",
	  "the copy: a new file or directory", true, NULL },
	{ "force", 'f', CC_OPT_FLAG, offsetof(struct values, force), NULL,
	  "replace files that are there", false, NULL },
	CC_OPT_VOLUME(struct values),
};
const struct cc_command cc_command_volume_get = {
	"volume get",
	"Copy a file or tree out of a volume. One of a CAS counts as exposed from then on.",
	get_opts,
	CC_COUNT(get_opts),
	path_or_root_args,
	CC_COUNT(path_or_root_args),
	sizeof(struct values),
	NULL,
	get,
};
