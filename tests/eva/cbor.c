/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as each kind of value of CBOR, and as COSE_Sign1. */
#include "codec/cbor.h"

#include "__fc_builtin.h"

static uint8_t bytes[256];

static struct cc_cbor_array array;
static struct cc_cbor_map map;

int main(void)
{
	struct cc_span text = cc_span(bytes, (size_t)Frama_C_interval(0, sizeof(bytes)));
	struct cc_span content = { 0 };
	struct cc_err err = { 0 };
	uint64_t number = 0;
	int64_t integer = 0;

	Frama_C_make_unknown((char *)bytes, sizeof(bytes));
	switch (Frama_C_interval(0, 7)) {
	case 0:
		return cc_cbor_array(text, "array", &array, &err);
	case 1:
		if (cc_cbor_map(text, "map", &map, &err) != 0)
			return -1;
		content = cc_cbor_find(&map, -7);
		content = cc_cbor_find_text(&map, "key");
		return 0;
	case 2:
		return cc_cbor_tagged(text, 18, "tagged", &content, &err);
	case 3:
		return cc_cbor_bytes(text, "bytes", &content, &err);
	case 4:
		return cc_cbor_text(text, "text", &content, &err);
	case 5:
		return cc_cbor_unsigned(text, "number", &number, &err);
	case 6:
		return cc_cbor_integer(text, "number", &integer, &err);
	default:
		return cc_cbor_is_tag(text, 18) || cc_cbor_is_null(text);
	}
}
