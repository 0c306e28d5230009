/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_LEDGER_MAP_INTERNAL_H
#define CC_LEDGER_MAP_INTERNAL_H

#include "ledger/map.h"

/* Inner nodes on one path: their bits ascend strictly, so no more than there are bits. */
#define CC_MAP_DEPTH 256

/* Bit 0 is the highest of the first byte. */
bool cc_map_bit(const struct cc_digest *key, uint8_t bit) CC_NONNULL;

#endif
