/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence by Linux, for SNP, TDX and CCA alike: configfs-tsm, Linux 6.7 and newer
 * (Documentation/ABI/testing/configfs-tsm-report; drivers/virt/coco/guest/report.c).
 *
 * A directory below `report` is one request: `inblob` is written, `outblob` read.
 * Every write counts `generation` up. A file of bytes takes effect when it is closed and
 * the kernel then forgets what went wrong, so that the counter is also the only sign
 * that a write was taken. What does not count as we do is thrown away.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "base/dir.h"
#include "base/str.h"
#include "evidence/quote.h"
#include "platform/source-internal.h"

#define ATTEMPTS 6
#define PAUSE_FIRST_MS 10U
#define TEXT_MAX ((size_t)64)

struct configfs {
	struct cc_dir report;
	const struct provider *provider;
};

/* The driver's name, and what its `outblob` is. */
struct provider {
	const char *driver;
	struct cc_source_name name;
	const char *module;
	bool has_certificates; /* in `auxblob`: they stand behind the report, as the host gave them
				*/
};

static const struct provider providers[] = {
	{ "sev_guest", { "snp", "SEV-SNP by configfs-tsm" }, "sev-guest", true },
	{ "tdx_guest", { "tdx", "TDX by configfs-tsm" }, "tdx-guest", false },
	{ "arm_cca_guest", { "cca", "Arm CCA by configfs-tsm" }, "arm-cca-guest", false },
};

/* What the kernel means by an error, and what is to be done. */
struct meaning {
	int sys;
	enum cc_code code;
	const char *hint;
};

static const struct meaning meanings[] = {
	{ ENOENT, CC_E_UNSUPPORTED,
	  "this takes Linux 6.7 with CONFIG_TSM_REPORTS and configfs, mounted at "
	  "/sys/kernel/config and given to the container" },
	{ ENXIO, CC_E_UNSUPPORTED,
	  "load the driver of this guest (sev-guest, tdx-guest or arm-cca-guest); without one "
	  "this is no confidential virtual machine" },
	{ ENOTTY, CC_E_UNSUPPORTED, "the driver of this guest has been unloaded: load it again" },
	{ EACCES, CC_E_DENIED, "run the runtime as root of the virtual machine" },
	{ EPERM, CC_E_DENIED, "run the runtime as root of the virtual machine" },
	{ EROFS, CC_E_DENIED, "give the container this directory for writing" },
	{ EINVAL, CC_E_UNSUPPORTED,
	  "the firmware does not take this request; 'dmesg' of the guest may say why" },
	{ EBUSY, CC_E_UNAVAILABLE, "others ask for evidence too, or it is rationed: try again" },
	{ EAGAIN, CC_E_UNAVAILABLE, "others ask for evidence too, or it is rationed: try again" },
	{ EINTR, CC_E_UNAVAILABLE, "try again" },
	{ ETIMEDOUT, CC_E_UNAVAILABLE, "the host's quoting service does not answer: start it" },
	{ EIO, CC_E_UNAVAILABLE,
	  "firmware or the host's quoting service failed: 'dmesg' of the guest may say why" },
};

static const struct meaning *meaning_of(int sys)
{
	for (size_t i = 0; i < CC_COUNT(meanings); i++)
		if (meanings[i].sys == sys)
			return &meanings[i];
	return NULL;
}

/* Of a failure that has happened, with errno in it: ours is what the kernel means by it. */
static int explain(struct cc_err *err, const char *what)
{
	const struct meaning *meaning = meaning_of(err->sys);

	cc_err_wrap(err, "configfs-tsm: %s", what);
	if (meaning == NULL)
		return -1;
	err->code = meaning->code;
	return cc_hint(err, "%s", meaning->hint);
}

/* One request. */
struct request {
	const struct cc_dir *report;
	char name[32];
	struct cc_dir dir;
};

static void request_end(struct request *request)
{
	cc_dir_close(&request->dir);
	if (request->name[0] != '\0')
		(void)unlinkat(request->report->fd, request->name, AT_REMOVEDIR);
}

#define AUTO_REQUEST CC_CLEANUP(request_end)

/* The name is nobody else's: two who share a request count its generation up for each other. */
static int request_begin(const struct cc_dir *report, struct request *out, struct cc_err *err)
{
	uint64_t own = 0;
	char name[sizeof(out->name)];

	*out = (struct request){ .report = report, .dir = CC_DIR_NONE };
	CC_TRY(cc_random((struct cc_mut){ (uint8_t *)&own, sizeof(own) }, err));
	(void)snprintf(name, sizeof(name), "concordat-%016llx", (unsigned long long)own);
	if (mkdirat(report->fd, name, 0700) != 0) {
		cc_err_set_sys(err, errno, "mkdir");
		return explain(err, "make a request");
	}
	memcpy(out->name, name, sizeof(name));
	if (cc_dir_sub(report, out->name, &out->dir, err) != 0)
		return explain(err, "open a request");
	return 0;
}

static int attribute_read(const struct request *request, const char *name, size_t max,
			  struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;

	if (cc_dir_openat(&request->dir, name, O_RDONLY, 0, &fd, err) != 0 ||
	    cc_read_to_end(fd, max, out, err) != 0)
		return explain(err, name);
	return 0;
}

/* In one write(2): the kernel takes a value as it comes. */
static int attribute_write(const struct request *request, const char *name, struct cc_span value,
			   struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;

	if (cc_dir_openat(&request->dir, name, O_WRONLY, 0, &fd, err) != 0 ||
	    cc_write_all(fd, value, err) != 0)
		return explain(err, name);
	if (close(CC_TAKE_FD(fd)) == 0)
		return 0;
	cc_err_set_sys(err, errno, "close");
	return explain(err, name);
}

static int attribute_text(const struct request *request, const char *name, struct cc_buf *out,
			  struct cc_err *err)
{
	CC_TRY(attribute_read(request, name, TEXT_MAX, out, err));
	if (out->len > 0 && out->at[out->len - 1] == '\n')
		out->len--;
	return 0;
}

static int attribute_number(const struct request *request, const char *name, uint64_t *out,
			    struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(attribute_text(request, name, &text, err));
	return cc_parse_u64(cc_buf_span(&text), UINT64_MAX, name, out, err);
}

static int provider_read(const struct request *request, const struct provider **out,
			 struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf driver = { 0 };

	CC_TRY(attribute_text(request, "provider", &driver, err));
	for (size_t i = 0; i < CC_COUNT(providers); i++) {
		if (!cc_span_eq(cc_buf_span(&driver), cc_span_str(providers[i].driver)))
			continue;
		*out = &providers[i];
		return 0;
	}
	cc_err_set(err, CC_E_UNSUPPORTED, "configfs-tsm: the provider '%.*s' is not known here",
		   (int)driver.len, driver.len > 0 ? (const char *)driver.at : "");
	return cc_hint(err, "known are sev_guest, tdx_guest and arm_cca_guest");
}

/*
 * What a guest below a service module (VMPL 1 to 3) may ask for at least; 0: nothing has to
 * be asked for. Providers without levels have no such file.
 */
static int floor_read(const struct request *request, uint64_t *out, struct cc_err *err)
{
	*out = 0;
	if (!cc_dir_has(&request->dir, "privlevel_floor"))
		return 0;
	return attribute_number(request, "privlevel_floor", out, err);
}

/* Everything that is written, and how often that counts. */
static int ask(const struct request *request, const struct cc_digest64 *report_data,
	       uint64_t *written, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf level = { 0 };
	uint64_t floor = 0;

	CC_TRY(floor_read(request, &floor, err));
	*written = floor > 0 ? 2 : 1;
	if (floor > 0) {
		CC_TRY(cc_buf_addf(&level, err, "%llu", (unsigned long long)floor));
		CC_TRY(attribute_write(request, "privlevel", cc_buf_span(&level), err));
	}
	return attribute_write(request, "inblob", CC_DIGEST_SPAN(*report_data), err);
}

static int answer(const struct request *request, const struct provider *provider,
		  struct cc_buf *out, struct cc_err *err)
{
	size_t start = out->len;

	CC_TRY(attribute_read(request, "outblob", CC_EVIDENCE_MAX, out, err));
	/* Has been seen with success behind it. */
	if (out->len == start)
		return cc_fail(err, CC_E_UNAVAILABLE, "configfs-tsm: outblob is empty");
	if (!provider->has_certificates || !cc_dir_has(&request->dir, "auxblob"))
		return 0;
	return attribute_read(request, "auxblob", CC_EVIDENCE_MAX - (out->len - start), out, err);
}

/* Whether all that we wrote was taken, and nothing that somebody else did. */
static int check_generation(const struct request *request, uint64_t expected, struct cc_err *err)
{
	uint64_t generation = 0;

	CC_TRY(attribute_number(request, "generation", &generation, err));
	if (generation == expected)
		return 0;
	cc_err_set(err, CC_E_UNAVAILABLE,
		   "configfs-tsm: the request is of generation %llu, by what we wrote of %llu",
		   (unsigned long long)generation, (unsigned long long)expected);
	return cc_hint(err, "somebody else in this virtual machine uses our request: stop it");
}

static int attempt(const struct configfs *configfs, const struct cc_digest64 *report_data,
		   struct cc_buf *out, struct cc_err *err)
{
	AUTO_REQUEST struct request request = { .dir = CC_DIR_NONE };
	const struct provider *provider = NULL;
	uint64_t generation = 0, written = 0;

	CC_TRY(request_begin(&configfs->report, &request, err));
	CC_TRY(provider_read(&request, &provider, err));
	if (provider != configfs->provider)
		return cc_fail(err, CC_E_DENIED, "configfs-tsm: the provider has become '%s'",
			       provider->driver);
	CC_TRY(attribute_number(&request, "generation", &generation, err));
	CC_TRY(ask(&request, report_data, &written, err));
	CC_TRY(check_generation(&request, generation + written, err));
	CC_TRY(answer(&request, provider, out, err));
	return check_generation(&request, generation + written, err);
}

static void pause_ms(unsigned int ms)
{
	const struct timespec span = { .tv_sec = ms / 1000,
				       .tv_nsec = (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&span, NULL);
}

/* A new request each time: what others did to the last one stays behind with it. */
static int configfs_quote(void *state, const struct cc_digest64 *report_data, struct cc_buf *out,
			  struct cc_err *err)
{
	size_t start = out->len;

	for (unsigned int i = 0; attempt(state, report_data, out, err) != 0; i++) {
		out->len = start;
		if (err->code != CC_E_UNAVAILABLE || i + 1 == ATTEMPTS)
			return -1;
		pause_ms(PAUSE_FIRST_MS << i);
		*err = (struct cc_err){ 0 };
	}
	return 0;
}

static void configfs_close(void *state)
{
	struct configfs *configfs = state;

	cc_dir_close(&configfs->report);
	free(configfs);
}

static void configfs_auto(struct configfs **configfs)
{
	if (*configfs != NULL)
		configfs_close(*configfs);
}

static int configfs_open(const char *where, void **state, struct cc_source_name *name,
			 struct cc_err *err)
{
	CC_CLEANUP(configfs_auto) struct configfs *configfs = calloc(1, sizeof(*configfs));
	AUTO_REQUEST struct request request = { .dir = CC_DIR_NONE };

	if (configfs == NULL)
		return cc_fail_sys(err, ENOMEM, "open the platform");
	configfs->report = CC_DIR_NONE;
	if (cc_dir_open(where, CC_DIR_OWN, &configfs->report, err) != 0)
		return explain(err, "open");
	CC_TRY(request_begin(&configfs->report, &request, err));
	CC_TRY(provider_read(&request, &configfs->provider, err));
	*name = configfs->provider->name;
	*state = CC_TAKE(configfs);
	return 0;
}

const struct cc_source cc_source_configfs = {
	.prefix = "configfs:",
	.place = "/sys/kernel/config/tsm/report",
	.open = configfs_open,
	.close = configfs_close,
	.quote = configfs_quote,
};
