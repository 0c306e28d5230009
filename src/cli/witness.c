/* SPDX-License-Identifier: Apache-2.0 */
/* witness init, add, show, run: co-signing the ledgers of CAS instances. */
#include "witness/witness.h"

#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "cli/ask.h"

struct values {
	const char *dir, *name, *log_key, *listen, *output;
};

#define DIR_ARG                                                                              \
	{                                                                                    \
		"DIR", offsetof(struct values, dir), "the witness's directory", false, false \
	}

static const struct cc_opt_arg dir_args[] = { DIR_ARG };

static const struct cc_opt init_opts[] = {
	{ "name", 'n', CC_OPT_STRING, offsetof(struct values, name), "NAME",
	  "what stands before its signatures, as a host name: sh1.example", true, NULL },
	CC_OPT_OUTPUT(struct values),
};

static int init(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_BUF struct cc_buf key = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_witness_init(values->dir, values->name, &key, err));
	if (!cc_wants_data(values->output))
		return cc_print(cc_buf_span(&key), err);
	CC_TRY(cc_witness_show(values->dir, &json, err));
	return cc_print_data(values->output, json, err);
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

static const struct cc_opt show_opts[] = {
	CC_OPT_OUTPUT(struct values),
};

static int print_seen(const struct cc_json *seen, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const struct cc_json *ledgers = NULL;

	CC_TRY(cc_buf_addf(&text, err, "witness %s\n", cc_text_of(seen, "key")));
	CC_TRY(cc_json_get_array(seen, "ledgers", &ledgers, err));
	for (size_t i = 0; i < cc_json_count(ledgers); i++) {
		const struct cc_json *one = cc_json_at(ledgers, i);

		CC_TRY(cc_buf_addf(
			&text, err, "ledger %s\n  entries %llu\n  root %s\n  keys %llu\n",
			cc_text_of(one, "origin"), (unsigned long long)cc_number_of(one, "entries"),
			cc_text_of(one, "root"), (unsigned long long)cc_number_of(one, "keys")));
	}
	return cc_print(cc_buf_span(&text), err);
}

static int show(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_JSON struct cc_json *seen = NULL;

	CC_TRY(cc_witness_show(values->dir, &seen, err));
	return cc_wants_data(values->output) ? cc_print_data(values->output, seen, err)
					     : print_seen(seen, err);
}

const struct cc_command cc_command_witness_show = {
	"witness show",
	"Print a witness's key and the last checkpoint that it has seen of each ledger.",
	show_opts,
	CC_COUNT(show_opts),
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
