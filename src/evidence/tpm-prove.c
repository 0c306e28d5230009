/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"
#include "crypto/der.h"
#include "evidence/event_log.h"
#include "evidence/issuers.h"
#include "evidence/tpm.h"
#include "evidence/window.h"

#define FIRMWARE_PCRS 0xffU
#define OID_KEY_USAGE "2.5.29.15"
#define OID_EXTENDED_KEY_USAGE "2.5.29.37"

/* What the steps hand to each other; certificates are owned. */
struct proof {
	const struct cc_evidence *in;
	struct cc_tpm_evidence tpm;
	struct cc_cert *leaf;
	struct cc_issuers issuers;
	struct cc_crl *crls[CC_CHAIN_MAX];
	size_t crl_count;
	const struct cc_root *root;
	struct cc_window window;
	bool without_revocation;
};

static void proof_clear(struct proof *p)
{
	cc_cert_free(p->leaf);
	cc_issuers_clear(&p->issuers);
	for (size_t i = 0; i < p->crl_count; i++)
		cc_crl_free(p->crls[i]);
}

/* RFC 5280 4.2.1.3: the first bit is digitalSignature. */
static int check_usage(const struct cc_cert *leaf, struct cc_err *err)
{
	struct cc_span extension = { 0 }, bits = { 0 };
	struct cc_reader r = { 0 };

	CC_TRY(cc_cert_extension(leaf, OID_KEY_USAGE, &extension, err));
	r = cc_reader(extension);
	CC_TRY(cc_der_read(&r, CC_DER_BITS, "key usage", &bits, err));
	CC_TRY(cc_read_end(&r, "key usage", err));
	if (bits.len < 2 || (bits.at[1] & 0x80) == 0)
		return cc_fail(err, CC_E_EVIDENCE, "the certificate is for no signing key");
	return 0;
}

/*
 * tcg-kp-AIKCertificate (TCG, "EK Credential Profile"). Google writes tcg-kp-EKCertificate into
 * those of attestation keys; those of its endorsement keys are for no signing key.
 */
static bool is_role(struct cc_span oid)
{
	static const uint8_t aik[] = { 0x67, 0x81, 0x05, 0x08, 0x03 };
	static const uint8_t ek[] = { 0x67, 0x81, 0x05, 0x08, 0x01 };

	return cc_span_eq(oid, CC_SPAN(aik)) || cc_span_eq(oid, CC_SPAN(ek));
}

static int check_role(const struct cc_cert *leaf, struct cc_err *err)
{
	struct cc_span extension = { 0 }, list = { 0 }, oid = { 0 };
	struct cc_reader r = { 0 };
	bool found = false;

	CC_TRY(cc_cert_extension(leaf, OID_EXTENDED_KEY_USAGE, &extension, err));
	r = cc_reader(extension);
	CC_TRY(cc_der_read(&r, CC_DER_SEQUENCE, "extended key usage", &list, err));
	CC_TRY(cc_read_end(&r, "extended key usage", err));
	r = cc_reader(list);
	while (r.rest.len > 0) {
		CC_TRY(cc_der_read(&r, CC_DER_OID, "extended key usage", &oid, err));
		found = found || is_role(oid);
	}
	if (!found)
		return cc_fail(err, CC_E_EVIDENCE, "the certificate is for no key of a TPM");
	return 0;
}

static int check_leaf(const struct proof *p, struct cc_err *err)
{
	struct cc_digest is = { 0 }, certified = { 0 };

	if (check_usage(p->leaf, err) != 0 || check_role(p->leaf, err) != 0) {
		err->code = CC_E_EVIDENCE;
		return cc_wrap(err, "certificate of the attestation key");
	}
	CC_TRY(cc_tpm_public_key_hash(&p->tpm.key, &is, err));
	CC_TRY(cc_cert_holder(p->leaf, &certified, err));
	if (!cc_digest_eq(&is, &certified))
		return cc_fail(err, CC_E_EVIDENCE,
			       "the certificate is for another key than the attestation key");
	return 0;
}

static int find_issuers(struct proof *p, struct cc_err *err)
{
	const struct cc_issuer_pool pool = { .der = p->tpm.certs + 1,
					     .der_count = p->tpm.cert_count - 1,
					     .pem = p->in->collateral.certs,
					     .roots = p->in->roots,
					     .platform = CC_PLATFORM_TPM };

	CC_TRY(cc_issuers_find(&pool, p->leaf, &p->issuers, err));
	p->root = p->issuers.root;
	for (size_t i = 0; i < p->issuers.chain.count; i++)
		CC_TRY(cc_window_cert(&p->window, "certificate of an issuer",
				      p->issuers.chain.certs[i], err));
	return 0;
}

/* As soon as one issuer's list is there, all of them must be. */
static int find_lists(struct proof *p, struct cc_err *err)
{
	struct cc_span rest = p->in->collateral.crls;
	int64_t from = 0, until = 0;

	while (rest.len > 0) {
		CC_AUTO_CRL struct cc_crl *crl = NULL;

		CC_TRY(cc_crl_next_pem(&rest, &crl, err));
		if (crl == NULL || p->crl_count == CC_COUNT(p->crls) ||
		    !cc_issuers_listed(&p->issuers, crl))
			continue;
		cc_crl_window(crl, &from, &until);
		CC_TRY(cc_window_narrow(&p->window, "revocation list", from, until, err));
		p->crls[p->crl_count++] = CC_TAKE(crl);
	}
	if (p->crl_count > 0)
		return 0;
	if (!p->in->without_revocation) {
		cc_err_set(err, CC_E_EVIDENCE,
			   "the revocation lists of the attestation key's issuers are missing");
		return cc_hint(err, "their certificates say where they are published");
	}
	p->without_revocation = true;
	return 0;
}

static int prove_certificate(struct proof *p, struct cc_err *err)
{
	const struct cc_crl *crls[CC_CHAIN_MAX] = { NULL };
	struct cc_path path = { .chain = &p->issuers.chain, .crls = crls, .at = p->in->at };

	CC_TRY(cc_cert_from_der(p->tpm.certs[0], &p->leaf, err));
	CC_TRY(cc_window_cert(&p->window, "certificate of the attestation key", p->leaf, err));
	CC_TRY(check_leaf(p, err));
	CC_TRY(find_issuers(p, err));
	CC_TRY(find_lists(p, err));
	for (size_t i = 0; i < p->crl_count; i++)
		crls[i] = p->crls[i];
	path.leaf = p->leaf;
	path.memory = p->in->memory;
	path.root = &p->root->key;
	path.crl_count = p->crl_count;
	if (cc_path_verify(&path, err) != 0)
		return cc_wrap(err, "chain of the attestation key");
	return 0;
}

/* A key that was enrolled is a root itself, by its Name: that covers its attributes, too. */
static int prove_enrolled(struct proof *p, struct cc_err *err)
{
	struct cc_digest name = { 0 };
	char text[CC_HEX_DIGEST];

	CC_TRY(cc_tpm_public_name(&p->tpm.key, &name, err));
	p->root = cc_roots_find(p->in->roots, CC_PLATFORM_TPM, &name);
	if (p->root != NULL)
		return 0;
	cc_hex_digest(&name, text);
	cc_err_set(err, CC_E_EVIDENCE,
		   "the attestation key has no certificate and is none of the keys that we accept: "
		   "its Name has '%s'",
		   text);
	return cc_hint(err, "enrol it: a root of platform 'tpm' whose key is that digest "
			    "(--tpm-key)");
}

static int prove_key(struct proof *p, struct cc_err *err)
{
	CC_TRY(cc_tpm_public_check(&p->tpm.key, err));
	return p->tpm.cert_count > 0 ? prove_certificate(p, err) : prove_enrolled(p, err);
}

/* The hash is the one of the signing scheme, not of the bank (Part 3, TPM2_Quote). */
static int prove_digest(const struct cc_tpm_evidence *tpm, struct cc_err *err)
{
	struct cc_hashed is = { 0 };

	/* An empty span adds nothing: PCRs that are not quoted have none. */
	CC_TRY(cc_hash_of(tpm->signature.hash, tpm->pcrs, CC_TPM_PCRS, &is, err));
	if (!cc_span_eq(cc_hashed_span(&is), tpm->quote.pcr_digest))
		return cc_fail(err, CC_E_EVIDENCE, "the PCR values are not those that are quoted");
	return 0;
}

static int prove_report_data(const struct cc_tpm_evidence *tpm, struct cc_err *err)
{
	struct cc_digest is = { 0 };

	if (tpm->report_data.len == 0)
		return 0;
	CC_TRY(cc_sha256(tpm->report_data, &is, err));
	if (!cc_span_eq(CC_DIGEST_SPAN(is), tpm->quote.attest.qualifying))
		return cc_fail(err, CC_E_EVIDENCE,
			       "the report data is not what the quote was asked for with");
	return 0;
}

int cc_tpm_prove_values(const struct cc_tpm_evidence *evidence, struct cc_err *err)
{
	CC_TRY(prove_digest(evidence, err));
	return prove_report_data(evidence, err);
}

static int check_firmware(const struct cc_tpm_evidence *tpm, const struct cc_replay *replay,
			  uint32_t covered, struct cc_err *err)
{
	uint32_t firmware = tpm->quote.pcrs & FIRMWARE_PCRS;
	const uint32_t exit = 1U << 5;

	if ((covered & firmware) != firmware)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the event log does not lead to the PCRs that are quoted");
	/* Else a boot loader could append what looks like firmware's. The exit is in PCR 5. */
	if ((replay->separated & firmware) != firmware ||
	    (replay->exited & exit & firmware) != (firmware & exit))
		return cc_fail(err, CC_E_EVIDENCE,
			       "the event log does not say that the firmware handed over");
	return 0;
}

int cc_tpm_prove_log(const struct cc_tpm_evidence *evidence, struct cc_tpm_claims *out,
		     struct cc_err *err)
{
	struct cc_replay replay = { 0 };
	uint32_t same = 0;

	out->log_pcrs = 0;
	if (evidence->log.len == 0)
		return 0;
	CC_TRY(cc_event_log_replay(evidence->log, evidence->quote.bank, &replay, err));
	for (size_t i = 0; i < CC_TPM_PCRS; i++)
		if ((replay.extended & 1U << i) != 0 &&
		    cc_span_eq(cc_hashed_span(&replay.at[i]), evidence->pcrs[i]))
			same |= 1U << i;
	CC_TRY(check_firmware(evidence, &replay, same, err));
	out->log_pcrs = same;
	return cc_event_log_digests(evidence->log, evidence->quote.bank, same, &out->events, err);
}

static void claim_registers(const struct cc_tpm_evidence *tpm, struct cc_registers *out)
{
	for (uint16_t i = 0; i < CC_TPM_PCRS; i++) {
		struct cc_register *to = &out->at[out->count];

		if (tpm->pcrs[i].len == 0)
			continue;
		to->index = i;
		to->len = (uint16_t)tpm->pcrs[i].len;
		memcpy(to->value, tpm->pcrs[i].at, tpm->pcrs[i].len);
		out->count++;
	}
}

static void claim_quote(const struct cc_tpm_quote *quote, struct cc_tpm_claims *out)
{
	out->quoted = true;
	out->bank = quote->bank;
	out->pcrs = quote->pcrs;
	out->clock = quote->attest.clock;
	out->resets = quote->attest.resets;
	out->restarts = quote->attest.restarts;
	out->clock_is_safe = quote->attest.safe;
	out->firmware = quote->attest.firmware;
	out->pcr_digest_len = quote->pcr_digest.len;
	if (quote->pcr_digest.len > 0)
		memcpy(out->pcr_digest, quote->pcr_digest.at, quote->pcr_digest.len);
	out->qualifying_len = quote->attest.qualifying.len;
	if (quote->attest.qualifying.len > 0)
		memcpy(out->qualifying, quote->attest.qualifying.at, quote->attest.qualifying.len);
}

/*
 * The digest alone says nothing of which PCRs it is: whoever replays a good start into PCRs that
 * nothing else uses has its values. So the measurement covers the selection, too.
 */
int cc_tpm_claim(const struct cc_tpm_evidence *evidence, struct cc_claims *out, struct cc_err *err)
{
	struct cc_digest measurement = { 0 };

	CC_TRY(cc_sha256(evidence->quote.info, &measurement, err));
	claim_registers(evidence, &out->registers);
	claim_quote(&evidence->quote, &out->tpm);
	out->measurement_len = sizeof(measurement.b);
	memcpy(out->measurement, measurement.b, sizeof(measurement.b));
	out->version = 1;
	out->tcb = CC_TCB_NOT_STATED;
	if (evidence->report_data.len > 0)
		memcpy(out->report_data, evidence->report_data.at, sizeof(out->report_data));
	return 0;
}

/* One of a guest is proven with its hardware, never without. */
static int parse_alone(struct cc_span bytes, struct cc_tpm_evidence *out, struct cc_err *err)
{
	CC_TRY(cc_tpm_parse(bytes, out, err));
	if (out->hcl.len > 0)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the quote is of a virtual TPM: its platform is that of its guest");
	return 0;
}

int cc_tpm_read(struct cc_span bytes, struct cc_claims *out, struct cc_err *err)
{
	struct cc_tpm_evidence tpm = { 0 };

	CC_TRY(parse_alone(bytes, &tpm, err));
	CC_TRY(cc_tpm_claim(&tpm, out, err));
	return cc_tpm_public_name(&tpm.key, &out->tpm.key, err);
}

int cc_tpm_prove(const struct cc_evidence *evidence, struct cc_claims *out, struct cc_err *err)
{
	CC_CLEANUP(proof_clear)
	struct proof p = { .in = evidence, .window = { evidence->at, 0, CC_CERT_NO_END } };
	struct cc_claims claims = { 0 };

	CC_TRY(parse_alone(evidence->bytes, &p.tpm, err));
	CC_TRY(prove_key(&p, err));
	if (cc_tpm_signature_verify(&p.tpm.signature, &p.tpm.key, p.tpm.quote.bytes, err) != 0)
		return cc_wrap(err, "TPM quote");
	CC_TRY(cc_tpm_prove_values(&p.tpm, err));
	CC_TRY(cc_tpm_claim(&p.tpm, &claims, err));
	CC_TRY(cc_tpm_prove_log(&p.tpm, &claims.tpm, err));
	CC_TRY(cc_tpm_public_name(&p.tpm.key, &claims.tpm.key, err));
	claims.platform = p.root->platform;
	claims.class = p.root->class;
	claims.root = p.root->key;
	claims.valid_from = p.window.from;
	claims.valid_until = p.window.until;
	claims.without_revocation = p.without_revocation;
	*out = claims;
	return 0;
}

static bool same_values(const struct cc_claims *a, const struct cc_claims *b)
{
	return a->measurement_len == b->measurement_len &&
	       cc_bytes_equal(a->measurement, b->measurement, sizeof(a->measurement)) &&
	       cc_bytes_equal(a->report_data, b->report_data, sizeof(a->report_data)) &&
	       a->tpm.log_pcrs == b->tpm.log_pcrs && a->tpm.launch_is_all == b->tpm.launch_is_all &&
	       cc_events_equal(&a->tpm.events, &b->tpm.events) &&
	       cc_registers_equal(&a->registers, &b->registers);
}

int cc_tpm_recheck_values(const struct cc_tpm_evidence *evidence, const struct cc_claims *said,
			  const struct cc_claims *claims, const struct cc_digest64 *expected,
			  struct cc_err *err)
{
	if (!cc_bytes_equal(said->report_data, expected->b, CC_REPORT_DATA_LEN))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the quote is for another connection, nonce or request");
	if (!same_values(said, claims))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the claims are not those of the quote");
	return cc_tpm_prove_values(evidence, err);
}

/* The key is the one that the verifier found certified or enrolled; that it is, stays its word. */
int cc_tpm_recheck(struct cc_span evidence, const struct cc_claims *claims,
		   const struct cc_digest64 *expected, struct cc_err *err)
{
	struct cc_tpm_evidence tpm = { 0 };
	struct cc_claims said = { 0 };

	CC_TRY(parse_alone(evidence, &tpm, err));
	CC_TRY(cc_tpm_claim(&tpm, &said, err));
	CC_TRY(cc_tpm_prove_log(&tpm, &said.tpm, err));
	CC_TRY(cc_tpm_public_name(&tpm.key, &said.tpm.key, err));
	if (!cc_digest_eq(&said.tpm.key, &claims->tpm.key))
		return cc_fail(err, CC_E_EVIDENCE, "recheck: the quote is by another key");
	CC_TRY(cc_tpm_public_check(&tpm.key, err));
	CC_TRY(cc_tpm_recheck_values(&tpm, &said, claims, expected, err));
	if (cc_tpm_signature_verify(&tpm.signature, &tpm.key, tpm.quote.bytes, err) != 0)
		return cc_wrap(err, "recheck the quote's signature");
	return 0;
}
