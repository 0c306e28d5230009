/* SPDX-License-Identifier: Apache-2.0 */
/* State files of volumes without a CAS, for an owner whose key is zeroes. */
#include <stdlib.h>

#include "cli/volume-anchor.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct cc_secret *owner;
	CC_AUTO_VOLUME_ANCHOR struct cc_volume_anchor anchor = { 0 };
	struct cc_err err;

	if (owner == NULL && cc_secret_new(32, &owner, &err) != 0)
		abort();
	if (cc_volume_anchor_parse(cc_span(at, len), owner, &anchor, &err) == 0 &&
	    anchor.access.base.key == NULL)
		abort();
	return 0;
}
