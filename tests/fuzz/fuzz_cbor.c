/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_cbor_array array = { 0 };
	struct cc_cbor_map map = { 0 };
	struct cc_span text = cc_span(at, len), inner = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_cbor_array(text, "array", &array, &err));
	cc_ignore(cc_cbor_map(text, "map", &map, &err));
	if (map.count > 0)
		cc_ignore(cc_cbor_bytes(cc_cbor_find(&map, 1), "bytes", &inner, &err));
	return 0;
}
