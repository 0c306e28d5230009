/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that is a member of a board: proposals as files, its verdicts as files
 * (docs/protocol/board.md, section 5). It needs no library and speaks to nobody.
 *
 * What the program writes is read after it has ended, when nobody can change it any more.
 */
#ifndef CC_RUNTIME_PROPOSALS_H
#define CC_RUNTIME_PROPOSALS_H

#include "base/dir.h"
#include "proto/config.h"
#include "proto/vote.h"
#include "runtime/session.h"

/* In the image's tree, on the /tmp that is made for each start. */
#define CC_PROPOSALS_PLACE "/tmp/concordat/proposals"
#define CC_VERDICT_MAX ((size_t)4 * 1024) /* bytes of a verdict's file */

/* Who signs votes, and for which CAS. */
struct cc_proposals_voter {
	struct cc_digest cas_key;
	const struct cc_key *signer; /* of this instance: its public half is in the evidence */
};

/* Place ID.json for each proposal, in a directory of the program's user. None: nothing is made. */
int cc_proposals_place(const struct cc_dir *tree, const struct cc_config *config,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Read each ID.vote that is there, then send them. One that cannot be read sends none. */
int cc_proposals_vote(const struct cc_dir *tree, const struct cc_config *config,
		      const struct cc_proposals_voter *voter, struct cc_session *session,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
