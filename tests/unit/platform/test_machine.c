/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated machine at its socket: what it says of this process as an enclave and as a guest,
 * and each thing that can be wrong with it, to the same verifier as everything else.
 */
#include "tests/unit/test.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/dir.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/init.h"
#include "platform/client.h"
#include "platform/collateral.h"
#include "platform/machine.h"

#define WORDS_MAX 4

struct fixture {
	char dir[32];
	char *keys, *socket;
	pid_t pid;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct cc_err err = { 0 };

	*state = f;
	memcpy(f->dir, "/tmp/concordat-mach-XXXXXX", 27);
	if (mkdtemp(f->dir) == NULL)
		return -1;
	CC_TRY(cc_strf(&f->socket, &err, "%s/socket", f->dir));
	CC_TRY(cc_strf(&f->keys, &err, "%s/keys", f->dir));
	return cc_sim_dir_init(f->keys, cc_time_now(), &err);
}

static void stop(struct fixture *f)
{
	if (f->pid > 0 && kill(f->pid, SIGTERM) == 0)
		(void)waitpid(f->pid, NULL, 0);
	f->pid = 0;
}

static int tear_down(void **state)
{
	CC_AUTO_DIR struct cc_dir tmp = CC_DIR_NONE;
	struct fixture *f = *state;
	struct cc_err err = { 0 };

	stop(f);
	CC_TRY(cc_dir_open("/tmp", CC_DIR_OWN, &tmp, &err));
	CC_TRY(cc_dir_remove_tree(&tmp, f->dir + strlen("/tmp/"), &err));
	free(f->keys);
	free(f->socket);
	free(f);
	return 0;
}

/* The machine with these knobs; one that ran before is gone. */
static void start(struct fixture *f, const char *const words[WORDS_MAX])
{
	const char *program = getenv("PLATFORM_SIM");

	stop(f);
	(void)unlink(f->socket);
	assert_non_null(program);
	f->pid = fork();
	if (f->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
		(void)execl(program, program, "--dir", f->keys, "--socket", f->socket, words[0],
			    words[1], words[2], words[3], (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 1000 && access(f->socket, F_OK) != 0; i++)
		(void)poll(NULL, 0, 10);
}

struct kind {
	const char *prefix, *name, *set; /* the set of collateral below the directory */
	enum cc_platform_kind kind;
	const char *words; /* of the address, behind the socket; or NULL */
};

static const struct kind sgx = { "sgx-sim:", "sgx", "", CC_PLATFORM_SGX, NULL };
static const struct kind tdx = { "tdx-sim:", "tdx", "/tdx", CC_PLATFORM_TDX, NULL };
static const struct kind snp = { "snp-sim:", "snp", "", CC_PLATFORM_SNP, NULL };
static const struct kind tpm = { "tpm-sim:", "tpm", "/tpm", CC_PLATFORM_TPM, NULL };
static const struct kind *const kinds[] = { &sgx, &tdx, &snp }; /* measure their callers alone */
static const struct kind *const all_kinds[] = { &sgx, &tdx, &snp, &tpm };

static void take(const struct fixture *f, const struct kind *kind, struct cc_buf *out)
{
	CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
	CC_AUTO_FREE char *address = NULL;
	struct cc_digest64 data;
	struct cc_err err = { 0 };

	memset(data.b, 0x33, sizeof(data.b));
	assert_int_equal(cc_strf(&address, &err, "%s%s%s", kind->prefix, f->socket,
				 kind->words == NULL ? "" : kind->words),
			 0);
	/* it listens a moment after the path is there */
	for (int i = 0; i < 1000 && cc_platform_open(address, &platform, &err) != 0; i++)
		(void)poll(NULL, 0, 10);
	if (platform == NULL)
		fail_msg("%s: %s", address, err.text);
	assert_string_equal(cc_platform_kind_name(platform), kind->name);
	if (cc_platform_quote(platform, &data, out, &err) != 0)
		fail_msg("%s", err.text);
}

/* Whatever of a set is there: that of a TPM has certificates and lists alone. */
static int load_set(const char *path, struct cc_collateral_dir *dir, struct cc_collateral *out,
		    struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir at = CC_DIR_NONE;

	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &at, err));
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++) {
		const struct cc_collateral_file *file = &cc_collateral_files[i];
		struct cc_span range = { 0 };

		if (!cc_dir_has(&at, file->file))
			continue;
		CC_TRY(cc_dir_read(&at, file->file, CC_COLLATERAL_ITEM_MAX, &dir->files[i], err));
		range = cc_buf_span(&dir->files[i]);
		memcpy((char *)out + file->at, &range, sizeof(range));
	}
	return 0;
}

/* Evidence of this kind, proven with what the machine has published. */
static int prove(const struct fixture *f, const struct kind *kind, struct cc_claims *claims,
		 struct cc_err *err)
{
	CC_AUTO_COLLATERAL_DIR struct cc_collateral_dir dir = { 0 };
	struct cc_evidence evidence = { .platform = kind->kind, .at = cc_time_now() };
	CC_AUTO_FREE char *public = NULL, *set = NULL;
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_roots roots = { 0 };

	*err = (struct cc_err){ 0 };
	take(f, kind, &bytes);
	CC_TRY(cc_strf(&public, err, "%s/collateral", f->keys));
	CC_TRY(cc_strf(&set, err, "%s%s", public, kind->set));
	CC_TRY(load_set(set, &dir, &evidence.collateral, err));
	CC_TRY(cc_collateral_dir_roots(public, &roots, err));
	evidence.bytes = cc_buf_span(&bytes);
	evidence.roots = &roots;
	return cc_evidence_prove(&evidence, claims, err);
}

static void must_prove(const struct fixture *f, const struct kind *kind, struct cc_claims *claims)
{
	struct cc_digest64 data;
	struct cc_err err = { 0 };

	memset(data.b, 0x33, sizeof(data.b));
	if (prove(f, kind, claims, &err) != 0)
		fail_msg("%s: %s", kind->name, err.text);
	assert_int_equal(claims->platform, kind->kind);
	assert_int_equal(claims->class, CC_CLASS_SIMULATED);
	assert_int_equal(cc_claims_bound(claims, &data, &err), 0);
}

static void one_machine_is_of_every_kind(void **state)
{
	static const char *const none[WORDS_MAX] = { NULL };
	static const uint8_t zero[16];
	struct cc_claims claims[CC_COUNT(kinds)] = { 0 };
	const struct cc_tolerance nothing = { 0 };
	struct fixture *f = *state;
	struct cc_err err = { 0 };

	start(f, none);
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		must_prove(f, kinds[i], &claims[i]);
		assert_int_equal(cc_claims_platform(&claims[i], &nothing, &err), 0);
		assert_memory_equal(claims[i].measurement, claims[0].measurement, 32);
	}
	assert_int_equal(claims[0].measurement_len, 32);
	assert_int_equal(claims[1].measurement_len, 48);
	assert_memory_equal(claims[1].measurement + 32, zero, sizeof(zero));
}

static void guests_have_no_keys(void **state)
{
	static const char *const none[WORDS_MAX] = { NULL };
	struct fixture *f = *state;

	start(f, none);
	for (size_t i = 1; i < CC_COUNT(all_kinds); i++) {
		CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
		CC_AUTO_BUF struct cc_buf ignored = { 0 };
		CC_AUTO_FREE char *address = NULL;
		struct cc_secret *key = NULL;
		struct cc_err err = { 0 };

		take(f, all_kinds[i], &ignored);
		assert_int_equal(cc_strf(&address, &err, "%s%s", all_kinds[i]->prefix, f->socket),
				 0);
		assert_int_equal(cc_platform_open(address, &platform, &err), 0);
		assert_int_equal(cc_platform_key(platform, cc_span_str("a"), &key, &err), -1);
		assert_int_equal(err.code, CC_E_UNSUPPORTED);
	}
}

static void debug_mode_is_seen_and_refused(void **state)
{
	static const char *const debug[WORDS_MAX] = { "--debug" };
	const struct cc_tolerance nothing = { 0 };
	struct fixture *f = *state;

	start(f, debug);
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		must_prove(f, kinds[i], &claims);
		assert_true(claims.debug);
		assert_int_equal(cc_claims_platform(&claims, &nothing, &err), -1);
	}
}

static void a_report_of_a_lower_level_is_seen_and_refused(void **state)
{
	static const char *const words[WORDS_MAX] = { "--vmpl", "2" };
	const struct cc_tolerance nothing = { 0 };
	struct cc_claims claims = { 0 };
	struct fixture *f = *state;
	struct cc_err err = { 0 };

	start(f, words);
	must_prove(f, &snp, &claims);
	assert_int_equal(claims.snp.vmpl, 2);
	assert_int_equal(cc_claims_platform(&claims, &nothing, &err), -1);
}

static void each_verdict_on_the_machine_is_published(void **state)
{
	static const enum cc_tcb_status all[] = {
		CC_TCB_REVOKED,
		CC_TCB_OUT_OF_DATE,
		CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
		CC_TCB_CONFIGURATION_NEEDED,
		CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
		CC_TCB_SW_HARDENING_NEEDED,
		CC_TCB_UP_TO_DATE,
	};
	const struct cc_tolerance nothing = { 0 };
	struct fixture *f = *state;

	for (size_t i = 0; i < CC_COUNT(all); i++) {
		const char *const words[WORDS_MAX] = { "--status", cc_tcb_name(all[i]) };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		start(f, words);
		for (size_t k = 0; k < 2; k++) {
			must_prove(f, kinds[k], &claims);
			assert_int_equal(claims.tcb, all[i]);
			assert_int_equal(cc_claims_platform(&claims, &nothing, &err) == 0,
					 all[i] == CC_TCB_UP_TO_DATE);
		}
	}
}

static void a_revoked_machine_proves_nothing(void **state)
{
	static const char *const words[WORDS_MAX] = { "--revoked", "pck" };
	struct fixture *f = *state;

	start(f, words);
	for (size_t k = 0; k < 2; k++) {
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(prove(f, kinds[k], &claims, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		assert_non_null(strstr(err.text, "revoked"));
	}
}

/* What came out of both vendors' words on each kind: 0 of SGX, 1 of TDX. */
static void assert_statuses(struct fixture *f, const char *const words[WORDS_MAX],
			    enum cc_tcb_status of_sgx, enum cc_tcb_status of_tdx)
{
	const enum cc_tcb_status expected[] = { of_sgx, of_tdx };
	const struct cc_tolerance nothing = { 0 };
	struct cc_err err = { 0 };

	start(f, words);
	for (size_t k = 0; k < CC_COUNT(expected); k++) {
		struct cc_claims claims = { 0 };

		must_prove(f, kinds[k], &claims);
		assert_int_equal(claims.tcb, expected[k]);
		assert_int_equal(cc_claims_platform(&claims, &nothing, &err) == 0,
				 expected[k] == CC_TCB_UP_TO_DATE);
	}
}

static void a_machine_below_every_level_is_not_supported(void **state)
{
	static const char *const words[WORDS_MAX] = { "--status", "NotSupported" };

	assert_statuses(*state, words, CC_TCB_NOT_SUPPORTED, CC_TCB_NOT_SUPPORTED);
}

static void verdicts_on_quoting_enclave_and_module_are_published(void **state)
{
	static const struct {
		const char *words[WORDS_MAX];
		enum cc_tcb_status sgx, tdx;
	} cases[] = {
		{ { "--qe-status", "OutOfDate" }, CC_TCB_OUT_OF_DATE, CC_TCB_OUT_OF_DATE },
		{ { "--qe-status", "Revoked" }, CC_TCB_REVOKED, CC_TCB_REVOKED },
		{ { "--module-status", "Revoked" }, CC_TCB_UP_TO_DATE, CC_TCB_REVOKED },
		{ { "--launched-before", "--module-status", "UpToDate" },
		  CC_TCB_UP_TO_DATE,
		  CC_TCB_TD_RELAUNCH_ADVISED },
		{ { "--launched-before", "--status", "ConfigurationNeeded" },
		  CC_TCB_CONFIGURATION_NEEDED,
		  CC_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED },
	};

	/* Each publishes anew, so that nothing of the one before it is left. */
	for (size_t i = 0; i < CC_COUNT(cases); i++)
		assert_statuses(*state, cases[i].words, cases[i].sgx, cases[i].tdx);
}

static void a_guest_from_before_an_update_keeps_its_launch_tcb(void **state)
{
	static const char *const words[WORDS_MAX] = { "--launched-before" };
	struct cc_tolerance least = { 0 };
	struct cc_claims claims = { 0 };
	struct fixture *f = *state;
	struct cc_err err = { 0 };

	start(f, words);
	must_prove(f, &snp, &claims);
	assert_int_equal(cc_claims_platform(&claims, &least, &err), 0);
	memcpy(least.least_snp_tcb, claims.snp.current_tcb, sizeof(least.least_snp_tcb));
	assert_int_equal(cc_claims_platform(&claims, &least, &err), -1);
}

static void an_advisory_must_be_tolerated(void **state)
{
	static const char *const words[WORDS_MAX] = { "--status", "SWHardeningNeeded", "--advisory",
						      "INTEL-SA-00615" };
	struct cc_tolerance tolerance = { .tcb = 1U << CC_TCB_SW_HARDENING_NEEDED };
	struct cc_claims claims = { 0 };
	struct fixture *f = *state;
	struct cc_err err = { 0 };

	start(f, words);
	must_prove(f, &sgx, &claims);
	assert_int_equal(cc_claims_platform(&claims, &tolerance, &err), -1);
	assert_int_equal(cc_advisories_add(&tolerance.advisories, "INTEL-SA-00615", &err), 0);
	assert_int_equal(cc_claims_platform(&claims, &tolerance, &err), 0);
}

static void each_certificate_can_be_revoked(void **state)
{
	static const struct {
		const char *who;
		unsigned int hit; /* 1u << index of each kind that it is of */
	} cases[] = {
		{ "pck-ca", 3 }, { "tcb-signing", 3 }, { "ask", 4 }, { "ak", 8 }, { "tpm-ca", 8 }
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		const char *const words[WORDS_MAX] = { "--revoked", cases[i].who };

		start(f, words);
		for (size_t k = 0; k < CC_COUNT(all_kinds); k++) {
			struct cc_claims claims = { 0 };
			struct cc_err err = { 0 };
			bool is_hit = (cases[i].hit & 1U << k) != 0;

			assert_int_equal(prove(f, all_kinds[k], &claims, &err), is_hit ? -1 : 0);
			if (is_hit)
				assert_non_null(strstr(err.text, "revoked"));
		}
	}
}

static void what_has_expired_proves_nothing(void **state)
{
	static const char *const expired[WORDS_MAX] = { "--expired" };
	static const char *const none[WORDS_MAX] = { NULL };
	struct fixture *f = *state;

	start(f, expired);
	for (size_t k = 0; k < CC_COUNT(all_kinds); k++) {
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(prove(f, all_kinds[k], &claims, &err), -1);
		assert_int_equal(err.code, CC_E_EXPIRED);
	}
	/* The next start publishes anew. */
	start(f, none);
	for (size_t k = 0; k < CC_COUNT(all_kinds); k++) {
		struct cc_claims claims = { 0 };

		must_prove(f, all_kinds[k], &claims);
	}
}

/* docs/protocol/platform.md: PCR 11 has the caller, the others the start of the machine. */
static void its_tpm_quotes_the_start_and_the_caller(void **state)
{
	static const char *const none[WORDS_MAX] = { NULL };
	const struct kind pair = { "tpm-sim:", "tpm", "/tpm", CC_PLATFORM_TPM, ",pcr=11,pcr=17" };
	struct cc_claims program = { 0 }, claims = { 0 };
	const struct cc_tolerance nothing = { 0 };
	struct fixture *f = *state;
	struct cc_digest pcr = { 0 };
	struct cc_err err = { 0 };

	start(f, none);
	must_prove(f, &sgx, &program);
	assert_int_equal(cc_sim_pcr_extend(&pcr, cc_span(program.measurement, 32), &err), 0);
	must_prove(f, &tpm, &claims);
	assert_int_equal(cc_claims_platform(&claims, &nothing, &err), 0);
	assert_int_equal(claims.tpm.pcrs, 1U << 4 | 1U << 11);
	assert_int_equal(claims.tpm.log_pcrs, 1U << 4);
	assert_memory_equal(claims.registers.at[1].value, pcr.b, sizeof(pcr.b));
	assert_true(claims.tpm.clock_is_safe);
	must_prove(f, &pair, &claims);
	assert_int_equal(claims.tpm.pcrs, 1U << 11 | 1U << 17);
	assert_memory_equal(claims.registers.at[0].value, pcr.b, sizeof(pcr.b));
	assert_int_equal(claims.registers.at[1].value[31], 0xff);
}

static void a_tpm_without_an_event_log_says_no_less_of_its_pcrs(void **state)
{
	static const char *const none[WORDS_MAX] = { NULL };
	static const char *const words[WORDS_MAX] = { "--tpm-log", "none" };
	struct cc_claims with = { 0 }, without = { 0 };
	struct fixture *f = *state;

	start(f, none);
	must_prove(f, &tpm, &with);
	start(f, words);
	must_prove(f, &tpm, &without);
	assert_int_equal(without.tpm.log_pcrs, 0);
	assert_memory_equal(with.measurement, without.measurement, sizeof(with.measurement));
}

static void what_is_wrong_with_a_quote_is_noticed(void **state)
{
	static const struct {
		const char *words[WORDS_MAX];
		const char *why;
	} cases[] = {
		{ { "--tpm-quote", "foreign" }, "not made by a TPM" },
		{ { "--tpm-quote", "time" }, "no quote" },
		{ { "--tpm-quote", "unrestricted" }, "no attestation key" },
		{ { "--tpm-log", "early" }, "handed over" },
		{ { "--tpm-extended", "4" }, "does not lead to the PCRs" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		start(f, cases[i].words);
		assert_int_equal(prove(f, &tpm, &claims, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		if (strstr(err.text, cases[i].why) == NULL)
			fail_msg("'%s' is not '%s'", err.text, cases[i].why);
	}
}

/* No log is asked about PCR 11: that another value is there is for a policy to notice. */
static void a_pcr_above_the_firmwares_is_another_measurement(void **state)
{
	static const char *const none[WORDS_MAX] = { NULL };
	static const char *const words[WORDS_MAX] = { "--tpm-extended", "11" };
	struct cc_claims before = { 0 }, after = { 0 };
	struct fixture *f = *state;

	start(f, none);
	must_prove(f, &tpm, &before);
	start(f, words);
	must_prove(f, &tpm, &after);
	assert_memory_equal(before.registers.at[0].value, after.registers.at[0].value, 32);
	assert_memory_not_equal(before.registers.at[1].value, after.registers.at[1].value, 32);
	assert_memory_not_equal(before.measurement, after.measurement, 32);
}

static void a_reset_between_two_quotes_is_seen(void **state)
{
	static const char *const resets[WORDS_MAX] = { "--tpm-resets", "4", "--tpm-clock-unsafe" };
	static const char *const restarts[WORDS_MAX] = { "--tpm-restarts", "2", "--tpm-firmware",
							 "7" };
	static const char *const none[WORDS_MAX] = { NULL };
	struct cc_claims claims[3] = { 0 };
	struct fixture *f = *state;

	start(f, none);
	must_prove(f, &tpm, &claims[0]);
	start(f, resets);
	must_prove(f, &tpm, &claims[1]);
	start(f, restarts);
	must_prove(f, &tpm, &claims[2]);
	assert_int_equal(claims[1].tpm.resets, claims[0].tpm.resets + 1);
	assert_false(claims[1].tpm.clock_is_safe);
	assert_int_equal(claims[2].tpm.restarts, claims[0].tpm.restarts + 1);
	assert_true(claims[2].tpm.clock_is_safe && claims[2].tpm.firmware == 7);
	/* One TPM all the time. */
	assert_true(cc_digest_eq(&claims[0].tpm.key, &claims[1].tpm.key));
	assert_true(cc_digest_eq(&claims[0].tpm.key, &claims[2].tpm.key));
}

static void a_directory_from_before_is_given_a_tpm(void **state)
{
	static const char *const none[WORDS_MAX] = { NULL };
	static const char *const files[] = { "secret/tpm-root.key", "secret/tpm-ca.key",
					     "secret/tpm-ak.key", "collateral/tpm.pem",
					     "collateral/tpm_chain.pem" };
	struct fixture *f = *state;
	struct cc_claims claims = { 0 };

	for (size_t i = 0; i < CC_COUNT(files); i++) {
		CC_AUTO_FREE char *path = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&path, &err, "%s/%s", f->keys, files[i]), 0);
		assert_int_equal(unlink(path), 0);
	}
	start(f, none);
	must_prove(f, &tpm, &claims);
}

static void no_other_log_goes_along_with_a_simulated_quote(void **state)
{
	static const char *const none[WORDS_MAX] = { NULL };
	struct fixture *f = *state;
	CC_AUTO_FREE char *address = NULL;
	struct cc_platform *platform = NULL;
	struct cc_err err = { 0 };

	start(f, none);
	assert_int_equal(cc_strf(&address, &err, "tpm-sim:%s,log=/dev/null", f->socket), 0);
	assert_int_equal(cc_platform_open(address, &platform, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

/* sun_path takes 107 characters; one that is cut off would be another socket. */
static void a_path_that_does_not_fit_is_refused(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_FREE char *address = NULL;
	struct cc_platform *none = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_strf(&address, &err, "%s%s/%090d", sgx.prefix, f->dir, 0), 0);
	assert_int_equal(cc_platform_open(address, &none, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_non_null(strstr(err.text, "at most 107 fit"));
}

#define ONE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(one_machine_is_of_every_kind),
		ONE(guests_have_no_keys),
		ONE(debug_mode_is_seen_and_refused),
		ONE(a_report_of_a_lower_level_is_seen_and_refused),
		ONE(each_verdict_on_the_machine_is_published),
		ONE(a_revoked_machine_proves_nothing),
		ONE(a_machine_below_every_level_is_not_supported),
		ONE(verdicts_on_quoting_enclave_and_module_are_published),
		ONE(a_guest_from_before_an_update_keeps_its_launch_tcb),
		ONE(an_advisory_must_be_tolerated),
		ONE(each_certificate_can_be_revoked),
		ONE(what_has_expired_proves_nothing),
		ONE(its_tpm_quotes_the_start_and_the_caller),
		ONE(a_tpm_without_an_event_log_says_no_less_of_its_pcrs),
		ONE(what_is_wrong_with_a_quote_is_noticed),
		ONE(a_pcr_above_the_firmwares_is_another_measurement),
		ONE(a_reset_between_two_quotes_is_seen),
		ONE(a_directory_from_before_is_given_a_tpm),
		ONE(no_other_log_goes_along_with_a_simulated_quote),
		ONE(a_path_that_does_not_fit_is_refused),
	};
	struct cc_err err = { 0 };

	if (cc_crypto_init(&err) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
