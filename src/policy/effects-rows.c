/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that have sentences of their own: whatever else stands in the policy, this is what they do.
 */
#include "base/str.h"
#include "policy/effects-internal.h"

#define SILENT(key)                                                           \
	{                                                                     \
		(key), CC_ROW_VALUE, CC_TEXT_NONE, CC_TEXT_NONE, CC_TEXT_NONE \
	}
#define SAME(key, text)                                                         \
	{                                                                       \
		(key), CC_ROW_VALUE, CC_TEXT_##text, CC_TEXT_NONE, CC_TEXT_NONE \
	}
#define TURNS(key, set, unset) ROW(VALUE, key, set, unset)
#define EACH(key, set, unset) ROW(EACH, key, set, unset)
#define THING(key, set, unset) ROW(THING, key, set, unset)
#define ROW(kind, key, set, unset)                                                  \
	{                                                                           \
		(key), CC_ROW_##kind, CC_TEXT_##set, CC_TEXT_##set, CC_TEXT_##unset \
	}

static const struct cc_row rows[] = {
	{ "name", CC_ROW_VALUE, CC_TEXT_POLICY_NAME, CC_TEXT_POLICY_NEW, CC_TEXT_NONE },
	SAME("version", LANGUAGE),
	SAME("salt", SALT),
	SAME("creator", CREATOR),

	THING("board", BOARD_NEW, BOARD_GONE),
	EACH("board.veto", BOARD_VETO, BOARD_NO_VETO),
	SAME("board.deadline", BOARD_DEADLINE),
	SAME("board.delay", BOARD_DELAY),
	TURNS("board.self_approval", BOARD_SELF, BOARD_NOT_SELF),
	SAME("board.emergency.lapses", BOARD_LAPSES),

	THING("services[]", SERVICE_NEW, SERVICE_GONE),
	SAME("services[].command", COMMAND),
	SAME("services[].image_name", IMAGE_NAME),
	SAME("services[].environment.*", ENVIRONMENT),
	SAME("services[].pwd", DIRECTORY),
	SAME("services[].user", USER),
	SAME("services[].group", GROUP),
	SAME("services[].fspf_path", FSPF_PATH),
	SAME("services[].fspf_key", FSPF_KEY),
	SAME("services[].fspf_tag", FSPF_TAG),
	TURNS("services[].fspf_update_policy", FSPF_UNPROTECTED, FSPF_PROTECTED),
	SAME("services[].content_salt", CONTENT_SALT),
	TURNS("services[].staged", STAGED, SERVED),
	TURNS("services[].console", CONSOLE_PLAIN, CONSOLE_ENCRYPTED),
	EACH("services[].boards", SEAT, NO_SEAT),

	TURNS("services[].executions[].binding", BINDING, UNBINDING),
	SAME("services[].one_time_password_shared_secret", SERVICE_PASSWORD),
	SAME("security.attestation.one_time_password_shared_secret", PASSWORD),

	THING("images[]", IMAGE_NEW, IMAGE_GONE),
	THING("images[].injection_files[]", FILE_NEW, FILE_GONE),
	TURNS("images[].volumes[].staged", MOUNT_STAGED, MOUNT_SERVED),
	SAME("images[].injection_files[].content", FILE_CONTENT),
	SAME("images[].injection_files[].permission", FILE_PERMISSION),

	THING("volumes[]", VOLUME_NEW, VOLUME_GONE),
	SAME("volumes[].fspf_key", VOLUME_KEY),
	SAME("volumes[].fspf_tag", VOLUME_TAG),
	TURNS("volumes[].lifetime", VOLUME_RUN, VOLUME_POLICY),
	TURNS("volumes[].strict", VOLUME_STRICT, VOLUME_RELAXED),
	SAME("volumes[].window.commits", VOLUME_COMMITS),
	SAME("volumes[].window.bytes", VOLUME_BYTES),
	SAME("volumes[].window.seconds", VOLUME_SECONDS),
	TURNS("volumes[].current", VOLUME_AT_COMMIT, VOLUME_AT_COMPLETION),
	TURNS("volumes[].files", VOLUME_CLEAR, VOLUME_ENCRYPTED),

	THING("secrets[]", SECRET_NEW, SECRET_GONE),
	SAME("secrets[].kind", SECRET_PART),
	SAME("secrets[].size", SECRET_PART),
	SAME("secrets[].key_type", SECRET_PART),
	SAME("secrets[].private_key", SECRET_PART),
	SAME("secrets[].issuer", SECRET_PART),
	SAME("secrets[].common_name", SECRET_PART),
	SAME("secrets[].endpoint", SECRET_PART),
	SAME("secrets[].valid_for", SECRET_PART),
	SAME("secrets[].tenant_id", SECRET_PART),
	SAME("secrets[].client_id", SECRET_PART),
	SAME("secrets[].certificate_thumbprint", SECRET_PART),
	SAME("secrets[].application_secret", SECRET_HIDDEN),
	SAME("secrets[].signer", SECRET_PART),
	SAME("secrets[].alg", SECRET_PART),
	SAME("secrets[].validity.for", SECRET_VALIDITY),
	SAME("secrets[].payload.*", SECRET_CLAIM),
	TURNS("secrets[].migrate", SECRET_KEPT, SECRET_RENEWED),
	EACH("secrets[].dns", SECRET_NAMED, SECRET_UNNAMED),
	EACH("secrets[].san", SECRET_NAMED, SECRET_UNNAMED),
	SAME("secrets[].import_akv.vault", SECRET_VAULT),
	SAME("secrets[].import_akv.secret_name", SECRET_VAULT),
	SAME("secrets[].import_akv.token", SECRET_HIDDEN),
	SAME("secrets[].import_akv.decryption_key", SECRET_HIDDEN),
	{ "secrets[].value", CC_ROW_VALUE, CC_TEXT_SECRET_OTHER, CC_TEXT_SECRET_GIVEN,
	  CC_TEXT_SECRET_DRAWN },
	TURNS("secrets[].export_public", SECRET_PUBLIC, SECRET_PRIVATE),

	EACH("security.attestation.tolerate", TOLERATED, NOT_TOLERATED),
	EACH("security.attestation.ignore_advisories", ADVISORY_IGNORED, ADVISORY_HEEDED),

	SAME("namespace_hash", NAMESPACE),
	TURNS("security.singleton_enclaves", SINGLETON, NOT_SINGLETON),
	TURNS("security.service_access_token", TOKEN, NO_TOKEN),
	SAME("security.attestation.url", JUDGE),
	SAME("security.attestation.certificates", JUDGE_CERTIFICATES),
	SAME("security.attestation.min_rsa_signing_key_size", JUDGE_KEY),
	TURNS("security.attestation.independent_roots", ROOTS, ROOTS_ONE),
	TURNS("security.attestation.must_be_sgx_local", LOCAL, NOT_LOCAL),
	TURNS("security.attestation.trusted_scone_qe_pubkeys", QUOTING, QUOTING_ANY),
	TURNS("images[].mrenclaves", IMAGE_PROGRAMS, IMAGE_ANY),
	TURNS("images[].provide_secrets", PROVIDED, PROVIDED_ALL),
	TURNS("secret_config.store_in", STORE, STORE_CAS),

	TURNS("services[].sandbox.memory", MEMORY, MEMORY_FREE),
	TURNS("services[].sandbox.processes", PROCESSES, PROCESSES_FREE),
	TURNS("services[].sandbox.open_files", OPEN_FILES, OPEN_FILES_FREE),
	TURNS("services[].sandbox.sockets", SOCKETS, SOCKETS_FREE),
	TURNS("services[].sandbox.read", READS, READS_FREE),
	TURNS("services[].sandbox.write", WRITES, WRITES_FREE),
	TURNS("services[].sandbox.system_calls", CALLS, CALLS_FREE),

	SAME("code.repository", REPOSITORY),
	EACH("code.commits", COMMIT, NO_COMMIT),
	SAME("code.recipe", RECIPE),
	EACH("code.builders.of", BUILDER, NO_BUILDER),
	TURNS("code.builders.least", BUILDERS, BUILDERS_ALL),

	/* Their elements are new or gone by name. */
	SILENT("services[].name"),
	SILENT("images[].name"),
	SILENT("images[].injection_files[].path"),
	SILENT("volumes[].name"),
	SILENT("secrets[].name"),
	/* Every version names the one before, and the CAS compares: nothing follows from it. */
	SILENT("predecessor"),
};

const struct cc_row *cc_row_of(const char *key)
{
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		if (cc_str_eq(rows[i].key, key))
			return &rows[i];
	return NULL;
}

/* Explicit keys and values. Whatever the language adds to secrets stays hidden too. */
bool cc_row_is_hidden(const char *key)
{
	static const char *const ends[] = {
		"fspf_key",
		"content_salt",
		"one_time_password_shared_secret",
		"application_secret",
		"token",
		"decryption_key",
		"value",
		"service_access_token",
	};
	const char *last = strrchr(key, '.');

	if (cc_str_starts(key, "secrets[].") || cc_str_starts(key, "secret_config"))
		return true;
	for (size_t i = 0; i < CC_COUNT(ends); i++)
		if (cc_str_eq(last == NULL ? key : last + 1, ends[i]))
			return true;
	return false;
}

struct word {
	const char *word, *means;
};

static const struct word words[] = {
	{ "simulation",
	  "the class simulated: no hardware protects it from whoever runs the machine" },
	{ "measured-only", "the class measured-only: whoever runs the machine sees its memory" },
	{ "unwitnessed",
	  "a CAS without witnesses: whoever runs it can turn back counts and volumes" },
	{ "debug-mode", "debug mode: whoever runs the machine sees its memory" },
	{ "hyperthreading", "hyperthreading: what shares the processor may observe it" },
	{ "insecure-igpu", "an integrated graphics unit that may observe it" },
	{ "software-hardening-needed", "a processor for which programs must be hardened" },
	{ "aepic-leak", "a processor that may leak what it computes (INTEL-SA-00657)" },
	{ "insecure-configuration", "a platform whose configuration its vendor calls insecure" },
	{ "outdated-tcb", "a platform that lacks updates against known attacks" },
	{ "maa-managed-tcb", "a platform that only Microsoft's attestation service judges" },
	{ "local-attestation-trust-cas-tcb", "the platform of the CAS, unjudged" },
	{ "migration", "a virtual machine that its host can move to another machine" },
	{ "ve-on-private-memory",
	  "a TD whose host can raise exceptions on its private memory (SEPT_VE_DISABLE not set)" },
	{ "milan", "an AMD Milan, whose root keys were read out in software" },
};

const char *cc_row_word(const char *word)
{
	for (size_t i = 0; i < CC_COUNT(words); i++)
		if (cc_str_eq(words[i].word, word))
			return words[i].means;
	return NULL;
}
