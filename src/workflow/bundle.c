/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/bundle.h"

#include "base/str.h"
#include "codec/json.h"

#define FUSE_MAJOR 10
#define FUSE_MINOR 229

/* Mounts and namespaces, the bounding set, lo, low ports, the program's identity. */
static const char *const capabilities[] = {
	"CAP_SYS_ADMIN",
	"CAP_SETPCAP",
	"CAP_NET_ADMIN",
	"CAP_NET_BIND_SERVICE",
	"CAP_SETUID",
	"CAP_SETGID",
	"CAP_CHOWN",
	"CAP_KILL",
	/* for what is staged: files of others get their modes, and are read back */
	"CAP_DAC_OVERRIDE",
	"CAP_FOWNER",
	"CAP_FSETID",
};
static const char *const capability_sets[] = { "bounding", "effective", "permitted" };
static const char *const namespaces[] = { "pid", "network", "ipc", "uts", "mount" };

static int add_words(struct cc_json *object, const char *name, const char *const *words,
		     size_t count, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < count; i++)
		CC_TRY(cc_json_add_str(list, words[i], err));
	return cc_json_set(object, name, CC_TAKE(list), err);
}

static int add_process(struct cc_json *config, const struct cc_bundle *bundle, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *process = NULL, *user = NULL, *caps = NULL;

	CC_TRY(cc_json_object(&process, err));
	CC_TRY(cc_json_object(&user, err));
	CC_TRY(cc_json_object(&caps, err));
	CC_TRY(cc_json_set_bool(process, "terminal", false, err));
	CC_TRY(cc_json_set_u64(user, "uid", 0, err));
	CC_TRY(cc_json_set_u64(user, "gid", 0, err));
	CC_TRY(cc_json_set(process, "user", CC_TAKE(user), err));
	CC_TRY(add_words(process, "args", bundle->args, bundle->arg_count, err));
	CC_TRY(add_words(process, "env", bundle->env, bundle->env_count, err));
	CC_TRY(cc_json_set_str(process, "cwd", "/", err));
	for (size_t i = 0; i < CC_COUNT(capability_sets); i++)
		CC_TRY(add_words(caps, capability_sets[i], capabilities, CC_COUNT(capabilities),
				 err));
	CC_TRY(cc_json_set(process, "capabilities", CC_TAKE(caps), err));
	CC_TRY(cc_json_set_bool(process, "noNewPrivileges", true, err));
	return cc_json_set(config, "process", CC_TAKE(process), err);
}

struct mount {
	const char *at, *type, *source;
	const char *options[6];
};

static int add_mount(struct cc_json *list, const struct mount *mount, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;
	size_t count = 0;

	while (count < CC_COUNT(mount->options) && mount->options[count] != NULL)
		count++;
	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_str(one, "destination", mount->at, err));
	CC_TRY(cc_json_set_str(one, "type", mount->type, err));
	CC_TRY(cc_json_set_str(one, "source", mount->source, err));
	CC_TRY(add_words(one, "options", mount->options, count, err));
	return cc_json_add(list, CC_TAKE(one), err);
}

/* Storage of a volume: ciphertext only, so its owner on the host does not matter. */
static int add_volume(struct cc_json *list, const struct cc_bundle_mount *volume,
		      struct cc_err *err)
{
	struct mount mount = {
		NULL, "bind", volume->source, { "bind", "nosuid", "nodev", "noexec" }
	};
	CC_AUTO_FREE char *at = NULL;

	CC_TRY(cc_strf(&at, err, CC_INSIDE_VOLUMES "/%s", volume->name));
	mount.at = at;
	mount.options[4] = volume->write ? "rw" : "ro";
	return add_mount(list, &mount, err);
}

static int add_source(struct cc_json *list, const struct cc_bundle_source *source,
		      struct cc_err *err)
{
	const struct mount evidence = { source->inside, "bind", source->path, { "bind", "rw" } };
	const struct mount log = { CC_INSIDE_LOG, "bind", source->log, { "bind", "ro" } };

	if (!source->is_device)
		CC_TRY(add_mount(list, &evidence, err));
	return source->log != NULL ? add_mount(list, &log, err) : 0;
}

static int add_mounts(struct cc_json *config, const struct cc_bundle *bundle, struct cc_err *err)
{
	static const struct mount fixed[] = {
		{ "/proc", "proc", "proc", { "nosuid", "noexec", "nodev" } },
		{ "/dev",
		  "tmpfs",
		  "tmpfs",
		  { "nosuid", "strictatime", "mode=755", "size=65536k" } },
		/* A tmpfs in between, for a read-only root has no place for mount points. */
		{ "/run/concordat", "tmpfs", "tmpfs", { "nosuid", "nodev", "noexec", "mode=755" } },
	};
	CC_AUTO_JSON struct cc_json *list = NULL;
	const struct mount cas = { CC_INSIDE_CAS, "bind", bundle->cas_socket, { "bind", "rw" } };

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < CC_COUNT(fixed); i++)
		CC_TRY(add_mount(list, &fixed[i], err));
	CC_TRY(add_mount(list, &cas, err));
	for (size_t i = 0; i < bundle->source_count; i++)
		CC_TRY(add_source(list, &bundle->sources[i], err));
	for (size_t i = 0; i < bundle->mount_count; i++)
		CC_TRY(add_volume(list, &bundle->mounts[i], err));
	return cc_json_set(config, "mounts", CC_TAKE(list), err);
}

struct device {
	const char *path;
	unsigned int major, minor;
};

static int add_device(struct cc_json *list, const struct device *is, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *device = NULL;

	CC_TRY(cc_json_object(&device, err));
	CC_TRY(cc_json_set_str(device, "path", is->path, err));
	CC_TRY(cc_json_set_str(device, "type", "c", err));
	CC_TRY(cc_json_set_u64(device, "major", is->major, err));
	CC_TRY(cc_json_set_u64(device, "minor", is->minor, err));
	CC_TRY(cc_json_set_u64(device, "fileMode", 0666, err));
	return cc_json_add(list, CC_TAKE(device), err);
}

/* `device` NULL: all are refused, which comes first. */
static int add_rule(struct cc_json *list, const struct device *device, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *rule = NULL;

	CC_TRY(cc_json_object(&rule, err));
	CC_TRY(cc_json_set_bool(rule, "allow", device != NULL, err));
	CC_TRY(cc_json_set_str(rule, "access", "rwm", err));
	if (device != NULL) {
		CC_TRY(cc_json_set_str(rule, "type", "c", err));
		CC_TRY(cc_json_set_u64(rule, "major", device->major, err));
		CC_TRY(cc_json_set_u64(rule, "minor", device->minor, err));
	}
	return cc_json_add(list, CC_TAKE(rule), err);
}

static int add_devices(struct cc_json *linux_part, struct cc_json *resources,
		       const struct cc_bundle *bundle, struct cc_err *err)
{
	static const struct device fuse = { "/dev/fuse", FUSE_MAJOR, FUSE_MINOR };
	CC_AUTO_JSON struct cc_json *list = NULL, *rules = NULL;

	CC_TRY(cc_json_array(&list, err));
	CC_TRY(cc_json_array(&rules, err));
	CC_TRY(add_rule(rules, NULL, err));
	if (!bundle->without_fuse) {
		CC_TRY(add_device(list, &fuse, err));
		CC_TRY(add_rule(rules, &fuse, err));
	}
	for (size_t i = 0; i < bundle->source_count; i++) {
		const struct cc_bundle_source *source = &bundle->sources[i];
		const struct device device = { source->inside, source->major, source->minor };

		if (!source->is_device)
			continue;
		CC_TRY(add_device(list, &device, err));
		CC_TRY(add_rule(rules, &device, err));
	}
	CC_TRY(cc_json_set(linux_part, "devices", CC_TAKE(list), err));
	return cc_json_set(resources, "devices", CC_TAKE(rules), err);
}

static int add_resources(struct cc_json *linux_part, const struct cc_bundle *bundle,
			 struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *resources = NULL, *memory = NULL;

	CC_TRY(cc_json_object(&resources, err));
	CC_TRY(add_devices(linux_part, resources, bundle, err));
	if (bundle->memory_max != 0) {
		CC_TRY(cc_json_object(&memory, err));
		CC_TRY(cc_json_set_u64(memory, "limit", bundle->memory_max, err));
		CC_TRY(cc_json_set(resources, "memory", CC_TAKE(memory), err));
	}
	return cc_json_set(linux_part, "resources", CC_TAKE(resources), err);
}

static int add_linux(struct cc_json *config, const struct cc_bundle *bundle, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *part = NULL, *list = NULL;

	CC_TRY(cc_json_object(&part, err));
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < CC_COUNT(namespaces); i++) {
		CC_AUTO_JSON struct cc_json *one = NULL;

		CC_TRY(cc_json_object(&one, err));
		CC_TRY(cc_json_set_str(one, "type", namespaces[i], err));
		CC_TRY(cc_json_add(list, CC_TAKE(one), err));
	}
	CC_TRY(cc_json_set(part, "namespaces", CC_TAKE(list), err));
	CC_TRY(add_resources(part, bundle, err));
	return cc_json_set(config, "linux", CC_TAKE(part), err);
}

int cc_bundle_config(const struct cc_bundle *bundle, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *config = NULL, *root = NULL;

	CC_TRY(cc_json_object(&config, err));
	CC_TRY(cc_json_object(&root, err));
	CC_TRY(cc_json_set_str(config, "ociVersion", "1.0.2", err));
	CC_TRY(add_process(config, bundle, err));
	CC_TRY(cc_json_set_str(root, "path", bundle->root, err));
	CC_TRY(cc_json_set_bool(root, "readonly", true, err));
	CC_TRY(cc_json_set(config, "root", CC_TAKE(root), err));
	CC_TRY(cc_json_set_str(config, "hostname", "concordat", err));
	CC_TRY(add_mounts(config, bundle, err));
	CC_TRY(add_linux(config, bundle, err));
	return cc_json_print(config, out, err);
}
