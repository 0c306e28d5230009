/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/messages.h"

#include "proto/sealed.h"

#define HEAD 5 /* type and request id */
#define MIB ((size_t)1024 * 1024)
#define NAMES 4096

struct field {
	const char *name; /* NULL: behind the last */
	size_t least, most;
};

static const struct type {
	const char *name;
	enum cc_process from, to;
	enum cc_phase phase;
	struct field fields[CC_MESSAGE_FIELDS];
} types[CC_MESSAGE_TYPES] = {
	[CC_HELLO] = { "hello", CC_WEB, CC_KEEPER, CC_PHASE_START, { { "key", 1, 256 } } },
	[CC_CERTIFICATE] = { "certificate",
			     CC_KEEPER,
			     CC_WEB,
			     CC_PHASE_START,
			     { { "chain", 1, MIB } } },
	[CC_REQUEST] = { "request",
			 CC_WEB,
			 CC_KEEPER,
			 CC_PHASE_SERVING,
			 { { "operation", 1, 1 },
			   { "argument", 0, NAMES },
			   { "query", 0, NAMES },
			   { "signature", 0, (size_t)8 * CC_HEADER_MAX },
			   { "idempotency", 0, CC_IDEMPOTENCY_MAX },
			   { "peer", 0, (size_t)16 * 1024 },
			   { "exporter", 32, 32 },
			   { "body", 0, CC_REQUEST_MAX } } },
	[CC_REPLY] = { "reply",
		       CC_KEEPER,
		       CC_WEB,
		       CC_PHASE_SERVING,
		       { { "status", 2, 2 },
			 { "content type", 0, 128 },
			 { "headers", 0, (size_t)8 * CC_HEADER_MAX },
			 { "body", 0, 7 * MIB } } },
	[CC_WITNESS_ASK] = { "witness-ask",
			     CC_KEEPER,
			     CC_WEB,
			     CC_PHASE_SERVING,
			     { { "url", 1, NAMES }, { "body", 0, MIB } } },
	[CC_WITNESS_REPLY] = { "witness-reply",
			       CC_WEB,
			       CC_KEEPER,
			       CC_PHASE_SERVING,
			       { { "status", 2, 2 }, { "body", 0, MIB } } },
	[CC_PEER_ASK] = { "peer-ask",
			  CC_KEEPER,
			  CC_WEB,
			  CC_PHASE_SERVING,
			  { { "address", 0, NAMES },
			    { "pin", 0, 32 },
			    { "path", 0, NAMES },
			    { "body", 0, MIB } } },
	[CC_PEER_REPLY] = { "peer-reply",
			    CC_WEB,
			    CC_KEEPER,
			    CC_PHASE_SERVING,
			    { { "status", 2, 2 },
			      { "exporter", 0, 32 },
			      { "answer", 0, 7 * MIB } } },
	[CC_SHELVE] = { "shelve",
			CC_KEEPER,
			CC_VERIFIER,
			CC_PHASE_SERVING,
			{ { "statements", 2, 6 * MIB },
			  { "given", 2, MIB },
			  { "roots", 2, MIB / 2 },
			  { "time", 8, 8 } } },
	[CC_PROVE] = { "prove",
		       CC_KEEPER,
		       CC_VERIFIER,
		       CC_PHASE_SERVING,
		       { { "collateral", 2, CC_REQUEST_MAX }, { "time", 8, 8 } } },
	[CC_APPRAISE] = { "appraise",
			  CC_KEEPER,
			  CC_VERIFIER,
			  CC_PHASE_SERVING,
			  { { "platform", 1, 32 },
			    { "evidence", 1, (size_t)64 * 1024 },
			    { "time", 8, 8 } } },
	[CC_CLAIMS] = { "claims",
			CC_VERIFIER,
			CC_KEEPER,
			CC_PHASE_SERVING,
			{ { "code", 1, 32 }, { "text", 0, 1024 }, { "claims", 0, 4 * MIB } } },
	[CC_STREAM_SAY] = { "stream-say",
			    CC_KEEPER,
			    CC_WEB,
			    CC_PHASE_SERVING,
			    { { "address", 0, 512 }, { "bytes", 0, MIB } } },
	[CC_STREAM_HEAR] = { "stream-hear",
			     CC_WEB,
			     CC_KEEPER,
			     CC_PHASE_SERVING,
			     { { "bytes", 0, MIB }, { "end", 0, 512 } } },
};

static const struct type *type_of(unsigned int number)
{
	if (number >= CC_MESSAGE_TYPES || types[number].name == NULL)
		return NULL;
	return &types[number];
}

const char *cc_message_name(enum cc_message_type type)
{
	return type_of(type) == NULL ? NULL : type_of(type)->name;
}

static bool fits(const struct type *type, const struct cc_link *link)
{
	return type->from == link->from && type->to == link->to && type->phase == link->phase;
}

static int check_field(const struct type *type, const struct field *field, size_t len,
		       struct cc_err *err)
{
	if (len < field->least || len > field->most)
		return cc_fail(err, CC_E_ARG, "'%s' of a %s message has %zu to %zu bytes, not %zu",
			       field->name, type->name, field->least, field->most, len);
	return 0;
}

int cc_message_add(const struct cc_link *link, const struct cc_message *message, struct cc_buf *out,
		   struct cc_err *err)
{
	const struct type *type = type_of(message->type);
	size_t len = HEAD;

	if (type == NULL || !fits(type, link))
		return cc_fail(err, CC_E_BUG, "a message of type %d may not be sent here",
			       (int)message->type);
	for (size_t i = 0; i < CC_MESSAGE_FIELDS && type->fields[i].name != NULL; i++) {
		CC_TRY(check_field(type, &type->fields[i], message->fields[i].len, err));
		len += 4 + message->fields[i].len;
	}
	if (len > CC_MESSAGE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a message has at most %zu bytes, not %zu",
			       CC_MESSAGE_MAX, len);
	CC_TRY(cc_buf_add_u32be(out, (uint32_t)len, err));
	CC_TRY(cc_buf_add_u8(out, (uint8_t)message->type, err));
	CC_TRY(cc_buf_add_u32be(out, message->id, err));
	for (size_t i = 0; i < CC_MESSAGE_FIELDS && type->fields[i].name != NULL; i++)
		CC_TRY(cc_buf_add_sized(out, message->fields[i], err));
	return 0;
}

static int read_fields(const struct type *type, struct cc_reader *r, struct cc_message *out,
		       struct cc_err *err)
{
	for (size_t i = 0; i < CC_MESSAGE_FIELDS && type->fields[i].name != NULL; i++) {
		CC_TRY(cc_read_sized(r, type->fields[i].most, type->fields[i].name, &out->fields[i],
				     err));
		CC_TRY(check_field(type, &type->fields[i], out->fields[i].len, err));
	}
	return cc_read_end(r, type->name, err);
}

static int read_message(const struct cc_link *link, struct cc_span bytes, struct cc_message *out,
			struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	const struct type *type = NULL;
	uint8_t number = 0;

	CC_TRY(cc_read_u8(&r, "message type", &number, err));
	CC_TRY(cc_read_u32be(&r, "request id", &out->id, err));
	type = type_of(number);
	if (type == NULL)
		return cc_fail(err, CC_E_ARG, "message type %u is not known", (unsigned int)number);
	if (!fits(type, link))
		return cc_fail(err, CC_E_DENIED, "a %s message may not come here now", type->name);
	out->type = number;
	return read_fields(type, &r, out, err);
}

int cc_message_next(const struct cc_link *link, struct cc_span in, struct cc_message *out,
		    size_t *used, struct cc_err *err)
{
	struct cc_reader r = cc_reader(in);
	struct cc_message message = { 0 };
	uint32_t len = 0;

	*used = 0;
	if (in.len < 4)
		return 0;
	CC_TRY(cc_read_u32be(&r, "message length", &len, err));
	if (len < HEAD || len > CC_MESSAGE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a message has %d to %zu bytes, not %u", HEAD,
			       CC_MESSAGE_MAX, (unsigned int)len);
	if (r.rest.len < len)
		return 0;
	CC_TRY(read_message(link, cc_span_sub(r.rest, 0, len), &message, err));
	*out = message;
	*used = 4 + (size_t)len;
	return 0;
}

void cc_message_drop(struct cc_buf *in, size_t used)
{
	size_t left = in->len - used;

	if (used == 0)
		return;
	memmove(in->at, in->at + used, left);
	/* A body may have been a secret. */
	explicit_bzero(in->at + left, used);
	in->len = left;
}

int cc_values_add(const struct cc_span *values, size_t count, struct cc_buf *out,
		  struct cc_err *err)
{
	for (size_t i = 0; i < count; i++)
		CC_TRY(cc_buf_add_sized(out, values[i], err));
	return 0;
}

int cc_values_parse(struct cc_span field, struct cc_span *out, size_t count, struct cc_err *err)
{
	struct cc_reader r = cc_reader(field);

	for (size_t i = 0; i < count; i++)
		CC_TRY(cc_read_sized(&r, CC_MESSAGE_MAX, "value", &out[i], err));
	return cc_read_end(&r, "values", err);
}
