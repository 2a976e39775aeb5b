#include "cli/command.h"

#include "base/nearest.h"
#include "cli/run.h"

const Command commands[] = {
    {"init", "[FOLDER]", "write the files of a new project; nothing is overwritten",
     "retort init            in this folder\n"
     "  retort init shop       in a folder of that name",
     run_init},
    {"db", "start|stop|status|url|psql [-- ARGS]", "run the private server; open psql",
     "retort db start        starts it and prints its URL\n"
     "  retort db psql -- -c 'SELECT 1'",
     run_db},
    {"revision", "[-m MESSAGE]", "make a new revision",
     "retort revision -m \"add items\"\n"
     "  retort revision --autogenerate -m \"add items\"",
     run_revision},
    {"upgrade", "REVISION", "run revisions up to one",
     "retort upgrade head            runs all that are missing\n"
     "  retort upgrade +1              runs the next one\n"
     "  retort upgrade a:b --sql       prints a script for psql",
     run_upgrade},
    {"downgrade", "REVISION", "take revisions back down to one",
     "retort downgrade -1            takes the last one back\n"
     "  retort downgrade base          takes all back",
     run_downgrade},
    {"current", "", "show at which revision the database is",
     "retort current\n"
     "  retort current --check-heads   fails if the database is not at all heads",
     run_current},
    {"history", "", "list the revisions, newest first",
     "retort history         all\n"
     "  retort history -i      marks where the database is\n"
     "  retort history -r-3:current",
     run_history},
    {"heads", "", "list the revisions that no other revises", "retort heads -v", run_heads},
    {"branches", "", "list the revisions where branches begin", "retort branches", run_branches},
    {"show", "REVISION", "show a revision",
     "retort show head\n"
     "  retort show 3f2a",
     run_show},
    {"edit", "REVISION", "open a revision in $VISUAL or $EDITOR", "retort edit head", run_edit},
    {"merge", "REVISION…", "make a revision that joins several heads",
     "retort merge heads -m \"join both\"", run_merge},
    {"stamp", "REVISION…", "say at which revision the database is, run nothing",
     "retort stamp head              the database has all of it already\n"
     "  retort stamp --purge head      also if it is at one that no file has",
     run_stamp},
    {"ensure_version", "", "make the tables that hold the version", "retort ensure_version",
     run_ensure_version},
    {"check", "", "tell whether the database is what the models say and fits the endpoints",
     "retort check                       prints what is missing, and fails if anything is\n"
     "  retort check --against revisions   compares with the revisions alone",
     run_check},
    {"diff", "A B", "print the SQL that turns one schema into another",
     "retort diff database models        what a revision would hold\n"
     "  retort diff old.sql new.sql",
     run_diff},
    {"prove", "[REVISION|RANGE]", "run revisions up, down and up again on a scratch database",
     "retort prove              proves all that are not proven\n"
     "  retort prove head         proves the last one\n"
     "  retort prove ae10:head    proves a range",
     run_prove},
    {"key", "NAME", "make an API key for the server",
     "retort key warehouse --role reader\n"
     "  retort key partner --no-file      for a table of keys",
     run_key},
    {"inspect", "", "write models out of an existing database",
     "retort inspect                  into the project's models/\n"
     "  retort inspect -o -             prints one script\n"
     "  retort inspect -o /tmp/models   into a folder of its own",
     run_inspect},
    {"backup", "", "take a backup: a dump with what it held, checked",
     "retort backup                        into backups/\n"
     "  retort backup -f directory -j 4      by four connections\n"
     "  retort backup --every 24h --prune    goes on, for containers\n"
     "  retort backup -o - > backup.sql      plain SQL, as pg_dump prints it",
     run_backup},
    {"backups", "", "list the backups: state, age, size, drill",
     "retort backups\n"
     "  retort backups --json     with all that is known of each\n"
     "  retort backups --check    fails if the last one is older than [backup] max_age",
     run_backups},
    {"verify", "[BACKUP]", "read a backup and compare it with its checksums",
     "retort verify              the newest one\n"
     "  retort verify 2026-11-22   the only one of that day",
     run_verify},
    {"drill", "[BACKUP]", "restore a backup on a scratch database and compare",
     "retort drill                         the latest\n"
     "  retort drill 2026-11-22 -i key.txt   one that is encrypted",
     run_drill},
    {"prune", "", "remove the backups that need not be kept",
     "retort prune --dry-run           says what would go, and why the rest stays\n"
     "  retort prune --keep \"7 daily\"    instead of [backup] keep",
     run_prune},
    {"pin", "BACKUP", "keep a backup whatever is pruned",
     "retort pin latest --why \"before the move\"", run_pin},
    {"unpin", "BACKUP", "let a pinned backup be pruned again", "retort unpin 2026-11-22",
     run_unpin},
    {"restore", "BACKUP|FILE|-", "replace the database by what a backup or dump holds",
     "retort restore latest                       asks first\n"
     "  retort restore dump.sql --dry-run           only says what would be done\n"
     "  retort restore --before 3f2a                as it was before that revision\n"
     "  cat dump.sql | retort restore - --yes shop  whatever pg_dump wrote\n"
     "  retort restore latest --table item          beside the live table, and compared",
     run_restore},
    {"serve", "", "serve the endpoints under api/ over HTTP",
     "retort serve                              on 127.0.0.1:8000\n"
     "  retort serve --listen :80 --wait 30       on all addresses, when the database is there",
     run_serve},
    {"dev", "", "serve while you write: the private server, endpoints read again on change",
     "retort dev", run_dev},
    {"scaffold", "TABLE", "write endpoints for a table, to be edited",
     "retort scaffold item             into api/item.sql\n"
     "  retort scaffold sales.order -o - prints them\n"
     "  retort scaffold item --models    of the models, before the table exists",
     run_scaffold},
    {NULL},
};

const Command *command_find(const char *name)
{
    for (const Command *command = commands; command->name != NULL; command++)
        if (g_str_equal(command->name, name))
            return command;
    return NULL;
}

const char *command_nearest(const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const Command *command = commands; command->name != NULL; command++)
        g_ptr_array_add(names, (char *)command->name);
    g_ptr_array_add(names, NULL);
    return nearest_word(name, (const char *const *)names->pdata);
}

char *command_usage(void)
{
    GString *text = g_string_new("Usage: retort [OPTION…] COMMAND [ARGUMENT…]\n\nCommands:\n");
    for (const Command *command = commands; command->name != NULL; command++)
        g_string_append_printf(text, "  %-16s %s\n", command->name, command->summary);
    g_string_append(text,
                    "\nOptions, before or after the command:\n"
                    "  -c, --config FILE   settings (default: retort.ini here or in a parent)\n"
                    "  --database-url URL  database, without a password\n"
                    "  --private           use the private server, also where CI is detected\n"
                    "  -q, --quiet         no messages; results are still printed\n"
                    "  --json              print results as JSON, where there are any\n"
                    "  --no-color          no colour\n"
                    "  --version           print the version\n"
                    "  -h, --help          print this, or the help of a command\n");
    return g_string_free(text, FALSE);
}
