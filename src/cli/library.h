/*
 * The program as a library: what include/retort.h promises of it.
 */
#pragma once
#include <glib.h>

/* (transfer none) (element-type Handler): the functions of C that were registered; the one thing
 * that commands are not given by their words. */
const GPtrArray *library_handlers(void);
