/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_note note = { 0 };
	struct cc_note_key key = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_note_key_parse(cc_span(at, len), &key, &err));
	cc_ignore(cc_note_parse(cc_span(at, len), &note, &err));
	return 0;
}
