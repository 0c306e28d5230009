/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence by Gramine, for an SGX enclave: files that its LibOS makes (Gramine,
 * "Attestation and Secret Provisioning", /dev/attestation).
 *
 * What `user_report_data` was told last stands in the next quote of the whole process, and
 * nothing counts along. So the quote is looked at before it is believed to be ours.
 *
 * No keys: `keys/_sgx_mrenclave` is a good one, but the place of these files comes from the host,
 * and a key that the host may have chosen would seal nothing.
 */
#include <errno.h>
#include <fcntl.h>

#include "base/dir.h"
#include "evidence/quote.h"
#include "platform/source-internal.h"

#define TYPE_MAX ((size_t)64)
/* Of a quote of version 3: REPORTDATA is the end of the enclave's report. */
#define REPORT_DATA_AT (CC_QUOTE_HEADER_LEN + 320)

struct gramine {
	struct cc_dir dir;
};

static int check_type(const struct cc_dir *dir, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf type = { 0 };
	struct cc_span text = { 0 };

	CC_TRY(cc_dir_read(dir, "attestation_type", TYPE_MAX, &type, err));
	text = cc_buf_span(&type);
	if (text.len > 0 && text.at[text.len - 1] == '\n')
		text.len--;
	if (cc_span_eq(text, cc_span_str("dcap")))
		return 0;
	cc_err_set(err, CC_E_UNSUPPORTED, "Gramine's remote attestation is '%.*s', not 'dcap'",
		   (int)text.len, (const char *)text.at);
	return cc_hint(err,
		       "write sgx.remote_attestation = \"dcap\" into the manifest, and sign it "
		       "again");
}

static void gramine_close(void *state)
{
	struct gramine *gramine = state;

	cc_dir_close(&gramine->dir);
	free(gramine);
}

static void gramine_auto(struct gramine **gramine)
{
	if (*gramine != NULL)
		gramine_close(*gramine);
}

static int gramine_open(const char *where, void **state, struct cc_source_name *name,
			struct cc_err *err)
{
	CC_CLEANUP(gramine_auto) struct gramine *gramine = calloc(1, sizeof(*gramine));

	if (gramine == NULL)
		return cc_fail_sys(err, ENOMEM, "open the platform");
	gramine->dir = CC_DIR_NONE;
	if (cc_dir_open(where, CC_DIR_OWN, &gramine->dir, err) != 0) {
		err->code = CC_E_UNSUPPORTED;
		return cc_hint(err, "only a program that Gramine runs in an enclave has this");
	}
	CC_TRY(check_type(&gramine->dir, err));
	*name = (struct cc_source_name){ "sgx", "SGX by Gramine" };
	*state = CC_TAKE(gramine);
	return 0;
}

static int say_report_data(const struct cc_dir *dir, const struct cc_digest64 *report_data,
			   struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;

	CC_TRY(cc_dir_openat(dir, "user_report_data", O_WRONLY, 0, &fd, err));
	if (cc_write_all(fd, CC_DIGEST_SPAN(*report_data), err) != 0)
		return cc_wrap(err, "user_report_data");
	if (close(CC_TAKE_FD(fd)) != 0)
		return cc_fail_sys(err, errno, "user_report_data");
	return 0;
}

static int take_quote(const struct cc_dir *dir, struct cc_buf *out, struct cc_err *err)
{
	if (cc_dir_read(dir, "quote", CC_EVIDENCE_MAX, out, err) == 0)
		return 0;
	err->code = CC_E_UNAVAILABLE;
	return cc_hint(err, "start Intel's aesmd on the host and give the enclave its socket");
}

static int gramine_quote(void *state, const struct cc_digest64 *report_data, struct cc_buf *out,
			 struct cc_err *err)
{
	const struct gramine *gramine = state;
	CC_AUTO_BUF struct cc_buf quote = { 0 };

	CC_TRY(say_report_data(&gramine->dir, report_data, err));
	CC_TRY(take_quote(&gramine->dir, &quote, err));
	if (quote.len < REPORT_DATA_AT + sizeof(report_data->b))
		return cc_fail(err, CC_E_UNAVAILABLE, "Gramine's quote has %zu bytes", quote.len);
	if (memcmp(quote.at + REPORT_DATA_AT, report_data->b, sizeof(report_data->b)) != 0) {
		cc_err_set(err, CC_E_UNAVAILABLE, "Gramine's quote is over other report data");
		return cc_hint(err, "somebody else in this enclave asks for quotes: stop it");
	}
	return cc_buf_add(out, cc_buf_span(&quote), err);
}

const struct cc_source cc_source_gramine = {
	.prefix = "gramine:",
	.place = "/dev/attestation",
	.open = gramine_open,
	.close = gramine_close,
	.quote = gramine_quote,
};
