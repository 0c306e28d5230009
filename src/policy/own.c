/* SPDX-License-Identifier: Apache-2.0 */
/* Keys whose values have a form of their own: commands, permissions, measurements. */
#include "base/str.h"
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
