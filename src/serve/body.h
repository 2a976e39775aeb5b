/*
 * Whether the body of a request is one that its endpoint takes.
 */
#pragma once
#include "serve/call.h"

/*
 * Looks at the head of a request alone. Refuses with 413 a body of GET and HEAD, and with 415 what
 * is no JSON in UTF-8; a body of DELETE is passed over, whatever it is: there are clients that
 * always send one.
 *
 * Returns: whether the request may go on.
 */
bool body_accept(Call *call);
