/* SPDX-License-Identifier: Apache-2.0 */
/* What a member's machine makes of a proposal, and a CAS that shows what is not so. */
#include "tests/unit/cas/boardroom.h"

#include "cli/proposal-check.h"

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

#define TWO "  rule: {at_least: 2, of: [ann, bob, cat]}\n  self_approval: true\n"
#define GRANT "volumes: [{name: v, export: [{session: guest, opaque: true}]}]\n"

/* A proposal of BOB that grants and raises a limit, approved by ANN. */
static void shown_proposal(struct boardroom *room, struct proposal *out)
{
	char more[1024];

	boardroom_make(room);
	ok(write_policy(room, STRANGER, "name: guest\n", &oops));
	ok(write_policy(room, ANN, with_board(room, TWO, runs(3)), &oops));
	(void)snprintf(more, sizeof(more), "%s%s", runs(5), GRANT);
	ok(propose(room, BOB, "change", with_board(room, TWO, more), out, &oops));
	ok(approve(room, ANN, out, &oops));
	ok(look(room, BOB, out, &oops));
}

static int check(const struct boardroom *room, const struct proposal *proposal,
		 struct cc_shown *out, struct cc_err *err)
{
	return cc_proposal_check(proposal->shown, proposal->id, &room->world.keys.cas_hash, out,
				 err);
}

static void what_is_computed_here_is_what_the_cas_signs_over(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	CC_AUTO_SHOWN struct cc_shown shown = { 0 };
	struct cc_vote vote = { 0 };

	(void)state;
	shown_proposal(&room, &five);
	ok(check(&room, &five, &shown, &oops));
	assert_int_equal(shown.votes.approve, 1);
	assert_int_equal(shown.votes.proposer, 2);
	assert_int_equal(cc_shown_next_number(&shown, &room.callers[ANN].key), 2);
	assert_int_equal(cc_shown_next_number(&shown, &room.callers[CAT].key), 1);
	vote = shown.vote;
	vote.choice = CC_VOTE_APPROVE;
	vote.number = 1;
	vote.expires = room.world.now + 10;
	ok(send_vote(&room, CAT, &five, &vote, &oops));
	assert_state(&five, "applied");
}

/* The text of a version with another limit in place of 5. */
static void put_text(struct cc_json *json, const char *name, const char *from, const char *to)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *old = NULL, *at = NULL;

	ok(cc_json_get_str(json, name, &old, &oops));
	at = strstr(old, from);
	assert_non_null(at);
	ok(cc_buf_add(&text, cc_span(old, (size_t)(at - old)), &oops));
	ok(cc_buf_add_str(&text, to, &oops));
	ok(cc_buf_add_str(&text, at + strlen(from), &oops));
	ok(cc_json_set_text(json, name, cc_buf_span(&text), &oops));
}

static void lie(struct cc_json *json, size_t what)
{
	static const char other[] =
		"abababababababababababababababababababababababababababababababab";
	static const char *const hashes[] = { "old_hash", "new_hash", "effect_hash", "closure" };
	CC_AUTO_JSON struct cc_json *none = NULL;

	if (what < CC_COUNT(hashes)) {
		ok(cc_json_set_str(json, hashes[what], other, &oops));
		return;
	}
	switch (what - CC_COUNT(hashes)) {
	case 0:
		put_text(json, "effects", "permits", "forbids");
		break;
	case 1:
		put_text(json, "new_text", "maximum: 5", "maximum: 4");
		break;
	case 2:
		put_text(json, "old_text", "maximum: 3", "maximum: 4");
		break;
	case 3: /* a grant to another version of the grantee */
		ok(cc_json_array(&none, &oops));
		ok(cc_json_set(json, "grants", CC_TAKE(none), &oops));
		break;
	case 4:
		ok(cc_json_set_str(json, "kind", "emergency", &oops));
		break;
	case 5:
		ok(cc_json_set_u64(json, "epoch", 7, &oops)); /* ANN's vote is not about it */
		break;
	case 6:
		ok(cc_json_set_str(json, "policy", "other", &oops));
		break;
	case 7: /* imports of imports that nobody has voted on */
		ok(cc_json_parse(cc_span_str("[{\"hash\": \"" HEX_A "\", \"policy\": \"far\"}]"),
				 256, &none, &oops));
		ok(cc_json_set(json, "rests_on", CC_TAKE(none), &oops));
		break;
	default:
		ok(cc_json_set_str(json, "proposal", "00000000000000000000000000000000", &oops));
		break;
	}
}
#define LIES 13

static void a_cas_that_shows_what_is_not_so_is_found_out(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };

	(void)state;
	shown_proposal(&room, &five);
	for (size_t what = 0; what < LIES; what++) {
		CC_AUTO_SHOWN struct cc_shown shown = { 0 };
		struct cc_err err = { 0 };

		ok(look(&room, BOB, &five, &oops));
		lie(five.shown, what);
		if (check(&room, &five, &shown, &err) == 0)
			fail_msg("lie %zu is believed", what);
		assert_code(err, CC_E_EVIDENCE);
	}
}

/* The same proposal, but a vote in it that nobody signed. */
static void a_vote_that_nobody_signed_is_found_out(void **state)
{
	static const char *const members[] = { "choice", "reason", "public_key" };
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };

	(void)state;
	shown_proposal(&room, &five);
	for (size_t i = 0; i < CC_COUNT(members); i++) {
		CC_AUTO_JSON struct cc_json *list = NULL, *one = NULL;
		CC_AUTO_SHOWN struct cc_shown shown = { 0 };
		const struct cc_json *votes = NULL;
		CC_AUTO_BUF struct cc_buf der = { 0 };
		struct cc_err err = { 0 };

		ok(look(&room, BOB, &five, &oops));
		ok(cc_json_get_array(five.shown, "votes", &votes, &oops));
		ok(cc_json_copy(cc_json_at(votes, 0), &one, &oops));
		ok(cc_pubkey_to_der(cc_key_public(room.keys[CAT]), &der, &oops));
		if (i == 2)
			ok(cc_json_set_base64(one, members[i], cc_buf_span(&der), &oops));
		else
			ok(cc_json_set_str(one, members[i], i == 0 ? "reject" : "well", &oops));
		ok(cc_json_array(&list, &oops));
		ok(cc_json_add(list, CC_TAKE(one), &oops));
		ok(cc_json_set(five.shown, "votes", CC_TAKE(list), &oops));
		assert_int_equal(check(&room, &five, &shown, &err), -1);
		assert_code(err, CC_E_EVIDENCE);
	}
}

/* ANN's vote, as if it were a program's of this name and version. */
static void name_program(struct cc_json *shown, const char *service, const char *hash)
{
	CC_AUTO_JSON struct cc_json *list = NULL, *one = NULL;
	const struct cc_json *votes = NULL;

	ok(cc_json_get_array(shown, "votes", &votes, &oops));
	ok(cc_json_copy(cc_json_at(votes, 0), &one, &oops));
	ok(cc_json_set_str(one, "policy", "q", &oops));
	ok(cc_json_set_str(one, "service", service, &oops));
	ok(cc_json_set_str(one, "policy_hash", hash, &oops));
	ok(cc_json_array(&list, &oops));
	ok(cc_json_add(list, CC_TAKE(one), &oops));
	ok(cc_json_set(shown, "votes", CC_TAKE(list), &oops));
}

static const char *with_gate(const struct boardroom *room, unsigned int maximum)
{
	static char text[4096];

	(void)snprintf(text, sizeof(text),
		       "name: trial\ntolerate: [simulation]\nboard:\n  members: [{name: ann, key: "
		       "%s}, {name: bob, key: %s}, {name: cat, key: %s}, {name: gate, service: "
		       "q/s, session_hash: " HEX_A "}]\n" TWO "%s",
		       room->names[ANN], room->names[BOB], room->names[CAT], runs(maximum));
	return text;
}

static void a_program_s_vote_is_of_the_member_and_version_that_the_board_names(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	CC_AUTO_SHOWN struct cc_shown shown = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *said = NULL;

	(void)state;
	boardroom_make(&room);
	ok(write_policy(&room, ANN, with_gate(&room, 3), &oops));
	ok(propose(&room, BOB, "change", with_gate(&room, 5), &five, &oops));
	ok(approve(&room, ANN, &five, &oops));
	name_program(five.shown, "s", HEX_A);
	ok(check(&room, &five, &shown, &oops));
	assert_int_equal(shown.votes.approve, 8);
	ok(cc_shown_print(&shown, &text, &oops));
	ok(cc_buf_str(&text, &said, &oops));
	assert_non_null(strstr(said, "approve, by service s of q@" HEX_A));
	for (int i = 0; i < 2; i++) {
		CC_AUTO_SHOWN struct cc_shown other = { 0 };
		struct cc_err err = { 0 };

		name_program(five.shown, i == 0 ? "t" : "s", i == 0 ? HEX_A : HEX_B);
		assert_int_equal(check(&room, &five, &other, &err), -1);
		assert_code(err, CC_E_EVIDENCE);
		assert_says(err, i == 0 ? "no member" : "another version");
	}
}

static void another_cas_has_another_digest_and_no_votes(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	CC_AUTO_SHOWN struct cc_shown shown = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	shown_proposal(&room, &five);
	room.world.keys.cas_hash.b[0] ^= 1;
	assert_int_equal(check(&room, &five, &shown, &err), -1);
	assert_code(err, CC_E_EVIDENCE);
}

static void people_read_effects_rules_votes_and_digest(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	CC_AUTO_SHOWN struct cc_shown shown = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	static const char *const parts[] = { "change of policy 'trial', open",
					     "permits limits: ",
					     "permits data: ",
					     "needs     2 of (ann, bob, cat): not met",
					     "vote      ann: approve",
					     "grantee   guest as it was: ",
					     "\ndigest    " };
	const char *printed = NULL;

	(void)state;
	shown_proposal(&room, &five);
	ok(check(&room, &five, &shown, &oops));
	ok(cc_shown_print(&shown, &text, &oops));
	ok(cc_buf_str(&text, &printed, &oops));
	for (size_t i = 0; i < CC_COUNT(parts); i++)
		if (strstr(printed, parts[i]) == NULL)
			fail_msg("no '%s' in:\n%s", parts[i], printed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_computed_here_is_what_the_cas_signs_over),
		cmocka_unit_test(a_cas_that_shows_what_is_not_so_is_found_out),
		cmocka_unit_test(a_vote_that_nobody_signed_is_found_out),
		cmocka_unit_test(
			a_program_s_vote_is_of_the_member_and_version_that_the_board_names),
		cmocka_unit_test(another_cas_has_another_digest_and_no_votes),
		cmocka_unit_test(people_read_effects_rules_votes_and_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
