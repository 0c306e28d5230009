/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking a CAS as a command does: the home, the CAS that is known by a name, a
 * session with it, and the word SIMULATION before everything else where it is due.
 */
#ifndef CC_CLI_ASK_H
#define CC_CLI_ASK_H

#include "cli/output.h"
#include "client/api.h"

/* The line that most commands have in their tables; `type` has `cas`. */
#define CC_OPT_CAS(type)                                                                      \
	{                                                                                     \
		"cas", 0, CC_OPT_STRING, offsetof(type, cas), "NAME",                         \
			"which CAS, as 'cas attest' named it (default: default)", false, NULL \
	}

struct cc_ask {
	struct cc_home home;
	struct cc_known_cas cas;
	struct cc_api *api;
};
#define CC_ASK_NONE ((struct cc_ask){ .home = { .dir = { .fd = -1 } } })
#define CC_AUTO_ASK CC_CLEANUP(cc_ask_close)

/* `name` may be NULL: "default". `out` is CC_ASK_NONE before. */
int cc_ask_open(const char *name, struct cc_ask *out, struct cc_err *err) CC_MUST
	__attribute__((nonnull(2, 3)));
void cc_ask_close(struct cc_ask *ask) CC_NONNULL;
/* A session and one call in it. `path` is printf's. */
int cc_ask_call(const char *cas, const char *method, const struct cc_json *body,
		struct cc_json **answer, struct cc_err *err, const char *path, ...) CC_MUST
	__attribute__((nonnull(2, 4, 5, 6))) CC_PRINTF(6, 7);

/* Say on standard error, so that scripts still read clean JSON, that nothing here is confidential.
 */
void cc_say_simulation(const char *name, const char *address) CC_NONNULL;
/* Texts of members for tables; "" when there is no such text. Borrowed. */
const char *cc_text_of(const struct cc_json *json, const char *name) CC_NONNULL;
uint64_t cc_number_of(const struct cc_json *json, const char *name) CC_NONNULL;

#endif
