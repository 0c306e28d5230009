/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/outputs.h"

#include "base/str.h"
#include "cas/volumes.h"

#define KEY_LEN 32

#define AUTO_VOLUME CC_CLEANUP(clear_volume)
static void clear_volume(struct cc_rec_volume *volume)
{
	cc_record_clear(&cc_rec_volume, volume);
}

static bool is_writer(const struct cc_rec_volume *volume, const struct cc_rec_attempt *attempt)
{
	return volume->leased && memcmp(volume->writer, attempt->id, CC_ID_LEN) == 0;
}

struct cc_rec_output *cc_output_find(const struct cc_rec_attempt *attempt, const char *name)
{
	for (size_t i = 0; i < attempt->outputs.count; i++) {
		struct cc_rec_output *output =
			CC_LIST_AT(attempt->outputs, struct cc_rec_output, i);

		if (cc_str_eq(output->name, name))
			return output;
	}
	return NULL;
}

/* A state id and a key that nobody used before, and never will again. */
static int draw_epoch(struct cc_rec_output *output, uint64_t epoch, struct cc_err *err)
{
	CC_TRY(cc_random(CC_MUT(output->state), err));
	cc_secret_free(output->key);
	output->key = NULL;
	output->epoch = epoch;
	output->tagged = false;
	return cc_secret_random(KEY_LEN, &output->key, err);
}

static int check_free(const struct cc_rec_volume *volume, const struct cc_rec_attempt *attempt,
		      const char *name, struct cc_err *err)
{
	char writer[CC_ID_TEXT];

	if (!volume->leased || is_writer(volume, attempt))
		return 0;
	cc_id_print(volume->writer, writer);
	cc_err_set(err, CC_E_CONFLICT, "volume '%s' is being written by attempt %s", name, writer);
	return cc_hint(err, "wait for the run that writes it, or abort it; what its owner "
			    "writes, the owner can begin again");
}

static int add_output(const struct cc_rec_use *use, struct cc_rec_volume *volume,
		      struct cc_rec_attempt *attempt, struct cc_err *err)
{
	struct cc_rec_output *output = NULL;
	void *at = NULL;

	CC_TRY(cc_list_add(&attempt->outputs, &cc_rec_output, &at, err));
	output = at;
	CC_TRY(cc_text_set(&output->name, use->name, err));
	CC_TRY(cc_text_set(&output->row, use->row, err));
	output->forgotten = use->forgotten;
	output->at_commit = use->at_commit;
	output->lease = volume->lease;
	return draw_epoch(output, volume->next_epoch++, err);
}

static int add_input(const struct cc_rec_use *use, struct cc_rec_volume *volume,
		     struct cc_rec_attempt *attempt, struct cc_err *err)
{
	void *at = NULL;

	/* Its writer reuses the space of states that readers would still have. */
	if (volume->at_commit)
		CC_TRY(check_free(volume, attempt, use->name, err));
	CC_TRY(cc_list_add(&attempt->inputs, &cc_rec_name, &at, err));
	volume->reading++;
	return cc_text_set(&((struct cc_rec_name *)at)->name, use->row, err);
}

static int take_lease(const struct cc_rec_use *use, const struct cc_rec_attempt *attempt,
		      struct cc_rec_volume *volume, struct cc_err *err)
{
	CC_TRY(check_free(volume, attempt, use->name, err));
	volume->leased = true;
	volume->at_commit = use->at_commit;
	volume->lease++;
	memcpy(volume->writer, attempt->id, sizeof(volume->writer));
	return 0;
}

int cc_output_begin(struct cc_state *state, const struct cc_rec_use *use,
		    const struct cc_writing *by, struct cc_rec_attempt *attempt, struct cc_err *err)
{
	AUTO_VOLUME struct cc_rec_volume volume = { 0 };
	bool leases = use->write && !use->forgotten;

	CC_TRY(cc_volume_load(state, use->row, &volume, err));
	CC_TRY(leases ? take_lease(use, attempt, &volume, err)
		      : add_input(use, &volume, attempt, err));
	if (leases)
		CC_TRY(cc_writer_begin(state, use->row, &volume, by, err));
	if (use->write)
		CC_TRY(add_output(use, &volume, attempt, err));
	return cc_state_put(state, &cc_rec_volume, use->row, &volume, err);
}

/* Commit numbers only grow; the same number again must name the same tag. */
static int move_forward(struct cc_rec_output *output, const struct cc_report_output *report,
			struct cc_err *err)
{
	bool same = report->number == output->number &&
		    memcmp(report->tag, output->tag, sizeof(output->tag)) == 0;

	if (output->tagged && !same && report->number <= output->number)
		return cc_fail(err, CC_E_STALE, "volume '%s': commit %llu is not after commit %llu",
			       output->name, (unsigned long long)report->number,
			       (unsigned long long)output->number);
	output->number = report->number;
	memcpy(output->tag, report->tag, sizeof(output->tag));
	output->tagged = true;
	return 0;
}

/* The volume's row, which must be leased by this attempt: a former writer changes nothing. */
static int load_leased(struct cc_state *state, const struct cc_rec_attempt *attempt,
		       const struct cc_rec_output *output, struct cc_rec_volume *out,
		       struct cc_err *err)
{
	CC_TRY(cc_state_get(state, &cc_rec_volume, output->row, out, err));
	if (!is_writer(out, attempt) || out->lease != output->lease)
		return cc_fail(err, CC_E_STALE, "another attempt has taken the volume over");
	return 0;
}

/*
 * The output's state becomes the volume's. `key` is taken over. A key that has left opens the parts
 * that were written under it, and under those before, for as long as the state has any:
 * `oldest` is the first epoch that it needs.
 */
static void make_current(const struct cc_rec_output *output, struct cc_secret *key, uint64_t oldest,
			 struct cc_rec_volume *volume)
{
	volume->committed = true;
	memcpy(volume->state, output->state, sizeof(volume->state));
	volume->epoch = output->epoch;
	volume->number = output->number;
	memcpy(volume->tag, output->tag, sizeof(volume->tag));
	cc_secret_free(volume->key);
	volume->key = key;
	volume->exposed = volume->exposed && oldest <= volume->exposed_epoch;
	volume->has_content = false;
}

static int end_lease(struct cc_state *state, const char *row, bool complete,
		     struct cc_rec_volume *volume, struct cc_err *err)
{
	CC_TRY(cc_writer_end(state, row, volume, complete, err));
	volume->leased = volume->at_commit = false;
	memset(volume->writer, 0, sizeof(volume->writer));
	return cc_state_put(state, &cc_rec_volume, row, volume, err);
}

/* Of a volume that is current at commit: what was named is what the next writer goes on from. */
static int name_commit(struct cc_state *state, const struct cc_rec_attempt *attempt,
		       const struct cc_rec_output *output, struct cc_err *err)
{
	AUTO_VOLUME struct cc_rec_volume volume = { 0 };
	CC_AUTO_SECRET struct cc_secret *key = NULL;

	CC_TRY(load_leased(state, attempt, output, &volume, err));
	CC_TRY(cc_secret_from(cc_secret_span(output->key), &key, err));
	make_current(output, CC_TAKE(key), 0, &volume);
	return cc_state_put(state, &cc_rec_volume, output->row, &volume, err);
}

static int find_named(const struct cc_rec_attempt *attempt, const char *name,
		      struct cc_rec_output **out, struct cc_err *err)
{
	*out = cc_output_find(attempt, name);
	if (*out == NULL)
		return cc_fail(err, CC_E_DENIED, "the attempt does not write a volume '%s'", name);
	if ((*out)->forgotten)
		return cc_fail(err, CC_E_DENIED, "volume '%s' is ephemeral: it has no next state",
			       name);
	return 0;
}

int cc_output_tag(struct cc_state *state, struct cc_rec_attempt *attempt,
		  const struct cc_report_output *report, struct cc_err *err)
{
	struct cc_rec_output *output = NULL;

	CC_TRY(find_named(attempt, report->volume, &output, err));
	CC_TRY(move_forward(output, report, err));
	return output->at_commit ? name_commit(state, attempt, output, err) : 0;
}

int cc_output_epoch(struct cc_state *state, struct cc_rec_attempt *attempt,
		    const struct cc_report_output *report, struct cc_err *err)
{
	AUTO_VOLUME struct cc_rec_volume volume = { 0 };
	struct cc_rec_output *output = NULL;

	CC_TRY(cc_output_tag(state, attempt, report, err));
	CC_TRY(find_named(attempt, report->volume, &output, err));
	CC_TRY(load_leased(state, attempt, output, &volume, err));
	CC_TRY(draw_epoch(output, volume.next_epoch++, err));
	return cc_state_put(state, &cc_rec_volume, output->row, &volume, err);
}

static const struct cc_report_output *find_report(const struct cc_report_output *reports,
						  size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (cc_str_eq(reports[i].volume, name))
			return &reports[i];
	return NULL;
}

static int complete_output(struct cc_state *state, const struct cc_rec_attempt *attempt,
			   struct cc_rec_output *output, const struct cc_report_output *report,
			   struct cc_err *err)
{
	AUTO_VOLUME struct cc_rec_volume volume = { 0 };

	CC_TRY(move_forward(output, report, err));
	CC_TRY(load_leased(state, attempt, output, &volume, err));
	make_current(output, CC_TAKE(output->key), report->oldest, &volume);
	volume.has_content = true;
	memcpy(volume.content, report->content, sizeof(volume.content));
	return end_lease(state, output->row, true, &volume, err);
}

static size_t count_kept(const struct cc_rec_attempt *attempt)
{
	size_t kept = 0;

	for (size_t i = 0; i < attempt->outputs.count; i++)
		kept += !CC_LIST_AT(attempt->outputs, struct cc_rec_output, i)->forgotten;
	return kept;
}

static int end_inputs(struct cc_state *state, const struct cc_rec_attempt *attempt,
		      struct cc_err *err)
{
	for (size_t i = 0; i < attempt->inputs.count; i++) {
		const char *row = CC_LIST_AT(attempt->inputs, struct cc_rec_name, i)->name;
		AUTO_VOLUME struct cc_rec_volume volume = { 0 };

		CC_TRY(cc_state_get(state, &cc_rec_volume, row, &volume, err));
		if (volume.reading == 0)
			return cc_fail(err, CC_E_BUG, "a volume has fewer readers than it had");
		volume.reading--;
		CC_TRY(cc_state_put(state, &cc_rec_volume, row, &volume, err));
	}
	return 0;
}

/* What it wrote stays unreadable for everyone, whatever keys they hold. */
static void destroy_key(struct cc_rec_output *output)
{
	cc_secret_free(output->key);
	output->key = NULL;
}

int cc_outputs_complete(struct cc_state *state, struct cc_rec_attempt *attempt,
			const struct cc_report_output *reports, size_t count, struct cc_err *err)
{
	size_t kept = count_kept(attempt);

	if (count != kept)
		return cc_fail(err, CC_E_ARG,
			       "completion names %zu volumes, the attempt writes %zu", count, kept);
	for (size_t i = 0; i < attempt->outputs.count; i++) {
		struct cc_rec_output *output =
			CC_LIST_AT(attempt->outputs, struct cc_rec_output, i);
		const struct cc_report_output *report = find_report(reports, count, output->name);

		if (output->forgotten) {
			destroy_key(output);
			continue;
		}
		if (report == NULL)
			return cc_fail(err, CC_E_ARG, "completion does not name volume '%s'",
				       output->name);
		CC_TRY(complete_output(state, attempt, output, report, err));
	}
	return end_inputs(state, attempt, err);
}

static int free_lease(struct cc_state *state, const struct cc_rec_attempt *attempt, const char *row,
		      struct cc_err *err)
{
	AUTO_VOLUME struct cc_rec_volume volume = { 0 };

	CC_TRY(cc_state_get(state, &cc_rec_volume, row, &volume, err));
	if (!is_writer(&volume, attempt))
		return 0;
	return end_lease(state, row, false, &volume, err);
}

int cc_outputs_end(struct cc_state *state, struct cc_rec_attempt *attempt, struct cc_err *err)
{
	for (size_t i = 0; i < attempt->outputs.count; i++) {
		struct cc_rec_output *output =
			CC_LIST_AT(attempt->outputs, struct cc_rec_output, i);

		CC_TRY(free_lease(state, attempt, output->row, err));
		destroy_key(output);
	}
	return end_inputs(state, attempt, err);
}
