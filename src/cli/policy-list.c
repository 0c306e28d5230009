/* SPDX-License-Identifier: Apache-2.0 */
/* policy list, history: what a CAS gives in pages. */
#include "base/str.h"
#include "cli/pages.h"
#include "codec/text.h"

struct values {
	const char *name, *after, *cas, *output;
	uint64_t limit; /* 0: all */
};

static const struct cc_opt list_opts[] = {
	{ "after", 0, CC_OPT_STRING, offsetof(struct values, after), "NAME",
	  "begin behind this name", false, NULL },
	CC_OPT_CAS(struct values),
	{ "limit", 0, CC_OPT_NUMBER, offsetof(struct values, limit), "N",
	  "at most so many (default: all)", false, NULL },
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt history_opts[] = {
	CC_OPT_CAS(struct values),
	{ "limit", 0, CC_OPT_NUMBER, offsetof(struct values, limit), "N",
	  "at most so many (default: all)", false, NULL },
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt_arg name_args[] = {
	{ "NAME", offsetof(struct values, name), "the name of a policy", false, false },
};

static int list(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_PAGES struct cc_pages pages = { .ask = &ask,
						.method = "GET",
						.path = "/v1/policies",
						.member = "policies",
						.from = "after",
						.limit = values->limit };
	CC_AUTO_BUF struct cc_buf text = { .max = SIZE_MAX };

	CC_TRY(cc_ask_open(values->cas, &ask, err));
	CC_TRY(cc_json_object(&pages.request, err));
	if (values->after != NULL)
		CC_TRY(cc_json_set_str(pages.request, "after", values->after, err));
	CC_TRY(cc_pages_read(&pages, err));
	if (cc_wants_data(values->output))
		return cc_pages_print(&pages, values->output, err);
	for (size_t i = 0; i < cc_json_count(pages.all); i++) {
		const struct cc_json *one = cc_json_at(pages.all, i);

		CC_TRY(cc_buf_addf(&text, err, "%-40s version %-4llu %s\n", cc_text_of(one, "name"),
				   (unsigned long long)cc_number_of(one, "version"),
				   cc_text_of(one, "hash")));
	}
	return cc_print(cc_buf_span(&text), err);
}

/* Key hashes look as in `self show`, so that people can compare them. */
static int name_author(const struct cc_json *one, char out[static CC_IDENTITY_TEXT],
		       struct cc_err *err)
{
	struct cc_digest author = { 0 };

	(void)snprintf(out, CC_IDENTITY_TEXT, "its board");
	if (!cc_json_has(one, "author"))
		return 0;
	CC_TRY(cc_json_get_digest(one, "author", &author, err));
	return cc_key_hash_print(&author, out, err);
}

/* The end of a version's line: who had signed what the author sent. */
static int add_signers(const struct cc_json *one, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_json *list = NULL;
	char name[CC_IDENTITY_TEXT];

	if (cc_json_has(one, "signers"))
		CC_TRY(cc_json_get_array(one, "signers", &list, err));
	for (size_t i = 0; list != NULL && i < cc_json_count(list); i++) {
		const char *hex = cc_json_str(cc_json_at(list, i));
		struct cc_digest key = { 0 };

		CC_TRY(cc_hex_parse_fixed(cc_span_str(hex == NULL ? "" : hex), "signers",
					  CC_MUT(key.b), err));
		CC_TRY(cc_key_hash_print(&key, name, err));
		CC_TRY(cc_buf_addf(out, err, "%s%s", i == 0 ? ", signers " : " ", name));
	}
	return cc_buf_add_u8(out, '\n', err);
}

/* Who may see the hashes alone is not told whose they are. */
static int add_author(const struct cc_json *one, struct cc_buf *out, struct cc_err *err)
{
	char author[CC_IDENTITY_TEXT];

	if (!cc_json_has(one, "identity"))
		return cc_buf_add_u8(out, '\n', err);
	CC_TRY(name_author(one, author, err));
	CC_TRY(cc_buf_addf(out, err, "  by %s, %s", author, cc_text_of(one, "identity")));
	return add_signers(one, out, err);
}

static int history(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_PAGES struct cc_pages pages = { .ask = &ask,
						.method = "GET",
						.member = "versions",
						.from = "from",
						.limit = values->limit };
	CC_AUTO_BUF struct cc_buf text = { .max = SIZE_MAX };
	CC_AUTO_FREE char *path = NULL;

	CC_TRY(cc_strf(&path, err, "/v1/versions/%s", values->name));
	pages.path = path;
	CC_TRY(cc_ask_open(values->cas, &ask, err));
	CC_TRY(cc_pages_read(&pages, err));
	if (cc_wants_data(values->output))
		return cc_pages_print(&pages, values->output, err);
	for (size_t i = 0; i < cc_json_count(pages.all); i++) {
		const struct cc_json *one = cc_json_at(pages.all, i);

		CC_TRY(cc_buf_addf(&text, err, "version %-4llu %s  %s  entry %llu",
				   (unsigned long long)cc_number_of(one, "version"),
				   cc_text_of(one, "time"), cc_text_of(one, "hash"),
				   (unsigned long long)cc_number_of(one, "index")));
		CC_TRY(add_author(one, &text, err));
	}
	return cc_print(cc_buf_span(&text), err);
}

const struct cc_command cc_command_policy_list = { "policy list",
						   "List the policies that you may see.",
						   list_opts,
						   CC_COUNT(list_opts),
						   NULL,
						   0,
						   sizeof(struct values),
						   NULL,
						   list };
const struct cc_command cc_command_policy_history = {
	"policy history",
	"List the versions of a policy: when, by whom, with which hash.",
	history_opts,
	CC_COUNT(history_opts),
	name_args,
	1,
	sizeof(struct values),
	NULL,
	history
};
