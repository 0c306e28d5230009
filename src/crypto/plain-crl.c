/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation lists (RFC 5280 5.1). */
#include "crypto/der.h"
#include "crypto/plain-internal.h"

#define REASON_LAST 10
#define REMOVE_FROM_CRL 8 /* of lists that say what has changed, which are not plain */

/* The reason and nothing else: no list by somebody other than the issuer says who its issuer is. */
static int read_reason(struct cc_span list, struct cc_err *err)
{
	static const uint8_t reason_code[] = { 0x55, 0x1d, 0x15 };
	struct cc_plain_extension e = { 0 };
	struct cc_reader r = { 0 };
	struct cc_span content = { 0 };
	uint64_t reason = 0;

	CC_TRY(cc_der_read_sole(list, CC_DER_SEQUENCE, "extensions of an entry", &content, err));
	r = cc_reader(content);
	CC_TRY(cc_plain_extension_read(&r, &e, err));
	CC_TRY(cc_read_end(&r, "extensions of an entry", err));
	if (!cc_span_eq(e.oid, CC_SPAN(reason_code)) || e.critical)
		return cc_plain_not("an extension of an entry", err);
	r = cc_reader(e.content);
	CC_TRY(cc_der_read_number(&r, CC_DER_ENUMERATED, "reason", REASON_LAST, &reason, err));
	CC_TRY(cc_read_end(&r, "reason", err));
	return reason != REMOVE_FROM_CRL ? 0 : cc_plain_not("a reason", err);
}

static int read_entry(struct cc_reader *r, struct cc_span *serial, struct cc_err *err)
{
	struct cc_span content = { 0 };
	struct cc_reader in = { 0 };
	int64_t at = 0;

	CC_TRY(cc_der_read(r, CC_DER_SEQUENCE, "entry", &content, err));
	in = cc_reader(content);
	CC_TRY(cc_plain_serial_read(&in, serial, err));
	CC_TRY(cc_plain_time_read(&in, &at, err));
	return in.rest.len == 0 ? 0 : read_reason(in.rest, err);
}

static int read_entries(struct cc_reader *r, struct cc_plain_crl *out, struct cc_err *err)
{
	struct cc_reader in = { 0 };
	struct cc_span serial = { 0 };

	if (!cc_der_is_next(r, CC_DER_SEQUENCE))
		return 0;
	CC_TRY(cc_der_read(r, CC_DER_SEQUENCE, "entries", &out->entries, err));
	in = cc_reader(out->entries);
	while (in.rest.len > 0)
		CC_TRY(read_entry(&in, &serial, err));
	return 0;
}

int cc_plain_crl_read(struct cc_span der, struct cc_plain_crl *out, struct cc_err *err)
{
	static const uint8_t version_2[] = { 1 };
	struct cc_plain_crl crl = { 0 };
	struct cc_span body = { 0 }, version = { 0 }, wrapped = { 0 }, extensions = { 0 };
	struct cc_reader r = { 0 };

	CC_TRY(cc_plain_signed_read(der, &crl.by, &body, err));
	r = cc_reader(body);
	CC_TRY(cc_der_read(&r, CC_DER_INTEGER, "version", &version, err));
	if (!cc_span_eq(version, CC_SPAN(version_2)))
		return cc_plain_not("a version", err);
	CC_TRY(cc_plain_same_algorithm(&r, &crl.by, err));
	CC_TRY(cc_plain_name_read(&r, &crl.issuer, err));
	CC_TRY(cc_plain_time_read(&r, &crl.from, err));
	CC_TRY(cc_plain_time_read(&r, &crl.until, err));
	CC_TRY(read_entries(&r, &crl, err));
	CC_TRY(cc_der_read_sole(r.rest, CC_DER_CONTEXT_0, "extensions", &wrapped, err));
	CC_TRY(cc_der_read_sole(wrapped, CC_DER_SEQUENCE, "extensions", &extensions, err));
	CC_TRY(cc_plain_crl_extensions(extensions, &crl, err));
	*out = crl;
	return 0;
}

/* Entries were read once, so that each is one here. */
bool cc_plain_crl_has(const struct cc_plain_crl *crl, struct cc_span serial)
{
	struct cc_reader r = cc_reader(crl->entries);
	struct cc_err ignored = { 0 };

	while (r.rest.len > 0) {
		struct cc_span one = { 0 };

		if (read_entry(&r, &one, &ignored) != 0 || cc_span_eq(one, serial))
			return true;
	}
	return false;
}
