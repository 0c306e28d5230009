/* SPDX-License-Identifier: Apache-2.0 */
/* What the server's test does not reach over a socket. */
#include "tests/unit/test.h"

#include "net/http.h"

static void a_request_is_taken_apart(void **state)
{
	static const char bytes[] =
		"GET /a/b?c=d?e HTTP/1.1\r\nHOST:x\r\nA: \t b c \t\r\nEmpty:\r\n"
		"connection: keep-alive, close\r\nContent-Length: 7\r\n\r\n";
	const struct cc_http_field *field = NULL;
	struct cc_http_head head = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_http_parse_request(cc_span_str(bytes), &head, &err), 0);
	assert_true(cc_span_eq_str(head.method, "GET"));
	assert_true(cc_span_eq_str(head.path, "/a/b"));
	assert_true(cc_span_eq_str(head.query, "c=d?e"));
	assert_true(cc_span_eq_str(cc_http_field(&head, "host")->value, "x"));
	assert_true(cc_span_eq_str(cc_http_field(&head, "a")->value, "b c"));
	assert_int_equal(cc_http_field(&head, "empty")->value.len, 0);
	assert_null(cc_http_field(&head, "hos"));
	assert_int_equal(head.length, 7);
	assert_false(head.keep_alive);
	assert_int_equal(cc_http_only(&head, "b", &field, &err), 0);
	assert_null(field);
}

static void a_head_must_be_whole(void **state)
{
	static const char good[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct cc_http_head head = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t len = 0; len < sizeof(good) - 1; len++)
		assert_int_equal(cc_http_parse_request(cc_span(good, len), &head, &err), -1);
	assert_int_equal(cc_http_parse_request(cc_span_str(good), &head, &err), 0);
	assert_int_equal(cc_http_parse_request(cc_span_str("GET / HTTP/1.1\r\nHost: x\r\n\r\nX"),
					       &head, &err),
			 -1);
}

typedef int parse_fn(struct cc_span bytes, struct cc_http_head *out, struct cc_err *err);

static void assert_refused(parse_fn *parse, struct cc_span bytes, const char *word)
{
	struct cc_http_head head = { 0 };
	struct cc_err err = { 0 };

	if (parse(bytes, &head, &err) == 0)
		fail_msg("'%.*s' is taken", (int)bytes.len, (const char *)bytes.at);
	if (strstr(err.text, word) == NULL)
		fail_msg("'%.*s': '%s' is not about '%s'", (int)bytes.len, (const char *)bytes.at,
			 err.text, word);
	assert_null(head.method.at);
	assert_int_equal(head.count, 0);
}

#define REQUEST "GET / HTTP/1.1\r\nHost: x\r\n"

static void each_wrong_request_is_refused_for_its_reason(void **state)
{
	static const struct {
		const char *bytes, *word;
	} rows[] = {
		{ "GET /\t HTTP/1.1\r\nHost: x\r\n\r\n", "foreign character" },
		{ "GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", "foreign character" },
		{ "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", "foreign character" },
		{ "GET x HTTP/1.1\r\nHost: x\r\n\r\n", "start with '/'" },
		{ "GET  HTTP/1.1\r\nHost: x\r\n\r\n", "start with '/'" },
		{ "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", "not an http request" },
		{ "SEVENTEENLETTERSX / HTTP/1.1\r\nHost: x\r\n\r\n", "not an http request" },
		{ "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "another version" },
		{ "GET / HTTP/1.1\nHost: x\r\n\r\n", "CRLF" },
		{ "GET / HTTP/1.1\r\n\r\n", "without Host" },
		{ REQUEST "Host: y\r\n\r\n", "two http fields 'Host'" },
		{ REQUEST "a\r\n\r\n", "no valid name" },
		{ REQUEST "a : b\r\n\r\n", "no valid name" },
		{ REQUEST " folded: b\r\n\r\n", "no valid name" },
		{ REQUEST "a: b\rc\r\n\r\n", "control character" },
		{ REQUEST "a: \x7f\r\n\r\n", "control character" },
		{ REQUEST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "two http fields" },
		{ REQUEST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		  "and Content-Length" },
		{ REQUEST "Transfer-Encoding: gzip, chunked\r\n\r\n", "not chunked" },
		{ "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.0" },
		{ REQUEST "Expect: else\r\n\r\n", "100-continue" },
		{ REQUEST "\r\nX", "behind an http head" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		assert_refused(cc_http_parse_request, cc_span_str(rows[i].bytes), rows[i].word);
}

static void a_head_has_so_many_fields(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_http_head head = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_buf_add_str(&bytes, REQUEST, &err), 0);
	for (size_t i = 1; i < CC_HTTP_FIELDS_MAX; i++)
		assert_int_equal(cc_buf_add_str(&bytes, "a: b\r\n", &err), 0);
	assert_int_equal(cc_buf_add_str(&bytes, "\r\n", &err), 0);
	assert_int_equal(cc_http_parse_request(cc_buf_span(&bytes), &head, &err), 0);
	assert_int_equal(head.count, CC_HTTP_FIELDS_MAX);
	bytes.len -= 2;
	assert_int_equal(cc_buf_add_str(&bytes, "a: b\r\n\r\n", &err), 0);
	assert_refused(cc_http_parse_request, cc_buf_span(&bytes), "more than");
}

static void each_wrong_answer_is_refused_for_its_reason(void **state)
{
	static const struct {
		const char *bytes, *word;
	} rows[] = {
		{ "HTTP/1.1 200 OK\r\n\r\n", "does not say its length" },
		{ "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n", "not an http answer" },
		{ "HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n", "not an http answer" },
		{ "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", "not an http answer" },
		{ "HTTP/1.1 20\r\nContent-Length: 0\r\n\r\n", "not an http answer" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
		  "two http fields" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
		  "and Content-Length" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		assert_refused(cc_http_parse_answer, cc_span_str(rows[i].bytes), rows[i].word);
}

/* RFC 9112, 6.3: what follows would be taken for a body, or a body for the next answer. */
static void some_answers_have_no_body_whatever_they_say(void **state)
{
	static const char *const rows[] = {
		"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n",
		"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_http_head head = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_http_parse_answer(cc_span_str(rows[i]), &head, &err), 0);
		assert_int_equal(head.length, 0);
		assert_false(head.chunked);
	}
}

/* The same body however it is cut on its way. */
static void chunks_may_be_cut_anywhere(void **state)
{
	static const char bytes[] = "3\r\nabc\r\n00A;ext=1\r\n0123456789\r\n0\r\nt: u\r\n\r\nnext";
	const size_t whole = sizeof(bytes) - 1 - strlen("next");

	(void)state;
	for (size_t piece = 1; piece <= whole; piece++) {
		struct cc_http_chunks c = { 0 };
		CC_AUTO_BUF struct cc_buf body = { 0 };
		struct cc_err err = { 0 };
		size_t done = 0, seen = 0, used = 0;

		while (c.state != CC_CHUNK_DONE) {
			assert_true(seen < sizeof(bytes) - 1);
			seen = seen + piece < sizeof(bytes) - 1 ? seen + piece : sizeof(bytes) - 1;
			assert_int_equal(cc_http_chunks_take(&c, cc_span(bytes + done, seen - done),
							     13, &body, &used, &err),
					 0);
			done += used;
		}
		assert_int_equal(done, whole);
		assert_true(cc_span_eq_str(cc_buf_span(&body), "abc0123456789"));
	}
}

static void malformed_and_oversized_chunks_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		enum cc_code code;
	} rows[] = {
		{ "\r\n", CC_E_ARG },
		{ "g\r\n", CC_E_ARG },
		{ "0x1\r\n", CC_E_ARG },
		{ " 1\r\n", CC_E_ARG },
		{ "1 \r\n", CC_E_ARG },
		{ "1\n", CC_E_ARG },
		{ "11\n", CC_E_ARG },
		{ "000000001\r\n", CC_E_ARG },
		{ "1;\x01\r\n", CC_E_ARG },
		{ "1\r\n_X\r\n", CC_E_ARG },
		{ "e\r\n", CC_E_TOOBIG },
		{ "d\r\n0123456789abc\r\n1\r\n", CC_E_TOOBIG },
		{ "ffffffff\r\n", CC_E_TOOBIG },
	};
	CC_AUTO_BUF struct cc_buf longest = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_http_chunks c = { 0 };
		CC_AUTO_BUF struct cc_buf body = { 0 };
		size_t used = 0;

		if (cc_http_chunks_take(&c, cc_span_str(rows[i].bytes), 13, &body, &used, &err) ==
		    0)
			fail_msg("'%s' is accepted", rows[i].bytes);
		assert_int_equal(err.code, rows[i].code);
	}
	assert_int_equal(cc_buf_add_str(&longest, "0\r\n", &err), 0);
	for (int i = 0; i <= CC_HTTP_FIELDS_MAX; i++)
		assert_int_equal(cc_buf_add_str(&longest, "a: b\r\n", &err), 0);
	for (int trailer = 0; trailer < 2; trailer++) {
		struct cc_http_chunks c = { 0 };
		CC_AUTO_BUF struct cc_buf body = { 0 };
		size_t used = 0;

		assert_int_equal(
			cc_http_chunks_take(&c, cc_buf_span(&longest), 13, &body, &used, &err), -1);
		assert_int_equal(err.code, CC_E_TOOBIG);
		longest.len = 0;
		for (int i = 0; i < CC_HTTP_CHUNK_LINE_MAX; i++)
			assert_int_equal(cc_buf_add_str(&longest, "1", &err), 0);
	}
}

static void percent_escapes_are_decoded_once_and_strictly(void **state)
{
	static const char *const refused[] = { "%", "%4", "a%4", "%zz", "%4z", "%00", "a%0" };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_http_decode(cc_span_str("a%2fb%2541%C3%a9+"), &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "a/b%41\xc3\xa9+"));
	for (size_t i = 0; i < CC_COUNT(refused); i++)
		assert_int_equal(cc_http_decode(cc_span_str(refused[i]), &out, &err), -1);
}

static void a_name_of_a_query_is_found_once(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_span query = cc_span_str("a=1&hash=x%20y&b&a2=3&b2=");
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_http_query(query, "hash", &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "x y"));
	assert_int_equal(cc_http_query(query, "b", &out, &err), 0);
	assert_int_equal(cc_http_query(query, "b2", &out, &err), 0);
	assert_int_equal(out.len, 3);
	assert_int_equal(cc_http_query(query, "c", &out, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	assert_int_equal(cc_http_query(cc_span_str("a=1&a=1"), "a", &out, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void a_query_has_no_names_but_known_ones(void **state)
{
	static const char *const known[] = { "after", "limit" };
	static const char *const good[] = {
		"", "&", "after=x", "limit=1&after=%20", "after", "=x"
	};
	static const char *const bad[] = { "limits=1", "after=x&b=1", "limit%20=1", "a&&&",
					   "LIMIT=1" };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(good); i++)
		assert_int_equal(cc_http_query_closed(cc_span_str(good[i]), known, 2, &err), 0);
	for (size_t i = 0; i < CC_COUNT(bad); i++) {
		assert_int_equal(cc_http_query_closed(cc_span_str(bad[i]), known, 2, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
	assert_int_equal(cc_http_query_closed(cc_span_str(bad[0]), known, 2, &err), -1);
	assert_non_null(strstr(err.hint, "'limit'"));
	assert_int_equal(cc_http_query_closed(cc_span_str("x=1"), known, 0, &err), -1);
}

static void an_answer_is_taken_when_it_is_whole(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n"
		"0\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(answers); i++) {
		for (size_t len = 0; len <= strlen(answers[i]); len++) {
			CC_AUTO_BUF struct cc_buf body = { 0 };
			struct cc_http_head head = { 0 };
			struct cc_err err = { 0 };
			bool is_whole = true;

			assert_int_equal(cc_http_take_answer(cc_span(answers[i], len), 5, &head,
							     &body, &is_whole, &err),
					 0);
			assert_int_equal(is_whole, len == strlen(answers[i]));
			assert_true(cc_span_eq_str(cc_buf_span(&body), is_whole ? "hello" : ""));
		}
	}
}

static void an_answer_that_is_none_or_too_long_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		enum cc_code code;
	} rows[] = {
		{ "HTTP/1.1 100 Continue\r\n\r\n", CC_E_ARG },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n", CC_E_TOOBIG },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n",
		  CC_E_TOOBIG },
		{ "no http\r\n\r\n", CC_E_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_BUF struct cc_buf body = { 0 };
		struct cc_http_head head = { 0 };
		struct cc_err err = { 0 };
		bool is_whole = false;

		assert_int_equal(cc_http_take_answer(cc_span_str(rows[i].bytes), 5, &head, &body,
						     &is_whole, &err),
				 -1);
		assert_int_equal(err.code, rows[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_taken_apart),
		cmocka_unit_test(a_head_must_be_whole),
		cmocka_unit_test(each_wrong_request_is_refused_for_its_reason),
		cmocka_unit_test(a_head_has_so_many_fields),
		cmocka_unit_test(each_wrong_answer_is_refused_for_its_reason),
		cmocka_unit_test(some_answers_have_no_body_whatever_they_say),
		cmocka_unit_test(chunks_may_be_cut_anywhere),
		cmocka_unit_test(malformed_and_oversized_chunks_are_refused),
		cmocka_unit_test(percent_escapes_are_decoded_once_and_strictly),
		cmocka_unit_test(a_name_of_a_query_is_found_once),
		cmocka_unit_test(a_query_has_no_names_but_known_ones),
		cmocka_unit_test(an_answer_is_taken_when_it_is_whole),
		cmocka_unit_test(an_answer_that_is_none_or_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
