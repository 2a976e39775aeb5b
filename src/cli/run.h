/*
 * The functions behind the rows of the command table: each is in the file of its name.
 */
#pragma once
#include "cli/command.h"

CommandRun run_db;
