/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/keys.h"

#include "crypto/kdf.h"

static int derive_cas(const struct cc_secret *root, struct cc_cas_keys *out, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *seed = NULL, *ikm = NULL;

	CC_TRY(cc_hkdf(root, cc_span(NULL, 0), cc_span_str("concordat cas key 1"), 32, &seed, err));
	CC_TRY(cc_key_from_seed(seed, &out->cas, err));
	CC_TRY(cc_pubkey_hash(cc_key_public(out->cas), &out->cas_hash, err));
	CC_TRY(cc_hkdf(root, cc_span(NULL, 0), cc_span_str("concordat cas hpke 1"), 32, &ikm, err));
	return cc_hpke_key_derive(ikm, &out->hpke, err);
}

static int derive_log(const struct cc_secret *root, const struct cc_quorum *witnesses,
		      const char *name, struct cc_cas_keys *out, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *seed = NULL;
	struct cc_digest set = { 0 };

	CC_TRY(cc_quorum_hash(witnesses, &set, err));
	CC_TRY(cc_ledger_key(root, &set, "concordat log key 1", &seed, err));
	CC_TRY(cc_key_from_seed(seed, &out->log, err));
	CC_TRY(cc_note_key_make(name, CC_NOTE_ED25519, cc_key_public(out->log), &out->log_name,
				err));
	return cc_ledger_key(root, &set, "concordat row key 1", &out->row, err);
}

int cc_cas_keys_derive(const struct cc_secret *root, const struct cc_quorum *witnesses,
		       const char *name, struct cc_cas_keys *out, struct cc_err *err)
{
	if (derive_cas(root, out, err) == 0 && derive_log(root, witnesses, name, out, err) == 0)
		return 0;
	cc_cas_keys_clear(out);
	return -1;
}

void cc_cas_keys_clear(struct cc_cas_keys *keys)
{
	cc_key_free(keys->cas);
	cc_hpke_key_free(keys->hpke);
	cc_key_free(keys->log);
	cc_secret_free(keys->row);
	memset(keys, 0, sizeof(*keys));
}
