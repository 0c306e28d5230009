/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/source.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/str.h"
#include "platform/client.h"

#define LOG_WORD "log="

enum expected {
	SOCKET = 1,
	DIRECTORY = 2,
	DEVICE = 4,
};

struct kind {
	const char *prefix, *inside;
	unsigned int expected;
	const char *text, *hint;
};

#define SIMULATION_HINT "start it: concordat platform run DIR --socket PATH"

static const struct kind kinds[] = {
	{ "", CC_INSIDE_PLATFORM, SOCKET, "the socket of a platform", SIMULATION_HINT },
	{ "sgx-sim:", CC_INSIDE_PLATFORM, SOCKET, "the socket of a platform", SIMULATION_HINT },
	{ "tdx-sim:", CC_INSIDE_PLATFORM, SOCKET, "the socket of a platform", SIMULATION_HINT },
	{ "snp-sim:", CC_INSIDE_PLATFORM, SOCKET, "the socket of a platform", SIMULATION_HINT },
	{ "tpm-sim:", CC_INSIDE_PLATFORM, SOCKET, "the socket of a platform", SIMULATION_HINT },
	{ "configfs:", "/run/concordat/tsm", DIRECTORY, "a directory of configfs-tsm",
	  "mount configfs at /sys/kernel/config in a confidential virtual machine with Linux 6.7 "
	  "or newer" },
	{ "gramine:", "/run/concordat/attestation", DIRECTORY, "Gramine's directory",
	  "Gramine makes it in an enclave, by sgx.remote_attestation = \"dcap\"" },
	{ "nsm:", "/dev/nsm", DEVICE, "the device of an NSM",
	  "only an AWS Nitro enclave with the driver 'nsm' has one" },
	{ "tpm:", "/dev/tpm", DEVICE | SOCKET, "a TPM",
	  "only a machine with a TPM 2.0 has /dev/tpmrm0; a software TPM has a UNIX socket" },
};

static const struct kind *kind_of(const char *prefix)
{
	for (size_t i = 0; i < CC_COUNT(kinds); i++)
		if (cc_str_eq(kinds[i].prefix, prefix))
			return &kinds[i];
	return NULL;
}

static unsigned int type_of(const struct stat *st)
{
	if (S_ISSOCK(st->st_mode))
		return SOCKET;
	if (S_ISDIR(st->st_mode))
		return DIRECTORY;
	return S_ISCHR(st->st_mode) ? DEVICE : 0;
}

/* A device is made anew inside, for what is bound from elsewhere may be none there. */
static int look(const struct kind *kind, struct cc_stage_source *out, struct cc_err *err)
{
	struct stat st = { 0 };

	if (stat(out->path, &st) != 0 || (type_of(&st) & kind->expected) == 0) {
		cc_err_set(err, CC_E_UNAVAILABLE, "'%s' is not %s", out->path, kind->text);
		return cc_hint(err, "%s", kind->hint);
	}
	out->bundle.path = out->path;
	out->bundle.inside = kind->inside;
	if (!S_ISCHR(st.st_mode))
		return 0;
	out->bundle.is_device = true;
	out->bundle.major = major(st.st_rdev);
	out->bundle.minor = minor(st.st_rdev);
	return 0;
}

/* Bind mounts take absolute paths only. */
static int absolute(struct cc_span path, char **out, struct cc_err *err)
{
	CC_AUTO_FREE char *here = NULL;

	if (path.len > 0 && path.at[0] == '/')
		return cc_str_from(path, out, err);
	here = getcwd(NULL, 0);
	if (here == NULL)
		return cc_fail(err, CC_E_SYSTEM, "find the current directory");
	return cc_strf(out, err, "%s/%.*s", here, (int)path.len, (const char *)path.at);
}

/* The log that a word names, or else the machine's, if anybody may read it. */
static int find_log(const char *named, size_t len, struct cc_stage_source *out, struct cc_err *err)
{
	if (named == NULL && access(CC_PLATFORM_TPM_LOG, R_OK) == 0)
		return cc_str_dup(CC_PLATFORM_TPM_LOG, &out->log, err);
	if (named == NULL || len == 0)
		return 0;
	CC_TRY(absolute(cc_span(named, len), &out->log, err));
	if (access(out->log, R_OK) == 0)
		return 0;
	return cc_fail(err, CC_E_UNAVAILABLE, "event log '%s': %s", out->log,
		       strerrordesc_np(errno));
}

/* The words as they are, but a log is where it is inside. */
static int add_words(const char *words, struct cc_stage_source *out, struct cc_buf *address,
		     struct cc_err *err)
{
	const char *named = NULL, *end = NULL;
	size_t named_len = 0;

	for (const char *at = words; *at != '\0'; at = end) {
		end = strchrnul(at + 1, ',');
		if (cc_str_starts(at + 1, LOG_WORD)) {
			named = at + 1 + strlen(LOG_WORD);
			named_len = (size_t)(end - named);
			continue;
		}
		CC_TRY(cc_buf_add(address, cc_span(at, (size_t)(end - at)), err));
	}
	CC_TRY(find_log(named, named_len, out, err));
	if (out->log != NULL)
		return cc_buf_add_str(address, "," LOG_WORD CC_INSIDE_LOG, err);
	return named == NULL ? 0 : cc_buf_add_str(address, "," LOG_WORD, err);
}

int cc_stage_source_find(const char *address, struct cc_stage_source *out, struct cc_err *err)
{
	struct cc_platform_place place = { "", cc_span_str(address), "" };
	CC_AUTO_BUF struct cc_buf inside = { 0 };
	const struct kind *kind = NULL;

	/* Without a kind it is a path, which here may be relative. */
	if (strchr(address, ':') != NULL)
		CC_TRY(cc_platform_place(address, &place, err));
	kind = kind_of(place.prefix);
	if (kind == NULL)
		return cc_fail(err, CC_E_UNSUPPORTED, "no container is given a platform '%s'",
			       place.prefix);
	CC_TRY(absolute(place.path, &out->path, err));
	CC_TRY(look(kind, out, err));
	CC_TRY(cc_buf_addf(&inside, err, "%s%s", kind->prefix, kind->inside));
	if (cc_str_eq(kind->prefix, CC_PLATFORM_TPM_PREFIX))
		CC_TRY(add_words(place.words, out, &inside, err));
	else
		CC_TRY(cc_buf_add_str(&inside, place.words, err));
	CC_TRY(cc_buf_take_str(&inside, &out->address, err));
	out->bundle.log = out->log;
	return 0;
}

/*
 * One mount serves two kinds of one simulated platform; other things would hide each other.
 */
static int check_places(const struct cc_stage_source *a, const struct cc_stage_source *b,
			struct cc_err *err)
{
	if (cc_str_eq(a->address, b->address))
		return cc_fail(err, CC_E_ARG, "'%s' is given twice as a platform", a->path);
	if (!cc_str_eq(a->bundle.inside, b->bundle.inside) || cc_str_eq(a->path, b->path))
		return 0;
	return cc_fail(err, CC_E_UNSUPPORTED, "'%s' and '%s' would both be '%s' inside a container",
		       a->path, b->path, a->bundle.inside);
}

int cc_stage_sources_find(const struct cc_strings *addresses,
			  struct cc_stage_source out[static CC_STAGE_SOURCES_MAX], size_t *count,
			  struct cc_err *err)
{
	if (addresses->count == 0 || addresses->count > CC_STAGE_SOURCES_MAX)
		return cc_fail(err, CC_E_ARG, "a stage has one or two platforms, not %zu",
			       addresses->count);
	for (size_t i = 0; i < addresses->count; i++)
		CC_TRY(cc_stage_source_find(addresses->at[i], &out[i], err));
	if (addresses->count == CC_STAGE_SOURCES_MAX)
		CC_TRY(check_places(&out[0], &out[1], err));
	*count = addresses->count;
	return 0;
}

void cc_stage_source_clear(struct cc_stage_source *source)
{
	free(source->path);
	free(source->log);
	free(source->address);
	*source = (struct cc_stage_source){ 0 };
}
