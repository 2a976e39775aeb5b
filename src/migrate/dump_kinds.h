/*
 * What of a dump is not compared: objects that the options leave out, and objects of kinds that
 * are not managed, with all that belongs to them.
 */
#pragma once
#include "migrate/dump.h"

/**
 * dump_leave_out:
 * @objects: (element-type DumpObject)
 *
 * Removes from @objects what @options leave out.
 *
 * Returns: (transfer full) (element-type char*): the types of those that are not managed,
 *   sorted, each once; empty if options->everything.
 */
GPtrArray *dump_leave_out(GPtrArray *objects, const DumpOptions *options);
