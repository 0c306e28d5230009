/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tpm-device.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "platform/socket-internal.h"

#define ATTEMPTS 6
#define PAUSE_FIRST_MS 10U

#define HINT                                                                                   \
	"only a machine with a TPM 2.0 has this; give the container /dev/tpmrm0, for reading " \
	"and writing"

/* Of a device the kernel knows how long it may take. */
static const struct cc_socket_peer software = {
	.name = "the TPM",
	.type = SOCK_STREAM,
	.patience = 60,
	.absent = CC_E_UNSUPPORTED,
	.hint = HINT,
};

static int missing(const char *path, int sys, struct cc_err *err)
{
	cc_err_set(err, CC_E_UNSUPPORTED, "open the TPM '%s': %s", path, strerrordesc_np(sys));
	return cc_hint(err, "%s", HINT);
}

int cc_tpm_device_open(const char *path, struct cc_tpm_device *out, struct cc_err *err)
{
	struct stat st = { 0 };
	int fd = -1;

	if (stat(path, &st) != 0)
		return missing(path, errno, err);
	out->is_socket = S_ISSOCK(st.st_mode);
	if (out->is_socket)
		return cc_socket_connect(&software, path, &out->fd, err);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return missing(path, errno, err);
	out->fd = fd;
	return 0;
}

void cc_tpm_device_close(struct cc_tpm_device *device)
{
	cc_auto_close(&device->fd);
	device->fd = -1;
}

/* A device takes a command by one write, or not at all. */
static int send_call(const struct cc_tpm_device *device, struct cc_span bytes, struct cc_err *err)
{
	ssize_t sent = 0;

	do
		sent = device->is_socket ? send(device->fd, bytes.at, bytes.len, MSG_NOSIGNAL)
					 : write(device->fd, bytes.at, bytes.len);
	while (sent < 0 && errno == EINTR);
	if (sent == (ssize_t)bytes.len)
		return 0;
	return cc_fail(err, CC_E_UNAVAILABLE, "ask the TPM: %s",
		       sent < 0 ? strerrordesc_np(errno) : "it takes part of a command");
}

/* One read brings all of it from a device, and as much as there is from a socket. */
static int receive_some(const struct cc_tpm_device *device, struct cc_buf *bytes, size_t wanted,
			struct cc_err *err)
{
	struct cc_mut room = { 0 };
	ssize_t got = 0;

	CC_TRY(cc_buf_extend(bytes, wanted, &room, err));
	do
		got = read(device->fd, room.at, room.len);
	while (got < 0 && errno == EINTR);
	bytes->len -= room.len - (got < 0 ? 0 : (size_t)got);
	if (got > 0)
		return 0;
	return cc_fail(err, CC_E_UNAVAILABLE, "the TPM does not answer: %s",
		       got < 0 ? strerrordesc_np(errno) : "it is gone");
}

static int receive(const struct cc_tpm_device *device, struct cc_buf *bytes, struct cc_err *err)
{
	size_t size = 0;

	while (bytes->len < CC_TPM_HEADER)
		CC_TRY(receive_some(device, bytes, CC_TPM_MESSAGE_MAX - bytes->len, err));
	CC_TRY(cc_tpm_response_size(cc_buf_span(bytes), &size, err));
	while (bytes->len < size)
		CC_TRY(receive_some(device, bytes, size - bytes->len, err));
	return 0;
}

static int ask_once(const struct cc_tpm_device *device, struct cc_span command,
		    struct cc_buf *bytes, struct cc_err *err)
{
	cc_buf_reset(bytes);
	CC_TRY(send_call(device, command, err));
	return receive(device, bytes, err);
}

static void pause_ms(unsigned int ms)
{
	const struct timespec span = { .tv_nsec = (long)ms * 1000000 };

	(void)nanosleep(&span, NULL);
}

/* A TPM that has just started tests an algorithm when it first comes up, and says "again". */
int cc_tpm_ask(const struct cc_tpm_device *device, const struct cc_tpm_call *call,
	       struct cc_buf *bytes, struct cc_tpm_response *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf command = { 0 };

	CC_TRY(cc_tpm_call_print(call, &command, err));
	for (unsigned int i = 0;; i++) {
		CC_TRY(ask_once(device, cc_buf_span(&command), bytes, err));
		if (cc_tpm_response_read(cc_buf_span(bytes), call, out, err) == 0)
			return 0;
		if (err->code != CC_E_UNAVAILABLE || i + 1 == ATTEMPTS)
			return -1;
		*err = (struct cc_err){ 0 };
		pause_ms(PAUSE_FIRST_MS << i);
	}
}
