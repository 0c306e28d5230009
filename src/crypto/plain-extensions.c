/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions of certificates and lists (RFC 5280 4.2, 5.2), as OpenSSL's strict mode has them. */
#include "crypto/der.h"
#include "crypto/plain-internal.h"

#define OID_MAX 8

/* Bits of KeyUsage, the first byte's highest is number 0 (RFC 5280 4.2.1.3). */
#define KEY_CERT_SIGN 0x04
#define CRL_SIGN 0x02

/* What extensions are read into: of one of both. */
struct target {
	struct cc_plain_cert *cert;
	bool signs_certs; /* by its key usage */
	struct cc_plain_crl *crl;
};

/* Numbers of seven bits a byte, each in its shortest form (X.690 8.19). */
static bool is_oid(struct cc_span oid)
{
	bool starts = true;

	for (size_t i = 0; i < oid.len; i++) {
		if (starts && oid.at[i] == 0x80)
			return false;
		starts = (oid.at[i] & 0x80) == 0;
	}
	return starts && oid.len > 0;
}

int cc_plain_extension_read(struct cc_reader *r, struct cc_plain_extension *out, struct cc_err *err)
{
	struct cc_span content = { 0 };
	struct cc_reader in = { 0 };

	CC_TRY(cc_der_read(r, CC_DER_SEQUENCE, "extension", &content, err));
	in = cc_reader(content);
	CC_TRY(cc_der_read(&in, CC_DER_OID, "kind of an extension", &out->oid, err));
	if (!is_oid(out->oid))
		return cc_plain_not("a kind of an extension", err);
	out->critical = cc_der_is_next(&in, CC_DER_BOOLEAN);
	if (out->critical) {
		bool said = false;

		/* False is the default, which DER does not write. */
		CC_TRY(cc_der_read_bool(&in, "criticality", &said, err));
		if (!said)
			return cc_plain_not("a criticality", err);
	}
	return cc_der_read_sole(in.rest, CC_DER_OCTETS, "extension", &out->content, err);
}

static int read_basic(const struct cc_plain_extension *e, struct target *to, struct cc_err *err)
{
	struct cc_span content = { 0 };
	struct cc_reader r = { 0 };
	uint64_t len = 0;

	CC_TRY(cc_der_read_sole(e->content, CC_DER_SEQUENCE, "basic constraints", &content, err));
	if (content.len == 0)
		return 0;
	r = cc_reader(content);
	CC_TRY(cc_der_read_bool(&r, "basic constraints", &to->cert->is_ca, err));
	if (!to->cert->is_ca || !e->critical)
		return cc_plain_not("basic constraints", err);
	if (r.rest.len == 0)
		return 0;
	CC_TRY(cc_der_read_number(&r, CC_DER_INTEGER, "path length", INT8_MAX, &len, err));
	to->cert->path_len = (int)len;
	return cc_read_end(&r, "basic constraints", err);
}

static int read_usage(const struct cc_plain_extension *e, struct target *to, struct cc_err *err)
{
	struct cc_span bits = { 0 };

	CC_TRY(cc_der_read_sole(e->content, CC_DER_BITS, "key usage", &bits, err));
	/* The ninth bit is decipherOnly. The last of those used is set (X.690 11.2.2). */
	if (bits.len != 2 || bits.at[0] > 7 || (bits.at[1] & (1u << bits.at[0])) == 0 ||
	    (bits.at[1] & ((1u << bits.at[0]) - 1)) != 0)
		return cc_plain_not("a key usage", err);
	to->signs_certs = (bits.at[1] & KEY_CERT_SIGN) != 0;
	to->cert->signs_lists = (bits.at[1] & CRL_SIGN) != 0;
	return 0;
}

static int read_key_id(const struct cc_plain_extension *e, struct target *to, struct cc_err *err)
{
	CC_TRY(cc_der_read_sole(e->content, CC_DER_OCTETS, "key identifier", &to->cert->key_id,
				err));
	return to->cert->key_id.len > 0 ? 0 : cc_plain_not("a key identifier", err);
}

/* Of the three ways to say who the issuer is only the key, which the issuer says too. */
static int read_authority(const struct cc_plain_extension *e, struct target *to, struct cc_err *err)
{
	struct cc_span content = { 0 }, id = { 0 };

	CC_TRY(cc_der_read_sole(e->content, CC_DER_SEQUENCE, "authority", &content, err));
	CC_TRY(cc_der_read_sole(content, CC_DER_IMPLICIT_0, "authority", &id, err));
	if (id.len == 0)
		return cc_plain_not("an authority", err);
	*(to->cert != NULL ? &to->cert->authority : &to->crl->authority) = id;
	return 0;
}

/* Where the list is: addresses and nothing that says for whom or by whom it is. */
static int read_points(const struct cc_plain_extension *e, struct target *to, struct cc_err *err)
{
	struct cc_span points = { 0 }, point = { 0 }, name = { 0 }, full = { 0 }, uri = { 0 };
	struct cc_reader r = { 0 };

	(void)to;
	CC_TRY(cc_der_read_sole(e->content, CC_DER_SEQUENCE, "list's address", &points, err));
	r = cc_reader(points);
	do {
		CC_TRY(cc_der_read(&r, CC_DER_SEQUENCE, "list's address", &point, err));
		CC_TRY(cc_der_read_sole(point, CC_DER_CONTEXT_0, "list's address", &name, err));
		CC_TRY(cc_der_read_sole(name, CC_DER_CONTEXT_0, "list's address", &full, err));
		CC_TRY(cc_der_read_sole(full, CC_DER_IMPLICIT_6, "list's address", &uri, err));
	} while (r.rest.len > 0);
	return 0;
}

static int read_number(const struct cc_plain_extension *e, struct target *to, struct cc_err *err)
{
	struct cc_reader r = cc_reader(e->content);

	CC_TRY(cc_der_read_number(&r, CC_DER_INTEGER, "number of a list", UINT64_MAX,
				  &to->crl->number, err));
	return cc_read_end(&r, "number of a list", err);
}

/* Nobody but the vendor and who proves its evidence reads it: OpenSSL knows none of these. */
static int skip(const struct cc_plain_extension *e, struct target *to, struct cc_err *err)
{
	(void)e;
	(void)to;
	(void)err;
	return 0;
}

struct known {
	uint8_t oid[OID_MAX];
	size_t len;
	bool is_prefix;
	bool critical; /* may be */
	int (*read)(const struct cc_plain_extension *e, struct target *to, struct cc_err *err);
};

static const struct known of_certs[] = {
	{ { 0x55, 0x1d, 0x13 }, 3, false, true, read_basic },
	{ { 0x55, 0x1d, 0x0f }, 3, false, true, read_usage },
	{ { 0x55, 0x1d, 0x0e }, 3, false, false, read_key_id },
	{ { 0x55, 0x1d, 0x23 }, 3, false, false, read_authority },
	{ { 0x55, 0x1d, 0x1f }, 3, false, false, read_points },
	{ { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d }, 8, true, false, skip }, /* Intel */
	{ { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01 }, 8, true, false, skip }, /* AMD */
};

static const struct known of_lists[] = {
	{ { 0x55, 0x1d, 0x14 }, 3, false, false, read_number },
	{ { 0x55, 0x1d, 0x23 }, 3, false, false, read_authority },
};

/* How many there are, and a table of them. */
struct kinds {
	const struct known *at;
	size_t count;
};

static bool is_it(const struct known *known, struct cc_span oid)
{
	struct cc_span start = cc_span_sub(oid, 0, known->len);

	return cc_span_eq(start, cc_span(known->oid, known->len)) &&
	       (known->is_prefix || oid.len == known->len);
}

static int take(const struct kinds *kinds, const struct cc_plain_extension *e, struct target *to,
		uint32_t *seen, struct cc_err *err)
{
	for (size_t i = 0; i < kinds->count; i++) {
		const struct known *known = &kinds->at[i];

		if (!is_it(known, e->oid))
			continue;
		if (e->critical && !known->critical)
			return cc_plain_not("a critical extension", err);
		if (!known->is_prefix && (*seen & 1u << i) != 0)
			return cc_plain_not("an extension that is there twice", err);
		*seen |= 1u << i;
		return known->read(e, to, err);
	}
	return cc_plain_not("an extension", err);
}

static int read_all(const struct kinds *kinds, struct cc_span list, struct target *to,
		    struct cc_err *err)
{
	struct cc_reader r = cc_reader(list);
	uint32_t seen = 0;

	do {
		struct cc_plain_extension e = { 0 };

		CC_TRY(cc_plain_extension_read(&r, &e, err));
		CC_TRY(take(kinds, &e, to, &seen, err));
	} while (r.rest.len > 0);
	return 0;
}

int cc_plain_cert_extensions(struct cc_span list, struct cc_plain_cert *out, struct cc_err *err)
{
	const struct kinds kinds = { of_certs, CC_COUNT(of_certs) };
	struct target to = { .cert = out };

	CC_TRY(read_all(&kinds, list, &to, err));
	/* Who may sign certificates is an authority, and the other way round. */
	return out->is_ca == to.signs_certs ? 0 : cc_plain_not("a role", err);
}

int cc_plain_crl_extensions(struct cc_span list, struct cc_plain_crl *out, struct cc_err *err)
{
	const struct kinds kinds = { of_lists, CC_COUNT(of_lists) };

	return read_all(&kinds, list, &(struct target){ .crl = out }, err);
}
