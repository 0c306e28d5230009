/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nitro.h"

#include "codec/cbor.h"
#include "evidence/window.h"

#define STRING_MAX ((size_t)1024) /* AWS: public_key; newer devices have it for all three */
#define PCR_LEN 48

static int read_pcrs(struct cc_span value, struct cc_nitro_document *out, struct cc_err *err)
{
	struct cc_cbor_map map = { 0 };

	CC_TRY(cc_cbor_map(value, "pcrs", &map, err));
	if (map.count == 0 || map.count > CC_NITRO_PCRS)
		return cc_fail(err, CC_E_ARG, "pcrs has %zu members, 1 to %d are read", map.count,
			       CC_NITRO_PCRS);
	for (size_t i = 0; i < map.count; i++) {
		struct cc_span pcr = { 0 };
		uint64_t index = 0;

		CC_TRY(cc_cbor_unsigned(map.keys[i], "index of a PCR", &index, err));
		CC_TRY(cc_cbor_bytes(map.values[i], "PCR", &pcr, err));
		if (index >= CC_NITRO_PCRS || (pcr.len != 32 && pcr.len != 48 && pcr.len != 64))
			return cc_fail(err, CC_E_ARG, "PCR %llu has %zu bytes",
				       (unsigned long long)index, pcr.len);
		out->pcrs[index] = pcr;
	}
	return 0;
}

static int read_bundle(struct cc_span value, struct cc_nitro_document *out, struct cc_err *err)
{
	struct cc_cbor_array list = { 0 };

	CC_TRY(cc_cbor_array(value, "cabundle", &list, err));
	if (list.count == 0 || list.count > CC_NITRO_CHAIN)
		return cc_fail(err, CC_E_ARG, "cabundle has %zu certificates, 1 to %d are read",
			       list.count, CC_NITRO_CHAIN);
	for (size_t i = 0; i < list.count; i++) {
		CC_TRY(cc_cbor_bytes(list.at[i], "certificate of cabundle", &out->bundle[i], err));
		if (out->bundle[i].len == 0 || out->bundle[i].len > STRING_MAX)
			return cc_fail(err, CC_E_ARG, "a certificate of cabundle has %zu bytes",
				       out->bundle[i].len);
	}
	out->bundle_count = list.count;
	return 0;
}

/* Bytes or null, or not there at all. */
static int read_optional(const struct cc_cbor_map *map, const char *name, struct cc_span *out,
			 struct cc_err *err)
{
	struct cc_span value = cc_cbor_find_text(map, name);

	if (value.len == 0 || cc_cbor_is_null(value))
		return 0;
	CC_TRY(cc_cbor_bytes(value, name, out, err));
	if (out->len > STRING_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%s has %zu bytes, at most %zu", name, out->len,
			       STRING_MAX);
	return 0;
}

static int check_names(const struct cc_cbor_map *map, struct cc_err *err)
{
	static const char *const known[] = { "module_id",  "digest",      "timestamp",
					     "pcrs",       "certificate", "cabundle",
					     "public_key", "user_data",   "nonce" };
	size_t count = 0;

	for (size_t i = 0; i < CC_COUNT(known); i++)
		count += cc_cbor_find_text(map, known[i]).len > 0 ? 1 : 0;
	if (count != map->count)
		return cc_fail(err, CC_E_ARG, "the document has members that nobody described");
	return 0;
}

static int read_head(const struct cc_cbor_map *map, struct cc_nitro_document *out,
		     struct cc_err *err)
{
	struct cc_span digest = { 0 };

	CC_TRY(cc_cbor_text(cc_cbor_find_text(map, "module_id"), "module_id", &out->module_id,
			    err));
	CC_TRY(cc_cbor_text(cc_cbor_find_text(map, "digest"), "digest", &digest, err));
	CC_TRY(cc_cbor_unsigned(cc_cbor_find_text(map, "timestamp"), "timestamp", &out->timestamp,
				err));
	if (out->module_id.len == 0 || !cc_span_eq_str(digest, "SHA384") || out->timestamp == 0)
		return cc_fail(err, CC_E_ARG,
			       "module_id, digest or timestamp of the document is "
			       "none");
	return 0;
}

int cc_nitro_parse(struct cc_span bytes, struct cc_nitro_document *out, struct cc_err *err)
{
	struct cc_nitro_document document = { 0 };
	struct cc_cbor_map map = { 0 };

	if (bytes.len > CC_EVIDENCE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "document has %zu bytes, at most %zu are read",
			       bytes.len, CC_EVIDENCE_MAX);
	CC_TRY(cc_cose_parse(bytes, &document.cose, err));
	if (document.cose.algorithm != CC_COSE_ES384) {
		cc_err_set(
			err, CC_E_UNSUPPORTED,
			"document is signed by algorithm %lld of COSE, and Nitro's by ES384 (%d)",
			(long long)document.cose.algorithm, CC_COSE_ES384);
		return cc_hint(err, "a PSA token looks the same and is not read: bring the CCA "
				    "token (CBOR tag 399) that a platform token is part of");
	}
	CC_TRY(cc_cbor_map(document.cose.payload, "document", &map, err));
	CC_TRY(check_names(&map, err));
	CC_TRY(read_head(&map, &document, err));
	CC_TRY(read_pcrs(cc_cbor_find_text(&map, "pcrs"), &document, err));
	CC_TRY(cc_cbor_bytes(cc_cbor_find_text(&map, "certificate"), "certificate",
			     &document.certificate, err));
	CC_TRY(read_bundle(cc_cbor_find_text(&map, "cabundle"), &document, err));
	CC_TRY(read_optional(&map, "public_key", &document.public_key, err));
	CC_TRY(read_optional(&map, "user_data", &document.user_data, err));
	CC_TRY(read_optional(&map, "nonce", &document.nonce, err));
	*out = document;
	return 0;
}

struct proof {
	const struct cc_evidence *in;
	struct cc_nitro_document document;
	struct cc_chain chain; /* leaf, then the bundle from its end */
	const struct cc_root *root;
	struct cc_pubkey *key;
	struct cc_window window;
};

static void proof_clear(struct proof *p)
{
	cc_chain_clear(&p->chain);
	cc_pubkey_free(p->key);
}

static int add_cert(struct proof *p, struct cc_span der, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_cert **to = &p->chain.certs[p->chain.count];

	CC_TRY(cc_cert_from_der(der, to, err));
	p->chain.count++;
	CC_TRY(cc_window_cert(&p->window, "a certificate of the document", *to, err));
	CC_TRY(cc_cert_public(*to, &key, err));
	if (cc_pubkey_kind(key) != CC_KEY_P384)
		return cc_fail(err, CC_E_EVIDENCE,
			       "a certificate of the document has no key of P-384");
	return 0;
}

/* The path must use every certificate: root, …, leaf, each the issuer of the next. */
static int prove_chain(struct proof *p, struct cc_err *err)
{
	struct cc_path path = { 0 };
	struct cc_digest key = { 0 };

	CC_TRY(add_cert(p, p->document.certificate, err));
	for (size_t i = p->document.bundle_count; i > 0; i--)
		CC_TRY(add_cert(p, p->document.bundle[i - 1], err));
	CC_TRY(cc_cert_key_hash(p->chain.certs[p->chain.count - 1], &key, err));
	p->root = cc_roots_find(p->in->roots, CC_PLATFORM_NITRO, &key);
	if (p->root == NULL)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the certificate chain ends in a root that is not among those we "
			       "accept");
	path = (struct cc_path){ .leaf = p->chain.certs[0],
				 .chain = &p->chain,
				 .root = &p->root->key,
				 .at = p->in->at,
				 .memory = p->in->memory };
	if (cc_path_verify(&path, err) != 0)
		return cc_wrap(err, "certificate chain of the document");
	return cc_cert_public(p->chain.certs[0], &p->key, err);
}

static void claim_pcrs(const struct cc_nitro_document *document, struct cc_claims *out)
{
	for (uint16_t i = 0; i < CC_NITRO_PCRS; i++) {
		struct cc_span pcr = document->pcrs[i];
		struct cc_register *to = &out->registers.at[out->registers.count];

		if (pcr.len == 0)
			continue;
		to->index = i;
		to->len = (uint16_t)pcr.len;
		memcpy(to->value, pcr.at, pcr.len);
		out->registers.count++;
	}
	out->measurement_len = document->pcrs[0].len;
	if (out->measurement_len > 0)
		memcpy(out->measurement, document->pcrs[0].at, out->measurement_len);
}

/* PCR 0 to 2 are the image; in debug mode, and in no other, they are zero. */
static bool is_debug(const struct cc_nitro_document *document)
{
	return cc_span_is_zero(document->pcrs[0]) || cc_span_is_zero(document->pcrs[1]) ||
	       cc_span_is_zero(document->pcrs[2]);
}

static void claim_document(const struct cc_nitro_document *document, struct cc_claims *out)
{
	claim_pcrs(document, out);
	out->debug = is_debug(document);
	out->tcb = CC_TCB_NOT_STATED;
	/* What is not 64 bytes long is no report data of ours: zero, which nothing expects. */
	if (document->user_data.len == sizeof(out->report_data))
		memcpy(out->report_data, document->user_data.at, sizeof(out->report_data));
	out->nitro.nonce_len =
		document->nonce.len > sizeof(out->nitro.nonce) ? 0 : document->nonce.len;
	if (out->nitro.nonce_len > 0)
		memcpy(out->nitro.nonce, document->nonce.at, out->nitro.nonce_len);
	out->machine_len = document->module_id.len > sizeof(out->machine) ? sizeof(out->machine)
									  : document->module_id.len;
	memcpy(out->machine, document->module_id.at, out->machine_len);
	out->nitro.timestamp = (int64_t)(document->timestamp / 1000);
}

int cc_nitro_read(struct cc_span bytes, struct cc_claims *out, struct cc_err *err)
{
	struct cc_nitro_document document = { 0 };

	CC_TRY(cc_nitro_parse(bytes, &document, err));
	claim_document(&document, out);
	return 0;
}

int cc_nitro_prove(const struct cc_evidence *evidence, struct cc_claims *out, struct cc_err *err)
{
	CC_CLEANUP(proof_clear)
	struct proof p = { .in = evidence, .window = { evidence->at, 0, INT64_MAX } };
	CC_AUTO_BUF struct cc_buf raw = { 0 };
	struct cc_claims claims = { 0 };

	CC_TRY(cc_nitro_parse(evidence->bytes, &p.document, err));
	CC_TRY(prove_chain(&p, err));
	if (cc_cose_verify(&p.document.cose, p.key, err) != 0)
		return cc_wrap(err, "Nitro document");
	CC_TRY(cc_pubkey_to_raw(p.key, &raw, err));
	memcpy(claims.nitro.key, raw.at, sizeof(claims.nitro.key));
	claim_document(&p.document, &claims);
	claims.platform = p.root->platform;
	claims.class = p.root->class;
	claims.root = p.root->key;
	claims.valid_from = p.window.from;
	claims.valid_until = p.window.until;
	*out = claims;
	return 0;
}

int cc_nitro_recheck(struct cc_span evidence, const struct cc_claims *claims,
		     const struct cc_digest64 *expected, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_nitro_document document = { 0 };
	struct cc_claims said = { 0 };

	CC_TRY(cc_nitro_parse(evidence, &document, err));
	claim_document(&document, &said);
	if (!cc_bytes_equal(said.report_data, expected->b, CC_REPORT_DATA_LEN))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the document is for another connection, nonce or request");
	if (!cc_bytes_equal(said.report_data, claims->report_data, CC_REPORT_DATA_LEN) ||
	    said.measurement_len != PCR_LEN || claims->measurement_len != PCR_LEN ||
	    !cc_bytes_equal(said.measurement, claims->measurement, PCR_LEN) ||
	    !cc_registers_equal(&said.registers, &claims->registers))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the claims are not those of the document");
	if (said.debug != claims->debug)
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the claims deny the debug mode of the document");
	CC_TRY(cc_pubkey_from_p384(CC_SPAN(claims->nitro.key), &key, err));
	if (cc_cose_verify(&document.cose, key, err) != 0)
		return cc_wrap(err, "recheck the document's signature");
	return 0;
}
