/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded event logs: what they lead to is what was quoted, and what is none is refused. */
#include "tests/unit/evidence/recorded.h"

#include "codec/json.h"
#include "evidence/event_log.h"

#define LOGS "tpm/eventlogs/"
#define GCE "tpm/go-tpm-tools/gce-cos-85-nonce9009"

static void read_or_skip(const char *name, const char *file, struct cc_buf *out)
{
	struct cc_err err = { 0 };

	CC_AUTO_BUF struct cc_buf table = { 0 };

	if (recorded_read("", "cases.tsv", &table, &err) == 0) {
		if (recorded_read(name, file, out, &err) != 0)
			fail_msg("%s", err.text);
		return;
	}
	print_message("# no recorded evidence beside the source tree: skipped\n");
	skip();
}

static void assert_pcrs(struct cc_span log, const char *name, enum cc_hash bank)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_replay replay = { 0 };
	struct cc_err err = { 0 };
	char file[32];

	(void)snprintf(file, sizeof(file), "pcrs_%s.json", cc_hash_name(bank));
	assert_int_equal(recorded_read(name, file, &text, &err), 0);
	assert_int_equal(cc_json_parse(cc_buf_span(&text), 8192, &json, &err), 0);
	if (cc_event_log_replay(log, bank, &replay, &err) != 0)
		fail_msg("%s", err.text);
	for (unsigned int i = 0; i < 10; i++) {
		const char *hex = NULL;
		char index[4];

		(void)snprintf(index, sizeof(index), "%u", i);
		assert_int_equal(cc_json_get_str(json, index, &hex, &err), 0);
		assert_hex(cc_hashed_span(&replay.at[i]), hex);
	}
	assert_true((replay.separated & 0xff) == 0xff && replay.exited == 1U << 5);
}

static void a_recorded_log_leads_to_the_quoted_pcrs_in_three_banks(void **state)
{
	CC_AUTO_BUF struct cc_buf log = { 0 };

	(void)state;
	read_or_skip(GCE, "event_log.bin", &log);
	assert_pcrs(cc_buf_span(&log), GCE, CC_HASH_SHA1);
	assert_pcrs(cc_buf_span(&log), GCE, CC_HASH_SHA256);
	assert_pcrs(cc_buf_span(&log), GCE, CC_HASH_SHA384);
}

/* Index 1 to 4 of a CCEL are the RTMRs, which stand at 376 in a quote of version 4. */
static void a_recorded_ccel_leads_to_the_quoted_rtmrs(void **state)
{
	static const char name[] = "tdx/go-tdx-guest/cos_113_ccel";
	CC_AUTO_BUF struct cc_buf log = { 0 }, quote = { 0 };
	struct cc_replay replay = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	read_or_skip(name, "ccel_data.dat", &log);
	read_or_skip(name, "quote.bin", &quote);
	if (cc_event_log_replay(cc_buf_span(&log), CC_HASH_SHA384, &replay, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(quote.len > 376 + sizeof(replay.at[0].b) * 4);
	for (size_t i = 0; i < 4; i++)
		assert_memory_equal(replay.at[i + 1].b, quote.at + 376 + 48 * i, 48);
}

static void every_recorded_log_is_read(void **state)
{
	static const struct {
		const char *file;
		enum cc_hash bank;
	} cases[] = {
		{ LOGS "go-eventlog/ccel/CCEL_unpadded.data.bin", CC_HASH_SHA384 },
		{ LOGS "go-eventlog/ccel/cos-113-intel-tdx.bin", CC_HASH_SHA384 },
		{ LOGS "go-eventlog/ccel/cos-113-intel-tdx-dupe-separator.bin", CC_HASH_SHA384 },
		{ LOGS "go-eventlog/ccel/event_log.bin", CC_HASH_SHA384 },
		{ LOGS "go-eventlog/legacy/coreos_36_shielded_vm_no_secure_boot_eventlog",
		  CC_HASH_SHA256 },
		{ LOGS "go-eventlog/legacy/crypto_agile_eventlog", CC_HASH_SHA256 },
		{ LOGS "go-eventlog/legacy/sb_cert_eventlog", CC_HASH_SHA256 },
		{ LOGS "go-eventlog/legacy/ubuntu_2104_shielded_vm_no_secure_boot_eventlog",
		  CC_HASH_SHA256 },
		{ LOGS "go-eventlog/tpm/arch-linux-workstation.bin", CC_HASH_SHA256 },
		{ LOGS "go-eventlog/tpm/cos-101-amd-sev.bin", CC_HASH_SHA256 },
		{ LOGS "go-eventlog/tpm/cos-85-amd-sev.bin", CC_HASH_SHA256 },
		{ LOGS "go-eventlog/tpm/cos-93-amd-sev.bin", CC_HASH_SHA256 },
		{ LOGS "go-eventlog/tpm/glinux-alex.bin", CC_HASH_SHA256 },
		{ LOGS "go-eventlog/tpm/rhel8-uefi.bin", CC_HASH_SHA256 },
		{ LOGS "go-eventlog/tpm/ubuntu-1804-amd-sev.bin", CC_HASH_SHA256 },
		{ LOGS "go-eventlog/tpm/ubuntu-2104-no-dbx.bin", CC_HASH_SHA256 },
		{ LOGS "go-eventlog/tpm/ubuntu-2104-no-secure-boot.bin", CC_HASH_SHA256 },
		{ LOGS "go-tpm-tools/confidential-gke-debug-251000_eventlog.bin", CC_HASH_SHA256 },
		{ LOGS "go-tpm-tools/eventlogwithsp800155.bin", CC_HASH_SHA256 },
		{ LOGS "go-tpm-tools/gdc-host.bin", CC_HASH_SHA256 },
		{ LOGS "go-tpm-tools/ubuntu-2404-amd-sevsnp.bin", CC_HASH_SHA256 },
		{ "tpm/keylime/mb/binary_bios_measurements", CC_HASH_SHA256 },
		{ "tpm/keylime/mb/binary_bios_measurements-secureboot", CC_HASH_SHA256 },
	};

	(void)state;
	for (size_t c = 0; c < CC_COUNT(cases); c++) {
		CC_AUTO_BUF struct cc_buf log = { 0 };
		struct cc_replay replay = { 0 };
		struct cc_err err = { 0 };

		read_or_skip("", cases[c].file, &log);
		if (cc_event_log_replay(cc_buf_span(&log), cases[c].bank, &replay, &err) != 0)
			fail_msg("%s: %s", cases[c].file, err.text);
		assert_true(replay.extended != 0);
	}
}

/* Those of the table are no logs or are cut; those of a TPM 1.2 have SHA-1 alone. */
static void what_is_no_log_is_refused(void **state)
{
	static const char *const files[] = {
		LOGS "go-eventlog/legacy/ebs_event_missing_eventlog",
		LOGS "go-eventlog/legacy/short_no_action_eventlog",
		"tpm/keylime/mb/binary_bios_measurements-bogus",
		LOGS "go-eventlog/legacy/option_rom_eventlog",
		LOGS "go-eventlog/tpm/debian-10.bin",
	};

	(void)state;
	for (size_t f = 0; f < CC_COUNT(files); f++) {
		CC_AUTO_BUF struct cc_buf log = { 0 };
		struct cc_replay replay = { 0 };
		struct cc_err err = { 0 };

		read_or_skip("", files[f], &log);
		assert_int_equal(
			cc_event_log_replay(cc_buf_span(&log), CC_HASH_SHA256, &replay, &err), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recorded_log_leads_to_the_quoted_pcrs_in_three_banks),
		cmocka_unit_test(a_recorded_ccel_leads_to_the_quoted_rtmrs),
		cmocka_unit_test(every_recorded_log_is_read),
		cmocka_unit_test(what_is_no_log_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
