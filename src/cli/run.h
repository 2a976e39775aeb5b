/*
 * The functions behind the rows of the command table: each is in the file of its name.
 */
#pragma once
#include "cli/command.h"

CommandRun run_current;
CommandRun run_db;
CommandRun run_downgrade;
CommandRun run_ensure_version;
CommandRun run_stamp;
CommandRun run_upgrade;
