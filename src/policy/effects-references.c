/* SPDX-License-Identifier: Apache-2.0 */
/* Which secrets and volumes a service gets: what its image and its texts refer to. */
#include "base/str.h"
#include "policy/effects-internal.h"

#define REFERENCE "$$SCONE:" /* "$$SCONE::name:format$$", also with one colon */
#define NAME_ENDS ":|$"

const struct cc_node *cc_image_of(const struct cc_node *policy, const struct cc_node *service)
{
	const char *name = cc_node_text(service, "image_name", NULL);

	return name == NULL ? NULL : cc_node_find(cc_node_list(policy, "images"), "name", name);
}

struct names {
	struct cc_texts list;
	size_t room;
};

static int add_name(struct cc_making *making, struct cc_span name, struct names *out,
		    struct cc_err *err)
{
	char *copy = NULL;

	for (size_t i = 0; i < out->list.count; i++)
		if (cc_span_eq_str(name, out->list.at[i]))
			return 0;
	if (out->list.count == out->room) {
		size_t room = out->room == 0 ? 8 : 2 * out->room;
		void *more = NULL;

		CC_TRY(cc_arena_take(making->scratch, room, sizeof(char *), &more, err));
		if (out->list.count != 0)
			memcpy(more, out->list.at, out->list.count * sizeof(char *));
		out->list.at = more;
		out->room = room;
	}
	CC_TRY(cc_arena_copy(making->scratch, name, &copy, err));
	out->list.at[out->list.count++] = copy;
	return 0;
}

static int scan_text(struct cc_making *making, const char *text, struct names *out,
		     struct cc_err *err)
{
	const char *at = strstr(text, REFERENCE);

	while (at != NULL) {
		size_t len = 0;

		at += strlen(REFERENCE);
		at += *at == ':';
		len = strcspn(at, NAME_ENDS);
		if (len != 0 && !cc_span_eq_str(cc_span(at, len), "self"))
			CC_TRY(add_name(making, cc_span(at, len), out, err));
		at = strstr(at + len, REFERENCE);
	}
	return 0;
}

static int scan(struct cc_making *making, const struct cc_node *node, struct names *out,
		struct cc_err *err)
{
	if (node == NULL)
		return 0;
	if (node->kind == CC_NODE_TEXT)
		return scan_text(making, node->text, out, err);
	for (size_t i = 0; i < node->count; i++)
		CC_TRY(scan(making, &node->at[i], out, err));
	return 0;
}

static int secrets_of(struct cc_making *making, const struct cc_node *policy,
		      const struct cc_node *service, struct names *out, struct cc_err *err)
{
	CC_TRY(scan(making, service, out, err));
	return scan(making, cc_image_of(policy, service), out, err);
}

static bool has_name(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->list.count; i++)
		if (cc_str_eq(names->list.at[i], name))
			return true;
	return false;
}

static int say_names(struct cc_making *making, enum cc_text text, const char *service,
		     const struct names *names, const struct names *but, struct cc_err *err)
{
	for (size_t i = 0; i < names->list.count; i++)
		if (!has_name(but, names->list.at[i]))
			CC_TRY(CC_SAY(making, text, err, { "service", service },
				      { "secret", names->list.at[i] }));
	return 0;
}

static int compare_service(struct cc_making *making, const struct cc_node *was,
			   const struct cc_node *service, struct cc_err *err)
{
	const char *name = cc_node_text(service, "name", "");
	struct names old = { 0 }, new = { 0 };

	CC_TRY(secrets_of(making, making->old, was, &old, err));
	CC_TRY(secrets_of(making, making->new, service, &new, err));
	CC_TRY(say_names(making, CC_TEXT_SECRET_USED, name, &new, &old, err));
	return say_names(making, CC_TEXT_SECRET_UNUSED, name, &old, &new, err);
}

static int say(struct cc_making *making, struct cc_err *err)
{
	return cc_compare_kept(making, "services", compare_service, err);
}

/* None: the texts that refer, and the secrets, have sentences of their own. */
static const char *const claims[] = { NULL };

const struct cc_comparator cc_compare_references = { say, claims };

/*
 * Fragments. A variable can stand for an access rule, a tolerance or a whole section, so that
 * a new value of a secret can be a new rule of who changes the policy.
 */

/* What stands for parts of the policy; beside these, references are to values that programs get. */
static int add_fragments(struct cc_making *making, const struct cc_node *policy, struct names *out,
			 struct cc_err *err)
{
	static const char *const of_services[] = { "attestation", "measurements", "platforms" };
	static const char *const values[] = { "services", "images", "volumes", "secrets" };
	const struct cc_node *services = cc_node_list(policy, "services");

	for (size_t i = 0; i < cc_node_count(policy); i++) {
		bool is_value = false;

		for (size_t k = 0; k < CC_COUNT(values); k++)
			is_value = is_value || cc_str_eq(policy->at[i].name, values[k]);
		if (!is_value)
			CC_TRY(scan(making, &policy->at[i], out, err));
	}
	for (size_t i = 0; i < cc_node_count(services); i++)
		for (size_t k = 0; k < CC_COUNT(of_services); k++)
			CC_TRY(scan(making, cc_node_get(&services->at[i], of_services[k]), out,
				    err));
	return 0;
}

/* Also those to which fragments refer: their references are resolved where they stand. */
static int fragments_of(struct cc_making *making, const struct cc_node *policy, struct names *out,
			struct cc_err *err)
{
	const struct cc_node *secrets = cc_node_list(policy, "secrets");

	CC_TRY(add_fragments(making, policy, out, err));
	for (size_t i = 0; i < out->list.count; i++) /* the list grows on the way */
		CC_TRY(scan(making, cc_node_find(secrets, "name", out->list.at[i]), out, err));
	return 0;
}

/* What stands for a part only before or only afterwards is said of that part. */
static int say_fragments(struct cc_making *making, struct cc_err *err)
{
	const struct cc_node *before = cc_node_list(making->old, "secrets"),
			     *after = cc_node_list(making->new, "secrets");
	struct names old = { 0 }, new = { 0 };

	CC_TRY(fragments_of(making, making->old, &old, err));
	CC_TRY(fragments_of(making, making->new, &new, err));
	for (size_t i = 0; i < new.list.count; i++) {
		const char *name = new.list.at[i];

		if (has_name(&old, name) && !cc_node_eq(cc_node_find(before, "name", name),
							cc_node_find(after, "name", name)))
			CC_TRY(CC_SAY(making, CC_TEXT_FRAGMENT, err, { "secret", name }));
	}
	return 0;
}

const struct cc_comparator cc_compare_fragments = { say_fragments, claims };

/* "volume 'x' of policy 'alice'" */
static int describe_volume(struct cc_making *making, const char *name, const char **out,
			   struct cc_err *err)
{
	const struct cc_node *volume =
		cc_node_find(cc_node_list(making->new, "volumes"), "name", name);
	const struct cc_node *import = cc_node_get(volume, "import");
	const char *owner = NULL;

	if (import == NULL) {
		CC_TRY(cc_quoted(making, name, &owner, err));
		return cc_phrase(making, out, err, "volume %s", owner);
	}
	CC_TRY(cc_quoted(making, cc_node_text(import, "volume", name), &name, err));
	CC_TRY(cc_quoted(making, cc_node_text(import, "session", ""), &owner, err));
	return cc_phrase(making, out, err, "volume %s of policy %s", name, owner);
}

int cc_sees(struct cc_making *making, const struct cc_node *service, const char **out,
	    struct cc_err *err)
{
	const struct cc_node *mounts = cc_node_list(cc_image_of(making->new, service), "volumes");
	struct names secrets = { 0 };
	CC_AUTO_BUF struct cc_buf all = { 0 };
	const char *one = NULL;

	*out = "";
	CC_TRY(secrets_of(making, making->new, service, &secrets, err));
	for (size_t i = 0; i < cc_node_count(mounts); i++) {
		CC_TRY(describe_volume(making, cc_node_text(&mounts->at[i], "name", ""), &one,
				       err));
		CC_TRY(cc_buf_addf(&all, err, "%s %s", all.len == 0 ? "" : ",", one));
	}
	for (size_t i = 0; i < secrets.list.count; i++) {
		CC_TRY(cc_quoted(making, secrets.list.at[i], &one, err));
		CC_TRY(cc_buf_addf(&all, err, "%s secret %s", all.len == 0 ? "" : ",", one));
	}
	if (all.len == 0)
		return 0;
	CC_TRY(cc_buf_str(&all, &one, err));
	return cc_phrase(making, out, err, "; it sees%s", one);
}

int cc_elsewhere(struct cc_making *making, const struct cc_node *share, const char **out,
		 struct cc_err *err)
{
	static const char *const keys[] = { "cas_key", "cas_software_key" };
	const char *namespace = cc_node_text(share, "namespace", NULL), *name = NULL,
		   *quoted = NULL;

	CC_TRY(cc_quoted(making, namespace != NULL ? namespace : cc_node_text(share, "session", ""),
			 &name, err));
	CC_TRY(cc_phrase(making, out, err, "%s %s",
			 namespace != NULL ? "any policy in the namespace" : "policy", name));
	if (cc_node_get(share, "cas_url") == NULL)
		return 0;
	CC_TRY(cc_quoted(making, cc_node_text(share, "cas_url", ""), &quoted, err));
	CC_TRY(cc_phrase(making, out, err, "%s at the CAS %s", *out, quoted));
	for (size_t i = 0; i < CC_COUNT(keys); i++) {
		if (cc_node_get(share, keys[i]) == NULL)
			continue;
		CC_TRY(cc_quoted(making, cc_node_text(share, keys[i], ""), &quoted, err));
		CC_TRY(cc_phrase(making, out, err, "%s with %s %s", *out,
				 i == 0 ? "the key" : "the software", quoted));
	}
	return 0;
}

int cc_version(struct cc_making *making, const struct cc_node *share, const char **out,
	       struct cc_err *err)
{
	const char *hash = cc_node_text(share, "session_hash", NULL), *quoted = NULL;

	*out = "";
	if (hash == NULL)
		return 0;
	CC_TRY(cc_quoted(making, hash, &quoted, err));
	return cc_phrase(making, out, err, ", in its version %s alone", quoted);
}
