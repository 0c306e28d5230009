/* SPDX-License-Identifier: Apache-2.0 */
/* A json_t is a `struct cc_json` outside of this folder. */
#ifndef CC_CODEC_JSON_INTERNAL_H
#define CC_CODEC_JSON_INTERNAL_H

#include <jansson.h>

#include "codec/json.h"

static inline const json_t *cc_json_in(const struct cc_json *json)
{
	return (const json_t *)json;
}

static inline json_t *cc_json_in_mut(struct cc_json *json)
{
	return (json_t *)json;
}

/* jansson's iterators and getters that change nothing take a json_t that is not const. */
static inline json_t *cc_json_unconst(const struct cc_json *json)
{
	return (json_t *)(uintptr_t)json;
}

static inline struct cc_json *cc_json_out(json_t *json)
{
	return (struct cc_json *)json;
}

static inline const struct cc_json *cc_json_out_const(const json_t *json)
{
	return (const struct cc_json *)json;
}

#endif
