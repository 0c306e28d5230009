/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/shelf.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* Statements as the keeper sends them, in JSON: what is read prints as the same, and is shelved. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_STATEMENTS struct cc_statements read = { 0 };
	CC_AUTO_SHELF struct cc_shelf *shelf = NULL;
	CC_AUTO_JSON struct cc_json *json = NULL, *printed = NULL;
	const struct cc_collateral none = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	if (cc_json_parse(cc_span(at, len), CC_COLLATERAL_ITEM_MAX, &json, &err) != 0 ||
	    cc_statements_from_json(json, &read, &err) != 0)
		return 0;
	if (cc_statements_to_json(&read, &printed, &err) != 0)
		__builtin_trap();
	if (cc_shelf_new(&read, &none, &shelf, &err) == 0)
		cc_shelf_prepare(shelf, &roots, 1800000000);
	return 0;
}
