/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what with a policy: keys, signers, the creator, and rules over them. */
#include "base/str.h"
#include "codec/text.h"
#include "crypto/x509.h"
#include "policy/parse-internal.h"

#define AT_LEAST "require-at-least-"

/* The key hash of whoever a certificate or public key belongs to: only the key counts. */
static int hash_from_pem(const char *pem, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_span text = cc_span_str(pem);

	if (strstr(pem, "-----BEGIN PUBLIC KEY-----") != NULL) {
		CC_TRY(cc_pubkey_from_pem(text, &key, err));
		return cc_pubkey_hash(key, out, err);
	}
	CC_TRY(cc_chain_from_pem(text, &chain, err));
	if (chain.count == 0)
		return cc_fail(err, CC_E_ARG, "no certificate in the PEM text");
	if (chain.count > 1) {
		cc_err_set(err, CC_E_ARG, "%zu certificates in one place, of which one key counts",
			   chain.count);
		return cc_hint(err,
			       "write each as an entry of its own, a chain without its issuers");
	}
	return cc_cert_holder(chain.certs[0], out, err);
}

static int hash_from_base58(const char *text, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf payload = { .max = CC_BASE58_PAYLOAD_MAX };
	uint8_t version = 0;

	if (cc_base58check_parse(cc_span_str(text), &version, &payload, err) != 0) {
		cc_ignore(cc_wrap(err, "'%.64s' is no key hash", text));
		return cc_hint(err, "expected is CREATOR, ANY, NONE, a key hash as "
				    "'concordat self show' prints it, or a PEM certificate");
	}
	if (version == CC_BASE58_SIGNER) {
		cc_err_set(err, CC_E_ARG, "'%.64s' is a signer and no key hash", text);
		return cc_hint(err, "write it as 'signer: %.64s'", text);
	}
	if (version != CC_BASE58_KEY_HASH || payload.len != sizeof(out->b))
		return cc_fail(err, CC_E_ARG, "'%.64s' is no key hash", text);
	memcpy(out->b, payload.at, sizeof(out->b));
	return 0;
}

/* 0.2 wrote the SHA-256 of the PEM file of a certificate: nobody's key can be found by it. */
static int refuse_old_hash(const char *text, struct cc_err *err)
{
	cc_err_set(err, CC_E_UNSUPPORTED,
		   "'%.64s' is the hash of a certificate's file, as version 0.2 had it", text);
	return cc_hint(err, "put the certificate itself here: its key counts, the file does not");
}

int cc_key_hash_from_text(const char *text, struct cc_digest *out, struct cc_err *err)
{
	size_t len = strlen(text);

	if (cc_text_is_pem(text))
		return hash_from_pem(text, out, err);
	if (len == 64 && strspn(text, "0123456789abcdefABCDEF") == len)
		return refuse_old_hash(text, err);
	return hash_from_base58(text, out, err);
}

static int signer_from_base58(const char *text, struct cc_pubkey **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf payload = { .max = CC_BASE58_PAYLOAD_MAX };
	uint8_t version = 0;

	if (cc_base58check_parse(cc_span_str(text), &version, &payload, err) != 0 ||
	    version != CC_BASE58_SIGNER) {
		cc_err_set(err, CC_E_ARG, "'%.64s' is no signer", text);
		return cc_hint(err, "a signer is a PEM public key, Ed25519 or P-384");
	}
	return cc_pubkey_from_ed25519(cc_buf_span(&payload), out, err);
}

int cc_signer_from_text(const char *text, struct cc_pubkey **out, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	enum cc_key_kind kind = CC_KEY_NONE;

	if (cc_text_is_pem(text))
		CC_TRY(cc_pubkey_from_pem(cc_span_str(text), &key, err));
	else
		CC_TRY(signer_from_base58(text, &key, err));
	kind = cc_pubkey_kind(key);
	if (kind != CC_KEY_ED25519 && kind != CC_KEY_P384)
		return cc_fail(err, CC_E_ARG, "a signer has an Ed25519 or P-384 key");
	*out = CC_TAKE(key);
	return 0;
}

/* A signer's key in its one form. */
static int read_signer(struct cc_parse *parse, const struct cc_yaml *node, struct cc_digest *hash,
		       struct cc_span *spki, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	CC_AUTO_BUF struct cc_buf der = { 0 };
	char *text = NULL, *copy = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(cc_signer_from_text(text, &key, err));
	CC_TRY(cc_pubkey_hash(key, hash, err));
	CC_TRY(cc_pubkey_to_der(key, &der, err));
	CC_TRY(cc_arena_copy(parse->arena, cc_buf_span(&der), &copy, err));
	*spki = cc_span(copy, der.len);
	return 0;
}

static int print_signer(struct cc_span spki, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf pem = { 0 };

	CC_TRY(cc_pubkey_from_der(spki, &key, err));
	CC_TRY(cc_pubkey_to_pem(key, &pem, err));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_text(json, "signer", cc_buf_span(&pem), err));
	*out = CC_TAKE(json);
	return 0;
}

static int print_key(const struct cc_digest *key, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_base58check_add(&text, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(*key), err));
	return cc_json_string(cc_buf_span(&text), out, err);
}

static int parse_key_hash(struct cc_parse *parse, const struct cc_yaml *node, void *to,
			  struct cc_err *err)
{
	struct cc_maybe_digest key = { .is_set = true };
	char *text = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(cc_key_hash_from_text(text, &key.digest, err));
	memcpy(to, &key, sizeof(key));
	return 0;
}

int cc_print_key_hash(const void *at, const char *name, struct cc_json *json, struct cc_err *err)
{
	const struct cc_maybe_digest *key = at;
	struct cc_json *text = NULL;

	if (!key->is_set)
		return 0;
	CC_TRY(print_key(&key->digest, &text, err));
	return cc_json_set(json, name, text, err);
}

const struct cc_own cc_own_key_hash = { parse_key_hash, cc_print_key_hash };

/* A mapping of one key to one value. */
static int only_pair(struct cc_parse *parse, const struct cc_yaml *node, struct cc_err *err)
{
	if (node->count == 1)
		return 0;
	parse->node = node->count > 1 ? &node->keys[1] : node;
	return cc_fail(err, CC_E_ARG, "a mapping of %zu keys where one is expected", node->count);
}

static int parse_creator(struct cc_parse *parse, const struct cc_yaml *node, void *to,
			 struct cc_err *err)
{
	struct cc_creator creator = { .is_set = true };
	char *text = NULL;

	if (node->kind == CC_YAML_MAPPING) {
		CC_TRY(only_pair(parse, node, err));
		parse->node = node->keys;
		if (!cc_str_eq(node->keys[0].text, "signer"))
			return cc_fail(err, CC_E_ARG, "'%.64s' is no key of 'creator'",
				       node->keys[0].text);
		creator.is_signer = true;
		parse->node = node->values;
		CC_TRY(read_signer(parse, node->values, &creator.digest, &creator.spki, err));
	} else {
		CC_TRY(cc_parse_text(parse, node, &text, err));
		CC_TRY(cc_key_hash_from_text(text, &creator.digest, err));
	}
	memcpy(to, &creator, sizeof(creator));
	return 0;
}

static int print_creator(const void *at, const char *name, struct cc_json *json, struct cc_err *err)
{
	const struct cc_creator *creator = at;
	struct cc_json *value = NULL;

	if (!creator->is_set)
		return 0;
	CC_TRY(creator->is_signer ? print_signer(creator->spki, &value, err)
				  : print_key(&creator->digest, &value, err));
	return cc_json_set(json, name, value, err);
}

const struct cc_own cc_own_creator = { parse_creator, print_creator };

static int read_rule(struct cc_parse *parse, const struct cc_yaml *node, struct cc_access_rule *out,
		     struct cc_err *err);

static const struct {
	const char *word;
	enum cc_entry_kind kind;
} entry_words[] = {
	{ "CREATOR", CC_ENTRY_CREATOR },
	{ "ANY", CC_ENTRY_ANY },
	{ "NONE", CC_ENTRY_NONE },
};

static int not_a_variable(const char *text, struct cc_err *err)
{
	cc_err_set(err, CC_E_ARG, "'%.64s' is not '$$SCONE::name$$' and nothing else", text);
	return cc_hint(err, "a variable begins with '$$SCONE::' and ends with '$$'");
}

static int read_word(struct cc_parse *parse, const struct cc_yaml *node,
		     struct cc_access_entry *out, struct cc_err *err)
{
	char *text = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	for (size_t i = 0; i < CC_COUNT(entry_words); i++)
		if (cc_str_eq(text, entry_words[i].word)) {
			out->kind = entry_words[i].kind;
			return 0;
		}
	if (cc_text_is_variable(text)) {
		out->kind = CC_ENTRY_VARIABLE;
		out->variable = text;
		return 0;
	}
	if (cc_text_has_reference(text))
		return not_a_variable(text, err);
	out->kind = CC_ENTRY_KEY;
	return cc_key_hash_from_text(text, &out->key, err);
}

static bool has_variable(const struct cc_access_rule *rule)
{
	for (size_t i = 0; i < rule->count; i++)
		if (rule->at[i].kind == CC_ENTRY_VARIABLE)
			return true;
	return false;
}

static int compare_rules(const struct cc_access_rule *a, const struct cc_access_rule *b);

/* An order in which equal entries are neighbours, whatever their place in the text. */
static int compare_entries(const void *one, const void *other)
{
	const struct cc_access_entry *a = one, *b = other;
	int keys = memcmp(a->key.b, b->key.b, sizeof(a->key.b));

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->least != b->least)
		return a->least < b->least ? -1 : 1;
	if (keys != 0)
		return keys;
	if (a->variable != NULL && b->variable != NULL && !cc_str_eq(a->variable, b->variable))
		return strcmp(a->variable, b->variable);
	return compare_rules(&a->of, &b->of);
}

/* Of rules that were sorted. */
static int compare_rules(const struct cc_access_rule *a, const struct cc_access_rule *b)
{
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	for (size_t i = 0; i < a->count; i++) {
		int order = compare_entries(&a->at[i], &b->at[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

/* One key must not fill two places of a threshold, and one that cannot be met locks all out. */
static int check_required(const struct cc_access_entry *entry, struct cc_err *err)
{
	const struct cc_access_rule *of = &entry->of;

	if (of->count == 0)
		return cc_fail(err, CC_E_ARG, "a rule over nobody");
	qsort(of->at, of->count, sizeof(*of->at), compare_entries);
	for (size_t i = 0; i < of->count; i++) {
		const struct cc_access_entry *one = &of->at[i];

		if (one->kind == CC_ENTRY_ANY || one->kind == CC_ENTRY_NONE)
			return cc_fail(err, CC_E_ARG, "'ANY' and 'NONE' have no place in a rule");
		if (i != 0 && compare_entries(&of->at[i - 1], one) == 0)
			return cc_fail(err, CC_E_ARG, "one entry stands in a rule twice");
	}
	if (entry->kind == CC_ENTRY_AT_LEAST && entry->least > of->count && !has_variable(of))
		return cc_fail(err, CC_E_ARG, "%llu of %zu can never be met",
			       (unsigned long long)entry->least, of->count);
	return 0;
}

static int read_governance(struct cc_parse *parse, const struct cc_yaml *node,
			   struct cc_access_entry *out, struct cc_err *err)
{
	const char *key = NULL;

	CC_TRY(only_pair(parse, node, err));
	key = node->keys[0].text;
	parse->node = node->keys;
	(void)cc_path_key(parse, key); /* whoever reads the element leaves it */
	if (cc_str_eq(key, "signer")) {
		parse->node = node->values;
		out->kind = CC_ENTRY_SIGNER;
		return read_signer(parse, node->values, &out->key, &out->spki, err);
	}
	if (cc_str_eq(key, "require-all")) {
		out->kind = CC_ENTRY_ALL;
	} else if (cc_str_starts(key, AT_LEAST)) {
		out->kind = CC_ENTRY_AT_LEAST;
		CC_TRY(cc_parse_u64(cc_span_str(key + strlen(AT_LEAST)), UINT32_MAX, AT_LEAST "N",
				    &out->least, err));
		if (out->least == 0)
			return cc_fail(err, CC_E_ARG, "'" AT_LEAST "0' would be anyone");
	} else {
		cc_err_set(err, CC_E_ARG, "'%.64s' is no key of an access rule", key);
		return cc_hint(err, "known are 'signer', 'require-all' and '" AT_LEAST "<N>'");
	}
	CC_TRY(read_rule(parse, node->values, &out->of, err));
	parse->node = node->keys;
	return check_required(out, err);
}

/* A list or one entry. Empty entries, which SCONE's own examples have, name nobody. */
static int read_rule(struct cc_parse *parse, const struct cc_yaml *node, struct cc_access_rule *out,
		     struct cc_err *err)
{
	bool is_list = node->kind == CC_YAML_SEQUENCE;
	const struct cc_yaml *items = is_list ? node->values : node;
	size_t count = is_list ? node->count : 1;
	void *at = NULL;

	/* One more than is read: a rule that names nobody is NONE and not the default. */
	CC_TRY(cc_arena_take(parse->arena, count + 1, sizeof(*out->at), &at, err));
	out->at = at;
	for (size_t i = 0; i < count; i++) {
		struct cc_access_entry *entry = &out->at[out->count];
		size_t before = parse->path_len;

		if (items[i].kind == CC_YAML_NULL)
			continue;
		if (is_list)
			(void)cc_path_index(parse, i);
		parse->node = &items[i];
		entry->place =
			(struct cc_place){ .line = items[i].line, .column = items[i].column };
		CC_TRY(items[i].kind == CC_YAML_MAPPING
			       ? read_governance(parse, &items[i], entry, err)
			       : read_word(parse, &items[i], entry, err));
		out->count++;
		cc_path_leave(parse, before);
	}
	parse->node = node;
	return 0;
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

static int parse_changing(struct cc_parse *parse, const struct cc_yaml *node, void *to,
			  struct cc_err *err)
{
	struct cc_access_rule rule = { 0 };

	CC_TRY(read_rule(parse, node, &rule, err));
	if (rule.count == 0)
		rule.at[rule.count++].kind = CC_ENTRY_NONE;
	CC_TRY(check_alone(&rule, err));
	memcpy(to, &rule, sizeof(rule));
	return 0;
}

static int parse_reading(struct cc_parse *parse, const struct cc_yaml *node, void *to,
			 struct cc_err *err)
{
	struct cc_access_rule rule = { 0 };

	CC_TRY(parse_changing(parse, node, &rule, err));
	for (size_t i = 0; i < rule.count; i++) {
		enum cc_entry_kind kind = rule.at[i].kind;

		if (kind == CC_ENTRY_SIGNER || kind == CC_ENTRY_ALL || kind == CC_ENTRY_AT_LEAST)
			return cc_fail(err, CC_E_ARG,
				       "signers and rules over them have no place here: nothing is "
				       "signed to read");
	}
	memcpy(to, &rule, sizeof(rule));
	return 0;
}

static int print_rule(const struct cc_access_rule *rule, struct cc_json **out, struct cc_err *err);

static int print_required(const struct cc_access_entry *entry, struct cc_json **out,
			  struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_json *of = NULL;
	char key[sizeof(AT_LEAST) + 20] = "require-all";

	if (entry->kind == CC_ENTRY_AT_LEAST)
		(void)snprintf(key, sizeof(key), AT_LEAST "%llu", (unsigned long long)entry->least);
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(print_rule(&entry->of, &of, err));
	CC_TRY(cc_json_set(json, key, of, err));
	*out = CC_TAKE(json);
	return 0;
}

static int print_entry(const struct cc_access_entry *entry, struct cc_json **out,
		       struct cc_err *err)
{
	switch (entry->kind) {
	case CC_ENTRY_KEY:
		return print_key(&entry->key, out, err);
	case CC_ENTRY_SIGNER:
		return print_signer(entry->spki, out, err);
	case CC_ENTRY_VARIABLE:
		return cc_json_string(cc_span_str(entry->variable), out, err);
	case CC_ENTRY_ALL:
	case CC_ENTRY_AT_LEAST:
		return print_required(entry, out, err);
	case CC_ENTRY_CREATOR:
	case CC_ENTRY_ANY:
	case CC_ENTRY_NONE:
		break;
	}
	for (size_t i = 0; i < CC_COUNT(entry_words); i++)
		if (entry_words[i].kind == entry->kind)
			return cc_json_string(cc_span_str(entry_words[i].word), out, err);
	return cc_fail(err, CC_E_BUG, "access entry of kind %u", entry->kind);
}

static int print_rule(const struct cc_access_rule *rule, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < rule->count; i++) {
		struct cc_json *entry = NULL;

		CC_TRY(print_entry(&rule->at[i], &entry, err));
		CC_TRY(cc_json_add(list, entry, err));
	}
	CC_TRY(cc_json_sort(list, err));
	*out = CC_TAKE(list);
	return 0;
}

static int print_access(const void *at, const char *name, struct cc_json *json, struct cc_err *err)
{
	struct cc_json *list = NULL;

	CC_TRY(print_rule(at, &list, err));
	return cc_json_set(json, name, list, err);
}

const struct cc_own cc_own_changing = { parse_changing, print_access };
const struct cc_own cc_own_reading = { parse_reading, print_access };
