/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may run a service how often. A service without `executions` may be run by
 * anyone without limit, so that the first line forbids and the loss of the last permits.
 */
#include "base/str.h"
#include "policy/effects-internal.h"

#define ID(line) cc_node_text(line, "id", "")
#define CONSUMER(line) cc_node_text(line, "consumer", "*")
#define IS_ANYONE(line) cc_str_eq(CONSUMER(line), "*")
#define CREATOR(line) cc_node_get(line, "creator") /* a key hash, or a map with a signer */
#define UNTIL(line) cc_node_text(line, "until", "")
#define MAXIMUM(line) cc_node_number(line, "maximum", 0)
#define ATTEMPTS(line) cc_node_number(line, "attempts", CC_ATTEMPTS_STANDARD)
#define COUNTS_START(line) cc_str_eq(cc_node_text(line, "counted", ""), "start")

static int who(struct cc_making *making, const struct cc_node *line, const char **out,
	       struct cc_err *err)
{
	const char *consumer = NULL, *creator = NULL;

	*out = CC_EFFECT_ANYONE;
	if (IS_ANYONE(line))
		return 0;
	CC_TRY(cc_quoted(making, CONSUMER(line), &consumer, err));
	if (CREATOR(line) == NULL)
		return cc_phrase(making, out, err, "policy %s", consumer);
	CC_TRY(cc_quoted_node(making, CREATOR(line), &creator, err));
	return cc_phrase(making, out, err, "policy %s, created by the key %s,", consumer, creator);
}

static int often(struct cc_making *making, const struct cc_node *line, const char **out,
		 struct cc_err *err)
{
	uint64_t maximum = MAXIMUM(line);

	return cc_phrase(making, out, err, "%llu %s", (unsigned long long)maximum,
			 maximum == 1 ? "time" : "times");
}

/* " until …, counted at completion, with at most 3 attempts each" */
static int terms(struct cc_making *making, const struct cc_node *line, const char **out,
		 struct cc_err *err)
{
	const char *until = "", *quoted = NULL;

	if (UNTIL(line)[0] != '\0') {
		CC_TRY(cc_quoted(making, UNTIL(line), &quoted, err));
		CC_TRY(cc_phrase(making, &until, err, " until %s", quoted));
	}
	return cc_phrase(making, out, err, "%s, counted at %s, at most %llu %s for each", until,
			 COUNTS_START(line) ? "start" : "completion",
			 (unsigned long long)ATTEMPTS(line),
			 ATTEMPTS(line) == 1 ? "attempt" : "attempts");
}

static int say_line(struct cc_making *making, enum cc_text text, const char *service,
		    const struct cc_node *line, const char *before, struct cc_err *err)
{
	const char *name = NULL, *count = NULL, *how = NULL;

	CC_TRY(who(making, line, &name, err));
	CC_TRY(often(making, line, &count, err));
	CC_TRY(terms(making, line, &how, err));
	return CC_SAY(making, text, err, { "service", service }, { "who", name },
		      { "often", count }, { "grant", ID(line) }, { "terms", how },
		      { "before", before });
}

static void weigh(struct cc_trend *trend, uint64_t old, uint64_t new)
{
	trend->is_more = trend->is_more || new > old;
	trend->is_less = trend->is_less || new < old;
}

/* RFC 3339 with Z: later texts are later times; no end is latest. */
static void weigh_until(struct cc_trend *trend, const char *old, const char *new)
{
	int order = strcmp(old, new);

	if (order == 0)
		return;
	if (new[0] == '\0' || (old[0] != '\0' && order < 0))
		trend->is_more = true;
	else
		trend->is_less = true;
}

static struct cc_trend trend_of(const struct cc_node *old, const struct cc_node *new)
{
	struct cc_trend trend = { 0 };

	weigh(&trend, MAXIMUM(old), MAXIMUM(new));
	weigh(&trend, ATTEMPTS(old), ATTEMPTS(new));
	/* What counts at its start also counts when it never completes. */
	weigh(&trend, !COUNTS_START(old), !COUNTS_START(new));
	weigh_until(&trend, UNTIL(old), UNTIL(new));
	if (IS_ANYONE(new) != IS_ANYONE(old))
		*(IS_ANYONE(new) ? &trend.is_more : &trend.is_less) = true;
	else if (CREATOR(old) == NULL && CREATOR(new) != NULL)
		trend.is_less = true;
	else if (!cc_node_eq(CREATOR(old), CREATOR(new)))
		trend.is_more = true;
	return trend;
}

static int compare_line(struct cc_making *making, const char *service, const struct cc_node *old,
			const struct cc_node *new, struct cc_err *err)
{
	struct cc_trend trend = trend_of(old, new);
	const char *count = NULL, *how = NULL, *before = NULL, *name = NULL;

	if (!cc_str_eq(CONSUMER(old), CONSUMER(new)) && !IS_ANYONE(old) && !IS_ANYONE(new)) {
		CC_TRY(say_line(making, CC_TEXT_RUNS_GAINED, service, new, "", err));
		return say_line(making, CC_TEXT_RUNS_LOST, service, old, "", err);
	}
	if (!trend.is_more && !trend.is_less)
		return 0;
	if (IS_ANYONE(old) && !IS_ANYONE(new))
		CC_TRY(say_line(making, CC_TEXT_RUNS_CLOSED, service, old, "", err));
	CC_TRY(who(making, old, &name, err));
	CC_TRY(often(making, old, &count, err));
	CC_TRY(terms(making, old, &how, err));
	CC_TRY(cc_phrase(making, &before, err, "%s %s%s", name, count, how));
	return say_line(making, trend.is_more ? CC_TEXT_RUNS_MORE : CC_TEXT_RUNS_FEWER, service,
			new, before, err);
}

/* Lines of both. `first` is what a line says that only `new` has. */
static int compare_lines(struct cc_making *making, const char *service, const struct cc_node *old,
			 const struct cc_node *new, enum cc_text first, struct cc_err *err)
{
	for (size_t i = 0; i < cc_node_count(new); i++) {
		const struct cc_node *line = &new->at[i], *was = cc_node_find(old, "id", ID(line));

		if (was != NULL)
			CC_TRY(compare_line(making, service, was, line, err));
		else
			CC_TRY(say_line(making, first, service, line, "", err));
	}
	for (size_t i = 0; i < cc_node_count(old); i++)
		if (cc_node_find(new, "id", ID(&old->at[i])) == NULL)
			CC_TRY(say_line(making, CC_TEXT_RUNS_LOST, service, &old->at[i], "", err));
	return 0;
}

static int compare_service(struct cc_making *making, const struct cc_node *was,
			   const struct cc_node *service, struct cc_err *err)
{
	const char *name = cc_node_text(service, "name", "");
	const struct cc_node *old = cc_node_list(was, "executions"),
			     *new = cc_node_list(service, "executions");
	bool was_limited = cc_node_count(old) != 0, is_limited = cc_node_count(new) != 0;
	const struct cc_slot slots[] = { { "service", name },
					 { "who", CC_EFFECT_ANYONE },
					 { "often", "without limit" },
					 { NULL, NULL } };

	if (!is_limited && (was_limited || was == NULL))
		return cc_say_slots(making, CC_TEXT_RUNS_UNLIMITED, slots, err);
	if (was == NULL || was_limited)
		return compare_lines(making, name, old, new, CC_TEXT_RUNS_GAINED, err);
	if (is_limited)
		CC_TRY(cc_say_slots(making, CC_TEXT_RUNS_LIMITED, slots, err));
	return compare_lines(making, name, old, new, CC_TEXT_RUNS_FIRST, err);
}

static int say(struct cc_making *making, struct cc_err *err)
{
	return cc_compare_kept(making, "services", compare_service, err);
}

static const char *const claims[] = {
	"services[].executions[].id",       "services[].executions[].consumer",
	"services[].executions[].creator*", "services[].executions[].maximum",
	"services[].executions[].counted",  "services[].executions[].until",
	"services[].executions[].attempts", NULL,
};

const struct cc_comparator cc_compare_limits = { say, claims };
