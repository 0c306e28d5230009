/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts of enclaves as JSON. */
#include "base/str.h"
#include "measure/sgx.h"

#define FRAME_PAGES_MAX 1024

static int read_permissions(const char *text, uint32_t *out, struct cc_err *err)
{
	static const char letters[] = "rwx";
	const char *last = letters;

	*out = 0;
	for (; *text != '\0'; text++) {
		const char *found = strchr(last, *text);

		if (found == NULL)
			return cc_fail(err, CC_E_ARG, "'permissions' are of 'rwx', in this order");
		*out |= 1U << (found - letters);
		last = found + 1;
	}
	return 0;
}

/* Pages of threads have no permissions of their own; all others say theirs. */
static int read_kind(const struct cc_json *json, struct cc_sgx_area *out, struct cc_err *err)
{
	const char *text = "regular";

	if (cc_json_has(json, "kind"))
		CC_TRY(cc_json_get_str(json, "kind", &text, err));
	out->is_tcs = cc_str_eq(text, "tcs");
	if (!out->is_tcs && !cc_str_eq(text, "regular"))
		return cc_fail(err, CC_E_ARG, "'kind' is regular or tcs");
	if (out->is_tcs && cc_json_has(json, "permissions"))
		return cc_fail(err, CC_E_ARG, "a tcs has no 'permissions'");
	if (out->is_tcs)
		return 0;
	CC_TRY(cc_json_get_str(json, "permissions", &text, err));
	return read_permissions(text, &out->permissions, err);
}

static int read_area(const struct cc_json *json, struct cc_sgx_area *out, struct cc_err *err)
{
	static const char *const known[] = { "at",          "pages",    "kind",
					     "permissions", "measured", "file" };

	CC_TRY(cc_json_get_u64(json, "at", CC_JSON_INTEGER_MAX, &out->at, err));
	CC_TRY(cc_json_get_u64(json, "pages", CC_SGX_ADDED_MAX / CC_SGX_PAGE, &out->pages, err));
	CC_TRY(read_kind(json, out, err));
	out->is_measured = true;
	if (cc_json_has(json, "measured"))
		CC_TRY(cc_json_get_bool(json, "measured", &out->is_measured, err));
	if (cc_json_has(json, "file"))
		CC_TRY(cc_json_get_str(json, "file", &out->file, err));
	return cc_json_closed(json, known, CC_COUNT(known), err);
}

static int read_areas(const struct cc_json *list, struct cc_sgx_layout *out, struct cc_err *err)
{
	if (cc_json_count(list) > CC_SGX_AREAS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%zu areas, at most %d", cc_json_count(list),
			       CC_SGX_AREAS_MAX);
	for (; out->count < cc_json_count(list); out->count++)
		if (read_area(cc_json_at(list, out->count), &out->areas[out->count], err) != 0)
			return cc_wrap(err, "area %zu", out->count);
	return 0;
}

static int read_layout(const struct cc_json *json, struct cc_sgx_layout *out, struct cc_err *err)
{
	static const char *const known[] = { "enclave_size", "ssa_frame_pages", "areas" };
	const struct cc_json *list = NULL;
	uint64_t frame = 0;

	CC_TRY(cc_json_get_u64(json, "enclave_size", CC_JSON_INTEGER_MAX, &out->enclave_size, err));
	CC_TRY(cc_json_get_u64(json, "ssa_frame_pages", FRAME_PAGES_MAX, &frame, err));
	out->ssa_frame_pages = (uint32_t)frame;
	CC_TRY(cc_json_get_array(json, "areas", &list, err));
	CC_TRY(read_areas(list, out, err));
	return cc_json_closed(json, known, CC_COUNT(known), err);
}

int cc_sgx_layout_read(const struct cc_json *json, struct cc_sgx_layout *out, struct cc_err *err)
{
	*out = (struct cc_sgx_layout){ 0 };
	return read_layout(json, out, err) == 0 ? 0 : cc_wrap(err, "layout");
}
