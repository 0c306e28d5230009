/* SPDX-License-Identifier: Apache-2.0 */
/* Who talks to whom, and the stages of a workflow. */
#include "base/str.h"
#include "policy/effects-internal.h"

/* Network */

/* "'bob/s2' at port 80 as 'db'" */
static int describe_peer(struct cc_making *making, const struct cc_node *peer, const char **out,
			 struct cc_err *err)
{
	const char *who = NULL, *name = "", *quoted = NULL;

	CC_TRY(cc_quoted(making, cc_node_text(peer, "peer", ""), &who, err));
	if (cc_node_get(peer, "name") != NULL) {
		CC_TRY(cc_quoted(making, cc_node_text(peer, "name", ""), &quoted, err));
		CC_TRY(cc_phrase(making, &name, err, " as %s", quoted));
	}
	return cc_phrase(making, out, err, "service %s at port %s%s", who,
			 cc_node_text(peer, "port", ""), name);
}

static int say_peers(struct cc_making *making, enum cc_text text, const char *service,
		     const struct cc_node *peers, const struct cc_node *but, struct cc_err *err)
{
	for (size_t i = 0; i < cc_node_count(peers); i++) {
		const char *who = NULL;

		if (cc_node_has(but, &peers->at[i]))
			continue;
		CC_TRY(describe_peer(making, &peers->at[i], &who, err));
		CC_TRY(CC_SAY(making, text, err, { "service", service }, { "who", who }));
	}
	return 0;
}

static int compare_network(struct cc_making *making, const struct cc_node *was,
			   const struct cc_node *service, struct cc_err *err)
{
	const struct cc_node *old = cc_node_get(was, "network"),
			     *new = cc_node_get(service, "network");
	const char *name = cc_node_text(service, "name", "");

	if (old == NULL && new != NULL)
		CC_TRY(CC_SAY(making, CC_TEXT_NETWORK_SHUT, err, { "service", name }));
	if (old != NULL && new == NULL)
		CC_TRY(CC_SAY(making, CC_TEXT_NETWORK_OPEN, err, { "service", name }));
	CC_TRY(say_peers(making, CC_TEXT_EGRESS_GAINED, name, cc_node_list(new, "egress"),
			 cc_node_list(old, "egress"), err));
	if (new == NULL)
		return 0; /* whom it may not reach is not said by 'network' any more */
	CC_TRY(say_peers(making, CC_TEXT_EGRESS_LOST, name, cc_node_list(old, "egress"),
			 cc_node_list(new, "egress"), err));
	CC_TRY(say_peers(making, CC_TEXT_INGRESS_GAINED, name, cc_node_list(new, "ingress"),
			 cc_node_list(old, "ingress"), err));
	return say_peers(making, CC_TEXT_INGRESS_LOST, name, cc_node_list(old, "ingress"),
			 cc_node_list(new, "ingress"), err);
}

static int say_network(struct cc_making *making, struct cc_err *err)
{
	return cc_compare_kept(making, "services", compare_network, err);
}

static const char *const network_claims[] = {
	"services[].network",
	"services[].network.egress[].name",
	"services[].network.egress[].peer",
	"services[].network.egress[].port",
	"services[].network.ingress[].name",
	"services[].network.ingress[].peer",
	"services[].network.ingress[].port",
	NULL,
};

const struct cc_comparator cc_compare_network = { say_network, network_claims };

/* Stages */

static int describe_needs(struct cc_making *making, const struct cc_node *needs, const char **out,
			  struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf all = { 0 };
	const char *one = NULL;

	*out = "";
	for (size_t i = 0; i < cc_node_count(needs); i++) {
		CC_TRY(cc_quoted_node(making, &needs->at[i], &one, err));
		CC_TRY(cc_buf_addf(&all, err, "%s %s", i == 0 ? " after" : ",", one));
	}
	if (all.len == 0)
		return 0;
	CC_TRY(cc_buf_str(&all, &one, err));
	return cc_phrase(making, out, err, "%s", one);
}

/* "service 's1' of policy 'bob' after 'first', at most 2 attempts" */
static int describe_stage(struct cc_making *making, const struct cc_node *stage, const char **out,
			  struct cc_err *err)
{
	const char *service = NULL, *policy = NULL, *needs = NULL, *attempts = "";
	uint64_t most = cc_node_number(stage, "attempts", 0);

	CC_TRY(cc_quoted(making, cc_node_text(stage, "service", ""), &service, err));
	CC_TRY(cc_quoted(making, cc_node_text(stage, "policy", making->policy), &policy, err));
	CC_TRY(describe_needs(making, cc_node_list(stage, "needs"), &needs, err));
	if (most != 0)
		CC_TRY(cc_phrase(making, &attempts, err, ", at most %llu attempts",
				 (unsigned long long)most));
	return cc_phrase(making, out, err, "service %s of policy %s%s%s", service, policy, needs,
			 attempts);
}

static int compare_stage(struct cc_making *making, const struct cc_node *old,
			 const struct cc_node *new, struct cc_err *err)
{
	const char *name = NULL, *what = NULL, *before = NULL;
	enum cc_text text = CC_TEXT_STAGE_CHANGED;

	if (cc_node_eq(old, new))
		return 0;
	if (old == NULL)
		text = CC_TEXT_STAGE_NEW;
	else if (new == NULL)
		text = CC_TEXT_STAGE_GONE;
	CC_TRY(cc_quoted(making, cc_node_text(new != NULL ? new : old, "name", ""), &name, err));
	CC_TRY(describe_stage(making, new != NULL ? new : old, &what, err));
	CC_TRY(describe_stage(making, old != NULL ? old : new, &before, err));
	return CC_SAY(making, text, err, { "stage", name }, { "what", what }, { "before", before });
}

static const struct cc_node *stages_of(const struct cc_node *policy)
{
	return cc_node_list(cc_node_get(policy, "workflow"), "stages");
}

static int say_stages(struct cc_making *making, struct cc_err *err)
{
	return cc_compare_named(making, stages_of(making->old), stages_of(making->new),
				compare_stage, err);
}

static const char *const stage_claims[] = {
	"workflow.stages[].name",    "workflow.stages[].policy",   "workflow.stages[].service",
	"workflow.stages[].needs[]", "workflow.stages[].attempts", NULL,
};

const struct cc_comparator cc_compare_stages = { say_stages, stage_claims };
