/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/nsm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "base/fd.h"
#include "codec/cbor.h"
#include "platform/source-internal.h"

#define CBOR_NULL 22
#define ERROR_NAME_MAX 32

/* drivers/misc/nsm.c: what is sent, and room for what comes back. */
struct nsm_raw {
	struct iovec request, response;
};
#define NSM_RAW _IOWR(0x0A, 0x0, struct nsm_raw)

int cc_nsm_request(const struct cc_digest64 *report_data, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 1, err));
	CC_TRY(cc_cbor_add_text(out, "Attestation", err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 3, err));
	CC_TRY(cc_cbor_add_text(out, "user_data", err));
	CC_TRY(cc_cbor_add_bytes(out, CC_DIGEST_SPAN(*report_data), err));
	CC_TRY(cc_cbor_add_text(out, "nonce", err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_SIMPLE, CBOR_NULL, err));
	CC_TRY(cc_cbor_add_text(out, "public_key", err));
	return cc_cbor_add_head(out, CC_CBOR_SIMPLE, CBOR_NULL, err);
}

/* The module's word for it ("InvalidArgument", "InternalError"); letters alone are repeated. */
static int refused(struct cc_span value, struct cc_err *err)
{
	struct cc_span name = { 0 };

	CC_TRY(cc_cbor_text(value, "Error", &name, err));
	for (size_t i = 0; i < name.len; i++)
		if (((name.at[i] | 0x20) < 'a') || ((name.at[i] | 0x20) > 'z'))
			name.len = 0;
	if (name.len == 0 || name.len > ERROR_NAME_MAX)
		return cc_fail(err, CC_E_ARG, "the module's error has no name");
	return cc_fail(err, CC_E_UNAVAILABLE, "the module answers '%.*s'", (int)name.len,
		       (const char *)name.at);
}

int cc_nsm_document(struct cc_span response, struct cc_span *out, struct cc_err *err)
{
	struct cc_cbor_map map = { 0 }, attestation = { 0 };
	struct cc_span error = { 0 };

	CC_TRY(cc_cbor_map(response, "response", &map, err));
	if (map.count != 1)
		return cc_fail(err, CC_E_ARG, "the response has %zu members, not 1", map.count);
	error = cc_cbor_find_text(&map, "Error");
	if (error.len > 0)
		return refused(error, err);
	CC_TRY(cc_cbor_map(cc_cbor_find_text(&map, "Attestation"), "Attestation", &attestation,
			   err));
	return cc_cbor_bytes(cc_cbor_find_text(&attestation, "document"), "document", out, err);
}

struct nsm {
	int fd;
};

static void nsm_close(void *state)
{
	struct nsm *nsm = state;

	cc_auto_close(&nsm->fd);
	free(nsm);
}

static void nsm_auto(struct nsm **nsm)
{
	if (*nsm != NULL)
		nsm_close(*nsm);
}

static int nsm_open(const char *where, void **state, struct cc_source_name *name,
		    struct cc_err *err)
{
	CC_CLEANUP(nsm_auto) struct nsm *nsm = calloc(1, sizeof(*nsm));

	if (nsm == NULL)
		return cc_fail_sys(err, ENOMEM, "open the platform");
	nsm->fd = open(where, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (nsm->fd < 0) {
		cc_err_set(err, CC_E_UNSUPPORTED, "open '%s': %s", where, strerrordesc_np(errno));
		return cc_hint(err,
			       "only an AWS Nitro enclave with the driver 'nsm' has this device");
	}
	*name = (struct cc_source_name){ "nitro", "AWS Nitro by its NSM" };
	*state = CC_TAKE(nsm);
	return 0;
}

static int nsm_quote(void *state, const struct cc_digest64 *report_data, struct cc_buf *out,
		     struct cc_err *err)
{
	const struct nsm *nsm = state;
	CC_AUTO_BUF struct cc_buf request = { 0 }, response = { 0 };
	struct cc_span document = { 0 };
	struct cc_mut room = { 0 };
	struct nsm_raw raw = { 0 };

	CC_TRY(cc_nsm_request(report_data, &request, err));
	CC_TRY(cc_buf_extend(&response, CC_NSM_RESPONSE_MAX, &room, err));
	raw.request = (struct iovec){ request.at, request.len };
	raw.response = (struct iovec){ room.at, room.len };
	if (ioctl(nsm->fd, NSM_RAW, &raw) != 0)
		return cc_fail(err, CC_E_UNAVAILABLE, "ask the NSM: %s", strerrordesc_np(errno));
	if (raw.response.iov_len > room.len)
		return cc_fail(err, CC_E_TOOBIG, "the NSM answers with %zu bytes",
			       raw.response.iov_len);
	CC_TRY(cc_nsm_document(cc_span(room.at, raw.response.iov_len), &document, err));
	return cc_buf_add(out, document, err);
}

const struct cc_source cc_source_nsm = {
	.prefix = "nsm:",
	.place = "/dev/nsm",
	.open = nsm_open,
	.close = nsm_close,
	.quote = nsm_quote,
};
