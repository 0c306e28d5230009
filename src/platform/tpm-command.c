/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tpm-command.h"

#define ST_NO_SESSIONS 0x8001
#define ST_SESSIONS 0x8002
#define RS_PW 0x40000009U
#define PASSWORD_LEN 9U /* TPMS_AUTH_COMMAND with an empty nonce and an empty password */
#define SELECT_LEN 3U   /* bytes of a selection: 24 PCRs */
#define FORMAT_1 0x080U
#define FORMAT_1_ERROR 0x0bfU /* without the number of the handle, parameter or session */

static const struct {
	enum cc_tpm_command command;
	const char *name;
} names[] = {
	{ CC_TPM_CREATE_PRIMARY, "TPM2_CreatePrimary" },
	{ CC_TPM_NV_READ, "TPM2_NV_Read" },
	{ CC_TPM_QUOTE, "TPM2_Quote" },
	{ CC_TPM_FLUSH, "TPM2_FlushContext" },
	{ CC_TPM_NV_READ_PUBLIC, "TPM2_NV_ReadPublic" },
	{ CC_TPM_READ_PUBLIC, "TPM2_ReadPublic" },
	{ CC_TPM_PCR_READ, "TPM2_PCR_Read" },
	{ CC_TPM_READ_CLOCK, "TPM2_ReadClock" },
};

static const char *name_of(enum cc_tpm_command command)
{
	for (size_t i = 0; i < CC_COUNT(names); i++)
		if (names[i].command == command)
			return names[i].name;
	return "a command";
}

/* TPM_RC (Part 2, 6.6.3), the ones that say what is to be done. */
static const struct {
	uint32_t error;
	enum cc_code code;
	const char *text, *hint;
} meanings[] = {
	{ 0x08b, CC_E_NOTFOUND, "it has no such key or index", "" },
	{ 0x910, CC_E_NOTFOUND, "the key is gone: the TPM was started again", "" },
	{ 0x08e, CC_E_DENIED, "a password is asked for",
	  "what evidence takes of a TPM must have none: the endorsement hierarchy, the key and its "
	  "certificate" },
	{ 0x0a2, CC_E_DENIED, "a password is asked for",
	  "what evidence takes of a TPM must have none: the endorsement hierarchy, the key and its "
	  "certificate" },
	{ 0x085, CC_E_UNSUPPORTED, "the hierarchy is disabled",
	  "enable the endorsement hierarchy in the firmware's setup" },
	{ 0x01e, CC_E_UNSUPPORTED, "it is no TPM 2.0", "evidence takes a TPM 2.0" },
	{ 0x100, CC_E_UNSUPPORTED, "nobody has started it",
	  "the firmware starts a TPM: enable it in its setup" },
	{ 0x902, CC_E_UNAVAILABLE, "keys of others fill its memory",
	  "ask the kernel's resource manager: /dev/tpmrm0" },
	{ 0x908, CC_E_UNAVAILABLE, "it is busy", "try again" },
	{ 0x90a, CC_E_UNAVAILABLE, "it is testing itself", "try again" },
	{ 0x921, CC_E_UNAVAILABLE, "it is locked, for passwords were guessed",
	  "wait, or clear the lockout" },
	{ 0x922, CC_E_UNAVAILABLE, "it is busy", "try again" },
};

static int refused(uint32_t error, enum cc_tpm_command command, struct cc_err *err)
{
	/* The upper half says which layer speaks: the kernel's resource manager is one. */
	uint32_t plain = error & 0xfff;

	if ((plain & FORMAT_1) != 0)
		plain &= FORMAT_1_ERROR;
	for (size_t i = 0; i < CC_COUNT(meanings); i++) {
		if (meanings[i].error != plain)
			continue;
		cc_err_set(err, meanings[i].code, "the TPM refuses %s: %s (0x%03x)",
			   name_of(command), meanings[i].text, error);
		return meanings[i].hint[0] == '\0' ? cc_failed()
						   : cc_hint(err, "%s", meanings[i].hint);
	}
	return cc_fail(err, CC_E_UNSUPPORTED, "the TPM refuses %s with 0x%03x", name_of(command),
		       error);
}

static int add_2b(struct cc_buf *out, struct cc_span bytes, struct cc_err *err)
{
	if (bytes.len > CC_TPM_MESSAGE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a parameter of a TPM has %zu bytes", bytes.len);
	CC_TRY(cc_buf_add_u16be(out, (uint16_t)bytes.len, err));
	return cc_buf_add(out, bytes, err);
}

/* The size of the area, then for each TPM_RS_PW, no nonce, no attributes, no password. */
static int add_passwords(struct cc_buf *out, size_t count, struct cc_err *err)
{
	if (count == 0)
		return 0;
	CC_TRY(cc_buf_add_u32be(out, (uint32_t)count * PASSWORD_LEN, err));
	for (size_t i = 0; i < count; i++) {
		CC_TRY(cc_buf_add_u32be(out, RS_PW, err));
		CC_TRY(cc_buf_add_u16be(out, 0, err));
		CC_TRY(cc_buf_add_u8(out, 0, err));
		CC_TRY(cc_buf_add_u16be(out, 0, err));
	}
	return 0;
}

int cc_tpm_call_print(const struct cc_tpm_call *call, struct cc_buf *out, struct cc_err *err)
{
	size_t passwords = call->authorized == 0 ? 0 : 4 + call->authorized * PASSWORD_LEN;
	size_t len = CC_TPM_HEADER + 4 * call->handle_count + passwords + call->parameters.len;

	if (len > CC_TPM_MESSAGE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a command of %zu bytes, a TPM takes %zu", len,
			       CC_TPM_MESSAGE_MAX);
	CC_TRY(cc_buf_add_u16be(out, call->authorized == 0 ? ST_NO_SESSIONS : ST_SESSIONS, err));
	CC_TRY(cc_buf_add_u32be(out, (uint32_t)len, err));
	CC_TRY(cc_buf_add_u32be(out, (uint32_t)call->command, err));
	for (size_t i = 0; i < call->handle_count; i++)
		CC_TRY(cc_buf_add_u32be(out, call->handles[i], err));
	CC_TRY(add_passwords(out, call->authorized, err));
	return cc_buf_add(out, call->parameters, err);
}

/* TPML_PCR_SELECTION of one bank. */
int cc_tpm_pcrs_add(uint32_t pcrs, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u32be(out, 1, err));
	CC_TRY(cc_buf_add_u16be(out, CC_TPM_ALG_SHA256, err));
	CC_TRY(cc_buf_add_u8(out, SELECT_LEN, err));
	for (unsigned int i = 0; i < SELECT_LEN; i++)
		CC_TRY(cc_buf_add_u8(out, (uint8_t)(pcrs >> 8 * i), err));
	return 0;
}

int cc_tpm_primary_add(struct cc_span template, struct cc_buf *out, struct cc_err *err)
{
	/* inSensitive: no password, no data of ours. */
	CC_TRY(cc_buf_add_u16be(out, 4, err));
	CC_TRY(cc_buf_add_u32be(out, 0, err));
	CC_TRY(add_2b(out, template, err));
	CC_TRY(cc_buf_add_u16be(out, 0, err)); /* outsideInfo */
	return cc_buf_add_u32be(out, 0, err);  /* creationPCR */
}

int cc_tpm_quote_add(struct cc_span qualifying, uint32_t pcrs, struct cc_buf *out,
		     struct cc_err *err)
{
	CC_TRY(add_2b(out, qualifying, err));
	CC_TRY(cc_buf_add_u16be(out, CC_TPM_ALG_NULL, err)); /* the key's own */
	return cc_tpm_pcrs_add(pcrs, out, err);
}

int cc_tpm_nv_add(uint16_t size, uint16_t at, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u16be(out, size, err));
	return cc_buf_add_u16be(out, at, err);
}

/* TPM2B_…: what it may hold is stated by what it is in, at most CC_TPM_MESSAGE_MAX. */
static int read_2b(struct cc_reader *r, const char *what, struct cc_span *out, struct cc_err *err)
{
	uint16_t len = 0;

	CC_TRY(cc_read_u16be(r, what, &len, err));
	return cc_read_span(r, len, what, out, err);
}

int cc_tpm_response_size(struct cc_span head, size_t *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(head);
	uint16_t tag = 0;
	uint32_t size = 0;

	CC_TRY(cc_read_u16be(&r, "tag of the TPM's response", &tag, err));
	CC_TRY(cc_read_u32be(&r, "size of the TPM's response", &size, err));
	if (size < CC_TPM_HEADER || size > CC_TPM_MESSAGE_MAX)
		return cc_fail(err, CC_E_ARG, "the TPM's response says that it has %u bytes", size);
	*out = size;
	return 0;
}

static int read_head(struct cc_reader *r, const struct cc_tpm_call *call, struct cc_err *err)
{
	size_t len = r->rest.len, size = 0;
	uint16_t tag = 0;
	uint32_t error = 0;

	CC_TRY(cc_tpm_response_size(r->rest, &size, err));
	if (size != len)
		return cc_fail(err, CC_E_ARG, "the TPM's response has %zu bytes, not %zu", len,
			       size);
	CC_TRY(cc_read_u16be(r, "tag", &tag, err));
	*r = cc_reader(cc_span_sub(r->rest, 4, len));
	CC_TRY(cc_read_u32be(r, "response code", &error, err));
	if (error != 0)
		return refused(error, call->command, err);
	if (tag != (call->authorized == 0 ? ST_NO_SESSIONS : ST_SESSIONS))
		return cc_fail(err, CC_E_ARG, "the TPM's response has tag 0x%04x", tag);
	return 0;
}

int cc_tpm_response_read(struct cc_span bytes, const struct cc_tpm_call *call,
			 struct cc_tpm_response *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_tpm_response response = { 0 };
	uint32_t len = 0;

	CC_TRY(read_head(&r, call, err));
	if (call->command == CC_TPM_CREATE_PRIMARY)
		CC_TRY(cc_read_u32be(&r, "handle", &response.handle, err));
	if (call->authorized == 0) {
		response.parameters = r.rest;
	} else {
		CC_TRY(cc_read_u32be(&r, "size of the parameters", &len, err));
		CC_TRY(cc_read_span(&r, len, "parameters", &response.parameters, err));
	}
	*out = response;
	return 0;
}

int cc_tpm_public_read(struct cc_span parameters, struct cc_span *public, struct cc_err *err)
{
	struct cc_reader r = cc_reader(parameters);

	return read_2b(&r, "public area", public, err);
}

int cc_tpm_quoted_read(struct cc_span parameters, struct cc_span *quote, struct cc_span *signature,
		       struct cc_err *err)
{
	struct cc_reader r = cc_reader(parameters);

	CC_TRY(read_2b(&r, "quote", quote, err));
	*signature = r.rest;
	return 0;
}

/* One bank, as it was asked for; PCR i is bit i % 8 of byte i / 8. */
static int read_selection(struct cc_reader *r, uint32_t *out, struct cc_err *err)
{
	struct cc_span bits = { 0 };
	uint32_t count = 0;
	uint16_t bank = 0;
	uint8_t size = 0;

	CC_TRY(cc_read_u32be(r, "PCR selection", &count, err));
	if (count != 1)
		return cc_fail(err, CC_E_UNSUPPORTED, "the TPM has no bank of SHA-256");
	CC_TRY(cc_read_u16be(r, "bank", &bank, err));
	CC_TRY(cc_read_u8(r, "PCR selection", &size, err));
	CC_TRY(cc_read_span(r, size, "PCR selection", &bits, err));
	if (bank != CC_TPM_ALG_SHA256 || size != SELECT_LEN)
		return cc_fail(err, CC_E_ARG, "the TPM answers with other PCRs");
	*out = (uint32_t)bits.at[0] | (uint32_t)bits.at[1] << 8 | (uint32_t)bits.at[2] << 16;
	return 0;
}

int cc_tpm_pcrs_read(struct cc_span parameters, struct cc_tpm_values *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(parameters);
	struct cc_tpm_values values = *out;
	uint32_t counter = 0, which = 0, count = 0;

	CC_TRY(cc_read_u32be(&r, "pcrUpdateCounter", &counter, err));
	CC_TRY(read_selection(&r, &which, err));
	CC_TRY(cc_read_u32be(&r, "PCR values", &count, err));
	if (which == 0 || count != (uint32_t)__builtin_popcount(which))
		return cc_fail(err, CC_E_UNSUPPORTED, "the TPM gives %u values of its PCRs", count);
	for (size_t i = 0; i < CC_TPM_PCRS; i++) {
		struct cc_span value = { 0 };

		if ((which & 1U << i) == 0)
			continue;
		CC_TRY(read_2b(&r, "PCR", &value, err));
		if (value.len != sizeof(values.at[i].b))
			return cc_fail(err, CC_E_ARG, "PCR %zu has %zu bytes", i, value.len);
		memcpy(values.at[i].b, value.at, value.len);
	}
	CC_TRY(cc_read_end(&r, "PCR values", err));
	values.read |= which;
	*out = values;
	return 0;
}

int cc_tpm_nv_public_read(struct cc_span parameters, struct cc_tpm_nv *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(parameters);
	struct cc_span public = { 0 }, policy = { 0 };
	struct cc_tpm_nv nv = { 0 };
	uint32_t index = 0;
	uint16_t alg = 0;

	CC_TRY(read_2b(&r, "public area", &public, err));
	r = cc_reader(public);
	CC_TRY(cc_read_u32be(&r, "index", &index, err));
	CC_TRY(cc_read_u16be(&r, "algorithm of the name", &alg, err));
	CC_TRY(cc_read_u32be(&r, "attributes", &nv.attributes, err));
	CC_TRY(read_2b(&r, "policy", &policy, err));
	CC_TRY(cc_read_u16be(&r, "size", &nv.size, err));
	CC_TRY(cc_read_end(&r, "public area", err));
	*out = nv;
	return 0;
}

int cc_tpm_nv_data_read(struct cc_span parameters, size_t len, struct cc_span *out,
			struct cc_err *err)
{
	struct cc_reader r = cc_reader(parameters);

	CC_TRY(read_2b(&r, "data", out, err));
	if (out->len != len)
		return cc_fail(err, CC_E_ARG, "the TPM reads %zu bytes, not %zu", out->len, len);
	return cc_read_end(&r, "data", err);
}
