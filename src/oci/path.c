/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/layer.h"

static int check_part(struct cc_span part, struct cc_span name, struct cc_err *err)
{
	if (cc_span_eq_str(part, ".."))
		return cc_fail(err, CC_E_ARG, "name '%.*s' has a '..'",
			       (int)(name.len < 200 ? name.len : 200), (const char *)name.at);
	if (part.len > CC_OCI_NAME_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a part of name '%.*s' has %zu bytes, at most %d",
			       (int)(name.len < 200 ? name.len : 200), (const char *)name.at,
			       part.len, CC_OCI_NAME_MAX);
	return 0;
}

int cc_oci_path_normal(struct cc_span name, struct cc_buf *out, struct cc_err *err)
{
	struct cc_span rest = name;
	size_t depth = 0;

	cc_buf_reset(out);
	if (name.len == 0)
		return cc_fail(err, CC_E_ARG, "name is empty");
	if (name.len > CC_OCI_PATH_MAX)
		return cc_fail(err, CC_E_TOOBIG, "name of %zu bytes, at most %d", name.len,
			       CC_OCI_PATH_MAX);
	while (rest.len > 0) {
		const uint8_t *slash = memchr(rest.at, '/', rest.len);
		struct cc_span part =
			cc_span(rest.at, slash != NULL ? (size_t)(slash - rest.at) : rest.len);

		rest = cc_span_sub(rest, part.len + 1, rest.len);
		if (part.len == 0 || cc_span_eq_str(part, "."))
			continue;
		CC_TRY(check_part(part, name, err));
		if (++depth > CC_OCI_DEPTH_MAX)
			return cc_fail(err, CC_E_TOOBIG, "name has more than %d parts",
				       CC_OCI_DEPTH_MAX);
		if (out->len > 0)
			CC_TRY(cc_buf_add_u8(out, '/', err));
		CC_TRY(cc_buf_add(out, part, err));
	}
	/* Terminated without counting the NUL. */
	CC_TRY(cc_buf_add_u8(out, 0, err));
	out->len--;
	return 0;
}
