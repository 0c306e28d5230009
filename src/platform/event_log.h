/* SPDX-License-Identifier: Apache-2.0 */
/* The event log of a SIMULATED firmware, with digests of SHA-1 and SHA-256, and where it leads. */
#ifndef CC_PLATFORM_EVENT_LOG_H
#define CC_PLATFORM_EVENT_LOG_H

#include "base/buf.h"
#include "evidence/event_log.h"

struct cc_sim_log {
	struct cc_buf bytes;
	struct cc_digest pcr[CC_EVENT_REGISTERS]; /* of the bank of SHA-256 */
};
#define CC_AUTO_SIM_LOG CC_CLEANUP(cc_sim_log_clear)
static inline void cc_sim_log_clear(struct cc_sim_log *log)
{
	cc_buf_clear(&log->bytes);
}

/* The header, into a log that is zeroed but for what PCRs start with. */
int cc_sim_log_start(struct cc_sim_log *log, struct cc_err *err) CC_MUST CC_NONNULL;
/* An event whose digest is the hash of its data; PCRs follow unless it is EV_NO_ACTION. */
int cc_sim_log_add(struct cc_sim_log *log, uint32_t index, uint32_t type, struct cc_span data,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* A whole start: something in each of PCR 0 to 7, the handover, the exit, a boot loader in PCR 8.
 */
int cc_sim_log_good(struct cc_sim_log *log, struct cc_err *err) CC_MUST CC_NONNULL;
/* One that ends before the handover. */
int cc_sim_log_early(struct cc_sim_log *log, struct cc_err *err) CC_MUST CC_NONNULL;
/* As an event with these data does, by their SHA-256. */
int cc_sim_pcr_extend(struct cc_digest *pcr, struct cc_span data,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
