/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>

/* One table for every outside reader; tests/unit/test_err.c asks for a row of each code. */
static const struct cc_code_info infos[CC_CODE_COUNT] = {
	[CC_OK] = { "ok", 200, 0 },
	[CC_E_ARG] = { "argument", 400, 2 },
	[CC_E_DENIED] = { "denied", 403, 3 },
	[CC_E_EVIDENCE] = { "evidence", 403, 4 },
	[CC_E_TAMPERED] = { "tampered", 500, 5 },
	[CC_E_STALE] = { "stale", 409, 6 },
	[CC_E_NOTFOUND] = { "not-found", 404, 7 },
	[CC_E_CONFLICT] = { "conflict", 409, 8 },
	[CC_E_LIMIT] = { "limit", 429, 9 },
	[CC_E_TOOBIG] = { "too-big", 413, 10 },
	[CC_E_EXPIRED] = { "expired", 403, 11 },
	[CC_E_UNAVAILABLE] = { "unavailable", 503, 12 },
	[CC_E_UNSUPPORTED] = { "unsupported", 501, 13 },
	[CC_E_SYSTEM] = { "system", 500, 14 },
	[CC_E_BUG] = { "bug", 500, 15 },
};

const struct cc_code_info *cc_code_info(enum cc_code code)
{
	unsigned int at = (unsigned int)code;

	return at < CC_CODE_COUNT ? &infos[at] : &infos[CC_E_BUG];
}

enum cc_code cc_code_named(const char *name)
{
	for (unsigned int at = 1; at < CC_CODE_COUNT; at++)
		if (strcmp(infos[at].name, name) == 0)
			return (enum cc_code)at;
	return CC_OK;
}

static void set(struct cc_err *err, enum cc_code code, int sys)
{
	memset(err, 0, sizeof(*err));
	err->code = code;
	err->sys = sys;
}

void cc_err_set(struct cc_err *err, enum cc_code code, const char *fmt, ...)
{
	va_list args;

	set(err, code, 0);
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
}

void cc_err_set_sys(struct cc_err *err, int sys, const char *fmt, ...)
{
	char reason[128] = "";
	size_t len = 0;
	va_list args;

	set(err, sys == ENOENT ? CC_E_NOTFOUND : CC_E_SYSTEM, sys);
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s",
		       strerror_r(sys, reason, sizeof(reason)));
}

void cc_err_wrap(struct cc_err *err, const char *fmt, ...)
{
	char cause[sizeof(err->text)];
	size_t len = 0;
	va_list args;

	memcpy(cause, err->text, sizeof(cause));
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s", cause);
}

void cc_err_hint(struct cc_err *err, const char *fmt, ...)
{
	va_list args;

	if (err->hint[0] != '\0')
		return;
	va_start(args, fmt);
	(void)vsnprintf(err->hint, sizeof(err->hint), fmt, args);
	va_end(args);
}
