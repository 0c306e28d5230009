/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may read, change, list the policy and create others below it (decide.h), and what proves it.
 *
 * Rules are compared as the decision reads them: who may create below the name may
 * also list it. Where everyone was allowed, a rule with names permits nobody new.
 */
#include "base/str.h"
#include "codec/text.h"
#include "crypto/x509.h"
#include "policy/effects-internal.h"

#define THRESHOLD "require-at-least-"

struct right {
	const char *what, *key, *also;
};

static const struct right rights[] = {
	{ "read the policy", "read", NULL },
	{ "change the policy", "update", NULL },
	{ "create policies below it", "create_sessions", NULL },
	{ "see it in lists", "list_sessions", "create_sessions" },
};

/* The entries of a rule; one that is a single text counts as a list of one. */
struct rule {
	const struct cc_node *parts[2];
	size_t counts[2];
};

static void load_part(const struct cc_node *rule, struct rule *out, size_t part)
{
	out->parts[part] = rule;
	out->counts[part] = rule == NULL ? 0 : 1;
	if (rule != NULL && rule->kind == CC_NODE_LIST) {
		out->parts[part] = rule->at;
		out->counts[part] = rule->count;
	}
}

static struct rule load(const struct cc_node *policy, const struct right *right)
{
	const struct cc_node *access = cc_node_get(policy, "access_policy");
	struct rule rule = { 0 };

	load_part(cc_node_get(access, right->key), &rule, 0);
	if (right->also != NULL)
		load_part(cc_node_get(access, right->also), &rule, 1);
	return rule;
}

static const struct cc_node any = { .kind = CC_NODE_TEXT, .text = "ANY" };
static const struct cc_node none = { .kind = CC_NODE_TEXT, .text = "NONE" };

static bool names(const struct rule *rule, const struct cc_node *entry)
{
	for (size_t part = 0; part < 2; part++)
		for (size_t i = 0; i < rule->counts[part]; i++)
			if (cc_node_eq(&rule->parts[part][i], entry))
				return true;
	return false;
}

static bool names_anyone(const struct rule *rule)
{
	return names(rule, &any);
}

static int person(struct cc_making *making, const char *text, const char **out, struct cc_err *err)
{
	static const char *const words[][2] = {
		{ "CREATOR", CC_EFFECT_CREATOR },
		{ "ANY", CC_EFFECT_ANYONE },
		{ "NONE", "nobody" },
	};
	const char *quoted = NULL;

	for (size_t i = 0; i < CC_COUNT(words); i++) {
		if (cc_str_eq(text, words[i][0])) {
			*out = words[i][1];
			return 0;
		}
	}
	CC_TRY(cc_quoted(making, text, &quoted, err));
	return cc_phrase(making, out, err,
			 strstr(text, "$$SCONE") != NULL ? "whoever %s names" : "the key %s",
			 quoted);
}

/* By the hash of the key, as `concordat self show` prints it: nobody compares PEM. */
static int describe_signer(struct cc_making *making, const char *pem, const char **out,
			   struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_digest hash = { 0 };
	const char *shown = NULL;

	CC_TRY(cc_pubkey_from_pem(cc_span_str(pem), &key, err));
	CC_TRY(cc_pubkey_hash(key, &hash, err));
	CC_TRY(cc_base58check_add(&text, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(hash), err));
	CC_TRY(cc_buf_str(&text, &shown, err));
	CC_TRY(cc_quoted(making, shown, &shown, err));
	return cc_phrase(making, out, err, "whoever signs by the key %s", shown);
}

static int describe(struct cc_making *making, const struct cc_node *entry, const char **out,
		    struct cc_err *err);

static int describe_list(struct cc_making *making, const struct cc_node *list, const char **out,
			 struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf all = { 0 };
	const char *one = "";

	for (size_t i = 0; i < list->count; i++) {
		CC_TRY(describe(making, &list->at[i], &one, err));
		CC_TRY(cc_buf_addf(&all, err, "%s%s", i == 0 ? "" : ", ", one));
	}
	CC_TRY(cc_buf_str(&all, &one, err));
	return cc_phrase(making, out, err, "%s", one);
}

/* {require-all: […]}, {require-at-least-2: […]}, {signer: …}. */
static int describe(struct cc_making *making, const struct cc_node *entry, const char **out,
		    struct cc_err *err)
{
	const struct cc_node *one =
		entry->kind == CC_NODE_MAP && entry->count == 1 ? entry->at : NULL;
	const char *words = NULL;

	if (entry->kind == CC_NODE_TEXT)
		return person(making, entry->text, out, err);
	if (one != NULL && one->kind == CC_NODE_LIST) {
		CC_TRY(describe_list(making, one, &words, err));
		if (cc_str_eq(one->name, "require-all"))
			return cc_phrase(making, out, err, "all together of (%s)", words);
		if (cc_str_starts(one->name, THRESHOLD))
			return cc_phrase(making, out, err, "any %s together of (%s)",
					 one->name + strlen(THRESHOLD), words);
	}
	if (one != NULL && one->text != NULL && strstr(one->text, "-----BEGIN ") != NULL &&
	    cc_str_eq(one->name, "signer"))
		return describe_signer(making, one->text, out, err);
	CC_TRY(cc_quoted_node(making, entry, &words, err));
	return cc_phrase(making, out, err, "whoever satisfies %s", words);
}

static int say_entries(struct cc_making *making, const struct right *right, const struct rule *from,
		       const struct rule *than, enum cc_text text, struct cc_err *err)
{
	for (size_t part = 0; part < 2; part++) {
		for (size_t i = 0; i < from->counts[part]; i++) {
			const struct cc_node *entry = &from->parts[part][i];
			const char *who = NULL;

			if (names(than, entry) || cc_node_eq(entry, &none))
				continue;
			CC_TRY(describe(making, entry, &who, err));
			CC_TRY(CC_SAY(making, text, err, { "who", who }, { "what", right->what }));
		}
	}
	return 0;
}

static bool is_nobody(const struct rule *rule)
{
	for (size_t part = 0; part < 2; part++)
		for (size_t i = 0; i < rule->counts[part]; i++)
			if (!cc_node_eq(&rule->parts[part][i], &none))
				return false;
	return true;
}

/* Who comes and who goes, in effect. */
static int say_right(struct cc_making *making, const struct right *right, const struct rule *old,
		     const struct rule *new, struct cc_err *err)
{
	bool was_anyone = names_anyone(old);

	if (was_anyone && names_anyone(new))
		return 0;
	if (names_anyone(new))
		return CC_SAY(making, CC_TEXT_ACCESS_GAINED, err, { "who", CC_EFFECT_ANYONE },
			      { "what", right->what });
	if (is_nobody(new) && (making->old == NULL || !is_nobody(old)))
		CC_TRY(CC_SAY(making, CC_TEXT_ACCESS_NOBODY, err, { "what", right->what }));
	CC_TRY(say_entries(making, right, new, old,
			   was_anyone ? CC_TEXT_ACCESS_ONLY : CC_TEXT_ACCESS_GAINED, err));
	return say_entries(making, right, old, new,
			   was_anyone ? CC_TEXT_ACCESS_CLOSED : CC_TEXT_ACCESS_LOST, err);
}

static const struct cc_node *rule_of(const struct cc_node *policy, const struct right *right)
{
	return cc_node_get(cc_node_get(policy, "access_policy"), right->key);
}

static int compare_right(struct cc_making *making, const struct right *right, struct cc_err *err)
{
	struct rule old = load(making->old, right), new = load(making->new, right);
	size_t before = making->effects->list.count;

	CC_TRY(say_right(making, right, &old, &new, err));
	if (making->effects->list.count != before ||
	    cc_node_eq(rule_of(making->old, right), rule_of(making->new, right)))
		return 0;
	return CC_SAY(making, CC_TEXT_ACCESS_SAME, err, { "key", right->key },
		      { "what", right->what });
}

/*
 * What the keeper believes of who asks. A text that says `signed` came signed, which is never
 * forgotten (cas/caller.c): without the word nothing is permitted anew.
 */
static int say_identity(struct cc_making *making, struct cc_err *err)
{
	const char *old = cc_node_text(making->old, "identity", "");
	const char *new = cc_node_text(making->new, "identity", "");
	enum cc_text text = CC_TEXT_IDENTITY_SIGNED;

	if (cc_str_eq(old, new))
		return 0;
	if (cc_str_eq(new, "transport"))
		text = CC_TEXT_IDENTITY_TRANSPORT;
	else if (new[0] == '\0')
		text = cc_str_eq(old, "signed") ? CC_TEXT_IDENTITY_SAME : CC_TEXT_IDENTITY_LESS;
	return CC_SAY(making, text, err, { "key", "identity" });
}

static int say(struct cc_making *making, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(rights); i++)
		CC_TRY(compare_right(making, &rights[i], err));
	return say_identity(making, err);
}

static const char *const claims[] = {
	"identity",
	"access_policy.read*",
	"access_policy.update*",
	"access_policy.create_sessions*",
	"access_policy.list_sessions*",
	NULL,
};

const struct cc_comparator cc_compare_access = { say, claims };
