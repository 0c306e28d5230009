/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/collateral.h"
#include "evidence/tcb.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_signed_json json = { 0 };
	struct cc_tcb_info *info = NULL;
	struct cc_err err = { 0 };

	if (cc_signed_json_split(cc_span(at, len), "tcbInfo", &json, &err) == 0)
		cc_ignore(cc_tcb_info_parse(json.value, &info, &err));
	free(info);
	return 0;
}
