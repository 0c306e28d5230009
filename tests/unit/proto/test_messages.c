/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between the processes, and routes. */
#include "tests/unit/test.h"

#include "base/fd.h"
#include "proto/messages.h"
#include "proto/routes.h"

static const struct cc_link web_to_keeper = { CC_WEB, CC_KEEPER, CC_PHASE_SERVING };
static const uint8_t exporter[32] = { 1 };

static struct cc_message request(void)
{
	struct cc_message m = { .type = CC_REQUEST, .id = 77 };

	m.fields[CC_REQUEST_OPERATION] = cc_span("\x05", 1);
	m.fields[CC_REQUEST_ARGUMENT] = cc_span_str("a/b");
	m.fields[CC_REQUEST_EXPORTER] = CC_SPAN(exporter);
	m.fields[CC_REQUEST_BODY] = cc_span_str("body");
	return m;
}

static void add(const struct cc_message *m, struct cc_buf *out)
{
	struct cc_err err = { 0 };

	if (cc_message_add(&web_to_keeper, m, out, &err) != 0)
		fail_msg("%s", err.text);
}

static void messages_arrive_however_the_bytes_come(void **state)
{
	CC_AUTO_BUF struct cc_buf sent = { 0 }, got = { 0 };
	struct cc_message m = request(), out = { 0 };
	struct cc_err err = { 0 };
	size_t used = 0, count = 0;

	(void)state;
	add(&m, &sent);
	m.id = 78;
	add(&m, &sent);
	for (size_t i = 0; i < sent.len; i++) {
		assert_int_equal(cc_buf_add_u8(&got, sent.at[i], &err), 0);
		assert_int_equal(
			cc_message_next(&web_to_keeper, cc_buf_span(&got), &out, &used, &err), 0);
		if (used == 0)
			continue;
		assert_int_equal(used, got.len);
		assert_int_equal(out.id, 77 + count++);
		assert_int_equal(out.type, CC_REQUEST);
		assert_true(cc_span_eq_str(out.fields[CC_REQUEST_ARGUMENT], "a/b"));
		assert_true(cc_span_eq_str(out.fields[CC_REQUEST_BODY], "body"));
		cc_message_drop(&got, used);
		assert_int_equal(got.len, 0);
	}
	assert_int_equal(count, 2);
}

static void a_second_message_stays_in_the_buffer(void **state)
{
	CC_AUTO_BUF struct cc_buf both = { 0 };
	struct cc_message m = request(), out = { 0 };
	struct cc_err err = { 0 };
	size_t used = 0;

	(void)state;
	add(&m, &both);
	m.id = 78;
	add(&m, &both);
	assert_int_equal(cc_message_next(&web_to_keeper, cc_buf_span(&both), &out, &used, &err), 0);
	assert_int_equal(out.id, 77);
	cc_message_drop(&both, used);
	assert_int_equal(cc_message_next(&web_to_keeper, cc_buf_span(&both), &out, &used, &err), 0);
	assert_int_equal(out.id, 78);
}

static void a_message_out_of_place_ends_the_connection(void **state)
{
	static const struct cc_link wrong[] = {
		{ CC_KEEPER, CC_WEB, CC_PHASE_SERVING },
		{ CC_WEB, CC_KEEPER, CC_PHASE_START },
		{ CC_VERIFIER, CC_KEEPER, CC_PHASE_SERVING },
		{ CC_KEEPER, CC_VERIFIER, CC_PHASE_SERVING },
	};
	CC_AUTO_BUF struct cc_buf sent = { 0 };
	struct cc_message m = request(), out = { 0 };
	size_t used = 0;

	(void)state;
	add(&m, &sent);
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		struct cc_err err = { 0 };

		assert_int_equal(cc_message_next(&wrong[i], cc_buf_span(&sent), &out, &used, &err),
				 -1);
		assert_int_equal(err.code, CC_E_DENIED);
		assert_int_equal(cc_message_add(&wrong[i], &m, &sent, &err), -1);
		assert_int_equal(err.code, CC_E_BUG);
	}
}

/* One defect each in a good request frame: `at` is set to `value`. */
static const struct {
	const char *why;
	size_t at;
	uint8_t value;
	enum cc_code code;
} broken[] = {
	{ "longer than any message", 0, 0x01, CC_E_TOOBIG },
	{ "shorter than a head", 3, 4, CC_E_TOOBIG },
	{ "of type 0", 4, 0, CC_E_ARG },
	{ "of a type behind the last", 4, CC_MESSAGE_TYPES, CC_E_ARG },
	{ "an operation of two bytes", 12, 2, CC_E_TOOBIG },
	{ "an empty operation", 12, 0, CC_E_ARG },
	{ "a field longer than the frame", 17, 200, CC_E_ARG },
};

static void broken_frames_end_the_connection(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(broken); i++) {
		CC_AUTO_BUF struct cc_buf sent = { 0 };
		struct cc_message m = request(), out = { 0 };
		struct cc_err err = { 0 };
		size_t used = 0;

		add(&m, &sent);
		sent.at[broken[i].at] = broken[i].value;
		assert_int_equal(
			cc_message_next(&web_to_keeper, cc_buf_span(&sent), &out, &used, &err), -1);
		if (err.code != broken[i].code)
			fail_msg("%s: %s", broken[i].why, err.text);
	}
}

static void a_field_too_many_or_too_few_ends_the_connection(void **state)
{
	CC_AUTO_BUF struct cc_buf sent = { 0 };
	struct cc_message m = request(), out = { 0 };
	struct cc_err err = { 0 };
	size_t used = 0;

	(void)state;
	add(&m, &sent);
	assert_int_equal(cc_buf_add_u32be(&sent, 0, &err), 0);
	sent.at[3] = (uint8_t)(sent.len - 4);
	assert_int_equal(cc_message_next(&web_to_keeper, cc_buf_span(&sent), &out, &used, &err),
			 -1);
	assert_int_equal(err.code, CC_E_ARG);
	sent.len -= 4 + 8; /* the added field, and the body */
	sent.at[3] = (uint8_t)(sent.len - 4);
	assert_int_equal(cc_message_next(&web_to_keeper, cc_buf_span(&sent), &out, &used, &err),
			 -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void each_type_is_sent_one_way_in_one_phase(void **state)
{
	static const enum cc_process processes[] = { CC_WEB, CC_KEEPER, CC_VERIFIER };
	uint8_t bytes[64] = { 0 };

	(void)state;
	for (enum cc_message_type type = CC_HELLO; type < CC_MESSAGE_TYPES; type++) {
		size_t allowed = 0;

		assert_non_null(cc_message_name(type));
		for (size_t i = 0; i < 3 * 3 * 2; i++) {
			struct cc_link link = { processes[i / 6], processes[i / 2 % 3],
						i % 2 == 0 ? CC_PHASE_START : CC_PHASE_SERVING };
			struct cc_message m = { .type = type };
			CC_AUTO_BUF struct cc_buf out = { 0 };
			struct cc_err err = { 0 };

			for (size_t f = 0; f < CC_MESSAGE_FIELDS; f++)
				m.fields[f] = cc_span(bytes, 1);
			cc_ignore(cc_message_add(&link, &m, &out, &err));
			allowed += err.code != CC_E_BUG;
		}
		assert_int_equal(allowed, 1);
	}
}

static void values_are_read_back_exactly(void **state)
{
	const struct cc_span values[] = { cc_span_str("one"), cc_span_str(""), cc_span_str("3") };
	CC_AUTO_BUF struct cc_buf field = { 0 };
	struct cc_span out[4] = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_values_add(values, 3, &field, &err), 0);
	assert_int_equal(cc_values_parse(cc_buf_span(&field), out, 3, &err), 0);
	assert_true(cc_span_eq_str(out[0], "one") && out[1].len == 0);
	assert_int_equal(cc_values_parse(cc_buf_span(&field), out, 2, &err), -1);
	assert_int_equal(cc_values_parse(cc_buf_span(&field), out, 4, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

/* Routes. */

static const struct {
	const char *method, *path;
	enum cc_operation operation;
	const char *argument;
} found[] = {
	{ "GET", "/v1/cas", CC_OP_CAS, "" },
	{ "POST", "/v1/challenge", CC_OP_CHALLENGE, "" },
	{ "POST", "/v1/policies", CC_OP_POLICY_CREATE, "" },
	{ "GET", "/v1/policies", CC_OP_POLICY_LIST, "" },
	{ "PUT", "/v1/policies/a", CC_OP_POLICY_UPDATE, "a" },
	{ "GET", "/v1/policies/sh3/pipeline", CC_OP_POLICY_READ, "sh3/pipeline" },
	{ "GET", "/v1/versions/sh3/versions", CC_OP_POLICY_VERSIONS, "sh3/versions" },
	{ "POST", "/v1/workflows/sh3/pipeline/plan", CC_OP_WORKFLOW_PLAN, "sh3/pipeline" },
	{ "POST", "/v1/runs", CC_OP_RUN_OPEN, "" },
	{ "GET", "/v1/runs/00ff", CC_OP_RUN_READ, "00ff" },
	{ "POST", "/v1/runs/00ff/abort", CC_OP_RUN_ABORT, "00ff" },
	{ "POST", "/v1/volumes/key", CC_OP_VOLUME_KEY, "" },
	{ "POST", "/v1/volumes/write", CC_OP_VOLUME_WRITE, "" },
	{ "POST", "/v1/volumes/written", CC_OP_VOLUME_WRITTEN, "" },
	{ "POST", "/v1/volumes/writers", CC_OP_VOLUME_WRITERS, "" },
	{ "GET", "/v1/executions/a-b.c_d~e", CC_OP_EXECUTIONS, "a-b.c_d~e" },
	{ "POST", "/v1/collateral", CC_OP_COLLATERAL_BRING, "" },
	{ "GET", "/v1/collateral", CC_OP_COLLATERAL_LIST, "" },
	{ "GET", "/v1/collateral/00ff", CC_OP_COLLATERAL_READ, "00ff" },
	{ "POST", "/v1/attest", CC_OP_ATTEST, "" },
	{ "POST", "/v1/sessions/00ff/frames", CC_OP_FRAMES, "00ff" },
	{ "POST", "/v1/attest-cas", CC_OP_ATTEST_CAS, "" },
	{ "POST", "/v1/peer", CC_OP_PEER, "" },
	{ "GET", "/checkpoint", CC_OP_CHECKPOINT, "" },
	{ "GET", "/tile/0/x001/067", CC_OP_TILE, "0/x001/067" },
	{ "POST", "/v1/sessions", CC_OP_SESSION_CREATE, "" },
	{ "POST", "/session", CC_OP_SESSION_CREATE_OLD, "" },
	{ "PUT", "/v1/encrypted_sessions", CC_OP_SESSION_ENCRYPTED, "" },
	{ "GET", "/v1/sessions", CC_OP_SESSION_LIST, "" },
	{ "GET", "/v1/sessions/a/frames", CC_OP_SESSION_READ, "a/frames" },
	{ "GET", "/session/a/b", CC_OP_SESSION_TEXT, "a/b" },
	{ "GET", "/v1/values/session=a/b,secret=c", CC_OP_VALUES, "session=a/b,secret=c" },
	{ "GET", "/v1/version", CC_OP_VERSION, "" },
	{ "GET", "/v1/health", CC_OP_HEALTH, "" },
	{ "GET", "/v1/health/live", CC_OP_LIVE, "" },
	{ "GET", "/v1/health/ready", CC_OP_READY, "" },
	{ "POST", "/v1/proposals", CC_OP_PROPOSAL_CREATE, "" },
	{ "GET", "/v1/proposals/00ff", CC_OP_PROPOSAL_READ, "00ff" },
	{ "POST", "/v1/proposals/00ff/votes", CC_OP_PROPOSAL_VOTE, "00ff" },
	{ "POST", "/v1/proposals/00ff/withdraw", CC_OP_PROPOSAL_WITHDRAW, "00ff" },
	{ "POST", "/v1/proposals/00ff/settle", CC_OP_PROPOSAL_SETTLE, "00ff" },
	{ "GET", "/v1/boards/trial/study", CC_OP_PROPOSAL_LIST, "trial/study" },
};

static void each_path_leads_to_its_operation(void **state)
{
	(void)state;
	assert_int_equal(CC_COUNT(found), CC_OP_COUNT - 1);
	for (size_t i = 0; i < CC_COUNT(found); i++) {
		enum cc_operation operation = CC_OP_NONE;
		struct cc_span argument = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_route_find(found[i].method, cc_span_str(found[i].path),
					       &operation, &argument, &err),
				 0);
		assert_int_equal(operation, found[i].operation);
		assert_true(cc_span_eq_str(argument, found[i].argument));
		assert_int_equal(cc_route_of(operation)->operation, operation);
	}
}

static void a_path_says_which_methods_it_has(void **state)
{
	static const struct {
		const char *path, *methods;
	} rows[] = {
		{ "/v1/cas", "GET" },
		{ "/v1/policies", "POST, GET" },
		{ "/v1/policies/a", "PUT, GET" },
		{ "/v1/sessions/a/frames", "POST, GET" },
		{ "/nothing", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		char methods[CC_METHODS_MAX];

		cc_route_methods(cc_span_str(rows[i].path), methods);
		assert_string_equal(methods, rows[i].methods);
	}
}

static const struct {
	const char *method, *path;
	enum cc_code code;
} not_found[] = {
	{ "GET", "/", CC_E_NOTFOUND },
	{ "GET", "", CC_E_NOTFOUND },
	{ "GET", "/v1/cas/", CC_E_NOTFOUND },
	{ "get", "/v1/cas", CC_E_NOTFOUND },
	{ "DELETE", "/v1/policies/a", CC_E_NOTFOUND },
	{ "GET", "/v1/policies/", CC_E_NOTFOUND },
	{ "POST", "/v1/workflows//plan", CC_E_NOTFOUND },
	{ "GET", "/v1/policies/a//b", CC_E_ARG },
	{ "GET", "/v1/policies/../cas", CC_E_ARG },
	{ "GET", "/v1/policies/a/..", CC_E_ARG },
	{ "GET", "/v1/policies/a%2fb", CC_E_ARG },
	{ "GET", "/v1/policies/a?hash=1", CC_E_ARG },
	{ "GET", "/v1/policies/a\nb", CC_E_ARG },
};

static void other_paths_lead_nowhere(void **state)
{
	char longest[600];

	(void)state;
	for (size_t i = 0; i < CC_COUNT(not_found); i++) {
		enum cc_operation operation = CC_OP_NONE;
		struct cc_span argument = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_route_find(not_found[i].method, cc_span_str(not_found[i].path),
					       &operation, &argument, &err),
				 -1);
		if (err.code != not_found[i].code)
			fail_msg("%s: %s", not_found[i].path, err.text);
		assert_int_equal(operation, CC_OP_NONE);
	}
	memset(longest, 'a', sizeof(longest));
	memcpy(longest, "/v1/policies/", 13);
	{
		enum cc_operation operation = CC_OP_NONE;
		struct cc_span argument = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(
			cc_route_find("GET", CC_SPAN(longest), &operation, &argument, &err), -1);
		assert_int_equal(err.code, CC_E_TOOBIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_arrive_however_the_bytes_come),
		cmocka_unit_test(a_second_message_stays_in_the_buffer),
		cmocka_unit_test(a_message_out_of_place_ends_the_connection),
		cmocka_unit_test(broken_frames_end_the_connection),
		cmocka_unit_test(a_field_too_many_or_too_few_ends_the_connection),
		cmocka_unit_test(each_type_is_sent_one_way_in_one_phase),
		cmocka_unit_test(values_are_read_back_exactly),
		cmocka_unit_test(each_path_leads_to_its_operation),
		cmocka_unit_test(a_path_says_which_methods_it_has),
		cmocka_unit_test(other_paths_lead_nowhere),
	};

	return cmocka_run_group_tests_name("proto/messages", tests, NULL, NULL);
}
