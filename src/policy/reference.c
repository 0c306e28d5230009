/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a policy names another one: relative to its own name, by hash, at another CAS.
 *
 *     ../sibling   ./nested   name:<hash>   /session=name,session_hash=<hash>
 *     cas.example.com:8081/cas_key=<key hash>,session=name
 */
#include "base/str.h"
#include "codec/text.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

/* Does it begin with the element '.' or '..'? */
static bool is_relative(const char *text)
{
	size_t len = strcspn(text, "/");

	return (len == 1 && text[0] == '.') || (len == 2 && text[0] == '.' && text[1] == '.');
}

/* Leave the last element of a path; -1 when there is none. */
static int go_up(struct cc_buf *path, const char *text, struct cc_err *err)
{
	size_t len = path->len;

	if (len == 0)
		return cc_fail(err, CC_E_ARG, "'%.64s' leads above the root namespace", text);
	while (len > 0 && path->at[len - 1] != '/')
		len--;
	path->len = len == 0 ? 0 : len - 1;
	return 0;
}

int cc_resolve_name(struct cc_parse *parse, char **text, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf path = { .max = 2 * CC_POLICY_NAME_MAX + 2 };
	const char *at = *text;

	if (!is_relative(at))
		return 0;
	if (parse->name == NULL)
		return cc_fail(err, CC_E_ARG, "'%.64s' is relative, and the policy has no name",
			       *text);
	if (!cc_str_eq(parse->name, "/"))
		CC_TRY(cc_buf_add_str(&path, parse->name, err));
	while (is_relative(at)) {
		size_t len = strcspn(at, "/");

		if (len == 2)
			CC_TRY(go_up(&path, *text, err));
		at += at[len] == '/' ? len + 1 : len;
	}
	if (*at != '\0')
		CC_TRY(cc_buf_addf(&path, err, "%s%s", path.len == 0 ? "" : "/", at));
	if (path.len == 0)
		CC_TRY(cc_buf_add_str(&path, "/", err));
	return cc_arena_copy(parse->arena, cc_buf_span(&path), text, err);
}

int cc_check_cas(const struct cc_cas_ref *cas, struct cc_err *err)
{
	bool has_key = cas->key.is_set || cas->software_key.is_set;

	if (cas->url == NULL && has_key)
		return cc_fail(err, CC_E_ARG, "'cas_key' and 'cas_software_key' need a 'cas_url'");
	if (cas->url == NULL || has_key)
		return 0;
	/* An address alone is whoever answers there. */
	cc_err_set(err, CC_E_ARG, "another CAS ('%.64s') is given without its key", cas->url);
	return cc_hint(err,
		       "add 'cas_key', or 'cas_software_key' for one revision of its software");
}

int cc_check_cas_url(char *text, struct cc_err *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._:[]";

	if (text[0] == '\0' || strlen(text) > 255 || strspn(text, allowed) != strlen(text))
		return cc_fail(err, CC_E_ARG, "'%.64s' is no address like 'cas.example.com:8081'",
			       text);
	return 0;
}

static int set_hash(const char *text, struct cc_maybe_digest *out, struct cc_err *err)
{
	CC_TRY(cc_hex_parse_fixed(cc_span_str(text), "session_hash", CC_MUT(out->digest.b), err));
	out->is_set = true;
	return 0;
}

static int set_key(const char *text, struct cc_maybe_digest *out, struct cc_err *err)
{
	CC_TRY(cc_key_hash_from_text(text, &out->digest, err));
	out->is_set = true;
	return 0;
}

static int set_name(struct cc_parse *parse, const char *text, const char **out, struct cc_err *err)
{
	char *copy = NULL;

	CC_TRY(cc_arena_copy(parse->arena, cc_span_str(text), &copy, err));
	CC_TRY(cc_resolve_name(parse, &copy, err));
	CC_TRY(cc_check_policy_name(copy, err));
	*out = copy;
	return 0;
}

/* One `key=value` of the short form. */
static int short_pair(char *pair, struct cc_share *out, struct cc_err *err)
{
	char *value = strchr(pair, '=');

	if (value == NULL)
		return cc_fail(err, CC_E_ARG, "'%.64s' is no 'key=value'", pair);
	*value++ = '\0';
	if (cc_str_eq(pair, "session") && out->session == NULL) {
		CC_TRY(cc_check_policy_name(value, err)); /* relative names are not allowed here */
		out->session = value;
		return 0;
	}
	if (cc_str_eq(pair, "namespace") && out->namespace == NULL) {
		CC_TRY(cc_check_policy_name(value, err));
		out->namespace = value;
		return 0;
	}
	if (cc_str_eq(pair, "secret") && out->secret == NULL) {
		CC_TRY(cc_check_name(value, err));
		out->secret = value;
		return 0;
	}
	if (cc_str_eq(pair, "session_hash") && !out->session_hash.is_set)
		return set_hash(value, &out->session_hash, err);
	if (cc_str_eq(pair, "cas_key") && !out->cas.key.is_set)
		return set_key(value, &out->cas.key, err);
	if (cc_str_eq(pair, "cas_software_key") && !out->cas.software_key.is_set)
		return set_key(value, &out->cas.software_key, err);
	return cc_fail(err, CC_E_ARG, "'%.64s' is no key of the short form, or is there twice",
		       pair);
}

/* `host/key=value,key=value`, the host empty for this CAS. */
static int short_form(char *text, struct cc_share *out, struct cc_err *err)
{
	char *at = strchr(text, '/');

	if (at == NULL)
		return cc_fail(err, CC_E_ARG, "'%.64s' has no '/' before its keys", text);
	*at++ = '\0';
	if (text[0] != '\0') {
		CC_TRY(cc_check_cas_url(text, err));
		out->cas.url = text;
	}
	while (at != NULL) {
		char *next = strchr(at, ',');

		if (next != NULL)
			*next++ = '\0';
		CC_TRY(short_pair(at, out, err));
		at = next;
	}
	return cc_check_cas(&out->cas, err);
}

int cc_share_from_text(struct cc_parse *parse, char *text, struct cc_share *out, struct cc_err *err)
{
	struct cc_share share = { 0 };
	char *colon = strchr(text, ':');

	if (strchr(text, '=') != NULL) {
		CC_TRY(short_form(text, &share, err));
	} else {
		if (colon != NULL) { /* 0.2: name:hash */
			*colon = '\0';
			CC_TRY(set_hash(colon + 1, &share.session_hash, err));
		}
		CC_TRY(set_name(parse, text, &share.session, err));
	}
	*out = share;
	return 0;
}
