/* SPDX-License-Identifier: Apache-2.0 */
/* measure sgx: MRENCLAVE of a layout, a stream, or what a signer says of it. */
#include "measure/sgx.h"

#include "base/fd.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/measure.h"
#include "cli/output.h"

struct values {
	const char *file, *output;
};

static const struct cc_opt_arg args[] = {
	{ "FILE", offsetof(struct values, file), "layout in JSON, .sgxs stream, or SIGSTRUCT",
	  false, false },
};

static const struct cc_opt opts[] = { CC_OPT_OUTPUT(struct values) };

struct contents {
	struct cc_buf at[CC_SGX_AREAS_MAX];
	size_t total;
};

static void clear(struct contents *contents)
{
	for (size_t i = 0; i < CC_SGX_AREAS_MAX; i++)
		cc_buf_clear(&contents->at[i]);
}

/* Files of a layout lie beside it, unless they have absolute names. */
static int read_content(const char *layout, const char *name, struct cc_buf *out,
			struct cc_err *err)
{
	const char *slash = strrchr(layout, '/');
	int dir = name[0] == '/' || slash == NULL ? 0 : (int)(slash - layout) + 1;
	CC_AUTO_FREE char *path = NULL;

	CC_TRY(cc_strf(&path, err, "%.*s%s", dir, layout, name));
	return cc_measure_read(path, CC_MEASURE_FILE_MAX, out, err);
}

static int read_contents(const char *path, struct cc_sgx_layout *layout, struct contents *out,
			 struct cc_err *err)
{
	for (size_t i = 0; i < layout->count; i++) {
		struct cc_sgx_area *area = &layout->areas[i];

		if (area->file == NULL)
			continue;
		if (read_content(path, area->file, &out->at[i], err) != 0)
			return cc_wrap(err, "layout: area %zu", i);
		area->data = cc_buf_span(&out->at[i]);
		out->total += area->data.len;
		if (out->total > CC_MEASURE_FILE_MAX)
			return cc_fail(err, CC_E_TOOBIG,
				       "layout: its files have more than %zu bytes",
				       CC_MEASURE_FILE_MAX);
	}
	return 0;
}

static int measure_layout(const char *path, struct cc_span text, struct cc_json *report,
			  struct cc_err *err)
{
	CC_CLEANUP(clear) struct contents contents = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_sgx_layout layout = { 0 };
	struct cc_digest mrenclave = { 0 };

	if (cc_json_parse(text, CC_SGX_LAYOUT_MAX, &json, err) != 0)
		return cc_wrap(err, "'%s' is no stream, no SIGSTRUCT and no layout", path);
	CC_TRY(cc_sgx_layout_read(json, &layout, err));
	CC_TRY(read_contents(path, &layout, &contents, err));
	CC_TRY(cc_sgx_measure(&layout, &mrenclave, err));
	CC_TRY(cc_json_set_str(report, "source", "layout", err));
	CC_TRY(cc_json_set_bool(report, "signed", false, err));
	CC_TRY(cc_json_set_u64(report, "enclave_size", layout.enclave_size, err));
	return cc_measure_add(report, CC_DIGEST_SPAN(mrenclave), err);
}

static int measure_stream(struct cc_span stream, struct cc_json *report, struct cc_err *err)
{
	struct cc_sgxs sgxs = { 0 };

	CC_TRY(cc_sgxs_measure(stream, &sgxs, err));
	CC_TRY(cc_json_set_str(report, "source", "stream", err));
	CC_TRY(cc_json_set_bool(report, "signed", false, err));
	CC_TRY(cc_json_set_u64(report, "enclave_size", sgxs.enclave_size, err));
	CC_TRY(cc_json_set_u64(report, "pages", sgxs.pages, err));
	return cc_measure_add(report, CC_DIGEST_SPAN(sgxs.mrenclave), err);
}

static int show_sigstruct(struct cc_span bytes, struct cc_json *report, struct cc_err *err)
{
	struct cc_sigstruct s = { 0 };
	struct cc_err why = { 0 };
	bool is_signed = cc_sigstruct_verify(bytes, &why) == 0;

	if (!is_signed && why.code != CC_E_NOTFOUND) {
		*err = why;
		return -1;
	}
	CC_TRY(cc_sigstruct_parse(bytes, &s, err));
	CC_TRY(cc_json_set_str(report, "source", "sigstruct", err));
	CC_TRY(cc_json_set_bool(report, "signed", is_signed, err));
	CC_TRY(cc_json_set_hex(report, "mrsigner", CC_DIGEST_SPAN(s.mrsigner), err));
	CC_TRY(cc_json_set_u64(report, "isvprodid", s.isvprodid, err));
	CC_TRY(cc_json_set_u64(report, "isvsvn", s.isvsvn, err));
	CC_TRY(cc_json_set_bool(report, "debug", s.is_debug, err));
	return cc_measure_add(report, CC_DIGEST_SPAN(s.mrenclave), err);
}

static int measure(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_BUF struct cc_buf file = { 0 };
	CC_AUTO_JSON struct cc_json *report = NULL;
	struct cc_span bytes = { 0 };

	CC_TRY(cc_measure_read(values->file, CC_MEASURE_FILE_MAX, &file, err));
	CC_TRY(cc_measure_report("sgx", &report, err));
	bytes = cc_buf_span(&file);
	if (cc_sgxs_is(bytes))
		CC_TRY(measure_stream(bytes, report, err));
	else if (cc_sigstruct_is(bytes))
		CC_TRY(show_sigstruct(bytes, report, err));
	else
		CC_TRY(measure_layout(values->file, bytes, report, err));
	return cc_measure_print(values->output, report, err);
}

const struct cc_command cc_command_measure_sgx = {
	"measure sgx",
	"Compute MRENCLAVE of an enclave.",
	opts,
	CC_COUNT(opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	NULL,
	measure,
};
