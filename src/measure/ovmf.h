/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a firmware image of OVMF says about how it is launched: the table of entries that grows
 * down from 32 bytes below the end (edk2, OvmfPkg/ResetVector/Ia16/ResetVectorVtf0.asm), each
 * `data ‖ u16le length ‖ GUID`, the length of all three; the last entry has the length of all.
 *
 * Pure: spans point into the image. Errors name the offset in the image.
 */
#ifndef CC_MEASURE_OVMF_H
#define CC_MEASURE_OVMF_H

#include "base/span.h"

#define CC_FIRMWARE_MAX ((size_t)64 * 1024 * 1024)
#define CC_FIRMWARE_PAGE ((size_t)4096)
#define CC_OVMF_ENTRIES_MAX 32

/* As in memory: the first three fields are little endian. */
struct cc_guid {
	uint8_t b[16];
};

struct cc_ovmf {
	struct cc_span image;
	struct {
		struct cc_guid guid;
		struct cc_span data;
	} entries[CC_OVMF_ENTRIES_MAX];
	size_t count;
};

/*
 * An image of whole pages, at most CC_FIRMWARE_MAX. Without a table, or with an entry that
 * stands there twice, it is CC_E_ARG: two readers would launch it in two ways.
 */
int cc_ovmf_parse(struct cc_span image, struct cc_ovmf *out, struct cc_err *err) CC_MUST CC_NONNULL;
bool cc_ovmf_find(const struct cc_ovmf *ovmf, const struct cc_guid *guid,
		  struct cc_span *out) CC_NONNULL;
/*
 * The entry whose data begin with a u32le: `*is_there`, and the number. An entry that is
 * shorter is CC_E_ARG.
 */
int cc_ovmf_find_u32(const struct cc_ovmf *ovmf, const struct cc_guid *guid, bool *is_there,
		     uint32_t *out, struct cc_err *err) CC_MUST CC_NONNULL;
struct cc_ovmf_table {
	struct cc_guid guid;
	char letters[5];
	size_t item_len, items_max;
};

/*
 * A table of items of `item_len` bytes that an entry points to, by its distance from the end:
 * four letters, u32le length of all, u32le version 1, u32le count, the items, which are `*out`.
 * CC_E_NOTFOUND when there is no such entry, CC_E_TOOBIG over `items_max`.
 */
int cc_ovmf_items(const struct cc_ovmf *ovmf, const struct cc_ovmf_table *table,
		  struct cc_span *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
