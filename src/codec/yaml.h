/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded subset of YAML 1.2, as libyaml reads it: one document of mappings,
 * sequences and scalars. Anchors, aliases, duplicate keys, merge keys, keys
 * that are no scalars or null, directives, further documents and tags (but
 * those the caller allows, and on values only) are refused, and so is every
 * character that YAML 1.1 and 1.2 read differently. Scalars keep their source
 * text: 0.10 is "0.10".
 *
 * Every error names line and column, both from 1, in characters. Over a maximum
 * it is CC_E_TOOBIG, else CC_E_ARG.
 *
 * Nodes and libyaml's buffers are wiped when they are given back, for a policy may say secrets.
 * What libyaml leaves behind when it moves a long scalar while it grows is out of our reach.
 */
#ifndef CC_CODEC_YAML_H
#define CC_CODEC_YAML_H

#include "base/buf.h"
#include "codec/json.h"

#define CC_YAML_SIZE_MAX ((size_t)1024 * 1024)
#define CC_YAML_DEPTH_MAX 64
#define CC_YAML_NODES_MAX 10000 /* keys count too */

enum cc_yaml_kind {
	CC_YAML_NULL = 0, /* plain and empty, ~, null, Null or NULL (may have a tag: `!cas`) */
	CC_YAML_SCALAR,
	CC_YAML_SEQUENCE,
	CC_YAML_MAPPING,
};

struct cc_yaml {
	enum cc_yaml_kind kind;
	bool plain;       /* a scalar written without quotes or block style */
	const char *text; /* of a scalar (and of a null, as written), terminated */
	size_t text_len;
	const char *tag; /* an allowed tag, "!cas", or NULL */
	unsigned int line, column;
	size_t count;           /* children: elements, or pairs */
	struct cc_yaml *keys;   /* of a mapping: `count` scalars */
	struct cc_yaml *values; /* of a mapping or sequence */
};

struct cc_yaml_doc; /* owns all nodes */
#define CC_AUTO_YAML CC_CLEANUP(cc_yaml_auto)
/* `tags`: those allowed, NULL-terminated, or NULL. */
int cc_yaml_parse(struct cc_span text, const char *const *tags, struct cc_yaml_doc **out,
		  struct cc_err *err) CC_MUST __attribute__((nonnull(3, 4)));
const struct cc_yaml *cc_yaml_root(const struct cc_yaml_doc *doc) CC_NONNULL;
void cc_yaml_free(struct cc_yaml_doc *doc);
static inline void cc_yaml_auto(struct cc_yaml_doc **doc)
{
	cc_yaml_free(*doc);
}
/*
 * Add a JSON value as YAML: block style, members in their order, texts with line breaks as they
 * are, and quoted what some reader would take for a number, a truth value or null.
 */
int cc_yaml_print(const struct cc_json *json, struct cc_buf *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* The value of a key of a mapping, or NULL (also when it is no mapping). */
const struct cc_yaml *cc_yaml_get(const struct cc_yaml *mapping, const char *key) CC_NONNULL;

#endif
