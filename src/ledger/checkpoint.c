/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/checkpoint.h"

#include "base/str.h"
#include "codec/text.h"

int cc_checkpoint_print(const struct cc_checkpoint *checkpoint, struct cc_buf *out,
			struct cc_err *err)
{
	CC_TRY(cc_buf_addf(out, err, "%s\n%llu\n", checkpoint->origin,
			   (unsigned long long)checkpoint->head.size));
	CC_TRY(cc_base64_add(out, CC_DIGEST_SPAN(checkpoint->head.root), err));
	return cc_buf_add_str(out, "\n", err);
}

/* The next line without its newline; every line has one. */
static int read_line(struct cc_span *rest, const char *what, struct cc_span *out,
		     struct cc_err *err)
{
	const uint8_t *end = rest->len != 0 ? memchr(rest->at, '\n', rest->len) : NULL;
	size_t len = 0;

	if (end == NULL || end == rest->at)
		return cc_fail(err, CC_E_ARG, "checkpoint has no %s line", what);
	len = (size_t)(end - rest->at);
	*out = cc_span_sub(*rest, 0, len);
	*rest = cc_span_sub(*rest, len + 1, rest->len);
	return 0;
}

static int read_origin(struct cc_span line, struct cc_checkpoint *out, struct cc_err *err)
{
	if (line.len > CC_ORIGIN_MAX)
		return cc_fail(err, CC_E_TOOBIG, "origin of a checkpoint has %zu bytes", line.len);
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] < ' ' || line.at[i] == 0x7f)
			return cc_fail(err, CC_E_ARG, "origin of a checkpoint has byte 0x%02x",
				       line.at[i]);
	memcpy(out->origin, line.at, line.len);
	out->origin[line.len] = '\0';
	return 0;
}

static int read_root(struct cc_span line, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf root = { 0 };

	CC_TRY(cc_base64_parse(line, &root, err));
	if (root.len != sizeof(out->b))
		return cc_fail(err, CC_E_ARG, "root hash of a checkpoint has %zu bytes", root.len);
	memcpy(out->b, root.at, sizeof(out->b));
	return 0;
}

int cc_checkpoint_parse(struct cc_span text, struct cc_checkpoint *out, struct cc_err *err)
{
	struct cc_span rest = text, line = { 0 };
	struct cc_checkpoint checkpoint = { 0 };

	CC_TRY(read_line(&rest, "origin", &line, err));
	CC_TRY(read_origin(line, &checkpoint, err));
	CC_TRY(read_line(&rest, "size", &line, err));
	CC_TRY(cc_parse_u64(line, CC_TREE_SIZE_MAX, "size of a checkpoint", &checkpoint.head.size,
			    err));
	CC_TRY(read_line(&rest, "root hash", &line, err));
	CC_TRY(read_root(line, &checkpoint.head.root, err));
	while (rest.len != 0)
		CC_TRY(read_line(&rest, "whole extension", &line, err));
	*out = checkpoint;
	return 0;
}

int cc_checkpoint_open(struct cc_span bytes, const struct cc_note_key *log,
		       struct cc_checkpoint *out, struct cc_note *note, struct cc_err *err)
{
	struct cc_checkpoint checkpoint;

	CC_TRY(cc_note_parse(bytes, note, err));
	if (cc_note_verify(note, log, NULL, err) != 0)
		return cc_wrap(err, "checkpoint of '%s'", log->name);
	CC_TRY(cc_checkpoint_parse(note->text, &checkpoint, err));
	/* One key may sign for several logs of other people; ours signs for its name alone. */
	if (!cc_str_eq(checkpoint.origin, log->name))
		return cc_fail(err, CC_E_EVIDENCE, "checkpoint is one of '%s' and not of '%s'",
			       checkpoint.origin, log->name);
	*out = checkpoint;
	return 0;
}

int cc_checkpoint_sign(const struct cc_checkpoint *checkpoint, const struct cc_note_key *log,
		       const struct cc_key *secret, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 }, note = { 0 };

	if (!cc_str_eq(checkpoint->origin, log->name))
		return cc_fail(err, CC_E_BUG, "log key '%s' does not sign for '%s'", log->name,
			       checkpoint->origin);
	CC_TRY(cc_checkpoint_print(checkpoint, &text, err));
	CC_TRY(cc_note_sign(cc_buf_span(&text), log, secret, 0, &note, err));
	return cc_buf_add(out, cc_buf_span(&note), err);
}
