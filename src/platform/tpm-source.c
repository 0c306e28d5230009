/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence by a TPM 2.0: the container of docs/format/evidence.md, over the PCRs that the address
 * names.
 *
 * The attestation key is nothing that somebody has to keep: a primary key comes from the seed of
 * the TPM's endorsement hierarchy and a template, so it is the same one after each start of the
 * machine, until the TPM is given another owner. Where a cloud has put the certificate of one of
 * its own templates into the TPM, that key it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "crypto/der.h"
#include "platform/source-internal.h"
#include "platform/tpm-address.h"
#include "platform/tpm-device.h"

#define DEVICE "/dev/tpmrm0"
/* What leaves room for the rest: certificates are of 4 KiB at most. */
#define LOG_MAX ((size_t)56 * 1024)
#define CERT_MAX ((size_t)4096)
#define ATTEMPTS 6

/* Restricted to signing what its TPM made, ECDSA on P-256 with SHA-256: a TPMT_PUBLIC. */
static const uint8_t own_template[] = {
	0x00, 0x23, 0x00, 0x0b,             /* ECC, Name by SHA-256 */
	0x00, 0x05, 0x00, 0x72,             /* fixed, of its own making, restricted, sign */
	0x00, 0x00,                         /* no policy */
	0x00, 0x10,                         /* no cipher */
	0x00, 0x18, 0x00, 0x0b, 0x00, 0x03, /* ECDSA, SHA-256, P-256 */
	0x00, 0x10,                         /* no derivation */
	0x00, 0x00, 0x00, 0x00,             /* the point: the TPM's */
};

/*
 * Where an attestation key and its certificate are; the first with a certificate, or the last.
 * TCG, "Registry of Reserved TPM 2.0 Handles and Localities", for the ranges; Google's from
 * go-tpm-tools (client/handles.go), Azure's from its documentation of Trusted Launch.
 */
struct place {
	const char *name;
	uint32_t certificate; /* NV index */
	uint32_t template;    /* NV index; 0: the handle's, or ours */
	uint32_t handle;      /* a persistent key; 0: it is made */
};

static const struct place places[] = {
	{ "Google's of P-256", 0x01c10002, 0x01c10003, 0 },
	{ "Google's of RSA", 0x01c10000, 0x01c10001, 0 },
	{ "Azure's", 0x01c101d0, 0, 0x81000003 },
	{ "ours", CC_TPM_CERTIFICATE_INDEX, 0, 0 },
};

struct tpm {
	struct cc_tpm_device device;
	struct cc_tpm_address address; /* without a log: where Linux has it, if it has */
};

/* The key of one quote. */
struct key {
	const struct cc_tpm_device *device;
	uint32_t handle;
	bool is_made; /* to be taken away */
	struct cc_buf bytes, certificate;
	struct cc_tpm_public public; /* of the bytes */
};

static void key_clear(struct key *key)
{
	const struct cc_tpm_call flush = { .command = CC_TPM_FLUSH,
					   .handles = { key->handle },
					   .handle_count = 1 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_tpm_response response = { 0 };
	struct cc_err ignored = { 0 };

	if (key->is_made)
		cc_ignore(cc_tpm_ask(key->device, &flush, &bytes, &response, &ignored));
	cc_buf_clear(&key->bytes);
	cc_buf_clear(&key->certificate);
}
#define AUTO_KEY CC_CLEANUP(key_clear)

static int nv_public(const struct cc_tpm_device *device, uint32_t index, struct cc_tpm_nv *out,
		     struct cc_err *err)
{
	const struct cc_tpm_call call = { .command = CC_TPM_NV_READ_PUBLIC,
					  .handles = { index },
					  .handle_count = 1 };
	struct cc_tpm_response response = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	CC_TRY(cc_tpm_ask(device, &call, &bytes, &response, err));
	return cc_tpm_nv_public_read(response.parameters, out, err);
}

static int nv_chunk(const struct cc_tpm_device *device, struct cc_tpm_call *call, uint16_t at,
		    uint16_t len, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf parameters = { 0 }, bytes = { 0 };
	struct cc_tpm_response response = { 0 };
	struct cc_span data = { 0 };

	CC_TRY(cc_tpm_nv_add(len, at, &parameters, err));
	call->parameters = cc_buf_span(&parameters);
	CC_TRY(cc_tpm_ask(device, call, &bytes, &response, err));
	CC_TRY(cc_tpm_nv_data_read(response.parameters, len, &data, err));
	return cc_buf_add(out, data, err);
}

/* `out` stays empty when there is no such index. */
static int nv_read(const struct cc_tpm_device *device, uint32_t index, struct cc_buf *out,
		   struct cc_err *err)
{
	struct cc_tpm_call call = { .command = CC_TPM_NV_READ,
				    .handles = { index, index },
				    .handle_count = 2,
				    .authorized = 1 };
	struct cc_tpm_nv nv = { 0 };

	if (nv_public(device, index, &nv, err) != 0) {
		if (err->code != CC_E_NOTFOUND)
			return -1;
		*err = (struct cc_err){ 0 };
		return 0;
	}
	if (nv.size > CERT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "NV index 0x%08x has %u bytes, at most %zu", index,
			       nv.size, CERT_MAX);
	if ((nv.attributes & CC_TPM_NV_AUTHREAD) == 0)
		call.handles[0] = CC_TPM_OWNER;
	for (uint16_t at = 0; at < nv.size;) {
		uint16_t left = (uint16_t)(nv.size - at);
		uint16_t len = left < CC_TPM_NV_CHUNK ? left : CC_TPM_NV_CHUNK;

		CC_TRY(nv_chunk(device, &call, at, len, out, err));
		at = (uint16_t)(at + len);
	}
	return 0;
}

/* One certificate, and what fills up the index behind it. */
static int read_certificate(const struct cc_tpm_device *device, uint32_t index, struct cc_buf *out,
			    struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_span content = { 0 };
	struct cc_reader r = { 0 };

	CC_TRY(nv_read(device, index, &bytes, err));
	if (bytes.len == 0)
		return 0;
	r = cc_reader(cc_buf_span(&bytes));
	CC_TRY(cc_der_read(&r, CC_DER_SEQUENCE, "certificate", &content, err));
	return cc_buf_add(out, cc_span_sub(cc_buf_span(&bytes), 0, bytes.len - r.rest.len), err);
}

static int take_public(struct key *key, const struct cc_tpm_response *response, struct cc_err *err)
{
	struct cc_span public = { 0 };

	CC_TRY(cc_tpm_public_read(response->parameters, &public, err));
	CC_TRY(cc_buf_add(&key->bytes, public, err));
	return cc_tpm_public_parse(cc_buf_span(&key->bytes), &key->public, err);
}

static int find_key(struct key *key, uint32_t handle, struct cc_err *err)
{
	const struct cc_tpm_call call = { .command = CC_TPM_READ_PUBLIC,
					  .handles = { handle },
					  .handle_count = 1 };
	struct cc_tpm_response response = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	CC_TRY(cc_tpm_ask(key->device, &call, &bytes, &response, err));
	key->handle = handle;
	return take_public(key, &response, err);
}

static int make_key(struct key *key, struct cc_span template, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf parameters = { 0 }, bytes = { 0 };
	struct cc_tpm_call call = { .command = CC_TPM_CREATE_PRIMARY,
				    .handles = { CC_TPM_ENDORSEMENT },
				    .handle_count = 1,
				    .authorized = 1 };
	struct cc_tpm_response response = { 0 };

	CC_TRY(cc_tpm_primary_add(template, &parameters, err));
	call.parameters = cc_buf_span(&parameters);
	CC_TRY(cc_tpm_ask(key->device, &call, &bytes, &response, err));
	key->handle = response.handle;
	key->is_made = true;
	return take_public(key, &response, err);
}

static int take_key(struct key *key, const struct place *place, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf template = { 0 };

	if (place->handle != 0)
		return find_key(key, place->handle, err);
	if (place->template == 0)
		return make_key(key, CC_SPAN(own_template), err);
	CC_TRY(nv_read(key->device, place->template, &template, err));
	if (template.len == 0)
		return cc_fail(err, CC_E_UNSUPPORTED, "NV index 0x%08x, its template, is missing",
			       place->template);
	return make_key(key, cc_buf_span(&template), err);
}

static int choose_key(struct key *key, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(places); i++) {
		if (read_certificate(key->device, places[i].certificate, &key->certificate, err) !=
		    0)
			return cc_wrap(err, "certificate of the attestation key (%s)",
				       places[i].name);
		if (key->certificate.len == 0 && i + 1 < CC_COUNT(places))
			continue;
		if (take_key(key, &places[i], err) != 0)
			return cc_wrap(err, "attestation key (%s)", places[i].name);
		return 0;
	}
	return cc_fail(err, CC_E_BUG, "there is no place of a key");
}

static int read_values(const struct tpm *tpm, struct cc_tpm_values *out, struct cc_err *err)
{
	while (out->read != tpm->address.pcrs) {
		CC_AUTO_BUF struct cc_buf parameters = { 0 }, bytes = { 0 };
		struct cc_tpm_call call = { .command = CC_TPM_PCR_READ };
		struct cc_tpm_response response = { 0 };

		CC_TRY(cc_tpm_pcrs_add(tpm->address.pcrs & ~out->read, &parameters, err));
		call.parameters = cc_buf_span(&parameters);
		CC_TRY(cc_tpm_ask(&tpm->device, &call, &bytes, &response, err));
		CC_TRY(cc_tpm_pcrs_read(response.parameters, out, err));
		if ((out->read & ~tpm->address.pcrs) != 0)
			return cc_fail(err, CC_E_ARG, "the TPM answers with other PCRs");
	}
	return 0;
}

struct quoted {
	struct cc_tpm_values values;
	struct cc_buf bytes; /* the response, in which these are */
	struct cc_span quote, signature;
	bool is_of_values;
};

static void quoted_clear(struct quoted *quoted)
{
	cc_buf_clear(&quoted->bytes);
}

/* Somebody may extend a PCR between the reading and the quote. */
static int compare(const struct key *key, const struct cc_tpm_quote *quote, struct quoted *quoted,
		   struct cc_err *err)
{
	struct cc_span values[CC_TPM_PCRS] = { 0 };
	struct cc_hashed is = { 0 };

	for (size_t i = 0; i < CC_TPM_PCRS; i++)
		if ((quoted->values.read & 1U << i) != 0)
			values[i] = CC_DIGEST_SPAN(quoted->values.at[i]);
	CC_TRY(cc_hash_of(key->public.hash, values, CC_TPM_PCRS, &is, err));
	quoted->is_of_values = cc_span_eq(cc_hashed_span(&is), quote->pcr_digest);
	return 0;
}

static int quote_once(const struct tpm *tpm, const struct key *key, const struct cc_digest *nonce,
		      struct quoted *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf parameters = { 0 };
	struct cc_tpm_call call = { .command = CC_TPM_QUOTE,
				    .handles = { key->handle },
				    .handle_count = 1,
				    .authorized = 1 };
	struct cc_tpm_response response = { 0 };
	struct cc_tpm_quote quote = { 0 };

	out->values = (struct cc_tpm_values){ 0 };
	CC_TRY(read_values(tpm, &out->values, err));
	CC_TRY(cc_tpm_quote_add(CC_DIGEST_SPAN(*nonce), tpm->address.pcrs, &parameters, err));
	call.parameters = cc_buf_span(&parameters);
	CC_TRY(cc_tpm_ask(&tpm->device, &call, &out->bytes, &response, err));
	CC_TRY(cc_tpm_quoted_read(response.parameters, &out->quote, &out->signature, err));
	CC_TRY(cc_tpm_quote_parse(out->quote, &quote, err));
	return compare(key, &quote, out, err);
}

static int take_quote(const struct tpm *tpm, const struct key *key, const struct cc_digest *nonce,
		      struct quoted *out, struct cc_err *err)
{
	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		CC_TRY(quote_once(tpm, key, nonce, out, err));
		if (out->is_of_values)
			return 0;
	}
	cc_err_set(err, CC_E_UNAVAILABLE, "a quoted PCR changes from each moment to the next");
	return cc_hint(err, "quote PCRs that nothing extends after the start of the machine");
}

static int read_file(const char *path, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return cc_fail_sys(err, errno, "open the event log '%s'", path);
	if (cc_read_to_end(fd, LOG_MAX, out, err) != 0)
		return cc_wrap(err, "event log '%s'", path);
	return 0;
}

/* A quote is whole without its log: it is missed when somebody named it. */
static int read_log(const struct tpm *tpm, struct cc_buf *out, struct cc_err *err)
{
	struct cc_err why = { 0 };

	if (tpm->address.log != NULL)
		return *tpm->address.log == '\0' ? 0 : read_file(tpm->address.log, out, err);
	if (read_file(CC_PLATFORM_TPM_LOG, out, &why) != 0) {
		cc_buf_reset(out);
		cc_log_err(CC_LOG_INFO, "evidence is without the firmware's event log", &why);
	}
	return 0;
}

static int put_together(const struct tpm *tpm, const struct key *key, const struct quoted *quoted,
			const struct cc_digest64 *report_data, struct cc_buf *out,
			struct cc_err *err)
{
	const struct cc_span certificate = cc_buf_span(&key->certificate);
	struct cc_span values[CC_TPM_PCRS] = { 0 };
	CC_AUTO_BUF struct cc_buf log = { 0 };
	struct cc_tpm_pieces pieces = { .quote = quoted->quote,
					.signature = quoted->signature,
					.pcrs = values,
					.report_data = CC_DIGEST_SPAN(*report_data),
					.key = cc_buf_span(&key->bytes),
					.certs = &certificate,
					.cert_count = certificate.len > 0 ? 1 : 0 };

	CC_TRY(read_log(tpm, &log, err));
	pieces.log = cc_buf_span(&log);
	for (size_t i = 0; i < CC_TPM_PCRS; i++)
		if ((quoted->values.read & 1U << i) != 0)
			values[pieces.pcr_count++] = CC_DIGEST_SPAN(quoted->values.at[i]);
	return cc_tpm_print(&pieces, out, err);
}

static int tpm_quote(void *state, const struct cc_digest64 *report_data, struct cc_buf *out,
		     struct cc_err *err)
{
	const struct tpm *tpm = state;
	AUTO_KEY struct key key = { .device = &tpm->device };
	CC_CLEANUP(quoted_clear) struct quoted quoted = { 0 };
	struct cc_digest nonce = { 0 };

	/* Many TPMs take no 64 bytes. */
	CC_TRY(cc_sha256(CC_DIGEST_SPAN(*report_data), &nonce, err));
	CC_TRY(choose_key(&key, err));
	CC_TRY(take_quote(tpm, &key, &nonce, &quoted, err));
	return put_together(tpm, &key, &quoted, report_data, out, err);
}

static void tpm_close(void *state)
{
	struct tpm *tpm = state;

	cc_tpm_device_close(&tpm->device);
	cc_tpm_address_clear(&tpm->address);
	free(tpm);
}

static void tpm_auto(struct tpm **tpm)
{
	if (*tpm != NULL)
		tpm_close(*tpm);
}

/* What it answers is of no interest, but that it does. */
static int greet(const struct tpm *tpm, struct cc_err *err)
{
	const struct cc_tpm_call call = { .command = CC_TPM_READ_CLOCK };
	struct cc_tpm_response response = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	return cc_tpm_ask(&tpm->device, &call, &bytes, &response, err);
}

static int tpm_open(const char *where, void **state, struct cc_source_name *name,
		    struct cc_err *err)
{
	CC_CLEANUP(tpm_auto) struct tpm *tpm = calloc(1, sizeof(*tpm));

	if (tpm == NULL)
		return cc_fail_sys(err, ENOMEM, "open the platform");
	tpm->device = CC_TPM_DEVICE_NONE;
	CC_TRY(cc_tpm_address_read(where, DEVICE, &tpm->address, err));
	CC_TRY(cc_tpm_device_open(tpm->address.place, &tpm->device, err));
	CC_TRY(greet(tpm, err));
	*name = (struct cc_source_name){ "tpm", "TPM 2.0" };
	*state = CC_TAKE(tpm);
	return 0;
}

const struct cc_source cc_source_tpm = {
	.prefix = CC_PLATFORM_TPM_PREFIX,
	.place = DEVICE,
	.has_words = true,
	.open = tpm_open,
	.close = tpm_close,
	.quote = tpm_quote,
};
