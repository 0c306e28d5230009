/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "cli/commands.h"
#include "codec/json.h"

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
