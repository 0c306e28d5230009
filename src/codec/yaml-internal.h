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

#endif
