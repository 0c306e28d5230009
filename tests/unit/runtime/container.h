/* SPDX-License-Identifier: Apache-2.0 */
/* A container as a host gives it, the image in it and the configuration for it. */
#ifndef CC_TESTS_UNIT_RUNTIME_CONTAINER_H
#define CC_TESTS_UNIT_RUNTIME_CONTAINER_H

#include "proto/config.h"
#include "volume/volume.h"

/* A tmpfs over /mnt, in a mount namespace of the test: nothing of it is on the host. */
#define BOX "/mnt"
#define CANARY "canary-4711"

/* The static program that is the image; -1: none was given. */
extern int container_guest;

/* The image: the program, and the directories that sealing makes. */
int container_fill(struct cc_volume *volume, struct cc_err *err);
/* A mount namespace with the container's root at BOX: devices, /proc, places for our files. */
int container_root(struct cc_err *err);
/* Make BOX the root. */
int container_enter(struct cc_err *err);
/* This command, the variable ONLY=this, the file /etc/injected, the volume vol1 and the log. */
int container_config(struct cc_config *config, const char *const *command, struct cc_err *err);

#endif
