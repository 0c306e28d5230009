/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>

#include "base/time.h"

static const char *log_program = "concordat";
static enum cc_log_level log_most = CC_LOG_INFO;

void cc_log_init(const char *program, enum cc_log_level most)
{
	log_program = program;
	log_most = most;
}

/* A quoted value: control characters and quotes cannot forge a second line or field. */
static void escape(const char *in, char *out, size_t room)
{
	size_t len = 0;

	for (; *in != '\0' && len + 5 < room; in++) {
		unsigned char c = (unsigned char)*in;

		if (c == '"' || c == '\\') {
			out[len++] = '\\';
			out[len++] = (char)c;
		} else if (c < 0x20 || c == 0x7f) {
			len += (size_t)snprintf(out + len, room - len, "\\x%02x", c);
		} else {
			out[len++] = (char)c;
		}
	}
	out[len] = '\0';
}

static void write_line(enum cc_log_level level, const char *text, const char *more)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	char when[CC_TIME_TEXT], safe[1600], line[2400];
	int len = 0;

	cc_time_print(cc_time_now(), when);
	escape(text, safe, sizeof(safe));
	len = snprintf(line, sizeof(line), "time=%s level=%s program=%s event=\"%s\"%s\n", when,
		       names[level], log_program, safe, more);
	if (len > 0 && write(STDERR_FILENO, line, (size_t)len) < 0)
		return; /* there is nowhere left to say it */
}

void cc_log(enum cc_log_level level, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	if (level > log_most)
		return;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	write_line(level, text, "");
}

void cc_log_err(enum cc_log_level level, const char *what, const struct cc_err *err)
{
	char text[1024], hint[600], more[700];

	if (level > log_most)
		return;
	(void)snprintf(text, sizeof(text), "%s: %s", what, err->text);
	escape(err->hint, hint, sizeof(hint));
	(void)snprintf(more, sizeof(more), " code=%s%s%s%s", cc_code_info(err->code)->name,
		       hint[0] != '\0' ? " next=\"" : "", hint, hint[0] != '\0' ? "\"" : "");
	write_line(level, text, more);
}
