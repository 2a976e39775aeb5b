/*
 * The functions behind the rows of the command table: each is in the file of its name.
 */
#pragma once
#include "cli/command.h"

CommandRun run_branches;
CommandRun run_check;
CommandRun run_current;
CommandRun run_db;
CommandRun run_diff;
CommandRun run_downgrade;
CommandRun run_edit;
CommandRun run_ensure_version;
CommandRun run_heads;
CommandRun run_history;
CommandRun run_init;
CommandRun run_inspect;
CommandRun run_merge;
CommandRun run_prove;
CommandRun run_revision;
CommandRun run_show;
CommandRun run_stamp;
CommandRun run_upgrade;
