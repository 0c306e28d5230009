/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what with a policy, and on whose account a service runs. */
#include "policy/decide.h"

#include "base/str.h"
#include "base/time.h"

/* Who asks of which policy. */
struct asking {
	const struct cc_identity *who;
	const struct cc_digest *creator;
};

/*
 * A set of proved keys is a uint64_t: bit 0 is the request's, bit i + 1 signers[i]. A key that
 * is there twice has the bit of its first place.
 */
#define BIT_REQUEST 1U

static uint64_t request_bit(const struct cc_identity *who, const struct cc_digest *key)
{
	return who->key != NULL && cc_digest_eq(who->key, key) ? BIT_REQUEST : 0;
}

static uint64_t signer_bit(const struct cc_identity *who, const struct cc_digest *key)
{
	for (size_t i = 0; i < who->signer_count; i++)
		if (cc_digest_eq(&who->signers[i], key))
			return request_bit(who, key) != 0 ? BIT_REQUEST : (uint64_t)2 << i;
	return 0;
}

static uint64_t count_bits(uint64_t set)
{
	uint64_t count = 0;

	for (; set != 0; set &= set - 1)
		count++;
	return count;
}

static uint64_t met_by(const struct asking *asking, const struct cc_access_entry *entry);

/* All or a threshold: the keys that meet it, none when it is not met. */
static uint64_t required_by(const struct asking *asking, const struct cc_access_entry *entry)
{
	uint64_t least = entry->kind == CC_ENTRY_ALL ? entry->of.count : entry->least;
	uint64_t keys = 0, met = 0;

	for (size_t i = 0; i < entry->of.count; i++) {
		uint64_t by = met_by(asking, &entry->of.at[i]);

		met += by != 0;
		keys |= by;
	}
	if (least == 0 || met < least)
		return 0;
	/* The creator may be one of the signers: that makes one vote and not two. */
	return entry->kind == CC_ENTRY_ALL || count_bits(keys) >= least ? keys : 0;
}

/* The proved keys that meet an entry. A nested rule is at most as deep as a text can be. */
static uint64_t met_by(const struct asking *asking, const struct cc_access_entry *entry)
{
	switch (entry->kind) {
	case CC_ENTRY_KEY:
		return request_bit(asking->who, &entry->key);
	case CC_ENTRY_SIGNER:
		return signer_bit(asking->who, &entry->key);
	case CC_ENTRY_CREATOR:
		return request_bit(asking->who, asking->creator) |
		       signer_bit(asking->who, asking->creator);
	case CC_ENTRY_ALL:
	case CC_ENTRY_AT_LEAST:
		return required_by(asking, entry);
	case CC_ENTRY_NONE:
	case CC_ENTRY_ANY:
	case CC_ENTRY_VARIABLE:
		break;
	}
	return 0;
}

static bool rule_names(const struct cc_access_rule *rule, const struct asking *asking)
{
	for (size_t i = 0; i < rule->count; i++)
		if (rule->at[i].kind == CC_ENTRY_ANY || met_by(asking, &rule->at[i]) != 0)
			return true;
	return false;
}

/* The word for people and the rule; who may create below a name may see it (scone.md 1.13). */
struct right {
	const char *what, *key;
	size_t rule, also;
};

#define RULE(member) offsetof(struct cc_access_policy, member)
static const struct right rights[] = {
	[CC_RIGHT_LIST] = { "list", "list_sessions", RULE(list_sessions), RULE(create_sessions) },
	[CC_RIGHT_READ] = { "read", "read", RULE(read), RULE(read) },
	[CC_RIGHT_CREATE_SESSIONS] = { "create policies below", "create_sessions",
				       RULE(create_sessions), RULE(create_sessions) },
	[CC_RIGHT_UPDATE] = { "update", "update", RULE(update), RULE(update) },
};

static bool right_holds(const struct cc_known *known, const struct right *right,
			const struct cc_identity *who)
{
	const struct asking asking = { who, &known->creator };
	const uint8_t *access = (const uint8_t *)&known->policy->access_policy;
	struct cc_access_rule rule = { 0 }, also = { 0 };

	memcpy(&rule, access + right->rule, sizeof(rule));
	memcpy(&also, access + right->also, sizeof(also));
	return rule_names(&rule, &asking) || rule_names(&also, &asking);
}

int cc_decide_access(const struct cc_known *known, enum cc_right right,
		     const struct cc_identity *who, struct cc_err *err)
{
	const struct right *row = NULL;

	if (who->signer_count > CC_SIGNERS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%zu signatures, more than %d", who->signer_count,
			       CC_SIGNERS_MAX);
	if (right == CC_RIGHT_OPEN) {
		if (request_bit(who, &known->creator) != 0)
			return 0;
		return cc_fail(err, CC_E_DENIED,
			       "open volumes of policy '%s': only its creator may",
			       known->policy->name);
	}
	if (right <= CC_RIGHT_NONE || right >= CC_COUNT(rights))
		return cc_fail(err, CC_E_BUG, "decide on right %u", (unsigned int)right);
	row = &rights[right];
	if (right_holds(known, row, who))
		return 0;
	cc_err_set(err, CC_E_DENIED, "%s policy '%s': %s", row->what, known->policy->name,
		   who->key == NULL && who->signer_count == 0
			   ? "it takes a key that the policy names"
		   : who->signer_count == 0
			   ? "the policy does not name the caller's key"
			   : "caller and signers together are not who the policy names");
	return cc_hint(err, "its 'access_policy' says in '%s' who may", row->key);
}

static bool tracks_rollback(const struct cc_policy *policy)
{
	for (size_t i = 0; i < policy->images.count; i++) {
		const struct cc_image *image = &policy->images.at[i];

		for (size_t k = 0; k < image->volumes.count; k++)
			if (image->volumes.at[k].update_policy == CC_UPDATE_ROLLBACK_PROTECTED)
				return true;
	}
	for (size_t i = 0; i < policy->volumes.count; i++) {
		const struct cc_volume_entry *volume = &policy->volumes.at[i];

		for (size_t k = 0; k < volume->export.count; k++)
			if (volume->export.at[k].update_policy == CC_UPDATE_ROLLBACK_PROTECTED)
				return true;
	}
	return false;
}

static bool has_executions(const struct cc_policy *policy)
{
	for (size_t i = 0; i < policy->services.count; i++)
		if (policy->services.at[i].executions.count != 0)
			return true;
	return false;
}

int cc_decide_cas(const struct cc_policy *policy, bool is_witnessed, struct cc_err *err)
{
	const char *what = NULL;

	if (is_witnessed || (policy->security.attestation.tolerate & CC_TOLERATE_UNWITNESSED) != 0)
		return 0;
	if (has_executions(policy))
		what = "executions";
	else if (tracks_rollback(policy))
		what = "rollback-protected volumes";
	if (what == NULL)
		return 0;
	cc_err_set(
		err, CC_E_DENIED,
		"policy '%s' has %s, but this CAS has no witnesses: whoever runs it can turn its "
		"state back",
		policy->name, what);
	return cc_hint(err,
		       "use a CAS with witnesses, or add tolerate: [unwitnessed] to the policy");
}

/* A name that nobody holds yet can be taken by web with the certificate of anyone. */
static bool is_creator(const struct cc_executions *line, const struct cc_consumer *consumer)
{
	return !consumer->transport && cc_digest_eq(&line->creator.digest, &consumer->creator);
}

static bool line_matches(const struct cc_executions *line, const struct cc_consumer *consumer)
{
	if (cc_str_eq(line->consumer, "*"))
		return true;
	return cc_str_eq(line->consumer, consumer->policy) &&
	       (!line->creator.is_set || is_creator(line, consumer));
}

/* The same whatever the order of the text: a line that names the consumer, then the smaller id. */
static bool goes_before(const struct cc_executions *one, const struct cc_executions *other)
{
	bool is_any = cc_str_eq(one->consumer, "*"), other_is_any = cc_str_eq(other->consumer, "*");

	if (is_any != other_is_any)
		return other_is_any;
	return strcmp(one->id, other->id) < 0;
}

/* One line on its own: 0 when an execution is left on it. */
static int line_has_room(const struct cc_executions_ask *ask, const struct cc_executions *line,
			 struct cc_err *err)
{
	uint64_t used = 0, open = 0;
	char until[CC_TIME_TEXT];

	if (line->until != 0 && ask->now >= line->until) {
		cc_time_print(line->until, until);
		return cc_fail(err, CC_E_EXPIRED, "grant '%s' of '%s/%s' ended at %s", line->id,
			       ask->policy->name, ask->service->name, until);
	}
	CC_TRY(ask->used(ask->context, line->id, &used, &open, err));
	if (used < line->maximum && open < line->maximum - used)
		return 0;
	return cc_fail(
		err, CC_E_LIMIT,
		"grant '%s' of '%s/%s' is used up: maximum %llu, %llu counted, %llu under way",
		line->id, ask->policy->name, ask->service->name, (unsigned long long)line->maximum,
		(unsigned long long)used, (unsigned long long)open);
}

static bool is_passed_over(const struct cc_err *err)
{
	return err->code == CC_E_LIMIT || err->code == CC_E_EXPIRED;
}

int cc_decide_executions(const struct cc_executions_ask *ask, const struct cc_executions **out,
			 struct cc_err *err)
{
	const struct cc_executions *best = NULL;
	struct cc_err why = { 0 };

	*out = NULL;
	for (size_t i = 0; i < ask->service->executions.count; i++) {
		const struct cc_executions *line = &ask->service->executions.at[i];
		struct cc_err none = { 0 };

		if (!line_matches(line, ask->consumer) || (best != NULL && goes_before(best, line)))
			continue;
		if (line_has_room(ask, line, &none) == 0) {
			best = line;
			continue;
		}
		if (!is_passed_over(&none)) {
			*err = none;
			return cc_failed();
		}
		if (why.code != CC_E_LIMIT) /* of several reasons, that it was used up says most */
			why = none;
	}
	if (best != NULL || ask->service->executions.count == 0) {
		*out = best;
		return 0;
	}
	if (why.code == CC_OK)
		cc_err_set(&why, CC_E_DENIED, "'%s/%s' may not be run on the account of '%s'",
			   ask->policy->name, ask->service->name, ask->consumer->policy);
	*err = why;
	return cc_hint(err,
		       "the owner of '%.80s' can add to 'executions': {id: …, consumer: %.80s, "
		       "maximum: …}",
		       ask->policy->name, ask->consumer->policy);
}
