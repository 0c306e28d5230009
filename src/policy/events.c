/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/events.h"

#include "base/str.h"
#include "codec/text.h"
#include "policy/schema-internal.h"

#define PCR(number)                                    \
	{                                              \
		"pcr" #number, UINT32_C(1) << (number) \
	}
const struct cc_word cc_pcr_words[] = {
	PCR(0),  PCR(1),  PCR(2),  PCR(3),  PCR(4),  PCR(5),  PCR(6),      PCR(7),  PCR(8),
	PCR(9),  PCR(10), PCR(11), PCR(12), PCR(13), PCR(14), PCR(15),     PCR(16), PCR(17),
	PCR(18), PCR(19), PCR(20), PCR(21), PCR(22), PCR(23), { NULL, 0 },
};

static const struct cc_word rule_words[] = {
	{ "required", CC_BOOT_REQUIRED },
	{ "only", CC_BOOT_ONLY },
	{ "forbidden", CC_BOOT_FORBIDDEN },
	{ NULL, 0 },
};

static const struct cc_member event_members[] = {
	{ ROW("pcr", "own", CHOICE, struct cc_boot_event, pcr), NEEDED, .words = cc_pcr_words },
	{ ROW("digest", "own", TEXTS, struct cc_boot_event, digests),
	  .flags = CC_MEMBER_ONE | CC_MEMBER_REQUIRED, .check = cc_check_hex_any },
	{ ROW("rule", "own", CHOICE, struct cc_boot_event, rule), .words = rule_words },
};

static int finish_event(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_boot_event *event = at;

	for (size_t i = 0; i < event->digests.count; i++) {
		size_t len = strlen(event->digests.at[i]) / 2;

		if (len == 32 || len == 48 || len == 64)
			continue;
		cc_parse_blame(parse, "digest");
		return cc_fail(err, CC_E_ARG, "a digest of %zu bytes, and not of 32, 48 or 64",
			       len);
	}
	if (event->digests.count == 0)
		return cc_fail(err, CC_E_ARG, "names no 'digest'");
	return 0;
}

const struct cc_shape cc_shape_boot_event = {
	.noun = "event",
	.size = sizeof(struct cc_boot_event),
	TABLE(event_members),
	.finish = finish_event,
};

int cc_events_check(const struct cc_measurement_entry *entry, struct cc_err *err)
{
	enum cc_platform_kind platform = cc_platform_named(entry->platform);
	bool has_log = platform == CC_PLATFORM_TPM || platform == CC_PLATFORM_SNP ||
		       platform == CC_PLATFORM_TDX;

	if ((entry->log_pcrs != 0 || entry->events.count > 0) && !has_log)
		return cc_fail(err, CC_E_ARG, "evidence of platform '%s' has no event log",
			       entry->platform);
	return 0;
}

static bool is_listed(const struct cc_boot_event *line, const struct cc_register *event)
{
	uint8_t digest[CC_MEASUREMENT_MAX];
	struct cc_err ignored = { 0 };

	for (size_t i = 0; i < line->digests.count; i++) {
		const struct cc_mut to = { digest, event->len };

		if (event->len <= sizeof(digest) &&
		    cc_hex_parse_fixed(cc_span_str(line->digests.at[i]), "digest", to, &ignored) ==
			    0 &&
		    cc_bytes_equal(digest, event->value, event->len))
			return true;
	}
	return false;
}

static bool is_of(const struct cc_boot_event *line, const struct cc_register *event)
{
	return event->index < 32 && line->pcr == 1U << event->index;
}

/* Has the register one of the digests of this line? */
static bool happened(const struct cc_boot_event *line, const struct cc_events *events)
{
	for (size_t i = 0; i < events->count; i++)
		if (is_of(line, &events->at[i]) && is_listed(line, &events->at[i]))
			return true;
	return false;
}

/* An event of a register that is closed. */
static bool is_expected(const struct cc_measurement_entry *entry, const struct cc_register *event)
{
	for (size_t i = 0; i < entry->events.count; i++) {
		const struct cc_boot_event *line = &entry->events.at[i];

		if (line->rule != CC_BOOT_FORBIDDEN && is_of(line, event) && is_listed(line, event))
			return true;
	}
	return false;
}

static bool nothing_else_happened(const struct cc_measurement_entry *entry,
				  const struct cc_boot_event *closed,
				  const struct cc_events *events)
{
	for (size_t i = 0; i < events->count; i++)
		if (is_of(closed, &events->at[i]) && !is_expected(entry, &events->at[i]))
			return false;
	return true;
}

static bool holds(const struct cc_measurement_entry *entry, const struct cc_boot_event *line,
		  const struct cc_events *events)
{
	if (line->rule == CC_BOOT_FORBIDDEN)
		return !happened(line, events);
	if (line->rule == CC_BOOT_ONLY)
		return nothing_else_happened(entry, line, events);
	return happened(line, events);
}

bool cc_events_match(const struct cc_measurement_entry *entry, const struct cc_claims *claims)
{
	const struct cc_events *events = &claims->tpm.events;
	uint32_t explained = claims->tpm.quoted ? claims->tpm.log_pcrs : 0;

	if ((explained & entry->log_pcrs) != entry->log_pcrs)
		return false;
	for (size_t i = 0; i < entry->events.count; i++) {
		const struct cc_boot_event *line = &entry->events.at[i];

		if (events->omitted || (explained & line->pcr) == 0 || !holds(entry, line, events))
			return false;
	}
	return true;
}
