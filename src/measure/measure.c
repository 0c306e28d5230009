/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/measure.h"

#include "base/str.h"
#include "codec/text.h"
#include "measure/sgx.h"

int cc_measure_options(const struct cc_json *options, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { .max = CC_MEASURED_MAX };

	if (options == NULL)
		CC_TRY(cc_buf_add_str(&text, "{}", err));
	else if (!cc_json_is_object(options))
		return cc_fail(err, CC_E_ARG, "platform options are not an object");
	else if (cc_json_print(options, &text, err) != 0)
		return cc_wrap(err, "platform options");
	return cc_sha256(cc_buf_span(&text), out, err);
}

#define TITLE "concordat measurement 1\n"

struct line {
	const char *name;
	size_t at;
};

static const struct line lines[] = {
	{ "runtime ", offsetof(struct cc_measured, runtime) },
	{ "content ", offsetof(struct cc_measured, content) },
	{ "options ", offsetof(struct cc_measured, options) },
};

int cc_measured_print(const struct cc_measured *record, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_str(out, TITLE, err));
	for (size_t i = 0; i < CC_COUNT(lines); i++) {
		struct cc_span digest =
			cc_span((const char *)record + lines[i].at, sizeof(struct cc_digest));

		CC_TRY(cc_buf_add_str(out, lines[i].name, err));
		CC_TRY(cc_hex_add(out, digest, err));
		CC_TRY(cc_buf_add_str(out, "\n", err));
	}
	return 0;
}

static int expect(struct cc_reader *r, const char *text, struct cc_err *err)
{
	struct cc_span found = { 0 };

	CC_TRY(cc_read_span(r, strlen(text), "measured record", &found, err));
	if (!cc_span_eq_str(found, text))
		return cc_fail(err, CC_E_ARG,
			       "measured record is not of the form 'concordat "
			       "measurement 1'");
	return 0;
}

static int read_record(struct cc_span text, struct cc_measured *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(text);
	struct cc_span digits = { 0 };

	CC_TRY(expect(&r, TITLE, err));
	for (size_t i = 0; i < CC_COUNT(lines); i++) {
		struct cc_mut to = { (uint8_t *)out + lines[i].at, sizeof(struct cc_digest) };

		CC_TRY(expect(&r, lines[i].name, err));
		CC_TRY(cc_read_span(&r, 2 * to.len, "measured record", &digits, err));
		CC_TRY(cc_hex_parse_fixed(digits, lines[i].name, to, err));
		CC_TRY(expect(&r, "\n", err));
	}
	return cc_read_end(&r, "measured record", err);
}

int cc_measured_parse(struct cc_span text, struct cc_measured *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf again = { 0 };
	struct cc_measured record = { 0 };

	CC_TRY(read_record(text, &record, err));
	/* Upper case digits read as the same digests and measure as something else. */
	CC_TRY(cc_measured_print(&record, &again, err));
	if (!cc_span_eq(cc_buf_span(&again), text))
		return cc_fail(err, CC_E_ARG, "measured record is not in its one form");
	*out = record;
	return 0;
}

#define ENCLAVE_SIZE 65536

/* An enclave of one readable page, which is the record. */
int cc_measure_sgx(const struct cc_measured *record, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { .max = CC_SGX_PAGE };
	struct cc_sgx_layout layout = { .enclave_size = ENCLAVE_SIZE, .ssa_frame_pages = 1 };

	CC_TRY(cc_measured_print(record, &text, err));
	layout.areas[layout.count++] = (struct cc_sgx_area){
		.pages = 1, .permissions = CC_SGX_R, .is_measured = true, .data = cc_buf_span(&text)
	};
	return cc_sgx_measure(&layout, out, err);
}

static int measure_sgx(const struct cc_measured *record, struct cc_measurement *out,
		       struct cc_err *err)
{
	struct cc_digest mrenclave = { 0 };

	CC_TRY(cc_measure_sgx(record, &mrenclave, err));
	memcpy(out->b, mrenclave.b, sizeof(mrenclave.b));
	out->len = sizeof(mrenclave.b);
	return 0;
}

struct method {
	const char *platform;
	int (*measure)(const struct cc_measured *record, struct cc_measurement *out,
		       struct cc_err *err);
};

static const struct method methods[] = {
	{ "sgx", measure_sgx },
};

int cc_measure(const char *platform, const struct cc_measured *record, struct cc_measurement *out,
	       struct cc_err *err)
{
	struct cc_measurement measurement = { 0 };

	for (size_t i = 0; i < CC_COUNT(methods); i++) {
		if (!cc_str_eq(methods[i].platform, platform))
			continue;
		CC_TRY(methods[i].measure(record, &measurement, err));
		*out = measurement;
		return 0;
	}
	cc_err_set(err, CC_E_UNSUPPORTED, "measurements of platform '%s' are not computed here",
		   platform);
	return cc_hint(err, "platforms that are: sgx (and its simulation)");
}

int cc_measured_of_cas(const struct cc_digest *keeper, struct cc_measured *out, struct cc_err *err)
{
	struct cc_measured record = { .runtime = *keeper };

	CC_TRY(cc_measure_options(NULL, &record.options, err));
	*out = record;
	return 0;
}
