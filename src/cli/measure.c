/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/measure.h"

#include <errno.h>
#include <fcntl.h>

#include "base/dir.h"
#include "base/str.h"
#include "cli/output.h"
#include "codec/text.h"
#include "measure/uki.h"

#define CHUNK ((size_t)1024 * 1024)
#define LIST "measurements"
#define RTMRS 4

int cc_measure_read(const char *path, size_t max, struct cc_buf *out, struct cc_err *err)
{
	out->max = max + CHUNK; /* reading asks for room behind the end */
	return cc_file_read(path, max, out, err);
}

/* Up to the end of the file, or CC_MEASURE_FILE_MAX. */
static int hash_all(int fd, struct cc_hasher *h, struct cc_err *err)
{
	CC_AUTO_FREE uint8_t *chunk = malloc(CHUNK);
	size_t total = 0;

	if (chunk == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory to read a file");
	for (;;) {
		ssize_t done = read(fd, chunk, CHUNK);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return cc_fail_sys(err, errno, "read");
		if (done == 0)
			return 0;
		total += (size_t)done;
		if (total > CC_MEASURE_FILE_MAX)
			return cc_fail(err, CC_E_TOOBIG, "more than the maximum of %zu bytes",
				       CC_MEASURE_FILE_MAX);
		CC_TRY(cc_hasher_add(h, cc_span(chunk, (size_t)done), err));
	}
}

int cc_measure_hash(const char *path, enum cc_hash hash, struct cc_hashed *out, struct cc_err *err)
{
	CC_AUTO_HASHER struct cc_hasher *h = NULL;
	CC_AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return cc_fail_sys(err, errno, "open '%s'", path);
	CC_TRY(cc_hasher_new_of(hash, &h, err));
	if (hash_all(fd, h, err) != 0)
		return cc_wrap(err, "'%s'", path);
	return cc_hasher_done_of(h, out, err);
}

static int parse_hex(const char *option, const char *digits, uint64_t *out, struct cc_err *err)
{
	size_t len = strlen(digits);

	if (len == 0 || len > 16 || strspn(digits, "0123456789abcdefABCDEF") != len)
		return cc_fail(err, CC_E_ARG, "--%s: '0x%.40s' is not 1 to 16 digits", option,
			       digits);
	*out = strtoull(digits, NULL, 16);
	return 0;
}

int cc_measure_number(const char *option, const char *text, uint64_t max, uint64_t *out,
		      struct cc_err *err)
{
	uint64_t value = 0;

	if (!cc_str_starts(text, "0x")) {
		if (cc_parse_u64(cc_span_str(text), max, "number", out, err) != 0)
			return cc_wrap(err, "--%s", option);
		return 0;
	}
	CC_TRY(parse_hex(option, text + 2, &value, err));
	if (value > max)
		return cc_fail(err, CC_E_ARG, "--%s: %s is more than 0x%llx", option, text,
			       (unsigned long long)max);
	*out = value;
	return 0;
}

int cc_measure_report(const char *platform, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *report = NULL, *list = NULL;

	CC_TRY(cc_json_object(&report, err));
	CC_TRY(cc_json_array(&list, err));
	CC_TRY(cc_json_set_str(report, "platform", platform, err));
	CC_TRY(cc_json_set(report, LIST, CC_TAKE(list), err));
	*out = CC_TAKE(report);
	return 0;
}

int cc_measure_add(struct cc_json *report, struct cc_span measurement, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const struct cc_json *old = NULL;
	const char *platform = NULL, *value = NULL;

	CC_TRY(cc_json_get_str(report, "platform", &platform, err));
	CC_TRY(cc_json_get_array(report, LIST, &old, err));
	CC_TRY(cc_json_copy(old, &list, err));
	CC_TRY(cc_buf_addf(&text, err, "%s:", platform));
	CC_TRY(cc_hex_add(&text, measurement, err));
	CC_TRY(cc_buf_str(&text, &value, err));
	CC_TRY(cc_json_add_str(list, value, err));
	return cc_json_set(report, LIST, CC_TAKE(list), err);
}

static int copy_registers(const struct cc_json *report, const char *kind, unsigned int count,
			  struct cc_json *out, struct cc_err *err)
{
	for (unsigned int i = 0; i < count; i++) {
		const char *value = NULL;
		char name[16];

		(void)snprintf(name, sizeof(name), "%s%u", kind, i);
		if (!cc_json_has(report, name))
			continue;
		CC_TRY(cc_json_get_str(report, name, &value, err));
		CC_TRY(cc_json_set_str(out, name, value, err));
	}
	return 0;
}

static int make_line(const struct cc_json *report, const char *measurement, struct cc_json **out,
		     struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *line = NULL, *registers = NULL;
	const char *platform = NULL;

	CC_TRY(cc_json_object(&line, err));
	CC_TRY(cc_json_object(&registers, err));
	CC_TRY(cc_json_get_str(report, "platform", &platform, err));
	CC_TRY(cc_json_set_str(line, "platform", platform, err));
	if (!cc_str_eq(platform, "tpm"))
		CC_TRY(cc_json_set_str(line, "value", strchr(measurement, ':') + 1, err));
	CC_TRY(copy_registers(report, "pcr", CC_TPM_PCR_COUNT, registers, err));
	CC_TRY(copy_registers(report, "rtmr", RTMRS, registers, err));
	if (cc_json_count(registers) > 0)
		CC_TRY(cc_json_set(line, "registers", CC_TAKE(registers), err));
	*out = CC_TAKE(line);
	return 0;
}

int cc_measure_by_registers(struct cc_json *report, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;
	const struct cc_json *old = NULL;

	CC_TRY(cc_json_array(&list, err));
	CC_TRY(cc_json_get_array(report, LIST, &old, err));
	for (size_t i = 0; i < cc_json_count(old); i++) {
		struct cc_json *line = NULL;

		CC_TRY(make_line(report, cc_json_str(cc_json_at(old, i)), &line, err));
		CC_TRY(cc_json_add(list, line, err));
	}
	return cc_json_set(report, LIST, CC_TAKE(list), err);
}

/* The lines as they stand in a policy: JSON is YAML. */
static int add_policy(const struct cc_json *list, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_str(out, "\nof a service in a policy:\n    " LIST ":\n", err));
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const struct cc_json *line = cc_json_at(list, i);

		CC_TRY(cc_buf_add_str(out, "      - ", err));
		CC_TRY(cc_json_str(line) != NULL ? cc_buf_add_str(out, cc_json_str(line), err)
						 : cc_json_print(line, out, err));
		CC_TRY(cc_buf_add_u8(out, '\n', err));
	}
	return 0;
}

int cc_measure_print(const char *output, struct cc_json *report, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 }, policy = { 0 };
	const struct cc_json *list = NULL;

	if (cc_wants_data(output))
		return cc_print_data(output, report, err);
	CC_TRY(cc_json_get_array(report, LIST, &list, err));
	CC_TRY(add_policy(list, &policy, err));
	cc_json_drop(report, LIST);
	CC_TRY(cc_table_print(report, &text, err));
	CC_TRY(cc_buf_add(&text, cc_buf_span(&policy), err));
	return cc_print(cc_buf_span(&text), err);
}
