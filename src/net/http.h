/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 messages (RFC 9112), pure and strict: what two parsers could read
 * differently is refused, for such differences are how requests are smuggled
 * past one of them.
 *
 * Refused: bare CR or LF, folded lines, white space before a colon, control
 * characters, more than one Content-Length or Host, Transfer-Encoding other
 * than exactly `chunked` or beside a Content-Length, targets that do not start
 * with a slash, answers whose length is only told by the end of the connection.
 */
#ifndef CC_NET_HTTP_H
#define CC_NET_HTTP_H

#include "base/buf.h"

#define CC_HTTP_HEAD_MAX ((size_t)64 * 1024)
#define CC_HTTP_FIELDS_MAX 128
#define CC_HTTP_BODY_MAX ((size_t)4 * 1024 * 1024)
#define CC_HTTP_CHUNK_LINE_MAX 256

struct cc_http_field {
	struct cc_span name, value;
};

/* Spans are borrowed from the bytes that were parsed. */
struct cc_http_head {
	struct cc_span method, path, query; /* of a request; the query without its '?' */
	unsigned int status;                /* of an answer */
	struct cc_http_field fields[CC_HTTP_FIELDS_MAX];
	size_t count;
	bool chunked;
	uint64_t length; /* of the body, when not chunked */
	bool keep_alive;
	bool expects_continue;
};

/*
 * `bytes` is a whole head with the empty line that ends it. CC_E_ARG: not HTTP as above;
 * CC_E_TOOBIG: over a maximum; CC_E_UNSUPPORTED: another coding, expectation or version.
 */
int cc_http_parse_request(struct cc_span bytes, struct cc_http_head *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_http_parse_answer(struct cc_span bytes, struct cc_http_head *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* The first field of this name (in any case), or NULL. */
const struct cc_http_field *cc_http_field(const struct cc_http_head *head,
					  const char *name) CC_NONNULL;
/* The only field of this name, or NULL; CC_E_ARG when there are several. */
int cc_http_only(const struct cc_http_head *head, const char *name,
		 const struct cc_http_field **out, struct cc_err *err) CC_MUST CC_NONNULL;

/* A chunked body, as it comes in. Zeroed is the start. */
struct cc_http_chunks {
	enum {
		CC_CHUNK_SIZE = 0,
		CC_CHUNK_DATA,
		CC_CHUNK_END,
		CC_CHUNK_TRAILER,
		CC_CHUNK_DONE,
	} state;
	uint64_t left;
};
/*
 * Take what can be taken from the front of `in`: data is added to `body`, `used` says how many
 * bytes of `in` are done with. CC_E_TOOBIG when the body passes `max`.
 */
int cc_http_chunks_take(struct cc_http_chunks *c, struct cc_span in, size_t max,
			struct cc_buf *body, size_t *used, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * The answer at the front of `bytes`, when it is there as a whole: the head points into `bytes`,
 * the body is added to `body`, of at most `body_max` bytes. What is behind it is not looked at.
 * CC_E_ARG also for an interim answer (1xx): nothing was asked that has one.
 */
int cc_http_take_answer(struct cc_span bytes, size_t body_max, struct cc_http_head *head,
			struct cc_buf *body, bool *is_whole, struct cc_err *err) CC_MUST CC_NONNULL;

/* A token (RFC 9110 5.6.2), and a value without control characters: what may be sent. */
bool cc_http_is_token(struct cc_span text);
bool cc_http_is_value(struct cc_span text);
/* Percent-decoded (RFC 3986 2.1), added to `out`. %00 and half escapes are CC_E_ARG. */
int cc_http_decode(struct cc_span text, struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_ARG for a name that is not among the known ones, with the nearest of them. */
int cc_http_query_closed(struct cc_span query, const char *const *known, size_t count,
			 struct cc_err *err) CC_MUST __attribute__((nonnull(4)));
/* The decoded value of a query's `name=value`; CC_E_NOTFOUND, CC_E_ARG when it is there twice. */
int cc_http_query(struct cc_span query, const char *name, struct cc_buf *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* "Not Found" of 404; "Status" of those we never send. */
const char *cc_http_reason(unsigned int status);

#endif
