/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proposals.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/str.h"
#include "codec/json.h"
#include "codec/text.h"
#include "runtime/inject.h"

#define NUMBER 1 /* an instance votes once */

/* What is signed about a proposal, from what the program was shown. */
struct ballot {
	struct cc_json *shown; /* `vote` borrows from it */
	struct cc_vote vote;
	struct cc_verdict verdict;
	bool has_verdict;
};

static void ballot_clear(struct ballot *ballot)
{
	cc_json_free(ballot->shown);
}

static int ballot_read(const struct cc_config_proposal *proposal, struct ballot *out,
		       struct cc_err *err)
{
	struct cc_vote *vote = &out->vote;
	const char *kind = NULL;

	CC_TRY(cc_json_parse(cc_buf_span(&proposal->shown), CC_CONFIG_MAX, &out->shown, err));
	CC_TRY(cc_json_get_hex(out->shown, "proposal", CC_MUT(vote->proposal), err));
	CC_TRY(cc_json_get_str(out->shown, "policy", &vote->policy, err));
	CC_TRY(cc_json_get_str(out->shown, "kind", &kind, err));
	CC_TRY(cc_proposal_kind_parse(kind, &vote->kind, err));
	CC_TRY(cc_json_get_digest(out->shown, "old_hash", &vote->old_hash, err));
	CC_TRY(cc_json_get_digest(out->shown, "new_hash", &vote->new_hash, err));
	CC_TRY(cc_json_get_digest(out->shown, "effect_hash", &vote->effects, err));
	CC_TRY(cc_json_get_digest(out->shown, "closure", &vote->closure, err));
	CC_TRY(cc_json_get_u64(out->shown, "epoch", CC_JSON_INTEGER_MAX, &vote->epoch, err));
	vote->number = NUMBER;
	vote->reason = "";
	vote->expires = (int64_t)proposal->expires;
	return 0;
}

static int name_of(const struct cc_vote *vote, const char *kind, char **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf hex = { 0 };

	CC_TRY(cc_hex_add(&hex, CC_SPAN(vote->proposal), err));
	return cc_strf(out, err, "%.*s.%s", (int)hex.len, (const char *)hex.at, kind);
}

/* Placing. */

/* A volume mounted over the place would take verdicts that nobody looks for. */
static int check_mounts(const struct cc_config *config, struct cc_err *err)
{
	for (size_t i = 0; i < config->volume_count; i++) {
		const char *path = config->volumes[i].path;

		if (!cc_path_is_below(CC_PROPOSALS_PLACE, path) &&
		    !cc_path_is_below(path, CC_PROPOSALS_PLACE))
			continue;
		cc_err_set(err, CC_E_CONFLICT, "volume '%s' is mounted where proposals are: '%s'",
			   config->volumes[i].name, CC_PROPOSALS_PLACE);
		return cc_hint(err, "let the policy mount it elsewhere");
	}
	return 0;
}

/* Last: once it is another's, only CAP_DAC_OVERRIDE could write into it. */
static int give(const struct cc_dir *dir, const struct cc_config *config, struct cc_err *err)
{
	if (fchownat(dir->fd, "", config->uid, config->gid, AT_EMPTY_PATH) != 0)
		return cc_fail_sys(err, errno, "give '%s' to the program", CC_PROPOSALS_PLACE);
	return 0;
}

static int place_one(const struct cc_dir *dir, const struct cc_config_proposal *proposal,
		     struct cc_err *err)
{
	CC_CLEANUP(ballot_clear) struct ballot ballot = { 0 };
	CC_AUTO_FREE char *name = NULL;

	CC_TRY(ballot_read(proposal, &ballot, err));
	CC_TRY(name_of(&ballot.vote, "json", &name, err));
	return cc_dir_write_new(dir, name, 0644, cc_buf_span(&proposal->shown), err);
}

int cc_proposals_place(const struct cc_dir *tree, const struct cc_config *config,
		       struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;

	if (config->proposal_count == 0)
		return 0;
	CC_TRY(check_mounts(config, err));
	CC_TRY(cc_dir_mkdir(tree, "tmp/concordat", 0755, err));
	CC_TRY(cc_dir_mkdir(tree, "tmp/concordat/proposals", 0755, err));
	CC_TRY(cc_dir_sub(tree, "tmp/concordat/proposals", &dir, err));
	for (size_t i = 0; i < config->proposal_count; i++)
		CC_TRY(place_one(&dir, &config->proposals[i], err));
	return give(&dir, config, err);
}

/* Verdicts. */

/* Anything of this name is a verdict, also a link that leads nowhere. */
static bool is_there(const struct cc_dir *dir, const char *name)
{
	CC_AUTO_CLOSE int fd = -1;
	struct cc_err missing = { 0 };

	return cc_dir_openat(dir, name, O_PATH | O_NOFOLLOW, 0, &fd, &missing) == 0 ||
	       missing.code != CC_E_NOTFOUND;
}

/* The file itself, and no other that a link leads to or that never ends. */
static int read_file(const struct cc_dir *dir, const char *name, struct cc_buf *out,
		     struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;
	struct stat st = { 0 };

	CC_TRY(cc_dir_openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, &fd, err));
	if (fstat(fd, &st) != 0)
		return cc_fail_sys(err, errno, "look at it");
	if (!S_ISREG(st.st_mode))
		return cc_fail(err, CC_E_ARG, "it is no file");
	return cc_read_to_end(fd, CC_VERDICT_MAX, out, err);
}

static int read_verdict(const struct cc_dir *dir, struct ballot *ballot, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_FREE char *name = NULL;

	CC_TRY(name_of(&ballot->vote, "vote", &name, err));
	ballot->has_verdict = is_there(dir, name);
	if (!ballot->has_verdict)
		return 0;
	if (read_file(dir, name, &text, err) != 0 ||
	    cc_verdict_parse(cc_buf_span(&text), &ballot->verdict, err) != 0)
		return cc_wrap(err, "the verdict '%s'", name);
	ballot->vote.choice = ballot->verdict.choice;
	ballot->vote.reason = ballot->verdict.reason;
	return 0;
}

static int send_verdict(const struct ballot *ballot, const struct cc_proposals_voter *voter,
			struct cc_session *session, struct cc_err *err)
{
	struct cc_vote vote = ballot->vote;

	if (!ballot->has_verdict)
		return 0;
	vote.cas_key = voter->cas_key;
	CC_TRY(cc_session_vote(session, &vote, voter->signer, err));
	cc_log(CC_LOG_INFO, "voted on a proposal about policy '%s': %s", vote.policy,
	       cc_vote_choice_name(vote.choice));
	return 0;
}

static int vote_on(struct ballot *ballots, const struct cc_dir *dir, const struct cc_config *config,
		   const struct cc_proposals_voter *voter, struct cc_session *session,
		   struct cc_err *err)
{
	for (size_t i = 0; i < config->proposal_count; i++) {
		CC_TRY(ballot_read(&config->proposals[i], &ballots[i], err));
		CC_TRY(read_verdict(dir, &ballots[i], err));
	}
	for (size_t i = 0; i < config->proposal_count; i++)
		CC_TRY(send_verdict(&ballots[i], voter, session, err));
	return 0;
}

int cc_proposals_vote(const struct cc_dir *tree, const struct cc_config *config,
		      const struct cc_proposals_voter *voter, struct cc_session *session,
		      struct cc_err *err)
{
	struct ballot ballots[CC_CONFIG_PROPOSALS_MAX] = { 0 };
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	int done = 0;

	if (config->proposal_count == 0)
		return 0;
	CC_TRY(cc_dir_sub(tree, "tmp/concordat/proposals", &dir, err));
	done = vote_on(ballots, &dir, config, voter, session, err);
	for (size_t i = 0; i < config->proposal_count; i++)
		ballot_clear(&ballots[i]);
	return done;
}
