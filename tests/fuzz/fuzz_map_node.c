/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_map_node node;
	struct cc_err err;

	if (cc_map_node_parse(cc_span(at, len), &node, &err) == 0 &&
	    (cc_map_node_print(&node, &out, &err) != 0 || out.len != len))
		abort();
	return 0;
}
