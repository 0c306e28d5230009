/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/event_log.h"

#include "evidence/tpm.h"

#define SIGNATURE "Spec ID Event03" /* with its NUL */
#define LOCALITY "StartupLocality"
#define HEADER_INDEX_LAST 1 /* of a CCEL; PCR 0 else */
#define SHA1_LEN 20
#define FIRST_DYNAMIC 17 /* PCR 17 to 22 are of a dynamic launch: all ones until there is one */
#define LAST_DYNAMIC 22

/* A length of four bytes, then so many: no more than what is left. */
static int read_data(struct cc_reader *r, const char *what, struct cc_span *out, struct cc_err *err)
{
	uint32_t len = 0;

	CC_TRY(cc_read_u32le(r, what, &len, err));
	return cc_read_span(r, len, what, out, err);
}

static int read_bank(struct cc_reader *r, struct cc_event_log *out, struct cc_err *err)
{
	uint16_t alg = 0, len = 0;
	enum cc_hash hash = CC_HASH_SHA1;

	CC_TRY(cc_read_u16le(r, "algorithm", &alg, err));
	CC_TRY(cc_read_u16le(r, "digest size", &len, err));
	if (len == 0 || len > CC_HASH_LEN_MAX ||
	    (cc_tpm_hash(alg, &hash) && len != cc_hash_len(hash)))
		return cc_fail(err, CC_E_ARG, "event log: digests of algorithm 0x%04x of %u bytes",
			       alg, len);
	for (size_t i = 0; i < out->bank_count; i++)
		if (out->banks[i].alg == alg)
			return cc_fail(err, CC_E_ARG, "event log: algorithm 0x%04x twice", alg);
	out->banks[out->bank_count].alg = alg;
	out->banks[out->bank_count].len = len;
	out->bank_count++;
	return 0;
}

/* TCG_EfiSpecIdEvent. */
static int read_banks(struct cc_span data, struct cc_event_log *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(data);
	struct cc_span signature = { 0 }, vendor = { 0 };
	uint64_t versions = 0;
	uint32_t count = 0;
	uint8_t len = 0;

	CC_TRY(cc_read_span(&r, sizeof(SIGNATURE), "signature", &signature, err));
	if (!cc_span_eq(signature, CC_SPAN(SIGNATURE)))
		return cc_fail(err, CC_E_UNSUPPORTED, "the event log is not of the form '%s'",
			       SIGNATURE);
	CC_TRY(cc_read_u64le(&r, "platform class and versions", &versions, err));
	CC_TRY(cc_read_u32le(&r, "number of algorithms", &count, err));
	if (count == 0 || count > CC_EVENT_BANKS)
		return cc_fail(err, CC_E_ARG, "event log: %u algorithms, 1 to %d are read", count,
			       CC_EVENT_BANKS);
	for (uint32_t i = 0; i < count; i++)
		CC_TRY(read_bank(&r, out, err));
	CC_TRY(cc_read_u8(&r, "vendor's information", &len, err));
	CC_TRY(cc_read_span(&r, len, "vendor's information", &vendor, err));
	return cc_read_end(&r, "header of the event log", err);
}

int cc_event_log_open(struct cc_span bytes, struct cc_event_log *out, struct cc_err *err)
{
	struct cc_event_log log = { .rest = cc_reader(bytes) };
	struct cc_span digest = { 0 }, data = { 0 };
	uint32_t index = 0, type = 0;

	if (bytes.len > CC_EVENT_LOG_MAX)
		return cc_fail(err, CC_E_TOOBIG, "an event log of %zu bytes, at most %zu",
			       bytes.len, CC_EVENT_LOG_MAX);
	CC_TRY(cc_read_u32le(&log.rest, "header of the event log", &index, err));
	CC_TRY(cc_read_u32le(&log.rest, "header of the event log", &type, err));
	CC_TRY(cc_read_span(&log.rest, SHA1_LEN, "header of the event log", &digest, err));
	if (index > HEADER_INDEX_LAST || type != CC_EVENT_NO_ACTION || !cc_span_is_zero(digest))
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "the event log does not begin with a header: it is none, or of a "
			       "TPM 1.2");
	CC_TRY(read_data(&log.rest, "header of the event log", &data, err));
	CC_TRY(read_banks(data, &log, err));
	*out = log;
	return 0;
}

/* Behind the last event there is nothing, or zeroes, or ones. */
static bool is_end(struct cc_span rest)
{
	uint8_t fill = rest.len > 0 ? rest.at[0] : 0;

	if (fill != 0 && fill != 0xff)
		return false;
	for (size_t i = 0; i < rest.len; i++)
		if (rest.at[i] != fill)
			return false;
	return true;
}

static int read_digest(struct cc_event_log *log, struct cc_event *out, struct cc_err *err)
{
	uint16_t alg = 0;

	CC_TRY(cc_read_u16le(&log->rest, "digest", &alg, err));
	for (size_t i = 0; i < log->bank_count; i++) {
		if (log->banks[i].alg != alg)
			continue;
		if (out->digests[i].len != 0)
			return cc_fail(err, CC_E_ARG,
				       "event log: an event has two digests of "
				       "one algorithm");
		return cc_read_span(&log->rest, log->banks[i].len, "digest", &out->digests[i], err);
	}
	return cc_fail(err, CC_E_ARG, "event log: algorithm 0x%04x is not in its header", alg);
}

int cc_event_log_next(struct cc_event_log *log, struct cc_event *out, bool *found,
		      struct cc_err *err)
{
	struct cc_event event = { 0 };
	uint32_t count = 0;

	*found = !is_end(log->rest.rest);
	if (!*found)
		return 0;
	CC_TRY(cc_read_u32le(&log->rest, "index of an event", &event.index, err));
	CC_TRY(cc_read_u32le(&log->rest, "type of an event", &event.type, err));
	CC_TRY(cc_read_u32le(&log->rest, "number of digests", &count, err));
	/* Without a digest it measures nothing, and zeroes would be events to no end. */
	if (event.index >= CC_EVENT_REGISTERS || count == 0 || count > log->bank_count)
		return cc_fail(err, CC_E_ARG, "event log: an event of PCR %u with %u digests",
			       event.index, count);
	for (uint32_t i = 0; i < count; i++)
		CC_TRY(read_digest(log, &event, err));
	CC_TRY(read_data(&log->rest, "data of an event", &event.data, err));
	*out = event;
	return 0;
}

static void replay_start(struct cc_replay *replay)
{
	for (size_t i = 0; i < CC_EVENT_REGISTERS; i++) {
		replay->at[i].len = cc_hash_len(replay->bank);
		if (i >= FIRST_DYNAMIC && i <= LAST_DYNAMIC)
			memset(replay->at[i].b, 0xff, replay->at[i].len);
	}
}

/* The locality that TPM2_Startup came from is what PCR 0 starts with, and nothing else of a log. */
static int no_action(const struct cc_event *event, struct cc_replay *replay, struct cc_err *err)
{
	struct cc_hashed *pcr0 = &replay->at[0];

	if (event->data.len != sizeof(LOCALITY) + 1 ||
	    memcmp(event->data.at, LOCALITY, sizeof(LOCALITY)) != 0)
		return 0;
	if (event->index != 0 || (replay->extended & 1) != 0 || pcr0->b[pcr0->len - 1] != 0)
		return cc_fail(err, CC_E_EVIDENCE,
			       "event log: the locality of the start is said too late or twice");
	pcr0->b[pcr0->len - 1] = event->data.at[sizeof(LOCALITY)];
	return 0;
}

/* Whether the event's words are what was measured. */
static int is_said(const struct cc_event *event, struct cc_span digest, enum cc_hash bank,
		   bool *out, struct cc_err *err)
{
	struct cc_hashed is = { 0 };

	CC_TRY(cc_hash_of(bank, &event->data, 1, &is, err));
	*out = cc_span_eq(cc_hashed_span(&is), digest);
	return 0;
}

static int note(const struct cc_event *event, struct cc_span digest, struct cc_replay *replay,
		struct cc_err *err)
{
	static const uint8_t handover[4];
	bool said = false;

	if (event->type != CC_EVENT_SEPARATOR && event->type != CC_EVENT_EFI_ACTION)
		return 0;
	CC_TRY(is_said(event, digest, replay->bank, &said, err));
	if (!said)
		return 0;
	if (event->type == CC_EVENT_SEPARATOR && cc_span_eq(event->data, CC_SPAN(handover)))
		replay->separated |= 1U << event->index;
	if (event->type == CC_EVENT_EFI_ACTION &&
	    cc_span_eq_str(event->data, "Exit Boot Services Returned with Success"))
		replay->exited |= 1U << event->index;
	return 0;
}

static int replay_event(const struct cc_event *event, size_t bank, struct cc_replay *replay,
			struct cc_err *err)
{
	struct cc_hashed *value = &replay->at[event->index];
	const struct cc_span parts[] = { cc_hashed_span(value), event->digests[bank] };

	if (event->type == CC_EVENT_NO_ACTION)
		return no_action(event, replay, err);
	if (parts[1].len == 0)
		return cc_fail(err, CC_E_ARG, "event log: an event lacks the digest of %s",
			       cc_hash_name(replay->bank));
	CC_TRY(cc_hash_of(replay->bank, parts, CC_COUNT(parts), value, err));
	replay->extended |= 1U << event->index;
	return note(event, parts[1], replay, err);
}

static int find_bank(const struct cc_event_log *log, enum cc_hash bank, size_t *out,
		     struct cc_err *err)
{
	for (*out = 0; *out < log->bank_count; (*out)++)
		if (log->banks[*out].alg == cc_tpm_alg_of(bank))
			return 0;
	return cc_fail(err, CC_E_NOTFOUND, "the event log has no digests of %s",
		       cc_hash_name(bank));
}

int cc_event_log_replay(struct cc_span bytes, enum cc_hash bank, struct cc_replay *out,
			struct cc_err *err)
{
	struct cc_replay replay = { .bank = bank };
	struct cc_event_log log = { 0 };
	bool found = true;
	size_t at = 0;

	CC_TRY(cc_event_log_open(bytes, &log, err));
	CC_TRY(find_bank(&log, bank, &at, err));
	replay_start(&replay);
	for (;;) {
		struct cc_event event = { 0 };

		CC_TRY(cc_event_log_next(&log, &event, &found, err));
		if (!found)
			break;
		CC_TRY(replay_event(&event, at, &replay, err));
	}
	*out = replay;
	return 0;
}

static void list(const struct cc_event *event, struct cc_span digest, struct cc_events *out)
{
	struct cc_register *to = &out->at[out->count];

	if (out->count == CC_EVENTS_MAX) {
		*out = (struct cc_events){ .omitted = true };
		return;
	}
	to->index = (uint16_t)event->index;
	to->len = (uint16_t)digest.len;
	memcpy(to->value, digest.at, digest.len);
	out->count++;
}

int cc_event_log_digests(struct cc_span bytes, enum cc_hash bank, uint32_t registers,
			 struct cc_events *out, struct cc_err *err)
{
	struct cc_event_log log = { 0 };
	bool found = true;
	size_t at = 0;

	*out = (struct cc_events){ 0 };
	CC_TRY(cc_event_log_open(bytes, &log, err));
	CC_TRY(find_bank(&log, bank, &at, err));
	while (!out->omitted) {
		struct cc_event event = { 0 };

		CC_TRY(cc_event_log_next(&log, &event, &found, err));
		if (!found)
			break;
		if (event.type != CC_EVENT_NO_ACTION && (registers & 1U << event.index) != 0)
			list(&event, event.digests[at], out);
	}
	return 0;
}
