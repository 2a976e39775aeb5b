/*
 * upgrade and downgrade: the same command in two directions.
 */
#pragma once
#include "base/error.h"

/* Runs the command whose words are @argv: upwards if @up. */
bool run_revisions(int argc, char **argv, bool up, GError **error);
