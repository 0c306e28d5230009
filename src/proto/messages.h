/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between the processes of the CAS (docs/protocol/processes.md): one
 * table says for each type who may send it to whom, in which phase, and how
 * long each field is. Whatever is not in the table ends the connection, so a
 * handler sees only what its process may be told at that moment.
 *
 * Numbers in fields are big-endian: a status has 2 bytes, a time 8.
 */
#ifndef CC_PROTO_MESSAGES_H
#define CC_PROTO_MESSAGES_H

#include "base/buf.h"

#define CC_MESSAGE_MAX ((size_t)8 * 1024 * 1024) /* what follows the length */
#define CC_MESSAGE_FIELDS 8

enum cc_process {
	CC_PROCESS_NONE = 0,
	CC_WEB,
	CC_KEEPER,
	CC_VERIFIER,
};

enum cc_phase {
	CC_PHASE_START = 0,
	CC_PHASE_SERVING,
};

enum cc_message_type {
	CC_MESSAGE_NONE = 0,
	CC_HELLO,
	CC_CERTIFICATE,
	CC_REQUEST,
	CC_REPLY,
	CC_WITNESS_ASK,
	CC_WITNESS_REPLY,
	CC_PEER_ASK,
	CC_PEER_REPLY,
	CC_SHELVE,
	CC_PROVE,
	CC_APPRAISE,
	CC_CLAIMS,
	CC_STREAM_SAY,
	CC_STREAM_HEAR,
	CC_MESSAGE_TYPES,
};

/* The fields by name: message.fields[CC_REQUEST_BODY]. */
enum { CC_HELLO_KEY = 0 };
enum { CC_CERTIFICATE_CHAIN = 0 };
enum {
	CC_REQUEST_OPERATION = 0, /* enum cc_operation, 1 byte */
	CC_REQUEST_ARGUMENT,
	CC_REQUEST_QUERY,
	CC_REQUEST_SIGNATURE,   /* cc_values of the signature headers, or empty */
	CC_REQUEST_IDEMPOTENCY, /* the value of Idempotency-Key, or empty */
	CC_REQUEST_PEER,        /* DER, or empty */
	CC_REQUEST_EXPORTER,
	CC_REQUEST_BODY,
};
enum { CC_REPLY_STATUS = 0, CC_REPLY_TYPE, CC_REPLY_HEADERS, CC_REPLY_BODY };
enum { CC_ASK_URL = 0, CC_ASK_BODY };
enum { CC_ANSWER_STATUS = 0, CC_ANSWER_BODY };
/*
 * Another CAS, over a connection that web makes: the id names it. An address begins it, a path asks
 * (a body makes it a POST), neither ends it.
 */
enum { CC_PEER_ADDRESS = 0, CC_PEER_PIN, CC_PEER_PATH, CC_PEER_BODY };
/* Status 0: it was not reached or has ended, and the body says why, in web's words. */
enum { CC_PEER_STATUS = 0, CC_PEER_EXPORTER, CC_PEER_ANSWER };
/*
 * Bytes of TLS that ends in the keeper, over a connection that web makes: the id names it. An
 * address begins it, neither address nor bytes end it. What is heard ends with a text, web's.
 */
enum { CC_SAY_ADDRESS = 0, CC_SAY_BYTES };
enum { CC_HEAR_BYTES = 0, CC_HEAR_END };
/* What appraisals from now on are made with, and by which roots: not answered. */
enum { CC_SHELVE_STATEMENTS = 0, CC_SHELVE_GIVEN, CC_SHELVE_ROOTS, CC_SHELVE_TIME };
/* Prove a set of collateral: its statements come back as claims do. */
enum { CC_PROVE_COLLATERAL = 0, CC_PROVE_TIME };
enum { CC_APPRAISE_PLATFORM = 0, CC_APPRAISE_EVIDENCE, CC_APPRAISE_TIME };
enum { CC_CLAIMS_CODE = 0, CC_CLAIMS_TEXT, CC_CLAIMS_CLAIMS }; /* code: a name of base/err.h */

struct cc_message {
	enum cc_message_type type;
	uint32_t id; /* of the request; the sender of an answer repeats it */
	struct cc_span fields[CC_MESSAGE_FIELDS];
};

/* One direction of one socket, and where its conversation stands. */
struct cc_link {
	enum cc_process from, to;
	enum cc_phase phase;
};

/* "request"; NULL when there is no such type. */
const char *cc_message_name(enum cc_message_type type);
/* Add the frame. CC_E_BUG when the table does not allow it on this link. */
int cc_message_add(const struct cc_link *link, const struct cc_message *message, struct cc_buf *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The first message in `in`, whose fields point into it. *used is its length in bytes, 0 when more
 * bytes are needed. An error means that the connection must end.
 */
int cc_message_next(const struct cc_link *link, struct cc_span in, struct cc_message *out,
		    size_t *used, struct cc_err *err) CC_MUST CC_NONNULL;
/* Take `used` bytes off the front of a buffer of received bytes. */
void cc_message_drop(struct cc_buf *in, size_t used) CC_NONNULL;

/* A field made of `count` sized values, exactly. */
int cc_values_add(const struct cc_span *values, size_t count, struct cc_buf *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_values_parse(struct cc_span field, struct cc_span *out, size_t count,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
