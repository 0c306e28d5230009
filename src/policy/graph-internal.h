/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of stages: a small directed graph as rows of bits.
 *
 * Nodes are the stages of a workflow sorted by name, so that an order depends
 * on the canonical form alone and not on how the text lists them.
 */
#ifndef CC_POLICY_GRAPH_INTERNAL_H
#define CC_POLICY_GRAPH_INTERNAL_H

#include "policy/model.h"

#define CC_NO_STAGE SIZE_MAX

struct cc_stages {
	const struct cc_stage **at; /* by name */
	size_t count;
};
#define CC_AUTO_STAGES CC_CLEANUP(cc_stages_clear)
int cc_stages_sort(const struct cc_workflow *workflow, struct cc_stages *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
void cc_stages_clear(struct cc_stages *stages) CC_NONNULL;
/* CC_NO_STAGE when there is none of this name. */
size_t cc_stages_find(const struct cc_stages *stages, const char *name) CC_NONNULL;

struct cc_graph {
	size_t count, words;
	uint64_t *rows; /* bit b of row a: a comes before b */
};
#define CC_AUTO_GRAPH CC_CLEANUP(cc_graph_clear)
int cc_graph_new(size_t count, struct cc_graph *out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_graph_clear(struct cc_graph *graph) CC_NONNULL;
void cc_graph_add(struct cc_graph *graph, size_t before, size_t after) CC_NONNULL;
bool cc_graph_has(const struct cc_graph *graph, size_t before, size_t after) CC_NONNULL;
/* Add every edge that follows from two. */
void cc_graph_close(struct cc_graph *graph) CC_NONNULL;
/*
 * All nodes so that each comes after those before it, the smallest first where
 * there is a choice. `placed` fewer than all is a cycle, and `order` ends with the
 * nodes on or behind it.
 */
int cc_graph_order(const struct cc_graph *graph, size_t *order, size_t *placed,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* The edges that `needs` states. A name that is no stage, or a cycle, is CC_E_ARG. */
int cc_graph_needs(const struct cc_stages *stages, struct cc_graph *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
