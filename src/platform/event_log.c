/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/event_log.h"

#include "evidence/tpm.h"

#define EVENT_POST_CODE 1U
#define EVENT_IPL 13U

static int add_bank(struct cc_buf *out, enum cc_hash hash, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u16le(out, cc_tpm_alg_of(hash), err));
	return cc_buf_add_u16le(out, (uint16_t)cc_hash_len(hash), err);
}

int cc_sim_log_start(struct cc_sim_log *log, struct cc_err *err)
{
	static const uint8_t digest[20], versions[8] = { [5] = 2, [7] = 2 };
	struct cc_buf *out = &log->bytes;

	CC_TRY(cc_buf_add_u32le(out, 0, err));
	CC_TRY(cc_buf_add_u32le(out, CC_EVENT_NO_ACTION, err));
	CC_TRY(cc_buf_add(out, CC_SPAN(digest), err));
	CC_TRY(cc_buf_add_u32le(out, 16 + sizeof(versions) + 4 + 8 + 1, err));
	CC_TRY(cc_buf_add(out, CC_SPAN("Spec ID Event03"), err));
	CC_TRY(cc_buf_add(out, CC_SPAN(versions), err));
	CC_TRY(cc_buf_add_u32le(out, 2, err));
	CC_TRY(add_bank(out, CC_HASH_SHA1, err));
	CC_TRY(add_bank(out, CC_HASH_SHA256, err));
	return cc_buf_add_u8(out, 0, err);
}

static int add_digest(struct cc_buf *out, enum cc_hash hash, struct cc_span data,
		      struct cc_err *err)
{
	struct cc_hashed digest = { 0 };

	CC_TRY(cc_hash_of(hash, &data, 1, &digest, err));
	CC_TRY(cc_buf_add_u16le(out, cc_tpm_alg_of(hash), err));
	return cc_buf_add(out, cc_hashed_span(&digest), err);
}

int cc_sim_pcr_extend(struct cc_digest *pcr, struct cc_span data, struct cc_err *err)
{
	struct cc_digest digest = { 0 };
	const struct cc_span parts[] = { CC_DIGEST_SPAN(*pcr), CC_DIGEST_SPAN(digest) };

	CC_TRY(cc_sha256(data, &digest, err));
	return cc_sha256v(parts, CC_COUNT(parts), pcr, err);
}

int cc_sim_log_add(struct cc_sim_log *log, uint32_t index, uint32_t type, struct cc_span data,
		   struct cc_err *err)
{
	struct cc_buf *out = &log->bytes;

	CC_TRY(cc_buf_add_u32le(out, index, err));
	CC_TRY(cc_buf_add_u32le(out, type, err));
	CC_TRY(cc_buf_add_u32le(out, 2, err));
	CC_TRY(add_digest(out, CC_HASH_SHA1, data, err));
	CC_TRY(add_digest(out, CC_HASH_SHA256, data, err));
	CC_TRY(cc_buf_add_u32le(out, (uint32_t)data.len, err));
	CC_TRY(cc_buf_add(out, data, err));
	if (type == CC_EVENT_NO_ACTION || index >= CC_EVENT_REGISTERS)
		return 0;
	return cc_sim_pcr_extend(&log->pcr[index], data, err);
}

int cc_sim_log_good(struct cc_sim_log *log, struct cc_err *err)
{
	static const uint8_t handover[4];

	CC_TRY(cc_sim_log_start(log, err));
	for (uint32_t i = 0; i < 8; i++) {
		CC_TRY(cc_sim_log_add(log, i, EVENT_POST_CODE, cc_span_str("code"), err));
		CC_TRY(cc_sim_log_add(log, i, CC_EVENT_SEPARATOR, CC_SPAN(handover), err));
	}
	CC_TRY(cc_sim_log_add(log, 8, EVENT_IPL, cc_span_str("loader"), err));
	return cc_sim_log_add(log, 5, CC_EVENT_EFI_ACTION,
			      cc_span_str("Exit Boot Services Returned with Success"), err);
}

int cc_sim_log_early(struct cc_sim_log *log, struct cc_err *err)
{
	CC_TRY(cc_sim_log_start(log, err));
	for (uint32_t i = 0; i < 8; i++)
		CC_TRY(cc_sim_log_add(log, i, EVENT_POST_CODE, cc_span_str("code"), err));
	return 0;
}
