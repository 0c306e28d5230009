/* SPDX-License-Identifier: Apache-2.0 */
/* Commands as tables, and what they refuse before they talk to anybody. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/dir.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/program.h"
#include "codec/note.h"
#include "crypto/sign.h"

static void ok(int result, const struct cc_err *err)
{
	if (result != 0)
		fail_msg("%s", err->text);
}

/* Words after the command's name, as main gives them; standard output goes nowhere. */
static struct cc_err run(const struct cc_command *command, const char *const *words)
{
	char copies[24][512], *argv[24] = { 0 };
	CC_AUTO_FREE void *values = calloc(1, command->size);
	CC_AUTO_CLOSE int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	CC_AUTO_CLOSE int before = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	struct cc_err err = { 0 };
	bool help = false;
	int argc = 0;

	for (; words[argc] != NULL && argc < 24; argc++) {
		(void)snprintf(copies[argc], sizeof(copies[argc]), "%s", words[argc]);
		argv[argc] = copies[argc];
	}
	assert_non_null(values);
	assert_true(null >= 0 && before >= 0);
	(void)fflush(stdout);
	assert_true(dup2(null, STDOUT_FILENO) >= 0);
	if (cc_opt_parse(command, argc, argv, values, &help, &err) == 0 &&
	    command->run(values, &err) == 0)
		err = (struct cc_err){ 0 };
	(void)fflush(stdout);
	assert_true(dup2(before, STDOUT_FILENO) >= 0);
	return err;
}
#define RUN(command, ...) run(&(command), (const char *const[]){ __VA_ARGS__, NULL })

struct place {
	char path[64];
};

static void place_make(struct place *place)
{
	(void)snprintf(place->path, sizeof(place->path), "/tmp/concordat-test-XXXXXX");
	assert_non_null(mkdtemp(place->path));
}

static void place_clear(struct place *place)
{
	CC_AUTO_DIR struct cc_dir tmp = CC_DIR_NONE;
	struct cc_err err = { 0 };

	ok(cc_dir_open("/tmp", CC_DIR_OWN, &tmp, &err), &err);
	ok(cc_dir_remove_tree(&tmp, place->path + strlen("/tmp/"), &err), &err);
}
#define AUTO_PLACE CC_CLEANUP(place_clear)

static const char *in(const struct place *place, const char *name, char out[static 128])
{
	(void)snprintf(out, 128, "%s/%s", place->path, name);
	return out;
}

static void put(const struct place *place, const char *name, const char *text)
{
	struct cc_err err = { 0 };
	char path[128];

	ok(cc_file_write(in(place, name, path), 0600, cc_span_str(text), &err), &err);
}

static void witness(const char *name, char out[static 256])
{
	CC_AUTO_KEY struct cc_key *key = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_note_key made = { 0 };
	struct cc_err err = { 0 };

	ok(cc_key_generate(CC_KEY_ED25519, &key, &err), &err);
	ok(cc_note_key_make(name, CC_NOTE_COSIGNATURE, cc_key_public(key), &made, &err), &err);
	ok(cc_note_key_print(&made, &text, &err), &err);
	(void)snprintf(out, 256, "%.*s@http://127.0.0.1:1", (int)text.len, (char *)text.at);
}

static void expect(struct cc_err err, enum cc_code code, const char *text)
{
	if (err.code != code || strstr(err.text, text) == NULL)
		fail_msg("%d '%s', not %d '%s'", err.code, err.text, code, text);
}

static void a_cas_is_not_made_without_witnesses_by_mistake(void **state)
{
	AUTO_PLACE struct place place = { 0 };
	struct cc_err err = { 0 };
	char dir[128];

	(void)state;
	place_make(&place);
	err = RUN(cc_command_cas_init, "--dir", in(&place, "cas", dir), "--name", "c", "--platform",
		  "/nowhere");
	expect(err, CC_E_ARG, "rolled back");
	assert_non_null(strstr(err.hint, "--unwitnessed"));
	assert_int_not_equal(access(dir, F_OK), 0); /* half made is not made */
}

static void a_quorum_that_two_histories_could_reach_is_refused(void **state)
{
	AUTO_PLACE struct place place = { 0 };
	char dir[128], w[4][256];

	(void)state;
	place_make(&place);
	for (size_t i = 0; i < 4; i++) {
		char name[] = "w0";

		name[1] = (char)('0' + i);
		witness(name, w[i]);
	}
	(void)in(&place, "cas", dir);
#define INIT(...) \
	RUN(cc_command_cas_init, "--dir", dir, "--name", "c", "--platform", "/nowhere", __VA_ARGS__)
	expect(INIT("--witness", w[0], "--witness", w[1], "--quorum", "1"), CC_E_ARG,
	       "a quorum of 1");
	expect(INIT("--witness", w[0], "--witness", w[1], "--quorum", "3"), CC_E_ARG,
	       "a quorum of 3");
	expect(INIT("--witness", w[0], "--witness", w[1], "--witness", w[2], "--witness", w[3],
		    "--faulty", "1", "--quorum", "2"),
	       CC_E_ARG, "a quorum of 2");
	expect(INIT("--witness", w[0], "--faulty", "1"), CC_E_ARG, "cannot be faulty");
	expect(INIT("--witness", w[0], "--witness", w[0]), CC_E_ARG, "w0");
	w[3][0] = 'x'; /* its id is another name's */
	expect(INIT("--witness", w[3]), CC_E_ARG, "witness");
	expect(INIT("--witness", "key-without-url"), CC_E_ARG, "KEY@URL");
	expect(INIT("--witness", w[0], "--unwitnessed"), CC_E_ARG, "--unwitnessed");
	assert_int_not_equal(access(dir, F_OK), 0);
}

static void a_directory_with_something_in_it_stays_as_it_is(void **state)
{
	AUTO_PLACE struct place place = { 0 };
	char path[128];

	(void)state;
	place_make(&place);
	put(&place, "store.db", "precious");
	expect(RUN(cc_command_cas_init, "--dir", place.path, "--name", "c", "--platform",
		   "/nowhere", "--unwitnessed"),
	       CC_E_CONFLICT, "store.db");
	assert_int_equal(access(in(&place, "store.db", path), F_OK), 0);
}

static struct cc_err init_in(const char *path)
{
	return RUN(cc_command_cas_init, "--dir", path, "--name", "c", "--platform", "/nowhere",
		   "--unwitnessed");
}

/* Only what has a sealed key can be started: the next step is another one without it. */
static void what_is_in_the_way_of_a_cas_is_told_apart(void **state)
{
	AUTO_PLACE struct place place = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	place_make(&place);
	put(&place, "letters", "");
	err = init_in(place.path);
	assert_string_equal(err.hint, "name another directory");
	put(&place, "store.db", "");
	err = init_in(place.path);
	assert_non_null(strstr(err.hint, "remove the directory and repeat it"));
	put(&place, "root.sealed", "");
	err = init_in(place.path);
	assert_non_null(strstr(err.hint, "start the CAS that is there"));
}

static void what_the_keeper_cannot_finish_is_removed(void **state)
{
	AUTO_PLACE struct place place = { 0 };
	char platform[128], collateral[128], dir[128];

	(void)state;
	place_make(&place);
	/* A simulation with empty collateral: the copy fails when a directory for it is made. */
	assert_int_equal(mkdir(in(&place, "platform", platform), 0700), 0);
	assert_int_equal(mkdir(in(&place, "platform/collateral", collateral), 0700), 0);
	expect(RUN(cc_command_cas_init, "--dir", in(&place, "cas", dir), "--name", "c",
		   "--platform", "/nowhere", "--unwitnessed", "--simulation", platform),
	       CC_E_NOTFOUND, "collateral");
	assert_int_not_equal(access(dir, F_OK), 0);
	/* One that was there empty is there empty. */
	assert_int_equal(mkdir(dir, 0700), 0);
	expect(RUN(cc_command_cas_init, "--dir", dir, "--name", "c", "--platform", "/nowhere",
		   "--unwitnessed", "--simulation", platform),
	       CC_E_NOTFOUND, "collateral");
	assert_int_equal(rmdir(dir), 0);
}

static void an_error_in_a_policy_names_file_line_and_key(void **state)
{
	AUTO_PLACE struct place place = { 0 };
	struct cc_err err = { 0 };
	char path[128];

	(void)state;
	place_make(&place);
	put(&place, "p.yaml", "name: a\nversion: \"0.3.12\"\nservcies: []\n");
	(void)in(&place, "p.yaml", path);
	/* create and update, too, before they look for a CAS. */
	for (size_t i = 0; i < 3; i++) {
		const struct cc_command *const commands[] = { &cc_command_policy_check,
							      &cc_command_policy_create,
							      &cc_command_policy_update };

		err = run(commands[i], (const char *const[]){ path, NULL });
		expect(err, CC_E_ARG, "line 3");
		assert_non_null(strstr(err.text, "p.yaml"));
		assert_non_null(strstr(err.hint, "services"));
	}
}

#define STAGES                   \
	"workflow:\n  stages:\n" \
	"    - {name: one, policy: sh1/one, service: one}\n"
#define SERVICE                                                                             \
	"name: sh1/one\nversion: \"0.3.12\"\n"                                              \
	"services:\n  - {name: %s, image_name: i, command: x, "                             \
	"mrenclaves: [1111111111111111111111111111111111111111111111111111111111111111]}\n" \
	"images:\n  - name: i\n"

static void a_workflow_is_checked_as_far_as_the_files_go(void **state)
{
	AUTO_PLACE struct place place = { 0 };
	char workflow[128], service[128], text[1024];

	(void)state;
	place_make(&place);
	put(&place, "w.yaml", "name: w\nversion: \"0.3.12\"\n" STAGES);
	(void)in(&place, "w.yaml", workflow);
	(void)in(&place, "s.yaml", service);
	/* Policies that are elsewhere are not missing. */
	expect(RUN(cc_command_workflow_check, workflow), CC_OK, "");
	(void)snprintf(text, sizeof(text), SERVICE, "one");
	put(&place, "s.yaml", text);
	expect(RUN(cc_command_workflow_check, workflow, service), CC_OK, "");
	/* One that is here and lacks the service is. */
	(void)snprintf(text, sizeof(text), SERVICE, "other");
	put(&place, "s.yaml", text);
	expect(RUN(cc_command_workflow_check, workflow, service), CC_E_DENIED,
	       "1 thing is missing");
	expect(RUN(cc_command_workflow_check, workflow, workflow), CC_E_CONFLICT, "two files");
	expect(RUN(cc_command_workflow_check, service), CC_E_NOTFOUND, "no workflow");
}

static void a_program_gets_its_input_and_its_failure_keeps_its_code(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	ok(cc_program_run((const char *[]){ "/bin/cat", NULL }, cc_span_str("to and fro"), 64, &out,
			  &err),
	   &err);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "to and fro"));
	assert_int_equal(cc_program_run((const char *[]){ "/bin/sh", "-c", "exit 3", NULL },
					cc_span_str(""), 64, &out, &err),
			 -1);
	assert_int_equal(err.code, CC_E_DENIED);
	assert_int_equal(cc_program_run((const char *[]){ "/bin/sh", "-c", "kill -9 $$", NULL },
					cc_span_str(""), 64, &out, &err),
			 -1);
	assert_non_null(strstr(err.text, "signal 9"));
	/* One that prints too much neither blocks us nor passes. */
	assert_int_equal(cc_program_run((const char *[]){ "/usr/bin/yes", NULL }, cc_span_str(""),
					64, &out, &err),
			 -1);
	assert_int_equal(cc_program_run((const char *[]){ "/nowhere", NULL }, cc_span_str(""), 64,
					&out, &err),
			 -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
}

static void every_command_has_words_of_its_own_and_a_summary(void **state)
{
	(void)state;
	for (size_t i = 0; i < cc_command_count; i++) {
		const struct cc_command *command = cc_commands[i];

		assert_non_null(command->run);
		assert_int_equal(command->summary[strlen(command->summary) - 1], '.');
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(command->name, cc_commands[j]->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cas_is_not_made_without_witnesses_by_mistake),
		cmocka_unit_test(a_quorum_that_two_histories_could_reach_is_refused),
		cmocka_unit_test(a_directory_with_something_in_it_stays_as_it_is),
		cmocka_unit_test(what_is_in_the_way_of_a_cas_is_told_apart),
		cmocka_unit_test(what_the_keeper_cannot_finish_is_removed),
		cmocka_unit_test(an_error_in_a_policy_names_file_line_and_key),
		cmocka_unit_test(a_workflow_is_checked_as_far_as_the_files_go),
		cmocka_unit_test(a_program_gets_its_input_and_its_failure_keeps_its_code),
		cmocka_unit_test(every_command_has_words_of_its_own_and_a_summary),
	};

	return cmocka_run_group_tests_name("cli-commands", tests, NULL, NULL);
}
