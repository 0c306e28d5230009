/* SPDX-License-Identifier: Apache-2.0 */
/* witness init, add, show, run: co-signing the ledgers of CAS instances. */
#include "witness/witness.h"

#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "cli/commands.h"

struct values {
	const char *dir, *name, *log_key, *listen;
};

#define DIR_ARG                                                                              \
	{                                                                                    \
		"DIR", offsetof(struct values, dir), "the witness's directory", false, false \
	}

static const struct cc_opt_arg dir_args[] = { DIR_ARG };

static const struct cc_opt init_opts[] = {
	{ "name", 'n', CC_OPT_STRING, offsetof(struct values, name), "NAME",
	  "what stands before its signatures, as a host name: sh1.example", true, NULL },
};

/* What a folder's function added, with the end of the line that a script's $(…) cuts off. */
static int print_line(struct cc_buf *text, struct cc_err *err)
{
	if (text->len == 0 || text->at[text->len - 1] != '\n')
		CC_TRY(cc_buf_add_str(text, "\n", err));
	return cc_print(cc_buf_span(text), err);
}

static int init(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_BUF struct cc_buf key = { 0 };

	CC_TRY(cc_witness_init(values->dir, values->name, &key, err));
	return print_line(&key, err);
}

const struct cc_command cc_command_witness_init = {
	"witness init",
	"Make a witness and print its verifier key, which 'cas init --witness' takes.",
	init_opts,
	CC_COUNT(init_opts),
	dir_args,
	CC_COUNT(dir_args),
	sizeof(struct values),
	NULL,
	init,
};

static const struct cc_opt_arg add_args[] = {
	DIR_ARG,
	{ "LOGKEY", offsetof(struct values, log_key), "the verifier key of the CAS's ledger", false,
	  false },
};

static int add(const void *at, struct cc_err *err)
{
	const struct values *values = at;

	return cc_witness_add(values->dir, cc_span_str(values->log_key), err);
}

const struct cc_command cc_command_witness_add = {
	"witness add",
	"Co-sign the ledger with this key from now on.",
	NULL,
	0,
	add_args,
	CC_COUNT(add_args),
	sizeof(struct values),
	NULL,
	add,
};

static int show(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_witness_show(values->dir, &text, err));
	return print_line(&text, err);
}

const struct cc_command cc_command_witness_show = {
	"witness show",
	"Print a witness's key and the last checkpoint that it has seen of each ledger.",
	NULL,
	0,
	dir_args,
	CC_COUNT(dir_args),
	sizeof(struct values),
	NULL,
	show,
};

static const struct cc_opt run_opts[] = {
	{ "listen", 'l', CC_OPT_STRING, offsetof(struct values, listen), "ADDRESS",
	  "HOST:PORT to answer on; port 0 takes a free one", true, NULL },
};

static int run(const void *at, struct cc_err *err)
{
	const struct values *values = at;

	cc_log_init("witness", CC_LOG_INFO);
	return cc_witness_run(values->dir, values->listen, err);
}

const struct cc_command cc_command_witness_run = {
	"witness run",
	"Answer a CAS that asks for co-signatures, until SIGTERM.",
	run_opts,
	CC_COUNT(run_opts),
	dir_args,
	CC_COUNT(dir_args),
	sizeof(struct values),
	NULL,
	run,
};
