/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes, of any length to 4 KiB, as an event log: its header and each of its events. */
#include "evidence/event_log.h"

#include "__fc_builtin.h"

static uint8_t bytes[4096];

int main(void)
{
	struct cc_event_log log = { 0 };
	struct cc_event event = { 0 };
	struct cc_err err = { 0 };
	bool found = true;

	Frama_C_make_unknown((char *)bytes, sizeof(bytes));
	if (cc_event_log_open(cc_span(bytes, (size_t)Frama_C_interval(0, sizeof(bytes))), &log,
			      &err) != 0)
		return -1;
	while (found)
		if (cc_event_log_next(&log, &event, &found, &err) != 0)
			return -1;
	return 0;
}
