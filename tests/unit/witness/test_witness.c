/* SPDX-License-Identifier: Apache-2.0 */
/* A witness in a folder of its own, asked by true, forked and rolled-back ledgers. */
#include "tests/unit/ledger/signers.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "witness/witness.h"

#define LOG "cas.example/sh1"
#define NOW 1795228200

static struct small_ledger ledger, fork_of_it;
static struct signer log_key;
static char folder[64];
static struct cc_witness witness = { .dir = { .fd = -1 } };

static int fill(void **state)
{
	(void)state;
	fill_ledger(&ledger, 1);
	fill_ledger(&fork_of_it, 2);
	log_key = make_signer(LOG, CC_NOTE_ED25519, 1);
	return 0;
}

static int empty(void **state)
{
	(void)state;
	free_signer(&log_key);
	return 0;
}

static void register_key(const struct signer *signer)
{
	CC_AUTO_BUF struct cc_buf key = { 0 };
	struct cc_err err;

	assert_int_equal(cc_note_key_print(&signer->key, &key, &err), 0);
	assert_int_equal(cc_witness_add(folder, cc_buf_span(&key), &err), 0);
}

static int make_witness(void **state)
{
	CC_AUTO_BUF struct cc_buf key = { 0 };
	char base[] = "/tmp/cc-witness-XXXXXX";
	struct cc_err err;

	(void)state;
	assert_non_null(mkdtemp(base));
	(void)snprintf(folder, sizeof(folder), "%s", base);
	assert_int_equal(cc_witness_init(folder, "w1.example", &key, &err), 0);
	register_key(&log_key);
	return cc_witness_open(folder, &witness, &err);
}

static int remove_witness(void **state)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	struct cc_err err;

	(void)state;
	cc_witness_close(&witness);
	return cc_dir_open("/tmp", CC_DIR_OWN, &dir, &err) != 0 ||
	       cc_dir_remove_tree(&dir, folder + strlen("/tmp/"), &err) != 0;
}

/* The body that asks to go on from `old` to the first `size` entries of a ledger. */
static void make_body(struct small_ledger *of, uint64_t old, uint64_t size,
		      const struct signer *signer, struct cc_buf *out)
{
	CC_AUTO_BUF struct cc_buf note = { 0 };
	struct cc_witness_ask ask = { .old = old };
	struct cc_err err;

	sign_ledger(of, size, signer, &note);
	if (old <= size)
		ask.proof = prove_extension(of, old, size);
	ask.note = cc_buf_span(&note);
	assert_int_equal(cc_witness_request(&ask, out, &err), 0);
}

static unsigned int send(struct cc_span body, struct cc_buf *answer)
{
	struct cc_witness_response response = { 0 };
	struct cc_err err = { 0 };

	if (cc_witness_add_checkpoint(&witness, body, NOW, &response, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_buf_add(answer, cc_buf_span(&response.body), &err), 0);
	assert_string_equal(response.type, response.status == 409 ? "text/x.tlog.size"
								  : "text/plain; charset=utf-8");
	cc_buf_clear(&response.body);
	return response.status;
}

static unsigned int ask_as(struct small_ledger *of, uint64_t old, uint64_t size,
			   const struct signer *signer)
{
	CC_AUTO_BUF struct cc_buf body = { 0 }, answer = { 0 };

	make_body(of, old, size, signer, &body);
	return send(cc_buf_span(&body), &answer);
}

static unsigned int ask(struct small_ledger *of, uint64_t old, uint64_t size)
{
	return ask_as(of, old, size, &log_key);
}

static uint64_t remembered(void)
{
	CC_AUTO_JSON struct cc_json *shown = NULL;
	const struct cc_json *ledgers = NULL;
	const char *origin = NULL;
	uint64_t entries = 0;
	struct cc_err err;

	assert_int_equal(cc_witness_show(folder, &shown, &err), 0);
	assert_int_equal(cc_json_get_array(shown, "ledgers", &ledgers, &err), 0);
	assert_int_equal(cc_json_count(ledgers), 1);
	assert_int_equal(cc_json_get_str(cc_json_at(ledgers, 0), "origin", &origin, &err), 0);
	assert_string_equal(origin, LOG);
	assert_int_equal(
		cc_json_get_u64(cc_json_at(ledgers, 0), "entries", UINT64_MAX, &entries, &err), 0);
	return entries;
}

static void a_ledger_that_grows_is_co_signed_with_the_time(void **state)
{
	static const uint64_t sizes[] = { 0, 0, 1, 2, 5, 8, 8, 33, 64 };
	uint64_t old = 0;

	(void)state;
	for (size_t i = 0; i < CC_COUNT(sizes); i++) {
		CC_AUTO_BUF struct cc_buf body = { 0 }, answer = { 0 }, note = { 0 };
		struct cc_note parsed;
		uint64_t time = 0;
		struct cc_err err;

		make_body(&ledger, old, sizes[i], &log_key, &body);
		assert_int_equal(send(cc_buf_span(&body), &answer), 200);
		sign_ledger(&ledger, sizes[i], &log_key, &note);
		assert_int_equal(cc_buf_add(&note, cc_buf_span(&answer), &err), 0);
		assert_int_equal(cc_note_parse(cc_buf_span(&note), &parsed, &err), 0);
		assert_int_equal(cc_note_verify(&parsed, &witness.key, &time, &err), 0);
		assert_int_equal(time, NOW);
		old = sizes[i];
		assert_int_equal(remembered(), old);
	}
}

static void an_unknown_ledger_is_404(void **state)
{
	AUTO_SIGNER struct signer other = make_signer("cas.example/sh2", CC_NOTE_ED25519, 2);

	(void)state;
	assert_int_equal(ask_as(&ledger, 0, 5, &other), 404);
}

static void a_checkpoint_that_no_known_key_signed_is_403(void **state)
{
	AUTO_SIGNER struct signer other = make_signer(LOG, CC_NOTE_ED25519, 2);

	(void)state;
	assert_int_equal(ask_as(&ledger, 0, 5, &other), 403);
	assert_int_equal(remembered(), 0);
	/* A further key of the ledger: what was seen stays. */
	assert_int_equal(ask(&ledger, 0, 5), 200);
	register_key(&other);
	assert_int_equal(ask_as(&ledger, 5, 9, &other), 200);
	assert_int_equal(ask(&ledger, 9, 10), 200);
}

static void a_changed_signature_is_403(void **state)
{
	CC_AUTO_BUF struct cc_buf body = { 0 }, answer = { 0 };

	(void)state;
	make_body(&ledger, 0, 5, &log_key, &body);
	body.at[body.len - 20] = body.at[body.len - 20] == 'A' ? 'B' : 'A';
	assert_int_equal(send(cc_buf_span(&body), &answer), 403);
	assert_int_equal(remembered(), 0);
}

/* The whole state of a CAS was put back: whatever it asks, the witness has seen more. */
static void a_ledger_that_was_rolled_back_is_409_with_the_size(void **state)
{
	(void)state;
	assert_int_equal(ask(&ledger, 0, 20), 200);
	for (uint64_t old = 0; old < 20; old += 6)
		for (uint64_t size = old; size < 30; size += 5) {
			CC_AUTO_BUF struct cc_buf body = { 0 }, answer = { 0 };

			make_body(&ledger, old, size, &log_key, &body);
			assert_int_equal(send(cc_buf_span(&body), &answer), 409);
			assert_true(cc_span_eq_str(cc_buf_span(&answer), "20\n"));
			assert_int_equal(remembered(), 20);
		}
}

static void the_cas_reads_the_rollback_out_of_the_answer(void **state)
{
	CC_AUTO_BUF struct cc_buf body = { 0 }, answer = { 0 }, note = { 0 }, line = { 0 };
	struct cc_witness_asked asked = { .witness = &witness.key, .size = 12, .old = 10 };
	struct cc_witness_reply reply;
	struct cc_note parsed;
	struct cc_err err;

	(void)state;
	assert_int_equal(ask(&ledger, 0, 20), 200);
	make_body(&ledger, 10, 12, &log_key, &body);
	assert_int_equal(send(cc_buf_span(&body), &answer), 409);
	sign_ledger(&ledger, 12, &log_key, &note);
	assert_int_equal(cc_note_parse(cc_buf_span(&note), &parsed, &err), 0);
	asked.text = parsed.text;
	assert_int_equal(cc_witness_answer(&asked, 409, cc_buf_span(&answer), &reply, &line, &err),
			 -1);
	assert_int_equal(err.code, CC_E_STALE);
	assert_non_null(strstr(err.text, "it has seen 20 entries, this ledger has 12"));
}

static void an_old_size_over_the_new_one_is_400(void **state)
{
	(void)state;
	assert_int_equal(ask(&ledger, 0, 20), 200);
	assert_int_equal(ask(&ledger, 20, 10), 400);
}

static void a_fork_of_the_same_size_is_409(void **state)
{
	(void)state;
	assert_int_equal(ask(&ledger, 0, 20), 200);
	assert_int_equal(ask(&fork_of_it, 20, 20), 409);
	assert_int_equal(ask(&ledger, 20, 20), 200);
}

static void a_fork_that_grew_is_422(void **state)
{
	(void)state;
	assert_int_equal(ask(&ledger, 0, 20), 200);
	assert_int_equal(ask(&fork_of_it, 20, 30), 422);
	assert_int_equal(remembered(), 20);
	assert_int_equal(ask(&ledger, 20, 30), 200);
}

static void a_wrong_proof_is_422(void **state)
{
	CC_AUTO_BUF struct cc_buf note = { 0 };
	struct cc_err err;

	(void)state;
	assert_int_equal(ask(&ledger, 0, 20), 200);
	sign_ledger(&ledger, 30, &log_key, &note);
	for (size_t change = 0; change < 3; change++) {
		struct cc_witness_ask bad = { .old = 20, .note = cc_buf_span(&note) };
		CC_AUTO_BUF struct cc_buf body = { 0 }, answer = { 0 };

		bad.proof = prove_extension(&ledger, 20, 30);
		if (change == 0)
			bad.proof.hashes[1].b[7] ^= 1;
		else
			bad.proof.count += change == 1 ? SIZE_MAX : 1;
		assert_int_equal(cc_witness_request(&bad, &body, &err), 0);
		assert_int_equal(send(cc_buf_span(&body), &answer), 422);
		assert_int_equal(remembered(), 20);
	}
}

static void a_body_that_is_no_request_is_400(void **state)
{
	static const char *const bodies[] = { "", "old 0\n\n", "old 0\n\nnot a note\n",
					      "old 0\n\no\n0\nAAAA\n\n— o AAAAAAAA\n" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(bodies); i++) {
		CC_AUTO_BUF struct cc_buf answer = { 0 };

		assert_int_equal(send(cc_span_str(bodies[i]), &answer), 400);
	}
}

/* The state was written and the answer was lost: the same question again does no harm. */
static void a_crash_between_state_and_answer_is_harmless(void **state)
{
	struct cc_witness_response lost = { 0 };
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_err err;

	(void)state;
	make_body(&ledger, 0, 20, &log_key, &body);
	assert_int_equal(cc_witness_add_checkpoint(&witness, cc_buf_span(&body), NOW, &lost, &err),
			 0);
	cc_buf_clear(&lost.body);
	cc_witness_close(&witness);
	assert_int_equal(cc_witness_open(folder, &witness, &err), 0);
	assert_int_equal(ask(&ledger, 0, 20), 409); /* with the size, 20 */
	assert_int_equal(ask(&ledger, 20, 20), 200);
	assert_int_equal(ask(&ledger, 20, 21), 200);
}

/* What cannot be remembered is not co-signed. (A limit on file sizes: root has none on modes.) */
static void no_cosignature_leaves_when_the_state_cannot_be_written(void **state)
{
	const struct rlimit none = { 0, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct cc_witness_response response = { 0 };
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_err err = { 0 };
	int done = 0;

	(void)state;
	make_body(&ledger, 0, 20, &log_key, &body);
	assert_int_equal(sigaction(SIGXFSZ, &ignore, NULL), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	done = cc_witness_add_checkpoint(&witness, cc_buf_span(&body), NOW, &response, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	assert_int_equal(done, -1);
	assert_int_equal(err.code, CC_E_SYSTEM);
	assert_int_equal(response.body.len, 0);
	assert_int_equal(remembered(), 0);
}

/* Two clones of a CAS ask at the same moment: one gets through. */
static void of_two_forks_that_ask_at_once_one_is_co_signed(void **state)
{
	(void)state;
	assert_int_equal(ask(&ledger, 0, 5), 200);
	for (uint64_t round = 0; round < 16; round++) {
		size_t signed_count = 0;
		pid_t children[4];
		int start[2];

		assert_int_equal(pipe(start), 0);
		for (size_t i = 0; i < CC_COUNT(children); i++) {
			children[i] = fork();
			assert_true(children[i] >= 0);
			if (children[i] == 0) {
				struct cc_err err;
				uint64_t old = remembered();
				uint8_t none = 0;

				cc_witness_close(&witness);
				if (cc_witness_open(folder, &witness, &err) != 0)
					_exit(2);
				(void)close(start[1]);
				if (read(start[0], &none, 1) != 0) /* until all are here */
					_exit(2);
				_exit(ask(i % 2 == 0 ? &ledger : &fork_of_it, old, 10 + round) ==
						      200
					      ? (int)(10 + i % 2)
					      : 0);
			}
		}
		(void)close(start[0]);
		(void)close(start[1]);
		for (size_t i = 0; i < CC_COUNT(children); i++) {
			int status = 0;

			assert_int_equal(waitpid(children[i], &status, 0), children[i]);
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 2);
			if (WEXITSTATUS(status) != 0)
				signed_count |= (size_t)1 << (WEXITSTATUS(status) - 10);
		}
		/* Both children of one side may be answered (equal questions), never both sides. */
		assert_true(signed_count == 1 || signed_count == 2);
	}
}

/* Where the state of a ledger lies. */
static void state_path(const char *origin, char out[static 256])
{
	struct cc_digest digest;
	struct cc_err err;
	int len = snprintf(out, 256, "%s/logs/", folder);

	assert_int_equal(cc_sha256(cc_span_str(origin), &digest, &err), 0);
	for (size_t i = 0; i < sizeof(digest.b); i++)
		len += snprintf(out + len, 256 - (size_t)len, "%02x", digest.b[i]);
}

/* The witness stops, and neither answers nor takes the ledger for a new one. */
static void assert_damaged(struct cc_span text)
{
	struct cc_witness_response response = { 0 };
	CC_AUTO_BUF struct cc_buf body = { 0 }, key = { 0 };
	char path[256];
	struct cc_err err = { 0 };

	state_path(LOG, path);
	make_body(&ledger, 0, 5, &log_key, &body);
	assert_int_equal(cc_file_write(path, 0600, text, &err), 0);
	assert_int_equal(
		cc_witness_add_checkpoint(&witness, cc_buf_span(&body), NOW, &response, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	assert_true(err.hint[0] != '\0');
	assert_int_equal(response.body.len, 0);
	assert_int_equal(cc_note_key_print(&log_key.key, &key, &err), 0);
	assert_int_equal(cc_witness_add(folder, cc_buf_span(&key), &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
}

static void damaged_states_are_refused_and_not_forgotten(void **state)
{
	static const char *const texts[] = { "", "concordat witness log 1\n", "something else\n" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++)
		assert_damaged(cc_span_str(texts[i]));
}

static void the_state_of_another_ledger_is_refused(void **state)
{
	AUTO_SIGNER struct signer other = make_signer("cas.example/sh2", CC_NOTE_ED25519, 2);
	CC_AUTO_BUF struct cc_buf text = { 0 }, mixed = { 0 };
	struct cc_witness_log log;
	char path[256];
	struct cc_err err;

	(void)state;
	register_key(&other);
	state_path("cas.example/sh2", path);
	assert_int_equal(cc_file_read(path, 4096, &text, &err), 0);
	assert_damaged(cc_buf_span(&text));
	/* Its own checkpoint, with another ledger's key. */
	assert_int_equal(cc_witness_log_parse(cc_buf_span(&text), &log, &err), 0);
	(void)snprintf(log.last.origin, sizeof(log.last.origin), LOG);
	assert_int_equal(cc_witness_log_print(&log, &mixed, &err), 0);
	assert_damaged(cc_buf_span(&mixed));
}

static void a_witness_without_a_clock_does_not_sign(void **state)
{
	struct cc_witness_response response = { 0 };
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_err err;

	(void)state;
	make_body(&ledger, 0, 5, &log_key, &body);
	assert_int_equal(
		cc_witness_add_checkpoint(&witness, cc_buf_span(&body), 0, &response, &err), -1);
	assert_int_equal(remembered(), 0);
}

static void the_private_key_is_for_its_owner_alone(void **state)
{
	struct cc_witness other = CC_WITNESS_NONE;
	char path[128];
	struct stat status;
	struct cc_err err;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/key.pem", folder);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(cc_witness_open(folder, &other, &err), -1);
	assert_int_equal(err.code, CC_E_DENIED);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(cc_witness_open(folder, &other, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
}

static void a_key_pair_of_two_witnesses_is_refused(void **state)
{
	AUTO_SIGNER struct signer other = make_signer("w1.example", CC_NOTE_COSIGNATURE, 9);
	struct cc_witness opened = CC_WITNESS_NONE;
	CC_AUTO_BUF struct cc_buf key = { 0 };
	char path[128];
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_note_key_print(&other.key, &key, &err), 0);
	(void)snprintf(path, sizeof(path), "%s/key.pub", folder);
	assert_int_equal(cc_file_write(path, 0644, cc_buf_span(&key), &err), 0);
	assert_int_equal(cc_witness_open(folder, &opened, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
}

static void a_folder_is_made_once_and_a_key_is_added_once(void **state)
{
	CC_AUTO_BUF struct cc_buf key = { 0 }, again = { 0 };
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_witness_init(folder, "w2.example", &again, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_int_equal(ask(&ledger, 0, 5), 200);
	assert_int_equal(cc_note_key_print(&log_key.key, &key, &err), 0);
	assert_int_equal(cc_witness_add(folder, cc_buf_span(&key), &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_int_equal(remembered(), 5);
}

static void only_keys_of_ledgers_are_added_and_not_more_than_four(void **state)
{
	AUTO_SIGNER struct signer wrong = make_signer(LOG, CC_NOTE_COSIGNATURE, 20);
	CC_AUTO_BUF struct cc_buf key = { 0 };
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_note_key_print(&wrong.key, &key, &err), 0);
	assert_int_equal(cc_witness_add(folder, cc_buf_span(&key), &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_witness_add(folder, cc_span_str("no key"), &err), -1);
	for (uint8_t i = 2; i <= CC_WITNESS_LOG_KEYS; i++) {
		AUTO_SIGNER struct signer more = make_signer(LOG, CC_NOTE_ED25519, i);

		register_key(&more);
	}
	free_signer(&wrong);
	wrong = make_signer(LOG, CC_NOTE_ED25519, 21);
	cc_buf_reset(&key);
	assert_int_equal(cc_note_key_print(&wrong.key, &key, &err), 0);
	assert_int_equal(cc_witness_add(folder, cc_buf_span(&key), &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_witness, remove_witness)
	const struct CMUnitTest tests[] = {
		CASE(a_ledger_that_grows_is_co_signed_with_the_time),
		CASE(an_unknown_ledger_is_404),
		CASE(a_checkpoint_that_no_known_key_signed_is_403),
		CASE(a_changed_signature_is_403),
		CASE(a_ledger_that_was_rolled_back_is_409_with_the_size),
		CASE(the_cas_reads_the_rollback_out_of_the_answer),
		CASE(an_old_size_over_the_new_one_is_400),
		CASE(a_fork_of_the_same_size_is_409),
		CASE(a_fork_that_grew_is_422),
		CASE(a_wrong_proof_is_422),
		CASE(a_body_that_is_no_request_is_400),
		CASE(a_crash_between_state_and_answer_is_harmless),
		CASE(no_cosignature_leaves_when_the_state_cannot_be_written),
		CASE(of_two_forks_that_ask_at_once_one_is_co_signed),
		CASE(damaged_states_are_refused_and_not_forgotten),
		CASE(the_state_of_another_ledger_is_refused),
		CASE(a_witness_without_a_clock_does_not_sign),
		CASE(the_private_key_is_for_its_owner_alone),
		CASE(a_key_pair_of_two_witnesses_is_refused),
		CASE(a_folder_is_made_once_and_a_key_is_added_once),
		CASE(only_keys_of_ledgers_are_added_and_not_more_than_four),
	};

	return cmocka_run_group_tests(tests, fill, empty);
}
