/* SPDX-License-Identifier: Apache-2.0 */
#include "volume/engine-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_VOLUME struct cc_volume *v = calloc(1, sizeof(*v));
	struct cc_vol_group *group = NULL;
	struct cc_digest content = { 0 };
	struct cc_err err = { 0 };

	v->epochs = calloc(1, sizeof(*v->epochs)); /* slot 0: without bytes, so nothing is read */
	v->epoch_count = 1;
	v->next_ino = CC_VOL_GROUP_INODES;
	v->hashed = len % 2 != 0;
	if (cc_vol_group_add(v, 0, &group, &err) == 0 &&
	    cc_vol_group_parse(v, group, cc_span(at, len), &err) == 0 &&
	    cc_vol_tree_check(v, &err) == 0)
		cc_ignore(cc_volume_content(v, &content, &err));
	return 0;
}
