/* SPDX-License-Identifier: Apache-2.0 */
/*
 * More than one mistake of a text at once, for whoever writes it. After a key or element that
 * cannot be read the parser goes on with the next one; what is only wrong because of a mistake
 * before is not said: a thing with a mistake inside is not asked what it lacks, and a policy
 * with one not how its parts go together.
 */
#include "policy/parse-internal.h"

int cc_parse_place(const struct cc_parse *parse, struct cc_err *err)
{
	return cc_wrap(err, "line %u, column %u%s%s", parse->node->line, parse->node->column,
		       parse->path_len == 0 ? "" : ": ", parse->path);
}

struct cc_parse_point cc_parse_here(const struct cc_parse *parse)
{
	return (struct cc_parse_point){ parse->path_len, parse->owner };
}

size_t cc_parse_mistakes(const struct cc_parse *parse)
{
	return parse->mistakes == NULL ? 0 : parse->mistakes->count;
}

/* The last place is for the error that ends the reading. */
static bool has_room(const struct cc_mistakes *mistakes)
{
	return mistakes != NULL && mistakes->count + 1 < CC_MISTAKES_MAX;
}

int cc_parse_go_on(struct cc_parse *parse, const struct cc_parse_point *point, struct cc_err *err)
{
	bool is_of_text =
		err->code == CC_E_ARG || err->code == CC_E_TOOBIG || err->code == CC_E_UNSUPPORTED;

	if (!is_of_text || !has_room(parse->mistakes))
		return cc_failed();
	cc_ignore(cc_parse_place(parse, err));
	parse->mistakes->at[parse->mistakes->count++] = *err;
	*err = (struct cc_err){ 0 };
	parse->owner = point->owner;
	cc_path_leave(parse, point->path_len);
	return 0;
}

void cc_policy_mistakes(struct cc_span text, struct cc_mistakes *out)
{
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	struct cc_err err = { 0 };

	out->count = 0;
	if (cc_policy_read_text(text, out, &policy, &err) != 0 && err.code != CC_OK)
		out->at[out->count++] = err;
}
