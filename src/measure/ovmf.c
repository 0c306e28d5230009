/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/ovmf.h"

#define TAIL 32   /* reset vector behind the table */
#define ENTRY 18  /* u16 and GUID */
#define HEADER 16 /* of a table of items */

/* 96b582de-1fb2-45f7-baea-a366c55a082d */
static const struct cc_guid footer = { { 0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45, 0xba, 0xea,
					 0xa3, 0x66, 0xc5, 0x5a, 0x08, 0x2d } };

static bool is_same(const struct cc_guid *a, const struct cc_guid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/* The entry that ends at the end of `table`, which is cut by it. */
static int take_entry(struct cc_ovmf *ovmf, struct cc_span *table, struct cc_err *err)
{
	size_t end = (size_t)(table->at - ovmf->image.at) + table->len;
	struct cc_reader r = cc_reader(cc_span_sub(*table, table->len - ENTRY, ENTRY));
	struct cc_guid guid = { 0 };
	struct cc_span earlier = { 0 };
	uint16_t len = 0;

	CC_TRY(cc_read_u16le(&r, "length of an entry", &len, err));
	CC_TRY(cc_read_copy(&r, "GUID", CC_MUT(guid.b), err));
	if (len < ENTRY || len > table->len)
		return cc_fail(err, CC_E_ARG,
			       "firmware: the entry of the table that ends at 0x%zx has length %u",
			       end, len);
	if (ovmf->count == CC_OVMF_ENTRIES_MAX)
		return cc_fail(err, CC_E_TOOBIG, "firmware: the table has more than %d entries",
			       CC_OVMF_ENTRIES_MAX);
	if (cc_ovmf_find(ovmf, &guid, &earlier))
		return cc_fail(err, CC_E_ARG,
			       "firmware: the entry of the table that ends at 0x%zx stands there "
			       "twice",
			       end);
	ovmf->entries[ovmf->count].guid = guid;
	ovmf->entries[ovmf->count++].data = cc_span_sub(*table, table->len - len, len - ENTRY);
	table->len -= len;
	return 0;
}

/* The bytes of all entries but the footer. */
static int find_table(struct cc_span image, struct cc_span *out, struct cc_err *err)
{
	size_t end = image.len - TAIL;
	struct cc_reader r = cc_reader(cc_span_sub(image, end - ENTRY, ENTRY));
	struct cc_guid guid = { 0 };
	uint16_t len = 0;

	CC_TRY(cc_read_u16le(&r, "length of the table", &len, err));
	CC_TRY(cc_read_copy(&r, "GUID", CC_MUT(guid.b), err));
	if (!is_same(&guid, &footer)) {
		cc_err_set(err, CC_E_ARG, "firmware: no table of OVMF ends at 0x%zx", end);
		return cc_hint(err, "give the whole OVMF.fd, or its part with the code: the file "
				    "with variables has no table");
	}
	if (len < ENTRY || len > end)
		return cc_fail(err, CC_E_ARG,
			       "firmware: the table that ends at 0x%zx has length %u", end, len);
	*out = cc_span_sub(image, end - len, len - ENTRY);
	return 0;
}

int cc_ovmf_parse(struct cc_span image, struct cc_ovmf *out, struct cc_err *err)
{
	struct cc_ovmf ovmf = { .image = image };
	struct cc_span table = { 0 };

	if (image.len > CC_FIRMWARE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "firmware has %zu bytes, at most %zu", image.len,
			       CC_FIRMWARE_MAX);
	if (image.len == 0 || image.len % CC_FIRMWARE_PAGE != 0)
		return cc_fail(err, CC_E_ARG, "firmware has %zu bytes, which are no whole pages",
			       image.len);
	CC_TRY(find_table(image, &table, err));
	while (table.len >= ENTRY)
		CC_TRY(take_entry(&ovmf, &table, err));
	*out = ovmf;
	return 0;
}

bool cc_ovmf_find(const struct cc_ovmf *ovmf, const struct cc_guid *guid, struct cc_span *out)
{
	for (size_t i = 0; i < ovmf->count; i++) {
		if (!is_same(&ovmf->entries[i].guid, guid))
			continue;
		*out = ovmf->entries[i].data;
		return true;
	}
	return false;
}

int cc_ovmf_find_u32(const struct cc_ovmf *ovmf, const struct cc_guid *guid, bool *is_there,
		     uint32_t *out, struct cc_err *err)
{
	struct cc_span data = { 0 };
	struct cc_reader r = { 0 };

	*is_there = cc_ovmf_find(ovmf, guid, &data);
	if (!*is_there)
		return 0;
	r = cc_reader(data);
	if (cc_read_u32le(&r, "entry", out, err) != 0)
		return cc_wrap(err, "firmware: table that ends at 0x%zx", ovmf->image.len - TAIL);
	return 0;
}

static int read_items(struct cc_reader *r, const struct cc_ovmf_table *table, struct cc_span *out,
		      struct cc_err *err)
{
	uint32_t len = 0, version = 0, count = 0;
	struct cc_span letters = { 0 };

	CC_TRY(cc_read_span(r, 4, "signature", &letters, err));
	CC_TRY(cc_read_u32le(r, "length", &len, err));
	CC_TRY(cc_read_u32le(r, "version", &version, err));
	CC_TRY(cc_read_u32le(r, "count", &count, err));
	if (!cc_span_eq_str(letters, table->letters))
		return cc_fail(err, CC_E_ARG, "it does not begin with '%s'", table->letters);
	if (version != 1)
		return cc_fail(err, CC_E_UNSUPPORTED, "version %u, known is 1", version);
	if (count > table->items_max)
		return cc_fail(err, CC_E_TOOBIG, "%u sections, at most %zu", count,
			       table->items_max);
	if (len != HEADER + count * table->item_len)
		return cc_fail(err, CC_E_ARG, "length %u does not fit %u sections", len, count);
	return cc_read_span(r, count * table->item_len, "sections", out, err);
}

int cc_ovmf_items(const struct cc_ovmf *ovmf, const struct cc_ovmf_table *table,
		  struct cc_span *out, struct cc_err *err)
{
	size_t size = ovmf->image.len;
	struct cc_reader r = { 0 };
	bool is_there = false;
	uint32_t from_end = 0;

	CC_TRY(cc_ovmf_find_u32(ovmf, &table->guid, &is_there, &from_end, err));
	if (!is_there)
		return cc_fail(err, CC_E_NOTFOUND, "firmware: no entry for '%s'", table->letters);
	if (from_end > size)
		return cc_fail(err, CC_E_ARG,
			       "firmware: '%s' is said to lie 0x%x bytes before the end of 0x%zx",
			       table->letters, from_end, size);
	r = cc_reader(cc_span_sub(ovmf->image, size - from_end, from_end));
	if (read_items(&r, table, out, err) != 0)
		return cc_wrap(err, "firmware: '%s' at 0x%zx", table->letters, size - from_end);
	return 0;
}
