/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/evidence-log.h"

#include <ctype.h>
#include <stdio.h>

#include "evidence/event_log.h"
#include "evidence/tpm.h"

#define NAME_ROOM CC_EVIDENCE_BANK_ROOM

/* TCG_EventType ("PC Client Platform Firmware Profile" 1.05, 10.4.1). */
static const struct {
	uint32_t type;
	const char *name;
} types[] = {
	{ 0x00000000, "EV_PREBOOT_CERT" },
	{ 0x00000001, "EV_POST_CODE" },
	{ 0x00000002, "EV_UNUSED" },
	{ 0x00000003, "EV_NO_ACTION" },
	{ 0x00000004, "EV_SEPARATOR" },
	{ 0x00000005, "EV_ACTION" },
	{ 0x00000006, "EV_EVENT_TAG" },
	{ 0x00000007, "EV_S_CRTM_CONTENTS" },
	{ 0x00000008, "EV_S_CRTM_VERSION" },
	{ 0x00000009, "EV_CPU_MICROCODE" },
	{ 0x0000000a, "EV_PLATFORM_CONFIG_FLAGS" },
	{ 0x0000000b, "EV_TABLE_OF_DEVICES" },
	{ 0x0000000c, "EV_COMPACT_HASH" },
	{ 0x0000000d, "EV_IPL" },
	{ 0x0000000e, "EV_IPL_PARTITION_DATA" },
	{ 0x0000000f, "EV_NONHOST_CODE" },
	{ 0x00000010, "EV_NONHOST_CONFIG" },
	{ 0x00000011, "EV_NONHOST_INFO" },
	{ 0x00000012, "EV_OMIT_BOOT_DEVICE_EVENTS" },
	{ 0x00000013, "EV_POST_CODE2" },
	{ 0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG" },
	{ 0x80000002, "EV_EFI_VARIABLE_BOOT" },
	{ 0x80000003, "EV_EFI_BOOT_SERVICES_APPLICATION" },
	{ 0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER" },
	{ 0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER" },
	{ 0x80000006, "EV_EFI_GPT_EVENT" },
	{ 0x80000007, "EV_EFI_ACTION" },
	{ 0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB" },
	{ 0x80000009, "EV_EFI_HANDOFF_TABLES" },
	{ 0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2" },
	{ 0x8000000b, "EV_EFI_HANDOFF_TABLES2" },
	{ 0x8000000c, "EV_EFI_VARIABLE_BOOT2" },
	{ 0x8000000d, "EV_EFI_GPT_EVENT2" },
	{ 0x80000010, "EV_EFI_HCRTM_EVENT" },
	{ 0x800000e0, "EV_EFI_VARIABLE_AUTHORITY" },
	{ 0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB" },
	{ 0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG" },
	{ 0x800000e3, "EV_EFI_SPDM_DEVICE_POLICY" },
	{ 0x800000e4, "EV_EFI_SPDM_DEVICE_AUTHORITY" },
};

/* Of a type or an algorithm that has no name here: its number. */
static void number_name(uint64_t number, char out[static NAME_ROOM])
{
	(void)snprintf(out, NAME_ROOM, "0x%04llx", (unsigned long long)number);
}

static void type_name(uint32_t type, char out[static NAME_ROOM + 8])
{
	number_name(type, out);
	for (size_t i = 0; i < CC_COUNT(types); i++)
		if (types[i].type == type)
			(void)snprintf(out, NAME_ROOM + 8, "%s", types[i].name);
}

void cc_evidence_bank_name(uint16_t alg, char out[static NAME_ROOM])
{
	enum cc_hash hash = CC_HASH_SHA1;

	number_name(alg, out);
	if (cc_tpm_hash(alg, &hash))
		(void)snprintf(out, NAME_ROOM, "%s", cc_hash_name(hash));
}

bool cc_evidence_is_log(struct cc_span bytes)
{
	struct cc_event_log log = { 0 };
	struct cc_err ignored = { 0 };

	return cc_event_log_open(bytes, &log, &ignored) == 0;
}

static bool is_printable(struct cc_span data)
{
	for (size_t i = 0; i < data.len; i++)
		if (isprint(data.at[i]) == 0)
			return false;
	return data.len > 0;
}

/* Firmware ends some of its strings with a NUL and others not; it is measured in both. */
static struct cc_span text_of(struct cc_span data)
{
	if (data.len > 0 && data.at[data.len - 1] == 0)
		data.len--;
	return is_printable(data) ? data : cc_span(NULL, 0);
}

/* Whether a digest of the event is that of its data. */
static bool is_measured(const struct cc_event_log *log, const struct cc_event *event)
{
	for (size_t i = 0; i < log->bank_count; i++) {
		enum cc_hash hash = CC_HASH_SHA1;
		struct cc_hashed is = { 0 };
		struct cc_err ignored = { 0 };

		if (event->digests[i].len > 0 && cc_tpm_hash(log->banks[i].alg, &hash) &&
		    hash != CC_HASH_SHA1 && cc_hash_of(hash, &event->data, 1, &is, &ignored) == 0 &&
		    cc_span_eq(cc_hashed_span(&is), event->digests[i]))
			return true;
	}
	return false;
}

static int add_event(const struct cc_event_log *log, const struct cc_event *event, bool with_data,
		     struct cc_json *list, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_span text = text_of(event->data);
	char name[NAME_ROOM + 8] = "";

	type_name(event->type, name);
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_u64(json, "index", event->index, err));
	CC_TRY(cc_json_set_str(json, "type", name, err));
	for (size_t i = 0; i < log->bank_count; i++) {
		if (event->digests[i].len == 0)
			continue;
		cc_evidence_bank_name(log->banks[i].alg, name);
		CC_TRY(cc_json_set_hex(json, name, event->digests[i], err));
	}
	if (text.len > 0 && is_measured(log, event))
		CC_TRY(cc_json_set_text(json, "text", text, err));
	if (with_data)
		CC_TRY(cc_json_set_base64(json, "data", event->data, err));
	return cc_json_add(list, CC_TAKE(json), err);
}

static int add_events(struct cc_span bytes, bool with_data, struct cc_json *json,
		      struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;
	struct cc_event_log log = { 0 };
	bool found = true;

	CC_TRY(cc_json_array(&list, err));
	CC_TRY(cc_event_log_open(bytes, &log, err));
	for (;;) {
		struct cc_event event = { 0 };

		CC_TRY(cc_event_log_next(&log, &event, &found, err));
		if (!found)
			return cc_json_set(json, "events", CC_TAKE(list), err);
		CC_TRY(add_event(&log, &event, with_data, list, err));
	}
}

static int add_registers(const struct cc_replay *replay, struct cc_json *banks, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	for (uint32_t i = 0; i < CC_EVENT_REGISTERS; i++) {
		char index[NAME_ROOM] = "";

		if ((replay->extended & 1U << i) == 0)
			continue;
		(void)snprintf(index, sizeof(index), "%u", i);
		CC_TRY(cc_json_set_hex(json, index, cc_hashed_span(&replay->at[i]), err));
	}
	return cc_json_set(banks, cc_hash_name(replay->bank), CC_TAKE(json), err);
}

static int add_banks(struct cc_span bytes, struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *banks = NULL;

	CC_TRY(cc_json_object(&banks, err));
	for (unsigned int i = 0; i < CC_HASH_COUNT; i++) {
		struct cc_replay replay = { 0 };
		struct cc_err why = { 0 };

		if (cc_event_log_replay(bytes, (enum cc_hash)i, &replay, &why) == 0) {
			CC_TRY(add_registers(&replay, banks, err));
		} else if (why.code != CC_E_NOTFOUND) {
			*err = why;
			return -1;
		}
	}
	return cc_json_set(json, "registers", CC_TAKE(banks), err);
}

int cc_evidence_log_describe(struct cc_span bytes, bool with_data, struct cc_json *json,
			     struct cc_err *err)
{
	CC_TRY(add_banks(bytes, json, err));
	return add_events(bytes, with_data, json, err);
}
