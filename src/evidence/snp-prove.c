/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "crypto/der.h"
#include "evidence/snp.h"
#include "evidence/window.h"

/* Common names of who certifies a product's keys. */
static const struct issuers {
	const char *ask, *asvk, *ark;
} names[CC_SNP_PRODUCT_COUNT] = {
	[CC_SNP_MILAN] = { "SEV-Milan", "SEV-VLEK-Milan", "ARK-Milan" },
	[CC_SNP_GENOA] = { "SEV-Genoa", "SEV-VLEK-Genoa", "ARK-Genoa" },
	[CC_SNP_TURIN] = { "SEV-Turin", "SEV-VLEK-Turin", "ARK-Turin" },
};

/* Where a component of the TCB is named, and its byte of Milan's and Genoa's, and of Turin's TCB.
 */
struct component {
	const char *oid;
	int early, turin; /* -1: this product has none */
};

#define RESERVED(n) (CC_SNP_COMPONENT_COUNT + (n))

static const struct component components[] = {
	[CC_SNP_BOOTLOADER] = { "1.3.6.1.4.1.3704.1.3.1", 0, 1 },
	[CC_SNP_TEE] = { "1.3.6.1.4.1.3704.1.3.2", 1, 2 },
	[CC_SNP_FIRMWARE] = { "1.3.6.1.4.1.3704.1.3.3", 6, 3 },
	[CC_SNP_MICROCODE] = { "1.3.6.1.4.1.3704.1.3.8", 7, 7 },
	[CC_SNP_FMC] = { "1.3.6.1.4.1.3704.1.3.9", -1, 0 },
	[RESERVED(0)] = { "1.3.6.1.4.1.3704.1.3.4", 2, -1 },
	[RESERVED(1)] = { "1.3.6.1.4.1.3704.1.3.5", 3, 4 },
	[RESERVED(2)] = { "1.3.6.1.4.1.3704.1.3.6", 4, 5 },
	[RESERVED(3)] = { "1.3.6.1.4.1.3704.1.3.7", 5, 6 },
};

static int component_at(enum cc_snp_product product, const struct component *c)
{
	return product == CC_SNP_TURIN ? c->turin : c->early;
}

int cc_snp_component_at(enum cc_snp_product product, enum cc_snp_component component)
{
	return component_at(product, &components[component]);
}

/* "Milan-B0", "Genoa", "Turin": what stands before the stepping. */
static int read_product(const struct cc_cert *leaf, enum cc_snp_product *out, struct cc_err *err)
{
	struct cc_span extension = { 0 }, text = { 0 };
	struct cc_reader r = { 0 };

	CC_TRY(cc_cert_extension(leaf, "1.3.6.1.4.1.3704.1.2", &extension, err));
	r = cc_reader(extension);
	CC_TRY(cc_der_read(&r, CC_DER_IA5, "product name", &text, err));
	CC_TRY(cc_read_end(&r, "product name", err));
	for (unsigned int i = CC_SNP_MILAN; i < CC_SNP_PRODUCT_COUNT; i++) {
		const char *name = cc_snp_product_name((enum cc_snp_product)i);
		size_t len = strlen(name);

		if (text.len >= len && memcmp(text.at, name, len) == 0 &&
		    (text.len == len || text.at[len] == '-')) {
			*out = (enum cc_snp_product)i;
			return 0;
		}
	}
	return cc_fail(err, CC_E_EVIDENCE, "the certificate is for a product that we do not know");
}

static int read_component(const struct cc_cert *leaf, const char *oid, uint8_t *out,
			  struct cc_err *err)
{
	struct cc_span extension = { 0 };
	struct cc_reader r = { 0 };
	uint64_t value = 0;

	CC_TRY(cc_cert_extension(leaf, oid, &extension, err));
	r = cc_reader(extension);
	CC_TRY(cc_der_read_number(&r, CC_DER_INTEGER, "TCB component", UINT8_MAX, &value, err));
	CC_TRY(cc_read_end(&r, "TCB component", err));
	*out = (uint8_t)value;
	return 0;
}

static int read_tcb(const struct cc_cert *leaf, struct cc_snp_leaf *out, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(components); i++) {
		int at = component_at(out->product, &components[i]);

		if (at >= 0)
			CC_TRY(read_component(leaf, components[i].oid, &out->tcb[at], err));
	}
	return 0;
}

/*
 * The chip's number stands in the extension as it is, in no DER: one that starts with 0x02 or
 * 0x04 is no INTEGER or OCTET STRING. A VLEK has none.
 */
static int read_chip(const struct cc_cert *leaf, struct cc_snp_leaf *out, struct cc_err *err)
{
	size_t len = out->product == CC_SNP_TURIN ? 8 : sizeof(out->chip);
	struct cc_span extension = { 0 };

	if (cc_cert_extension(leaf, "1.3.6.1.4.1.3704.1.4", &extension, err) != 0)
		return err->code == CC_E_NOTFOUND ? 0 : -1;
	if (extension.len != len)
		return cc_fail(err, CC_E_EVIDENCE, "number of the chip has %zu bytes, not %zu",
			       extension.len, len);
	memcpy(out->chip, extension.at, extension.len);
	out->has_chip = true;
	return 0;
}

int cc_snp_leaf_parse(const struct cc_cert *leaf, struct cc_snp_leaf *out, struct cc_err *err)
{
	struct cc_snp_leaf parsed = { 0 };

	CC_TRY(read_product(leaf, &parsed.product, err));
	CC_TRY(read_tcb(leaf, &parsed, err));
	CC_TRY(read_chip(leaf, &parsed, err));
	*out = parsed;
	return 0;
}

/* What the steps hand to each other; certificates are owned. */
struct proof {
	const struct cc_evidence *in;
	struct cc_snp_evidence snp;
	struct cc_cert *leaf;
	struct cc_snp_leaf parsed;
	struct cc_chain issuers; /* ASK or ASVK, then ARK */
	struct cc_crl *list;     /* NULL: there is none */
	struct cc_pubkey *key;
	const struct cc_root *root;
	struct cc_window window;
	bool without_revocation;
};

static void proof_clear(struct proof *p)
{
	cc_cert_free(p->leaf);
	cc_chain_clear(&p->issuers);
	cc_crl_free(p->list);
	cc_pubkey_free(p->key);
}

static bool is_named(const struct cc_cert *cert, const char *name)
{
	CC_AUTO_FREE char *is = NULL;
	struct cc_err ignored = { 0 };

	return cc_cert_common_name(cert, &is, &ignored) == 0 && cc_str_eq(is, name);
}

static const char *leaf_name(const struct proof *p)
{
	return p->snp.report.signer == CC_SNP_VLEK ? "SEV-VLEK" : "SEV-VCEK";
}

/* Step 4. The TCB of which the key was derived is the reported one; all components count. */
static int check_leaf(const struct cc_snp_report *report, const struct cc_snp_leaf *leaf,
		      struct cc_err *err)
{
	enum cc_snp_product product =
		report->version >= 3 ? cc_snp_product_of(report->cpuid) : leaf->product;

	if (leaf->product != product)
		return cc_fail(err, CC_E_EVIDENCE, "the certificate is for %s, the report is of %s",
			       cc_snp_product_name(leaf->product), cc_snp_product_name(product));
	if (memcmp(leaf->tcb, report->reported_tcb, sizeof(leaf->tcb)) != 0)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the certificate is for another TCB than the one reported");
	if (report->signer == CC_SNP_VLEK)
		return 0;
	if (!leaf->has_chip)
		return cc_fail(err, CC_E_EVIDENCE, "the VCEK certificate names no chip");
	if (report->masks_chip)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the report hides its chip, so its VCEK is anybody's");
	if (memcmp(leaf->chip, report->chip, sizeof(leaf->chip)) != 0)
		return cc_fail(err, CC_E_EVIDENCE, "the certificate is for another chip");
	return 0;
}

/* `cert` becomes the leaf if it has the right name and is for this report; `why` if not. */
static int try_leaf(struct proof *p, struct cc_cert **cert, struct cc_err *why)
{
	struct cc_snp_leaf parsed = { 0 };

	if (p->leaf != NULL || !is_named(*cert, leaf_name(p)))
		return 0;
	CC_TRY(cc_snp_leaf_parse(*cert, &parsed, why));
	CC_TRY(check_leaf(&p->snp.report, &parsed, why));
	p->parsed = parsed;
	p->leaf = CC_TAKE(*cert);
	return 0;
}

static int no_leaf(const struct proof *p, const struct cc_err *why, struct cc_err *err)
{
	if (why->code != CC_OK)
		return cc_fail(err, CC_E_EVIDENCE, "%s certificate: %s", leaf_name(p), why->text);
	cc_err_set(err, CC_E_EVIDENCE, "there is no %s certificate for this report", leaf_name(p));
	if (p->snp.report.signer == CC_SNP_VLEK)
		return cc_hint(err, "AMD gives it to the cloud provider, who puts it behind the "
				    "report or hands it out");
	return cc_hint(err, "AMD's key distribution service has it, for the chip and the TCB that "
			    "the report names");
}

/* The host's own is the likely one; a stale one in its table is no reason to give up. */
static int find_leaf(struct proof *p, struct cc_err *err)
{
	struct cc_span given = p->snp.report.signer == CC_SNP_VLEK ? p->snp.vlek : p->snp.vcek;
	struct cc_span rest = p->in->collateral.certs;
	struct cc_err why = { 0 };

	if (given.len > 0) {
		CC_AUTO_CERT struct cc_cert *cert = NULL;

		CC_TRY(cc_cert_from_der(given, &cert, err));
		cc_ignore(try_leaf(p, &cert, &why));
	}
	while (p->leaf == NULL && rest.len > 0) {
		CC_AUTO_CERT struct cc_cert *cert = NULL;

		CC_TRY(cc_cert_next_pem(&rest, &cert, err));
		if (cert != NULL)
			cc_ignore(try_leaf(p, &cert, &why));
	}
	return p->leaf != NULL ? 0 : no_leaf(p, &why, err);
}

/* A certificate of the pool or the host's table, by its name; the path proves the rest. */
static int find_issuer(struct proof *p, const char *name, struct cc_span given, struct cc_err *err)
{
	struct cc_span rest = p->in->collateral.certs;
	CC_AUTO_CERT struct cc_cert *cert = NULL;

	while (rest.len > 0) {
		cc_cert_free(cert);
		cert = NULL;
		CC_TRY(cc_cert_next_pem(&rest, &cert, err));
		if (cert == NULL || is_named(cert, name))
			break;
	}
	if (cert == NULL && given.len > 0)
		CC_TRY(cc_cert_from_der(given, &cert, err));
	if (cert == NULL || !is_named(cert, name)) {
		cc_err_set(err, CC_E_EVIDENCE, "certificate '%s' is missing", name);
		return cc_hint(err, "it belongs to AMD's certificate chain of the product");
	}
	p->issuers.certs[p->issuers.count++] = CC_TAKE(cert);
	return 0;
}

static int find_root(struct proof *p, struct cc_err *err)
{
	struct cc_digest key = { 0 };

	CC_TRY(cc_cert_key_hash(p->issuers.certs[1], &key, err));
	p->root = cc_roots_find(p->in->roots, CC_PLATFORM_SNP, &key);
	if (p->root == NULL)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the certificate chain ends in a root that is not among those we "
			       "accept");
	return 0;
}

static int check_windows(struct proof *p, struct cc_err *err)
{
	CC_TRY(cc_window_cert(&p->window, leaf_name(p), p->leaf, err));
	CC_TRY(cc_window_cert(&p->window, "certificate of AMD's SEV key", p->issuers.certs[0],
			      err));
	return cc_window_cert(&p->window, "AMD's root certificate", p->issuers.certs[1], err);
}

/* The list by this root among those at hand, else the one that came with the report; or NULL. */
static int find_list(const struct proof *p, struct cc_crl **out, struct cc_err *err)
{
	struct cc_span rest = p->in->collateral.crls;

	while (rest.len > 0) {
		CC_AUTO_CRL struct cc_crl *crl = NULL;

		CC_TRY(cc_crl_next_pem(&rest, &crl, err));
		if (crl != NULL && cc_crl_is_by(crl, p->issuers.certs[1])) {
			*out = CC_TAKE(crl);
			return 0;
		}
	}
	return p->snp.crl.len > 0 ? cc_crl_parse(p->snp.crl, out, err) : 0;
}

static int take_list(struct proof *p, struct cc_err *err)
{
	int64_t from = 0, until = 0;

	CC_TRY(find_list(p, &p->list, err));
	if (p->list != NULL) {
		cc_crl_window(p->list, &from, &until);
		return cc_window_narrow(&p->window, "revocation list", from, until, err);
	}
	if (p->in->without_revocation) {
		p->without_revocation = true;
		return 0;
	}
	cc_err_set(err, CC_E_EVIDENCE, "the revocation list of '%s' is missing",
		   names[p->parsed.product].ark);
	return cc_hint(err, "AMD's key distribution service has it, one for each product");
}

/* AMD's list is the root's and has the keys below it; no list has single chips. */
static int check_path(const struct proof *p, struct cc_err *err)
{
	const struct cc_crl *const crls[] = { p->list };
	const struct cc_path path = {
		.leaf = p->leaf,
		.chain = &p->issuers,
		.root = &p->root->key,
		.crls = crls,
		.crl_count = p->list == NULL ? 0 : 1,
		.leaf_unlisted = true,
		.at = p->in->at,
		.memory = p->in->memory,
	};

	if (cc_path_verify(&path, err) != 0)
		return cc_wrap(err, "chain of the %s", leaf_name(p));
	return 0;
}

/* Step 3. The leaf's issuer is the one that its role has: an ASVK certifies no chip. */
static int prove_chain(struct proof *p, struct cc_err *err)
{
	const struct issuers *n = &names[p->parsed.product];
	const char *issuer = p->snp.report.signer == CC_SNP_VLEK ? n->asvk : n->ask;
	CC_AUTO_FREE char *said = NULL;

	CC_TRY(cc_cert_issuer_common_name(p->leaf, &said, err));
	if (!cc_str_eq(said, issuer))
		return cc_fail(err, CC_E_EVIDENCE, "the %s certificate is not issued by '%s'",
			       leaf_name(p), issuer);
	CC_TRY(find_issuer(p, issuer, p->snp.ask, err));
	CC_TRY(find_issuer(p, n->ark, p->snp.ark, err));
	CC_TRY(find_root(p, err));
	CC_TRY(check_windows(p, err));
	CC_TRY(take_list(p, err));
	return check_path(p, err);
}

/* Step 5. */
static int prove_report(struct proof *p, struct cc_err *err)
{
	CC_TRY(cc_cert_public(p->leaf, &p->key, err));
	if (cc_pubkey_kind(p->key) != CC_KEY_P384)
		return cc_fail(err, CC_E_EVIDENCE, "the key of the %s is not of P-384",
			       leaf_name(p));
	if (cc_verify_raw(p->key, p->snp.report.signed_range, CC_SPAN(p->snp.report.signature),
			  err) != 0)
		return cc_wrap(err, "SNP report");
	return 0;
}

static void claim_tcbs(const struct cc_snp_report *report, struct cc_snp_claims *out)
{
	memcpy(out->reported_tcb, report->reported_tcb, CC_SNP_TCB_LEN);
	memcpy(out->committed_tcb, report->committed_tcb, CC_SNP_TCB_LEN);
	memcpy(out->current_tcb, report->current_tcb, CC_SNP_TCB_LEN);
	memcpy(out->launch_tcb, report->launch_tcb, CC_SNP_TCB_LEN);
	memcpy(out->cpuid, report->cpuid, sizeof(out->cpuid));
	memcpy(out->current_build, report->current_build, sizeof(out->current_build));
	memcpy(out->committed_build, report->committed_build, sizeof(out->committed_build));
	out->launch_mitigations = report->launch_mitigations;
	out->current_mitigations = report->current_mitigations;
	out->platform_info = report->platform_info;
}

static void claim_guest(const struct cc_snp_report *report, struct cc_claims *out)
{
	struct cc_snp_claims *snp = &out->snp;

	out->version = (uint16_t)report->version;
	out->measurement_len = sizeof(report->measurement.b);
	memcpy(out->measurement, report->measurement.b, sizeof(report->measurement.b));
	memcpy(out->report_data, report->report_data, sizeof(out->report_data));
	out->debug = (report->policy & CC_SNP_POLICY_DEBUG) != 0;
	out->tcb = CC_TCB_NOT_STATED;
	snp->guest_svn = report->guest_svn;
	snp->vmpl = report->vmpl;
	snp->policy = report->policy;
	memcpy(snp->family_id, report->family_id, sizeof(snp->family_id));
	memcpy(snp->image_id, report->image_id, sizeof(snp->image_id));
	snp->id_key = report->id_key;
	snp->author_key = report->author_key;
	snp->has_author_key = report->has_author_key;
	snp->host_data = report->host_data;
	snp->report_id = report->report_id;
	snp->migration_agent = report->migration_agent;
	snp->masks_chip = report->masks_chip;
	snp->signer = report->signer;
}

static void claim_chip(const struct cc_snp_report *report, struct cc_claims *out)
{
	if (cc_span_is_zero(CC_SPAN(report->chip)))
		return;
	out->machine_len = sizeof(report->chip);
	memcpy(out->machine, report->chip, sizeof(report->chip));
}

/* "CN=provider": letters, digits and what names of hosts have; it ends up on screens. */
static int claim_provider(const struct proof *p, struct cc_claims *out, struct cc_err *err)
{
	struct cc_span extension = { 0 }, text = { 0 };
	struct cc_reader r = { 0 };

	if (p->snp.report.signer != CC_SNP_VLEK)
		return 0;
	CC_TRY(cc_cert_extension(p->leaf, "1.3.6.1.4.1.3704.1.5", &extension, err));
	r = cc_reader(extension);
	CC_TRY(cc_der_read(&r, CC_DER_IA5, "provider of the VLEK", &text, err));
	if (text.len == 0 || text.len >= sizeof(out->snp.csp))
		return cc_fail(err, CC_E_EVIDENCE, "name of the VLEK's provider has %zu bytes",
			       text.len);
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] <= ' ' || text.at[i] > '~' || text.at[i] == '"')
			return cc_fail(err, CC_E_EVIDENCE,
				       "name of the VLEK's provider has odd bytes");
	memcpy(out->snp.csp, text.at, text.len);
	return 0;
}

static int claim_platform(const struct proof *p, struct cc_claims *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	out->platform = p->root->platform;
	out->class = p->root->class;
	out->root = p->root->key;
	out->valid_from = p->window.from;
	out->valid_until = p->window.until;
	out->without_revocation = p->without_revocation;
	out->snp.product = p->parsed.product;
	claim_chip(&p->snp.report, out);
	CC_TRY(cc_pubkey_to_raw(p->key, &raw, err));
	memcpy(out->snp.key, raw.at, sizeof(out->snp.key));
	return claim_provider(p, out, err);
}

int cc_snp_read(struct cc_span bytes, struct cc_claims *out, struct cc_err *err)
{
	struct cc_snp_evidence snp = { 0 };

	CC_TRY(cc_snp_parse(bytes, &snp, err));
	claim_guest(&snp.report, out);
	claim_tcbs(&snp.report, &out->snp);
	out->snp.product = cc_snp_product_of(snp.report.cpuid);
	claim_chip(&snp.report, out);
	return 0;
}

int cc_snp_prove(const struct cc_evidence *evidence, struct cc_claims *out, struct cc_err *err)
{
	CC_CLEANUP(proof_clear)
	struct proof p = {
		.in = evidence,
		.window = { evidence->at, 0, INT64_MAX },
	};
	struct cc_claims claims = { 0 };

	CC_TRY(cc_snp_parse(evidence->bytes, &p.snp, err));
	CC_TRY(find_leaf(&p, err));
	CC_TRY(prove_chain(&p, err));
	CC_TRY(prove_report(&p, err));
	claim_guest(&p.snp.report, &claims);
	claim_tcbs(&p.snp.report, &claims.snp);
	CC_TRY(claim_platform(&p, &claims, err));
	*out = claims;
	return 0;
}
