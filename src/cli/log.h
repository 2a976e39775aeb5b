/*
 * Where messages go: g_message() and g_warning() of commands to stderr, debug text too if
 * RETORT_DEBUG is set.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* Installs the log writer. Called once, before anything logs. */
void log_start(void);

/* Whether g_message() is left out; warnings and errors never are. */
void log_set_quiet(bool quiet);
