/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SIMULATED TDX machine: quotes of versions 4 and 5 byte for byte as Intel's TD quoting enclave
 * makes them. Keys and collateral are those of pki.h, with a plan whose platform is tdx.
 *
 * The report is the test's to change: a debug TD, a module of old, one that has been updated since
 * the TD was launched.
 */
#ifndef CC_PLATFORM_TDX_H
#define CC_PLATFORM_TDX_H

#include "evidence/tdx.h"
#include "platform/pki.h"

/* cc_sim_plan_good, of tdx. */
int cc_sim_tdx_plan_good(int64_t now, struct cc_sim_plan *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* The root to put into a list: class simulated. */
int cc_sim_tdx_root(const struct cc_sim_pki *pki, struct cc_root *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* A TD of version 1.5 under the newest module, all of whose measurements are zero. */
void cc_sim_td_report_good(struct cc_td_report *out) CC_NONNULL;
/*
 * The report, of which `has_current` says its version, in a quote. `module_attribute_bytes` is not
 * looked at. Version 4 has reports of version 1.0 alone (CC_E_ARG), version 5 both.
 */
int cc_sim_td_quote(const struct cc_sim_pki *pki, uint16_t version,
		    const struct cc_td_report *report, struct cc_buf *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
