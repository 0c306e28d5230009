/* SPDX-License-Identifier: Apache-2.0 */
/* Published vectors are written as they are published: in hexadecimal. */
#ifndef CC_TESTS_UNIT_CRYPTO_VECTORS_H
#define CC_TESTS_UNIT_CRYPTO_VECTORS_H

#include "tests/unit/test.h"

#include "base/fd.h"
#include "base/secret.h"

struct bytes {
	uint8_t b[512];
	size_t len;
};

static inline struct bytes hex(const char *text)
{
	struct bytes out = { 0 };

	assert_true(strlen(text) % 2 == 0 && strlen(text) / 2 <= sizeof(out.b));
	for (; text[2 * out.len] != '\0'; out.len++) {
		const char pair[] = { text[2 * out.len], text[2 * out.len + 1], '\0' };
		char *end = NULL;

		out.b[out.len] = (uint8_t)strtoul(pair, &end, 16);
		assert_true(*end == '\0');
	}
	return out;
}

#define HEX_SPAN(bytes) cc_span((bytes).b, (bytes).len)

static inline void assert_hex(struct cc_span got, const char *expected)
{
	struct bytes want = hex(expected);

	assert_int_equal(got.len, want.len);
	if (want.len > 0)
		assert_memory_equal(got.at, want.b, want.len);
}

#endif
