/* SPDX-License-Identifier: Apache-2.0 */
/* Names for what we ask of the compiler. */
#ifndef CC_BASE_ATTR_H
#define CC_BASE_ATTR_H

#define CC_MUST __attribute__((warn_unused_result))
#define CC_NONNULL __attribute__((nonnull))
#define CC_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define CC_CLEANUP(fn) __attribute__((cleanup(fn)))
#define CC_NORETURN __attribute__((noreturn))

/* The number of elements of an array (a pointer does not compile). */
#define CC_COUNT(array)                                                          \
	(sizeof(array) / sizeof((array)[0]) +                                    \
	 0 * sizeof(char[1 - 2 * __builtin_types_compatible_p(__typeof__(array), \
							      __typeof__(&(array)[0]))]))

/* The value of the pointer variable `p`, which is NULL afterwards: ownership moves on. */
#define CC_TAKE(p)                      \
	(__extension__({                \
		__typeof__(p) t_ = (p); \
		(p) = NULL;             \
		t_;                     \
	}))

#endif
