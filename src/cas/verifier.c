/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier: evidence bytes in, claims out. No network, no keys, no files; a
 * child forked for each appraisal, so that what one evidence breaks does not see
 * the next. What an exploit in it could still do is lie about this one appraisal:
 * therefore the keeper looks at the signed body itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/opt.h"
#include "base/secret.h"
#include "crypto/init.h"
#include "crypto/sign.h"
#include "evidence/shelf.h"
#include "proto/messages.h"
#include "sandbox/landlock.h"
#include "sandbox/seccomp.h"

#define KEEPER_FD 3
#define REPLY_MAX ((size_t)4 * 1024 * 1024 + 4096)
#define APPRAISAL_SECONDS 10 /* of a child's processor time */
#define JSON_MAX ((size_t)8 * 1024 * 1024)

static const struct cc_link from_keeper = { CC_KEEPER, CC_VERIFIER, CC_PHASE_SERVING };
static const struct cc_link to_keeper = { CC_VERIFIER, CC_KEEPER, CC_PHASE_SERVING };

static int parse_roots(struct cc_span text, struct cc_roots *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_parse(text, JSON_MAX, &json, err));
	return cc_roots_from_json(json, out, err);
}

static int parse_time(struct cc_span field, int64_t *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(field);
	uint64_t at = 0;

	CC_TRY(cc_read_u64be(&r, "time", &at, err));
	*out = (int64_t)at;
	return 0;
}

/*
 * What appraisals have in common, as the keeper last sent it: put together and proven once, in the
 * process that forks the children. Evidence, and sets that somebody has brought, are only ever
 * looked at by a child.
 */
struct common {
	struct cc_roots roots;
	struct cc_shelf *shelf; /* NULL: the keeper has sent none that could be read */
};

static void common_clear(struct common *common)
{
	cc_shelf_free(common->shelf);
	*common = (struct common){ 0 };
}

static enum cc_platform_kind platform_of(const struct cc_message *ask)
{
	struct cc_span platform = ask->fields[CC_APPRAISE_PLATFORM];
	char name[33];

	(void)snprintf(name, sizeof(name), "%.*s", (int)platform.len, (const char *)platform.at);
	return cc_platform_named(name);
}

static int parse_statements(struct cc_span text, struct cc_statements *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_parse(text, JSON_MAX, &json, err));
	return cc_statements_from_json(json, out, err);
}

static int parse_set(struct cc_span text, struct cc_buf *bytes, struct cc_collateral *out,
		     struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_parse(text, JSON_MAX, &json, err));
	return cc_collateral_from_json(json, bytes, out, err);
}

static int learn(struct common *common, const struct cc_message *shelve, struct cc_err *err)
{
	CC_AUTO_STATEMENTS struct cc_statements statements = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_collateral given = { 0 };
	int64_t at = 0;

	common_clear(common);
	CC_TRY(parse_time(shelve->fields[CC_SHELVE_TIME], &at, err));
	CC_TRY(parse_roots(shelve->fields[CC_SHELVE_ROOTS], &common->roots, err));
	CC_TRY(parse_statements(shelve->fields[CC_SHELVE_STATEMENTS], &statements, err));
	CC_TRY(parse_set(shelve->fields[CC_SHELVE_GIVEN], &bytes, &given, err));
	CC_TRY(cc_shelf_new(&statements, &given, &common->shelf, err));
	cc_shelf_prepare(common->shelf, &common->roots, at);
	return 0;
}

/* In the child. What could not be proven beforehand is tried again here, where it may fail. */
static int appraise(const struct common *common, const struct cc_message *ask,
		    struct cc_claims *claims, struct cc_err *err)
{
	struct cc_evidence evidence = { .platform = platform_of(ask),
					.bytes = ask->fields[CC_APPRAISE_EVIDENCE],
					.roots = &common->roots };
	const struct cc_shelf_set *set =
		common->shelf == NULL
			? NULL
			: cc_shelf_choose(common->shelf, evidence.platform, evidence.bytes);

	if (set != NULL) {
		evidence.collateral = set->collateral;
		evidence.prepared = set->prepared;
	}
	CC_TRY(parse_time(ask->fields[CC_APPRAISE_TIME], &evidence.at, err));
	return cc_evidence_prove(&evidence, claims, err);
}

static int answer_appraise(const struct common *common, const struct cc_message *ask,
			   struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_claims claims = { 0 };

	CC_TRY(appraise(common, ask, &claims, err));
	CC_TRY(cc_claims_to_json(&claims, &json, err));
	return cc_json_print(json, out, err);
}

static int answer_prove(const struct common *common, const struct cc_message *ask,
			struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_STATEMENTS struct cc_statements statements = { 0 };
	struct cc_evidence evidence = { .roots = &common->roots };
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	CC_TRY(parse_time(ask->fields[CC_PROVE_TIME], &evidence.at, err));
	CC_TRY(parse_set(ask->fields[CC_PROVE_COLLATERAL], &bytes, &evidence.collateral, err));
	CC_TRY(cc_statements_prove(&evidence, &statements, err));
	CC_TRY(cc_statements_to_json(&statements, &json, err));
	return cc_json_print(json, out, err);
}

static int make_reply(uint32_t id, const struct cc_err *failure, struct cc_span claims,
		      struct cc_buf *out, struct cc_err *err)
{
	struct cc_message reply = { .type = CC_CLAIMS, .id = id };

	reply.fields[CC_CLAIMS_CODE] =
		cc_span_str(failure != NULL ? cc_code_info(failure->code)->name : "ok");
	reply.fields[CC_CLAIMS_TEXT] = cc_span_str(failure != NULL ? failure->text : "");
	reply.fields[CC_CLAIMS_CLAIMS] = claims;
	return cc_message_add(&to_keeper, &reply, out, err);
}

/* The child: one answer to the pipe, then it is gone. */
static int answer(const struct common *common, const struct cc_message *ask, int pipe,
		  struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 }, out = { 0 };
	struct cc_err why = { 0 };
	int done = ask->type == CC_PROVE ? answer_prove(common, ask, &text, &why)
					 : answer_appraise(common, ask, &text, &why);

	if (done == 0)
		CC_TRY(make_reply(ask->id, NULL, cc_buf_span(&text), &out, err));
	else
		CC_TRY(make_reply(ask->id, &why, cc_span(NULL, 0), &out, err));
	return cc_write_all(pipe, cc_buf_span(&out), err);
}

static CC_NORETURN void child(const struct common *common, const struct cc_message *ask, int pipe)
{
	const struct rlimit cpu = { APPRAISAL_SECONDS, APPRAISAL_SECONDS };
	struct cc_err err = { 0 };

	(void)close(KEEPER_FD);
	(void)setrlimit(RLIMIT_CPU, &cpu);
	_exit(answer(common, ask, pipe, &err) == 0 ? 0 : 1);
}

/* Whether these bytes are one claims message for this request and nothing else. */
static bool is_reply(struct cc_span bytes, uint32_t id)
{
	struct cc_message message = { 0 };
	struct cc_err ignored = { 0 };
	size_t used = 0;

	return cc_message_next(&to_keeper, bytes, &message, &used, &ignored) == 0 &&
	       used == bytes.len && used != 0 && message.id == id;
}

static int forward(uint32_t id, struct cc_span reply, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf broken = { 0 };
	struct cc_err why = { 0 };

	if (is_reply(reply, id))
		return cc_write_all(KEEPER_FD, reply, err);
	cc_err_set(&why, CC_E_EVIDENCE, "the appraisal ended without an answer");
	CC_TRY(make_reply(id, &why, cc_span(NULL, 0), &broken, err));
	return cc_write_all(KEEPER_FD, cc_buf_span(&broken), err);
}

static int handle(const struct common *common, const struct cc_message *ask, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf reply = { .max = REPLY_MAX + 65536 };
	CC_AUTO_CLOSE int read_end = -1, write_end = -1;
	struct cc_err ignored = { 0 };
	int ends[2], status = 0;
	pid_t pid = -1;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return cc_fail_sys(err, errno, "make a pipe");
	read_end = ends[0];
	write_end = ends[1];
	pid = fork();
	if (pid < 0)
		return cc_fail_sys(err, errno, "fork an appraisal");
	if (pid == 0)
		child(common, ask, write_end);
	cc_auto_close(&write_end);
	write_end = -1;
	if (cc_read_to_end(read_end, REPLY_MAX, &reply, &ignored) != 0)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return forward(ask->id, cc_buf_span(&reply), err);
}

static int take(struct common *common, const struct cc_message *message, struct cc_err *err)
{
	if (message->type == CC_SHELVE)
		return learn(common, message, err);
	return handle(common, message, err);
}

/* No file, no network, no other program: what a parser needs and what forking needs. */
static int shut_in(struct cc_err *err)
{
	static const char *const calls[] = {
		"brk",
		"clock_gettime",
		"clone",
		"clone3",
		"close",
		"exit",
		"exit_group",
		"fcntl",
		"fork",
		"futex",
		"getpid",
		"getrandom",
		"gettid",
		"kill",
		"madvise",
		"mlock",
		"mmap",
		"mprotect",
		"mremap",
		"munmap",
		"pipe2",
		"prlimit64",
		"read",
		"restart_syscall",
		"rseq",
		"rt_sigaction",
		"rt_sigprocmask",
		"rt_sigreturn",
		"set_robust_list",
		"sysinfo",
		"setrlimit",
		"tgkill",
		"wait4",
		"waitid",
		"write",
		"writev",
		"sched_yield",
		"getuid",
		"newfstatat",
	};
	CC_AUTO_SECCOMP struct cc_seccomp *filter = NULL;
	CC_AUTO_CLOSE int rules = -1;

	CC_TRY(cc_landlock_new(&rules, err));
	CC_TRY(cc_seccomp_only(calls, CC_COUNT(calls), &filter, err));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return cc_fail_sys(err, errno, "give up privileges");
	if (cc_landlock_enter(rules) != 0)
		return cc_fail_sys(err, errno, "enter landlock");
	if (cc_seccomp_install(filter) != 0)
		return cc_fail_sys(err, errno, "install the system call filter");
	return 0;
}

/* Everything that a first appraisal would load or open happens before the door shuts. */
static int warm_up(struct cc_err *err)
{
	CC_AUTO_KEY struct cc_key *key = NULL;
	struct cc_signature signature = { 0 };
	const struct cc_span text = cc_span_str("warm");

	tzset(); /* the C library reads a zone once for each value of TZ, which the launcher fixed
		  */
	CC_TRY(cc_key_generate(CC_KEY_P256, &key, err));
	CC_TRY(cc_sign(key, text, &signature, err));
	return cc_verify(cc_key_public(key), text, cc_span(signature.b, signature.len), err);
}

static int serve(struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf in = { .max = 2 * CC_MESSAGE_MAX };
	CC_CLEANUP(common_clear) struct common common = { 0 };

	for (;;) {
		struct cc_message ask = { 0 };
		size_t used = 0;
		ssize_t got = 0;

		CC_TRY(cc_message_next(&from_keeper, cc_buf_span(&in), &ask, &used, err));
		if (used != 0) {
			CC_TRY(take(&common, &ask, err));
			cc_message_drop(&in, used);
			continue;
		}
		CC_TRY(cc_buf_reserve(&in, 65536, err));
		got = read(KEEPER_FD, in.at + in.len, 65536);
		if (got == 0)
			return 0; /* the keeper has ended */
		if (got < 0 && errno != EINTR)
			return cc_fail_sys(err, errno, "read from the keeper");
		in.len += got > 0 ? (size_t)got : 0;
	}
}

static int run(const void *values, struct cc_err *err)
{
	(void)values;
	cc_log_init("verifier", CC_LOG_INFO);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	CC_TRY(cc_crypto_init(err));
	CC_TRY(cc_secret_process(err));
	CC_TRY(warm_up(err));
	CC_TRY(shut_in(err));
	return serve(err);
}

int main(int argc, char **argv)
{
	static const struct cc_command command = {
		"concordat-cas-verifier",
		"The verifier of a CAS. Started by concordat-cas, not by hand.",
		NULL,
		0,
		NULL,
		0,
		1,
		NULL,
		run,
	};

	return cc_opt_main(&command, argc, argv);
}
