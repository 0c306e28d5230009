/* SPDX-License-Identifier: Apache-2.0 */
/* A program that votes: what it finds, and what of what it leaves is sent. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

#include "runtime/proposals.h"
#include "tests/unit/runtime/fake_cas.h"

#define ID "00112233445566778899aabbccddeeff"
#define HASH "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHOWN                                               \
	"{\"closure\":\"" HASH "\",\"effect_hash\":\"" HASH \
	"\",\"epoch\":3,\"kind\":\"change\",\""             \
	"new_hash\":\"" HASH "\",\"old_hash\":\"" HASH      \
	"\",\"policy\":\"trial\",\"proposal\":\"" ID "\"}"
#define PLACE "tmp/concordat/proposals/" ID

struct world {
	char name[32];
	struct cc_dir tree;
	struct cc_config config;
	struct fake_cas cas;
	struct cc_link link;
	struct cc_key *signer;
	struct cc_session *session;
	struct cc_digest pin;
};

static struct cc_err oops;
#define ok(done)                                              \
	do {                                                  \
		if ((done) != 0)                              \
			fail_msg("%s: %s", #done, oops.text); \
	} while (0)

static void attest(struct world *w)
{
	const struct cc_evidence_source source = { .platform = "sgx", .quote = fake_quote };
	CC_AUTO_BUF struct cc_buf configuration = { 0 };
	struct cc_frames frames = { 0 };
	struct cc_attest_plan plan = { .link = &w->link,
				       .sources = &source,
				       .source_count = 1,
				       .cas_key = w->pin,
				       .policy = "p",
				       .service = "s",
				       .patience_ms = 2000,
				       .signer = &w->signer };

	ok(cc_attest_run(&plan, &configuration, &frames, &oops));
	ok(cc_session_new(&w->link, &frames, 2000, &w->session, &oops));
}

static int set_up(void **state)
{
	static struct world w;

	w = (struct world){ .tree = CC_DIR_NONE, .cas = { .configuration = "{}" } };
	w.link = (struct cc_link){ &w.cas, fake_cas_connect, fake_cas_request };
	(void)snprintf(w.name, sizeof(w.name), "/tmp/proposals.XXXXXX");
	assert_non_null(mkdtemp(w.name));
	ok(cc_dir_open(w.name, CC_DIR_OWN, &w.tree, &oops));
	ok(cc_dir_mkdir(&w.tree, "tmp", 0755, &oops));
	w.tree.kind = CC_DIR_ROOT;
	ok(cc_key_generate(CC_KEY_ED25519, &w.cas.key, &oops));
	ok(cc_pubkey_hash(cc_key_public(w.cas.key), &w.pin, &oops));
	w.config.uid = geteuid();
	w.config.gid = getegid();
	w.config.proposals = calloc(1, sizeof(*w.config.proposals));
	assert_non_null(w.config.proposals);
	w.config.proposal_count = 1;
	w.config.proposals->expires = 9;
	ok(cc_buf_add_str(&w.config.proposals->shown, SHOWN, &oops));
	attest(&w);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	CC_AUTO_DIR struct cc_dir tmp = CC_DIR_NONE;

	cc_dir_close(&w->tree);
	cc_config_clear(&w->config);
	cc_session_free(w->session);
	cc_frames_clear(&w->cas.frames);
	cc_buf_clear(&w->cas.kept);
	cc_key_free(w->cas.key);
	cc_key_free(w->signer);
	ok(cc_dir_open("/tmp", CC_DIR_OWN, &tmp, &oops));
	return cc_dir_remove_tree(&tmp, w->name + strlen("/tmp/"), &oops);
}

static int end(struct world *w, struct cc_err *err)
{
	const struct cc_proposals_voter voter = { w->pin, w->signer };

	return cc_proposals_vote(&w->tree, &w->config, &voter, w->session, err);
}

static void write_verdict(struct world *w, const char *text)
{
	ok(cc_dir_write_new(&w->tree, PLACE ".vote", 0644, cc_span_str(text), &oops));
}

/* What the keeper verifies: the very fields that were shown, by the key of the evidence. */
static void assert_sent(const struct world *w, const char *choice, const char *reason)
{
	CC_AUTO_JSON struct cc_json *said = NULL;
	CC_AUTO_BUF struct cc_buf signature = { 0 };
	const struct cc_json *paper = NULL;
	struct cc_vote vote = { .cas_key = w->pin,
				.policy = "trial",
				.epoch = 3,
				.number = 1,
				.reason = reason,
				.expires = 9 };
	const char *text = NULL;

	assert_int_equal(w->cas.frame_count, 1);
	ok(cc_json_parse(cc_span_str(w->cas.said[0]), 512, &said, &oops));
	ok(cc_json_get_str(said, "type", &text, &oops));
	assert_string_equal(text, "vote");
	ok(cc_json_get_hex(said, "proposal", CC_MUT(vote.proposal), &oops));
	ok(cc_json_get_object(said, "vote", &paper, &oops));
	ok(cc_json_get_str(paper, "choice", &text, &oops));
	assert_string_equal(text, choice);
	ok(cc_json_get_base64(paper, "signature", CC_SIGNATURE_MAX, &signature, &oops));
	ok(cc_vote_choice_parse(choice, &vote.choice, &oops));
	memset(vote.old_hash.b, 0xaa, sizeof(vote.old_hash.b));
	vote.new_hash = vote.effects = vote.closure = vote.old_hash;
	ok(cc_vote_verify(&vote, cc_key_public(w->signer), cc_buf_span(&signature), &oops));
}

static void a_proposal_is_a_file_of_its_own(void **state)
{
	struct world *w = *state;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	ok(cc_proposals_place(&w->tree, &w->config, &oops));
	ok(cc_dir_read(&w->tree, PLACE ".json", 4096, &text, &oops));
	assert_true(cc_span_eq_str(cc_buf_span(&text), SHOWN));
}

static void without_proposals_nothing_is_made_and_nothing_said(void **state)
{
	struct world *w = *state;

	cc_config_clear(&w->config);
	ok(cc_proposals_place(&w->tree, &w->config, &oops));
	assert_false(cc_dir_has(&w->tree, "tmp/concordat"));
	ok(end(w, &oops));
	assert_int_equal(w->cas.frame_count, 0);
}

static void a_volume_that_would_hide_proposals_is_refused(void **state)
{
	static const char *const paths[] = { "/tmp", "/tmp/concordat",
					     "/tmp/concordat/proposals/x" };
	struct world *w = *state;
	char path[64], name[] = "v";
	struct cc_config_volume volume = { .name = name, .path = path };

	for (size_t i = 0; i < CC_COUNT(paths); i++) {
		struct cc_err err = { 0 };

		(void)snprintf(path, sizeof(path), "%s", paths[i]);
		w->config.volumes = &volume;
		w->config.volume_count = 1;
		assert_int_equal(cc_proposals_place(&w->tree, &w->config, &err), -1);
		assert_int_equal(err.code, CC_E_CONFLICT);
	}
	w->config.volumes = NULL;
	w->config.volume_count = 0;
}

static void an_approval_is_signed_over_what_was_shown(void **state)
{
	struct world *w = *state;

	ok(cc_proposals_place(&w->tree, &w->config, &oops));
	write_verdict(w, "approve\n");
	ok(end(w, &oops));
	assert_sent(w, "approve", "");
}

static void a_rejection_brings_its_reason(void **state)
{
	struct world *w = *state;

	ok(cc_proposals_place(&w->tree, &w->config, &oops));
	write_verdict(w, "reject: it leaks");
	ok(end(w, &oops));
	assert_sent(w, "reject", "it leaks");
}

static void no_file_is_no_vote(void **state)
{
	struct world *w = *state;

	ok(cc_proposals_place(&w->tree, &w->config, &oops));
	ok(end(w, &oops));
	assert_int_equal(w->cas.frame_count, 0);
}

static void assert_unreadable(struct world *w, const char *why)
{
	struct cc_err err = { 0 };

	assert_int_equal(end(w, &err), -1);
	if (strstr(err.text, ID ".vote") == NULL || strstr(err.text, why) == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(w->cas.frame_count, 0);
}

static void what_cannot_be_read_fails_the_run_and_sends_nothing(void **state)
{
	struct world *w = *state;
	char path[128];

	ok(cc_proposals_place(&w->tree, &w->config, &oops));
	write_verdict(w, "maybe");
	assert_unreadable(w, "neither");
	(void)snprintf(path, sizeof(path), "%s/%s.vote", w->name, PLACE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0644), 0); /* which would never end */
	assert_unreadable(w, "no file");
	assert_int_equal(unlink(path), 0);
	ok(cc_dir_write_new(&w->tree, "tmp/concordat/proposals/other", 0644, cc_span_str("approve"),
			    &oops));
	assert_int_equal(symlink("other", path), 0);
	assert_unreadable(w, "open");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_proposal_is_a_file_of_its_own),
		TEST(without_proposals_nothing_is_made_and_nothing_said),
		TEST(a_volume_that_would_hide_proposals_is_refused),
		TEST(an_approval_is_signed_over_what_was_shown),
		TEST(a_rejection_brings_its_reason),
		TEST(no_file_is_no_vote),
		TEST(what_cannot_be_read_fails_the_run_and_sends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
