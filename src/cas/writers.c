/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/writers.h"

#include "base/str.h"
#include "base/time.h"
#include "cas/operation.h"
#include "cas/volumes.h"

#define AUTO_VOLUME CC_CLEANUP(clear_volume)
static void clear_volume(struct cc_rec_volume *volume)
{
	cc_record_clear(&cc_rec_volume, volume);
}

#define AUTO_WRITER CC_CLEANUP(clear_writer)
static void clear_writer(struct cc_rec_writer *writer)
{
	cc_record_clear(&cc_rec_writer, writer);
}

static int writer_key(const char *row, uint64_t lease, char **out, struct cc_err *err)
{
	return cc_strf(out, err, "%s\n%llu", row, (unsigned long long)lease);
}

static int set_stage(const struct cc_writing *by, struct cc_rec_writer *writer, struct cc_err *err)
{
	memcpy(writer->run, by->run->id, sizeof(writer->run));
	CC_TRY(cc_text_set(&writer->workflow, by->run->workflow, err));
	CC_TRY(cc_text_set(&writer->stage, by->stage->name, err));
	CC_TRY(cc_text_set(&writer->policy, by->stage->policy, err));
	return cc_text_set(&writer->service, by->stage->service, err);
}

int cc_writer_begin(struct cc_state *state, const char *row, const struct cc_rec_volume *volume,
		    const struct cc_writing *by, struct cc_err *err)
{
	AUTO_WRITER struct cc_rec_writer writer = { 0 };
	CC_AUTO_FREE char *key = NULL;

	memcpy(writer.attempt, volume->writer, sizeof(writer.attempt));
	writer.began = (uint64_t)cc_state_time(state);
	writer.index = cc_state_index(state);
	writer.first_epoch = volume->next_epoch;
	if (by->stage != NULL)
		CC_TRY(set_stage(by, &writer, err));
	CC_TRY(writer_key(row, volume->lease, &key, err));
	return cc_state_put(state, &cc_rec_writer, key, &writer, err);
}

/* The volume's state is of this writer when its epoch was drawn under the lease, the last one. */
static void note_state(const struct cc_rec_volume *volume, struct cc_rec_writer *writer)
{
	writer->wrote = volume->committed && volume->epoch >= writer->first_epoch;
	if (!writer->wrote)
		return;
	writer->epoch = volume->epoch;
	writer->number = volume->number;
	memcpy(writer->tag, volume->tag, sizeof(writer->tag));
}

int cc_writer_end(struct cc_state *state, const char *row, const struct cc_rec_volume *volume,
		  bool complete, struct cc_err *err)
{
	AUTO_WRITER struct cc_rec_writer writer = { 0 };
	CC_AUTO_FREE char *key = NULL;

	CC_TRY(writer_key(row, volume->lease, &key, err));
	CC_TRY(cc_state_get(state, &cc_rec_writer, key, &writer, err));
	note_state(volume, &writer);
	writer.complete = complete;
	writer.ended = (uint64_t)cc_state_time(state);
	writer.end_index = cc_state_index(state);
	return cc_state_put(state, &cc_rec_writer, key, &writer, err);
}

static int print_time(struct cc_json *one, const char *name, uint64_t time, struct cc_err *err)
{
	char text[CC_TIME_TEXT];

	cc_time_print((int64_t)time, text);
	return cc_json_set_str(one, name, text, err);
}

/* A stage of a run, or the owner. */
static int print_who(const struct cc_rec_writer *writer, struct cc_json *one, struct cc_err *err)
{
	CC_TRY(cc_json_set_hex(one, writer->stage != NULL ? "attempt" : "write",
			       CC_SPAN(writer->attempt), err));
	if (writer->stage == NULL)
		return cc_json_set_str(one, "by", "owner", err);
	CC_TRY(cc_json_set_str(one, "by", "stage", err));
	CC_TRY(cc_json_set_hex(one, "run", CC_SPAN(writer->run), err));
	CC_TRY(cc_json_set_str(one, "workflow", writer->workflow, err));
	CC_TRY(cc_json_set_str(one, "stage", writer->stage, err));
	CC_TRY(cc_json_set_str(one, "policy", writer->policy, err));
	return cc_json_set_str(one, "service", writer->service, err);
}

static int print_written(const struct cc_rec_writer *writer, struct cc_json *one,
			 struct cc_err *err)
{
	if (!writer->wrote)
		return 0;
	CC_TRY(cc_json_set_u64(one, "epoch", writer->epoch, err));
	CC_TRY(cc_json_set_u64(one, "number", writer->number, err));
	return cc_json_set_hex(one, "tag", CC_SPAN(writer->tag), err);
}

static int print_writer(const struct cc_rec_writer *writer, uint64_t lease, struct cc_json *list,
			struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;
	bool ended = writer->end_index != 0;

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_u64(one, "lease", lease, err));
	CC_TRY(print_who(writer, one, err));
	CC_TRY(cc_json_set_str(one, "outcome",
			       writer->complete ? "complete"
			       : ended          ? "given-up"
						: "writing",
			       err));
	CC_TRY(print_time(one, "began", writer->began, err));
	CC_TRY(cc_json_set_u64(one, "index", writer->index, err));
	if (ended) {
		CC_TRY(print_time(one, "ended", writer->ended, err));
		CC_TRY(cc_json_set_u64(one, "end_index", writer->end_index, err));
	}
	CC_TRY(print_written(writer, one, err));
	return cc_json_add(list, CC_TAKE(one), err);
}

/* While a lease lasts, what has been named under it stands in the volume's own row. */
static int add_writer(struct cc_state *state, const char *row, const struct cc_rec_volume *volume,
		      uint64_t lease, struct cc_json *list, struct cc_err *err)
{
	AUTO_WRITER struct cc_rec_writer writer = { 0 };
	CC_AUTO_FREE char *key = NULL;

	CC_TRY(writer_key(row, lease, &key, err));
	CC_TRY(cc_state_get(state, &cc_rec_writer, key, &writer, err));
	if (writer.end_index == 0)
		note_state(volume, &writer);
	return print_writer(&writer, lease, list, err);
}

static int find_volume(struct cc_state *state, const struct cc_operation_call *call, char **row,
		       struct cc_rec_volume *volume, struct cc_err *err)
{
	const char *policy = NULL;
	bool found = false;

	if (call->body == NULL)
		return cc_fail(err, CC_E_ARG, "the request has no body");
	CC_TRY(cc_json_get_str(call->body, "policy", &policy, err));
	/* First: what runs and volumes there are is nobody else's business. */
	CC_TRY(cc_volume_owner(state, call, policy, err));
	CC_TRY(cc_volume_asked(state, call, policy, row, err));
	CC_TRY(cc_state_find(state, &cc_rec_volume, *row, volume, &found, err));
	return found ? 0 : cc_fail(err, CC_E_NOTFOUND, "nobody has used the volume yet");
}

/* Newest first. The first that is not in the page any more is the next page's `from`. */
int cc_volume_writers(struct cc_state *state, const struct cc_operation_call *call,
		      struct cc_result *result, struct cc_err *err)
{
	AUTO_VOLUME struct cc_rec_volume volume = { 0 };
	CC_AUTO_JSON struct cc_json *list = NULL;
	CC_AUTO_FREE char *row = NULL;
	uint64_t limit = 0, at = 0;

	CC_TRY(find_volume(state, call, &row, &volume, err));
	CC_TRY(cc_call_page(call, &limit, err));
	CC_TRY(cc_call_number(call, "from", volume.lease, volume.lease, &at, err));
	CC_TRY(cc_json_array(&list, err));
	for (; at > 0 && cc_json_count(list) < limit; at--)
		CC_TRY(add_writer(state, row, &volume, at, list, err));
	CC_TRY(cc_json_object(&result->answer, err));
	CC_TRY(cc_json_set_u64(result->answer, "count", volume.lease, err));
	if (at > 0)
		CC_TRY(cc_json_set_u64(result->answer, "next", at, err));
	return cc_json_set(result->answer, "writers", CC_TAKE(list), err);
}
