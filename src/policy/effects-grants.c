/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which volumes other policies may use, in which programs, and who chooses those.
 *
 * A service gets a volume by the export that names it, else by the one for its whole
 * policy (share.c). So the loss of a narrow export may widen: what is compared is not
 * the lines but what each grantee gets by them.
 */
#include "base/str.h"
#include "policy/effects-internal.h"

/* An export, and by which names its grantee asks for it. */
struct grant {
	const char *cas; /* address of another CAS, "" */
	const char *session;
	const char *service; /* NULL: any of the policy */
	const char *name;    /* of the volume, over there */
	const char *volume;  /* here */
	const struct cc_node *export;
};

struct grants {
	struct grant *at;
	size_t count;
};

static int by_ask(const void *left, const void *right)
{
	const struct grant *a = left, *b = right;
	int order = strcmp(a->session, b->session);

	if (order == 0)
		order = strcmp(a->cas, b->cas);
	if (order == 0)
		order = strcmp(a->name, b->name);
	if (order != 0 || a->service == NULL || b->service == NULL)
		return order != 0 ? order : (a->service != NULL) - (b->service != NULL);
	return strcmp(a->service, b->service);
}

static int load(struct cc_making *making, const struct cc_node *policy, struct grants *out,
		struct cc_err *err)
{
	const struct cc_node *volumes = cc_node_list(policy, "volumes");
	size_t total = 0;
	void *at = NULL;

	for (size_t i = 0; i < cc_node_count(volumes); i++)
		total += cc_node_count(cc_node_list(&volumes->at[i], "export"));
	CC_TRY(cc_arena_take(making->scratch, total, sizeof(*out->at), &at, err));
	*out = (struct grants){ at, 0 };
	for (size_t i = 0; i < cc_node_count(volumes); i++) {
		const struct cc_node *exports = cc_node_list(&volumes->at[i], "export");
		const char *volume = cc_node_text(&volumes->at[i], "name", "");

		for (size_t k = 0; k < cc_node_count(exports); k++)
			out->at[out->count++] = (struct grant){
				.cas = cc_node_text(&exports->at[k], "cas_url", ""),
				.session = cc_node_text(&exports->at[k], "session", ""),
				.service = cc_node_text(&exports->at[k], "service", NULL),
				.name = cc_node_text(&exports->at[k], "volume_alias", volume),
				.volume = volume,
				.export = &exports->at[k],
			};
	}
	if (out->count > 1)
		qsort(out->at, out->count, sizeof(*out->at), by_ask);
	return 0;
}

/* What whoever asks as `ask` gets: the line for its service, else that for its policy. */
static const struct grant *effective(const struct grants *grants, const struct grant *ask)
{
	struct grant any = *ask;
	const struct grant *found = NULL;

	if (grants->count == 0)
		return NULL;
	any.service = NULL;
	found = bsearch(ask, grants->at, grants->count, sizeof(*ask), by_ask);
	return found != NULL ? found
			     : bsearch(&any, grants->at, grants->count, sizeof(any), by_ask);
}

static bool is_opaque(const struct cc_node *export)
{
	return cc_node_get(export, "opaque") != NULL;
}

static bool is_read_only(const struct cc_node *export)
{
	return cc_str_eq(cc_node_text(export, "access", "write"), "read");
}

/* How much an update policy lets a mount ask for (share.c). */
static unsigned int update_rank(const struct cc_node *export)
{
	const char *word = cc_node_text(export, "update_policy", "rollback_protected");

	return cc_str_eq(word, "ephemeral") ? 0 : cc_str_eq(word, "no_rollback_protection") ? 2 : 1;
}

/* A pin that comes excludes what it does not name; one that goes or moves admits more. */
static void weigh_pin(struct cc_trend *trend, const struct cc_node *old, const struct cc_node *new,
		      const char *pin)
{
	const struct cc_node *was = cc_node_get(old, pin), *is = cc_node_get(new, pin);

	if (cc_node_eq(was, is))
		return;
	if (was == NULL)
		trend->is_less = true;
	else
		trend->is_more = true;
}

static struct cc_trend trend_of(const struct grant *old, const struct grant *new)
{
	const struct cc_node *was = old->export, *is = new->export;
	struct cc_trend trend = { 0 };

	trend.is_more =
		!cc_str_eq(old->volume, new->volume) ||
		/* without a pin another version may have had it */
		!cc_node_eq(cc_node_get(was, "session_hash"), cc_node_get(is, "session_hash")) ||
		(is_opaque(is) && !is_opaque(was)) || (!is_read_only(is) && is_read_only(was)) ||
		update_rank(is) > update_rank(was);
	/* who answers at that address is another */
	if (!cc_node_eq(cc_node_get(was, "cas_key"), cc_node_get(is, "cas_key")) ||
	    !cc_node_eq(cc_node_get(was, "cas_software_key"), cc_node_get(is, "cas_software_key")))
		trend.is_more = true;
	trend.is_less = (!is_opaque(is) && is_opaque(was)) ||
			(is_read_only(is) && !is_read_only(was)) ||
			update_rank(is) < update_rank(was);
	weigh_pin(&trend, was, is, "runtime");
	weigh_pin(&trend, was, is, "content");
	weigh_pin(&trend, was, is, "config");
	weigh_pin(&trend, was, is, "platforms");
	return trend;
}

/* ", with the configuration 'x', on the platforms '["snp"]'" */
static int describe_place(struct cc_making *making, const struct cc_node *export, const char **out,
			  struct cc_err *err)
{
	const struct cc_node *config = cc_node_get(export, "config"),
			     *platforms = cc_node_get(export, "platforms");
	const char *quoted = NULL;

	*out = "";
	if (config != NULL) {
		CC_TRY(cc_quoted_node(making, config, &quoted, err));
		CC_TRY(cc_phrase(making, out, err, ", with the configuration %s alone", quoted));
	}
	if (platforms == NULL)
		return 0;
	CC_TRY(cc_quoted_node(making, platforms, &quoted, err));
	return cc_phrase(making, out, err, "%s, on the platforms %s alone", *out, quoted);
}

/* Who chooses the program that sees the data. */
static int describe_choice(struct cc_making *making, const struct grant *grant, const char **out,
			   struct cc_err *err)
{
	const struct cc_node *export = grant->export;
	const char *runtime = cc_node_text(export, "runtime", NULL),
		   *content = cc_node_text(export, "content", NULL);
	const char *parts = "", *version = "", *quoted = NULL, *owner = NULL;

	CC_TRY(cc_quoted(making, grant->session, &owner, err));
	CC_TRY(cc_version(making, export, &version, err));
	if (runtime != NULL) {
		CC_TRY(cc_quoted(making, runtime, &quoted, err));
		CC_TRY(cc_phrase(making, &parts, err, " runtime %s", quoted));
	}
	if (content != NULL) {
		CC_TRY(cc_quoted(making, content, &quoted, err));
		CC_TRY(cc_phrase(making, &parts, err, "%s%s content %s", parts,
				 parts[0] == '\0' ? "" : " and", quoted));
	}
	if (content != NULL)
		return cc_phrase(making, out, err, "%s, in a program of%s", version, parts);
	if (runtime != NULL)
		return cc_phrase(
			making, out, err,
			"%s, in a program of%s whose content the owner of policy %s chooses",
			version, parts, owner);
	return cc_phrase(
		making, out, err,
		is_opaque(export)
			? "%s, in any program that the owner of policy %s chooses, even one that "
			  "is known by its measurement alone"
			: "%s, in a program that the owner of policy %s chooses by runtime and "
			  "content",
		version, owner);
}

static int describe_terms(struct cc_making *making, const struct grant *grant, const char **out,
			  struct cc_err *err)
{
	static const char *const updates[] = {
		", in a copy that is forgotten",
		"",
		", even in an older state that the host puts back",
	};
	const char *choice = NULL, *place = NULL, *alias = "", *name = NULL;

	CC_TRY(describe_choice(making, grant, &choice, err));
	CC_TRY(describe_place(making, grant->export, &place, err));
	if (!cc_str_eq(grant->name, grant->volume)) {
		CC_TRY(cc_quoted(making, grant->name, &name, err));
		CC_TRY(cc_phrase(making, &alias, err, " under the name %s", name));
	}
	return cc_phrase(making, out, err, "%s%s%s%s", alias, updates[update_rank(grant->export)],
			 choice, place);
}

static const char *how(const struct grant *grant)
{
	return is_read_only(grant->export) ? "read" : "read and write";
}

/* Both versions. */
struct both {
	struct cc_making *making;
	struct grants old, new;
};

/* Whether some service has a line of its own beside this one for its whole policy. */
static bool has_exceptions(const struct grants *grants, const struct grant *ask)
{
	for (size_t i = 0; i < grants->count && ask->service == NULL; i++)
		if (grants->at[i].service != NULL && cc_str_eq(grants->at[i].cas, ask->cas) &&
		    cc_str_eq(grants->at[i].session, ask->session) &&
		    cc_str_eq(grants->at[i].name, ask->name))
			return true;
	return false;
}

static int describe_who(const struct both *both, const struct grant *ask, const char **out,
			struct cc_err *err)
{
	const char *service = NULL, *policy = NULL;

	CC_TRY(cc_elsewhere(both->making, ask->export, &policy, err));
	if (ask->service == NULL)
		return cc_phrase(both->making, out, err, "%s%s", policy,
				 has_exceptions(&both->new, ask)
					 ? ", but for services with a grant of their own,"
					 : "");
	CC_TRY(cc_quoted(both->making, ask->service, &service, err));
	return cc_phrase(both->making, out, err, "service %s of %s", service, policy);
}

/* `ask` says who, the grant what they get. */
static int say_grant(const struct both *both, enum cc_text text, const struct grant *ask,
		     const struct grant *grant, const char *before, struct cc_err *err)
{
	struct cc_making *making = both->making;
	const char *who = NULL, *terms = NULL, *as = "", *name = NULL;

	making->origin.from = grant->volume;
	CC_TRY(describe_who(both, ask, &who, err));
	CC_TRY(describe_terms(making, grant, &terms, err));
	if (!cc_str_eq(grant->name, grant->volume)) {
		CC_TRY(cc_quoted(making, grant->name, &name, err));
		CC_TRY(cc_phrase(making, &as, err, " under the name %s", name));
	}
	return CC_SAY(making, text, err, { "volume", grant->volume }, { "who", who },
		      { "how", how(grant) }, { "terms", terms }, { "as", as },
		      { "before", before });
}

static int say_trend(const struct both *both, const struct grant *ask, const struct grant *was,
		     const struct grant *is, struct cc_err *err)
{
	struct cc_trend trend = trend_of(was, is);
	const char *terms = NULL, *before = NULL;

	if (trend.is_more || trend.is_less) {
		CC_TRY(describe_terms(both->making, was, &terms, err));
		CC_TRY(cc_phrase(both->making, &before, err, "%s%s", how(was), terms));
		CC_TRY(say_grant(both, trend.is_more ? CC_TEXT_GRANT_MORE : CC_TEXT_GRANT_FEWER,
				 ask, is, before, err));
	}
	/* Writing a policy is consent to its grantees as they are (cas/policies.c). */
	if (!trend.is_more && cc_node_get(is->export, "session_hash") == NULL)
		return say_grant(both, CC_TEXT_GRANT_CONSENT, ask, is, "", err);
	return 0;
}

/* One grantee in both versions. */
static int compare_ask(const struct both *both, const struct grant *ask, struct cc_err *err)
{
	const struct grant *was = effective(&both->old, ask), *is = effective(&both->new, ask);

	if (was != NULL && is != NULL && cc_str_eq(was->volume, is->volume))
		return say_trend(both, ask, was, is, err);
	if (was != NULL)
		CC_TRY(say_grant(both, CC_TEXT_GRANT_LOST, ask, was, "", err));
	return is == NULL ? 0 : say_grant(both, CC_TEXT_GRANT_GAINED, ask, is, "", err);
}

static int say(struct cc_making *making, struct cc_err *err)
{
	struct both both = { .making = making };
	const struct grants *old = &both.old, *new = &both.new;

	CC_TRY(load(making, making->old, &both.old, err));
	CC_TRY(load(making, making->new, &both.new, err));
	for (size_t i = 0; i < new->count; i++)
		CC_TRY(compare_ask(&both, &new->at[i], err));
	for (size_t i = 0; i < old->count; i++)
		if (new->count == 0 ||
		    bsearch(&old->at[i], new->at, new->count, sizeof(*new->at), by_ask) == NULL)
			CC_TRY(compare_ask(&both, &old->at[i], err));
	return 0;
}

static const char *const claims[] = {
	"volumes[].export[].session",
	"volumes[].export[].session_hash",
	"volumes[].export[].service",
	"volumes[].export[].volume_alias",
	"volumes[].export[].update_policy",
	"volumes[].export[].access",
	"volumes[].export[].opaque",
	"volumes[].export[].runtime",
	"volumes[].export[].content",
	"volumes[].export[].cas_url",
	"volumes[].export[].config",
	"volumes[].export[].platforms[]",
	"volumes[].export[].cas_key",
	"volumes[].export[].cas_software_key",
	NULL,
};

const struct cc_comparator cc_compare_grants = { say, claims };
