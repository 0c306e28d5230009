/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/str.h"
#include "cli/output.h"
#include "codec/yaml.h"

int cc_print(struct cc_span text, struct cc_err *err)
{
	if (fwrite(text.at, 1, text.len, stdout) != text.len || fflush(stdout) != 0)
		return cc_fail_sys(err, errno, "write to standard output");
	return 0;
}

int cc_print_json(const struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_json_print_pretty(json, &text, err));
	return cc_print(cc_buf_span(&text), err);
}

bool cc_wants_data(const char *output)
{
	return output != NULL && !cc_str_eq(output, "text");
}

int cc_print_data(const char *output, const struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { .max = SIZE_MAX };

	if (cc_str_eq(output, "json"))
		return cc_print_json(json, err);
	CC_TRY(cc_str_eq(output, "yaml") ? cc_yaml_print(json, &text, err)
					 : cc_table_print(json, &text, err));
	return cc_print(cc_buf_span(&text), err);
}

/* How many bytes at `at` are one character that a terminal would obey: 0, 1, or 2 for C1. */
static size_t is_control(struct cc_span name, size_t at)
{
	uint8_t byte = name.at[at];

	if (byte < 0x20 || byte == 0x7f || byte == '\\')
		return 1;
	return byte == 0xc2 && at + 1 < name.len && name.at[at + 1] < 0xa0 ? 2 : 0;
}

int cc_name_escape(struct cc_span name, struct cc_buf *out, struct cc_err *err)
{
	for (size_t at = 0; at < name.len;) {
		size_t count = is_control(name, at);

		if (count == 0)
			CC_TRY(cc_buf_add_u8(out, name.at[at++], err));
		for (; count > 0; count--)
			CC_TRY(cc_buf_addf(out, err, "\\x%02x", name.at[at++]));
	}
	return 0;
}
