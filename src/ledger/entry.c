/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/entry.h"

#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"

/* The largest integer that JSON carries exactly, and so the last index. */
#define INDEX_MAX (((uint64_t)1 << 53) - 1)

static const char *const own[] = { "index", "state", "time", "type" };

void cc_entry_clear(struct cc_entry *entry)
{
	cc_json_free(entry->fields);
	entry->fields = NULL;
}

static int check_type(const char *type, struct cc_err *err)
{
	size_t len = strspn(type, "abcdefghijklmnopqrstuvwxyz.-");

	if (len == 0 || len > CC_ENTRY_TYPE_MAX || type[len] != '\0')
		return cc_fail(err, CC_E_ARG, "'%.40s' is not the type of an entry", type);
	return 0;
}

static int set_own(struct cc_json *json, const struct cc_entry *entry, struct cc_err *err)
{
	char time[CC_TIME_TEXT];

	for (size_t i = 0; i < CC_COUNT(own); i++)
		if (cc_json_has(json, own[i]))
			return cc_fail(err, CC_E_ARG, "'%s' is not a field of its own", own[i]);
	if (entry->index > INDEX_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the ledger is full");
	cc_time_print(entry->time, time);
	CC_TRY(cc_json_set_u64(json, "index", entry->index, err));
	CC_TRY(cc_json_set_hex(json, "state", CC_DIGEST_SPAN(entry->state), err));
	CC_TRY(cc_json_set_str(json, "time", time, err));
	return cc_json_set_str(json, "type", entry->type, err);
}

int cc_entry_make(const struct cc_entry *entry, const struct cc_json *fields, struct cc_buf *out,
		  struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { .max = CC_ENTRY_MAX };
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(check_type(entry->type, err));
	if (fields != NULL)
		CC_TRY(cc_json_copy(fields, &json, err));
	else
		CC_TRY(cc_json_object(&json, err));
	if (set_own(json, entry, err) != 0 || cc_json_print(json, &text, err) != 0)
		return cc_wrap(err, "make a ledger entry '%s'", entry->type);
	return cc_buf_add(out, cc_buf_span(&text), err);
}

static int read_own(const struct cc_json *json, struct cc_entry *out, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_u64(json, "index", INDEX_MAX, &out->index, err));
	CC_TRY(cc_json_get_digest(json, "state", &out->state, err));
	CC_TRY(cc_json_get_str(json, "time", &text, err));
	CC_TRY(cc_time_parse(cc_span_str(text), &out->time, err));
	CC_TRY(cc_json_get_str(json, "type", &text, err));
	CC_TRY(check_type(text, err));
	(void)snprintf(out->type, sizeof(out->type), "%s", text);
	return 0;
}

static int check_canonical(const struct cc_entry *entry, struct cc_span bytes, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf again = { 0 };
	char state[CC_HEX_DIGEST];
	const char *text = NULL;

	/* To JSON, digits in upper case are just another string. */
	cc_hex_digest(&entry->state, state);
	CC_TRY(cc_json_get_str(entry->fields, "state", &text, err));
	CC_TRY(cc_json_print(entry->fields, &again, err));
	if (!cc_span_eq(cc_buf_span(&again), bytes) || !cc_str_eq(text, state))
		return cc_fail(err, CC_E_ARG, "it is not in canonical form");
	return 0;
}

int cc_entry_parse(struct cc_span bytes, struct cc_entry *out, struct cc_err *err)
{
	CC_AUTO_ENTRY struct cc_entry entry = { 0 };

	if (cc_json_parse(bytes, CC_ENTRY_MAX, &entry.fields, err) != 0 ||
	    read_own(entry.fields, &entry, err) != 0 || check_canonical(&entry, bytes, err) != 0)
		return cc_wrap(err, "ledger entry");
	*out = entry;
	entry.fields = NULL;
	return 0;
}

int cc_salt_new(struct cc_salt *out, struct cc_err *err)
{
	return cc_random(CC_MUT(out->b), err);
}

int cc_commit(const char *about, const struct cc_salt *salt, struct cc_span value,
	      struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_buf_add_sized(&text, cc_span_str("concordat commitment 1"), err));
	CC_TRY(cc_buf_add_sized(&text, cc_span_str(about), err));
	CC_TRY(cc_buf_add_sized(&text, CC_SPAN(salt->b), err));
	CC_TRY(cc_buf_add_sized(&text, value, err));
	return cc_sha256(cc_buf_span(&text), out, err);
}
