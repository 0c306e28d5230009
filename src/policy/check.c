/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What single keys cannot tell: names that must exist or be unique, keys that
 * exclude each other, and what is well formed but cannot be used here.
 */
#include "base/str.h"
#include "policy/graph-internal.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

#define AT(thing) (thing)->place.line, (thing)->place.column

/* By name; the elements have their name at `name_at`. */
static const void *find(const struct cc_items *list, size_t size, size_t name_at, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		const uint8_t *item = (const uint8_t *)list->at + i * size;
		const char *text = NULL;

		memcpy(&text, item + name_at, sizeof(text));
		if (text != NULL && cc_str_eq(text, name))
			return item;
	}
	return NULL;
}

#define FIND(list, type, name_of)                                                               \
	find(&(struct cc_items){ (list).at, (list).count }, sizeof(type), offsetof(type, name), \
	     (name_of))

const struct cc_service *cc_policy_service(const struct cc_policy *policy, const char *name)
{
	return FIND(policy->services, struct cc_service, name);
}

const struct cc_image *cc_policy_image(const struct cc_policy *policy, const char *name)
{
	return FIND(policy->images, struct cc_image, name);
}

const struct cc_volume_entry *cc_policy_volume(const struct cc_policy *policy, const char *name)
{
	return FIND(policy->volumes, struct cc_volume_entry, name);
}

const struct cc_secret_entry *cc_policy_secret(const struct cc_policy *policy, const char *name)
{
	return FIND(policy->secrets, struct cc_secret_entry, name);
}

struct named {
	const char *name;
	struct cc_place place;
};

static int by_name(const void *a, const void *b)
{
	const struct named *one = a, *other = b;
	int order = strcmp(one->name, other->name);

	if (order != 0)
		return order;
	if (one->place.line != other->place.line)
		return one->place.line < other->place.line ? -1 : 1;
	return one->place.column < other->place.column ? -1 : 1;
}

/* No two elements may have the same text at `name_at`. */
static int unique(struct cc_items list, size_t size, size_t name_at, const char *what,
		  struct cc_err *err)
{
	CC_AUTO_FREE struct named *names = calloc(list.count + 1, sizeof(*names));

	if (names == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu names", list.count);
	for (size_t i = 0; i < list.count; i++) {
		const uint8_t *item = (const uint8_t *)list.at + i * size;

		memcpy(&names[i].place, item, sizeof(names[i].place));
		memcpy(&names[i].name, item + name_at, sizeof(names[i].name));
	}
	qsort(names, list.count, sizeof(*names), by_name);
	for (size_t i = 1; i < list.count; i++)
		if (cc_str_eq(names[i - 1].name, names[i].name))
			return cc_fail(
				err, CC_E_ARG,
				"line %u, column %u: %s '%s' is there twice, first in line %u",
				AT(&names[i]), what, names[i].name, names[i - 1].place.line);
	return 0;
}

#define UNIQUE(list, type, member, what, err)                                                      \
	unique((struct cc_items){ (list).at, (list).count }, sizeof(type), offsetof(type, member), \
	       what, err)

static int check_image(const struct cc_policy *policy, const struct cc_image *image,
		       struct cc_err *err)
{
	if (image->volumes.count > CC_MOUNTS_MAX)
		return cc_fail(err, CC_E_TOOBIG,
			       "line %u, column %u: image '%s' has more than %d volumes", AT(image),
			       image->name, CC_MOUNTS_MAX);
	CC_TRY(UNIQUE(image->volumes, struct cc_mount, path, "path", err));
	CC_TRY(UNIQUE(image->injection_files, struct cc_injected, path, "path", err));
	for (size_t i = 0; i < image->provide_secrets.names.count; i++)
		if (cc_policy_secret(policy, image->provide_secrets.names.at[i]) == NULL)
			return cc_fail(err, CC_E_ARG,
				       "line %u, column %u: image '%s' provides secret '%s', which "
				       "'secrets' lacks",
				       AT(image), image->name, image->provide_secrets.names.at[i]);
	for (size_t i = 0; i < image->volumes.count; i++) {
		const struct cc_mount *mount = &image->volumes.at[i];

		/* Policies of 0.1 leave some to the host: remark.c. Later it is a slip. */
		if (cc_str_eq(policy->version, "0.1") ||
		    cc_policy_volume(policy, mount->name) != NULL)
			continue;
		cc_err_set(err, CC_E_ARG,
			   "line %u, column %u: image '%s' has volume '%s', which 'volumes' lacks",
			   AT(mount), image->name, mount->name);
		return cc_hint(err, "add it to 'volumes', by itself or with 'import'");
	}
	return 0;
}

static bool is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : cc_str_eq(a, b);
}

static int check_exports(const struct cc_policy *policy, const struct cc_volume_entry *volume,
			 struct cc_err *err)
{
	for (size_t i = 0; i < volume->export.count; i++)
		if (volume->export.at[i].cas.url == NULL &&
		    cc_str_eq(volume->export.at[i].session, policy->name))
			return cc_fail(
				err, CC_E_ARG,
				"line %u, column %u: volume '%s' is exported to its own policy",
				AT(&volume->export.at[i]), volume->name);
	return 0;
}

struct offer {
	const struct cc_export *export;
	const char *name; /* under which the grantee knows the volume */
};

static bool is_same_offer(const struct offer *a, const struct offer *b)
{
	return cc_str_eq(a->name, b->name) && cc_str_eq(a->export->session, b->export->session) &&
	       is_same(a->export->cas.url, b->export->cas.url) &&
	       is_same(a->export->service, b->export->service);
}

/* One name of one grantee is one volume: which of two counts must not hang on their order. */
static int check_offers(const struct cc_policy *policy, struct cc_err *err)
{
	size_t total = 0, count = 0;
	CC_AUTO_FREE struct offer *offers = NULL;

	for (size_t i = 0; i < policy->volumes.count; i++)
		total += policy->volumes.at[i].export.count;
	offers = calloc(total + 1, sizeof(*offers));
	if (offers == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu exports", total);
	for (size_t i = 0; i < policy->volumes.count; i++) {
		const struct cc_volume_entry *volume = &policy->volumes.at[i];

		for (size_t k = 0; k < volume->export.count; k++) {
			const struct cc_export *one = &volume->export.at[k];

			offers[count++] =
				(struct offer){ one, one->volume_alias != NULL ? one->volume_alias
									       : volume->name };
		}
	}
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (is_same_offer(&offers[i], &offers[k]))
				return cc_fail(
					err, CC_E_ARG,
					"line %u, column %u: a volume '%s' is exported to '%s' "
					"twice",
					AT(offers[i].export), offers[i].name,
					offers[i].export->session);
	return 0;
}

static bool has_window(const struct cc_volume_entry *volume)
{
	const struct cc_window *window = &volume->window;

	return window->commits != CC_WINDOW_COMMITS || window->bytes != CC_WINDOW_BYTES ||
	       window->seconds != CC_WINDOW_SECONDS;
}

/* Two keys of one volume that cannot both be meant. */
static int check_volume_kind(const struct cc_volume_entry *volume, struct cc_err *err)
{
	if (volume->strict && has_window(volume)) {
		cc_err_set(err, CC_E_ARG,
			   "line %u, column %u: volume '%s' is strict and has a window", AT(volume),
			   volume->name);
		return cc_hint(err, "a strict volume is never ahead of the CAS: leave one out");
	}
	if (volume->lifetime == CC_LIFETIME_RUN && volume->current == CC_CURRENT_COMMIT) {
		cc_err_set(err, CC_E_ARG,
			   "line %u, column %u: volume '%s' lives as long as a run, so nothing can "
			   "go on from its commits",
			   AT(volume), volume->name);
		return cc_hint(err, "leave 'current: commit' out, or 'lifetime: run'");
	}
	return 0;
}

static int check_volume(const struct cc_policy *policy, const struct cc_volume_entry *volume,
			struct cc_err *err)
{
	bool has_own = volume->fspf_key != NULL || volume->fspf_tag != NULL ||
		       volume->export.count != 0 || volume->lifetime != CC_LIFETIME_POLICY ||
		       volume->strict || has_window(volume) ||
		       volume->current != CC_CURRENT_COMPLETION;

	if (volume->import != NULL && has_own)
		return cc_fail(err, CC_E_ARG,
			       "line %u, column %u: volume '%s' is imported: its owner decides on "
			       "key, tag, export, lifetime, strict, window and current",
			       AT(volume), volume->name);
	CC_TRY(check_volume_kind(volume, err));
	if (volume->import != NULL && volume->import->cas.url == NULL &&
	    cc_str_eq(volume->import->session, policy->name))
		return cc_fail(err, CC_E_ARG,
			       "line %u, column %u: volume '%s' is imported from its own policy",
			       AT(volume), volume->name);
	if (volume->lifetime == CC_LIFETIME_RUN && policy->workflow == NULL) {
		cc_err_set(err, CC_E_ARG,
			   "line %u, column %u: volume '%s' lives as long as a run, but the policy "
			   "has no workflow",
			   AT(volume), volume->name);
		return cc_hint(err, "add 'workflow', or 'lifetime: policy'");
	}
	return check_exports(policy, volume, err);
}

static int check_executions(const struct cc_service *service, struct cc_err *err)
{
	CC_TRY(UNIQUE(service->executions, struct cc_executions, id, "executions id", err));
	for (size_t i = 0; i < service->executions.count; i++) {
		const struct cc_executions *line = &service->executions.at[i];

		if (line->creator.is_set && cc_str_eq(line->consumer, "*"))
			return cc_fail(err, CC_E_ARG,
				       "line %u, column %u: consumer '*' has no one creator",
				       AT(line));
		if (line->binding && cc_str_eq(line->consumer, "*"))
			return cc_fail(err, CC_E_ARG,
				       "line %u, column %u: 'binding' needs a consumer who can "
				       "consent, and '*' is anyone",
				       AT(line));
	}
	return 0;
}

static int check_service(const struct cc_policy *policy, const struct cc_service *service,
			 struct cc_err *err)
{
	size_t accepted = service->mrenclaves.count + service->attestation.count +
			  service->measurements.count;

	/* Old policies name an image and describe none: remark.c. Beside others it is a slip. */
	if (service->image_name != NULL && policy->images.count != 0 &&
	    cc_policy_image(policy, service->image_name) == NULL)
		return cc_fail(
			err, CC_E_ARG,
			"line %u, column %u: service '%s' has image '%s', which 'images' lacks",
			AT(service), service->name, service->image_name);
	if (accepted == 0 && !cc_has_variable(service, "attestation") &&
	    !cc_has_variable(service, "mrenclaves") && !cc_has_variable(policy, "security") &&
	    policy->security.attestation.mode != CC_MODE_NONE) {
		cc_err_set(err, CC_E_ARG,
			   "line %u, column %u: service '%s' names no measurement that is accepted",
			   AT(service), service->name);
		return cc_hint(err, "add 'measurements', 'attestation' or 'mrenclaves'");
	}
	CC_TRY(UNIQUE(service->environment, struct cc_pair, name, "variable", err));
	return check_executions(service, err);
}

static int check_workflow(const struct cc_policy *policy, struct cc_err *err)
{
	CC_AUTO_STAGES struct cc_stages stages = { 0 };
	CC_AUTO_GRAPH struct cc_graph graph = { 0 };
	const struct cc_workflow *workflow = policy->workflow;

	if (workflow == NULL)
		return 0;
	if (workflow->stages.count == 0)
		return cc_fail(err, CC_E_ARG, "line %u, column %u: a workflow without stages",
			       AT(workflow));
	if (workflow->stages.count > CC_STAGES_MAX)
		return cc_fail(err, CC_E_TOOBIG, "line %u, column %u: more than %d stages",
			       AT(workflow), CC_STAGES_MAX);
	CC_TRY(UNIQUE(workflow->stages, struct cc_stage, name, "stage", err));
	for (size_t i = 0; i < workflow->stages.count; i++) {
		const struct cc_stage *stage = &workflow->stages.at[i];
		bool is_own = stage->policy == NULL || cc_str_eq(stage->policy, policy->name);

		if (is_own && cc_policy_service(policy, stage->service) == NULL)
			return cc_fail(err, CC_E_ARG,
				       "line %u, column %u: stage '%s' runs service '%s', which "
				       "'services' lacks",
				       AT(stage), stage->name, stage->service);
	}
	CC_TRY(cc_stages_sort(workflow, &stages, err));
	return cc_graph_needs(&stages, &graph, err);
}

int cc_policy_check(struct cc_policy *policy, struct cc_err *err)
{
	CC_TRY(UNIQUE(policy->services, struct cc_service, name, "service", err));
	CC_TRY(UNIQUE(policy->images, struct cc_image, name, "image", err));
	CC_TRY(UNIQUE(policy->volumes, struct cc_volume_entry, name, "volume", err));
	CC_TRY(UNIQUE(policy->secrets, struct cc_secret_entry, name, "secret", err));
	CC_TRY(cc_policy_check_secrets(policy, err));
	for (size_t i = 0; i < policy->images.count; i++)
		CC_TRY(check_image(policy, &policy->images.at[i], err));
	for (size_t i = 0; i < policy->volumes.count; i++)
		CC_TRY(check_volume(policy, &policy->volumes.at[i], err));
	for (size_t i = 0; i < policy->services.count; i++)
		CC_TRY(check_service(policy, &policy->services.at[i], err));
	CC_TRY(check_offers(policy, err));
	CC_TRY(check_workflow(policy, err));
	CC_TRY(cc_board_check(policy, err));
	return cc_policy_remark(policy, err);
}
