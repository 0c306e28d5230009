/* SPDX-License-Identifier: Apache-2.0 */
/* What options and native image together ask for: parsed and checked before anything is made. */
#ifndef CC_IMAGE_PLAN_INTERNAL_H
#define CC_IMAGE_PLAN_INTERNAL_H

#include "image/seal.h"

#define CC_IMAGE_VOLUMES_MAX 256
#define CC_IMAGE_EXECUTIONS_MAX 256

/* "NAME:PATH[:[FROM][:TO]…]" */
struct cc_image_volume {
	char *name, *path;        /* path is normal, with a leading slash */
	char *from;               /* imported from this policy, or NULL */
	struct cc_oci_strings to; /* exported to these */
};
void cc_image_volume_clear(struct cc_image_volume *volume) CC_NONNULL;
int cc_image_volume_parse(const char *text, struct cc_image_volume *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_image_execution {
	char *consumer;
	uint64_t maximum;
};
int cc_image_execution_parse(const char *text, struct cc_image_execution *out,
			     struct cc_err *err) CC_MUST CC_NONNULL;

/* What runs: from the options, else from the config of the native image. */
struct cc_image_process {
	struct cc_oci_strings command;
	struct cc_oci_strings environment; /* "NAME=value", each name once */
	char *pwd;
	char *user, *group; /* numbers; NULL: root */
};
#define CC_AUTO_IMAGE_PROCESS CC_CLEANUP(cc_image_process_clear)
void cc_image_process_clear(struct cc_image_process *process) CC_NONNULL;
/* `passwd` and `group`: of the image, empty when it has none. */
int cc_image_process_make(const struct cc_image_options *options,
			  const struct cc_oci_config *config, struct cc_span passwd,
			  struct cc_span group, struct cc_image_process *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_image_plan {
	struct cc_oci_layout layout;
	struct cc_oci_image image;
	struct cc_oci_tree *tree; /* with everything that is synthesized */
	struct cc_image_volume volumes[CC_IMAGE_VOLUMES_MAX];
	size_t volume_count;
	struct cc_image_execution executions[CC_IMAGE_EXECUTIONS_MAX];
	size_t execution_count;
	struct cc_digest options; /* options digest of docs/format/image.md */
	int runtime;              /* open file */
	struct cc_digest runtime_digest;
};
void cc_image_plan_free(struct cc_image_plan *plan);
static inline void cc_image_plan_auto(struct cc_image_plan **plan)
{
	cc_image_plan_free(*plan);
}
int cc_image_plan_make(const struct cc_image_options *options, struct cc_image_plan **out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

#endif
