/* SPDX-License-Identifier: Apache-2.0 */
/* volume history: who wrote a volume of a CAS, and when. */
#include "cli/volume-history.h"
#include "base/str.h"

struct values {
	const char *policy, *volume, *run, *cas, *output;
	uint64_t limit; /* 0: all */
};

static const struct cc_opt_arg args[] = {
	{ "POLICY", offsetof(struct values, policy), "whose volume", false, false },
	{ "VOLUME", offsetof(struct values, volume), "its name in the policy", false, false },
};

int cc_volume_writers_read(const struct cc_volume_name *name, uint64_t limit, struct cc_ask *ask,
			   struct cc_pages *out, struct cc_err *err)
{
	*out = (struct cc_pages){ .ask = ask,
				  .method = "POST",
				  .path = "/v1/volumes/writers",
				  .member = "writers",
				  .from = "from",
				  .limit = limit };
	CC_TRY(cc_volume_name_body(name, &out->request, err));
	CC_TRY(cc_ask_open(name->cas, ask, err));
	return cc_pages_read(out, err);
}

static int print_who(const struct cc_json *one, struct cc_buf *out, struct cc_err *err)
{
	if (cc_str_eq(cc_text_of(one, "by"), "owner"))
		return cc_buf_add_str(out, "its owner", err);
	return cc_buf_addf(out, err, "run %s stage %s of %s (%s/%s)", cc_text_of(one, "run"),
			   cc_text_of(one, "stage"), cc_text_of(one, "workflow"),
			   cc_text_of(one, "policy"), cc_text_of(one, "service"));
}

static int print_left(const struct cc_json *one, struct cc_buf *out, struct cc_err *err)
{
	const char *outcome = cc_text_of(one, "outcome");

	if (!cc_json_has(one, "number"))
		return cc_buf_addf(out, err, ", %s, nothing\n", outcome);
	return cc_buf_addf(out, err, ", %s, commit %llu of epoch %llu\n", outcome,
			   (unsigned long long)cc_number_of(one, "number"),
			   (unsigned long long)cc_number_of(one, "epoch"));
}

int cc_volume_writers_print(const struct cc_json *writers, struct cc_buf *out, struct cc_err *err)
{
	for (size_t i = 0; i < cc_json_count(writers); i++) {
		const struct cc_json *one = cc_json_at(writers, i);

		CC_TRY(cc_buf_addf(out, err, "lease %-5llu %s  entry %-6llu ",
				   (unsigned long long)cc_number_of(one, "lease"),
				   cc_text_of(one, "began"),
				   (unsigned long long)cc_number_of(one, "index")));
		CC_TRY(print_who(one, out, err));
		CC_TRY(print_left(one, out, err));
	}
	return 0;
}

static int history(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	const struct cc_volume_name name = { .run = values->run,
					     .cas = values->cas,
					     .words = { { values->policy, values->volume }, 2 } };
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_PAGES struct cc_pages pages = { 0 };
	CC_AUTO_BUF struct cc_buf text = { .max = SIZE_MAX };

	CC_TRY(cc_volume_writers_read(&name, values->limit, &ask, &pages, err));
	if (cc_wants_data(values->output))
		return cc_pages_print(&pages, values->output, err);
	CC_TRY(cc_volume_writers_print(pages.all, &text, err));
	return cc_print(cc_buf_span(&text), err);
}

static const struct cc_opt opts[] = {
	{ "run", 0, CC_OPT_STRING, offsetof(struct values, run), "RUN",
	  "of which run (default: the one that completed last)", false, NULL },
	{ "cas", 0, CC_OPT_STRING, offsetof(struct values, cas), "NAME",
	  "which CAS, as 'cas attest' named it (default: default)", false, NULL },
	{ "limit", 0, CC_OPT_NUMBER, offsetof(struct values, limit), "N",
	  "at most so many (default: all)", false, NULL },
	CC_OPT_OUTPUT(struct values),
};
const struct cc_command cc_command_volume_history = {
	"volume history",
	"List who wrote a volume of a CAS: stages of runs and its owner, newest first.",
	opts,
	CC_COUNT(opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	NULL,
	history,
};
