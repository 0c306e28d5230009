/* SPDX-License-Identifier: Apache-2.0 */
/* Shell completions, written from the same tables that parsing reads. */
#include "base/str.h"
#include "cli/commands.h"

struct values {
	const char *shell;
};

static const struct cc_opt_arg args[] = {
	{ "SHELL", offsetof(struct values, shell), "bash, zsh or fish", false, false },
};

/* The options of a command as words; those that take a value too. */
static int add_option_words(const struct cc_command *command, struct cc_buf *out,
			    struct cc_err *err)
{
	for (size_t i = 0; i < command->opt_count; i++)
		CC_TRY(cc_buf_addf(out, err, " --%s", command->opts[i].name));
	return cc_buf_add_str(out, " --help", err);
}

static bool wants_path(const struct cc_opt *opt)
{
	return opt->value != NULL &&
	       (cc_str_eq(opt->value, "FILE") || cc_str_eq(opt->value, "DIR") ||
		cc_str_eq(opt->value, "SOCKET"));
}

/* `--mode)` lines: what may follow an option. */
static int add_bash_values(const struct cc_command *command, struct cc_buf *out, struct cc_err *err)
{
	for (size_t i = 0; i < command->opt_count; i++) {
		const struct cc_opt *opt = &command->opts[i];

		if (opt->choices != NULL)
			CC_TRY(cc_buf_addf(
				out, err,
				"\t'%s|--%s') COMPREPLY=($(compgen -W '%s' -- \"$word\"));"
				" return ;;\n",
				command->name, opt->name, opt->choices));
		else if (wants_path(opt))
			CC_TRY(cc_buf_addf(out, err,
					   "\t'%s|--%s') COMPREPLY=($(compgen -f -- \"$word\"));"
					   " return ;;\n",
					   command->name, opt->name));
	}
	return 0;
}

static int bash(struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_str(
		out,
		"# bash completion for concordat: source it, or put it into bash-completion's folder\n"
		"_concordat() {\n"
		"\tlocal word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]}\n"
		"\tlocal command=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"\n"
		"\t[ \"${COMP_WORDS[1]}\" = completion ] && command=completion\n"
		"\tCOMPREPLY=()\n\tcase \"$command|$last\" in\n",
		err));
	for (size_t i = 0; i < cc_command_count; i++)
		CC_TRY(add_bash_values(cc_commands[i], out, err));
	CC_TRY(cc_buf_add_str(out, "\tesac\n\tcase \"$command\" in\n", err));
	for (size_t i = 0; i < cc_command_count; i++) {
		CC_TRY(cc_buf_addf(out, err, "\t'%s') COMPREPLY=($(compgen -f -W '",
				   cc_commands[i]->name));
		CC_TRY(add_option_words(cc_commands[i], out, err));
		CC_TRY(cc_buf_add_str(out, "' -- \"$word\")) ;;\n", err));
	}
	CC_TRY(cc_buf_add_str(out, "\t*)\n\t\tlocal names='", err));
	for (size_t i = 0; i < cc_command_count; i++)
		CC_TRY(cc_buf_addf(out, err, "%s\n", cc_commands[i]->name));
	return cc_buf_add_str(
		out,
		"'\n\t\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
		"\t\t\tCOMPREPLY=($(compgen -W \"$(cut -d' ' -f1 <<<\"$names\" | sort -u)\" -- \"$word\"))\n"
		"\t\telse\n"
		"\t\t\tCOMPREPLY=($(compgen -W \"$(awk -v f=\"${COMP_WORDS[1]}\" '$1 == f { print $2 }' "
		"<<<\"$names\")\" -- \"$word\"))\n"
		"\t\tfi ;;\n\tesac\n}\ncomplete -F _concordat concordat\n",
		err);
}

/* zsh runs bash completions as they are. */
static int zsh(struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_str(out, "autoload -U +X bashcompinit && bashcompinit\n", err));
	return bash(out, err);
}

static int fish_command(const struct cc_command *command, struct cc_buf *out, struct cc_err *err)
{
	size_t first = strcspn(command->name, " ");
	const char *second = command->name[first] == ' ' ? command->name + first + 1 : "";

	CC_TRY(cc_buf_addf(out, err, "complete -c concordat -f -n __fish_use_subcommand -a %.*s\n",
			   (int)first, command->name));
	if (second[0] != '\0')
		CC_TRY(cc_buf_addf(
			out, err,
			"complete -c concordat -f -n '__fish_seen_subcommand_from %.*s' -a %s"
			" -d '%s'\n",
			(int)first, command->name, second, command->summary));
	for (size_t i = 0; i < command->opt_count; i++) {
		const struct cc_opt *opt = &command->opts[i];

		CC_TRY(cc_buf_addf(out, err,
				   "complete -c concordat -n 'string match -q \"concordat %s*\" -- "
				   "(commandline -p)' -l %s%s -d '%s'\n",
				   command->name, opt->name,
				   opt->kind == CC_OPT_FLAG ? ""
				   : wants_path(opt)        ? " -r -F"
							    : " -x",
				   opt->help));
	}
	return 0;
}

static int fish(struct cc_buf *out, struct cc_err *err)
{
	for (size_t i = 0; i < cc_command_count; i++)
		CC_TRY(fish_command(cc_commands[i], out, err));
	return 0;
}

static const struct {
	const char *name;
	int (*write)(struct cc_buf *out, struct cc_err *err);
} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

static int completion(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_BUF struct cc_buf out = { 0 };

	for (size_t i = 0; i < CC_COUNT(shells); i++)
		if (cc_str_eq(values->shell, shells[i].name)) {
			CC_TRY(shells[i].write(&out, err));
			return cc_print(cc_buf_span(&out), err);
		}
	return cc_fail(err, CC_E_ARG, "no completion for shell '%s': bash, zsh or fish",
		       values->shell);
}

const struct cc_command cc_command_completion = {
	"completion",
	"Print the completion script for a shell.",
	NULL,
	0,
	args,
	CC_COUNT(args),
	sizeof(struct values),
	NULL,
	completion,
};
