/* SPDX-License-Identifier: Apache-2.0 */
/* volume check, stat: is all of a volume there, and how large is it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/time.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/volume-name.h"
#include "codec/text.h"
#include "volume/walk.h"

struct values {
	struct cc_volume_name name;
	const char *output;
	bool quiet;
};

static const struct cc_opt_arg args[] = {
	{ "[POLICY VOLUME]", offsetof(struct values, name.words),
	  "whose volume, unless --state names one", true, true },
};

static int open_named(const struct values *values, struct cc_volume_opened *out, struct cc_err *err)
{
	static const struct cc_volume_words none = { "", 0, 0 };
	struct cc_strings rest = { .count = 0 };

	CC_TRY(cc_volume_name_rest(&values->name, &none, &rest, err));
	return cc_volume_name_open(&values->name, out, err);
}

/* The state that was asked for, as all commands say it. */
static int set_state(struct cc_json *top, const struct cc_volume_reader *reader, struct cc_err *err)
{
	CC_TRY(cc_json_set_hex(top, "volume", CC_SPAN(reader->access.id.b), err));
	CC_TRY(cc_json_set_hex(top, "state", CC_SPAN(reader->access.base.state.b), err));
	CC_TRY(cc_json_set_u64(top, "epoch", reader->access.base.epoch, err));
	CC_TRY(cc_json_set_u64(top, "number", reader->access.base.number, err));
	return cc_json_set_hex(top, "tag", CC_DIGEST_SPAN(reader->access.base.tag), err);
}

/* check */

struct check {
	struct cc_volume *volume;
	struct cc_progress progress;
	uint64_t entries;
};

static int count_piece(void *ctx, struct cc_span piece, struct cc_err *err)
{
	struct check *check = ctx;

	(void)err;
	cc_progress_add(&check->progress, 0, piece.len);
	return 0;
}

/* Reading is proving: a byte that is not what was written does not come out of a volume. */
static int prove(void *ctx, const char *path, const struct cc_volume_attr *attr, struct cc_err *err)
{
	struct check *check = ctx;
	struct cc_span target = { 0 };
	int done = 0;

	check->entries++;
	if (S_ISLNK(attr->mode))
		done = cc_volume_readlink(check->volume, attr->ino, &target, err);
	else if (S_ISREG(attr->mode))
		done = cc_volume_copy_file(check->volume, attr->ino, count_piece, check, err);
	if (done != 0)
		return cc_wrap(err, "check '%.200s'", path);
	cc_progress_add(&check->progress, S_ISREG(attr->mode) ? 1 : 0, 0);
	return 0;
}

static int print_checked(const struct values *values, const struct check *check,
			 const struct cc_volume_reader *reader, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *top = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_json_object(&top, err));
	CC_TRY(set_state(top, reader, err));
	CC_TRY(cc_json_set_u64(top, "entries", check->entries, err));
	CC_TRY(cc_json_set_u64(top, "files", check->progress.files, err));
	CC_TRY(cc_json_set_u64(top, "bytes", check->progress.bytes, err));
	if (cc_wants_data(values->output))
		return cc_print_data(values->output, top, err);
	CC_TRY(cc_buf_addf(&text, err,
			   "whole: %" PRIu64 " entries, %" PRIu64 " files, %" PRIu64 " bytes\n",
			   check->entries, check->progress.files, check->progress.bytes));
	return cc_print(cc_buf_span(&text), err);
}

static int check(const void *at, struct cc_err *err)
{
	CC_AUTO_VOLUME_OPENED struct cc_volume_opened opened = CC_VOLUME_OPENED_NONE;
	const struct values *values = at;
	struct check all = { .progress.quiet = values->quiet };
	struct cc_volume_usage usage = { 0 };

	CC_TRY(open_named(values, &opened, err));
	all.volume = opened.reader.volume;
	cc_volume_usage(all.volume, &usage);
	all.progress.total = usage.bytes;
	cc_progress_start(&all.progress, "checked");
	if (cc_volume_walk(all.volume, "/", prove, &all, err) != 0)
		return cc_volume_reader_failed(&opened.reader, err);
	cc_progress_end(&all.progress);
	return print_checked(values, &all, &opened.reader, err);
}

static const struct cc_opt check_opts[] = {
	CC_OPT_VOLUME(struct values),
	{ "quiet", 'q', CC_OPT_FLAG, offsetof(struct values, quiet), NULL, "no progress", false,
	  NULL },
	CC_OPT_OUTPUT(struct values),
};
const struct cc_command cc_command_volume_check = {
	"volume check",
	"Read and verify every byte of a volume. One of a CAS counts as exposed from then on.",
	check_opts,
	CC_COUNT(check_opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	NULL,
	check,
};

/* stat */

struct sizes {
	struct cc_volume_usage usage;
	uint64_t stored; /* bytes of all files that the state needs */
	size_t epochs;   /* that it needs the files of */
};

/* What one state's files take: its data file, which is there, for the state was opened. */
static int add_file(const struct cc_dir *dir, const struct cc_volume_state_id *state,
		    uint64_t *stored, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf name = { 0 };
	const char *text = NULL;
	struct stat st = { 0 };

	CC_TRY(cc_hex_add(&name, CC_SPAN(state->b), err));
	CC_TRY(cc_buf_add_str(&name, ".data", err));
	CC_TRY(cc_buf_str(&name, &text, err));
	if (fstatat(dir->fd, text, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*stored += (uint64_t)st.st_size;
	else if (errno != ENOENT) /* an epoch that has written nothing yet */
		return cc_fail_sys(err, errno, "stat '%s'", text);
	return 0;
}

static int measure(const struct values *values, const struct cc_volume_reader *reader,
		   struct sizes *out, struct cc_err *err)
{
	CC_AUTO_FREE struct cc_volume_state_id *states = NULL;
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	CC_AUTO_FREE char *path = NULL;

	cc_volume_usage(reader->volume, &out->usage);
	CC_TRY(cc_volume_states(reader->volume, &states, &out->epochs, err));
	CC_TRY(cc_volume_directory(&reader->access.id, values->name.storage, &path, err));
	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	for (size_t i = 0; i < out->epochs; i++)
		CC_TRY(add_file(&dir, &states[i], &out->stored, err));
	return 0;
}

/* Thousandths that storage takes more than the files have; of files with holes there is no telling.
 */
static uint64_t overhead(const struct sizes *sizes)
{
	if (sizes->usage.bytes == 0 || sizes->stored < sizes->usage.bytes)
		return 0;
	return (uint64_t)((double)(sizes->stored - sizes->usage.bytes) * 1000 /
			  (double)sizes->usage.bytes);
}

static int describe(const struct cc_volume_opened *opened, const struct sizes *sizes,
		    struct cc_json *top, struct cc_err *err)
{
	char time[CC_TIME_TEXT];

	CC_TRY(set_state(top, &opened->reader, err));
	if (opened->local.owner != NULL) {
		cc_time_print(opened->local.anchor.committed, time);
		CC_TRY(cc_json_set_str(top, "committed", time, err));
	}
	CC_TRY(cc_json_set_u64(top, "inodes", sizes->usage.inodes, err));
	CC_TRY(cc_json_set_u64(top, "bytes", sizes->usage.bytes, err));
	CC_TRY(cc_json_set_u64(top, "stored", sizes->stored, err));
	CC_TRY(cc_json_set_u64(top, "epochs", sizes->epochs, err));
	return cc_json_set_u64(top, "overhead_permille", overhead(sizes), err);
}

static int print_text(const struct cc_json *top, const struct sizes *sizes, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	char bytes[CC_BYTES_TEXT], stored[CC_BYTES_TEXT];
	uint64_t more = overhead(sizes);
	const char *word = NULL;

	for (size_t i = 0; cc_json_name_at(top, i) != NULL; i++) {
		word = cc_json_str(cc_json_at(top, i));
		if (word != NULL)
			CC_TRY(cc_buf_addf(&text, err, "%-10s %s\n", cc_json_name_at(top, i),
					   word));
	}
	cc_bytes_print(sizes->usage.bytes, bytes);
	cc_bytes_print(sizes->stored, stored);
	CC_TRY(cc_buf_addf(&text, err,
			   "%-10s %" PRIu64 "\n%-10s %s\n%-10s %s in the files of %zu epoch%s\n",
			   "inodes", sizes->usage.inodes, "bytes", bytes, "stored", stored,
			   sizes->epochs, sizes->epochs == 1 ? "" : "s"));
	CC_TRY(cc_buf_addf(&text, err, "%-10s %" PRIu64 ".%" PRIu64 " %%\n", "overhead", more / 10,
			   more % 10));
	return cc_print(cc_buf_span(&text), err);
}

static int stat_volume(const void *at, struct cc_err *err)
{
	CC_AUTO_VOLUME_OPENED struct cc_volume_opened opened = CC_VOLUME_OPENED_NONE;
	const struct values *values = at;
	CC_AUTO_JSON struct cc_json *top = NULL;
	struct sizes sizes = { .stored = 0 };

	CC_TRY(open_named(values, &opened, err));
	CC_TRY(measure(values, &opened.reader, &sizes, err));
	CC_TRY(cc_json_object(&top, err));
	CC_TRY(describe(&opened, &sizes, top, err));
	if (cc_wants_data(values->output))
		return cc_print_data(values->output, top, err);
	return print_text(top, &sizes, err);
}

static const struct cc_opt stat_opts[] = {
	CC_OPT_VOLUME(struct values),
	CC_OPT_OUTPUT(struct values),
};
const struct cc_command cc_command_volume_stat = {
	"volume stat",
	"Show the state and the sizes of a volume. One of a CAS counts as exposed from then on.",
	stat_opts,
	CC_COUNT(stat_opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	NULL,
	stat_volume,
};
