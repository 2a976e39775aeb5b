/*
 * The functions behind the rows of the command table: each is in the file of its name.
 */
#pragma once
#include "cli/command.h"

CommandRun run_backup;
CommandRun run_backups;
CommandRun run_branches;
CommandRun run_check;
CommandRun run_current;
CommandRun run_db;
CommandRun run_dev;
CommandRun run_diff;
CommandRun run_downgrade;
CommandRun run_drill;
CommandRun run_edit;
CommandRun run_ensure_version;
CommandRun run_heads;
CommandRun run_history;
CommandRun run_init;
CommandRun run_inspect;
CommandRun run_key;
CommandRun run_merge;
CommandRun run_pin;
CommandRun run_prove;
CommandRun run_prune;
CommandRun run_restore;
CommandRun run_revision;
CommandRun run_scaffold;
CommandRun run_serve;
CommandRun run_show;
CommandRun run_stamp;
CommandRun run_unpin;
CommandRun run_upgrade;
CommandRun run_verify;
