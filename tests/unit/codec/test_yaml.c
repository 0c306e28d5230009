/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <dirent.h>

#include "base/dir.h"
#include "base/str.h"
#include "codec/yaml-internal.h"

static const char *const tags[] = { "!cas", "!akv", NULL };

/* Texts, not trees: the first difference is in the message. */
static void assert_same(const struct cc_yaml *one, const struct cc_yaml *other, struct cc_span text)
{
	bool is_same = one->kind == other->kind && one->plain == other->plain &&
		       one->line == other->line && one->column == other->column &&
		       one->count == other->count && one->text_len == other->text_len &&
		       (one->keys == NULL) == (other->keys == NULL);

	if (!is_same || (one->text_len != 0 && !cc_str_eq(one->text, other->text)))
		fail_msg("'%.*s': line %u column %u '%s' and line %u column %u '%s'", (int)text.len,
			 (const char *)text.at, one->line, one->column,
			 one->text == NULL ? "" : one->text, other->line, other->column,
			 other->text == NULL ? "" : other->text);
	for (size_t i = 0; i < one->count; i++) {
		if (one->keys != NULL)
			assert_same(&one->keys[i], &other->keys[i], text);
		assert_same(&one->values[i], &other->values[i], text);
	}
}

/* Is it one for the quick reader? Then libyaml reads the same. */
static bool is_read_quickly(struct cc_span text)
{
	CC_AUTO_YAML struct cc_yaml_doc *quick = NULL, *slow = NULL;
	struct cc_err err = { 0 };

	if (cc_yaml_parse_by(CC_YAML_QUICKLY, text, tags, &quick, &err) != 0)
		return false;
	if (cc_yaml_parse_by(CC_YAML_SLOWLY, text, tags, &slow, &err) != 0)
		fail_msg("'%.*s' is read although: %s", (int)text.len, (const char *)text.at,
			 err.text);
	assert_same(cc_yaml_root(quick), cc_yaml_root(slow), text);
	return true;
}

static void expect_refused(struct cc_span text, enum cc_code code, const char *reason)
{
	CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;
	struct cc_err err = { 0 };

	if (cc_yaml_parse(text, tags, &doc, &err) == 0)
		fail_msg("'%.*s' is accepted", (int)text.len, (const char *)text.at);
	assert_null(doc);
	assert_false(is_read_quickly(text));
	if (err.code != code || strstr(err.text, reason) == NULL)
		fail_msg("'%.*s': '%s' instead of '%s'", (int)text.len, (const char *)text.at,
			 err.text, reason);
}

static void what_people_write_is_read_quickly_and_as_libyaml_reads_it(void **state)
{
	static const char *const rows[] = {
		"a: b",
		"a: b\n",
		"# top\n\n---\n# more\na: b # c\n\n# end\n",
		"a:\n  b: c\n  d:\n    e: f\ng: h\n",
		"a:\nb:\n",
		"a:\n- b\n- c\nd:\n  - e\n  -\n  - f: g\n    h: i\n  - - j\n    - k\n",
		"- \n- a\n-   b: c\n    d: e\n",
		"key : value\n\"k 2\": v\n'k''3': v\n",
		"a: b:c http://x:80/y#z $$SCONE::x:y$$ -- 'q' \"r\"\n",
		"a: ~\nb: null\nc: ''\nd: \"\"\n",
		"a: \"x\\n\\t\\r\\\"\\\\\\ y\"\nb: 'it''s'\n",
		"a: \"x  \n\n  y\n z \"\nb: 'x\n  y'\n",
		"a: one\n  two  \n\n\n  - three\n  \"five\"\nb: c\n",
		"a: [b, 'c', \"d\", [e], {f: g}, http://x]\nb: []\nc: {}\n",
		"a: [b,\n  c, # d\n\n e ]\nb: {c: d,\n  \"e\": [f]\n  }\n",
		"{\"a\": {\"b\": [\"c\", \"d\"]}, \"e\": \"f\"}\n",
		"[a, b]",
		"a: |\n  b\n   c\n\n  # d\n\n\ne: >\n    f\n    g\n\n    h\n     i\n    j\n",
		"a: |-\n  b\n\nc: |+\n  d\n\n\ne: >-\n\n  f\n  g\n",
		"a: | # c\n  b\n  \tc\n",
		"a:\n  - |\n    b\n  - >\n   c\n   d",
		"- |\n b\n- c\n",
		"\xc3\xa9: \"\xc3\xa9\"\nb: [\xc3\xa9, c]\n",
		("\xef\xbb\xbf"
		 "a: b\n"),
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		if (!is_read_quickly(cc_span_str(rows[i])))
			fail_msg("'%s' is not read quickly", rows[i]);
}

/* Each is YAML, and one of the places where readers differ: it is for libyaml alone. */
static void what_is_unusual_is_left_to_libyaml(void **state)
{
	static const char *const rows[] = {
		"a: b\r\nc: d\r\n",
		"a:\tb",
		"a: b\t# c",
		"? a\n: b",
		"a: !cas",
		"a: \"\\x41\"",
		"a: |2\n   b\n",
		"a: \"b\\\n  c\"",
		"[a: b]",
		"{a}",
		"{a: }",
		"a\n",
		"\"a\"\n",
		"a: b\n...\n",
		"a: |\n   \n  b\n",
		"a: 'b'\n'c' : d\n...",
		"a: {b: c}#d",
		"--- {a: b}\n",
		"a: |\n\nb: c\n",
		"{'a':b}",
		"a: |\n  b\n...\n",
		"a: |\n  b\n--- # c\n",
	};
	CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		if (is_read_quickly(cc_span_str(rows[i])))
			fail_msg("'%s' is read quickly", rows[i]);
	}
	assert_int_equal(cc_yaml_parse(cc_span_str(rows[0]), tags, &doc, &err), 0);
}

/* Eight bytes are looked at in one step: no place of a step may differ. */
static void a_bad_character_is_found_wherever_it_stands(void **state)
{
	static const char *const rows[] = { "\x01", "\x1f", "\x7f", "\x80", "\xff", "\xc2\x80" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		for (int at = 0; at < 20; at++) {
			char text[64], place[64];

			(void)snprintf(text, sizeof(text), "a:\n  \xc3\xa9%.*s%s%s", at,
				       "0123456789abcdefghij", rows[i], "klmnopqrstuvwxyz");
			(void)snprintf(place, sizeof(place), "line 2 column %d: ", at + 4);
			expect_refused(cc_span_str(text), CC_E_ARG, place);
		}
}

static void what_can_mean_two_things_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ "a: 1\nb: 2\na: 3",
		  "line 3 column 1: key 'a' for the second time, first in line 1" },
		{ "a: {b: 1, \"b\": 2}", "line 1 column 11: key 'b' for the second time" },
		{ "a: &x 1", "line 1 column 4: an anchor" },
		{ "a: &x [1]", "line 1 column 4: an anchor" },
		{ "a: &x {b: 1}", "line 1 column 4: an anchor" },
		{ "&x a: 1", "line 1 column 1: an anchor" },
		{ "a: *x", "line 1 column 4: an alias" },
		{ "- *x", "line 1 column 3: an alias" },
		{ "*x : 1", "line 1 column 1: an alias" },
		{ "*x", "line 1 column 1: an alias" },
		{ "a:\n  <<: {b: 1}", "line 2 column 3: a merge key" },
		{ "a: !!str 1", "line 1 column 4: a tag" },
		{ "a: !other 1", "line 1 column 4: a tag" },
		{ "a: ! 1", "line 1 column 4: a tag" },
		{ "a: !<tag:yaml.org,2002:int> 1", "line 1 column 4: a tag" },
		{ "a: !other [1]", "line 1 column 4: a tag" },
		{ "a: !other {b: 1}", "line 1 column 4: a tag" },
		{ "!cas a: 1", "line 1 column 1: a tag on a key" },
		{ "a: 1\n---\nb: 2", "line 2 column 1: a second document" },
		{ "a: 1\n...\n---\nb: 2", "line 3 column 1: a second document" },
		{ "%YAML 1.1\n---\na: 1", "line 1 column 1: a directive" },
		{ "%TAG ! tag:x,1:\n---\na: 1", "line 1 column 1: a directive" },
		{ "? [a, b]\n: 1", "line 1 column 3: a key that is not a simple text" },
		{ "? {a: b}\n: 1", "line 1 column 3: a key that is not a simple text" },
		{ ": 1", "line 1 column 1" },
		{ "?\n: 1", "a key that is null or missing" },
		{ "~: 1", "line 1 column 1: a key that is null" },
		{ "null: 1", "line 1 column 1: a key that is null" },
		{ "a: \"\\0\"", "line 1 column 4: a NUL character" },
		{ "\"a\\x00b\": 1", "line 1 column 1: a NUL character" },
		{ "a: \x01", "line 1 column 4: a control character" },
		{ "a: \x7f", "line 1 column 4: a control character" },
		{ "a: \xc2\x80", "line 1 column 4: a control character" },
		{ "a: \xc2\x85 b", "line 1 column 4: a line break that" },
		{ "a: 1\n\xc3\xa9: \xe2\x80\xa8", "line 2 column 4: a line break that" },
		{ "a: \xe2\x80\xa9", "line 1 column 4: a line break that" },
		{ "a: \xef\xbb\xbf", "line 1 column 4: a character that" },
		{ "a: \xef\xbf\xbe", "line 1 column 4: a character that" },
		{ "a: 1\r\nb: 2\rc: \xff", "line 3 column 4: not UTF-8" },
		{ "a: \xc0\xaf", "line 1 column 4: not UTF-8" },
		{ "a: \xe0\x80\xaf", "line 1 column 4: not UTF-8" },
		{ "a: \xed\xa0\x80", "line 1 column 4: not UTF-8" },
		{ "a: \xf4\x90\x80\x80", "line 1 column 4: not UTF-8" },
		{ "a: \xe2\x82", "line 1 column 4: not UTF-8" },
		{ "a: \x80", "line 1 column 4: not UTF-8" },
		{ "a: \xf8\x88\x80\x80\x80", "line 1 column 4: not UTF-8" },
		{ "\xff\xfe\x61", "line 1 column 1: not UTF-8" },
		{ "a: \"\\ud800\"", "line 1" },
		{ "a:\n\t- b", "line 2 column 1" },
		{ "a: [1",
		  "expected ',' or ']' (while parsing a flow sequence from line 1 column 4)" },
		{ "a: b: c", "line 1 column 5" },
		{ "", "line 1 column 1: there is no document" },
		{ "# nothing\n", "there is no document" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		expect_refused(cc_span_str(rows[i].text), CC_E_ARG, rows[i].reason);
	expect_refused(cc_span("a: 1\n\0b: 2", 10), CC_E_ARG, "line 2 column 1: a NUL character");
	expect_refused(cc_span("\xfe\xff\0a", 4), CC_E_ARG, "line 1 column 1: not UTF-8");
}

static struct cc_yaml_doc *parsed(const char *text)
{
	struct cc_yaml_doc *doc = NULL;
	struct cc_err err = { 0 };

	if (cc_yaml_parse(cc_span_str(text), tags, &doc, &err) != 0)
		fail_msg("'%s': %s", text, err.text);
	return doc;
}

static void scalars_keep_their_text_and_say_whether_they_are_plain(void **state)
{
	static const struct {
		const char *text, *value;
		bool plain;
		enum cc_yaml_kind kind;
	} rows[] = {
		{ "a: 0.10", "0.10", true, CC_YAML_SCALAR },
		{ "a: 0o700", "0o700", true, CC_YAML_SCALAR },
		{ "a: yes", "yes", true, CC_YAML_SCALAR },
		{ "a: \"0.10\"", "0.10", false, CC_YAML_SCALAR },
		{ "a: '~'", "~", false, CC_YAML_SCALAR },
		{ "a: \"\"", "", false, CC_YAML_SCALAR },
		{ "a: ''", "", false, CC_YAML_SCALAR },
		{ "a: |\n  null\n", "null\n", false, CC_YAML_SCALAR },
		{ "a: >-\n  x\n  y\n", "x y", false, CC_YAML_SCALAR },
		{ "a:", "", true, CC_YAML_NULL },
		{ "a: ~", "~", true, CC_YAML_NULL },
		{ "a: null", "null", true, CC_YAML_NULL },
		{ "a: nullx", "nullx", true, CC_YAML_SCALAR },
		{ "a: \"\\u20ac\\t\"", "\xe2\x82\xac\t", false, CC_YAML_SCALAR },
		{ "a: \\@\\@X", "\\@\\@X", true, CC_YAML_SCALAR },
		{ "\xef\xbb\xbf"
		  "a: bom",
		  "bom", true, CC_YAML_SCALAR },
		{ "\xef\xbb\xbf"
		  "b: 1\na: of several lines\n",
		  "of several lines", true, CC_YAML_SCALAR },
		{ "---\r\na: crlf\r\n", "crlf", true, CC_YAML_SCALAR },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_YAML struct cc_yaml_doc *doc = parsed(rows[i].text);
		const struct cc_yaml *value = cc_yaml_get(cc_yaml_root(doc), "a");

		assert_non_null(value);
		assert_string_equal(value->text, rows[i].value);
		assert_int_equal(value->text_len, strlen(rows[i].value));
		assert_int_equal(value->plain, rows[i].plain);
		assert_int_equal(value->kind, rows[i].kind);
	}
}

/* Slips whose places libyaml names without a word on what was meant. */
static void common_slips_have_a_next_step(void **state)
{
	static const struct {
		const char *text, *hint;
	} rows[] = {
		{ "a:\n\tb: 1\n", "indent with spaces" },
		{ "a: 1\n\t\nb: 2\n", "indent with spaces" },
		{ "\xef\xbb\xbf\xc3\xa4: \xe2\x82\xac\n\tb: 1\n", "indent with spaces" },
		{ "a: @@1\n", "no plain one begins with '@'" },
		{ "a: `b`\n", "no plain one begins with '`'" },
		{ "a: {{b}}\n", "another program fills in first" },
		{ "{{a}}: b\n", "another program fills in first" },
		{ "[a]: b\n", "" },
		{ "a: [\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_yaml_doc *doc = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_yaml_parse(cc_span_str(rows[i].text), NULL, &doc, &err), -1);
		if (rows[i].hint[0] == '\0' ? err.hint[0] != '\0'
					    : strstr(err.hint, rows[i].hint) == NULL)
			fail_msg("%s: %s (%s)", rows[i].text, err.text, err.hint);
	}
}

static void collections_keep_order_and_place(void **state)
{
	CC_AUTO_YAML struct cc_yaml_doc *doc = parsed("a:\n  - x\n  - [1, 2, 3]\n"
						      "b: {c: d, \"<<\": e}\n");
	const struct cc_yaml *root = cc_yaml_root(doc), *a = cc_yaml_get(root, "a");

	(void)state;
	assert_int_equal(root->kind, CC_YAML_MAPPING);
	assert_int_equal(root->count, 2);
	assert_string_equal(root->keys[1].text, "b");
	assert_int_equal(root->keys[1].line, 4);
	assert_int_equal(root->keys[1].column, 1);
	assert_int_equal(a->kind, CC_YAML_SEQUENCE);
	assert_null(a->keys);
	assert_int_equal(a->count, 2);
	assert_string_equal(a->values[0].text, "x");
	assert_int_equal(a->values[0].line, 2);
	assert_int_equal(a->values[0].column, 5);
	assert_int_equal(a->values[1].count, 3);
	assert_string_equal(a->values[1].values[2].text, "3");
	assert_string_equal(cc_yaml_get(cc_yaml_get(root, "b"), "<<")->text, "e");
	assert_null(cc_yaml_get(root, "c"));
	assert_null(cc_yaml_get(a, "x"));
}

static void allowed_tags_are_kept_on_values(void **state)
{
	CC_AUTO_YAML struct cc_yaml_doc *doc = parsed("a: !cas\nb: !akv {token, vault}\n"
						      "c: !akv [x]\nd: !cas y\n");
	const struct cc_yaml *root = cc_yaml_root(doc);
	struct cc_yaml_doc *none = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_string_equal(cc_yaml_get(root, "a")->tag, "!cas");
	assert_int_equal(cc_yaml_get(root, "a")->kind, CC_YAML_NULL);
	assert_string_equal(cc_yaml_get(root, "b")->tag, "!akv");
	assert_int_equal(cc_yaml_get(root, "b")->count, 2);
	assert_int_equal(cc_yaml_get(cc_yaml_get(root, "b"), "vault")->kind, CC_YAML_NULL);
	assert_string_equal(cc_yaml_get(root, "c")->tag, "!akv");
	assert_string_equal(cc_yaml_get(root, "d")->tag, "!cas");
	assert_null(cc_yaml_get(root, "d")->keys);
	assert_int_equal(cc_yaml_parse(cc_span_str("a: !cas x"), NULL, &none, &err), -1);
	assert_null(none);
}

static void repeat(struct cc_buf *out, const char *text, size_t count)
{
	struct cc_err err = { 0 };

	for (size_t i = 0; i < count; i++)
		assert_int_equal(cc_buf_add_str(out, text, &err), 0);
}

static void nesting(struct cc_buf *out, const char *open, const char *close, size_t depth)
{
	out->len = 0;
	repeat(out, open, depth);
	repeat(out, close, depth);
}

static void each_maximum_holds_and_is_reached(void **state)
{
	static const struct {
		const char *open, *close;
	} rows[] = { { "[", "]" }, { "{a: ", "}" } };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;

		nesting(&text, rows[i].open, rows[i].close, CC_YAML_DEPTH_MAX);
		assert_int_equal(cc_yaml_parse(cc_buf_span(&text), NULL, &doc, &err), 0);
		nesting(&text, rows[i].open, rows[i].close, CC_YAML_DEPTH_MAX + 1);
		expect_refused(cc_buf_span(&text), CC_E_TOOBIG, "nested deeper than 64");
	}
	text.len = 0;
	repeat(&text, "- 1\n", CC_YAML_NODES_MAX - 1);
	{
		CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;

		assert_int_equal(cc_yaml_parse(cc_buf_span(&text), NULL, &doc, &err), 0);
		assert_int_equal(cc_yaml_root(doc)->count, CC_YAML_NODES_MAX - 1);
	}
	repeat(&text, "- 1\n", 1);
	expect_refused(cc_buf_span(&text), CC_E_TOOBIG, "line 10000 column 3: more than 10000");
	text.len = 0;
	repeat(&text, "#", CC_YAML_SIZE_MAX - 5);
	repeat(&text, "\na: 1", 1);
	{
		CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;

		assert_int_equal(cc_yaml_parse(cc_buf_span(&text), NULL, &doc, &err), 0);
	}
	repeat(&text, " ", 1);
	expect_refused(cc_buf_span(&text), CC_E_TOOBIG, "more than 1048576");
}

static void a_long_key_is_cut_between_characters(void **state)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };
	struct cc_yaml_doc *doc = NULL;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		repeat(&text, "x", 1);
		repeat(&text, "\xe2\x82\xac", 100);
		repeat(&text, ": 1\n", 1);
	}
	assert_int_equal(cc_yaml_parse(cc_buf_span(&text), NULL, &doc, &err), -1);
	assert_non_null(strstr(err.text, "\xe2\x82\xac' for the second time"));
}

/* Files that people published: each is read, or refused with its place. */
static void published_policies_are_read_or_refused_with_a_place(void **state)
{
	const char *source = getenv("MESON_SOURCE_ROOT");
	CC_AUTO_FREE char *path = NULL;
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	struct dirent *entry = NULL;
	struct cc_err err = { 0 };
	size_t read = 0, quick = 0;
	DIR *list = NULL;

	(void)state;
	assert_int_equal(cc_strf(&path, &err, "%s/../shared/data/scone-policies",
				 source == NULL ? "." : source),
			 0);
	if (cc_dir_open(path, CC_DIR_ROOT, &dir, &err) != 0) {
		printf("# skipped: %s\n", err.text);
		skip();
	}
	list = opendir(path);
	assert_non_null(list);
	while ((entry = readdir(list)) != NULL) {
		CC_AUTO_BUF struct cc_buf text = { 0 };
		CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;

		if (strstr(entry->d_name, ".yaml") == NULL && strstr(entry->d_name, ".yml") == NULL)
			continue;
		assert_int_equal(cc_dir_read(&dir, entry->d_name, CC_YAML_SIZE_MAX, &text, &err),
				 0);
		quick += is_read_quickly(cc_buf_span(&text));
		if (cc_yaml_parse(cc_buf_span(&text), tags, &doc, &err) == 0)
			read++;
		else
			assert_memory_equal(err.text, "yaml line ", 10);
	}
	closedir(list);
	assert_true(read > 150);
	assert_true(quick > read - 10);
}

static struct cc_json *json_of(const char *text)
{
	struct cc_json *json = NULL;
	struct cc_err err = { 0 };

	if (cc_json_parse(cc_span_str(text), 4096, &json, &err) != 0)
		fail_msg("%s", err.text);
	return json;
}

static void json_is_printed_as_block_yaml(void **state)
{
	static const struct {
		const char *json, *yaml;
	} rows[] = {
		{ "{}", "{}\n" },
		{ "[]", "[]\n" },
		{ "{\"b\": [1, true, null, {\"c\": []}], \"a\": {\"x\": \"y z\"}}",
		  "b:\n- 1\n- true\n- null\n- c: []\na:\n  x: y z\n" },
		{ "{\"pem\": \"-----BEGIN X-----\\nAA==\\n-----END X-----\\n\"}",
		  "pem: |\n  -----BEGIN X-----\n  AA==\n  -----END X-----\n" },
		{ "[\"./a\", \"-v\", \"a: b\", \"# c\", \"\\u20ac\", \"$$SCONE::x$$\"]",
		  "- ./a\n- -v\n- 'a: b'\n- '# c'\n- \u20ac\n- $$SCONE::x$$\n" },
		{ "[\"\", \"1\", \"0.10\", \"-1\", \".5\", \".inf\", \"Yes\", \"null\", \"~\", "
		  "\"0x1\", \"1e3\", \"2027-01-01\"]",
		  "- ''\n- '1'\n- '0.10'\n- '-1'\n- '.5'\n- '.inf'\n- 'Yes'\n- 'null'\n- "
		  "'~'\n- '0x1'\n- '1e3'\n- '2027-01-01'\n" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_JSON struct cc_json *json = json_of(rows[i].json);
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_yaml_print(json, &out, &err), 0);
		if (!cc_span_eq_str(cc_buf_span(&out), rows[i].yaml))
			fail_msg("%s became\n%.*s", rows[i].json, (int)out.len,
				 (const char *)out.at);
	}
}

/* Texts with everything that YAML gives a meaning to are read back as they were. */
static void printed_texts_are_read_back(void **state)
{
	static const char *const texts[] = {
		"a",     " a ",   "a\nb", "a\n\n  b\n\n",
		"\n",    " \n x", "\ta",  "a\t\nb",
		"a #b",  "- a",   "? a",  "&a",
		"*a",    "!a",    "|",    ">",
		"%a",    "@a",    "`a",   "'",
		"\"",    "\\",    "{a",   "[a",
		"a]",    "a,b",   "---",  "...",
		"--- a", "a:",    ":a",   "\xc3\xa9\n\xf0\x9f\x98\x80",
		"a\rb",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		CC_AUTO_JSON struct cc_json *json = NULL;
		CC_AUTO_BUF struct cc_buf out = { 0 };
		CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_json_object(&json, &err), 0);
		assert_int_equal(cc_json_set_str(json, "k", texts[i], &err), 0);
		assert_int_equal(cc_yaml_print(json, &out, &err), 0);
		if (cc_yaml_parse(cc_buf_span(&out), NULL, &doc, &err) != 0)
			fail_msg("'%s': %s\n%.*s", texts[i], err.text, (int)out.len,
				 (const char *)out.at);
		assert_string_equal(cc_yaml_get(cc_yaml_root(doc), "k")->text, texts[i]);
	}
}

static void printing_more_than_there_is_room_for_fails(void **state)
{
	CC_AUTO_JSON struct cc_json *json = json_of("[\"0123456789\", \"0123456789\"]");
	CC_AUTO_BUF struct cc_buf out = { .max = 12 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_yaml_print(json, &out, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_write_is_read_quickly_and_as_libyaml_reads_it),
		cmocka_unit_test(what_is_unusual_is_left_to_libyaml),
		cmocka_unit_test(a_bad_character_is_found_wherever_it_stands),
		cmocka_unit_test(what_can_mean_two_things_is_refused_with_its_place),
		cmocka_unit_test(scalars_keep_their_text_and_say_whether_they_are_plain),
		cmocka_unit_test(common_slips_have_a_next_step),
		cmocka_unit_test(collections_keep_order_and_place),
		cmocka_unit_test(allowed_tags_are_kept_on_values),
		cmocka_unit_test(each_maximum_holds_and_is_reached),
		cmocka_unit_test(a_long_key_is_cut_between_characters),
		cmocka_unit_test(published_policies_are_read_or_refused_with_a_place),
		cmocka_unit_test(json_is_printed_as_block_yaml),
		cmocka_unit_test(printed_texts_are_read_back),
		cmocka_unit_test(printing_more_than_there_is_room_for_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
