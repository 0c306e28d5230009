/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of a value: docs/format/secret.md. */
#include "secret/value.h"

#define VERSION 1

int cc_secret_value_print(const struct cc_secret_value *value, struct cc_buf *out,
			  struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(out, VERSION, err));
	CC_TRY(cc_buf_add_u8(out, (uint8_t)value->kind, err));
	CC_TRY(cc_buf_add_u64be(out, (uint64_t)value->from, err));
	CC_TRY(cc_buf_add_u64be(out, (uint64_t)value->until, err));
	CC_TRY(cc_buf_add_sized(out, cc_secret_value_span(value), err));
	CC_TRY(cc_buf_add_sized(
		out, value->key == NULL ? (struct cc_span){ 0 } : cc_secret_span(value->key), err));
	return cc_buf_add_sized(out, cc_buf_span(&value->chain), err);
}

/* A secret of no bytes is no secret. */
static int read_secret(struct cc_reader *r, const char *what, struct cc_secret **out,
		       struct cc_err *err)
{
	struct cc_span bytes = { 0 };

	CC_TRY(cc_read_sized(r, CC_SECRET_RECORD_MAX, what, &bytes, err));
	return bytes.len == 0 ? 0 : cc_secret_from(bytes, out, err);
}

static int read_time(struct cc_reader *r, const char *what, int64_t *out, struct cc_err *err)
{
	uint64_t at = 0;

	CC_TRY(cc_read_u64be(r, what, &at, err));
	if (at > INT64_MAX)
		return cc_fail(err, CC_E_ARG, "%s is no time", what);
	*out = (int64_t)at;
	return 0;
}

int cc_secret_value_parse(struct cc_span bytes, struct cc_secret_value *out, struct cc_err *err)
{
	CC_AUTO_SECRET_VALUE struct cc_secret_value value = { 0 };
	struct cc_reader r = cc_reader(bytes);
	struct cc_span chain = { 0 };
	uint8_t version = 0, kind = 0;

	CC_TRY(cc_read_u8(&r, "version", &version, err));
	CC_TRY(cc_read_u8(&r, "kind", &kind, err));
	if (version != VERSION || kind == CC_SECRET_NONE || kind >= CC_SECRET_KIND_COUNT)
		return cc_fail(err, CC_E_ARG, "version %u of a secret of kind %u is not known",
			       version, kind);
	value.kind = (enum cc_secret_kind)kind;
	CC_TRY(read_time(&r, "from", &value.from, err));
	CC_TRY(read_time(&r, "until", &value.until, err));
	CC_TRY(read_secret(&r, "bytes", &value.bytes, err));
	CC_TRY(read_secret(&r, "key", &value.key, err));
	CC_TRY(cc_read_sized(&r, CC_SECRET_CHAIN_MAX, "chain", &chain, err));
	CC_TRY(cc_buf_add(&value.chain, chain, err));
	CC_TRY(cc_read_end(&r, "a secret", err));
	*out = value;
	value = (struct cc_secret_value){ 0 };
	return 0;
}
