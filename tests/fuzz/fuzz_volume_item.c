/* SPDX-License-Identifier: Apache-2.0 */
/* Items of every kind: the first byte says which. What can be read can be written. */
#include "volume/format-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void window(struct cc_span bytes)
{
	CC_AUTO_BUF struct cc_buf again = { 0 };
	struct cc_vol_window w;
	struct cc_err err = { 0 };

	if (cc_vol_window_parse(bytes, &w, &err) == 0)
		cc_ignore(cc_vol_window_add(&again, &w, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_span bytes = cc_span_sub(cc_span(at, len), 1, len);
	struct cc_vol_inode_item inode = { 0 };
	struct cc_vol_entry_item entry = { 0 };
	struct cc_vol_xattr_item xattr = { { 0 }, { 0 } };
	struct cc_err err = { 0 };

	if (len == 0)
		return 0;
	if (at[0] % 4 == 0)
		cc_ignore(cc_vol_inode_parse(bytes, &inode, &err));
	if (at[0] % 4 == 1)
		cc_ignore(cc_vol_entry_parse(bytes, &entry, &err));
	if (at[0] % 4 == 2)
		cc_ignore(cc_vol_xattr_parse(bytes, &xattr, &err));
	if (at[0] % 4 == 3)
		window(bytes);
	return 0;
}
