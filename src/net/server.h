/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP/1.1 server on a loop, over TLS 1.3 or plain (a witness's payloads are
 * signed themselves).
 *
 * A connection serves one request at a time. Every state of it has a deadline
 * that no trickle of bytes moves: the handshake, the pause between requests,
 * the request as a whole, the sending of the answer. Only while the handler
 * has the request there is none. Heads have 64 KiB, bodies `body_max`; a body
 * that says it is longer is answered 413 before it is read. Malformed requests
 * are answered with their status and the connection ends. The answer to a HEAD
 * goes out without its body.
 */
#ifndef CC_NET_SERVER_H
#define CC_NET_SERVER_H

#include "crypto/tls.h"
#include "net/http.h"
#include "net/loop.h"

struct cc_server;
struct cc_request;

struct cc_server_plan {
	struct cc_loop *loop;
	int fd;                 /* listening (cc_listen); taken over when cc_server_new succeeds */
	struct cc_tls *tls;     /* outlives the server; NULL: plain HTTP */
	size_t connections_max; /* 0: 1024. At that many, others wait in the kernel */
	size_t body_max;        /* 0: CC_HTTP_BODY_MAX */
	unsigned int handshake_ms; /* 0: 10 s */
	unsigned int idle_ms;      /* 0: 60 s */
	unsigned int request_ms;   /* 0: 30 s; for the answer, too */
	unsigned int linger_ms;    /* 0: 1 s; for who still sends when the last answer is out */
	/* Gets each request and owns it until it answers, now or later. */
	void (*handle)(struct cc_request *request, void *context);
	void *context;
};

#define CC_AUTO_SERVER CC_CLEANUP(cc_server_auto)
int cc_server_new(const struct cc_server_plan *plan, struct cc_server **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* Ends all connections. Requests that are not answered yet stay valid: answer them still. */
void cc_server_free(struct cc_server *server);
static inline void cc_server_auto(struct cc_server **server)
{
	cc_server_free(*server);
}
size_t cc_server_connections(const struct cc_server *server) CC_NONNULL;

/* All of it is valid until the request is answered, also when its connection is gone. */
const char *cc_request_method(const struct cc_request *request) CC_NONNULL;
/* As sent: not percent-decoded (cc_http_decode). */
const char *cc_request_path(const struct cc_request *request) CC_NONNULL;
struct cc_span cc_request_query(const struct cc_request *request) CC_NONNULL;
/*
 * The value of the only header of this name; NULL when there is none. CC_E_ARG for more than one:
 * which of them counts is not for whoever stands in between to choose.
 */
int cc_request_header(const struct cc_request *request, const char *name, const char **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
struct cc_span cc_request_body(const struct cc_request *request) CC_NONNULL;
/* The client's certificate (DER), empty without one. It proves a key, nothing more. */
struct cc_span cc_request_peer(const struct cc_request *request) CC_NONNULL;
/* The exporter of the connection (CC_TLS_EXPORTER_LABEL), zero over plain HTTP. */
const struct cc_digest *cc_request_exporter(const struct cc_request *request) CC_NONNULL;
/* Of the connection: unique in this process, from 1. */
uint64_t cc_request_connection(const struct cc_request *request) CC_NONNULL;
/* The client has left: the answer will go nowhere. */
bool cc_request_is_gone(const struct cc_request *request) CC_NONNULL;

struct cc_answer_field {
	const char *name, *value;
};
struct cc_answer {
	unsigned int status;
	const char *type; /* Content-Type, or NULL */
	const struct cc_answer_field *fields;
	size_t count;
	struct cc_span body;
	bool close; /* end the connection afterwards */
};
/*
 * Answer once; the request is freed. What `answer` points to is copied. A field that is not
 * HTTP (a line break in a value) makes it a 500 without content.
 */
void cc_request_answer(struct cc_request *request, const struct cc_answer *answer) CC_NONNULL;
/* Answer with an RFC 9457 problem: status and name of the code, and text and hint when `full`. */
void cc_request_problem(struct cc_request *request, const struct cc_err *problem,
			bool full) CC_NONNULL;
/* The same as a 405, which names the methods that there are: "GET, POST". */
void cc_request_not_allowed(struct cc_request *request, const struct cc_err *problem,
			    const char *methods) CC_NONNULL;

#endif
