/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/runtime/container.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/dir.h"
#include "base/str.h"
#include "sandbox/mount.h"
#include "tests/unit/runtime/sealed.h"

#define ARGUMENTS_MAX 64

int container_guest = -1;

int container_fill(struct cc_volume *volume, struct cc_err *err)
{
	static const char *const dirs[] = { "proc", "dev", "tmp", "vol1", "vol2", "etc" };
	CC_AUTO_BUF struct cc_buf program = { 0 };

	for (size_t i = 0; i < CC_COUNT(dirs); i++)
		CC_TRY(sealed_file(volume, dirs[i], S_IFDIR | 0755, cc_span(NULL, 0), err));
	CC_TRY(cc_read_to_end(container_guest, CC_BUF_MAX, &program, err));
	CC_TRY(sealed_file(volume, "secret-name", S_IFREG | 0600, cc_span_str(CANARY), err));
	return sealed_file(volume, "guest", S_IFREG | 0755, cc_buf_span(&program), err);
}

/* As a container's /dev is, with FUSE for everyone; nodes need a file system of our own. */
static int devices_make(struct cc_err *err)
{
	static const struct {
		const char *path;
		unsigned int major_no, minor_no;
	} nodes[] = {
		{ BOX "/dev/null", 1, 3 },    { BOX "/dev/zero", 1, 5 },
		{ BOX "/dev/full", 1, 7 },    { BOX "/dev/random", 1, 8 },
		{ BOX "/dev/urandom", 1, 9 }, { BOX "/dev/fuse", 10, 229 },
	};

	(void)umask(0);
	for (size_t i = 0; i < CC_COUNT(nodes); i++)
		if (mknod(nodes[i].path, S_IFCHR | 0666,
			  makedev(nodes[i].major_no, nodes[i].minor_no)) != 0)
			return cc_fail_sys(err, errno, "make '%s'", nodes[i].path);
	(void)umask(022);
	return 0;
}

int container_root(struct cc_err *err)
{
	static const char *const dirs[] = {
		BOX "/dev",
		BOX "/proc",
		BOX "/run",
		BOX "/run/concordat",
		BOX "/run/concordat/volumes",
		BOX "/concordat",
		BOX "/concordat/root",
		BOX "/concordat/image",
		BOX "/tmp",
		BOX "/bin",
		BOX "/etc",
		BOX "/usr",
		BOX "/usr/bin",
	};

	if (unshare(CLONE_NEWNS) != 0)
		return cc_fail_sys(err, errno, "make a container");
	CC_TRY(cc_mount_private(err));
	if (mount("box", BOX, "tmpfs", 0, NULL) != 0)
		return cc_fail_sys(err, errno, "make a container's root");
	for (size_t i = 0; i < CC_COUNT(dirs); i++)
		if (mkdir(dirs[i], 0755) != 0)
			return cc_fail_sys(err, errno, "make '%s'", dirs[i]);
	if (mount("proc", BOX "/proc", "proc", 0, NULL) != 0)
		return cc_fail_sys(err, errno, "mount a container's /proc");
	return devices_make(err);
}

int container_enter(struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir root = CC_DIR_NONE;

	CC_TRY(cc_dir_open(BOX, CC_DIR_ROOT, &root, err));
	return cc_mount_pivot(&root, err);
}

/* A volume that this attempt writes, from nothing. */
static int volume_new(struct cc_config_volume *volume, const char *name, const char *path,
		      struct cc_err *err)
{
	volume->is_written = true;
	CC_TRY(cc_str_dup(name, &volume->name, err));
	if (path != NULL)
		CC_TRY(cc_str_dup(path, &volume->path, err));
	CC_TRY(cc_random(CC_MUT(volume->id), err));
	CC_TRY(cc_random(CC_MUT(volume->attempt.state), err));
	volume->attempt.epoch = volume->attempt.lease = 1;
	volume->commit = (struct cc_config_commit){ .current = CC_CONFIG_COMPLETION,
						    .commits = 16,
						    .bytes = 1 << 20,
						    .seconds = 10,
						    .is_alone = true };
	return cc_secret_random(32, &volume->attempt.key, err);
}

int container_config(struct cc_config *config, const char *const *command, struct cc_err *err)
{
	struct cc_config_file *file = calloc(1, sizeof(*file));

	config->volumes = calloc(4, sizeof(*config->volumes));
	config->command = calloc(ARGUMENTS_MAX, sizeof(*config->command));
	config->environment = calloc(1, sizeof(*config->environment));
	config->injected = file;
	if (file == NULL || config->volumes == NULL || config->command == NULL ||
	    config->environment == NULL)
		return cc_fail_sys(err, ENOMEM, "make a configuration");
	for (; command[config->command_count] != NULL; config->command_count++)
		CC_TRY(cc_str_dup(command[config->command_count],
				  &config->command[config->command_count], err));
	config->environment_count = config->injected_count = config->volume_count = 1;
	CC_TRY(cc_str_dup("ONLY", &config->environment[0].name, err));
	CC_TRY(cc_str_dup("this", &config->environment[0].value, err));
	CC_TRY(cc_str_dup("/etc/injected", &file->path, err));
	CC_TRY(cc_buf_add_str(&file->content, "given", err));
	file->mode = 0400;
	CC_TRY(cc_str_dup("simulated", &config->class, err));
	CC_TRY(cc_str_dup("p", &config->policy, err));
	CC_TRY(cc_str_dup("s", &config->service, err));
	CC_TRY(cc_str_dup("s1", &config->stage, err));
	CC_TRY(cc_str_dup("/", &config->pwd, err));
	CC_TRY(volume_new(&config->log, "log", NULL, err));
	return volume_new(&config->volumes[0], "vol1", "/vol1", err);
}
