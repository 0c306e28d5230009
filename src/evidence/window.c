/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/window.h"

#include "base/time.h"

void cc_window_cut(struct cc_window *w, int64_t from, int64_t until)
{
	w->from = from > w->from ? from : w->from;
	w->until = until < w->until ? until : w->until;
}

int cc_window_narrow(struct cc_window *w, const char *what, int64_t from, int64_t until,
		     struct cc_err *err)
{
	char text[CC_TIME_TEXT];

	cc_window_cut(w, from, until);
	if (w->at >= from && w->at <= until)
		return 0;
	cc_time_print(w->at < from ? from : until, text);
	cc_err_set(err, CC_E_EXPIRED, "%s is not valid %s %s", what,
		   w->at < from ? "before" : "after", text);
	if (w->at < from)
		return cc_hint(err, "is the time right? what is of later needs a later time, or "
				    "collateral of then");
	return cc_hint(err, "fetch fresh collateral from the platform's vendor");
}

int cc_window_cert(struct cc_window *w, const char *what, const struct cc_cert *cert,
		   struct cc_err *err)
{
	int64_t from = 0, until = 0;

	cc_cert_window(cert, &from, &until);
	return cc_window_narrow(w, what, from, until, err);
}
