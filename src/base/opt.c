/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opt.h"

#include "base/str.h"

#define OPTS_MAX 64

static const struct cc_opt *find_name(const struct cc_command *command, struct cc_span name)
{
	for (size_t i = 0; i < command->opt_count; i++)
		if (cc_span_eq_str(name, command->opts[i].name))
			return &command->opts[i];
	return NULL;
}

static const struct cc_opt *find_letter(const struct cc_command *command, char letter)
{
	for (size_t i = 0; i < command->opt_count; i++)
		if (command->opts[i].letter == letter)
			return &command->opts[i];
	return NULL;
}

static int unknown(const struct cc_command *command, const char *word, struct cc_err *err)
{
	const char *names[OPTS_MAX], *nearest = NULL;
	char name[64];
	size_t count = 0;

	(void)snprintf(name, sizeof(name), "%s",
		       word[0] == '-' && word[1] == '-' ? word + 2 : word);
	name[strcspn(name, "=")] = '\0';
	for (; count < command->opt_count && count < OPTS_MAX; count++)
		names[count] = command->opts[count].name;
	nearest = cc_str_nearest(name, names, count);
	cc_err_set(err, CC_E_ARG, "unknown option '%s'", word);
	return nearest != NULL ? cc_hint(err, "did you mean '--%s'?", nearest)
			       : cc_hint(err, "see '%s --help'", command->name);
}

static bool is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (const char *at = choices; *at != '\0'; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (word == len && strncmp(at, value, len) == 0)
			return true;
		at += word;
	}
	return false;
}

static int add_string(struct cc_strings *list, const char *what, const char *value,
		      struct cc_err *err)
{
	if (list->count == CC_STRINGS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%s is given more than %d times", what,
			       CC_STRINGS_MAX);
	list->at[list->count++] = value;
	return 0;
}

static int store(const struct cc_opt *opt, const char *value, void *values, struct cc_err *err)
{
	char *at = (char *)values + opt->at;
	char what[72];

	(void)snprintf(what, sizeof(what), "'--%s'", opt->name);
	if (opt->choices != NULL && !is_choice(opt->choices, value))
		return cc_fail(err, CC_E_ARG, "%s is '%s', not one of: %s", what, value,
			       opt->choices);
	switch (opt->kind) {
	case CC_OPT_FLAG:
		*(bool *)(void *)at = true;
		return 0;
	case CC_OPT_STRING:
		*(const char **)(void *)at = value;
		return 0;
	case CC_OPT_NUMBER:
		return cc_parse_u64(cc_span_str(value), UINT64_MAX / 2, what,
				    (uint64_t *)(void *)at, err);
	case CC_OPT_LIST:
		return add_string((struct cc_strings *)(void *)at, what, value, err);
	}
	return cc_fail(err, CC_E_BUG, "option %s has no kind", what);
}

/* One option word and, when it needs one, its value; `*at` moves past both. */
static int parse_option(const struct cc_command *command, int argc, char *const *argv, int *at,
			void *values, struct cc_err *err)
{
	const char *word = argv[(*at)++], *equals = strchr(word, '=');
	bool is_long = word[1] == '-';
	const struct cc_opt *opt = NULL;

	if (is_long)
		opt = find_name(command,
				cc_span(word + 2, equals != NULL ? (size_t)(equals - word) - 2
								 : strlen(word + 2)));
	else if (word[2] == '\0')
		opt = find_letter(command, word[1]);
	if (opt == NULL)
		return unknown(command, word, err);
	if (opt->kind == CC_OPT_FLAG)
		return equals == NULL ? store(opt, "", values, err)
				      : cc_fail(err, CC_E_ARG, "'--%s' takes no value", opt->name);
	if (is_long && equals != NULL)
		return store(opt, equals + 1, values, err);
	if (*at == argc)
		return cc_fail(err, CC_E_ARG, "'--%s' needs a value: %s", opt->name, opt->value);
	return store(opt, argv[(*at)++], values, err);
}

static int parse_argument(const struct cc_command *command, size_t *taken, const char *word,
			  void *values, struct cc_err *err)
{
	const struct cc_opt_arg *arg = NULL;
	char *at = NULL;

	if (*taken == command->arg_count) {
		cc_err_set(err, CC_E_ARG, "'%s' is one argument too many", word);
		return cc_hint(err, "see '%s --help'", command->name);
	}
	arg = &command->args[*taken];
	at = (char *)values + arg->at;
	if (arg->many)
		return add_string((struct cc_strings *)(void *)at, arg->name, word, err);
	*(const char **)(void *)at = word;
	(*taken)++;
	return 0;
}

static bool is_set(const struct cc_opt *opt, const void *values)
{
	const char *at = (const char *)values + opt->at;

	if (opt->kind == CC_OPT_STRING)
		return *(const char *const *)(const void *)at != NULL;
	if (opt->kind == CC_OPT_LIST)
		return ((const struct cc_strings *)(const void *)at)->count != 0;
	return true;
}

static int check_complete(const struct cc_command *command, size_t taken, const void *values,
			  struct cc_err *err)
{
	for (size_t i = 0; i < command->opt_count; i++)
		if (command->opts[i].required && !is_set(&command->opts[i], values)) {
			cc_err_set(err, CC_E_ARG, "'--%s %s' is missing", command->opts[i].name,
				   command->opts[i].value);
			return cc_hint(err, "%s", command->opts[i].help);
		}
	for (size_t i = taken; i < command->arg_count; i++) {
		const struct cc_opt_arg *arg = &command->args[i];
		const char *at = (const char *)values + arg->at;

		if (arg->optional ||
		    (arg->many && ((const struct cc_strings *)(const void *)at)->count != 0))
			continue;
		cc_err_set(err, CC_E_ARG, "%s is missing", arg->name);
		return cc_hint(err, "%s", arg->help);
	}
	return 0;
}

int cc_opt_parse(const struct cc_command *command, int argc, char *const *argv, void *values,
		 bool *help, struct cc_err *err)
{
	bool options = true;
	size_t taken = 0;

	memset(values, 0, command->size);
	if (command->defaults != NULL)
		memcpy(values, command->defaults, command->size);
	for (int at = 0; at < argc; at++)
		if (cc_str_eq(argv[at], "--help") || cc_str_eq(argv[at], "-h")) {
			*help = true;
			return 0;
		} else if (cc_str_eq(argv[at], "--")) {
			break;
		}
	for (int at = 0; at < argc;) {
		if (options && cc_str_eq(argv[at], "--")) {
			options = false;
			at++;
		} else if (options && argv[at][0] == '-' && argv[at][1] != '\0') {
			CC_TRY(parse_option(command, argc, argv, &at, values, err));
		} else {
			CC_TRY(parse_argument(command, &taken, argv[at++], values, err));
		}
	}
	return check_complete(command, taken, values, err);
}

static int help_arg(const struct cc_opt_arg *arg, struct cc_buf *out, struct cc_err *err)
{
	if (strchr(arg->name, ' ') != NULL)
		return cc_buf_addf(out, err, " %s", arg->name);
	return cc_buf_addf(out, err, " %s%s%s%s", arg->optional ? "[" : "", arg->name,
			   arg->many ? "..." : "", arg->optional ? "]" : "");
}

static int help_opt(const struct cc_opt *opt, struct cc_buf *out, struct cc_err *err)
{
	char left[80], letter[8] = "    ";

	if (opt->letter != 0)
		(void)snprintf(letter, sizeof(letter), "-%c, ", opt->letter);
	(void)snprintf(left, sizeof(left), "  %s--%s%s%s", letter, opt->name,
		       opt->value != NULL ? " " : "", opt->value != NULL ? opt->value : "");
	return cc_buf_addf(out, err, "%-30s %s%s%s%s%s\n", left, opt->help,
			   opt->choices != NULL ? " (" : "",
			   opt->choices != NULL ? opt->choices : "",
			   opt->choices != NULL ? ")" : "", opt->required ? " (needed)" : "");
}

int cc_opt_help(const char *program, const struct cc_command *command, struct cc_buf *out,
		struct cc_err *err)
{
	CC_TRY(cc_buf_addf(out, err, "usage: %s%s%s%s", program,
			   command->name[0] != '\0' ? " " : "", command->name,
			   command->opt_count != 0 ? " [options]" : ""));
	for (size_t i = 0; i < command->arg_count; i++)
		CC_TRY(help_arg(&command->args[i], out, err));
	CC_TRY(cc_buf_addf(out, err, "\n\n%s\n", command->summary));
	if (command->arg_count != 0)
		CC_TRY(cc_buf_add_str(out, "\n", err));
	for (size_t i = 0; i < command->arg_count; i++)
		CC_TRY(cc_buf_addf(out, err, "  %-28s %s\n", command->args[i].name,
				   command->args[i].help));
	if (command->opt_count != 0)
		CC_TRY(cc_buf_add_str(out, "\noptions:\n", err));
	for (size_t i = 0; i < command->opt_count; i++)
		CC_TRY(help_opt(&command->opts[i], out, err));
	return 0;
}

static void add_escaped(char *out, size_t room, const char *in)
{
	size_t len = 0;

	for (; *in != '\0' && len + 5 < room; in++) {
		unsigned char c = (unsigned char)*in;

		if (c < 0x20 || c == 0x7f)
			len += (size_t)snprintf(out + len, room - len, "\\x%02x", c);
		else
			out[len++] = (char)c;
	}
	out[len] = '\0';
}

void cc_opt_print_error(const char *program, const struct cc_err *err)
{
	char text[4 * sizeof(err->text)], hint[4 * sizeof(err->hint)];

	add_escaped(text, sizeof(text), err->text);
	add_escaped(hint, sizeof(hint), err->hint);
	(void)fprintf(stderr, "%s: error[%s]: %s\n", program, cc_code_info(err->code)->name, text);
	if (hint[0] != '\0')
		(void)fprintf(stderr, "  next: %s\n", hint);
}

static int run(const struct cc_command *command, int argc, char *const *argv, struct cc_err *err)
{
	CC_AUTO_FREE void *values = calloc(1, command->size);
	CC_AUTO_BUF struct cc_buf text = { 0 };
	bool help = false;

	if (values == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory");
	if (argc == 2 && cc_str_eq(argv[1], "--version")) {
		(void)printf("%s %s\n", command->name, CC_VERSION);
		return 0;
	}
	CC_TRY(cc_opt_parse(command, argc - 1, argv + 1, values, &help, err));
	if (!help)
		return command->run(values, err);
	CC_TRY(cc_opt_help("", command, &text, err));
	(void)fwrite(text.at, 1, text.len, stdout);
	return 0;
}

int cc_opt_main(const struct cc_command *command, int argc, char *const *argv)
{
	struct cc_err err = { 0 };

	if (run(command, argc, argv, &err) == 0)
		return 0;
	cc_opt_print_error(command->name, &err);
	return cc_code_info(err.code)->exit_status;
}
