/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/volume-edit.h"

#include "base/str.h"
#include "cli/ask.h"

#define KEY_LEN 32

/* Anew each time: what lies between the two may take longer than any connection. */
static int ask(const struct cc_volume_edit *edit, const char *path, const struct cc_json *body,
	       struct cc_json **answer, struct cc_err *err)
{
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;

	CC_TRY(cc_ask_open(edit->name->cas, &ask, err));
	return cc_api_call(ask.api, "POST", path, body, answer, err);
}

static int parse_write(const struct cc_json *answer, struct cc_volume_edit *out, struct cc_err *err)
{
	const struct cc_json *base = NULL;
	struct cc_volume_epoch *epoch = &out->writer.epoch;

	CC_TRY(cc_json_get_name(answer, "write", 64, &out->write, err));
	if (cc_json_has(answer, "base")) {
		CC_TRY(cc_json_get_object(answer, "base", &base, err));
		CC_TRY(cc_volume_access_parse(base, &out->base, err));
	}
	CC_TRY(cc_json_get_hex(answer, "id", CC_MUT(out->base.id.b), err));
	CC_TRY(cc_json_get_hex(answer, "state", CC_MUT(epoch->state.b), err));
	CC_TRY(cc_json_get_u64(answer, "epoch", CC_JSON_INTEGER_MAX, &epoch->epoch, err));
	CC_TRY(cc_json_get_u64(answer, "lease", CC_JSON_INTEGER_MAX, &epoch->lease, err));
	CC_TRY(cc_json_get_secret(answer, "key", KEY_LEN, &out->writer.key, err));
	epoch->key = out->writer.key;
	return 0;
}

static int take_leased(struct cc_volume_edit *edit, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL, *answer = NULL;

	CC_TRY(cc_volume_name_body(edit->name, &body, err));
	CC_TRY(ask(edit, "/v1/volumes/write", body, &answer, err));
	if (parse_write(answer, edit, err) != 0)
		return cc_wrap(err, "what the CAS says of the volume");
	return 0;
}

static int check_state(const struct cc_volume_edit *edit, bool make, struct cc_err *err)
{
	const char *volume = edit->name->words.at[1];

	if (make == (edit->base.key == NULL))
		return 0;
	cc_err_set(err, make ? CC_E_CONFLICT : CC_E_NOTFOUND, "volume '%s' has %s state", volume,
		   make ? "a" : "no");
	return cc_hint(err, make ? "'volume put' adds to it" : "'volume init' makes its first");
}

/* End the write at the CAS: with what was written or, without a commit, given up. */
static int say_written(struct cc_volume_edit *edit, const struct cc_volume_commit *commit,
		       const struct cc_digest *content, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL, *answer = NULL;
	CC_AUTO_FREE char *write = CC_TAKE(edit->write);

	CC_TRY(cc_volume_name_body(edit->name, &body, err));
	CC_TRY(cc_json_set_str(body, "write", write, err));
	if (commit != NULL) {
		CC_TRY(cc_json_set_u64(body, "number", commit->number, err));
		CC_TRY(cc_json_set_hex(body, "tag", CC_DIGEST_SPAN(commit->tag), err));
		CC_TRY(cc_json_set_hex(body, "content", CC_DIGEST_SPAN(*content), err));
	}
	return ask(edit, "/v1/volumes/written", body, &answer, err);
}

void cc_volume_edit_close(struct cc_volume_edit *edit)
{
	bool leased = edit->write != NULL;
	struct cc_err ignored = { 0 };

	cc_volume_writer_close(&edit->writer);
	/* Stages that write wait for it; when this fails, the owner's next write ends it. */
	if (leased)
		cc_ignore(say_written(edit, NULL, NULL, &ignored));
	cc_volume_access_clear(&edit->base);
	cc_volume_local_close(&edit->local);
	free(edit->write);
	*edit = CC_VOLUME_EDIT_NONE;
}

int cc_volume_edit_take(const struct cc_volume_name *name, bool make, struct cc_volume_edit *out,
			struct cc_err *err)
{
	const struct cc_volume_place place = cc_volume_name_place(name);

	out->name = name;
	if (!cc_volume_name_is_local(name)) {
		CC_TRY(take_leased(out, err));
		return check_state(out, make, err);
	}
	return make ? cc_volume_local_create(&place, &out->local, err)
		    : cc_volume_local_open(&place, true, &out->local, err);
}

static const struct cc_volume_access *base_of(const struct cc_volume_edit *edit)
{
	return cc_volume_name_is_local(edit->name) ? &edit->local.anchor.access : &edit->base;
}

int cc_volume_edit_open(struct cc_volume_edit *edit, bool empty, struct cc_err *err)
{
	struct cc_volume_access access = edit->base;

	if (cc_volume_name_is_local(edit->name))
		return cc_volume_writer_open(&edit->local, empty, &edit->writer, err);
	if (empty)
		access.base.key = NULL;
	return cc_volume_writer_start(&edit->writer, &access, edit->name->storage, err);
}

int cc_volume_edit_read(const struct cc_volume_edit *edit, struct cc_volume_reader *out,
			struct cc_err *err)
{
	return cc_volume_reader_open(base_of(edit), edit->name->storage, out, err);
}

/* Stages that read it are held to the content, which only who wrote it can tell the CAS. */
static int finish_leased(struct cc_volume_edit *edit, struct cc_volume_access *out,
			 struct cc_err *err)
{
	struct cc_volume_commit commit = { 0 };
	struct cc_digest content = { 0 };

	CC_TRY(cc_volume_commit(edit->writer.volume, &commit, err));
	CC_TRY(cc_volume_content(edit->writer.volume, &content, err));
	CC_TRY(say_written(edit, &commit, &content, err));
	cc_volume_acknowledged(edit->writer.volume, commit.number);
	*out = (struct cc_volume_access){ .id = edit->base.id };
	out->base.state = edit->writer.epoch.state;
	out->base.epoch = edit->writer.epoch.epoch;
	out->base.number = commit.number;
	out->base.tag = commit.tag;
	return 0;
}

int cc_volume_edit_finish(struct cc_volume_edit *edit, struct cc_volume_access *out,
			  struct cc_err *err)
{
	uint64_t moved = 0;

	/* What is mostly dead is written anew: its files go. */
	CC_TRY(cc_volume_compact(edit->writer.volume, &moved, err));
	if (!cc_volume_name_is_local(edit->name))
		return finish_leased(edit, out, err);
	CC_TRY(cc_volume_writer_commit(&edit->writer, err));
	*out = edit->local.anchor.access;
	out->key = NULL;
	return cc_volume_writer_sweep(&edit->writer, err);
}
