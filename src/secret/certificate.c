/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: issued, and issued again before they end (scone.md 1.8.2). */
#include "base/str.h"
#include "crypto/pem.h"
#include "secret/value-internal.h"

#define NAMES_MAX 256
#define BACKDATED 300 /* seconds: clocks of verifiers run behind */
#define RENEW_PART 10 /* with less than this part of its time left */

struct issuing {
	const struct cc_secret_entry *entry;
	struct cc_keypair *key;
	struct cc_keypair *issuer_key; /* NULL: signed by itself */
	struct cc_cert *issuer;
	const struct cc_secret_value *above; /* the issuer's value */
	const char **names;
	size_t name_count;
	char **owned; /* of the names, those from `dns` */
	struct cc_cert *cert;
};

static void clear(struct issuing *issuing)
{
	cc_keypair_free(issuing->key);
	cc_keypair_free(issuing->issuer_key);
	cc_cert_free(issuing->issuer);
	cc_cert_free(issuing->cert);
	for (size_t i = 0; issuing->owned != NULL && issuing->owned[i] != NULL; i++)
		free(issuing->owned[i]);
	free(issuing->owned);
	free(issuing->names);
}

/* In 0.2 a certificate has a key of its own; so has the session's CA. */
static int take_key(const struct cc_secret_making *making, struct issuing *issuing,
		    struct cc_secret_value *out, struct cc_err *err)
{
	const char *name = making->entry->private_key;

	if (name != NULL)
		return cc_secret_find_key(making->others, name, "private_key", &issuing->key, err);
	CC_TRY(cc_keypair_generate(CC_KEYPAIR_P256, &issuing->key, err));
	return cc_keypair_to_pkcs8(issuing->key, &out->key, err);
}

static int open_issuer(const struct cc_secret_found *found, const char *name,
		       struct issuing *issuing, struct cc_err *err)
{
	struct cc_span key = { 0 };

	if (found->value->kind != CC_SECRET_X509_CA && found->value->kind != CC_SECRET_SESSION_CA)
		return cc_fail(err, CC_E_ARG, "issuer '%.128s' is no 'x509-ca'", name);
	if (found->key != NULL)
		key = cc_secret_value_span(found->key);
	else if (found->value->key != NULL)
		key = cc_secret_span(found->value->key);
	if (key.len == 0) {
		cc_err_set(err, CC_E_DENIED, "the private key of issuer '%.128s' is not exported",
			   name);
		return cc_hint(err, "whoever exports the certificate exports its key, or issues");
	}
	CC_TRY(cc_keypair_from_pkcs8(key, &issuing->issuer_key, err));
	CC_TRY(cc_cert_from_der(cc_secret_value_span(found->value), &issuing->issuer, err));
	if (!cc_keypair_fits(issuing->issuer_key, issuing->issuer))
		return cc_fail(err, CC_E_CONFLICT, "the key of issuer '%.128s' is not its own",
			       name);
	issuing->above = found->value;
	return 0;
}

/* Who signs: the named issuer, else the session's CA (0.2), else itself. False: itself. */
static int find_issuer(const struct cc_secret_making *making, struct cc_secret_found *out,
		       bool *found, struct cc_err *err)
{
	const struct cc_secret_entry *entry = making->entry;

	*found = true;
	if (entry->issuer != NULL)
		return making->others->find(making->others->context, entry->issuer, out, err);
	*found = entry->private_key == NULL && entry->kind != CC_SECRET_SESSION_CA &&
		 making->authority != NULL;
	if (*found)
		*out = *making->authority;
	return 0;
}

static int take_issuer(const struct cc_secret_making *making, struct issuing *issuing,
		       struct cc_err *err)
{
	const char *name = making->entry->issuer != NULL ? making->entry->issuer : "session";
	struct cc_secret_found found = { 0 };
	bool has_issuer = false;

	CC_TRY(find_issuer(making, &found, &has_issuer, err));
	return has_issuer ? open_issuer(&found, name, issuing, err) : 0;
}

static int take_names(struct issuing *issuing, struct cc_err *err)
{
	const struct cc_texts *dns = &issuing->entry->dns, *san = &issuing->entry->san;

	if (dns->count + san->count > NAMES_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d names", NAMES_MAX);
	issuing->names = calloc(dns->count + san->count + 1, sizeof(*issuing->names));
	issuing->owned = calloc(dns->count + 1, sizeof(*issuing->owned));
	if (issuing->names == NULL || issuing->owned == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for names");
	for (size_t i = 0; i < dns->count; i++) {
		CC_TRY(cc_strf(&issuing->owned[i], err, "dns:%s", dns->at[i]));
		issuing->names[issuing->name_count++] = issuing->owned[i];
	}
	for (size_t i = 0; i < san->count; i++)
		issuing->names[issuing->name_count++] = san->at[i];
	return 0;
}

static const char *common_name(const struct cc_secret_entry *entry)
{
	if (entry->common_name != NULL)
		return entry->common_name;
	return entry->dns.count != 0 ? entry->dns.at[0] : entry->name;
}

/* No certificate outlives its issuer: verifiers would refuse it from then on. */
static int64_t end_of(const struct cc_secret_making *making, const struct issuing *issuing)
{
	uint64_t span = making->entry->valid_for;
	int64_t end = CC_CERT_NO_END, from = 0, above = 0;

	if (span != 0 && span < (uint64_t)(CC_CERT_NO_END - making->now))
		end = making->now + (int64_t)span;
	if (issuing->issuer != NULL) {
		cc_cert_window(issuing->issuer, &from, &above);
		end = above < end ? above : end;
	}
	return end;
}

static int certify(const struct cc_secret_making *making, struct issuing *issuing,
		   struct cc_err *err)
{
	static const enum cc_cert_use uses[] = {
		[CC_ENDPOINT_NONE] = CC_CERT_USE_ANY,
		[CC_ENDPOINT_SERVER] = CC_CERT_USE_SERVER,
		[CC_ENDPOINT_CLIENT] = CC_CERT_USE_CLIENT,
	};
	const struct cc_secret_entry *entry = making->entry;
	const struct cc_cert_plan plan = {
		.common_name = common_name(entry),
		.issuer = issuing->issuer,
		.from = making->now - BACKDATED,
		.until = end_of(making, issuing),
		.is_ca = entry->kind != CC_SECRET_X509,
		.path_len = -1,
		.use = uses[entry->endpoint],
		.names = issuing->names,
		.name_count = issuing->name_count,
	};

	return cc_keypair_certify(&plan, issuing->key,
				  issuing->issuer_key != NULL ? issuing->issuer_key : issuing->key,
				  &issuing->cert, err);
}

/* The issuer, then what is above it. */
static int chain_of(const struct cc_secret_value *issuer, struct cc_buf *out, struct cc_err *err)
{
	if (issuer == NULL)
		return 0;
	CC_TRY(cc_pem_add(out, CC_PEM_CERTIFICATE, cc_secret_value_span(issuer), err));
	return cc_buf_add(out, cc_buf_span(&issuer->chain), err);
}

int cc_secret_issue(const struct cc_secret_making *making, struct cc_secret_value *out,
		    struct cc_err *err)
{
	CC_CLEANUP(clear) struct issuing issuing = { .entry = making->entry };
	CC_AUTO_BUF struct cc_buf der = { 0 };

	CC_TRY(take_key(making, &issuing, out, err));
	CC_TRY(take_issuer(making, &issuing, err));
	CC_TRY(take_names(&issuing, err));
	CC_TRY(certify(making, &issuing, err));
	CC_TRY(cc_cert_to_der(issuing.cert, &der, err));
	CC_TRY(cc_secret_from(cc_buf_span(&der), &out->bytes, err));
	cc_cert_window(issuing.cert, &out->from, &out->until);
	return chain_of(issuing.above, &out->chain, err);
}

static bool is_late(const struct cc_secret_value *value, int64_t now)
{
	int64_t span = value->until - value->from;

	return value->until != CC_CERT_NO_END && now > value->until - span / RENEW_PART;
}

/* Is the certificate still over the key, and signed by the issuer, that the entry names? */
static bool is_current(const struct cc_secret_making *making, const struct cc_secret_value *value,
		       struct cc_err *err)
{
	CC_AUTO_KEYPAIR struct cc_keypair *key = NULL;
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	CC_AUTO_BUF struct cc_buf chain = { 0 };
	struct cc_secret_found issuer = { 0 };
	bool has_issuer = false;

	if (making->entry->private_key != NULL &&
	    (cc_secret_find_key(making->others, making->entry->private_key, "private_key", &key,
				err) != 0 ||
	     cc_cert_from_der(cc_secret_value_span(value), &cert, err) != 0 ||
	     !cc_keypair_fits(key, cert)))
		return false;
	if (find_issuer(making, &issuer, &has_issuer, err) != 0 ||
	    chain_of(has_issuer ? issuer.value : NULL, &chain, err) != 0)
		return false;
	return cc_span_eq(cc_buf_span(&chain), cc_buf_span(&value->chain));
}

bool cc_secret_is_due(const struct cc_secret_making *making, const struct cc_secret_value *value)
{
	struct cc_err why = { 0 };

	if (making->entry->value != NULL || making->entry->import != NULL)
		return false;
	switch (value->kind) {
	case CC_SECRET_X509:
	case CC_SECRET_X509_CA:
	case CC_SECRET_SESSION_CA:
		return is_late(value, making->now) || !is_current(making, value, &why);
	case CC_SECRET_NONE:
	case CC_SECRET_ASCII:
	case CC_SECRET_BINARY:
	case CC_SECRET_PRIVATE_KEY:
	case CC_SECRET_PUBLIC_KEY:
	case CC_SECRET_AAD_TOKEN:
	case CC_SECRET_CONFIG_FRAGMENT:
	case CC_SECRET_PGP_KEY:
	case CC_SECRET_JWT:
	case CC_SECRET_KIND_COUNT:
		break;
	}
	return false;
}
