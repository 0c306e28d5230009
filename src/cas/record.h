/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records: what the keeper keeps in rows, as C structs described by tables.
 *
 * One table says how a struct is written to and read from canonical JSON, so
 * the two cannot disagree. Reading is strict (unknown and missing members are
 * errors), which is what lets a format change be noticed. A record owns its
 * strings, secrets and lists; a zeroed record is empty and may be cleared.
 */
#ifndef CC_CAS_RECORD_H
#define CC_CAS_RECORD_H

#include "codec/json.h"

enum cc_field_kind {
	CC_FIELD_TEXT = 0, /* char *, may be NULL: then the member is absent */
	CC_FIELD_NUMBER,   /* uint64_t */
	CC_FIELD_FLAG,     /* bool */
	CC_FIELD_BYTES,    /* uint8_t[len], as hexadecimal */
	CC_FIELD_SECRET,   /* struct cc_secret *, may be NULL: then absent */
	CC_FIELD_LIST,     /* struct cc_list of records of type `of` */
};

struct cc_record_type;

struct cc_field {
	const char *name;
	enum cc_field_kind kind;
	size_t at;                       /* offsetof */
	size_t len;                      /* of CC_FIELD_BYTES */
	const struct cc_record_type *of; /* of CC_FIELD_LIST */
};

struct cc_record_type {
	const char *table; /* of the row: "policy"; NULL for parts of records */
	size_t size;
	const struct cc_field *fields;
	size_t count;
};

#define CC_RECORD_MAX ((size_t)4 * 1024 * 1024)
#define CC_LIST_MAX 10000

struct cc_list {
	void *at;
	size_t count;
};

int cc_record_save(const struct cc_record_type *type, const void *record, struct cc_buf *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* `record` must be zeroed; it is left empty on failure. */
int cc_record_load(const struct cc_record_type *type, struct cc_span json, void *record,
		   struct cc_err *err) CC_MUST CC_NONNULL;
void cc_record_clear(const struct cc_record_type *type, void *record) CC_NONNULL;

/* A zeroed record of type `of` at the end of the list; valid until the next call. */
int cc_list_add(struct cc_list *list, const struct cc_record_type *of, void **out,
		struct cc_err *err) CC_MUST CC_NONNULL;
/* Drop the element at `at`, keeping the order. */
void cc_list_drop(struct cc_list *list, const struct cc_record_type *of, size_t at) CC_NONNULL;

#endif
