/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measurements that others published, which are not ours to ship: they lie beside the source
 * tree, in ../shared/data/evidence/measure. Tests of them say that they skip when it is absent.
 */
#ifndef CC_TESTS_UNIT_MEASURE_VECTORS_H
#define CC_TESTS_UNIT_MEASURE_VECTORS_H

#include "tests/unit/measure/firmware.h"

#include "base/dir.h"
#include "base/str.h"
#include "codec/json.h"

static inline void vectors_file(const char *name, struct cc_buf *out)
{
	const char *root = getenv("MESON_SOURCE_ROOT");
	CC_AUTO_FREE char *path = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_strf(&path, &err, "%s/../shared/data/evidence/measure/%s",
				 root == NULL ? "." : root, name),
			 0);
	if (cc_file_read(path, 1024 * 1024, out, &err) != 0) {
		print_message("# no published vectors beside the source tree: skipped\n");
		skip();
	}
}

static inline struct cc_json *vectors_read(const char *name)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_json *json = NULL;
	struct cc_err err = { 0 };

	vectors_file(name, &text);
	assert_int_equal(cc_json_parse(cc_buf_span(&text), 1024 * 1024, &json, &err), 0);
	return json;
}

static inline const char *vectors_str(const struct cc_json *json, const char *name)
{
	const char *text = NULL;
	struct cc_err err = { 0 };

	return cc_json_get_str(json, name, &text, &err) == 0 ? text : NULL;
}

static inline uint64_t vectors_u64(const struct cc_json *json, const char *name)
{
	const char *text = vectors_str(json, name);
	uint64_t value = 0;
	struct cc_err err = { 0 };

	if (text != NULL)
		return strtoull(text, NULL, 0);
	assert_int_equal(cc_json_get_u64(json, name, CC_JSON_INTEGER_MAX, &value, &err), 0);
	return value;
}

static inline void vectors_hex(const struct cc_json *json, const char *name, struct cc_mut out)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_json_get_hex(json, name, out, &err), 0);
}

#endif
