/* SPDX-License-Identifier: Apache-2.0 */
/* volume init, put, rekey: what its owner writes into a volume. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/str.h"
#include "cli/output.h"
#include "cli/volume-edit.h"
#include "cli/volume-intake.h"
#include "codec/text.h"

struct values {
	struct cc_volume_name name;
	const char *from, *new_key_file, *output;
	bool force, quiet;
};

#define QUIET                                                                                   \
	{                                                                                       \
		"quiet", 'q', CC_OPT_FLAG, offsetof(struct values, quiet), NULL, "no progress", \
			false, NULL                                                             \
	}

static const struct cc_opt_arg whole_args[] = {
	{ "[POLICY VOLUME]", offsetof(struct values, name.words),
	  "whose volume, unless --state names one", true, true },
};

static void say_skipped(const char *name)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	if (cc_name_escape(cc_span_str(name), &text, &err) == 0)
		(void)fprintf(stderr, "concordat: not copied: '%.*s' is a device or socket\n",
			      (int)text.len, (const char *)text.at);
}

/* What was written: the answer of all three. */
static int print_state(const struct values *values, const struct cc_volume_access *access,
		       struct cc_err *err)
{
	const struct cc_volume_base *base = &access->base;
	CC_AUTO_JSON struct cc_json *top = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_json_object(&top, err));
	CC_TRY(cc_json_set_hex(top, "volume", CC_SPAN(access->id.b), err));
	CC_TRY(cc_json_set_hex(top, "state", CC_SPAN(base->state.b), err));
	CC_TRY(cc_json_set_u64(top, "epoch", base->epoch, err));
	CC_TRY(cc_json_set_u64(top, "number", base->number, err));
	CC_TRY(cc_json_set_hex(top, "tag", CC_DIGEST_SPAN(base->tag), err));
	if (cc_wants_data(values->output))
		return cc_print_data(values->output, top, err);
	CC_TRY(cc_hex_add(&text, CC_SPAN(access->id.b), err));
	CC_TRY(cc_buf_addf(&text, err, " epoch %llu\n", (unsigned long long)base->epoch));
	return cc_print(cc_buf_span(&text), err);
}

static int finish(const struct values *values, struct cc_volume_edit *edit,
		  struct cc_progress *progress, struct cc_err *err)
{
	struct cc_volume_access access = { 0 };

	CC_TRY(cc_volume_edit_finish(edit, &access, err));
	cc_progress_end(progress);
	return print_state(values, &access, err);
}

/* init */

static int fill(struct cc_volume_intake *in, const char *from, struct cc_err *err)
{
	const struct cc_volume_spot root = { CC_VOLUME_ROOT_INO, { NULL, 0 } };
	CC_AUTO_FREE char *below = NULL;
	struct stat st = { 0 };

	if (from == NULL)
		return 0;
	/* The slash: a link that the user names is followed. */
	CC_TRY(cc_strf(&below, err, "%s/", from));
	if (stat(below, &st) != 0)
		return cc_volume_intake_tar(in, from, err);
	return cc_volume_intake_host(in, below, &root, err);
}

static int make(const struct values *values, struct cc_volume_edit *edit, struct cc_err *err)
{
	struct cc_progress progress = { .quiet = values->quiet };
	CC_AUTO_VOLUME_INTAKE struct cc_volume_intake in = { .skipped = say_skipped,
							     .progress = &progress,
							     .force = true };

	/* Force: an archive may name a directory twice, and of a file the last one counts. */
	CC_TRY(cc_volume_edit_open(edit, true, err));
	in.volume = edit->writer.volume;
	cc_progress_start(&progress, "wrote");
	CC_TRY(fill(&in, values->from, err));
	return finish(values, edit, &progress, err);
}

static int init(const void *at, struct cc_err *err)
{
	static const struct cc_volume_words none = { "", 0, 0 };
	CC_AUTO_VOLUME_EDIT struct cc_volume_edit edit = CC_VOLUME_EDIT_NONE;
	const struct values *values = at;
	struct cc_strings words = { .count = 0 };

	CC_TRY(cc_volume_name_rest(&values->name, &none, &words, err));
	CC_TRY(cc_volume_edit_take(&values->name, true, &edit, err));
	if (make(values, &edit, err) == 0)
		return 0;
	if (cc_volume_name_is_local(&values->name))
		cc_volume_local_forget(&edit.local);
	return cc_failed();
}

static const struct cc_opt init_opts[] = {
	CC_OPT_VOLUME_WRITTEN(struct values),
	{ "from", 0, CC_OPT_STRING, offsetof(struct values, from), "FILE",
	  "what is in it: a directory, or a tar archive", false, NULL },
	QUIET,
	CC_OPT_OUTPUT(struct values),
};
const struct cc_command cc_command_volume_init = {
	"volume init",
	"Make the first state of a volume, empty or of what is there.",
	init_opts,
	CC_COUNT(init_opts),
	whole_args,
	CC_COUNT(whole_args),
	sizeof(struct values),
	NULL,
	init,
};

/* put */

/* As cp does: into a directory that is there, else under that name. */
static int put_one(struct cc_volume_intake *in, const char *path, const char *to, bool several,
		   struct cc_err *err)
{
	CC_AUTO_FREE char *dest = NULL, *inside = NULL;
	struct cc_volume_attr attr = { 0 };
	struct cc_volume_spot spot = { 0 };
	struct cc_err why = { 0 };
	const char *last = NULL;
	size_t len = strlen(path);
	bool is_there = false;

	CC_TRY(cc_volume_path(to, &dest, err));
	is_there = cc_volume_resolve(in->volume, dest, &attr, &why) == 0;
	if (!is_there && why.code != CC_E_NOTFOUND) {
		*err = why;
		return -1;
	}
	if (!is_there || !S_ISDIR(attr.mode)) {
		if (several) {
			cc_err_set(err, CC_E_ARG, "'%s' is no directory of the volume", to);
			return cc_hint(err, "several go into a directory that is there, as '/'");
		}
		CC_TRY(cc_volume_intake_spot(in, dest, &spot, err));
		return cc_volume_intake_host(in, path, &spot, err);
	}
	while (len > 1 && path[len - 1] == '/')
		len--;
	last = memrchr(path, '/', len);
	last = last != NULL ? last + 1 : path;
	CC_TRY(cc_str_from(cc_span(last, (size_t)(path + len - last)), &inside, err));
	if (inside[0] == '\0' || cc_str_eq(inside, ".") || cc_str_eq(inside, ".."))
		return cc_fail(err, CC_E_ARG, "'%s' does not end in a name to copy to", path);
	spot = (struct cc_volume_spot){ attr.ino, cc_span_str(inside) };
	return cc_volume_intake_host(in, path, &spot, err);
}

static int put_all(const struct values *values, const struct cc_strings *words,
		   struct cc_volume_edit *edit, struct cc_err *err)
{
	struct cc_progress progress = { .quiet = values->quiet };
	CC_AUTO_VOLUME_INTAKE struct cc_volume_intake in = { .volume = edit->writer.volume,
							     .force = values->force,
							     .skipped = say_skipped,
							     .progress = &progress };
	const size_t last = words->count - 1;

	cc_progress_start(&progress, "put");
	for (size_t i = 0; i < last; i++)
		CC_TRY(put_one(&in, words->at[i], words->at[last], last > 1, err));
	return finish(values, edit, &progress, err);
}

static int put(const void *at, struct cc_err *err)
{
	static const struct cc_volume_words paths = { "PATH... DEST", 2, CC_STRINGS_MAX };
	CC_AUTO_VOLUME_EDIT struct cc_volume_edit edit = CC_VOLUME_EDIT_NONE;
	const struct values *values = at;
	struct cc_strings words = { .count = 0 };

	CC_TRY(cc_volume_name_rest(&values->name, &paths, &words, err));
	CC_TRY(cc_volume_edit_take(&values->name, false, &edit, err));
	CC_TRY(cc_volume_edit_open(&edit, false, err));
	return put_all(values, &words, &edit, err);
}

static const struct cc_opt put_opts[] = {
	CC_OPT_VOLUME_WRITTEN(struct values),
	{ "force", 'f', CC_OPT_FLAG, offsetof(struct values, force), NULL,
	  "replace files that are there, fill directories further", false, NULL },
	QUIET,
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt_arg put_args[] = {
	{ "[POLICY VOLUME] PATH... DEST", offsetof(struct values, name.words),
	  "whose volume, unless --state names one; what goes where in it", true, true },
};
const struct cc_command cc_command_volume_put = {
	"volume put",
	"Copy files and trees into a volume. One of a CAS counts as exposed from then on.",
	put_opts,
	CC_COUNT(put_opts),
	put_args,
	CC_COUNT(put_args),
	sizeof(struct values),
	NULL,
	put,
};

/* rekey */

/* Everything is written anew under a key that nobody had: nothing of the old epochs is needed. */
static int rewrite(const struct values *values, struct cc_volume_edit *edit, struct cc_err *err)
{
	CC_AUTO_VOLUME_READER struct cc_volume_reader reader = { 0 };
	struct cc_progress progress = { .quiet = values->quiet };
	CC_AUTO_VOLUME_INTAKE struct cc_volume_intake in = { .progress = &progress };
	struct cc_volume_usage usage = { 0 };

	CC_TRY(cc_volume_edit_read(edit, &reader, err));
	CC_TRY(cc_volume_edit_open(edit, true, err));
	in.volume = edit->writer.volume;
	cc_volume_usage(reader.volume, &usage);
	progress.total = usage.bytes;
	cc_progress_start(&progress, "rewrote");
	if (cc_volume_intake_volume(&in, reader.volume, err) != 0)
		return cc_volume_reader_failed(&reader, err);
	return finish(values, edit, &progress, err);
}

/*
 * Under the key that it has or, when a rekey was stopped behind the renaming of the state file,
 * under the new one. `name` is changed to that.
 */
static int take_rekeyed(struct cc_volume_name *name, const char *new_key_file,
			struct cc_volume_edit *edit, struct cc_err *err)
{
	const char *old_key_file = name->key_file;
	struct cc_err no_new = { 0 };

	if (cc_volume_edit_take(name, false, edit, err) == 0)
		return 0;
	if (new_key_file == NULL || err->code != CC_E_DENIED)
		return -1;
	name->key_file = new_key_file;
	if (cc_volume_edit_take(name, false, edit, &no_new) != 0)
		return -1; /* with what the old key was told */
	*err = no_new;
	(void)fprintf(stderr,
		      "concordat: state file '%s' was under the key of '%s' already, no more "
		      "under that of '%s'\n",
		      name->state, new_key_file, old_key_file);
	return 0;
}

static int rekey(const void *at, struct cc_err *err)
{
	static const struct cc_volume_words none = { "", 0, 0 };
	const struct values *values = at;
	struct cc_volume_name name = values->name;
	CC_AUTO_VOLUME_EDIT struct cc_volume_edit edit = CC_VOLUME_EDIT_NONE;
	struct cc_strings words = { .count = 0 };

	CC_TRY(cc_volume_name_rest(&name, &none, &words, err));
	if (values->new_key_file != NULL && !cc_volume_name_is_local(&name))
		return cc_fail(err, CC_E_ARG, "--new-key-file is of volumes without a CAS");
	CC_TRY(take_rekeyed(&name, values->new_key_file, &edit, err));
	if (values->new_key_file != NULL)
		CC_TRY(cc_volume_local_owner(&edit.local, values->new_key_file, err));
	return rewrite(values, &edit, err);
}

static const struct cc_opt rekey_opts[] = {
	CC_OPT_VOLUME_WRITTEN(struct values),
	{ "new-key-file", 0, CC_OPT_STRING, offsetof(struct values, new_key_file), "FILE",
	  "seal the state file under this key from now on; made when it is not there", false,
	  NULL },
	QUIET,
	CC_OPT_OUTPUT(struct values),
};
const struct cc_command cc_command_volume_rekey = {
	"volume rekey",
	"Write all of a volume anew, under a key that nobody had.",
	rekey_opts,
	CC_COUNT(rekey_opts),
	whole_args,
	CC_COUNT(whole_args),
	sizeof(struct values),
	NULL,
	rekey,
};
