/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_CODEC_YAML_INTERNAL_H
#define CC_CODEC_YAML_INTERNAL_H

#include "codec/yaml.h"

/*
 * Only characters that every reader of YAML takes alike: UTF-8, no control
 * characters but tab and line breaks, none of the line breaks of YAML 1.1 that
 * YAML 1.2 reads as text (U+0085, U+2028, U+2029). CC_E_ARG with the place.
 */
int cc_yaml_check_characters(struct cc_span text, struct cc_err *err) CC_MUST CC_NONNULL;

/* Is a plain scalar of this text null? */
bool cc_yaml_is_null(const char *text) CC_NONNULL;

/* Which of the two readers: for tests, which compare them. */
enum cc_yaml_reader {
	CC_YAML_EITHER = 0, /* the quick one, and libyaml when that does not know the text */
	CC_YAML_QUICKLY,    /* CC_E_UNSUPPORTED when it does not know the text */
	CC_YAML_SLOWLY,
};
int cc_yaml_parse_by(enum cc_yaml_reader reader, struct cc_span text, const char *const *tags,
		     struct cc_yaml_doc **out, struct cc_err *err) CC_MUST
	__attribute__((nonnull(4, 5)));

#endif
