/* SPDX-License-Identifier: Apache-2.0 */
/* volume check, stat: is all of a volume there, and how large is it. */
#include <inttypes.h>

#include "base/time.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/volume-history.h"
#include "volume/walk.h"

#define WRITERS_SHOWN 5

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
	struct cc_progress progress;
	uint64_t seen; /* bytes that the progress has */
};

static int show(void *ctx, const struct cc_volume_checked *so_far, struct cc_err *err)
{
	struct check *check = ctx;
	uint64_t more = so_far->bytes - check->seen;

	check->seen = so_far->bytes;
	return cc_progress_add(&check->progress, 0, more, err);
}

struct looked_for {
	uint64_t ino;
	struct cc_err *err; /* of the check: gets the name */
};

static int tell_path(void *ctx, const char *path, const struct cc_volume_attr *attr,
		     struct cc_err *err)
{
	const struct looked_for *wanted = ctx;

	if (attr->ino != wanted->ino)
		return 0;
	cc_err_wrap(wanted->err, "'%s'", path);
	return cc_fail(err, CC_E_CONFLICT, "it is found");
}

/* An inode's number tells its owner nothing; its first name does. Perhaps it is not to be found. */
static void name_damaged(struct cc_volume *v, uint64_t ino, struct cc_err *err)
{
	struct looked_for wanted = { ino, err };
	struct cc_err ended = { 0 };

	if (ino != 0)
		cc_ignore(cc_volume_walk(v, "/", tell_path, &wanted, &ended));
}

static int print_checked(const struct values *values, const struct cc_volume_checked *checked,
			 const struct cc_volume_reader *reader, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *top = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_json_object(&top, err));
	CC_TRY(set_state(top, reader, err));
	CC_TRY(cc_json_set_u64(top, "inodes", checked->inodes, err));
	CC_TRY(cc_json_set_u64(top, "entries", checked->entries, err));
	CC_TRY(cc_json_set_u64(top, "nodes", checked->nodes, err));
	CC_TRY(cc_json_set_u64(top, "blocks", checked->blocks, err));
	CC_TRY(cc_json_set_u64(top, "bytes", checked->bytes, err));
	if (cc_wants_data(values->output))
		return cc_print_data(values->output, top, err);
	CC_TRY(cc_buf_addf(&text, err,
			   "whole: %" PRIu64 " inodes, %" PRIu64 " entries, %" PRIu64
			   " bytes in %" PRIu64 " blocks and %" PRIu64 " nodes\n",
			   checked->inodes, checked->entries, checked->bytes, checked->blocks,
			   checked->nodes));
	return cc_print(cc_buf_span(&text), err);
}

static int check(const void *at, struct cc_err *err)
{
	CC_AUTO_VOLUME_OPENED struct cc_volume_opened opened = CC_VOLUME_OPENED_NONE;
	const struct values *values = at;
	struct check all = { .progress.quiet = values->quiet };
	uint64_t damaged = 0;
	const struct cc_volume_check_plan plan = { show, &all, &damaged };
	struct cc_volume_checked checked = { 0 };
	struct cc_volume_usage usage = { 0 };

	CC_TRY(open_named(values, &opened, err));
	cc_volume_usage(opened.reader.volume, &usage);
	all.progress.total = usage.live;
	cc_progress_start(&all.progress, "checked");
	if (cc_volume_check(opened.reader.volume, &plan, &checked, err) != 0) {
		name_damaged(opened.reader.volume, damaged, err);
		return cc_volume_reader_failed(&opened.reader, err);
	}
	CC_TRY(cc_progress_add(&all.progress, checked.inodes, checked.bytes - all.seen, err));
	cc_progress_end(&all.progress);
	return print_checked(values, &checked, &opened.reader, err);
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

/* Thousandths that the storage has more than the state refers to: dead bytes and places to spare.
 */
static uint64_t overhead(const struct cc_volume_usage *usage)
{
	if (usage->live == 0 || usage->stored <= usage->live)
		return 0;
	return (uint64_t)((double)(usage->stored - usage->live) * 1000 / (double)usage->live);
}

static int describe(const struct cc_volume_opened *opened, const struct cc_volume_usage *usage,
		    struct cc_json *top, struct cc_err *err)
{
	char time[CC_TIME_TEXT];

	CC_TRY(set_state(top, &opened->reader, err));
	if (opened->local.owner != NULL) {
		cc_time_print(opened->local.anchor.committed, time);
		CC_TRY(cc_json_set_str(top, "committed", time, err));
	}
	CC_TRY(cc_json_set_u64(top, "inodes", usage->inodes, err));
	CC_TRY(cc_json_set_u64(top, "bytes", usage->bytes, err));
	CC_TRY(cc_json_set_u64(top, "live", usage->live, err));
	CC_TRY(cc_json_set_u64(top, "stored", usage->stored, err));
	CC_TRY(cc_json_set_u64(top, "epochs", usage->epochs, err));
	return cc_json_set_u64(top, "overhead_permille", overhead(usage), err);
}

static int add_writers(const struct cc_json *top, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_json *writers = NULL;

	if (!cc_json_has(top, "writers"))
		return 0;
	CC_TRY(cc_json_get_array(top, "writers", &writers, err));
	CC_TRY(cc_buf_addf(out, err, "%-10s %zu of %" PRIu64 ", newest first\n", "writers",
			   cc_json_count(writers), cc_number_of(top, "writers_count")));
	return cc_volume_writers_print(writers, out, err);
}

static int print_text(const struct cc_json *top, const struct cc_volume_usage *usage,
		      struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	char bytes[CC_BYTES_TEXT], live[CC_BYTES_TEXT], stored[CC_BYTES_TEXT];
	uint64_t more = overhead(usage);
	const char *word = NULL;

	for (size_t i = 0; cc_json_name_at(top, i) != NULL; i++) {
		word = cc_json_str(cc_json_at(top, i));
		if (word != NULL)
			CC_TRY(cc_buf_addf(&text, err, "%-10s %s\n", cc_json_name_at(top, i),
					   word));
	}
	cc_bytes_print(usage->bytes, bytes);
	cc_bytes_print(usage->live, live);
	cc_bytes_print(usage->stored, stored);
	CC_TRY(cc_buf_addf(&text, err, "%-10s %" PRIu64 "\n%-10s %s\n%-10s %s\n", "inodes",
			   usage->inodes, "bytes", bytes, "live", live));
	CC_TRY(cc_buf_addf(&text, err, "%-10s %s in the files of %" PRIu64 " epoch%s\n", "stored",
			   stored, usage->epochs, usage->epochs == 1 ? "" : "s"));
	CC_TRY(cc_buf_addf(&text, err, "%-10s %" PRIu64 ".%" PRIu64 " %%\n", "overhead", more / 10,
			   more % 10));
	CC_TRY(add_writers(top, &text, err));
	return cc_print(cc_buf_span(&text), err);
}

/* The newest, of a volume of a CAS; `volume history` lists all. */
static int set_writers(const struct cc_volume_name *name, struct cc_json *top, struct cc_err *err)
{
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_PAGES struct cc_pages pages = { 0 };

	if (cc_volume_name_is_local(name))
		return 0;
	CC_TRY(cc_volume_writers_read(name, WRITERS_SHOWN, &ask, &pages, err));
	CC_TRY(cc_json_set_u64(top, "writers_count", pages.count, err));
	return cc_json_set(top, "writers", CC_TAKE(pages.all), err);
}

static int stat_volume(const void *at, struct cc_err *err)
{
	CC_AUTO_VOLUME_OPENED struct cc_volume_opened opened = CC_VOLUME_OPENED_NONE;
	const struct values *values = at;
	CC_AUTO_JSON struct cc_json *top = NULL;
	struct cc_volume_usage usage = { 0 };

	CC_TRY(open_named(values, &opened, err));
	cc_volume_usage(opened.reader.volume, &usage);
	CC_TRY(cc_json_object(&top, err));
	CC_TRY(describe(&opened, &usage, top, err));
	CC_TRY(set_writers(&values->name, top, err));
	if (cc_wants_data(values->output))
		return cc_print_data(values->output, top, err);
	return print_text(top, &usage, err);
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
