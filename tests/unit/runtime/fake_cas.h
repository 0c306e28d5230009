/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CAS in the same process, behind a cc_link: the keeper's side of the attested
 * channel with src/proto's own functions, and switches for each thing that can
 * go wrong on the way. What it decides (that an exporter, a nonce, a ticket is
 * right) it decides as the protocol says.
 */
#ifndef CC_TESTS_UNIT_RUNTIME_FAKE_CAS_H
#define CC_TESTS_UNIT_RUNTIME_FAKE_CAS_H

#include "base/str.h"
#include "codec/json.h"
#include "proto/frame.h"
#include "proto/release.h"
#include "runtime/attest.h"
#include "runtime/link.h"

struct fake_cas;

/* A web that nobody can trust: it has each question, and each answer before the runtime has it. */
typedef int fake_web_fn(struct fake_cas *cas, const char *path, struct cc_span question,
			struct cc_buf *answer, struct cc_err *err);

struct fake_cas {
	fake_web_fn *web;   /* NULL: it passes on what it gets */
	struct cc_buf kept; /* what it has kept of earlier answers */
	struct cc_key *key;
	const struct cc_key *signs_with; /* NULL: its own */
	const struct cc_key *shows;      /* NULL: its own */
	struct cc_frames frames;
	uint8_t nonce[CC_NONCE_LEN];
	struct cc_digest exporter; /* of the present connection, as the CAS sees it */
	bool is_relayed;           /* the caller sees another exporter than the CAS */
	uint8_t ticket[CC_TICKET_LEN];
	const char *configuration;
	unsigned int connections, requests, fails; /* `fails`: so many requests are dropped */
	unsigned int loses; /* so many answers are lost after the keeper has decided */
	unsigned int garbles;
	const char *refuses; /* answer to frames, or NULL: agreement */
	bool refuses_first;  /* to the first alone */
	char said[8][512];   /* the frames' plaintexts */
	unsigned int frame_count, repeats;
};

int fake_cas_connect(void *ctx, struct cc_digest *exporter, struct cc_err *err);
int fake_cas_request(void *ctx, const char *path, struct cc_span body, const char *type,
		     struct cc_buf *reply, struct cc_err *err);
/* Evidence is the report data itself. */
int fake_quote(void *ctx, const struct cc_digest64 *data, struct cc_buf *evidence,
	       struct cc_err *err);

#endif
