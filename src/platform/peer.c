/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/peer-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/dir.h"
#include "base/str.h"

#define CHUNK ((size_t)256 * 1024)

/* Linux 6.5 names the peer by a pidfd: no number, no race. Older kernels give EINVAL. */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

void cc_peer_close(struct cc_peer *peer)
{
	cc_auto_close(&peer->pidfd);
	peer->pidfd = -1;
}

static int open_pidfd(int socket, struct cc_peer *peer, struct cc_err *err)
{
	struct ucred who = { 0 };
	socklen_t len = sizeof(who);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
		return cc_fail_sys(err, errno, "ask who connected");
	if (who.pid <= 0)
		return cc_fail(err, CC_E_DENIED,
			       "the caller is outside the process tree of the platform");
	peer->pid = who.pid;
	len = sizeof(peer->pidfd);
	if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &peer->pidfd, &len) == 0)
		return 0;
	peer->pidfd = (int)syscall(SYS_pidfd_open, who.pid, 0);
	if (peer->pidfd < 0)
		return cc_fail_sys(err, errno, "open process %d", who.pid);
	return 0;
}

static int check_alive(const struct cc_peer *peer, struct cc_err *err)
{
	struct pollfd p = { .fd = peer->pidfd, .events = POLLIN };

	/* A pidfd becomes readable when its process ends. */
	if (poll(&p, 1, 0) != 0)
		return cc_fail(err, CC_E_DENIED, "the caller has ended");
	return 0;
}

static int hash_fd(int fd, uint64_t size, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_HASHER struct cc_hasher *hasher = NULL;
	CC_AUTO_BUF struct cc_buf chunk = { 0 };
	struct cc_mut to = { 0 };

	CC_TRY(cc_hasher_new(&hasher, err));
	CC_TRY(cc_buf_extend(&chunk, CHUNK, &to, err));
	for (uint64_t at = 0; at < size; at += to.len) {
		to.len = size - at < CHUNK ? (size_t)(size - at) : CHUNK;
		CC_TRY(cc_pread_all(fd, to, at, err));
		CC_TRY(cc_hasher_add(hasher, cc_span(to.at, to.len), err));
	}
	return cc_hasher_done(hasher, out, err);
}

static struct cc_peer_cached *find(struct cc_peer_cache *cache, const struct stat *st)
{
	for (size_t i = 0; i < cache->count; i++) {
		struct cc_peer_cached *c = &cache->at[i];

		if (c->device == st->st_dev && c->inode == st->st_ino && c->size == st->st_size &&
		    c->changed.tv_sec == st->st_ctim.tv_sec &&
		    c->changed.tv_nsec == st->st_ctim.tv_nsec)
			return c;
	}
	return NULL;
}

static void remember(struct cc_peer_cache *cache, const struct stat *st,
		     const struct cc_digest *digest)
{
	struct cc_peer_cached *c = &cache->at[cache->next];

	cache->next = (cache->next + 1) % CC_PEER_CACHE;
	if (cache->count < CC_PEER_CACHE)
		cache->count++;
	*c = (struct cc_peer_cached){ st->st_dev, st->st_ino, st->st_size, st->st_ctim, *digest };
}

static int not_ours_to_see(pid_t pid, const char *what, struct cc_err *err)
{
	int sys = errno;

	cc_err_set(err, CC_E_DENIED, "look at %s of process %d: %s", what, pid,
		   strerrordesc_np(sys));
	return cc_hint(err, "run concordat-platform-sim as root, or as the caller's user and "
			    "before the caller makes itself undumpable");
}

static int measure_exe(int proc, struct cc_peer_cache *cache, struct cc_peer *peer,
		       struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = openat(proc, "exe", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct cc_digest digest = { 0 };
	struct cc_peer_cached *known = NULL;
	struct stat st = { 0 };

	if (fd < 0)
		return not_ours_to_see(peer->pid, "the program", err);
	if (fstat(fd, &st) != 0)
		return cc_fail_sys(err, errno, "look at the program of process %d", peer->pid);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > CC_PEER_EXE_MAX)
		return cc_fail(err, CC_E_TOOBIG,
			       "the program of process %d is not a file of at "
			       "most 1 GiB",
			       peer->pid);
	peer->exe_device = st.st_dev;
	peer->exe_inode = st.st_ino;
	known = find(cache, &st);
	if (known != NULL) {
		peer->record.runtime = known->digest;
		return 0;
	}
	CC_TRY(hash_fd(fd, (uint64_t)st.st_size, &digest, err));
	remember(cache, &st, &digest);
	peer->record.runtime = digest;
	return 0;
}

/* The record of the caller's image; `found` is false when there is none. */
static int read_record(int proc, struct cc_measured *out, bool *found, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir root = { openat(proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC),
					   CC_DIR_ROOT };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_CLOSE int fd = -1;
	struct stat st = { 0 };

	if (root.fd < 0)
		return cc_fail_sys(err, errno, "open the root of the caller");
	if (cc_dir_openat(&root, CC_MEASURED_PATH, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, err) !=
	    0) {
		/* Only a record that is not there means a program without an image. */
		*found = false;
		return err->sys == ENOENT || err->sys == ENOTDIR ? 0 : -1;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return cc_fail(err, CC_E_DENIED, "'/%s' of the caller is not a file",
			       CC_MEASURED_PATH);
	CC_TRY(cc_read_to_end(fd, CC_MEASURED_MAX, &text, err));
	*found = true;
	return cc_measured_parse(cc_buf_span(&text), out, err);
}

static int measure_image(int proc, struct cc_peer *peer, struct cc_err *err)
{
	struct cc_measured record = { 0 };
	struct cc_err none = { 0 };
	bool found = false;

	if (read_record(proc, &record, &found, &none) != 0) {
		*err = none;
		return cc_wrap(err, "measured record of process %d", peer->pid);
	}
	if (!found)
		return cc_measured_of_cas(&peer->record.runtime, &peer->record, err);
	if (!cc_digest_eq(&record.runtime, &peer->record.runtime)) {
		cc_err_set(err, CC_E_DENIED,
			   "process %d is not the runtime that the measured record of its image "
			   "names",
			   peer->pid);
		return cc_hint(err, "seal the image again with the runtime that is installed");
	}
	peer->record = record;
	return 0;
}

int cc_peer_measure(int socket, struct cc_peer_cache *cache, struct cc_peer *out,
		    struct cc_err *err)
{
	CC_AUTO_PEER struct cc_peer peer = CC_PEER_NONE;
	CC_AUTO_CLOSE int proc = -1;
	char path[32];

	CC_TRY(open_pidfd(socket, &peer, err));
	(void)snprintf(path, sizeof(path), "/proc/%d", peer.pid);
	proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return cc_fail_sys(err, errno, "open '%s'", path);
	/* Alive now: so the number was not given away before `proc` was opened. */
	CC_TRY(check_alive(&peer, err));
	CC_TRY(measure_exe(proc, cache, &peer, err));
	CC_TRY(measure_image(proc, &peer, err));
	CC_TRY(cc_measure_sgx(&peer.record, &peer.mrenclave, err));
	CC_TRY(cc_peer_still(&peer, err));
	*out = peer;
	peer.pidfd = -1;
	return 0;
}

int cc_peer_still(const struct cc_peer *peer, struct cc_err *err)
{
	struct stat st = { 0 };
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", peer->pid);
	/*
	 * A process that made itself undumpable since hides its program from equals. What
	 * it runs can then only have come from the program that we measured.
	 */
	if (stat(path, &st) == 0 && (st.st_dev != peer->exe_device || st.st_ino != peer->exe_inode))
		return cc_fail(err, CC_E_DENIED, "process %d has become another program",
			       peer->pid);
	return check_alive(peer, err);
}
