/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --output: every command that prints data does it in four forms. `text` is written for people by
 * the command itself; `table`, `json` and `yaml` are made here, of the same JSON.
 */
#ifndef CC_CLI_OUTPUT_H
#define CC_CLI_OUTPUT_H

#include "cli/commands.h"
#include "codec/json.h"

/* The line of a command's table; `type` has `output`. */
#define CC_OPT_OUTPUT(type)                                                                     \
	{                                                                                       \
		"output", 'o', CC_OPT_STRING, offsetof(type, output), "FORMAT", "how to print", \
			false, "text table json yaml"                                           \
	}

/* Is it a form that is made here? NULL is text. */
bool cc_wants_data(const char *output);
int cc_print_data(const char *output, const struct cc_json *json,
		  struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Add a table: a line for each plain member, then for each list of objects its name and a row for
 * each object. Texts of several lines stand behind it as they are, indented, or in a row by their
 * first line. Whatever a terminal would obey is escaped.
 */
int cc_table_print(const struct cc_json *json, struct cc_buf *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
