/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/wire-internal.h"

#include "base/str.h"

int cc_wire_add_error(struct cc_buf *out, const struct cc_err *cause, struct cc_err *err)
{
	CC_TRY(cc_buf_add_sized(out, cc_span_str(cc_code_info(cause->code)->name), err));
	CC_TRY(cc_buf_add_sized(out, cc_span_str(cause->text), err));
	return cc_buf_add_sized(out, cc_span_str(cause->hint), err);
}

static int read_text(struct cc_reader *r, char **out, struct cc_err *err)
{
	struct cc_span text = { 0 };

	CC_TRY(cc_read_sized(r, CC_WIRE_TEXT_MAX, "platform's error", &text, err));
	return cc_str_from(text, out, err);
}

int cc_wire_read_error(struct cc_span body, struct cc_err *err)
{
	CC_AUTO_FREE char *name = NULL, *text = NULL, *hint = NULL;
	struct cc_reader r = cc_reader(body);
	enum cc_code code = CC_OK;

	CC_TRY(read_text(&r, &name, err));
	CC_TRY(read_text(&r, &text, err));
	CC_TRY(read_text(&r, &hint, err));
	code = cc_code_named(name);
	cc_err_set(err, code == CC_OK ? CC_E_UNAVAILABLE : code, "%s", text);
	if (*hint != '\0')
		cc_err_hint(err, "%s", hint);
	return cc_failed();
}
