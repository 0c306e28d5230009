/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effects: what a change of a policy newly permits or forbids, in sentences.
 *
 *     old, new ── cc_effects_make ──▶ effects ── cc_effects_print ──▶ canonical text ──▶ hash
 *
 * Whoever votes on a change signs this text's hash beside the hash of the new
 * version, so the text is a function of the two models alone: no clock, no
 * lookup, no order of the source text. docs/effects.md says what it promises:
 *
 * 1. complete: whatever old and new decide differently is named by a sentence. A
 *    difference of the canonical forms that no sentence is written for is named by
 *    its key, in the class CC_EFFECT_ANYTHING.
 * 2. CC_EFFECT_FORBIDS is sound: a change whose effects all forbid permits nothing
 *    that the old version refused.
 * 3. no sentence holds a secret, and no value of the policy can forge a sentence:
 *    values stand in single quotes with everything but printable ASCII escaped.
 *
 * Pure. Everything hangs on the arena of the effects and outlives both policies.
 */
#ifndef CC_POLICY_EFFECTS_H
#define CC_POLICY_EFFECTS_H

#include "policy/policy.h"

/* What a rule of a board is chosen by. Zero asks for the strictest rule. */
enum cc_effect_class {
	CC_EFFECT_ANYTHING = 0,  /* "anything": no sentence is written for this key */
	CC_EFFECT_OVERRIDE,      /* "override": one party alone can change everything */
	CC_EFFECT_BOARD,         /* "board": members and rules of the board */
	CC_EFFECT_ACCESS,        /* "access": who reads, changes, lists, creates below */
	CC_EFFECT_CODE,          /* "code": which programs are accepted as a service */
	CC_EFFECT_DATA,          /* "data": volumes: who has them, how, by which key */
	CC_EFFECT_LIMITS,        /* "limits": who may run a service how often */
	CC_EFFECT_NETWORK,       /* "network": who talks to whom */
	CC_EFFECT_SECRETS,       /* "secrets": values, and who gets them */
	CC_EFFECT_WORKFLOW,      /* "workflow": stages */
	CC_EFFECT_TOLERANCE,     /* "tolerance": classes of platform, debug, advisories */
	CC_EFFECT_CONFIGURATION, /* "configuration": command, environment, files of a service */
	CC_EFFECT_CLASS_COUNT,
};

enum cc_effect_kind {
	CC_EFFECT_PERMITS = 0, /* something that was refused is granted now */
	CC_EFFECT_FORBIDS,     /* nothing is granted that was refused, and something is refused */
	CC_EFFECT_CHANGES,     /* neither is known: treated like permitting */
	CC_EFFECT_KIND_COUNT,
};

/* What a sentence is about. */
enum cc_effect_about {
	CC_ABOUT_POLICY = 0, /* all of it; `subject` is its name */
	CC_ABOUT_SERVICE,
	CC_ABOUT_VOLUME,
	CC_ABOUT_SECRET,
	CC_ABOUT_IMAGE,
	CC_ABOUT_COUNT,
};

#define CC_EFFECTS_MAX 20000

#define CC_EFFECT_ANYONE "anyone" /* the `who` of a sentence about everybody */
#define CC_EFFECT_CREATOR "the creator"

struct cc_effect {
	enum cc_effect_class class;
	enum cc_effect_kind kind;
	enum cc_effect_about about;
	const char *subject;  /* name of the service, volume, … */
	const char *who;      /* as in the sentence: "policy 'bob'", "anyone"; may be "" */
	const char *often;    /* "3 times"; "" when the sentence is not about a number of times */
	const char *sentence; /* printable ASCII, one line, no full stop */
};

struct cc_effects {
	struct cc_arena *arena;
	CC_MODEL_LIST(cc_effect) list; /* in the order of the canonical text */
};

#define CC_AUTO_EFFECTS CC_CLEANUP(cc_effects_auto)

/*
 * `old` NULL: the policy is new, and all that it permits is new. Both were parsed. Overrides
 * come first, also those that stand already, and of two that mean the same; then what is permitted,
 * changed, forbidden; inside by class, subject and sentence, each sentence once. CC_E_TOOBIG over
 * CC_EFFECTS_MAX sentences or 16 MiB of them.
 */
int cc_effects_make(const struct cc_policy *old, const struct cc_policy *new,
		    struct cc_effects **out, struct cc_err *err) CC_MUST
	__attribute__((nonnull(2, 3, 4)));
void cc_effects_free(struct cc_effects *effects);
static inline void cc_effects_auto(struct cc_effects **effects)
{
	cc_effects_free(*effects);
}

/* Add the canonical text, a line each: "permits code: service 's1' …\n". */
int cc_effects_print(const struct cc_effects *effects, struct cc_buf *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* The effect hash: SHA-256("concordat effects 1\n" ‖ canonical text). */
int cc_effects_hash(const struct cc_effects *effects, struct cc_digest *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * An array of objects with the members kind, class, about, subject, who, often and sentence;
 * what is "" is left out.
 */
struct cc_json;
int cc_effects_json(const struct cc_effects *effects, struct cc_json **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* "code": the word in the canonical text, and by which rules of a board name a class. */
const char *cc_effect_class_name(enum cc_effect_class class);
/* CC_EFFECT_ANYTHING when there is none of that name. */
enum cc_effect_class cc_effect_class_named(const char *name) CC_NONNULL;
const char *cc_effect_kind_name(enum cc_effect_kind kind);
/* "service"; of CC_ABOUT_POLICY "policy". */
const char *cc_effect_about_name(enum cc_effect_about about);

#endif
