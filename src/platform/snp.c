/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/snp.h"

#include "crypto/pem.h"
#include "platform/pki.h"

#define YEAR ((int64_t)365 * 24 * 3600)
#define SKEW ((int64_t)3600)
#define CERT_YEARS 20
#define OIDS "1.3.6.1.4.1.3704.1."

int cc_sim_snp_plan_good(int64_t now, struct cc_sim_snp_plan *out, struct cc_err *err)
{
	struct cc_sim_snp_plan plan = {
		.now = now,
		.product = CC_SNP_GENOA,
		.signer = CC_SNP_VCEK,
		.leaf_name = "SEV-VCEK",
		.issuer_name = "SEV-Genoa",
		.root_name = "ARK-Genoa",
		.product_name = "Genoa",
		.tcb = { 10, 0, 0, 0, 0, 0, 27, 88 },
		.leaf_names_chip = true,
	};

	CC_TRY(cc_random(CC_MUT(plan.chip), err));
	plan.chip[0] = 0x02; /* as an INTEGER of DER would start */
	*out = plan;
	return 0;
}

void cc_sim_snp_report_good(const struct cc_sim_snp_plan *plan, struct cc_snp_report *out)
{
	struct cc_snp_report report = {
		.version = 3,
		.policy = CC_SNP_POLICY_ONE | CC_SNP_POLICY_SMT,
		.signer = plan->signer,
		.cpuid = { 0x19, 0x11, 0x01 },
		.current_build = { 40, 55, 1 },
		.committed_build = { 40, 55, 1 },
	};

	memcpy(report.current_tcb, plan->tcb, CC_SNP_TCB_LEN);
	memcpy(report.reported_tcb, plan->tcb, CC_SNP_TCB_LEN);
	memcpy(report.committed_tcb, plan->tcb, CC_SNP_TCB_LEN);
	memcpy(report.launch_tcb, plan->tcb, CC_SNP_TCB_LEN);
	memcpy(report.chip, plan->chip, sizeof(report.chip));
	memset(report.migration_agent.b, 0xff, sizeof(report.migration_agent.b));
	*out = report;
}

static struct cc_cert_plan cert_plan(const struct cc_sim_snp_plan *plan, const char *name,
				     const struct cc_key *key)
{
	return (struct cc_cert_plan){
		.common_name = name,
		.organization = CC_SIM_ORGANIZATION,
		.key = cc_key_public(key),
		.from = plan->now - SKEW,
		.until = plan->now + CERT_YEARS * YEAR,
		.path_len = -1,
	};
}

static int make_issuers(const struct cc_sim_snp_plan *plan, struct cc_sim_snp *out,
			struct cc_err *err)
{
	struct cc_cert_plan root = cert_plan(plan, plan->root_name, out->root_key);
	struct cc_cert_plan issuer = cert_plan(plan, plan->issuer_name, out->issuer_key);

	root.is_ca = issuer.is_ca = true;
	root.issuer_key = issuer.issuer_key = out->root_key;
	CC_TRY(cc_cert_make(&root, &out->root, err));
	issuer.issuer = out->root;
	return cc_cert_make(&issuer, &out->issuer, err);
}

#define EXTENSIONS_MAX 11

/* Extensions and the bytes that they point to. */
struct own {
	struct cc_cert_extension at[EXTENSIONS_MAX];
	uint8_t bytes[EXTENSIONS_MAX][96];
	size_t count;
};

static void add_own(struct own *own, const char *oid, struct cc_span head, struct cc_span rest)
{
	uint8_t *bytes = own->bytes[own->count];

	memcpy(bytes, head.at, head.len);
	if (rest.len > 0)
		memcpy(bytes + head.len, rest.at, rest.len);
	own->at[own->count++] = (struct cc_cert_extension){ oid, { bytes, head.len + rest.len } };
}

/* An INTEGER of one byte of value: two when its highest bit is set, for it is no sign. */
static void add_number(struct own *own, const char *oid, uint8_t value)
{
	const uint8_t small[] = { 2, 1, value }, big[] = { 2, 2, 0, value };

	if (value < 0x80)
		add_own(own, oid, CC_SPAN(small), cc_span(NULL, 0));
	else
		add_own(own, oid, CC_SPAN(big), cc_span(NULL, 0));
}

static void add_text(struct own *own, const char *oid, const char *text)
{
	const uint8_t head[] = { 0x16, (uint8_t)strlen(text) };

	add_own(own, oid, CC_SPAN(head), cc_span_str(text));
}

static void add_tcb(struct own *own, const struct cc_sim_snp_plan *plan)
{
	static const char *const early[] = { OIDS "3.1", OIDS "3.2", OIDS "3.4", OIDS "3.5",
					     OIDS "3.6", OIDS "3.7", OIDS "3.3", OIDS "3.8" };
	static const char *const turin[] = { OIDS "3.9", OIDS "3.1", OIDS "3.2", OIDS "3.3",
					     OIDS "3.5", OIDS "3.6", OIDS "3.7", OIDS "3.8" };
	const char *const *oids = plan->product == CC_SNP_TURIN ? turin : early;

	for (size_t i = 0; i < CC_SNP_TCB_LEN; i++)
		add_number(own, oids[i], plan->tcb[i]);
}

static int make_leaf(const struct cc_sim_snp_plan *plan, struct cc_sim_snp *out, struct cc_err *err)
{
	struct cc_cert_plan leaf = cert_plan(plan, plan->leaf_name, out->leaf_key);
	size_t chip_len = plan->product == CC_SNP_TURIN ? 8 : sizeof(plan->chip);
	struct own own = { 0 };

	add_text(&own, OIDS "2", plan->product_name);
	add_tcb(&own, plan);
	if (plan->leaf_names_chip)
		add_own(&own, OIDS "4", cc_span(plan->chip, chip_len), cc_span(NULL, 0));
	if (plan->signer == CC_SNP_VLEK)
		add_text(&own, OIDS "5", "CN=concordat.invalid");
	leaf.issuer = out->issuer;
	leaf.issuer_key = out->issuer_key;
	leaf.extensions = own.at;
	leaf.extension_count = own.count;
	return cc_cert_make(&leaf, &out->leaf, err);
}

int cc_sim_snp_publish(const struct cc_sim_snp_plan *plan, struct cc_sim_snp *snp,
		       struct cc_err *err)
{
	const struct cc_cert *const issuer = snp->issuer;
	const struct cc_crl_plan crl = {
		.issuer = snp->root,
		.issuer_key = snp->root_key,
		.from = plan->now - SKEW,
		.until = plan->now + YEAR,
		.number = 1,
		.revoked = &issuer,
		.revoked_count = plan->issuer_is_revoked ? 1 : 0,
	};
	CC_AUTO_BUF struct cc_buf der = { 0 };

	cc_buf_reset(&snp->certs);
	cc_buf_reset(&snp->crls);
	CC_TRY(cc_cert_to_pem(snp->leaf, &snp->certs, err));
	CC_TRY(cc_cert_to_pem(snp->issuer, &snp->certs, err));
	CC_TRY(cc_cert_to_pem(snp->root, &snp->certs, err));
	CC_TRY(cc_crl_make(&crl, &der, err));
	return cc_pem_add(&snp->crls, CC_PEM_CRL, cc_buf_span(&der), err);
}

int cc_sim_snp_make(const struct cc_sim_snp_plan *plan, struct cc_sim_snp *out, struct cc_err *err)
{
	CC_TRY(cc_key_generate(CC_KEY_P384, &out->root_key, err));
	CC_TRY(cc_key_generate(CC_KEY_P384, &out->issuer_key, err));
	CC_TRY(cc_key_generate(CC_KEY_P384, &out->leaf_key, err));
	CC_TRY(make_issuers(plan, out, err));
	CC_TRY(make_leaf(plan, out, err));
	return cc_sim_snp_publish(plan, out, err);
}

void cc_sim_snp_clear(struct cc_sim_snp *snp)
{
	cc_key_free(snp->root_key);
	cc_key_free(snp->issuer_key);
	cc_key_free(snp->leaf_key);
	cc_cert_free(snp->root);
	cc_cert_free(snp->issuer);
	cc_cert_free(snp->leaf);
	cc_buf_clear(&snp->certs);
	cc_buf_clear(&snp->crls);
	*snp = (struct cc_sim_snp){ 0 };
}

int cc_sim_snp_root(const struct cc_sim_snp *snp, struct cc_root *out, struct cc_err *err)
{
	struct cc_root root = { .platform = CC_PLATFORM_SNP,
				.class = CC_CLASS_SIMULATED,
				.label = "SIMULATION of snp" };

	CC_TRY(cc_cert_key_hash(snp->root, &root.key, err));
	*out = root;
	return 0;
}

/* Where a field of the report is (AMD 56860, ATTESTATION_REPORT). */
static void put(uint8_t *report, size_t at, struct cc_span bytes)
{
	memcpy(report + at, bytes.at, bytes.len);
}

static void put_number(uint8_t *report, size_t at, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		report[at + i] = (uint8_t)(value >> 8 * i);
}

static void put_guest(const struct cc_snp_report *r, uint8_t *out)
{
	uint64_t flags = (r->has_author_key ? 1U : 0U) | (r->masks_chip ? 2U : 0U) |
			 (r->signer == CC_SNP_VLEK ? 1U << 2 : 0U);

	put_number(out, 0x000, r->version, 4);
	put_number(out, 0x004, r->guest_svn, 4);
	put_number(out, 0x008, r->policy, 8);
	put(out, 0x010, CC_SPAN(r->family_id));
	put(out, 0x020, CC_SPAN(r->image_id));
	put_number(out, 0x030, r->vmpl, 4);
	put_number(out, 0x034, 1, 4);
	put_number(out, 0x040, r->platform_info, 8);
	put_number(out, 0x048, flags, 4);
	put(out, 0x050, CC_SPAN(r->report_data));
	put(out, 0x090, CC_DIGEST_SPAN(r->measurement));
	put(out, 0x0c0, CC_DIGEST_SPAN(r->host_data));
	put(out, 0x0e0, CC_DIGEST_SPAN(r->id_key));
	put(out, 0x110, CC_DIGEST_SPAN(r->author_key));
	put(out, 0x140, CC_DIGEST_SPAN(r->report_id));
	put(out, 0x160, CC_DIGEST_SPAN(r->migration_agent));
}

static void put_chip(const struct cc_snp_report *r, uint8_t *out)
{
	put(out, 0x038, CC_SPAN(r->current_tcb));
	put(out, 0x180, CC_SPAN(r->reported_tcb));
	if (r->version >= 3)
		put(out, 0x188, CC_SPAN(r->cpuid));
	put(out, 0x1a0, CC_SPAN(r->chip));
	put(out, 0x1e0, CC_SPAN(r->committed_tcb));
	put(out, 0x1e8, CC_SPAN(r->current_build));
	put(out, 0x1ec, CC_SPAN(r->committed_build));
	put(out, 0x1f0, CC_SPAN(r->launch_tcb));
	if (r->version >= 5) {
		put_number(out, 0x1f8, r->launch_mitigations, 8);
		put_number(out, 0x200, r->current_mitigations, 8);
	}
}

int cc_sim_snp_sign(const struct cc_sim_snp *snp, const struct cc_snp_report *report,
		    struct cc_buf *out, struct cc_err *err)
{
	uint8_t bytes[CC_SNP_REPORT_LEN] = { 0 };
	struct cc_signature signature = { 0 };

	put_guest(report, bytes);
	put_chip(report, bytes);
	CC_TRY(cc_sign_raw(snp->leaf_key, cc_span(bytes, CC_SNP_SIGNED), &signature, err));
	for (size_t i = 0; i < 48; i++) {
		bytes[CC_SNP_SIGNED + i] = signature.b[47 - i];
		bytes[CC_SNP_SIGNED + 72 + i] = signature.b[95 - i];
	}
	return cc_buf_add(out, CC_SPAN(bytes), err);
}

int cc_sim_snp_table(const struct cc_sim_snp *snp, enum cc_snp_signer signer, struct cc_buf *out,
		     struct cc_err *err)
{
	static const uint8_t guids[][16] = {
		[CC_SNP_VCEK] = { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4,
				  0xb9, 0x3b, 0xe8, 0xac, 0xcd },
		[CC_SNP_VLEK] = { 0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39,
				  0xc0, 0x45, 0xa0, 0xb8, 0xa1 },
	};
	static const uint8_t end[24];
	CC_AUTO_BUF struct cc_buf der = { 0 };

	CC_TRY(cc_cert_to_der(snp->leaf, &der, err));
	CC_TRY(cc_buf_add(out, CC_SPAN(guids[signer]), err));
	CC_TRY(cc_buf_add_u32le(out, 48, err));
	CC_TRY(cc_buf_add_u32le(out, (uint32_t)der.len, err));
	CC_TRY(cc_buf_add(out, CC_SPAN(end), err));
	return cc_buf_add(out, cc_buf_span(&der), err);
}
