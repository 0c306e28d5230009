/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be wrong with a SIMULATED machine, as options of the programs that run one. No recorded
 * case has a revoked machine or a guest from before an update; these make one of each. What is the
 * TPM's alone has its name in front.
 *
 * Some are said by the machine of each caller; the others by its vendors, in what is
 * published at the start: that stays until it is published anew.
 */
#ifndef CC_PLATFORM_KNOBS_H
#define CC_PLATFORM_KNOBS_H

#include "base/opt.h"
#include "platform/machine.h"

struct cc_sim_knobs {
	bool debug, launched_before; /* of every caller */
	const char *vmpl;
	bool expired; /* of what is published */
	const char *status, *qe_status, *module_status, *advisory, *revoked;
	bool tpm_clock_unsafe; /* of every quote of the TPM */
	const char *tpm_extended, *tpm_log, *tpm_quote, *tpm_resets, *tpm_restarts, *tpm_firmware;
};

#define CC_SIM_STATUSES                                   \
	"UpToDate SWHardeningNeeded ConfigurationNeeded " \
	"ConfigurationAndSWHardeningNeeded OutOfDate "    \
	"OutOfDateConfigurationNeeded Revoked"

/* Rows of a command's table; `member` is its struct cc_sim_knobs. Flags and texts alone. */
/* clang-format off */
#define CC_OPT_SIM_KNOBS(type, member)                                                            \
	{ "debug", 0, CC_OPT_FLAG, offsetof(type, member.debug), NULL,                            \
	  "say of every caller that it is in debug mode", false, NULL },                          \
	{ "vmpl", 0, CC_OPT_STRING, offsetof(type, member.vmpl), "N",                             \
	  "level that reports of SNP are asked for at", false, "0 1 2 3" },                       \
	{ "launched-before", 0, CC_OPT_FLAG, offsetof(type, member.launched_before), NULL,        \
	  "say of every guest that it runs from before the last update", false, NULL },           \
	{ "status", 0, CC_OPT_STRING, offsetof(type, member.status), "WORD",                      \
	  "publish this TCB status of the machine, in Intel's words", false,                      \
	  CC_SIM_STATUSES " NotSupported" },                                                      \
	{ "qe-status", 0, CC_OPT_STRING, offsetof(type, member.qe_status), "WORD",                \
	  "publish this status of the quoting enclave", false, CC_SIM_STATUSES },                 \
	{ "module-status", 0, CC_OPT_STRING, offsetof(type, member.module_status), "WORD",        \
	  "publish this status of the TDX module", false, CC_SIM_STATUSES },                      \
	{ "advisory", 0, CC_OPT_STRING, offsetof(type, member.advisory), "NAME",                  \
	  "publish that this advisory applies: INTEL-SA-00615", false, NULL },                    \
	{ "revoked", 0, CC_OPT_STRING, offsetof(type, member.revoked), "WHO",                     \
	  "publish that this certificate of Intel's, AMD's or the TPM's is revoked", false,        \
	  "pck pck-ca tcb-signing ask ak tpm-ca" },                                               \
	{ "expired", 0, CC_OPT_FLAG, offsetof(type, member.expired), NULL,                        \
	  "publish what has ended a year ago", false, NULL },                                     \
	{ "tpm-extended", 0, CC_OPT_STRING, offsetof(type, member.tpm_extended), "PCR",           \
	  "extend this PCR by what is in no event log", false, NULL },                            \
	{ "tpm-log", 0, CC_OPT_STRING, offsetof(type, member.tpm_log), "WORD",                    \
	  "quote without an event log, or by one that ends before the firmware hands over",       \
	  false, "none early" },                                                                  \
	{ "tpm-quote", 0, CC_OPT_STRING, offsetof(type, member.tpm_quote), "WORD",                \
	  "make what is no quote: foreign bytes, another statement, one by an unfit key", false,  \
	  "foreign time unrestricted" },                                                          \
	{ "tpm-resets", 0, CC_OPT_STRING, offsetof(type, member.tpm_resets), "N",                 \
	  "starts of the machine that the TPM has counted", false, NULL },                        \
	{ "tpm-restarts", 0, CC_OPT_STRING, offsetof(type, member.tpm_restarts), "N",             \
	  "suspensions since the last start that it has counted", false, NULL },                  \
	{ "tpm-firmware", 0, CC_OPT_STRING, offsetof(type, member.tpm_firmware), "N",             \
	  "version of the TPM's firmware, as its maker counts", false, NULL },                    \
	{ "tpm-clock-unsafe", 0, CC_OPT_FLAG, offsetof(type, member.tpm_clock_unsafe), NULL,      \
	  "say of the TPM's clock that it may have gone back", false, NULL }
/* clang-format on */

/* What the machine says of a caller. */
void cc_sim_knobs_ask(const struct cc_sim_knobs *knobs, struct cc_sim_asked *asked) CC_NONNULL;
/* What the machine's TPM has seen and says: for all callers. */
int cc_sim_knobs_boot(const struct cc_sim_knobs *knobs, struct cc_sim_machine *machine,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* Publish, in the directory of the machine, what its vendors say; nothing when no knob is turned.
 */
int cc_sim_knobs_publish(const struct cc_sim_knobs *knobs, const char *dir, int64_t now,
			 struct cc_sim_machine *machine, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
