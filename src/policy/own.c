/* SPDX-License-Identifier: Apache-2.0 */
/* Keys whose values have a form of their own: commands, access rules, key hashes, permissions. */
#include "base/str.h"
#include "codec/text.h"
#include "crypto/x509.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

/* A command: a list, or a string that is split. */
static int command_from_text(struct cc_parse *parse, const char *text, struct cc_texts *out,
			     struct cc_err *err)
{
	struct cc_words words = { 0 };
	void *at = NULL;
	int result = 0;

	CC_TRY(cc_command_split(cc_span_str(text), &words, err));
	result = cc_arena_take(parse->arena, words.count, sizeof(char *), &at, err);
	for (size_t i = 0; result == 0 && i < words.count; i++) {
		char *word = NULL;

		result = cc_arena_copy(parse->arena, cc_span_str(words.at[i]), &word, err);
		((const char **)at)[i] = word;
	}
	*out = (struct cc_texts){ at, words.count };
	cc_words_clear(&words);
	return result;
}

static int parse_command(struct cc_parse *parse, const struct cc_yaml *node, void *to,
			 struct cc_err *err)
{
	struct cc_texts command = { 0 };
	char *text = NULL;
	void *at = NULL;

	if (node->kind != CC_YAML_SEQUENCE) {
		CC_TRY(cc_parse_text(parse, node, &text, err));
		CC_TRY(command_from_text(parse, text, &command, err));
	} else {
		CC_TRY(cc_arena_take(parse->arena, node->count, sizeof(char *), &at, err));
		command = (struct cc_texts){ at, node->count };
		for (size_t i = 0; i < node->count; i++) {
			parse->node = &node->values[i];
			CC_TRY(cc_parse_text(parse, &node->values[i], &text, err));
			command.at[i] = text;
		}
	}
	if (command.count != 0 && command.at[0][0] == '\0')
		return cc_fail(err, CC_E_ARG, "a command that begins with an empty word");
	memcpy(to, &command, sizeof(command));
	return 0;
}

/* Words in their order: unlike other lists, a command is no set. */
static int print_command(const void *at, const char *name, struct cc_json *json, struct cc_err *err)
{
	const struct cc_texts *command = at;
	CC_AUTO_JSON struct cc_json *list = NULL;

	if (command->count == 0)
		return 0;
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < command->count; i++)
		CC_TRY(cc_json_add_str(list, command->at[i], err));
	return cc_json_set(json, name, CC_TAKE(list), err);
}

const struct cc_own cc_own_command = { parse_command, print_command };

/* The key hash of whoever a certificate or public key belongs to: only the key counts. */
static int key_from_pem(const char *pem, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_span text = cc_span_str(pem);

	if (strstr(pem, "-----BEGIN PUBLIC KEY-----") != NULL) {
		CC_TRY(cc_pubkey_from_pem(text, &key, err));
	} else {
		CC_TRY(cc_chain_from_pem(text, &chain, err));
		if (chain.count == 0)
			return cc_fail(err, CC_E_ARG, "no certificate in the PEM text");
		CC_TRY(cc_cert_public(chain.certs[0], &key, err));
	}
	return cc_pubkey_hash(key, out, err);
}

static int key_from_base58(const char *text, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf payload = { .max = 64 };
	uint8_t version = 0;

	if (cc_base58check_parse(cc_span_str(text), &version, &payload, err) != 0) {
		cc_ignore(cc_wrap(err, "'%.64s' is no key hash", text));
		return cc_hint(err, "expected is CREATOR, ANY, NONE, a key hash as `concordat key "
				    "show` prints it, or a PEM certificate");
	}
	if (version == CC_BASE58_SIGNER)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "signers ('%.64s') are not supported yet by this version", text);
	if (version != CC_BASE58_KEY_HASH || payload.len != sizeof(out->b))
		return cc_fail(err, CC_E_ARG, "'%.64s' is no key hash", text);
	memcpy(out->b, payload.at, sizeof(out->b));
	return 0;
}

static int key_from_text(char *text, struct cc_digest *out, struct cc_err *err)
{
	CC_TRY(cc_check_plain(text, err));
	if (strstr(text, "-----BEGIN ") != NULL)
		return key_from_pem(text, out, err);
	return key_from_base58(text, out, err);
}

static int print_key(const struct cc_digest *key, struct cc_buf *out, struct cc_err *err)
{
	return cc_base58check_add(out, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(*key), err);
}

static int parse_creator(struct cc_parse *parse, const struct cc_yaml *node, void *to,
			 struct cc_err *err)
{
	struct cc_maybe_digest creator = { .is_set = true };
	char *text = NULL;

	if (node->kind == CC_YAML_MAPPING)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "signers are not supported yet by this version");
	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(key_from_text(text, &creator.digest, err));
	memcpy(to, &creator, sizeof(creator));
	return 0;
}

static int parse_key_hash(struct cc_parse *parse, const struct cc_yaml *node, void *to,
			  struct cc_err *err)
{
	struct cc_maybe_digest key = { 0 };
	char *text = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(cc_key_hash_from_text(parse, text, &key, err));
	memcpy(to, &key, sizeof(key));
	return 0;
}

int cc_key_hash_from_text(struct cc_parse *parse, const char *text, struct cc_maybe_digest *out,
			  struct cc_err *err)
{
	char *copy = NULL;

	CC_TRY(cc_arena_copy(parse->arena, cc_span_str(text), &copy, err));
	CC_TRY(key_from_text(copy, &out->digest, err));
	out->is_set = true;
	return 0;
}

static int print_creator(const void *at, const char *name, struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const struct cc_maybe_digest *creator = at;

	if (!creator->is_set)
		return 0;
	CC_TRY(print_key(&creator->digest, &text, err));
	return cc_json_set_text(json, name, cc_buf_span(&text), err);
}

const struct cc_own cc_own_creator = { parse_creator, print_creator };
const struct cc_own cc_own_key_hash = { parse_key_hash, print_creator };

static int access_entry(struct cc_parse *parse, const struct cc_yaml *node,
			struct cc_access_entry *out, struct cc_err *err)
{
	char *text = NULL;

	parse->node = node;
	out->place = (struct cc_place){ node->line, node->column };
	if (node->kind == CC_YAML_MAPPING)
		return cc_fail(
			err, CC_E_UNSUPPORTED,
			"signers and governance rules are not supported yet by this version");
	CC_TRY(cc_parse_text(parse, node, &text, err));
	out->kind = CC_ENTRY_KEY;
	if (cc_str_eq(text, "CREATOR"))
		out->kind = CC_ENTRY_CREATOR;
	else if (cc_str_eq(text, "ANY"))
		out->kind = CC_ENTRY_ANY;
	else if (cc_str_eq(text, "NONE"))
		out->kind = CC_ENTRY_NONE;
	return out->kind == CC_ENTRY_KEY ? key_from_text(text, &out->key, err) : 0;
}

/* ANY beside others would make them meaningless, NONE would be untrue. */
static int check_alone(const struct cc_access_rule *rule, struct cc_err *err)
{
	for (size_t i = 0; rule->count > 1 && i < rule->count; i++)
		if (rule->at[i].kind == CC_ENTRY_ANY || rule->at[i].kind == CC_ENTRY_NONE)
			return cc_fail(err, CC_E_ARG, "'%s' must stand alone",
				       rule->at[i].kind == CC_ENTRY_ANY ? "ANY" : "NONE");
	return 0;
}

/* A list or one entry. Empty entries, which SCONE's own examples have, name nobody. */
static int parse_access(struct cc_parse *parse, const struct cc_yaml *node, void *to,
			struct cc_err *err)
{
	bool is_list = node->kind == CC_YAML_SEQUENCE;
	const struct cc_yaml *items = is_list ? node->values : node;
	size_t count = is_list ? node->count : 1;
	struct cc_access_rule rule = { 0 };
	void *at = NULL;

	/* One more than is read: a rule that names nobody is NONE and not the default. */
	CC_TRY(cc_arena_take(parse->arena, count + 1, sizeof(*rule.at), &at, err));
	rule.at = at;
	for (size_t i = 0; i < count; i++)
		if (items[i].kind != CC_YAML_NULL)
			CC_TRY(access_entry(parse, &items[i], &rule.at[rule.count++], err));
	if (rule.count == 0)
		rule.at[rule.count++].kind = CC_ENTRY_NONE;
	CC_TRY(check_alone(&rule, err));
	memcpy(to, &rule, sizeof(rule));
	return 0;
}

static int print_entry(const struct cc_access_entry *entry, struct cc_buf *out, struct cc_err *err)
{
	switch (entry->kind) {
	case CC_ENTRY_KEY:
		return print_key(&entry->key, out, err);
	case CC_ENTRY_CREATOR:
		return cc_buf_add_str(out, "CREATOR", err);
	case CC_ENTRY_ANY:
		return cc_buf_add_str(out, "ANY", err);
	case CC_ENTRY_NONE:
		break;
	}
	return cc_buf_add_str(out, "NONE", err);
}

static int print_access(const void *at, const char *name, struct cc_json *json, struct cc_err *err)
{
	const struct cc_access_rule *rule = at;
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < rule->count; i++) {
		CC_AUTO_BUF struct cc_buf text = { 0 };
		const char *str = NULL;

		CC_TRY(print_entry(&rule->at[i], &text, err));
		CC_TRY(cc_buf_str(&text, &str, err));
		CC_TRY(cc_json_add_str(list, str, err));
	}
	CC_TRY(cc_schema_sort(&list, err));
	return cc_json_set(json, name, CC_TAKE(list), err);
}

const struct cc_own cc_own_access = { parse_access, print_access };

/* YAML 1.2's octal, as SCONE writes it: 0o700. */
static int parse_permission(struct cc_parse *parse, const struct cc_yaml *node, void *to,
			    struct cc_err *err)
{
	uint64_t mode = 0;
	char *text = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	for (const char *c = text + 2; cc_str_starts(text, "0o") && *c >= '0' && *c <= '7'; c++)
		if (mode <= 07777)
			mode = mode * 8 + (uint64_t)(*c - '0');
	if (!cc_str_starts(text, "0o") || strlen(text) < 3 ||
	    strspn(text + 2, "01234567") != strlen(text) - 2)
		return cc_fail(err, CC_E_ARG, "'%.32s' is no permission like '0o700'", text);
	if (mode > 0777) /* set-user-id and its like have no place on injected files */
		return cc_fail(err, CC_E_ARG, "'%.32s' is more than '0o777'", text);
	memcpy(to, &mode, sizeof(mode));
	return 0;
}

static int print_permission(const void *at, const char *name, struct cc_json *json,
			    struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	uint64_t mode = 0;

	memcpy(&mode, at, sizeof(mode));
	if (mode == 0700)
		return 0;
	CC_TRY(cc_buf_addf(&text, err, "0o%llo", (unsigned long long)mode));
	return cc_json_set_text(json, name, cc_buf_span(&text), err);
}

const struct cc_own cc_own_permission = { parse_permission, print_permission };

/* "snp:<hexadecimal digits>" */
int cc_measurement_from_text(struct cc_parse *parse, char *text, void *at, struct cc_err *err)
{
	struct cc_measurement_entry *measurement = at;
	char *colon = strchr(text, ':');

	(void)parse;
	if (colon == NULL)
		return cc_fail(err, CC_E_ARG, "'%.80s' is no measurement like 'snp:<hex>'", text);
	*colon = '\0';
	CC_TRY(cc_check_platform(text, err));
	CC_TRY(cc_check_hex_any(colon + 1, err));
	measurement->platform = text;
	measurement->value = colon + 1;
	return 0;
}
