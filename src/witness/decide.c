/* SPDX-License-Identifier: Apache-2.0 */
#include "witness/witness.h"

static int verdict(struct cc_witness_verdict *out, unsigned int status, bool tell_size,
		   const char *why)
{
	*out = (struct cc_witness_verdict){ status, tell_size, why };
	return 0;
}

/* One of the log's keys has signed; signatures of other keys do not matter. */
static bool is_signed(const struct cc_witness_log *log, const struct cc_note *note)
{
	struct cc_err ignored;

	for (size_t i = 0; i < log->key_count; i++)
		if (cc_note_verify(note, &log->keys[i], NULL, &ignored) == 0)
			return true;
	return false;
}

/* The order of the checks is the specification's, so that each has its own status. */
int cc_witness_decide(const struct cc_witness_log *log, const struct cc_witness_ask *ask,
		      const struct cc_note *note, const struct cc_checkpoint *checkpoint,
		      struct cc_witness_verdict *out, struct cc_err *err)
{
	const struct cc_tree_head *last = &log->last.head, *head = &checkpoint->head;
	struct cc_err why;

	if (!is_signed(log, note))
		return verdict(out, 403, false, "no known key of the ledger has signed it");
	if (ask->old > head->size)
		return verdict(out, 400, false, "the old size is greater than the new one");
	if (ask->old != last->size)
		return verdict(out, 409, true, "the last checkpoint had another size");
	if (head->size == last->size && !cc_digest_eq(&head->root, &last->root))
		return verdict(out, 409, true, "another ledger of this size was seen");
	if (cc_tree_check_consistency(last, head, &ask->proof, &why) == 0)
		return verdict(out, 200, false, "co-signed");
	if (why.code == CC_E_EVIDENCE)
		return verdict(out, 422, false, "the proof does not show an extension");
	*err = why;
	return -1;
}
