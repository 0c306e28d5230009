/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/report.h"

#include "base/str.h"

#define LABEL "concordat report data 1"

static const char *const roles[CC_ROLE_COUNT] = {
	[CC_ROLE_RUNTIME] = "runtime",
	[CC_ROLE_CAS] = "cas",
	[CC_ROLE_PEER] = "peer",
	[CC_ROLE_BUILDER] = "builder",
};

const char *cc_role_name(enum cc_role role)
{
	return role < CC_ROLE_COUNT ? roles[role] : NULL;
}

enum cc_role cc_role_named(const char *name)
{
	for (enum cc_role role = CC_ROLE_RUNTIME; role < CC_ROLE_COUNT; role++)
		if (cc_str_eq(roles[role], name))
			return role;
	return CC_ROLE_NONE;
}

static int check_name(const char *what, const char *name, struct cc_err *err)
{
	size_t len = name == NULL ? 0 : strlen(name);

	if (len == 0 || len > CC_NAME_MAX)
		return cc_fail(err, CC_E_ARG, "a %s's name has 1 to %d bytes, not %zu", what,
			       CC_NAME_MAX, len);
	return 0;
}

static int check(const struct cc_report *r, struct cc_err *err)
{
	if (cc_role_name(r->role) == NULL)
		return cc_fail(err, CC_E_ARG, "report data without a role");
	if (r->role == CC_ROLE_CAS) {
		if (r->policy != NULL || r->service != NULL || r->ticket != NULL)
			return cc_fail(err, CC_E_ARG, "a CAS has no policy, service or ticket");
		return 0;
	}
	CC_TRY(check_name("policy", r->policy, err));
	CC_TRY(check_name("service", r->service, err));
	if (r->ticket == NULL)
		return cc_fail(err, CC_E_ARG, "report data without a ticket");
	return 0;
}

static struct cc_span text_or_none(const char *text)
{
	return text == NULL ? cc_span(NULL, 0) : cc_span_str(text);
}

int cc_report_data(const struct cc_report *report, struct cc_digest64 *out, struct cc_err *err)
{
	const struct cc_span fields[] = {
		cc_span_str(LABEL),
		text_or_none(cc_role_name(report->role)),
		CC_SPAN(report->nonce),
		CC_DIGEST_SPAN(report->exporter),
		CC_DIGEST_SPAN(report->cas_key),
		text_or_none(report->policy),
		text_or_none(report->service),
		cc_span(report->ticket, report->ticket == NULL ? 0 : CC_TICKET_LEN),
		CC_SPAN(report->hpke.b),
		CC_SPAN(report->signer),
	};
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(check(report, err));
	for (size_t i = 0; i < CC_COUNT(fields); i++)
		CC_TRY(cc_buf_add_sized(&text, fields[i], err));
	return cc_sha512(cc_buf_span(&text), out, err);
}

int cc_report_matches(const struct cc_report *expected, struct cc_span got, struct cc_err *err)
{
	struct cc_digest64 want = { 0 };

	CC_TRY(cc_report_data(expected, &want, err));
	if (got.len != sizeof(want.b) || !cc_bytes_equal(got.at, want.b, sizeof(want.b)))
		return cc_fail(err, CC_E_EVIDENCE,
			       "the evidence is not for this nonce, connection, policy and key");
	return 0;
}
