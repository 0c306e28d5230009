/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path of plain certificates (RFC 5280 6.1 without policies and name constraints, which no plain
 * certificate has): from the leaf by names to the pinned root, each certificate current and signed
 * by the one above it, which may sign and may have so many below it, and on no list.
 */
#include "crypto/plain-internal.h"
#include "crypto/x509-internal.h"

struct line {
	const struct cc_path *asked;
	const struct cc_cert_body *certs[CC_CHAIN_MAX + 1]; /* the leaf first, the root last */
	size_t count;
	const struct cc_crl *root_list; /* once it is proven here */
};

static bool is_plain(const struct cc_path *path)
{
	if (path->leaf->body->key == NULL)
		return false;
	for (size_t i = 0; i < path->chain->count; i++)
		if (path->chain->certs[i]->body->key == NULL)
			return false;
	for (size_t i = 0; i < path->crl_count; i++)
		if (!path->crls[i]->is_plain)
			return false;
	return true;
}

static bool is_by_itself(const struct cc_cert_body *cert)
{
	return cc_span_eq(cert->plain.issuer.whole, cert->plain.subject.whole);
}

/* The one certificate with the name of the issuer; NULL: none, or a choice. */
static const struct cc_cert_body *issuer_of(const struct cc_path *path,
					    const struct cc_cert_body *cert)
{
	const struct cc_cert_body *found = NULL;

	for (size_t i = 0; i < path->chain->count; i++) {
		const struct cc_cert_body *one = path->chain->certs[i]->body;

		if (!cc_span_eq(one->plain.subject.whole, cert->plain.issuer.whole))
			continue;
		if (found != NULL)
			return NULL;
		found = one;
	}
	return found;
}

static bool climb(struct line *line)
{
	const struct cc_cert_body *at = line->asked->leaf->body;

	line->certs[line->count++] = at;
	while (!is_by_itself(at)) {
		at = issuer_of(line->asked, at);
		if (at == NULL || line->count == CC_CHAIN_MAX + 1)
			return false;
		line->certs[line->count++] = at;
	}
	return line->count > 1;
}

static bool is_pinned(const struct line *line)
{
	const struct cc_cert_body *root = line->certs[line->count - 1];
	struct cc_digest hash = { 0 };
	struct cc_err ignored = { 0 };

	return cc_sha256(root->plain.spki, &hash, &ignored) == 0 &&
	       cc_digest_eq(&hash, line->asked->root);
}

/* Both ends belong to a window. */
static bool holds(int64_t from, int64_t until, int64_t at)
{
	return from <= at && at <= until;
}

static bool is_named(struct cc_span authority, const struct cc_cert_body *issuer)
{
	return issuer->plain.key_id.len > 0 && cc_span_eq(authority, issuer->plain.key_id);
}

/* Everything of the certificate at this place but signatures and lists. */
static bool fits(const struct line *line, size_t at)
{
	const struct cc_plain_cert *cert = &line->certs[at]->plain;
	bool is_root = at + 1 == line->count;
	const struct cc_cert_body *issuer = line->certs[is_root ? at : at + 1];

	if (!holds(cert->from, cert->until, line->asked->at))
		return false;
	if (cert->is_ca && cert->key_id.len == 0)
		return false;
	/* Above the leaf: `at` - 1 authorities are between the two. */
	if (at > 0 && (!cert->is_ca || (cert->path_len >= 0 && at - 1 > (size_t)cert->path_len)))
		return false;
	return (is_root && cert->authority.len == 0) || is_named(cert->authority, issuer);
}

bool cc_plain_is_signed(const struct cc_plain_signed *by, const struct cc_pubkey *key)
{
	struct cc_err ignored = { 0 };

	return cc_pubkey_kind(key) == by->kind &&
	       cc_verify(key, by->bytes, by->signature, &ignored) == 0;
}

/* Each time by the key of `issuer`; verified once. */
static bool is_signed(const struct line *line, const struct cc_plain_signed *by,
		      const struct cc_cert_body *issuer)
{
	const struct cc_signed_bytes signature = { issuer->plain.spki, by->signature, by->bytes };
	const struct cc_memory *memory = &line->asked->memory;

	if (cc_pubkey_kind(issuer->key) == by->kind && cc_memory_has(memory, &signature))
		return true;
	if (!cc_plain_is_signed(by, issuer->key))
		return false;
	cc_memory_keep(memory, &signature);
	return true;
}

static bool is_root_proven(const struct line *line, const struct cc_cert_body *root)
{
	const struct cc_proven *proven = line->asked->proven;

	return proven != NULL && proven->root != NULL && proven->root->body == root;
}

static bool are_signed(const struct line *line)
{
	const struct cc_cert_body *root = line->certs[line->count - 1];

	if (!is_root_proven(line, root) && !is_signed(line, &root->plain.by, root))
		return false;
	for (size_t i = 0; i + 1 < line->count; i++)
		if (!is_signed(line, &line->certs[i]->plain.by, line->certs[i + 1]))
			return false;
	return true;
}

static bool is_list_proven(const struct line *line, const struct cc_crl *list,
			   const struct cc_cert_body *issuer)
{
	const struct cc_proven *before = line->asked->proven;

	return issuer == line->certs[line->count - 1] &&
	       (list == line->root_list || (is_root_proven(line, issuer) && before->list == list));
}

static bool proves_list(struct line *line, const struct cc_crl *list,
			const struct cc_cert_body *issuer)
{
	if (!holds(list->plain.from, list->plain.until, line->asked->at))
		return false;
	if (is_list_proven(line, list, issuer))
		return true;
	if (!issuer->plain.signs_lists || !is_named(list->plain.authority, issuer) ||
	    !is_signed(line, &list->plain.by, issuer))
		return false;
	if (issuer == line->certs[line->count - 1])
		line->root_list = list;
	return true;
}

/* The next character that counts when OpenSSL compares names; -1: none. */
static int next_folded(struct cc_span *text)
{
	while (text->len > 0) {
		uint8_t c = text->at[0];

		*text = cc_span_sub(*text, 1, text->len);
		if (c != ' ')
			return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
	}
	return -1;
}

/* Names that are not the same bytes could be one to OpenSSL, which folds case and spaces. */
static bool is_surely_another(const struct cc_plain_name *a, const struct cc_plain_name *b)
{
	struct cc_span left = a->common, right = b->common;
	int one = 0;

	do {
		one = next_folded(&left);
		if (one != next_folded(&right))
			return true;
	} while (one >= 0);
	return false;
}

/* The one list with the name of this certificate's issuer. False: it is not clear which. */
static bool find_list(const struct line *line, const struct cc_cert_body *cert,
		      const struct cc_crl **found)
{
	const struct cc_plain_name *issuer = &cert->plain.issuer;

	*found = NULL;
	for (size_t i = 0; i < line->asked->crl_count; i++) {
		const struct cc_crl *list = line->asked->crls[i];

		if (cc_span_eq(list->plain.issuer.whole, issuer->whole)) {
			if (*found != NULL)
				return false;
			*found = list;
		} else if (!is_surely_another(&list->plain.issuer, issuer)) {
			return false;
		}
	}
	return true;
}

static bool is_unrevoked(struct line *line, size_t at)
{
	const struct cc_cert_body *cert = line->certs[at];
	const struct cc_cert_body *issuer = line->certs[at + 1 == line->count ? at : at + 1];
	const struct cc_crl *list = NULL;

	if (!find_list(line, cert, &list))
		return false;
	if (list == NULL)
		return at == 0 && line->asked->leaf_unlisted;
	return proves_list(line, list, issuer) &&
	       !cc_plain_crl_has(&list->plain, cert->plain.serial);
}

static bool proves(struct line *line)
{
	if (!climb(line) || !is_pinned(line))
		return false;
	for (size_t i = 0; i < line->count; i++)
		if (!fits(line, i))
			return false;
	if (!are_signed(line))
		return false;
	for (size_t i = 0; line->asked->crl_count > 0 && i < line->count; i++)
		if (!is_unrevoked(line, i))
			return false;
	return true;
}

/* What cannot be kept is proven again by the next path. */
static void learn(const struct line *line, struct cc_proven *learned)
{
	const struct cc_cert_body *root = line->certs[line->count - 1];
	const struct cc_chain *chain = line->asked->chain;
	struct cc_err ignored = { 0 };

	for (size_t i = 0; i < chain->count; i++)
		if (chain->certs[i]->body == root && learned->root == NULL &&
		    cc_cert_share(chain->certs[i], &learned->root, &ignored) == 0)
			learned->list = line->root_list;
}

bool cc_plain_path_proves(const struct cc_path *path)
{
	struct line line = { .asked = path };

	if (!is_plain(path) || !proves(&line))
		return false;
	if (path->learned != NULL && path->learned->root == NULL)
		learn(&line, path->learned);
	return true;
}
