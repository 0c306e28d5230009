/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effects are complete beyond test_effects_complete.c: secrets, boards, networks, signers,
 * workflows. Whatever two versions decide differently is named by a sentence of the right class,
 * and by one that does not say "forbids" when it was refused and is granted. All pairs of the texts
 * below are compared.
 */
#include "policy/effects.h"

#include "tests/unit/policy/world.h"

#include "base/str.h"
#include "codec/text.h"
#include "crypto/sign.h"
#include "policy/board.h"
#include "policy/decide.h"

#define PEOPLE 3 /* a, b, c */
#define BIT(class) (1U << CC_EFFECT_##class)

static struct {
	struct cc_digest hash;
	char signer[64];
} people[PEOPLE];

static int make_people(void **state)
{
	(void)state;
	for (size_t i = 0; i < PEOPLE; i++) {
		CC_AUTO_KEY struct cc_key *key = NULL;
		CC_AUTO_BUF struct cc_buf raw = { 0 }, text = { 0 };
		struct cc_err err = { 0 };

		if (cc_key_generate(CC_KEY_ED25519, &key, &err) != 0 ||
		    cc_pubkey_hash(cc_key_public(key), &people[i].hash, &err) != 0 ||
		    cc_pubkey_to_raw(cc_key_public(key), &raw, &err) != 0 ||
		    cc_base58check_add(&text, CC_BASE58_SIGNER, cc_buf_span(&raw), &err) != 0)
			return -1;
		(void)snprintf(people[i].signer, sizeof(people[i].signer), "%.*s", (int)text.len,
			       (const char *)text.at);
	}
	return 0;
}

/* The policy of this text, in which <a> is the signer a. */
static struct cc_policy *with_people(const char *text)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	CC_AUTO_FREE char *made = NULL;
	struct cc_err err = { 0 };

	for (const char *at = text; *at != '\0'; at++) {
		bool is_person = at[0] == '<' && at[1] >= 'a' && at[1] <= 'c' && at[2] == '>';

		assert_int_equal(is_person ? cc_buf_add_str(&out, people[at[1] - 'a'].signer, &err)
					   : cc_buf_add_u8(&out, (uint8_t)*at, &err),
				 0);
		at += is_person ? 2 : 0;
	}
	assert_int_equal(cc_buf_take_str(&out, &made, &err), 0);
	return given(made);
}

struct pair {
	struct cc_policy *old, *new;
	struct cc_effects *effects;
	size_t differences; /* that were asked about and found */
};

static void clear_pair(struct pair *pair)
{
	cc_effects_free(pair->effects);
	cc_policy_free(pair->old);
	cc_policy_free(pair->new);
}

static void check(struct pair *pair, bool was, bool is, uint32_t classes, const char *what)
{
	CC_AUTO_BUF struct cc_buf said = { 0 };
	struct cc_err err = { 0 };

	if (was == is)
		return;
	pair->differences++;
	for (size_t i = 0; i < pair->effects->list.count; i++) {
		const struct cc_effect *effect = &pair->effects->list.at[i];

		if ((classes & 1U << effect->class) != 0 &&
		    (was || effect->kind != CC_EFFECT_FORBIDS))
			return;
	}
	assert_int_equal(cc_effects_print(pair->effects, &said, &err), 0);
	fail_msg("%s is %s and no sentence says so:\n%.*s", what, is ? "granted" : "refused",
		 (int)said.len, (const char *)said.at);
}

/* Ask about each pair of texts, of which some must differ. */
static void compare_all(const char *const *texts, size_t count, void (*ask)(struct pair *pair))
{
	size_t differences = 0;

	for (size_t i = 0; i < count * count; i++) {
		CC_CLEANUP(clear_pair)
		struct pair pair = { with_people(texts[i / count]), with_people(texts[i % count]),
				     NULL, 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_effects_make(pair.old, pair.new, &pair.effects, &err), 0);
		ask(&pair);
		differences += pair.differences;
	}
	assert_true(differences > count);
}

/* Secrets: who may import what. */

static int find_giver(void *context, const char *name, struct cc_known *out, struct cc_err *err)
{
	const struct cc_policy *giver = context;

	if (!cc_str_eq(name, "giver"))
		return cc_fail(err, CC_E_NOTFOUND, "no policy '%s'", name);
	*out = (struct cc_known){ .policy = giver };
	return 0;
}

static bool may_import(struct cc_policy *giver, const char *asker, const char *secret,
		       uint8_t version)
{
	CC_AUTO_FREE char *text = NULL;
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	const struct cc_view view = { find_giver, NULL, giver };
	struct cc_known known = { 0 };
	struct cc_secret_use use = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_strf(&text, &err,
				 "name: %s\nsecrets: [{name: mine, kind: ascii, import: {session: "
				 "giver, secret: %s}}]\n",
				 asker, secret),
			 0);
	known.policy = policy = given(text);
	memset(known.hash.b, version, sizeof(known.hash.b));
	return cc_decide_secret(&view, &known, &policy->secrets.at[0], &use, &err) == 0;
}

static void ask_secrets(struct pair *pair)
{
	static const char *const askers[] = { "bob", "eve", "ns/x", "ns" };
	static const char *const secrets[] = { "k", "l" };

	for (size_t i = 0; i < CC_COUNT(askers) * CC_COUNT(secrets) * 2; i++) {
		const char *asker = askers[i % CC_COUNT(askers)];
		const char *secret = secrets[i / CC_COUNT(askers) % CC_COUNT(secrets)];
		uint8_t version = i < CC_COUNT(askers) * CC_COUNT(secrets) ? 0xaa : 0xbb;

		check(pair, may_import(pair->old, asker, secret, version),
		      may_import(pair->new, asker, secret, version), BIT(SECRETS), secret);
	}
}

static void who_may_have_a_secret_is_said(void **state)
{
#define GIVER(export) "name: giver\nsecrets: [{name: k, kind: ascii, value: x" export "}]\n"
	static const char *const texts[] = {
		GIVER(""),
		GIVER(", export: bob"),
		GIVER(", export: [bob, eve]"),
		GIVER(", export: [{session: bob, session_hash: " HEX_A "}]"),
		GIVER(", export: [{session: bob, session_hash: " HEX_B "}]"),
		GIVER(", export: [{namespace: ns}]"),
		GIVER(", export: [{namespace: ns}, eve]"),
		"name: giver\n",
		("name: giver\nsecrets: [{name: k, kind: ascii, value: x, export: eve}, {name: l, "
		 "kind: ascii, value: y, export: [bob, {namespace: ns}]}]\n"),
	};

	(void)state;
	compare_all(texts, CC_COUNT(texts), ask_secrets);
}

/* Boards: which votes suffice for a change that needs the board's own rule. */

static enum cc_board_verdict judge(const struct cc_policy *policy, unsigned int votes)
{
	struct cc_board_needs needs = { 0 };
	const struct cc_board_votes cast = { votes & 7, votes >> 3 & 7, 1U << (votes >> 6) & 7 };

	if (policy->board == NULL)
		return CC_BOARD_ACCEPTED;
	cc_board_needs_base(policy->board, &needs);
	return cc_board_judge(policy->board, &needs, &cast);
}

static void ask_board(struct pair *pair)
{
	for (unsigned int votes = 0; votes < 4U << 6; votes++)
		check(pair, judge(pair->old, votes) == CC_BOARD_ACCEPTED,
		      judge(pair->new, votes) == CC_BOARD_ACCEPTED, BIT(BOARD), "a vote");
}

static void whose_votes_suffice_is_said(void **state)
{
#define BOARD(more)                                                                         \
	"name: p\nboard:\n  members: [{name: a, key: <a>}, {name: b, key: <b>}, {name: c, " \
	"key: <c>}]\n" more
	static const char *const texts[] = {
		"name: p\n",
		BOARD("  rule: {at_least: 2, of: [a, b, c]}\n"),
		BOARD("  rule: {at_least: 2, of: [a, b, c]}\n  self_approval: true\n"),
		BOARD("  rule: {at_least: 2, of: [a, b, c]}\n  veto: c\n"),
		BOARD("  rule: {at_least: 2, of: [a, {at_least: 1, of: [b, c]}]}\n"),
		BOARD("  rule: {all: [a, b]}\n"),
		BOARD("  rule: a\n  self_approval: true\n"),
		BOARD("  rule: {at_least: 2, of: [a, {all: [b, c], weight: 2}]}\n"),
	};

	(void)state;
	compare_all(texts, CC_COUNT(texts), ask_board);
}

/* Networks: whom a service may reach, and who it. */

static bool may_talk(const struct cc_policy *policy, bool out, const char *peer, uint64_t port)
{
	const struct cc_network *network = policy->services.at[0].network;
	size_t count = 0;

	if (network == NULL)
		return true;
	count = out ? network->egress.count : network->ingress.count;
	for (size_t i = 0; i < count; i++) {
		const struct cc_peer *one = out ? &network->egress.at[i] : &network->ingress.at[i];

		if (one->port == port && one->peer != NULL && cc_str_eq(one->peer, peer))
			return true;
	}
	return false;
}

static void ask_network(struct pair *pair)
{
	static const char *const peers[] = { "bob/db", "eve/x" };

	for (size_t i = 0; i < CC_COUNT(peers) * 4; i++) {
		const char *peer = peers[i % CC_COUNT(peers)];
		bool out = (i / CC_COUNT(peers) & 1) != 0;
		uint64_t port = i / CC_COUNT(peers) / 2 == 0 ? 80 : 443;

		check(pair, may_talk(pair->old, out, peer, port),
		      may_talk(pair->new, out, peer, port), BIT(NETWORK), peer);
	}
}

static void whom_a_service_talks_to_is_said(void **state)
{
#define SERVICE(network) "name: p\nservices: [{name: s, mrenclaves: [" HEX_A "]" network "}]\n"
	static const char *const texts[] = {
		SERVICE(""),
		SERVICE(", network: {egress: []}"),
		SERVICE(", network: {egress: [{name: d, peer: bob/db, port: 80}]}"),
		SERVICE(", network: {egress: [{name: d, peer: bob/db, port: 443}]}"),
		SERVICE(", network: {egress: [{name: d, peer: bob/db, port: 80}, {name: e, peer: "
			"eve/x, port: 443}]}"),
		SERVICE(", network: {ingress: [{name: d, peer: bob/db, port: 80}]}"),
		SERVICE(", network: {ingress: [{name: d, peer: eve/x, port: 80}]}"),
	};

	(void)state;
	compare_all(texts, CC_COUNT(texts), ask_network);
}

/* Signers: whose signatures over a new version suffice. */

static bool may_update(const struct cc_policy *policy, unsigned int signers)
{
	const struct cc_known known = { .policy = policy };
	struct cc_digest room[PEOPLE];
	struct cc_identity who = { .signers = room };
	struct cc_err err = { 0 };

	for (size_t i = 0; i < PEOPLE; i++)
		if ((signers >> i & 1) != 0)
			room[who.signer_count++] = people[i].hash;
	return cc_decide_access(&known, CC_RIGHT_UPDATE, &who, &err) == 0;
}

static void ask_signers(struct pair *pair)
{
	for (unsigned int signers = 0; signers < 1U << PEOPLE; signers++)
		check(pair, may_update(pair->old, signers), may_update(pair->new, signers),
		      BIT(ACCESS), "a signature");
}

static void whose_signatures_suffice_is_said(void **state)
{
#define UPDATE(rule) "name: p\naccess_policy: {update: " rule "}\n"
	static const char *const texts[] = {
		"name: p\n",
		UPDATE("NONE"),
		UPDATE("ANY"),
		UPDATE("[{signer: <a>}]"),
		UPDATE("[{signer: <b>}]"),
		UPDATE("[{signer: <a>}, {signer: <b>}]"),
		UPDATE("{require-all: [{signer: <a>}, {signer: <b>}]}"),
		UPDATE("{require-at-least-2: [{signer: <a>}, {signer: <b>}, {signer: <c>}]}"),
		UPDATE("{require-at-least-1: [{signer: <a>}, {require-all: [{signer: <b>}, "
		       "{signer: <c>}]}]}"),
	};

	(void)state;
	compare_all(texts, CC_COUNT(texts), ask_signers);
}

/* Workflows: what runs after what how often, and who reads what comes of it. */

#define SERVES(name)                                                                        \
	"name: " name "\nservices:\n- {name: s, image_name: i, mrenclaves: [" HEX_A "]}\n"  \
	"- {name: t, image_name: i, mrenclaves: [" HEX_A "]}\nimages: [{name: i, volumes: " \
	"[{name: v, path: /v}]}]\nvolumes: [{name: v, import: {session: p, volume: v}}]\n"

static struct cc_plan *plan_of(struct cc_policy *policy)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	struct cc_plan_ask ask = { .view = &world.view, .used = world_used, .context = &world };
	struct cc_plan *plan = NULL;
	struct cc_err err = { 0 };

	world_put(&world, SERVES("bob"));
	world_put(&world, SERVES("eve"));
	world.at[world.count].policy = policy;
	ask.workflow = &world.at[world.count++];
	world_consent_all(&world);
	assert_int_equal(cc_plan_make(&ask, &plan, &err), 0);
	return plan;
}

static const struct cc_plan_stage *stage_of(const struct cc_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->stages.count; i++)
		if (cc_str_eq(plan->stages.at[i].name, name))
			return &plan->stages.at[i];
	return NULL;
}

static bool runs(const struct cc_plan *plan, const char *name, const char *policy,
		 const char *service)
{
	const struct cc_plan_stage *stage = stage_of(plan, name);

	return stage != NULL && cc_str_eq(stage->policy, policy) &&
	       cc_str_eq(stage->service, service);
}

/* Without waiting for the other one. */
static bool may_start(const struct cc_plan *plan, const char *name, const char *other)
{
	const struct cc_plan_stage *stage = stage_of(plan, name);

	for (size_t i = 0; stage != NULL && i < stage->needs.count; i++)
		if (cc_str_eq(stage->needs.at[i], other))
			return false;
	return stage != NULL;
}

static bool may_try(const struct cc_plan *plan, const char *name, uint64_t attempt)
{
	const struct cc_plan_stage *stage = stage_of(plan, name);

	return stage != NULL && (stage->attempts == 0 || stage->attempts >= attempt);
}

static bool may_read(const struct cc_plan *plan, const char *policy, const char *stage)
{
	for (size_t i = 0; i < plan->readers.count; i++) {
		const struct cc_plan_reader *one = &plan->readers.at[i];

		if (cc_str_eq(one->policy, policy) && one->stage != NULL &&
		    cc_str_eq(one->stage, stage))
			return true;
	}
	return false;
}

static void ask_workflow(struct pair *pair)
{
	static const char *const stages[] = { "a", "b" };
	static const char *const policies[] = { "bob", "eve" };
	static const char *const services[] = { "s", "t" };
	CC_AUTO_PLAN struct cc_plan *old = plan_of(pair->old), *new = plan_of(pair->new);
	const uint32_t flow = BIT(WORKFLOW), data = BIT(WORKFLOW) | BIT(DATA);

	for (size_t i = 0; i < 8; i++) {
		const char *stage = stages[i & 1], *policy = policies[i >> 1 & 1];
		const char *service = services[i >> 2];

		check(pair, runs(old, stage, policy, service), runs(new, stage, policy, service),
		      flow, "what a stage runs");
		check(pair, may_start(old, stage, stages[~i & 1]),
		      may_start(new, stage, stages[~i & 1]), data, "when a stage starts");
		check(pair, may_try(old, stage, 1 + (i >> 1)), may_try(new, stage, 1 + (i >> 1)),
		      flow, "how often a stage is tried");
		check(pair, may_read(old, policy, stage), may_read(new, policy, stage), data,
		      "who reads in a stage");
	}
}

static void what_runs_after_what_is_said(void **state)
{
#define FLOW(export, stages)                                                              \
	"name: p\nvolumes: [{name: v, lifetime: run, export: [" export "]}]\nworkflow:\n" \
								       "  stages:\n" stages
#define BOTH "{session: bob, access: write}, {session: eve, access: read}"
	static const char *const texts[] = {
		FLOW(BOTH, "  - {name: a, policy: bob, service: s}\n"),
		FLOW(BOTH, "  - {name: a, policy: bob, service: t}\n"),
		FLOW(BOTH, "  - {name: a, policy: eve, service: s}\n"),
		FLOW(BOTH, "  - {name: a, policy: bob, service: s, attempts: 2}\n"),
		FLOW(BOTH, "  - {name: a, policy: bob, service: s}\n"
			   "  - {name: b, policy: eve, service: s}\n"),
		FLOW("{session: bob, access: read}, {session: eve, access: read}",
		     "  - {name: a, policy: bob, service: s}\n"
		     "  - {name: b, policy: eve, service: s}\n"),
		FLOW("{session: bob, access: read}, {session: eve, access: read}",
		     "  - {name: a, policy: bob, service: s}\n"
		     "  - {name: b, policy: eve, service: s, needs: [a]}\n"),
		FLOW("{session: bob, access: read}, {session: eve, access: read}",
		     "  - {name: a, policy: bob, service: s, needs: [b]}\n"
		     "  - {name: b, policy: eve, service: s}\n"),
		FLOW("{session: bob, access: write}", "  - {name: a, policy: bob, service: s}\n"
						      "  - {name: b, policy: eve, service: s}\n"),
	};

	(void)state;
	compare_all(texts, CC_COUNT(texts), ask_workflow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_may_have_a_secret_is_said),
		cmocka_unit_test(whose_votes_suffice_is_said),
		cmocka_unit_test(whom_a_service_talks_to_is_said),
		cmocka_unit_test(whose_signatures_suffice_is_said),
		cmocka_unit_test(what_runs_after_what_is_said),
	};

	return cmocka_run_group_tests(tests, make_people, NULL);
}
