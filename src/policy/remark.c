/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings that are no errors. A warning says what an owner should know. What is
 * UNUSABLE is part of the language, but this version could start the service
 * only by dropping what the key promises: the start is refused with this text.
 */
#include <stdarg.h>

#include "base/str.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

struct remarks {
	struct cc_policy *policy;
	const struct cc_service *service; /* NULL: the whole policy */
};

static int CC_PRINTF(4, 5) remark(const struct remarks *to, const struct cc_place *place,
				  struct cc_err *err, const char *fmt, ...)
{
	struct cc_finding finding = { .place = *place, .level = CC_FINDING_WARNING };
	char text[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (to->service != NULL) {
		finding.level = CC_FINDING_UNUSABLE;
		finding.service = to->service->name;
	}
	finding.text = text;
	return cc_finding_add(to->policy, &finding, err);
}

/* As written, or without a suffix of 0.2: "web.crt" is secret "web" unless there is one "web.crt".
 */
static bool has_secret(const struct cc_policy *policy, struct cc_span name)
{
	for (size_t i = 0; i < policy->secrets.count; i++) {
		struct cc_span known = cc_span_str(policy->secrets.at[i].name);

		if (cc_span_eq(name, known) || (name.len > known.len && name.at[known.len] == '.' &&
						cc_span_eq(cc_span_sub(name, 0, known.len), known)))
			return true;
	}
	return false;
}

/* What a text refers to must be there; its form is looked at when the value is known. */
static int remark_reference(const struct remarks *to, const struct cc_place *place,
			    const char *what, const char *text, struct cc_err *err)
{
	static const char begin[] = "$$SCONE:";

	while (text != NULL && (text = strstr(text, begin)) != NULL) {
		size_t len = 0;

		text += strlen(begin);
		if (*text != ':')
			return remark(to, place, err,
				      "%s has a reference with one colon: write '$$SCONE::'", what);
		len = strcspn(++text, ":|$");
		if (!has_secret(to->policy, cc_span(text, len)))
			CC_TRY(remark(to, place, err,
				      "%s refers to secret '%.*s', which 'secrets' lacks", what,
				      (int)(len < 128 ? len : 128), text));
	}
	return 0;
}

/* What the host may say is a whole word, and each of its words is used once. */
static int remark_argument(const struct remarks *to, const struct cc_service *service, size_t at,
			   struct cc_err *err)
{
	const char *word = service->command.at[at];
	uint64_t position = 0, other = 0;

	if (!cc_text_has_argument(word))
		return 0;
	if (!cc_host_argument(word, &position))
		return remark(to, &service->place, err,
			      "its command has '%.64s': an argument of the host is a word of its "
			      "own, '@@1' to '@@%d'",
			      word, CC_HOST_ARGUMENTS_MAX);
	for (size_t i = 0; i < at; i++)
		if (cc_host_argument(service->command.at[i], &other) && other == position)
			return remark(to, &service->place, err, "its command has '%s' twice", word);
	return 0;
}

static int remark_command(const struct remarks *to, const struct cc_service *service,
			  struct cc_err *err)
{
	if (service->command.count == 0)
		return remark(to, &service->place, err, "it has no 'command'");
	for (size_t i = 0; i < service->command.count; i++) {
		const char *word = service->command.at[i];

		CC_TRY(remark_reference(to, &service->place, "its command", word, err));
		CC_TRY(remark_argument(to, service, i, err));
	}
	return 0;
}

static int remark_environment(const struct remarks *to, const struct cc_service *service,
			      struct cc_err *err)
{
	for (size_t i = 0; i < service->environment.count; i++) {
		const struct cc_pair *pair = &service->environment.at[i];

		CC_TRY(remark_reference(to, &pair->place, "an environment variable", pair->value,
					err));
		if (strstr(pair->name, "\\@\\@") != NULL && cc_host_variable(pair->name) == NULL)
			CC_TRY(remark(to, &pair->place, err,
				      "'%s' is no variable of the host: write '\\@\\@NAME'",
				      pair->name));
		if (cc_str_starts(pair->name, "SCONE_NETWORK_SHIELD") && service->network == NULL)
			CC_TRY(remark(to, &pair->place, err,
				      "'%s' asks for a network shield: write it as 'network'",
				      pair->name));
	}
	return 0;
}

static int remark_image(const struct remarks *to, const struct cc_image *image, struct cc_err *err)
{
	for (size_t i = 0; i < image->injection_files.count; i++) {
		const struct cc_injected *file = &image->injection_files.at[i];

		CC_TRY(remark_reference(to, &file->place, "an injection file", file->content, err));
	}
	for (size_t i = 0; i < image->volumes.count; i++) {
		const struct cc_mount *mount = &image->volumes.at[i];
		const struct cc_volume_entry *volume = cc_policy_volume(to->policy, mount->name);

		if (volume == NULL)
			CC_TRY(remark(to, &mount->place, err,
				      "its volume '%.128s' is not described in 'volumes'",
				      mount->name));
		if (volume != NULL && (volume->fspf_key != NULL || volume->fspf_tag != NULL))
			CC_TRY(remark(
				to, &volume->place, err,
				"volume '%s' was made elsewhere ('fspf_key', 'fspf_tag'): this "
				"version opens only volumes whose keys the CAS draws",
				volume->name));
		if (volume != NULL && volume->import != NULL && volume->import->cas.url != NULL)
			CC_TRY(remark(to, &volume->place, err,
				      "volume '%s' lies at another CAS, which is not supported yet "
				      "by this version",
				      volume->name));
		if (volume != NULL && volume->files == CC_FILES_AUTHENTICATED_ONLY)
			CC_TRY(remark(to, &volume->place, err,
				      "volume '%s' is 'authenticated-only', which is not supported "
				      "yet by this version",
				      volume->name));
	}
	return 0;
}

/* What a fragment will demand is not known: to start without it could be to drop a demand. */
static int remark_variables(const struct remarks *to, const struct cc_place *place,
			    struct cc_err *err)
{
	for (const struct cc_variable *one = place->variables; one != NULL; one = one->next) {
		/* Who may change the policy says nothing of how it starts. */
		if (cc_str_eq(one->key, "access_policy"))
			continue;
		CC_TRY(remark(to, place, err, "'%s' rests on '%.128s', which was not looked up",
			      one->key, one->text));
		to->policy->findings.at[to->policy->findings.count - 1].variable = one->text;
	}
	return 0;
}

static int remark_fragments(const struct remarks *to, const struct cc_service *service,
			    struct cc_err *err)
{
	CC_TRY(remark_variables(to, &to->policy->place, err));
	CC_TRY(remark_variables(to, &to->policy->security.place, err));
	CC_TRY(remark_variables(to, &to->policy->security.attestation.place, err));
	CC_TRY(remark_variables(to, &service->place, err));
	for (size_t i = 0; i < service->attestation.count; i++) {
		const struct cc_variant *variant = &service->attestation.at[i];

		CC_TRY(remark_variables(to, &variant->place, err));
		if (variant->signer != NULL)
			CC_TRY(remark_variables(to, &variant->signer->place, err));
	}
	return 0;
}

/* A key of SCONE's own quoting enclave names a machine that cannot be met. */
static int remark_platforms(const struct remarks *to, const struct cc_service *service,
			    struct cc_err *err)
{
	size_t old = 0;

	for (size_t i = 0; i < service->platforms.count; i++)
		old += strchr(service->platforms.at[i], ':') == NULL;
	if (old == 0 || old < service->platforms.count)
		return 0;
	return remark(to, &service->place, err,
		      "'platforms' has only keys of SCONE's own quoting enclave, which SCONE 7.0 "
		      "removed: name machines as 'INTEL_QE_ID:' with 32 digits, or by "
		      "'AMD_CHIP_ID:' and the like");
}

/* SGX and TDX have one root, of Intel; every other kind of platform has others. */
static unsigned int party_of(enum cc_platform_kind platform)
{
	return 1U << (platform == CC_PLATFORM_TDX ? CC_PLATFORM_SGX : platform);
}

/* How many parties could vouch for the programs that the service accepts, at most. */
static int parties_of(const struct cc_service *service)
{
	unsigned int parties = 0;

	if (service->mrenclaves.count + service->attestation.count > 0)
		parties |= party_of(CC_PLATFORM_SGX);
	for (size_t i = 0; i < service->measurements.count; i++)
		parties |= party_of(cc_platform_named(service->measurements.at[i].platform));
	return __builtin_popcount(parties);
}

/* What nothing here compares, or nothing can. */
static int remark_attestation(const struct remarks *to, const struct cc_service *service,
			      struct cc_err *err)
{
	const struct cc_attestation *attestation = &to->policy->security.attestation;
	const struct {
		bool asks;
		const struct cc_place *place;
		const char *what, *why;
	} rows[] = {
		{ attestation->mode == CC_MODE_MAA, &attestation->place, "mode: maa",
		  "tokens of Microsoft Azure Attestation, which are not verified: attest by "
		  "'mode: hardware' and 'measurements'" },
		{ attestation->trusted_scone_qe_pubkeys.count != 0, &attestation->place,
		  "trusted_scone_qe_pubkeys",
		  "keys of SCONE's own quoting enclave, which SCONE 7.0 removed: name machines in "
		  "'platforms'" },
		{ attestation->must_be_sgx_local, &attestation->place, "must_be_sgx_local",
		  "a report for an enclave of the CAS on the same machine, and this CAS takes "
		  "quotes alone" },
		{ attestation->independent_roots > 1 && parties_of(service) < 2,
		  &attestation->place, "independent_roots: 2",
		  "evidence under the roots of two parties, and its 'measurements' are of platforms "
		  "that one party vouches for: add those of another, such as a TPM" },
		{ to->policy->secret_config.is_akv, &to->policy->secret_config.place,
		  "store_in: !akv",
		  "values of secrets in an Azure Key Vault, where this CAS puts none: keep them "
		  "in the CAS, which is the default" },
	};

	for (size_t i = 0; i < CC_COUNT(rows); i++)
		if (rows[i].asks)
			CC_TRY(remark(to, rows[i].place, err, "it asks for '%s', %s", rows[i].what,
				      rows[i].why));
	return 0;
}

static int remark_factors(const struct remarks *to, const struct cc_service *service,
			  struct cc_err *err)
{
	static const char password[] = "'one_time_password_shared_secret'";
	const struct cc_security *security = &to->policy->security;

	CC_TRY(remark_reference(to, &service->place, password,
				service->one_time_password_shared_secret, err));
	CC_TRY(remark_reference(to, &security->attestation.place, password,
				security->attestation.one_time_password_shared_secret, err));
	return remark_reference(to, &security->place, "'service_access_token'",
				security->service_access_token, err);
}

static bool has_text(const struct cc_texts *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (cc_str_eq(list->at[i], text))
			return true;
	return false;
}

/* 0.1 named enclaves at the image too: both must agree, and only the service's are compared. */
static int remark_enclaves(const struct remarks *to, const struct cc_service *service,
			   const struct cc_image *image, struct cc_err *err)
{
	bool is_same = service->attestation.count + service->measurements.count == 0;

	for (size_t i = 0; i < service->mrenclaves.count; i++)
		is_same = is_same && has_text(&image->mrenclaves, service->mrenclaves.at[i]);
	if (image->mrenclaves.count == 0 || is_same)
		return 0;
	return remark(to, &image->place, err,
		      "image '%.128s' has 'mrenclaves' that do not name all of the service's",
		      image->name);
}

static int remark_service(const struct remarks *to, const struct cc_service *service,
			  struct cc_err *err)
{
	const struct cc_image *image = NULL;

	CC_TRY(remark_fragments(to, service, err));
	CC_TRY(remark_attestation(to, service, err));
	CC_TRY(remark_platforms(to, service, err));
	CC_TRY(remark_command(to, service, err));
	CC_TRY(remark_reference(to, &service->place, "'fspf_key'", service->fspf_key, err));
	CC_TRY(remark_factors(to, service, err));
	if (service->fspf_tag != NULL && strlen(service->fspf_tag) != 64)
		CC_TRY(remark(to, &service->place, err,
			      "'fspf_tag' has 16 bytes, a tag of SCONE's file system protection "
			      "file: seal the image with `concordat image seal`"));
	if (service->network != NULL &&
	    service->network->ingress.count + service->network->egress.count != 0)
		CC_TRY(remark(to, &service->network->place, err,
			      "peers in 'network' are not supported yet by this version"));
	CC_TRY(remark_environment(to, service, err));
	if (service->image_name == NULL)
		return 0;
	image = cc_policy_image(to->policy, service->image_name);
	if (image == NULL)
		return remark(to, &service->place, err,
			      "its image '%.128s' is not described in 'images'",
			      service->image_name);
	CC_TRY(remark_enclaves(to, service, image, err));
	return remark_image(to, image, err);
}

static bool has_entry(const struct cc_access_rule *rule, enum cc_entry_kind kind)
{
	for (size_t i = 0; i < rule->count; i++)
		if (rule->at[i].kind == kind)
			return true;
	return false;
}

static int remark_security(const struct remarks *to, struct cc_err *err)
{
	const struct cc_policy *policy = to->policy;
	const struct cc_attestation *attestation = &policy->security.attestation;
	bool is_debug = (attestation->tolerate & CC_TOLERATE_DEBUG) != 0;

	if (attestation->mode == CC_MODE_NONE)
		CC_TRY(remark(to, &attestation->place, err,
			      "'mode: none': anyone can be any service of this policy"));
	if ((attestation->tolerate & CC_TOLERATE_SIMULATION) != 0)
		CC_TRY(remark(to, &attestation->place, err,
			      "tolerates SIMULATION: whoever runs the machine sees everything"));
	for (size_t i = 0; i < attestation->ignore_advisories.count; i++)
		if (cc_str_eq(attestation->ignore_advisories.at[i], "*") && !is_debug)
			CC_TRY(remark(to, &attestation->place, err,
				      "ignores all advisories, also those to come"));
	/* Beside a board it says that the board alone decides. */
	if (has_entry(&policy->access_policy.update, CC_ENTRY_ANY) && policy->board == NULL)
		CC_TRY(remark(to, &policy->access_policy.place, err,
			      "'update: ANY': anyone can change this policy"));
	return 0;
}

/* Names are free: who is meant by one that nobody has taken yet? */
static int remark_consumers(const struct remarks *to, const struct cc_service *service,
			    struct cc_err *err)
{
	for (size_t i = 0; i < service->executions.count; i++) {
		const struct cc_executions *line = &service->executions.at[i];

		if (!line->creator.is_set && !cc_str_eq(line->consumer, "*") &&
		    !cc_str_eq(line->consumer, to->policy->name))
			CC_TRY(remark(to, &line->place, err,
				      "consumer '%.128s' without 'creator': whoever first creates "
				      "that policy may run '%.128s'",
				      line->consumer, service->name));
	}
	return 0;
}

int cc_policy_remark(struct cc_policy *policy, struct cc_err *err)
{
	struct remarks all = { .policy = policy };

	if (policy->version_is_assumed)
		CC_TRY(remark(&all, &policy->place, err, "no 'version': '0.1' is assumed"));
	CC_TRY(remark_security(&all, err));
	if (policy->code != NULL)
		CC_TRY(remark(&all, &policy->code->place, err,
			      "'code' is not used by anything yet"));
	for (size_t i = 0; i < policy->services.count; i++) {
		struct remarks one = { policy, &policy->services.at[i] };

		CC_TRY(remark_service(&one, one.service, err));
		CC_TRY(remark_consumers(&all, one.service, err));
	}
	return 0;
}
