/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/output.h"

#include <sys/stat.h>

#include "base/time.h"

static int file_open(struct cc_volume *volume, const char *name, uint64_t *out, struct cc_err *err)
{
	const struct cc_volume_time now = { .sec = cc_time_now() };
	const struct cc_volume_attr like = {
		.mode = S_IFREG | 0600, .accessed = now, .modified = now, .changed = now
	};
	struct cc_volume_attr attr = { 0 };
	struct cc_err missing = { 0 };

	/* a log that goes on from an earlier state starts with empty files */
	if (cc_volume_lookup(volume, CC_VOLUME_ROOT_INO, cc_span_str(name), &attr, &missing) == 0) {
		attr.size = 0;
		CC_TRY(cc_volume_setattr(volume, attr.ino, &attr, CC_VOLUME_SET_SIZE, &attr, err));
	} else {
		CC_TRY(cc_volume_create(volume, CC_VOLUME_ROOT_INO, cc_span_str(name), &like, &attr,
					err));
	}
	*out = attr.ino;
	return 0;
}

int cc_output_open(struct cc_volume *volume, struct cc_output *out, struct cc_err *err)
{
	static const char *const names[] = {
		[CC_CONSOLE_OUT] = "stdout", [CC_CONSOLE_ERR] = "stderr"
	};
	struct cc_output made = { .volume = volume };

	for (size_t i = 0; i < CC_CONSOLE_STREAMS; i++)
		CC_TRY(file_open(volume, names[i], &made.files[i], err));
	*out = made;
	return 0;
}

static int output_write(void *ctx, enum cc_console_stream stream, uint64_t at, struct cc_span bytes,
			struct cc_err *err)
{
	struct cc_output *output = ctx;

	return cc_volume_write(output->volume, output->files[stream], at, bytes, err);
}

struct cc_console_sink cc_output_sink(struct cc_output *output)
{
	return (struct cc_console_sink){ output, output_write };
}
