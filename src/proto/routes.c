/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/routes.h"

#include "base/str.h"

/* The first that fits is taken: what is more special stands first. */
static const struct cc_route routes[] = {
	{ CC_OP_CAS, CC_ROUTE_OPEN, "cas", "GET", "/v1/cas" },
	{ CC_OP_CHALLENGE, CC_ROUTE_OPEN, "challenge", "POST", "/v1/challenge" },
	{ CC_OP_POLICY_CREATE, CC_ROUTE_IDENTITY, "policy-create", "POST", "/v1/policies" },
	{ CC_OP_POLICY_LIST, CC_ROUTE_IDENTITY, "policy-list", "GET", "/v1/policies" },
	{ CC_OP_POLICY_UPDATE, CC_ROUTE_IDENTITY, "policy-update", "PUT", "/v1/policies/*" },
	{ CC_OP_POLICY_READ, CC_ROUTE_IDENTITY, "policy-read", "GET", "/v1/policies/*" },
	{ CC_OP_WORKFLOW_PLAN, CC_ROUTE_IDENTITY, "workflow-plan", "POST", "/v1/workflows/*/plan" },
	{ CC_OP_RUN_OPEN, CC_ROUTE_IDENTITY, "run-open", "POST", "/v1/runs" },
	{ CC_OP_RUN_ABORT, CC_ROUTE_IDENTITY, "run-abort", "POST", "/v1/runs/*/abort" },
	{ CC_OP_RUN_READ, CC_ROUTE_IDENTITY, "run-read", "GET", "/v1/runs/*" },
	{ CC_OP_VOLUME_KEY, CC_ROUTE_IDENTITY, "volume-key", "POST", "/v1/volumes/key" },
	{ CC_OP_EXECUTIONS, CC_ROUTE_IDENTITY, "executions", "GET", "/v1/executions/*" },
	{ CC_OP_ATTEST, CC_ROUTE_EVIDENCE, "attest", "POST", "/v1/attest" },
	{ CC_OP_FRAMES, CC_ROUTE_EVIDENCE, "frames", "POST", "/v1/sessions/*/frames" },
	{ CC_OP_ATTEST_CAS, CC_ROUTE_OPEN, "attest-cas", "POST", "/v1/attest-cas" },
	{ CC_OP_CHECKPOINT, CC_ROUTE_OPEN, "checkpoint", "GET", "/checkpoint" },
	{ CC_OP_TILE, CC_ROUTE_OPEN, "tile", "GET", "/tile/*" },
};

const struct cc_route *cc_route_of(enum cc_operation operation)
{
	for (size_t i = 0; i < CC_COUNT(routes); i++)
		if (routes[i].operation == operation)
			return &routes[i];
	return NULL;
}

static bool ends(struct cc_span text, const char *tail)
{
	size_t len = strlen(tail);

	return text.len >= len && memcmp(text.at + text.len - len, tail, len) == 0;
}

static bool matches(const char *pattern, struct cc_span path, struct cc_span *argument)
{
	const char *star = strchr(pattern, '*');
	size_t before = star == NULL ? 0 : (size_t)(star - pattern);
	size_t around = star == NULL ? 0 : strlen(pattern) - 1;

	*argument = cc_span(NULL, 0);
	if (star == NULL)
		return cc_span_eq_str(path, pattern);
	if (path.len <= around || memcmp(path.at, pattern, before) != 0 || !ends(path, star + 1))
		return false;
	*argument = cc_span_sub(path, before, path.len - around);
	return true;
}

static bool is_plain(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("._~-/", c) != NULL);
}

/* A part between slashes: there, and no step to elsewhere. */
static bool is_part(struct cc_span part)
{
	return part.len > 0 && !cc_span_eq_str(part, ".") && !cc_span_eq_str(part, "..");
}

static int check_argument(struct cc_span argument, struct cc_err *err)
{
	size_t from = 0;

	if (argument.len > CC_ARGUMENT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a name in a path has at most %d bytes, not %zu",
			       CC_ARGUMENT_MAX, argument.len);
	for (size_t i = 0; i <= argument.len; i++) {
		if (i < argument.len && !is_plain(argument.at[i]))
			return cc_fail(err, CC_E_ARG,
				       "a name in a path has letters, digits and . _ ~ - / only");
		if (i < argument.len && argument.at[i] != '/')
			continue;
		if (!is_part(cc_span_sub(argument, from, i - from)))
			return cc_fail(err, CC_E_ARG, "a name in a path has an empty part or dots");
		from = i + 1;
	}
	return 0;
}

int cc_route_find(const char *method, struct cc_span path, enum cc_operation *operation,
		  struct cc_span *argument, struct cc_err *err)
{
	const char *other = NULL;
	struct cc_span found = { 0 };

	for (size_t i = 0; i < CC_COUNT(routes); i++) {
		if (!matches(routes[i].path, path, &found))
			continue;
		other = routes[i].method;
		if (!cc_str_eq(routes[i].method, method))
			continue;
		if (found.len > 0)
			CC_TRY(check_argument(found, err));
		*operation = routes[i].operation;
		*argument = found;
		return 0;
	}
	cc_err_set(err, CC_E_NOTFOUND, "no operation at this path%s",
		   other == NULL ? "" : " with this method");
	if (other != NULL)
		cc_err_hint(err, "the method here is %s", other);
	return cc_failed();
}
