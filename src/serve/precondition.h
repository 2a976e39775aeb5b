/*
 * If-Match and If-None-Match (RFC 9110, 13).
 */
#pragma once
#include "serve/call.h"

/*
 * Refuses a request whose precondition cannot hold, before the database is asked: a write whose
 * endpoint has no :if_match, a weak tag, If-None-Match on a write, no version where one is needed.
 * A function in C (endpoints with an answer of their own) looks at its headers itself.
 *
 * Returns: whether the request may go on.
 */
bool precondition_check(Call *call);

/* How a read with the answer's @headers is to be answered: 200 stands for the answer itself, 304
 * for If-None-Match, 412 for If-Match. */
unsigned precondition_of_read(const GString *headers, const HttpRequest *request);
