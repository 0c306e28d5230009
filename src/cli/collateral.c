/* SPDX-License-Identifier: Apache-2.0 */
/* collateral import, list, show: what vendors state, proven, and where it is held. */
#include <sys/stat.h>

#include "base/dir.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/collateral-store.h"
#include "cli/evidence-file.h"
#include "cli/tpm-roots.h"

#define SET_MAX ((size_t)4 * 1024 * 1024)

struct import {
	struct cc_strings sets, roots;
	struct cc_tpm_options tpms;
	const char *dir, *cas, *at, *output;
	bool check;
};

static const struct cc_opt_arg import_args[] = {
	{ "SET", offsetof(struct import, sets),
	  "a directory with one set of collateral, or a file with it as JSON", false, true },
};

static const struct cc_opt import_opts[] = {
	{ "dir", 'd', CC_OPT_STRING, offsetof(struct import, dir), "DIR",
	  "keep it in this directory, and in no CAS unless --cas names one", false, NULL },
	{ "cas", 0, CC_OPT_STRING, offsetof(struct import, cas), "NAME",
	  "bring it to this CAS (default: default, without --dir)", false, NULL },
	{ "check", 0, CC_OPT_FLAG, offsetof(struct import, check), NULL,
	  "prove it and say what it states; keep it nowhere", false, NULL },
	{ "at", 0, CC_OPT_STRING, offsetof(struct import, at), "TIME",
	  "prove it for this time, as 2026-11-30T12:00:00Z; default: now", false, NULL },
	{ "simulation", 0, CC_OPT_LIST, offsetof(struct import, roots), "DIR",
	  "accept the simulated platform in this directory; may be repeated", false, NULL },
	CC_OPT_TPMS(struct import, tpms),
	CC_OPT_OUTPUT(struct import),
};

/* One of the sets on its way. */
struct set {
	struct cc_collateral_files files;
	struct cc_buf bytes; /* of a set in JSON */
	struct cc_collateral ranges;
	struct cc_statements statements;
};

static void set_clear(struct set *set)
{
	cc_collateral_files_clear(&set->files);
	cc_buf_clear(&set->bytes);
	cc_statements_clear(&set->statements);
}

static int read_json_set(const char *path, struct set *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_file_read(path, SET_MAX, &text, err));
	CC_TRY(cc_json_parse(cc_buf_span(&text), SET_MAX, &json, err));
	return cc_collateral_from_json(json, &out->bytes, &out->ranges, err);
}

static int read_set(const char *path, struct set *out, struct cc_err *err)
{
	const struct cc_strings dirs = { .at = { path }, .count = 1 };
	struct stat found = { 0 };

	if (stat(path, &found) == 0 && S_ISDIR(found.st_mode)) {
		CC_TRY(cc_collateral_files_read(&dirs, &out->files, err));
		out->ranges = out->files.ranges;
		return 0;
	}
	return read_json_set(path, out, err);
}

static int prove_set(const struct import *values, const char *path, struct set *out,
		     struct cc_err *err)
{
	struct cc_evidence ask = { 0 };
	struct cc_roots roots = { 0 };

	CC_TRY(cc_roots_chosen(&values->roots, &roots, err));
	CC_TRY(cc_tpms_chosen(&values->tpms, &roots, err));
	CC_TRY(cc_time_chosen(values->at, &ask.at, err));
	CC_TRY(read_set(path, out, err));
	ask.roots = &roots;
	ask.collateral = out->ranges;
	return cc_statements_prove(&ask, &out->statements, err);
}

static int bring(struct cc_ask *ask, const struct set *set, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *request = NULL, *collateral = NULL, *answer = NULL;

	CC_TRY(cc_json_object(&request, err));
	CC_TRY(cc_collateral_to_json(&set->ranges, &collateral, err));
	CC_TRY(cc_json_set(request, "collateral", CC_TAKE(collateral), err));
	return cc_api_call(ask->api, "POST", "/v1/collateral", request, &answer, err);
}

static int add_summaries(const struct set *set, const char *path, struct cc_json *list,
			 struct cc_err *err)
{
	for (size_t i = 0; i < set->statements.count; i++) {
		CC_AUTO_JSON struct cc_json *one = NULL;

		CC_TRY(cc_statement_summary(&set->statements.at[i], &one, err));
		CC_TRY(cc_json_set_str(one, "set", path, err));
		CC_TRY(cc_json_add(list, CC_TAKE(one), err));
	}
	return 0;
}

static int print_line(const struct cc_json *one, struct cc_buf *text, struct cc_err *err)
{
	return cc_buf_addf(text, err, "%-11s %-4s %-27s number %-5llu %s to %s %.16s%s\n",
			   cc_text_of(one, "kind"), cc_text_of(one, "platform"),
			   cc_text_of(one, "subject"),
			   (unsigned long long)cc_number_of(one, "number"), cc_text_of(one, "from"),
			   cc_text_of(one, "until"), cc_text_of(one, "hash"),
			   cc_str_eq(cc_text_of(one, "class"), "simulated") ? " SIMULATION" : "");
}

static int print_statements(const char *output, struct cc_json *taken, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = taken, *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (cc_wants_data(output)) {
		CC_TRY(cc_json_object(&json, err));
		CC_TRY(cc_json_set(json, "statements", CC_TAKE(list), err));
		return cc_print_data(output, json, err);
	}
	for (size_t i = 0; i < cc_json_count(list); i++)
		CC_TRY(print_line(cc_json_at(list, i), &text, err));
	return cc_print(cc_buf_span(&text), err);
}

/* Where a set goes once all of them are proven. */
static int keep(const struct import *values, struct cc_ask *ask, const char *path,
		struct cc_json *list, struct cc_err *err)
{
	CC_CLEANUP(set_clear) struct set set = { 0 };

	if (prove_set(values, path, &set, err) != 0)
		return cc_wrap(err, "collateral in '%s'", path);
	if (list != NULL)
		return add_summaries(&set, path, list, err);
	if (values->dir != NULL)
		CC_TRY(cc_collateral_store_put(values->dir, &set.ranges, &set.statements, err));
	if (ask->api != NULL && bring(ask, &set, err) != 0)
		return cc_wrap(err, "bring '%s'", path);
	return 0;
}

static int import(const void *at, struct cc_err *err)
{
	const struct import *values = at;
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_JSON struct cc_json *list = NULL;
	bool asks = !values->check && (values->cas != NULL || values->dir == NULL);

	CC_TRY(cc_json_array(&list, err));
	/* All of them first, so that nothing is kept of sets of which one does not prove. */
	for (size_t i = 0; i < values->sets.count; i++)
		CC_TRY(keep(values, &ask, values->sets.at[i], list, err));
	if (asks)
		CC_TRY(cc_ask_open(values->cas, &ask, err));
	for (size_t i = 0; !values->check && i < values->sets.count; i++)
		CC_TRY(keep(values, &ask, values->sets.at[i], NULL, err));
	return print_statements(values->output, CC_TAKE(list), err);
}

const struct cc_command cc_command_collateral_import = {
	"collateral import",
	"Prove what vendors publish, and bring it to a CAS or keep it in a directory.",
	import_opts,
	CC_COUNT(import_opts),
	import_args,
	CC_COUNT(import_args),
	sizeof(struct import),
	NULL,
	import,
};

struct look {
	const char *hash, *dir, *cas, *output;
};

static const struct cc_opt look_opts[] = {
	{ "dir", 'd', CC_OPT_STRING, offsetof(struct look, dir), "DIR",
	  "of this directory, which collateral import has filled", false, NULL },
	CC_OPT_CAS(struct look),
	CC_OPT_OUTPUT(struct look),
};

static const struct cc_opt_arg look_args[] = {
	{ "HASH", offsetof(struct look, hash), "of the statement, or how it begins", false, false },
};

static int get_list(const struct look *values, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *answer = NULL;
	const struct cc_json *list = NULL;

	if (values->dir != NULL)
		return cc_collateral_store_list(values->dir, out, err);
	CC_TRY(cc_ask_call(values->cas, "GET", NULL, &answer, err, "/v1/collateral"));
	CC_TRY(cc_json_get_array(answer, "statements", &list, err));
	return cc_json_copy(list, out, err);
}

/* A line of a list has no contents. */
static int summarize(const struct cc_json *list, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *made = NULL;

	CC_TRY(cc_json_array(&made, err));
	for (size_t i = 0; i < cc_json_count(list); i++) {
		CC_AUTO_JSON struct cc_json *one = NULL;

		CC_TRY(cc_json_copy(cc_json_at(list, i), &one, err));
		cc_json_drop(one, "bytes");
		cc_json_drop(one, "chain");
		CC_TRY(cc_json_add(made, CC_TAKE(one), err));
	}
	*out = CC_TAKE(made);
	return 0;
}

static int list(const void *at, struct cc_err *err)
{
	const struct look *values = at;
	CC_AUTO_JSON struct cc_json *all = NULL, *lines = NULL;

	CC_TRY(get_list(values, &all, err));
	CC_TRY(summarize(all, &lines, err));
	return print_statements(values->output, CC_TAKE(lines), err);
}

const struct cc_command cc_command_collateral_list = {
	"collateral list",
	"List what a CAS, or a directory, holds of vendors' statements.",
	look_opts,
	CC_COUNT(look_opts),
	NULL,
	0,
	sizeof(struct look),
	NULL,
	list,
};

static int find(const struct cc_json *list, const char *hash, const struct cc_json **out,
		struct cc_err *err)
{
	const struct cc_json *found = NULL;

	for (size_t i = 0; i < cc_json_count(list); i++) {
		const struct cc_json *one = cc_json_at(list, i);

		if (!cc_str_starts(cc_text_of(one, "hash"), hash))
			continue;
		if (found != NULL)
			return cc_fail(err, CC_E_ARG, "several statements begin with '%s'", hash);
		found = one;
	}
	if (found == NULL) {
		cc_err_set(err, CC_E_NOTFOUND, "there is no statement '%s'", hash);
		return cc_hint(err, "see what there is: concordat collateral list");
	}
	*out = found;
	return 0;
}

/* Of a CAS the list has no contents: ask for the one. */
static int get_one(const struct look *values, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *all = NULL, *answer = NULL;
	const struct cc_json *one = NULL;

	CC_TRY(get_list(values, &all, err));
	CC_TRY(find(all, values->hash, &one, err));
	if (values->dir != NULL)
		return cc_json_copy(one, out, err);
	CC_TRY(cc_ask_call(values->cas, "GET", NULL, &answer, err, "/v1/collateral/%s",
			   cc_text_of(one, "hash")));
	CC_TRY(cc_json_get_object(answer, "statement", &one, err));
	return cc_json_copy(one, out, err);
}

static int show(const void *at, struct cc_err *err)
{
	const struct look *values = at;
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 }, content = { 0 };

	CC_TRY(get_one(values, &json, err));
	if (cc_wants_data(values->output))
		return cc_print_data(values->output, json, err);
	CC_TRY(cc_json_get_base64(json, "bytes", CC_COLLATERAL_ITEM_MAX, &content, err));
	cc_json_drop(json, "bytes");
	cc_json_drop(json, "chain");
	CC_TRY(cc_table_print(json, &text, err));
	if (!cc_str_eq(cc_text_of(json, "kind"), "crl")) {
		CC_TRY(cc_buf_add_str(&text, "\n", err));
		CC_TRY(cc_name_escape(cc_buf_span(&content), &text, err));
		CC_TRY(cc_buf_add_str(&text, "\n", err));
	}
	return cc_print(cc_buf_span(&text), err);
}

const struct cc_command cc_command_collateral_show = {
	"collateral show",
	"Show a vendor's statement that a CAS, or a directory, holds.",
	look_opts,
	CC_COUNT(look_opts),
	look_args,
	CC_COUNT(look_args),
	sizeof(struct look),
	NULL,
	show,
};
