/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_tile tile;
	struct cc_err err;

	cc_ignore(cc_tile_parse(cc_span(at, len), &tile, &err));
	return 0;
}
