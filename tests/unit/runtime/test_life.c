/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole lives of sealed containers: a root that the host made, a sealed image with one
 * program, a CAS in the same process. The runtime runs as the first process of a PID
 * namespace, and what it left is read back with the keys that the CAS gave.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/test.h"

#include "base/dir.h"
#include "codec/text.h"
#include "runtime/boot.h"
#include "runtime/run.h"
#include "sandbox/mount.h"
#include "sandbox/namespace.h"
#include "tests/unit/runtime/container.h"
#include "tests/unit/runtime/fake_cas.h"
#include "tests/unit/runtime/sealed.h"
#include "volume/walk.h"

struct box {
	struct fake_cas cas;
	struct cc_config config;
	struct cc_buf json;
	struct cc_link link;
	struct cc_digest pin;
	char key_hex[CC_HEX_DIGEST], ticket_hex[CC_HEX_DIGEST];
	int status;
	struct cc_err err;
};

static int link_open(void *ctx, const char *address, const struct cc_digest *pin,
		     struct cc_link *out, struct cc_err *err)
{
	struct box *box = ctx;

	(void)address;
	(void)pin;
	(void)err;
	*out = box->link;
	return 0;
}

static int source_open(void *ctx, const char *path, struct cc_evidence_source *out,
		       struct cc_err *err)
{
	(void)path;
	(void)err;
	*out = (struct cc_evidence_source){ ctx, "sgx", fake_quote };
	return 0;
}

static void source_close(void *ctx)
{
	(void)ctx;
}

static int cas_make(struct box *box, struct cc_err *err)
{
	const char *text = NULL;
	struct cc_digest ticket;

	box->link = (struct cc_link){ &box->cas, fake_cas_connect, fake_cas_request };
	memset(box->cas.ticket, 6, sizeof(box->cas.ticket));
	memset(ticket.b, 6, sizeof(ticket.b));
	CC_TRY(cc_key_generate(CC_KEY_ED25519, &box->cas.key, err));
	CC_TRY(cc_pubkey_hash(cc_key_public(box->cas.key), &box->pin, err));
	cc_hex_digest(&box->pin, box->key_hex);
	cc_hex_digest(&ticket, box->ticket_hex);
	CC_TRY(cc_config_print(&box->config, &box->json, err));
	CC_TRY(cc_buf_str(&box->json, &text, err));
	box->cas.configuration = text;
	return 0;
}

/* One life; what came of it is in the box. */
static void live(struct box *box)
{
	const struct cc_runtime_options options = { .cas = "unix:/none",
						    .cas_key = box->key_hex,
						    .policy = "p",
						    .service = "s",
						    .ticket = box->ticket_hex,
						    .platforms = { { "/none" }, 1 },
						    .volumes = "/run/concordat/volumes",
						    .patience = 2 };
	static char *const environment[] = { NULL }; /* ours was cleared */
	const struct cc_runtime_world world = { box, environment, link_open, source_open,
						source_close };

	box->status = -1;
	if (cas_make(box, &box->err) == 0)
		cc_ignore(cc_runtime_run(&options, &world, &box->status, &box->err));
	if (box->err.code != CC_OK)
		print_message("# %s; %s\n", box->err.text, box->err.hint);
}

static bool prepared(struct box *box, const char *const *command)
{
	if (container_root(&box->err) == 0 &&
	    sealed_make(BOX "/concordat/image", BOX "/concordat/measured", container_fill,
			&box->config.image, &box->err) == 0 &&
	    container_enter(&box->err) == 0 && cc_boot_clean(&box->err) == 0 &&
	    container_config(&box->config, command, &box->err) == 0)
		return true;
	print_message("# %s; %s\n", box->err.text, box->err.hint);
	return false;
}

static bool lived(struct box *box, const char *const *command)
{
	if (!prepared(box, command))
		return false;
	live(box);
	return true;
}

/* Runs `act` as the first process of a PID namespace; a failed check is its exit status. */
static void holds(bool (*act)(struct box *box))
{
	pid_t child = 0;
	int status = 0;

	if (geteuid() != 0 || access("/dev/fuse", R_OK | W_OK) != 0 || container_guest < 0) {
		print_message("# skipped: needs root, /dev/fuse and the test's static program\n");
		skip();
	}
	assert_int_equal(lseek(container_guest, 0, SEEK_SET), 0);
	child = fork();
	if (child == 0) {
		pid_t first = unshare(CLONE_NEWPID) == 0 ? fork() : -1;

		if (first == 0) {
			static struct box box;

			_exit(act(&box) ? 0 : 1);
		}
		_exit(waitpid(first, &status, 0) == first && status == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* The hexadecimal value of a member in the entry of `volume` in the last frame, a completion. */
static bool completed(const struct box *box, const char *volume, struct cc_volume_base *out)
{
	CC_AUTO_JSON struct cc_json *frame = NULL;
	const struct cc_json *list = NULL;
	const char *type = NULL, *name = NULL,
		   *text = box->cas.said[(box->cas.frame_count - 1) % 8];
	struct cc_err err = { 0 };

	if (cc_json_parse(cc_span_str(text), 65536, &frame, &err) != 0 ||
	    cc_json_get_str(frame, "type", &type, &err) != 0 || !cc_str_eq(type, "complete") ||
	    cc_json_get_array(frame, "volumes", &list, &err) != 0)
		return false;
	for (size_t i = 0; i < cc_json_count(list); i++)
		if (cc_json_get_str(cc_json_at(list, i), "volume", &name, &err) == 0 &&
		    cc_str_eq(name, volume))
			return cc_json_get_digest(cc_json_at(list, i), "tag", &out->tag, &err) ==
				       0 &&
			       cc_json_get_u64(cc_json_at(list, i), "number", 1000, &out->number,
					       &err) == 0;
	return false;
}

/* Whether a file of a completed volume has this text, read as its owner would. */
static bool volume_has(const struct box *box, const struct cc_config_volume *volume,
		       const char *path, const char *text)
{
	struct cc_volume_base base = { .epoch = volume->attempt.epoch, .key = volume->attempt.key };
	struct cc_volume_open how = { .base = &base };
	CC_AUTO_VOLUME struct cc_volume *opened = NULL;
	CC_AUTO_BUF struct cc_buf got = { 0 };
	struct cc_volume_dir *dir = NULL;
	struct cc_volume_store store;
	struct cc_err err = { 0 };
	char place[96];
	bool good = false;

	memcpy(how.id.b, volume->id, sizeof(how.id.b));
	memcpy(base.state.b, volume->attempt.state, sizeof(base.state.b));
	(void)snprintf(place, sizeof(place), "/run/concordat/volumes/%s", volume->name);
	good = completed(box, volume->name, &base) &&
	       cc_volume_dir_open(place, false, &dir, &store, &err) == 0 &&
	       cc_volume_open(&store, &how, &opened, &err) == 0 &&
	       cc_volume_read_file(opened, path, 1 << 20, &got, &err) == 0 &&
	       cc_span_eq_str(cc_buf_span(&got), text);
	if (!good)
		print_message("# %s of %s: %s\n", path, volume->name, err.text);
	cc_volume_free(CC_TAKE(opened));
	cc_volume_dir_free(dir);
	return good;
}

static bool said(const struct box *box, const char *text)
{
	const char *last = box->cas.frame_count == 0
				   ? "nothing"
				   : box->cas.said[(box->cas.frame_count - 1) % 8];

	if (strstr(last, text) != NULL)
		return true;
	print_message("# the last frame was %s\n", last);
	return false;
}

/* Not only at last: a failure that is told behind it would hide what was called complete. */
static bool ever_said(const struct box *box, const char *text)
{
	for (unsigned int i = 0; i < box->cas.frame_count && i < 8; i++)
		if (strstr(box->cas.said[i], text) != NULL)
			return true;
	return false;
}

static bool complete_life(struct box *box)
{
	static const char *const command[] = {
		"/guest",        "say",    "value " CANARY, "env",     "ONLY=this", "is",
		"/etc/injected", "given",  "write",         "/vol1/x", "15",        "sync",
		"/vol1/x",       "absent", "/concordat",    NULL
	};

	return lived(box, command) && box->status == 0 && box->err.code == CC_OK &&
	       volume_has(box, &box->config.volumes[0], "/x", "15") &&
	       volume_has(box, &box->config.log, "/stdout", "value " CANARY) &&
	       volume_has(box, &box->config.log, "/stderr", "err");
}

static unsigned int files_seen;

/* Stops at a file on the host's storage that has a name or a text of the inside. */
static int leak_find(const char *path, const struct stat *st, int type, struct FTW *place)
{
	static const char *const inside[] = { CANARY, "secret-name", "ONLY", "injected" };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_err err = { 0 };

	(void)st;
	(void)place;
	if (type != FTW_F)
		return strstr(path, CANARY) != NULL;
	files_seen++;
	if (cc_file_read(path, CC_BUF_MAX, &bytes, &err) != 0)
		return 1;
	for (size_t i = 0; i < CC_COUNT(inside); i++)
		if (strstr(path, inside[i]) != NULL ||
		    memmem(bytes.at, bytes.len, inside[i], strlen(inside[i])) != NULL) {
			print_message("# '%s' is in %s\n", inside[i], path);
			return 1;
		}
	return 0;
}

static bool nothing_leaks(struct box *box)
{
	static const char *const command[] = { "/guest",        "say",  CANARY, "write",
					       "/vol1/" CANARY, CANARY, NULL };

	return lived(box, command) && box->status == 0 &&
	       nftw("/run/concordat", leak_find, 8, FTW_PHYS) == 0 &&
	       nftw("/concordat/image", leak_find, 8, FTW_PHYS) == 0 && files_seen >= 3;
}

static bool exit_three(struct box *box)
{
	static const char *const command[] = {
		"/guest", "write", "/vol1/x", "15", "exit", "3", NULL
	};

	return lived(box, command) && box->status == 3 &&
	       said(box, "{\"exit\":3,\"reason\":\"the program failed\",\"type\":\"fail\"}");
}

static bool killed(struct box *box)
{
	static const char *const command[] = { "/guest", "raise", "9", NULL };

	return lived(box, command) && box->status == 128 + SIGKILL &&
	       said(box, "\"signal\":9,\"type\":\"fail\"");
}

static bool no_command(struct box *box)
{
	static const char *const command[] = { "absent", NULL };

	return lived(box, command) && box->err.code == CC_E_NOTFOUND &&
	       cc_str_starts(box->err.text, "program: ") && said(box, "\"type\":\"fail\"");
}

static bool walls(struct box *box)
{
	static const char *const command[] = {
		"/guest",         "refused", "/etc/x", "refused",   "/x",
		"refused",        "/dev/x",  "absent", "/dev/fuse", "absent",
		"/run/concordat", "write",   "/tmp/x", "y",         NULL
	};

	return lived(box, command) && box->status == 0;
}

static bool too_much_said(struct box *box)
{
	static const char *const command[] = { "/guest", "flood", "", NULL };

	return lived(box, command) && box->status == 0;
}

static bool cas_away_in_between(struct box *box)
{
	static const char *const command[] = { "/guest", "write", "/vol1/x", "15", NULL };

	if (!prepared(box, command))
		return false;
	box->cas.loses = 1;
	live(box);
	return box->status == 0 && box->err.code == CC_OK && box->cas.repeats == 1 &&
	       volume_has(box, &box->config.volumes[0], "/x", "15");
}

static bool cas_refuses_tag(struct box *box)
{
	static const char *const command[] = { "/guest", "write",   "/vol1/x", "15",
					       "sync",   "/vol1/x", NULL };

	if (!prepared(box, command))
		return false;
	box->config.volumes[0].commit.is_strict = true;
	box->cas.refuses = "{\"error\":{\"code\":\"stale\",\"text\":\"another writer\"}}";
	box->cas.refuses_first = true;
	live(box);
	/* fsync failed in the program and the volume for good: nothing may be called complete */
	return box->status != 0 && !ever_said(box, "\"type\":\"complete\"");
}

#define VOL1 "/run/concordat/volumes/vol1"

static unsigned int files_in(const char *path)
{
	DIR *list = opendir(path);
	unsigned int count = 0;

	if (list == NULL)
		return 0;
	for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list))
		count += entry->d_name[0] != '.';
	(void)closedir(list);
	return count;
}

/* The program finds what it wrote; the CAS hears nothing of it and the storage has nothing. */
static bool forgotten_life(struct box *box)
{
	static const char *const command[] = { "/guest",  "write", "/vol1/x", "15", "sync",
					       "/vol1/x", "is",    "/vol1/x", "15", NULL };

	if (!prepared(box, command))
		return false;
	box->config.volumes[0].commit.current = CC_CONFIG_NEVER;
	live(box);
	return box->status == 0 && said(box, "\"type\":\"complete\"") && !ever_said(box, "vol1") &&
	       files_in(VOL1) == 0;
}

/* What an attempt left that never completed. */
static bool leave_state(const char *name)
{
	struct cc_err err = { 0 };

	return (mkdir("/run/concordat/volumes", 0700) == 0 || errno == EEXIST) &&
	       (mkdir(VOL1, 0700) == 0 || errno == EEXIST) &&
	       cc_file_write(name, 0600, cc_span_str("left"), &err) == 0;
}

static int write_large(struct cc_volume *v, size_t len, struct cc_err *err)
{
	CC_AUTO_FREE uint8_t *bytes = calloc(1, len + 1);
	const struct cc_volume_attr like = { .mode = S_IFREG | 0644 };
	struct cc_volume_attr attr = { 0 };

	if (bytes == NULL)
		return cc_fail_sys(err, ENOMEM, "write a large file");
	memset(bytes, 'x', len);
	CC_TRY(cc_volume_create(v, CC_VOLUME_ROOT_INO, cc_span_str("large"), &like, &attr, err));
	return cc_volume_write(v, attr.ino, 0, cc_span(bytes, len), err);
}

static int write_commit(struct cc_volume *v, uint64_t ino, const char *text,
			struct cc_volume_commit *done, struct cc_err *err)
{
	CC_TRY(cc_volume_write(v, ino, 0, cc_span_str(text), err));
	return cc_volume_commit(v, done, err);
}

/* A writer that died: two commits, of which the CAS was told the first. The config goes on there.
 * Beside what differs there is a file of `large` bytes. */
static int died(struct cc_config_volume *config, size_t large, struct cc_err *err)
{
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	struct cc_volume_epoch epoch = { .epoch = 1 };
	struct cc_volume_open how = { .epoch = &epoch, .root_mode = 0755 };
	const struct cc_volume_attr like = { .mode = S_IFREG | 0644 };
	struct cc_volume_commit named = { 0 }, later = { 0 };
	struct cc_volume_attr attr = { 0 };
	struct cc_volume_dir *dir = NULL;
	struct cc_volume_store store;
	int done = 0;

	memcpy(how.id.b, config->id, sizeof(how.id.b));
	memset(epoch.state.b, 7, sizeof(epoch.state.b));
	CC_TRY(cc_secret_random(32, &config->base.key, err));
	epoch.key = config->base.key;
	CC_TRY(cc_volume_dir_open(VOL1, true, &dir, &store, err));
	if (cc_volume_open(&store, &how, &v, err) != 0 ||
	    cc_volume_create(v, CC_VOLUME_ROOT_INO, cc_span_str("x"), &like, &attr, err) != 0 ||
	    write_large(v, large, err) != 0 ||
	    write_commit(v, attr.ino, "told", &named, err) != 0 ||
	    write_commit(v, attr.ino, "made", &later, err) != 0)
		done = -1;
	cc_volume_free(CC_TAKE(v));
	cc_volume_dir_free(dir);
	memcpy(config->base.state, epoch.state.b, sizeof(config->base.state));
	config->base.epoch = 1;
	config->base.number = named.number;
	config->base.tag = named.tag;
	config->attempt.epoch = 2;
	return done;
}

static bool goes_on_from(struct box *box, const char *text, bool later)
{
	const char *const command[] = { "/guest", "is",      "/vol1/x", text,
					"write",  "/vol1/y", "15",      NULL };
	struct cc_config_volume *config = NULL;

	if (!prepared(box, command))
		return false;
	config = &box->config.volumes[0];
	config->commit.current = CC_CONFIG_COMMIT;
	config->base.ahead = later ? 16 : 0;
	if (died(config, 0, &box->err) != 0)
		return false;
	live(box);
	return box->status == 0 && volume_has(box, config, "/y", "15");
}

static bool goes_on_from_the_later(struct box *box)
{
	return goes_on_from(box, "made", true);
}

static bool goes_on_from_the_named(struct box *box)
{
	return goes_on_from(box, "told", false);
}

#define LEFT VOL1 "/0123456789abcdef0123456789abcdef.data"
#define NOTES VOL1 "/notes"

static bool tidied_life(struct box *box)
{
	static const char *const command[] = { "/guest", "write", "/vol1/x", "15", NULL };

	if (!prepared(box, command) || !leave_state(LEFT) || !leave_state(NOTES))
		return false;
	live(box);
	return box->status == 0 && volume_has(box, &box->config.volumes[0], "/x", "15") &&
	       access(LEFT, F_OK) != 0 && access(NOTES, F_OK) == 0;
}

static bool shared_life(struct box *box)
{
	static const char *const command[] = { "/guest", "write", "/vol1/x", "15", NULL };

	if (!prepared(box, command) || !leave_state(LEFT))
		return false;
	box->config.volumes[0].commit.is_alone = false;
	live(box);
	return box->status == 0 && access(LEFT, F_OK) == 0;
}

/* From the first frame on no answer comes through. */
static int gone_web(struct fake_cas *cas, const char *path, struct cc_span question,
		    struct cc_buf *answer, struct cc_err *err)
{
	(void)path;
	(void)question;
	(void)answer;
	if (cas->frame_count == 0)
		return 0;
	return cc_fail(err, CC_E_UNAVAILABLE, "the CAS is away");
}

static bool gone_at_fsync(struct box *box)
{
	static const char *const command[] = { "/guest", "write",   "/vol1/x", "15",
					       "sync",   "/vol1/x", NULL };

	if (!prepared(box, command))
		return false;
	box->config.volumes[0].commit.is_strict = true;
	box->cas.web = gone_web;
	live(box);
	return box->status != 0 && !ever_said(box, "\"type\":\"complete\"");
}

static bool gone_at_close(struct box *box)
{
	static const char *const command[] = { "/guest", "write", "/vol1/x", "15", NULL };

	if (!prepared(box, command))
		return false;
	box->cas.web = gone_web;
	live(box);
	return box->err.code == CC_E_UNAVAILABLE;
}

/* What a host may plant in a container's root: the programs that libfuse would run to mount. */
static bool plant_all(void)
{
	static const char *const programs[] = { "/bin/mount", "/bin/umount", "/bin/fusermount3",
						"/usr/bin/fusermount3", "/bin/sh" };
	CC_AUTO_BUF struct cc_buf guest = { 0 };
	struct cc_err err = { 0 };

	if (lseek(container_guest, 0, SEEK_SET) != 0 ||
	    cc_read_to_end(container_guest, CC_BUF_MAX, &guest, &err) != 0)
		return false;
	for (size_t i = 0; i < CC_COUNT(programs); i++)
		if (cc_file_write(programs[i], 0755, cc_buf_span(&guest), &err) != 0)
			return false;
	return cc_file_write("/etc/mtab", 0644, cc_span_str("x"), &err) == 0;
}

/* A planted program leaves its mark when it runs: without this the test below would prove nothing.
 */
static bool plant_works(void)
{
	char name[] = "/bin/mount";
	char *const argv[] = { name, NULL }, *const envp[] = { NULL };
	pid_t child = fork();
	int status = 1;

	if (child == 0) {
		(void)execve(name, argv, envp);
		_exit(1);
	}
	return waitpid(child, &status, 0) == child && status == 0 && unlink("/planted-ran") == 0;
}

static bool planted(struct box *box)
{
	static const char *const command[] = { "/guest", "write", "/vol1/x", "15", NULL };
	struct stat st;

	if (!prepared(box, command) || !plant_all() || !plant_works())
		return false;
	live(box);
	return box->status == 0 && stat("/planted-ran", &st) != 0;
}

#define NOBODY 65534

static int give_away(const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return lchown(path, NOBODY, NOBODY);
}

/* The container belongs to a user without capabilities, as a rootless container runtime starts it.
 */
static bool become_nobody(void)
{
	return nftw("/run/concordat", give_away, 8, FTW_PHYS) == 0 &&
	       nftw("/concordat", give_away, 8, FTW_PHYS) == 0 &&
	       setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0 &&
	       prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

static const char *const modest_command[] = {
	"/guest",  "is", "/etc/injected", "given",  "write", "/vol1/x", "15",
	"refused", "/x", "write",         "/tmp/x", "y",     NULL
};

static bool bare(struct box *box)
{
	if (!prepared(box, modest_command) || !become_nobody())
		return false;
	live(box);
	return box->status == 0 && volume_has(box, &box->config.volumes[0], "/x", "15");
}

static bool rootless(struct box *box)
{
	enum cc_launch_mode mode = CC_LAUNCH_NONE;

	/* in a user namespace of one user already, with all capabilities in it */
	if (!prepared(box, modest_command) || !become_nobody() ||
	    cc_launch_enter(&mode, &box->err) != 0 || mode != CC_LAUNCH_BARE)
		return false;
	live(box);
	return box->status == 0 && volume_has(box, &box->config.volumes[0], "/x", "15");
}

#define STAGED_MIB 64

/* A container whose host gives no FUSE, and everything in memory. */
static bool prepared_staged(struct box *box, const char *const *command)
{
	if (!prepared(box, command) || unlink("/dev/fuse") != 0)
		return false;
	box->config.image.staged = box->config.volumes[0].staged = STAGED_MIB;
	return true;
}

static const char *const staged_command[] = {
	"/guest", "is",      "/etc/injected", "given", "write",     "/vol1/x", "15",
	"sync",   "/vol1/x", "refused",       "/x",    "read-only", "/",       NULL
};

static bool staged_life(struct box *box)
{
	if (!prepared_staged(box, staged_command))
		return false;
	live(box);
	return box->status == 0 && volume_has(box, &box->config.volumes[0], "/x", "15");
}

static bool staged_bare(struct box *box)
{
	if (!prepared_staged(box, staged_command) || !become_nobody())
		return false;
	live(box);
	return box->status == 0 && volume_has(box, &box->config.volumes[0], "/x", "15");
}

/* fsync has not told the CAS, and the end of a program that failed does not either. */
static bool staged_failure(struct box *box)
{
	static const char *const command[] = { "/guest",  "write", "/vol1/x", "15", "sync",
					       "/vol1/x", "exit",  "3",       NULL };

	if (!prepared_staged(box, command))
		return false;
	box->config.volumes[0].commit.current = CC_CONFIG_COMMIT;
	live(box);
	return box->status == 3 && said(box, "\"type\":\"fail\"") && !ever_said(box, "vol1");
}

static bool staged_forgotten(struct box *box)
{
	static const char *const command[] = { "/guest", "write",   "/vol1/x", "15",
					       "is",     "/vol1/x", "15",      NULL };

	if (!prepared_staged(box, command))
		return false;
	box->config.volumes[0].commit.current = CC_CONFIG_NEVER;
	live(box);
	return box->status == 0 && said(box, "\"type\":\"complete\"") && !ever_said(box, "vol1") &&
	       files_in(VOL1) == 0;
}

#define LARGE ((size_t)3 << 20)

/* A state as a base; read, or gone on from. */
static bool staged_from(struct box *box, const char *const *command, bool written)
{
	struct cc_config_volume *config = NULL;

	if (!prepared_staged(box, command))
		return false;
	config = &box->config.volumes[0];
	if (died(config, LARGE, &box->err) != 0)
		return false;
	config->is_written = written;
	if (!written) {
		cc_secret_free(config->attempt.key);
		config->attempt.key = NULL;
	}
	return true;
}

static bool staged_input(struct box *box)
{
	static const char *const command[] = { "/guest",  "is",        "/vol1/x", "told", "refused",
					       "/vol1/y", "read-only", "/vol1",   NULL };

	if (!staged_from(box, command, false))
		return false;
	live(box);
	return box->status == 0 && said(box, "\"type\":\"complete\"");
}

static bool staged_changed(struct box *box)
{
	static const char *const command[] = { "/guest", "is",      "/vol1/x", "told",
					       "write",  "/vol1/y", "15",      NULL };

	if (!staged_from(box, command, true))
		return false;
	live(box);
	return box->status == 0 && volume_has(box, &box->config.volumes[0], "/x", "told") &&
	       volume_has(box, &box->config.volumes[0], "/y", "15");
}

static bool staged_too_large(struct box *box)
{
	static const char *const command[] = { "/guest", "write", "/tmp/x", "y", NULL };

	if (!staged_from(box, command, true))
		return false;
	box->config.volumes[0].staged = 3; /* and not a page for the names */
	live(box);
	return box->err.code == CC_E_TOOBIG && cc_str_starts(box->err.text, "volumes: ") &&
	       strstr(box->err.text, "needs 3162112 bytes") != NULL &&
	       strstr(box->err.text, "may have 3145728") != NULL && said(box, "\"type\":\"fail\"");
}

static bool lacks_fuse(struct box *box, bool image_is_staged)
{
	static const char *const command[] = { "/guest", "say", "x", NULL };

	if (!prepared_staged(box, command))
		return false;
	box->config.volumes[0].staged = 0;
	box->config.image.staged = image_is_staged ? STAGED_MIB : 0;
	live(box);
	return box->err.code == CC_E_UNSUPPORTED && strstr(box->err.hint, "'staged'") != NULL &&
	       strstr(box->err.text, image_is_staged ? "volume 'vol1'" : "the image") != NULL &&
	       said(box, "\"type\":\"fail\"");
}

static bool no_fuse_for_the_image(struct box *box)
{
	return lacks_fuse(box, false);
}

static bool no_fuse_for_a_volume(struct box *box)
{
	return lacks_fuse(box, true);
}

static bool swapped_image(struct box *box)
{
	static const char *const command[] = { "/guest", "say", "x", NULL };

	if (!prepared(box, command))
		return false;
	box->config.image.content.b[3] ^= 1;
	live(box);
	return box->err.code == CC_E_EVIDENCE && cc_str_starts(box->err.text, "image: ") &&
	       said(box, "\"type\":\"fail\"");
}

#define LIFE(name, act)                \
	static void name(void **state) \
	{                              \
		(void)state;           \
		holds(act);            \
	}

LIFE(a_run_that_exits_zero_is_complete_and_its_volumes_open, complete_life)
LIFE(names_and_texts_stay_inside, nothing_leaks)
LIFE(another_exit_status_is_a_failure_and_ours, exit_three)
LIFE(a_killed_program_is_a_failure_with_its_signal, killed)
LIFE(a_command_that_is_not_there_is_reported_to_the_cas, no_command)
LIFE(the_program_sees_its_image_and_nothing_else, walls)
LIFE(a_flood_of_output_neither_blocks_nor_fails, too_much_said)
LIFE(a_lost_acknowledgement_is_asked_for_again, cas_away_in_between)
LIFE(a_refused_state_is_never_completed, cas_refuses_tag)
LIFE(what_is_ephemeral_is_nowhere_afterwards, forgotten_life)
LIFE(files_that_no_state_needs_go, tidied_life)
LIFE(files_stay_while_others_have_the_volume, shared_life)
LIFE(after_a_crash_what_follows_within_the_window_is_opened, goes_on_from_the_later)
LIFE(without_a_window_exactly_the_named_state_is_opened, goes_on_from_the_named)
LIFE(a_cas_that_is_gone_at_fsync_fails_the_run, gone_at_fsync)
LIFE(a_cas_that_is_gone_at_close_fails_the_run, gone_at_close)
LIFE(programs_that_the_host_planted_do_not_run, planted)
LIFE(without_any_capability_it_works_too, bare)
LIFE(in_a_small_user_namespace_it_works_too, rootless)
LIFE(without_fuse_everything_may_be_in_memory, staged_life)
LIFE(in_memory_it_works_without_any_capability_too, staged_bare)
LIFE(what_is_staged_is_named_by_the_completion_alone, staged_failure)
LIFE(what_is_staged_and_ephemeral_is_nowhere_afterwards, staged_forgotten)
LIFE(a_staged_input_is_read_and_not_written, staged_input)
LIFE(what_is_staged_goes_on_from_its_state, staged_changed)
LIFE(what_does_not_fit_into_its_memory_does_not_start, staged_too_large)
LIFE(an_image_that_is_not_staged_needs_fuse, no_fuse_for_the_image)
LIFE(a_volume_that_is_not_staged_needs_fuse, no_fuse_for_a_volume)
LIFE(other_content_than_the_policy_names_does_not_start, swapped_image)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_that_exits_zero_is_complete_and_its_volumes_open),
		cmocka_unit_test(names_and_texts_stay_inside),
		cmocka_unit_test(another_exit_status_is_a_failure_and_ours),
		cmocka_unit_test(a_killed_program_is_a_failure_with_its_signal),
		cmocka_unit_test(a_command_that_is_not_there_is_reported_to_the_cas),
		cmocka_unit_test(the_program_sees_its_image_and_nothing_else),
		cmocka_unit_test(a_flood_of_output_neither_blocks_nor_fails),
		cmocka_unit_test(a_lost_acknowledgement_is_asked_for_again),
		cmocka_unit_test(a_refused_state_is_never_completed),
		cmocka_unit_test(what_is_ephemeral_is_nowhere_afterwards),
		cmocka_unit_test(files_that_no_state_needs_go),
		cmocka_unit_test(files_stay_while_others_have_the_volume),
		cmocka_unit_test(after_a_crash_what_follows_within_the_window_is_opened),
		cmocka_unit_test(without_a_window_exactly_the_named_state_is_opened),
		cmocka_unit_test(a_cas_that_is_gone_at_fsync_fails_the_run),
		cmocka_unit_test(a_cas_that_is_gone_at_close_fails_the_run),
		cmocka_unit_test(programs_that_the_host_planted_do_not_run),
		cmocka_unit_test(without_any_capability_it_works_too),
		cmocka_unit_test(in_a_small_user_namespace_it_works_too),
		cmocka_unit_test(without_fuse_everything_may_be_in_memory),
		cmocka_unit_test(in_memory_it_works_without_any_capability_too),
		cmocka_unit_test(what_is_staged_is_named_by_the_completion_alone),
		cmocka_unit_test(what_is_staged_and_ephemeral_is_nowhere_afterwards),
		cmocka_unit_test(a_staged_input_is_read_and_not_written),
		cmocka_unit_test(what_is_staged_goes_on_from_its_state),
		cmocka_unit_test(what_does_not_fit_into_its_memory_does_not_start),
		cmocka_unit_test(an_image_that_is_not_staged_needs_fuse),
		cmocka_unit_test(a_volume_that_is_not_staged_needs_fuse),
		cmocka_unit_test(other_content_than_the_policy_names_does_not_start),
	};

	if (argc > 1)
		container_guest = open(argv[1], O_RDONLY | O_CLOEXEC);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
