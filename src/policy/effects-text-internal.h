/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue of sentences (effects-text.c), as effects-say.c reads it. */
#ifndef CC_POLICY_EFFECTS_TEXT_INTERNAL_H
#define CC_POLICY_EFFECTS_TEXT_INTERNAL_H

#include "policy/effects-internal.h"

struct cc_sentence {
	enum cc_effect_class class;
	enum cc_effect_kind kind;
	enum cc_effect_about about;
	const char *words;
};

extern const struct cc_sentence cc_sentences[CC_TEXT_COUNT];

#endif
