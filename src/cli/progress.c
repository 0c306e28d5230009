/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/time.h"
#include "cli/interrupt.h"

#define REDRAW_MS 100

void cc_bytes_print(uint64_t bytes, char out[static CC_BYTES_TEXT])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t tenths = bytes;
	size_t unit = 0;

	if (bytes < 1024) {
		(void)snprintf(out, CC_BYTES_TEXT, "%" PRIu64 " byte%s", bytes,
			       bytes == 1 ? "" : "s");
		return;
	}
	while (tenths >= (uint64_t)1024 * 1024) {
		tenths /= 1024;
		unit++;
	}
	(void)snprintf(out, CC_BYTES_TEXT, "%" PRIu64 ".%" PRIu64 " %s", tenths / 1024,
		       tenths % 1024 * 10 / 1024, units[unit]);
}

int cc_progress_print(const struct cc_progress *p, uint64_t now_ms, struct cc_buf *out,
		      struct cc_err *err)
{
	uint64_t ms = now_ms > p->started_ms ? now_ms - p->started_ms : 1;
	char bytes[CC_BYTES_TEXT], total[CC_BYTES_TEXT], rate[CC_BYTES_TEXT];

	cc_bytes_print(p->bytes, bytes);
	cc_bytes_print(p->total, total);
	cc_bytes_print((uint64_t)((double)p->bytes * 1000 / (double)ms), rate);
	return cc_buf_addf(
		out, err, "%s %" PRIu64 " file%s, %s%s%s in %" PRIu64 ".%" PRIu64 " s (%s/s)",
		p->what, p->files, p->files == 1 ? "" : "s", bytes, p->total != 0 ? " of " : "",
		p->total != 0 ? total : "", ms / 1000, ms % 1000 / 100, rate);
}

static void show(struct cc_progress *p, bool last)
{
	CC_AUTO_BUF struct cc_buf line = { 0 };
	uint64_t now = cc_time_monotonic_ms();
	struct cc_err ignored = { 0 };

	p->shown_ms = now;
	if (cc_progress_print(p, now, &line, &ignored) == 0)
		(void)fprintf(stderr, "%s%.*s%s", p->redraws ? "\r\033[K" : "", (int)line.len,
			      (const char *)line.at, last ? "\n" : "");
}

void cc_progress_start(struct cc_progress *p, const char *what)
{
	cc_interrupt_catch();
	p->what = what;
	p->redraws = isatty(STDERR_FILENO) == 1;
	p->started_ms = p->shown_ms = cc_time_monotonic_ms();
}

int cc_progress_add(struct cc_progress *p, uint64_t files, uint64_t bytes, struct cc_err *err)
{
	p->files += files;
	p->bytes += bytes;
	if (cc_interrupt_check(err) != 0) {
		if (!p->quiet && p->redraws)
			show(p, true);
		return cc_failed();
	}
	if (!p->quiet && p->redraws && cc_time_monotonic_ms() - p->shown_ms >= REDRAW_MS)
		show(p, false);
	return 0;
}

void cc_progress_end(struct cc_progress *p)
{
	if (!p->quiet)
		show(p, true);
}
