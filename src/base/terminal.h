/*
 * The terminal: whether there is one, whether it wants colour, and questions to who sits there.
 */
#pragma once
#include "base/error.h"

/* Whether text on @file (1: stdout, 2: stderr) should be coloured: a terminal, no NO_COLOR. */
bool terminal_has_color(int file);

/* Whether @file is a terminal. */
bool terminal_is(int file);

/**
 * terminal_ask:
 * @question: printed as it is, on the terminal itself, also where stdout goes elsewhere
 *
 * Returns: (transfer full): the line that was typed, stripped; %NULL with APP_ERROR_REFUSED if
 *   there is no terminal or the input ended.
 */
char *terminal_ask(const char *question, GError **error);
