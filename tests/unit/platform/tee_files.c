/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for the files by which Linux and Gramine give evidence: mounted by FUSE,
 * behaving as drivers/virt/coco/guest/report.c, fs/configfs/file.c and Gramine's
 * /dev/attestation do, with evidence of a simulated machine.
 *
 *   tee_files KIND MOUNT [MEASUREMENT [FLOOR [DIR]]]     KIND: snp, tdx; DIR: with its keys
 *
 *   MOUNT/report/…         configfs-tsm
 *   MOUNT/attestation/…    Gramine
 *   MOUNT/fault            "NAME ERRNO COUNT": the next COUNT times that NAME comes up, it fails
 *
 * NAME is a file, `mkdir`, or one of what comes up in the code below: bump, lost, empty, stale.
 */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"
#include "crypto/init.h"
#include "tests/unit/platform/machine.h"

#define REQUESTS_MAX 8
#define FAULTS_MAX 8
#define INBLOB_MAX 64
#define NAME_LEN 64
#define LEVEL_MAX 3
#define STOPPED 8 /* fuse_main: the loop ended, by a signal at the latest */

struct fault {
	char name[NAME_LEN];
	int sys;
	unsigned int count;
};

/* One directory below report/, as struct tsm_report_state. */
struct request {
	char name[NAME_LEN];
	bool used;
	uint8_t inblob[INBLOB_MAX];
	size_t inblob_len;
	unsigned int level;
	unsigned long written, read;
	struct cc_buf outblob, auxblob;
};

/* An open file: what was written and not yet taken, or what is read. */
struct handle {
	struct cc_buf bytes;
	bool is_filled, is_written;
};

static struct files {
	struct machine machine;
	unsigned int floor;
	struct request requests[REQUESTS_MAX];
	struct fault faults[FAULTS_MAX];
	uint8_t user_report_data[INBLOB_MAX];
} files;

/* Whether a fault of this name was ordered; it is used up by one. */
static bool comes_up(const char *name, int *sys)
{
	for (size_t i = 0; i < FAULTS_MAX; i++) {
		struct fault *fault = &files.faults[i];

		if (fault->count == 0 || !cc_str_eq(fault->name, name))
			continue;
		fault->count--;
		*sys = fault->sys;
		return true;
	}
	return false;
}

static int fault_order(struct cc_span text)
{
	char line[NAME_LEN * 2] = { 0 };
	struct fault fault = { 0 };

	memcpy(line, text.at, text.len < sizeof(line) - 1 ? text.len : sizeof(line) - 1);
	/* NOLINTNEXTLINE(cert-err34-c): tests write it */
	if (sscanf(line, "%63s %d %u", fault.name, &fault.sys, &fault.count) != 3)
		return -EINVAL;
	for (size_t i = 0; i < FAULTS_MAX; i++) {
		if (files.faults[i].count > 0)
			continue;
		files.faults[i] = fault;
		return 0;
	}
	return -ENOSPC;
}

/* try_advance_write_generation: writers that never read are stopped before the counters meet. */
static int advance(struct request *request)
{
	if (request->written == request->read - 1)
		return -EBUSY;
	request->written++;
	return 0;
}

static int inblob_write(struct request *request, struct cc_span value)
{
	int sys = 0;

	if (comes_up("lost", &sys))
		return 0;
	if (value.len > INBLOB_MAX)
		return -EINVAL;
	if (advance(request) != 0)
		return -EBUSY;
	memcpy(request->inblob, value.at, value.len);
	request->inblob_len = value.len;
	return 0;
}

static int level_write(struct request *request, struct cc_span value)
{
	struct cc_err err = { 0 };
	uint64_t level = 0;

	if (value.len > 0 && value.at[value.len - 1] == '\n')
		value.len--;
	if (cc_parse_u64(value, LEVEL_MAX, "privlevel", &level, &err) != 0 || level < files.floor)
		return -EINVAL;
	if (advance(request) != 0)
		return -EBUSY;
	request->level = (unsigned int)level;
	return 0;
}

/* tsm_report_read: a report is made again when something was written since. */
static int report_make(struct request *request)
{
	struct cc_digest64 data = { 0 };
	struct cc_err err = { 0 };
	int sys = 0;

	if (request->inblob_len == 0)
		return -EINVAL;
	/* The firmware refuses who asks for a level above its own. */
	if (request->level < files.floor)
		return -EINVAL;
	if (request->outblob.len > 0 && request->read == request->written)
		return 0;
	memcpy(data.b, request->inblob, request->inblob_len);
	cc_buf_reset(&request->outblob);
	cc_buf_reset(&request->auxblob);
	if (machine_evidence(&files.machine, &data, request->level, &request->outblob,
			     &request->auxblob, &err) != 0)
		return -EIO;
	request->read = request->written;
	/* Somebody else writes to this request, after it was answered. */
	if (comes_up("bump", &sys))
		request->written++;
	return 0;
}

static int provider_read(struct request *request, struct cc_buf *out)
{
	struct cc_err err = { 0 };

	(void)request;
	return cc_buf_addf(out, &err, "%s\n", files.machine.driver);
}

static int generation_read(struct request *request, struct cc_buf *out)
{
	struct cc_err err = { 0 };

	return cc_buf_addf(out, &err, "%lu\n", request->written);
}

static int floor_read(struct request *request, struct cc_buf *out)
{
	struct cc_err err = { 0 };

	(void)request;
	return cc_buf_addf(out, &err, "%u\n", files.floor);
}

static int blob_read(struct request *request, const struct cc_buf *blob, struct cc_buf *out)
{
	struct cc_err err = { 0 };
	int done = report_make(request), sys = 0;

	if (done != 0 || comes_up("empty", &sys))
		return done;
	return cc_buf_add(out, cc_buf_span(blob), &err);
}

static int outblob_read(struct request *request, struct cc_buf *out)
{
	return blob_read(request, &request->outblob, out);
}

static int auxblob_read(struct request *request, struct cc_buf *out)
{
	return blob_read(request, &request->auxblob, out);
}

/* Gramine's files belong to the process and not to a request. */
static int type_read(struct request *request, struct cc_buf *out)
{
	struct cc_err err = { 0 };
	int sys = 0;

	(void)request;
	return cc_buf_add_str(out, comes_up("none", &sys) ? "none" : "dcap", &err);
}

static int data_write(struct request *request, struct cc_span value)
{
	int sys = 0;

	(void)request;
	if (value.len > sizeof(files.user_report_data))
		return -EINVAL;
	if (!comes_up("stale", &sys))
		memcpy(files.user_report_data, value.at, value.len);
	return 0;
}

static int quote_read(struct request *request, struct cc_buf *out)
{
	struct cc_digest64 data = { 0 };
	struct cc_err err = { 0 };

	(void)request;
	memcpy(data.b, files.user_report_data, sizeof(data.b));
	return machine_sgx_quote(&files.machine, &data, out, &err) == 0 ? 0 : -EIO;
}

static int fault_write(struct request *request, struct cc_span value)
{
	(void)request;
	return fault_order(value);
}

struct attribute {
	const char *name;
	int (*read)(struct request *request, struct cc_buf *out);
	int (*write)(struct request *request, struct cc_span value);
	bool at_close; /* a file of bytes: taken when it is closed, and its error is lost */
	bool snp_only;
};

static const struct attribute of_request[] = {
	{ "provider", provider_read, NULL, false, false },
	{ "generation", generation_read, NULL, false, false },
	{ "inblob", NULL, inblob_write, true, false },
	{ "outblob", outblob_read, NULL, false, false },
	{ "auxblob", auxblob_read, NULL, false, true },
	{ "privlevel", NULL, level_write, false, true },
	{ "privlevel_floor", floor_read, NULL, false, true },
};

static const struct attribute of_gramine[] = {
	{ "attestation_type", type_read, NULL, false, false },
	{ "user_report_data", NULL, data_write, false, false },
	{ "quote", quote_read, NULL, false, false },
};

static const struct attribute of_test = { "fault", NULL, fault_write, false, false };

/* What a path leads to; a file has an attribute. */
struct place {
	bool is_root, is_report, is_gramine;
	struct request *request;
	const struct attribute *attribute;
};

static struct request *request_named(const char *name, size_t len)
{
	for (size_t i = 0; i < REQUESTS_MAX; i++)
		if (files.requests[i].used && strlen(files.requests[i].name) == len &&
		    strncmp(files.requests[i].name, name, len) == 0)
			return &files.requests[i];
	return NULL;
}

static bool is_there(const struct attribute *attribute)
{
	return !attribute->snp_only || files.machine.is_snp;
}

static const struct attribute *named(const struct attribute *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (cc_str_eq(list[i].name, name) && is_there(&list[i]))
			return &list[i];
	return NULL;
}

static int below_report(const char *rest, struct place *out)
{
	const char *slash = strchr(rest, '/');
	size_t len = slash != NULL ? (size_t)(slash - rest) : strlen(rest);

	out->request = request_named(rest, len);
	if (out->request == NULL)
		return -ENOENT;
	if (slash == NULL)
		return 0;
	out->attribute = named(of_request, CC_COUNT(of_request), slash + 1);
	return out->attribute != NULL ? 0 : -ENOENT;
}

static int find(const char *path, struct place *out)
{
	*out = (struct place){ .is_root = cc_str_eq(path, "/"),
			       .is_report = cc_str_eq(path, "/report"),
			       .is_gramine = cc_str_eq(path, "/attestation") };
	if (out->is_root || out->is_report || out->is_gramine)
		return 0;
	if (cc_str_starts(path, "/report/"))
		return below_report(path + strlen("/report/"), out);
	if (cc_str_starts(path, "/attestation/"))
		out->attribute =
			named(of_gramine, CC_COUNT(of_gramine), path + strlen("/attestation/"));
	else if (cc_str_eq(path, "/fault"))
		out->attribute = &of_test;
	return out->attribute != NULL ? 0 : -ENOENT;
}

static int do_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	struct place place;
	int done = find(path, &place);

	(void)fi;
	if (done != 0)
		return done;
	*st = (struct stat){ .st_mode = S_IFDIR | 0755, .st_nlink = 1 };
	if (place.attribute != NULL)
		st->st_mode = S_IFREG | (place.attribute->read != NULL ? 0400 : 0) |
			      (place.attribute->write != NULL ? 0200 : 0);
	return 0;
}

static int do_mkdir(const char *path, mode_t mode)
{
	int sys = 0;

	(void)mode;
	if (!cc_str_starts(path, "/report/") || strlen(path) >= NAME_LEN)
		return -EPERM;
	if (comes_up("mkdir", &sys))
		return -sys;
	for (size_t i = 0; i < REQUESTS_MAX; i++) {
		struct request *request = &files.requests[i];

		if (request->used)
			continue;
		*request = (struct request){ .used = true };
		(void)snprintf(request->name, sizeof(request->name), "%s",
			       path + strlen("/report/"));
		return 0;
	}
	return -ENOMEM;
}

static int do_rmdir(const char *path)
{
	struct place place;

	if (find(path, &place) != 0 || place.request == NULL || place.attribute != NULL)
		return -ENOENT;
	cc_buf_clear(&place.request->outblob);
	cc_buf_clear(&place.request->auxblob);
	place.request->used = false;
	return 0;
}

static void list(void *buffer, fuse_fill_dir_t fill, const struct attribute *of, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_there(&of[i]))
			(void)fill(buffer, of[i].name, NULL, 0, 0);
}

static int do_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t at,
		      struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	struct place place;

	(void)at, (void)fi, (void)flags;
	if (find(path, &place) != 0)
		return -ENOENT;
	if (place.request != NULL)
		list(buffer, fill, of_request, CC_COUNT(of_request));
	if (place.is_gramine)
		list(buffer, fill, of_gramine, CC_COUNT(of_gramine));
	for (size_t i = 0; place.is_report && i < REQUESTS_MAX; i++)
		if (files.requests[i].used)
			(void)fill(buffer, files.requests[i].name, NULL, 0, 0);
	return 0;
}

static const struct attribute *file_at(const char *path, struct place *out)
{
	return find(path, out) == 0 ? out->attribute : NULL;
}

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

static int do_open(const char *path, struct fuse_file_info *fi)
{
	struct handle *handle = NULL;
	struct place place;
	const struct attribute *attribute = file_at(path, &place);
	int sys = 0;

	if (attribute == NULL)
		return -ENOENT;
	if (comes_up(attribute->name, &sys))
		return -sys;
	handle = calloc(1, sizeof(*handle));
	if (handle == NULL)
		return -ENOMEM;
	fi->fh = (uint64_t)(uintptr_t)handle;
	fi->direct_io = 1;
	return 0;
}

static int do_read(const char *path, char *to, size_t size, off_t at, struct fuse_file_info *fi)
{
	struct handle *handle = handle_of(fi);
	struct cc_span part = { 0 };
	struct place place;
	const struct attribute *attribute = file_at(path, &place);
	int done = 0;

	if (attribute == NULL || attribute->read == NULL)
		return -EBADF;
	if (!handle->is_filled)
		done = attribute->read(place.request, &handle->bytes);
	if (done != 0)
		return done < -1 ? done : -EIO;
	handle->is_filled = true;
	if ((size_t)at >= handle->bytes.len)
		return 0;
	part = cc_span_sub(cc_buf_span(&handle->bytes), (size_t)at, size);
	if (part.len > 0)
		memcpy(to, part.at, part.len);
	return (int)part.len;
}

static int do_write(const char *path, const char *from, size_t size, off_t at,
		    struct fuse_file_info *fi)
{
	struct handle *handle = handle_of(fi);
	struct cc_err err = { 0 };
	struct place place;
	const struct attribute *attribute = file_at(path, &place);
	int done = 0;

	if (attribute == NULL || attribute->write == NULL)
		return -EBADF;
	if (attribute->at_close) {
		if ((size_t)at != handle->bytes.len || handle->bytes.len + size > INBLOB_MAX)
			return -EFBIG;
		handle->is_written = true;
		return cc_buf_add(&handle->bytes, cc_span(from, size), &err) == 0 ? (int)size
										  : -ENOMEM;
	}
	done = attribute->write(place.request, cc_span(from, size));
	return done != 0 ? done : (int)size;
}

/* close(2) waits for this one, as configfs_release_bin_file does; and drops the error, as it does.
 */
static int do_flush(const char *path, struct fuse_file_info *fi)
{
	struct handle *handle = handle_of(fi);
	struct place place;
	const struct attribute *attribute = file_at(path, &place);

	if (handle->is_written && attribute != NULL)
		(void)attribute->write(place.request, cc_buf_span(&handle->bytes));
	handle->is_written = false;
	return 0;
}

static int do_release(const char *path, struct fuse_file_info *fi)
{
	struct handle *handle = handle_of(fi);

	(void)path;
	cc_buf_clear(&handle->bytes);
	free(handle);
	return 0;
}

static void *do_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
	(void)connection;
	config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
	(void)printf("ready: files of %s (SIMULATION)\n", files.machine.driver);
	(void)fflush(stdout);
	return NULL;
}

static const struct fuse_operations operations = {
	.getattr = do_getattr,
	.mkdir = do_mkdir,
	.rmdir = do_rmdir,
	.readdir = do_readdir,
	.open = do_open,
	.read = do_read,
	.write = do_write,
	.flush = do_flush,
	.release = do_release,
	.init = do_init,
};

static int prepare(int argc, char **argv, struct cc_err *err)
{
	if (argc < 3)
		return cc_fail(err, CC_E_ARG, "tee_files KIND MOUNT [MEASUREMENT [FLOOR [DIR]]]");
	CC_TRY(cc_crypto_init(err));
	CC_TRY(machine_make(argv[1], argc > 5 ? argv[5] : NULL, &files.machine, err));
	if (argc > 3)
		CC_TRY(cc_hex_parse_fixed(cc_span_str(argv[3]), "measurement",
					  CC_MUT(files.machine.measurement.b), err));
	if (argc > 4)
		files.floor = (unsigned int)(argv[4][0] - '0');
	return 0;
}

int main(int argc, char **argv)
{
	char *words[] = { argv[0], argc > 2 ? argv[2] : argv[0], (char[]){ "-f" }, (char[]){ "-s" },
			  (char[]){ "-oallow_other" } };
	struct cc_err err = { 0 };
	int status = 0;

	if (prepare(argc, argv, &err) != 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	status = fuse_main((int)CC_COUNT(words), words, &operations, NULL);
	machine_clear(&files.machine);
	/* libfuse keeps what was still open, which is no leak that a sanitizer should count */
	_exit(status == STOPPED ? 0 : status);
}
