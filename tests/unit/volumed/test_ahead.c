/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/volumed/mounted.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/str.h"
#include "volumed/ahead.h"

static int open_point(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* KiB that the kernel reads ahead on the device of `point`. */
static unsigned int ahead_of(int point)
{
	CC_AUTO_CLOSE int fd = -1;
	struct stat status = { 0 };
	char name[80], text[32] = "";

	assert_int_equal(fstat(point, &status), 0);
	(void)snprintf(name, sizeof(name), "/sys/class/bdi/%u:%u/read_ahead_kb",
		       major(status.st_dev), minor(status.st_dev));
	fd = open(name, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	return (unsigned int)strtoul(text, NULL, 10);
}

static void mount_or_skip(struct mounted *m)
{
	if (!can_mount())
		skip();
	init(m);
	start(m, 1);
}

static void the_kernel_reads_further_ahead_of_a_mount(void **state)
{
	CC_AUTO_CLOSE int point = -1;
	struct mounted m = { 0 };

	(void)state;
	mount_or_skip(&m);
	point = open_point(m.mnt);
	assert_int_not_equal(ahead_of(point), CC_VOLUMED_AHEAD_KB);
	assert_true(cc_volumed_read_ahead(point));
	assert_int_equal(ahead_of(point), CC_VOLUMED_AHEAD_KB);
	cc_auto_close(&point);
	point = -1;
	stop(&m, 1);
	clear(&m);
}

static void a_file_system_that_is_not_ours_keeps_its_setting(void **state)
{
	CC_AUTO_CLOSE int point = open_point("/tmp");

	(void)state;
	assert_false(cc_volumed_read_ahead(point));
}

/* What the host laid out as /sys leads into the volume itself. */
static void what_is_not_sysfs_is_not_written_to(void **state)
{
	CC_AUTO_CLOSE int point = -1, file = -1;
	struct mounted m = { 0 };
	struct stat status = { 0 };
	char command[512], path[128], text[8] = "";

	(void)state;
	mount_or_skip(&m);
	point = open_point(m.mnt);
	assert_int_equal(fstat(point, &status), 0);
	(void)snprintf(path, sizeof(path), "%s/sys", m.dir);
	(void)snprintf(command, sizeof(command),
		       "printf mine > '%s/file' && mkdir -p '%s/class/bdi/%u:%u' && "
		       "ln -s '%s/file' '%s/class/bdi/%u:%u/read_ahead_kb'",
		       m.mnt, path, major(status.st_dev), minor(status.st_dev), m.mnt, path,
		       major(status.st_dev), minor(status.st_dev));
	must(command, m.dir);
	/* By a sysfs of its own, where it may make one. */
	cc_ignore(cc_volumed_read_ahead_by(path, point));
	(void)snprintf(path, sizeof(path), "%s/file", m.mnt);
	file = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(file >= 0);
	assert_int_equal(read(file, text, sizeof(text)), 4);
	assert_memory_equal(text, "mine", 4);
	cc_auto_close(&file);
	cc_auto_close(&point);
	file = point = -1;
	stop(&m, 1);
	clear(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_reads_further_ahead_of_a_mount),
		cmocka_unit_test(a_file_system_that_is_not_ours_keeps_its_setting),
		cmocka_unit_test(what_is_not_sysfs_is_not_written_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
