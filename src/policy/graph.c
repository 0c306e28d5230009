/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/graph-internal.h"

#include "base/str.h"

static int by_name(const void *a, const void *b)
{
	const struct cc_stage *const *one = a, *const *other = b;

	return strcmp((*one)->name, (*other)->name);
}

int cc_stages_sort(const struct cc_workflow *workflow, struct cc_stages *out, struct cc_err *err)
{
	size_t count = workflow->stages.count;
	const struct cc_stage **at = calloc(count + 1, sizeof(const struct cc_stage *));

	if (at == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu stages", count);
	for (size_t i = 0; i < count; i++)
		at[i] = &workflow->stages.at[i];
	qsort(at, count, sizeof(const struct cc_stage *), by_name);
	*out = (struct cc_stages){ at, count };
	return 0;
}

void cc_stages_clear(struct cc_stages *stages)
{
	free(stages->at);
	*stages = (struct cc_stages){ 0 };
}

size_t cc_stages_find(const struct cc_stages *stages, const char *name)
{
	size_t from = 0, to = stages->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = strcmp(name, stages->at[middle]->name);

		if (order == 0)
			return middle;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return CC_NO_STAGE;
}

int cc_graph_new(size_t count, struct cc_graph *out, struct cc_err *err)
{
	size_t words = (count + 63) / 64;
	uint64_t *rows = calloc(count * words + 1, sizeof(*rows));

	if (rows == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a graph of %zu stages", count);
	*out = (struct cc_graph){ count, words, rows };
	return 0;
}

void cc_graph_clear(struct cc_graph *graph)
{
	free(graph->rows);
	*graph = (struct cc_graph){ 0 };
}

void cc_graph_add(struct cc_graph *graph, size_t before, size_t after)
{
	graph->rows[before * graph->words + after / 64] |= UINT64_C(1) << (after % 64);
}

bool cc_graph_has(const struct cc_graph *graph, size_t before, size_t after)
{
	return (graph->rows[before * graph->words + after / 64] >> (after % 64) & 1) != 0;
}

void cc_graph_close(struct cc_graph *graph)
{
	for (size_t via = 0; via < graph->count; via++)
		for (size_t from = 0; from < graph->count; from++) {
			if (!cc_graph_has(graph, from, via))
				continue;
			for (size_t w = 0; w < graph->words; w++)
				graph->rows[from * graph->words + w] |=
					graph->rows[via * graph->words + w];
		}
}

/* How many nodes come before each. */
static void count_before(const struct cc_graph *graph, size_t *before)
{
	for (size_t from = 0; from < graph->count; from++)
		for (size_t to = 0; to < graph->count; to++)
			if (cc_graph_has(graph, from, to))
				before[to]++;
}

#define PLACED SIZE_MAX

static size_t smallest_free(const size_t *before, size_t count)
{
	size_t node = 0;

	while (node < count && before[node] != 0)
		node++;
	return node;
}

int cc_graph_order(const struct cc_graph *graph, size_t *order, size_t *placed, struct cc_err *err)
{
	CC_AUTO_FREE size_t *before = calloc(graph->count + 1, sizeof(*before));
	size_t done = 0, node = 0;

	if (before == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu stages", graph->count);
	count_before(graph, before);
	while ((node = smallest_free(before, graph->count)) < graph->count) {
		before[node] = PLACED;
		order[done++] = node;
		for (size_t to = 0; to < graph->count; to++)
			if (before[to] != PLACED && cc_graph_has(graph, node, to))
				before[to]--;
	}
	*placed = done;
	for (node = 0; node < graph->count; node++)
		if (before[node] != PLACED)
			order[done++] = node;
	return 0;
}

static int add_needs(const struct cc_stages *stages, size_t node, struct cc_graph *graph,
		     struct cc_err *err)
{
	const struct cc_stage *stage = stages->at[node];

	for (size_t i = 0; i < stage->needs.count; i++) {
		size_t before = cc_stages_find(stages, stage->needs.at[i]);

		if (before == CC_NO_STAGE)
			return cc_fail(
				err, CC_E_ARG,
				"line %u, column %u: stage '%s' needs '%s', which is no stage",
				stage->place.line, stage->place.column, stage->name,
				stage->needs.at[i]);
		cc_graph_add(graph, before, node);
	}
	return 0;
}

static int check_cycle(const struct cc_stages *stages, const struct cc_graph *graph,
		       struct cc_err *err)
{
	CC_AUTO_FREE size_t *order = calloc(graph->count + 1, sizeof(*order));
	const struct cc_stage *stage = NULL;
	size_t placed = 0;

	if (order == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu stages", graph->count);
	CC_TRY(cc_graph_order(graph, order, &placed, err));
	if (placed == graph->count)
		return 0;
	stage = stages->at[order[placed]];
	cc_err_set(err, CC_E_ARG, "line %u, column %u: stage '%s' waits for itself through 'needs'",
		   stage->place.line, stage->place.column, stage->name);
	return cc_hint(err, "a workflow must be a graph without cycles");
}

int cc_graph_needs(const struct cc_stages *stages, struct cc_graph *out, struct cc_err *err)
{
	CC_AUTO_GRAPH struct cc_graph graph = { 0 };

	CC_TRY(cc_graph_new(stages->count, &graph, err));
	for (size_t node = 0; node < stages->count; node++)
		CC_TRY(add_needs(stages, node, &graph, err));
	CC_TRY(check_cycle(stages, &graph, err));
	*out = graph;
	graph = (struct cc_graph){ 0 };
	return 0;
}
