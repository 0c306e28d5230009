/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collateral at hand: single statements put together into sets that evidence is proven with, and
 * the choice among them for one evidence. Large: allocated by its maker.
 */
#ifndef CC_EVIDENCE_SHELF_H
#define CC_EVIDENCE_SHELF_H

#include "evidence/statement.h"

/* Two for each TCB info, as Intel has two CAs. What is over it is left out, and not found then. */
#define CC_SHELF_SETS ((size_t)2 * CC_STATEMENTS_MAX)

/* Of Intel's: both statements. Of the pools, for SNP and (NONE) for all others: neither. */
struct cc_shelf_set {
	enum cc_platform_kind platform;
	struct cc_collateral collateral;
	const struct cc_statement *tcb_info, *pck_crl;
	struct cc_span stated_certs, stated_crls; /* of the pools: those of statements */
	struct cc_prepared *prepared;             /* NULL: not made, or it does not prove */
};

struct cc_shelf {
	struct cc_statements statements;
	struct cc_shelf_set sets[CC_SHELF_SETS];
	size_t count;
	struct cc_buf text; /* of the pools */
};
#define CC_AUTO_SHELF CC_CLEANUP(cc_shelf_auto)

/*
 * The sets that `statements`, which is taken over (it is empty afterwards), make: for each TCB info
 * those of its root, once with the list of each of its CAs; AMD's lists together. `given` are
 * the pools that nobody has proven, for platforms whose collateral has no number; copied.
 */
int cc_shelf_new(struct cc_statements *statements, const struct cc_collateral *given,
		 struct cc_shelf **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_shelf_free(struct cc_shelf *shelf);
static inline void cc_shelf_auto(struct cc_shelf **shelf)
{
	cc_shelf_free(*shelf);
}
/*
 * Prove each set beforehand (evidence.h), for evidence to come at about this time; or again. Of
 * the pools only what statements have brought: what nobody has proven is looked at by who proves
 * evidence (cas/verifier.c).
 */
void cc_shelf_prepare(struct cc_shelf *shelf, const struct cc_roots *roots, int64_t at) CC_NONNULL;

/*
 * The set for this evidence, by what it says of its machine with NOTHING PROVEN; a wrong choice
 * does not prove. When none is for it: one of its platform, which says what is missing; or NULL.
 */
const struct cc_shelf_set *cc_shelf_choose(const struct cc_shelf *shelf,
					   enum cc_platform_kind platform,
					   struct cc_span evidence) CC_NONNULL;

/* What a quote of SGX or TDX says of its machine, NOTHING PROVEN: enough to fetch for it. */
struct cc_quote_machine {
	char fmspc[CC_STATEMENT_SUBJECT];
	char ca_name[10]; /* "platform" or "processor", as Intel's services call it */
	struct cc_digest ca, root;
};
int cc_quote_machine_read(struct cc_span evidence, struct cc_quote_machine *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;

#endif
