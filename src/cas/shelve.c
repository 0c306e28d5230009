/* SPDX-License-Identifier: Apache-2.0 */
/* Collateral between keeper and verifier, and POST /v1/collateral (collateral.h). */
#include "base/log.h"
#include "base/time.h"
#include "cas/asked.h"
#include "cas/collateral.h"
#include "codec/text.h"
#include "evidence/shelf.h"
#include "proto/sealed.h"

#define STATEMENTS_MAX ((size_t)6 * 1024 * 1024)

/* The message's time: big-endian. */
struct moment {
	uint8_t b[8];
};

static struct moment now(void)
{
	uint64_t at = (uint64_t)cc_time_now();
	struct moment out = { { 0 } };

	for (size_t i = 0; i < sizeof(out.b); i++)
		out.b[i] = (uint8_t)(at >> (56 - 8 * i));
	return out;
}

static int send_shelve(struct cc_keeper *keeper, const struct cc_statements *statements,
		       struct cc_err *err)
{
	struct cc_message message = { .type = CC_SHELVE };
	const struct moment time = now();
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_statements_to_json(statements, &json, err));
	CC_TRY(cc_json_print(json, &text, err));
	message.fields[CC_SHELVE_STATEMENTS] = cc_buf_span(&text);
	message.fields[CC_SHELVE_GIVEN] = cc_buf_span(&keeper->given);
	message.fields[CC_SHELVE_ROOTS] = cc_buf_span(&keeper->roots);
	message.fields[CC_SHELVE_TIME] = CC_SPAN(time.b);
	return cc_wire_send(keeper->verifier, &message, err);
}

/* What whoever attests us verifies with: the newest for the machine that our evidence names. */
static int choose_own(struct cc_keeper *keeper, struct cc_statements *statements,
		      struct cc_err *err)
{
	const struct cc_collateral none = { 0 };
	const struct cc_shelf_set *set = NULL;
	CC_AUTO_SHELF struct cc_shelf *shelf = NULL;
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_shelf_new(statements, &none, &shelf, err));
	set = cc_shelf_choose(shelf, cc_platform_named(cc_platform_kind_name(keeper->platform)),
			      cc_buf_span(&keeper->own_evidence));
	if (set == NULL || set->tcb_info == NULL)
		return 0;
	CC_TRY(cc_collateral_to_json(&set->collateral, &json, err));
	cc_buf_reset(&keeper->collateral);
	return cc_json_print(json, &keeper->collateral, err);
}

int cc_keeper_shelve(struct cc_keeper *keeper, struct cc_err *err)
{
	CC_AUTO_STATEMENTS struct cc_statements statements = { 0 };

	CC_TRY(cc_collateral_load(keeper->cas.state, &statements, err));
	CC_TRY(send_shelve(keeper, &statements, err));
	return keeper->own_evidence.len == 0 ? 0 : choose_own(keeper, &statements, err);
}

int cc_keeper_offer(struct cc_keeper *keeper, struct cc_statements *offered, struct cc_err *err)
{
	CC_TRY(cc_collateral_check(keeper->cas.state, offered, err));
	CC_TRY(send_shelve(keeper, offered, err));
	keeper->offered = malloc(sizeof(*keeper->offered));
	if (keeper->offered == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for collateral");
	*keeper->offered = *offered;
	*offered = (struct cc_statements){ 0 };
	return 0;
}

void cc_keeper_offered(struct cc_keeper *keeper)
{
	if (keeper->offered == NULL)
		return;
	cc_statements_clear(keeper->offered);
	free(CC_TAKE(keeper->offered));
}

int cc_keeper_prove(struct cc_keeper *keeper, uint32_t id, struct cc_span set, struct cc_err *err)
{
	struct cc_message message = { .type = CC_PROVE, .id = id };
	const struct moment time = now();

	message.fields[CC_PROVE_COLLATERAL] = set;
	message.fields[CC_PROVE_TIME] = CC_SPAN(time.b);
	return cc_wire_send(keeper->verifier, &message, err);
}

int cc_keeper_proven(const struct cc_message *message, struct cc_statements *out,
		     struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_keeper_said(message, "collateral", err));
	CC_TRY(cc_json_parse(message->fields[CC_CLAIMS_CLAIMS], STATEMENTS_MAX, &json, err));
	return cc_statements_from_json(json, out, err);
}

/* Somebody brings a set: proven by the verifier, then held by a decision as every other. */

struct bringing {
	struct cc_asked *asked;
	struct cc_statements proven;
	struct cc_json *answer;
	bool is_news;
};

static void bringing_free(struct bringing *bringing)
{
	cc_statements_clear(&bringing->proven);
	cc_json_free(bringing->answer);
	free(bringing);
}

/* Each statement of the set, and whether it is held only now. */
static int make_answer(const struct bringing *bringing, const struct cc_json *news,
		       struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *list = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < bringing->proven.count; i++) {
		CC_AUTO_JSON struct cc_json *one = NULL;

		CC_TRY(cc_statement_summary(&bringing->proven.at[i], &one, err));
		CC_TRY(cc_json_add(list, CC_TAKE(one), err));
	}
	CC_TRY(cc_json_set(json, "statements", CC_TAKE(list), err));
	CC_TRY(cc_json_set_u64(json, "new", news == NULL ? 0 : cc_json_count(news), err));
	*out = CC_TAKE(json);
	return 0;
}

static int decide_bring(void *context, struct cc_state *state, const char **type,
			struct cc_json **fields, struct cc_err *err)
{
	struct bringing *bringing = context;
	CC_AUTO_JSON struct cc_json *news = NULL, *entry = NULL;

	CC_TRY(cc_collateral_hold(state, &bringing->proven, &news, err));
	cc_json_free(CC_TAKE(bringing->answer));
	CC_TRY(make_answer(bringing, news, &bringing->answer, err));
	bringing->is_news = news != NULL;
	if (news == NULL)
		return 0;
	CC_TRY(cc_json_object(&entry, err));
	CC_TRY(cc_json_set(entry, "statements", CC_TAKE(news), err));
	CC_TRY(cc_caller_fields(&bringing->asked->caller, entry, err));
	*type = "collateral.hold";
	*fields = CC_TAKE(entry);
	return 0;
}

static void answer_bring(void *context, const struct cc_err *failure)
{
	struct bringing *bringing = context;
	struct cc_keeper *keeper = bringing->asked->keeper;
	struct cc_err err = { 0 };

	if (failure == NULL && bringing->is_news && cc_keeper_shelve(keeper, &err) != 0)
		cc_keeper_end(keeper, "renew collateral", &err);
	if (failure != NULL)
		cc_asked_refuse(bringing->asked, failure);
	else
		cc_asked_answer(bringing->asked, 200, bringing->answer);
	bringing_free(bringing);
}

static int submit(struct cc_asked *asked, const struct cc_message *message, struct cc_err *err)
{
	struct bringing *bringing = calloc(1, sizeof(*bringing));
	const struct cc_command_job job = { decide_bring, answer_bring, bringing };

	if (bringing == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a request");
	bringing->asked = asked;
	if (cc_keeper_proven(message, &bringing->proven, err) != 0) {
		bringing_free(bringing);
		return -1;
	}
	cc_pipeline_submit(asked->keeper->pipeline, &job, cc_time_now(), cc_time_monotonic_ms());
	return 0;
}

static void on_proven(struct cc_asked *asked, const struct cc_message *message)
{
	struct cc_err err = { 0 };

	if (submit(asked, message, &err) != 0)
		cc_asked_refuse(asked, &err);
}

int cc_asked_collateral(struct cc_asked *asked, struct cc_err *err)
{
	static const char *const known[] = { "collateral" };
	const struct cc_appraisal proof = { .heard = on_proven };
	const struct cc_json *set = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	uint32_t id = 0;

	CC_TRY(cc_caller_require(&asked->caller, err));
	CC_TRY(cc_json_parse(cc_buf_span(&asked->body), CC_REQUEST_MAX, &asked->json, err));
	CC_TRY(cc_json_get_object(asked->json, "collateral", &set, err));
	CC_TRY(cc_json_closed(asked->json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_print(set, &text, err));
	CC_TRY(cc_asked_slot(asked, &id, err));
	CC_TRY(cc_keeper_prove(asked->keeper, id, cc_buf_span(&text), err));
	cc_asked_wait(asked, id, &proof);
	return 0;
}
