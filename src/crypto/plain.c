/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"
#include "crypto/der.h"
#include "crypto/plain-internal.h"

#define SERIAL_MAX 20 /* RFC 5280 4.1.2.2 */

int cc_plain_not(const char *what, struct cc_err *err)
{
	return cc_fail(err, CC_E_UNSUPPORTED, "%s is not of the plain form", what);
}

/* AlgorithmIdentifier without parameters (RFC 5758 3.2): one form each. */
static const struct algorithm {
	uint8_t der[12];
	enum cc_key_kind kind;
} algorithms[] = {
	{ { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 }, CC_KEY_P256 },
	{ { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03 }, CC_KEY_P384 },
};

static int read_algorithm(struct cc_reader *r, enum cc_key_kind *out, struct cc_err *err)
{
	struct cc_span whole = { 0 }, content = { 0 };

	CC_TRY(cc_der_read_whole(r, CC_DER_SEQUENCE, "algorithm", &whole, &content, err));
	for (size_t i = 0; i < CC_COUNT(algorithms); i++)
		if (cc_span_eq(whole, CC_SPAN(algorithms[i].der))) {
			*out = algorithms[i].kind;
			return 0;
		}
	return cc_plain_not("an algorithm", err);
}

int cc_plain_signed_read(struct cc_span der, struct cc_plain_signed *out, struct cc_span *body,
			 struct cc_err *err)
{
	struct cc_span content = { 0 }, bits = { 0 };
	struct cc_reader r = { 0 };

	CC_TRY(cc_der_read_sole(der, CC_DER_SEQUENCE, "signed structure", &content, err));
	r = cc_reader(content);
	CC_TRY(cc_der_read_whole(&r, CC_DER_SEQUENCE, "signed part", &out->bytes, body, err));
	CC_TRY(read_algorithm(&r, &out->kind, err));
	CC_TRY(cc_der_read_sole(r.rest, CC_DER_BITS, "signature", &bits, err));
	/* The first byte says how many bits of the last are not used. */
	if (bits.len < 2 || bits.at[0] != 0)
		return cc_plain_not("a signature", err);
	out->signature = cc_span_sub(bits, 1, bits.len);
	return 0;
}

int cc_plain_same_algorithm(struct cc_reader *r, const struct cc_plain_signed *by,
			    struct cc_err *err)
{
	enum cc_key_kind kind = by->kind;

	CC_TRY(read_algorithm(r, &kind, err));
	return kind == by->kind ? 0 : cc_plain_not("an algorithm", err);
}

static bool is_printable(struct cc_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < ' ' || text.at[i] > '~')
			return false;
	return text.len > 0;
}

/* One attribute of a name; in one with several parts their order would be a question. */
static int read_attribute(struct cc_reader *r, struct cc_plain_name *out, struct cc_err *err)
{
	static const uint8_t common_name[] = { 0x55, 0x04, 0x03 };
	struct cc_span set = { 0 }, pair = { 0 }, oid = { 0 }, text = { 0 };
	struct cc_reader in = { 0 };
	enum cc_der_tag tag = CC_DER_UTF8;

	CC_TRY(cc_der_read(r, CC_DER_SET, "part of a name", &set, err));
	CC_TRY(cc_der_read_sole(set, CC_DER_SEQUENCE, "attribute of a name", &pair, err));
	in = cc_reader(pair);
	CC_TRY(cc_der_read(&in, CC_DER_OID, "kind of an attribute", &oid, err));
	/* X.520: two bytes of prefix and one of number; others are not compared as text. */
	if (oid.len != sizeof(common_name) || oid.at[0] != 0x55 || oid.at[1] != 0x04 ||
	    oid.at[2] >= 0x80)
		return cc_plain_not("an attribute of a name", err);
	if (cc_der_is_next(&in, CC_DER_PRINTABLE))
		tag = CC_DER_PRINTABLE;
	CC_TRY(cc_der_read_sole(in.rest, tag, "attribute of a name", &text, err));
	if (!is_printable(text))
		return cc_plain_not("an attribute of a name", err);
	if (!cc_span_eq(oid, CC_SPAN(common_name)))
		return 0;
	if (out->common.len != 0)
		return cc_plain_not("a name with two common names", err);
	out->common = text;
	return 0;
}

int cc_plain_name_read(struct cc_reader *r, struct cc_plain_name *out, struct cc_err *err)
{
	struct cc_span content = { 0 };
	struct cc_reader parts = { 0 };

	CC_TRY(cc_der_read_whole(r, CC_DER_SEQUENCE, "name", &out->whole, &content, err));
	parts = cc_reader(content);
	while (parts.rest.len > 0)
		CC_TRY(read_attribute(&parts, out, err));
	return out->common.len > 0 ? 0 : cc_plain_not("a name without a common name", err);
}

/* "YYMMDDhhmmssZ" from 1950 to 2049, "YYYYMMDDhhmmssZ" (RFC 5280 4.1.2.5). */
int cc_plain_time_read(struct cc_reader *r, int64_t *out, struct cc_err *err)
{
	static const uint8_t places[] = { 0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18 };
	bool is_short = cc_der_is_next(r, CC_DER_UTC_TIME);
	const size_t century = is_short ? 2 : 0; /* digits that are not there */
	char text[CC_TIME_TEXT] = "2000-00-00T00:00:00Z";
	struct cc_span at = { 0 };

	CC_TRY(cc_der_read(r, is_short ? CC_DER_UTC_TIME : CC_DER_TIME, "time", &at, err));
	if (at.len != CC_COUNT(places) - century + 1 || at.at[at.len - 1] != 'Z')
		return cc_plain_not("a time", err);
	if (is_short && at.at[0] >= '5') {
		text[0] = '1';
		text[1] = '9';
	}
	for (size_t i = 0; i + 1 < at.len; i++) {
		if (at.at[i] < '0' || at.at[i] > '9')
			return cc_plain_not("a time", err);
		text[places[i + century]] = (char)at.at[i];
	}
	return cc_time_parse(cc_span_str(text), out, err);
}

int cc_plain_serial_read(struct cc_reader *r, struct cc_span *out, struct cc_err *err)
{
	CC_TRY(cc_der_read(r, CC_DER_INTEGER, "serial number", out, err));
	if (out->len == 0 || out->len > SERIAL_MAX || (out->at[0] & 0x80) != 0 ||
	    (out->len > 1 && out->at[0] == 0 && (out->at[1] & 0x80) == 0))
		return cc_plain_not("a serial number", err);
	return 0;
}

static int read_window(struct cc_reader *r, struct cc_plain_cert *out, struct cc_err *err)
{
	struct cc_span window = { 0 };
	struct cc_reader in = { 0 };

	CC_TRY(cc_der_read(r, CC_DER_SEQUENCE, "window", &window, err));
	in = cc_reader(window);
	CC_TRY(cc_plain_time_read(&in, &out->from, err));
	CC_TRY(cc_plain_time_read(&in, &out->until, err));
	return cc_read_end(&in, "window", err);
}

static int read_extensions(struct cc_reader *r, struct cc_plain_cert *out, struct cc_err *err)
{
	struct cc_span wrapped = { 0 };

	CC_TRY(cc_der_read_sole(r->rest, CC_DER_CONTEXT_3, "extensions", &wrapped, err));
	CC_TRY(cc_der_read_sole(wrapped, CC_DER_SEQUENCE, "extensions", &out->extensions, err));
	return cc_plain_cert_extensions(out->extensions, out, err);
}

/* RFC 5280 4.1. */
int cc_plain_cert_read(struct cc_span der, struct cc_plain_cert *out, struct cc_err *err)
{
	static const uint8_t version_3[] = { CC_DER_INTEGER, 1, 2 };
	struct cc_plain_cert cert = { .path_len = -1 };
	struct cc_span body = { 0 }, version = { 0 }, key = { 0 };
	struct cc_reader r = { 0 };

	CC_TRY(cc_plain_signed_read(der, &cert.by, &body, err));
	r = cc_reader(body);
	CC_TRY(cc_der_read(&r, CC_DER_CONTEXT_0, "version", &version, err));
	if (!cc_span_eq(version, CC_SPAN(version_3)))
		return cc_plain_not("a version", err);
	CC_TRY(cc_plain_serial_read(&r, &cert.serial, err));
	CC_TRY(cc_plain_same_algorithm(&r, &cert.by, err));
	CC_TRY(cc_plain_name_read(&r, &cert.issuer, err));
	CC_TRY(read_window(&r, &cert, err));
	CC_TRY(cc_plain_name_read(&r, &cert.subject, err));
	CC_TRY(cc_der_read_whole(&r, CC_DER_SEQUENCE, "key", &cert.spki, &key, err));
	CC_TRY(read_extensions(&r, &cert, err));
	*out = cert;
	return 0;
}
