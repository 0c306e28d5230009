/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/display.h"

#include "base/str.h"

#define LINE 256

void cc_display_start(struct cc_display *display, bool wanted)
{
	*display = (struct cc_display){ .fd = wanted ? STDERR_FILENO : -1 };
	display->redraws = wanted && isatty(STDERR_FILENO) == 1;
}

static uint64_t elapsed(const struct cc_display_stage *stage, uint64_t now_ms)
{
	if (stage->started_ms == 0)
		return 0;
	return (stage->ended_ms != 0 ? stage->ended_ms : now_ms) - stage->started_ms;
}

static void print_line(const struct cc_display *display, const struct cc_display_stage *stage,
		       uint64_t now_ms)
{
	uint64_t ms = elapsed(stage, now_ms);
	char line[LINE];
	int len = snprintf(line, sizeof(line), "%s  %-24.64s %-10s %3llu.%03llu s\n",
			   display->redraws ? "\r\033[K" : "", stage->name, stage->state,
			   (unsigned long long)(ms / 1000), (unsigned long long)(ms % 1000));

	if (len > 0 && write(display->fd, line, (size_t)len) < 0)
		return; /* nobody watches */
}

static void redraw(struct cc_display *display, const struct cc_display_stage *stages, size_t count,
		   uint64_t now_ms)
{
	char up[16];
	int len = snprintf(up, sizeof(up), "\033[%zuA", display->lines);

	if (display->lines != 0 && write(display->fd, up, (size_t)len) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		print_line(display, &stages[i], now_ms);
	display->lines = count;
}

void cc_display_show(struct cc_display *display, const struct cc_display_stage *stages,
		     size_t count, uint64_t now_ms)
{
	if (display->fd < 0 || count > CC_DISPLAY_STAGES)
		return;
	if (display->redraws) {
		redraw(display, stages, count, now_ms);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (cc_str_eq(display->shown[i], stages[i].state))
			continue;
		(void)snprintf(display->shown[i], sizeof(display->shown[i]), "%s", stages[i].state);
		print_line(display, &stages[i], now_ms);
	}
}
