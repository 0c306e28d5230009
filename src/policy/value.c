/* SPDX-License-Identifier: Apache-2.0 */
/* Explicit values of secrets, config fragments, and how long things hold. */
#include "base/str.h"
#include "codec/text.h"
#include "policy/duration.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

#include <arpa/inet.h>

#define FRAGMENT_MAX (2 * CC_POLICY_TEXT_MAX)

static int to_json(const struct cc_yaml *node, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	if (node->kind == CC_YAML_NULL)
		return cc_json_parse(cc_span_str("null"), 4, out, err);
	if (node->kind == CC_YAML_SCALAR)
		return cc_json_string(cc_span(node->text, node->text_len), out, err);
	CC_TRY(node->kind == CC_YAML_MAPPING ? cc_json_object(&json, err)
					     : cc_json_array(&json, err));
	for (size_t i = 0; i < node->count; i++) {
		struct cc_json *value = NULL;

		CC_TRY(to_json(&node->values[i], &value, err)); /* at most as deep as the text */
		CC_TRY(node->kind == CC_YAML_MAPPING
			       ? cc_json_set(json, node->keys[i].text, value, err)
			       : cc_json_add(json, value, err));
	}
	*out = CC_TAKE(json);
	return 0;
}

int cc_fragment_from_yaml(struct cc_parse *parse, const struct cc_yaml *node, const char **out,
			  struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { .max = FRAGMENT_MAX };
	char *copy = NULL;

	CC_TRY(to_json(node, &json, err));
	CC_TRY(cc_json_print(json, &text, err));
	CC_TRY(cc_arena_copy(parse->arena, cc_buf_span(&text), &copy, err));
	*out = copy;
	return 0;
}

/* Nothing: the kind, which says what the value is, may stand behind it. */
static int parse_value(struct cc_parse *parse, const struct cc_yaml *node, void *at,
		       struct cc_err *err)
{
	(void)parse;
	(void)node;
	(void)at;
	(void)err;
	return 0;
}

static int print_value(const void *at, const char *name, struct cc_json *json, struct cc_err *err)
{
	const struct cc_secret_entry *secret = at;
	struct cc_json *value = NULL;

	if (secret->value == NULL)
		return 0;
	if (secret->kind != CC_SECRET_CONFIG_FRAGMENT)
		return cc_json_set_str(json, name, secret->value, err);
	CC_TRY(cc_json_parse(cc_span_str(secret->value), FRAGMENT_MAX, &value, err));
	return cc_json_set(json, name, value, err);
}

const struct cc_own cc_own_value = { parse_value, print_value };

bool cc_text_is_pem(const char *text)
{
	return strstr(text, "-----BEGIN ") != NULL;
}

int cc_check_value(const struct cc_secret_entry *secret, char *text, struct cc_err *err)
{
	struct cc_err why = { 0 };

	if (cc_text_has_reference(text) || secret->kind == CC_SECRET_ASCII ||
	    secret->kind == CC_SECRET_NONE)
		return 0;
	/* Never the text itself: it is a secret, or was meant as one. */
	if (secret->kind == CC_SECRET_BINARY)
		return cc_check_hex_any(text, &why) == 0
			       ? 0
			       : cc_fail(err, CC_E_ARG,
					 "the value of a binary secret is an even count of "
					 "hexadecimal digits");
	return cc_text_is_pem(text)
		       ? 0
		       : cc_fail(err, CC_E_ARG, "the value of a key or certificate is PEM text");
}

int cc_check_dns(char *text, struct cc_err *err)
{
	const char *at = cc_str_starts(text, "*.") ? text + 2 : text;

	if (strlen(text) > 253)
		return cc_fail(err, CC_E_TOOBIG, "a name of %zu bytes, more than 253",
			       strlen(text));
	for (;;) {
		size_t len = strcspn(at, ".");

		for (size_t i = 0; i < len; i++)
			if (!((at[i] >= 'a' && at[i] <= 'z') || (at[i] >= 'A' && at[i] <= 'Z') ||
			      (at[i] >= '0' && at[i] <= '9') || at[i] == '-' || at[i] == '_'))
				len = 0;
		if (len == 0 || len > 63)
			return cc_fail(err, CC_E_ARG, "'%.64s' is no DNS name", text);
		if (at[len] == '\0')
			return 0;
		at += len + 1;
	}
}

int cc_check_san(char *text, struct cc_err *err)
{
	uint8_t address[sizeof(struct in6_addr)];

	if (cc_str_starts(text, "dns:"))
		return cc_check_dns(text + 4, err);
	if (cc_str_starts(text, "ip:") && (inet_pton(AF_INET, text + 3, address) == 1 ||
					   inet_pton(AF_INET6, text + 3, address) == 1))
		return 0;
	cc_err_set(err, CC_E_ARG, "'%.64s' is no alternative name", text);
	return cc_hint(err, "write 'dns:www.example.com' or 'ip:192.0.2.1'");
}

int cc_check_common_name(char *text, struct cc_err *err)
{
	if (text[0] == '\0' || strlen(text) > 64) /* RFC 5280: ub-common-name */
		return cc_fail(err, CC_E_ARG, "a common name has 1 to 64 bytes, not %zu",
			       strlen(text));
	return 0;
}

int cc_check_claim(char *text, struct cc_err *err)
{
	static const char *const given[] = { "iat", "nbf", "exp" };

	for (size_t i = 0; i < CC_COUNT(given); i++)
		if (cc_str_eq(given[i], text))
			return cc_fail(err, CC_E_ARG, "the claim '%s' is set by the CAS", text);
	return 0;
}

/* "7 days" */
static int parse_duration(struct cc_parse *parse, const struct cc_yaml *node, void *at,
			  struct cc_err *err)
{
	uint64_t seconds = 0;
	char *text = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(cc_duration_parse(cc_span_str(text), &seconds, err));
	memcpy(at, &seconds, sizeof(seconds));
	return 0;
}

static int print_duration(const void *at, const char *name, struct cc_json *json,
			  struct cc_err *err)
{
	char text[CC_DURATION_TEXT];
	uint64_t seconds = 0;

	memcpy(&seconds, at, sizeof(seconds));
	if (seconds == 0)
		return 0;
	cc_duration_print(seconds, text);
	return cc_json_set_str(json, name, text, err);
}

const struct cc_own cc_own_duration = { parse_duration, print_duration };
