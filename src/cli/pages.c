/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pages.h"

#define PAGE 500 /* lines that are asked for at once */

void cc_pages_clear(struct cc_pages *pages)
{
	cc_json_free(pages->request);
	cc_json_free(pages->all);
}

static int add_page(struct cc_pages *pages, const struct cc_json *answer, struct cc_err *err)
{
	const struct cc_json *list = NULL;

	CC_TRY(cc_json_get_array(answer, pages->member, &list, err));
	for (size_t i = 0; i < cc_json_count(list); i++) {
		struct cc_json *copy = NULL;

		CC_TRY(cc_json_copy(cc_json_at(list, i), &copy, err));
		CC_TRY(cc_json_add(pages->all, copy, err));
	}
	return cc_json_get_u64(answer, "count", UINT64_MAX, &pages->count, err);
}

/* Go on behind this answer: a name, or a number. */
static int follow(struct cc_pages *pages, const struct cc_json *answer, struct cc_err *err)
{
	const char *name = NULL;
	uint64_t number = 0;
	struct cc_err ignored = { 0 };

	if (cc_json_get_str(answer, "next", &name, &ignored) == 0)
		return cc_json_set_str(pages->request, pages->from, name, err);
	CC_TRY(cc_json_get_u64(answer, "next", UINT64_MAX, &number, err));
	return cc_json_set_u64(pages->request, pages->from, number, err);
}

static int read_page(struct cc_pages *pages, bool *more, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *answer = NULL;
	uint64_t left = pages->limit - cc_json_count(pages->all);

	CC_TRY(cc_json_set_u64(pages->request, "limit",
			       pages->limit != 0 && left < PAGE ? left : PAGE, err));
	CC_TRY(cc_api_call(pages->ask->api, pages->method, pages->path, pages->request, &answer,
			   err));
	CC_TRY(add_page(pages, answer, err));
	*more = cc_json_has(answer, "next") &&
		(pages->limit == 0 || cc_json_count(pages->all) < pages->limit);
	return *more ? follow(pages, answer, err) : 0;
}

int cc_pages_read(struct cc_pages *pages, struct cc_err *err)
{
	bool more = true;

	if (pages->request == NULL)
		CC_TRY(cc_json_object(&pages->request, err));
	CC_TRY(cc_json_array(&pages->all, err));
	while (more)
		CC_TRY(read_page(pages, &more, err));
	return 0;
}

int cc_pages_print(struct cc_pages *pages, const char *output, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_u64(json, "count", pages->count, err));
	CC_TRY(cc_json_set(json, pages->member, CC_TAKE(pages->all), err));
	return cc_print_data(output, json, err);
}
