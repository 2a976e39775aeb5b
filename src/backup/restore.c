#include "backup/restore.h"

#include "backup/globals.h"
#include "backup/settle.h"
#include "backup/swap.h"
#include "backup_queries.h"
#include "pg/transaction.h"
#include "sql/quote.h"

#include <string.h>

enum {
    NAME_LONGEST = 63, /* bytes of a name: NAMEDATALEN - 1 */
    HASH_KEPT = 8,     /* digits of what a name that is cut had */
};

static const char mark[] = "_before_";

void restore_report_clear(RestoreReport *report)
{
    g_clear_pointer(&report->aside, g_free);
    g_clear_pointer(&report->notes, g_ptr_array_unref);
}

/* (transfer full): at most @room bytes. One that is longer is cut, not within a character, and gets
 * the beginning of its hash: others begin as it does. */
static char *shorten(const char *name, size_t room)
{
    if (strlen(name) <= room)
        return g_strdup(name);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);
    g_autofree char *cut = g_strndup(name, room - HASH_KEPT - 1);
    const char *end = NULL;
    g_utf8_validate(cut, -1, &end);
    return g_strdup_printf("%.*s_%.*s", (int)(end - cut), cut, HASH_KEPT, hash);
}

/* shop → shop_before_20261122T183000Z */
static char *format_aside(const char *name)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *when = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    g_autofree char *begin = shorten(name, NAME_LONGEST - strlen(mark) - strlen(when));
    return g_strconcat(begin, mark, when, NULL);
}

const char *restore_neighbour(const char *name)
{
    return g_strcmp0(name, "postgres") == 0 ? "template1" : "postgres";
}

/* A runner's lease is of the moment of the backup: whoever held it then holds it no more. */
static bool empty_lease(Database *db, GError **error)
{
    g_autofree char *there =
        database_query_value(db, "SELECT pg_catalog.to_regclass('retort.lease')", NULL, 0, error);
    if (there == NULL || *there == '\0')
        return there != NULL;
    return database_execute(db,
                            "UPDATE retort.lease SET holder = NULL, backend_pid = NULL,"
                            " backend_start = NULL",
                            error);
}

/* @command: (nullable): what makes them out of the backup */
static bool refuse_roles(char **missing, const char *command, GError **error)
{
    g_autofree char *names = g_strjoinv("\", \"", missing);
    g_autoptr(GString) sql = g_string_new(NULL);
    for (char **name = missing; *name != NULL; name++)
        sql_append(sql, "CREATE ROLE %I; ", *name);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "the server has no role \"%s\", whom the backup names\n"
                "hint: make the roles first, with LOGIN for those that connect: %s\n"
                "%s%s%s"
                "hint: or --no-owner: all belongs to your role then, and rights are left out",
                names, g_strchomp(sql->str),
                command != NULL ? "hint: or as the backup has them: " : "",
                command != NULL ? command : "", command != NULL ? "\n" : "");
    return false;
}

/* Roles are the cluster's: no dump of a database has them, at most a file beside it. */
static bool check_roles(const RestoreOptions *options, const RestoreFrom *from, Database *admin,
                        GError **error)
{
    const GPtrArray *roles = from->backup != NULL      ? from->backup->manifest->roles
                             : options->origin != NULL ? options->origin->roles
                                                       : NULL;
    if (options->without_owners || roles == NULL)
        return true;
    g_auto(GStrv) missing = drill_missing_roles(admin, roles, error);
    g_autofree char *command = from->backup != NULL ? globals_command(from->backup) : NULL;
    return missing != NULL && (*missing == NULL || refuse_roles(missing, command, error));
}

/* @about: gets the dump's statements about the database as a whole. */
static bool load(const RestoreOptions *options, const RestoreFrom *from, const Scratch *scratch,
                 GPtrArray *about, GError **error)
{
    const LoadOptions how = {
        .settings = scratch_settings(scratch),
        .environment = options->environment,
        .identities = options->identities,
        .jobs = options->jobs,
        .without_owners = options->without_owners,
        .about = about,
        .progress = options->progress,
        .data = options->data,
    };
    return check_roles(options, from, scratch_admin(scratch), error) &&
           load_from(&how, from, error);
}

static bool refuse_faults(const GPtrArray *faults, GError **error)
{
    if (faults->len == 0)
        return true;
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < faults->len; i++)
        g_string_append_printf(text, "\n  %s", (const char *)faults->pdata[i]);
    g_set_error(error, APP_ERROR, APP_ERROR_VERIFY,
                "what was restored is not what the backup says; nothing was replaced:%s",
                text->str);
    return false;
}

/* Else what somebody dumped with --schema-only would end the service. */
static bool refuse_empty(const RestoreOptions *options, Database *fresh, GError **error)
{
    if (options->may_be_empty || options->origin != NULL)
        return true;
    g_autoptr(PGresult) row = database_query(fresh, sql_rows_there, NULL, 0, error);
    if (row == NULL)
        return false;
    if (strcmp(PQgetvalue(row, 0, 1), "t") == 0)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "the dump has not one row (and %s tables); nothing was replaced\n"
                "hint: was it made with --schema-only? \"--empty\" lets it replace the database",
                PQgetvalue(row, 0, 0));
    return false;
}

/* Only a backup says what should be there. The planner's statistics are gathered, too. */
static bool check(const RestoreOptions *options, const RestoreFrom *from, const Scratch *scratch,
                  GError **error)
{
    const DrillOptions how = {
        .environment = options->environment, .jobs = options->jobs, .analyze = true};
    g_auto(DrillReport) report = {.faults = g_ptr_array_new_with_free_func(g_free)};
    if (from->backup == NULL)
        return refuse_empty(options, scratch_database(scratch), error) &&
               database_execute(scratch_database(scratch), "ANALYZE", error);
    return drill_compare(&how, scratch, from->backup->manifest, &report, error) &&
           refuse_faults(report.faults, error);
}

static const char *choose_neighbour(const RestoreOptions *options)
{
    return options->beside != NULL ? options->beside
                                   : restore_neighbour(settings_get(options->target, "dbname"));
}

/* (transfer full): a name that is free: two restores may end in the same second. */
static char *choose_aside(Database *admin, const char *live, GError **error)
{
    for (;;) {
        g_autofree char *aside = format_aside(live);
        g_autoptr(PGresult) taken =
            database_query(admin, "SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1",
                           (const char *const[]){aside}, 1, error);
        if (taken == NULL)
            return NULL;
        if (PQntuples(taken) == 0)
            return g_steal_pointer(&aside);
        g_usleep(G_USEC_PER_SEC / 10);
    }
}

static bool swap(const RestoreOptions *options, const Scratch *scratch, RestoreReport *report,
                 GError **error)
{
    const char *live = settings_get(options->target, "dbname");
    g_autoptr(ConnectionSettings) beside =
        settings_for_database(options->target, choose_neighbour(options));
    g_autofree char *aside = choose_aside(scratch_admin(scratch), live, error);
    const Swap names = {live, scratch_name(scratch), aside};
    if (aside == NULL || !swap_carry(scratch_admin(scratch), &names, error) ||
        !swap_run(scratch_admin(scratch), beside, &names, error))
        return false;
    report->aside = g_steal_pointer(&aside);
    return true;
}

static bool take_place(const RestoreOptions *options, Scratch *scratch, const GPtrArray *about,
                       RestoreReport *report, GError **error)
{
    const Settle settle = {
        .fresh = scratch_name(scratch),
        .name = settings_get(options->target, "dbname"),
        .about = about,
        .without_owners = options->without_owners,
    };
    scratch_leave(scratch);
    bool done = options->origin != NULL
                    ? settle_database(scratch_admin(scratch), &settle, report->notes, error)
                    : swap(options, scratch, report, error);
    if (done)
        scratch_keep(scratch);
    return done;
}

/* The server may not have the locale. */
static void explain(const RestoreOptions *options, GError **error)
{
    if (options->origin == NULL || error == NULL ||
        !g_error_matches(*error, APP_ERROR, APP_ERROR_SQL) ||
        strstr((*error)->message, "\nhint: ") != NULL)
        return;
    error_add_hint(error, "make an empty database of that name as it can be here; it is then "
                          "replaced by one alike");
}

static Scratch *make_room(const RestoreOptions *options, GError **error)
{
    const ScratchOptions place = {
        .config = options->config,
        .environment = options->environment,
        .target = options->target,
        .beside = choose_neighbour(options),
        .shape = options->origin != NULL ? &options->origin->shape : NULL,
    };
    Scratch *scratch = scratch_new(&place, error);
    if (scratch == NULL)
        explain(options, error);
    return scratch;
}

/* What the old database has and this role may not give: told before hours of work, not after. */
static bool rehearse_carrying(const RestoreOptions *options, const Scratch *scratch, GError **error)
{
    if (options->origin != NULL)
        return true;
    Database *admin = scratch_admin(scratch);
    const Swap names = {settings_get(options->target, "dbname"), scratch_name(scratch), NULL};
    g_autoptr(Transaction) tried = transaction_begin(admin, error);
    if (tried == NULL || swap_carry(admin, &names, error))
        return tried != NULL;
    g_prefix_error(error, "the new database cannot be given what the old one has: ");
    return false;
}

bool restore_run(const RestoreOptions *options, const RestoreFrom *from, RestoreReport *out_report,
                 GError **error)
{
    gint64 began = g_get_monotonic_time();
    out_report->notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) about = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Scratch) scratch = make_room(options, error);
    if (scratch == NULL || !rehearse_carrying(options, scratch, error) ||
        !load(options, from, scratch, about, error) || !check(options, from, scratch, error) ||
        !empty_lease(scratch_database(scratch), error) ||
        !take_place(options, scratch, about, out_report, error))
        return false;
    out_report->seconds = (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
    out_report->compared = from->backup != NULL;
    return true;
}

char **restore_list_asides(Database *db, const char *database, GError **error)
{
    g_autofree char *example = format_aside(database);
    char *place = g_strrstr(example, mark);
    place[strlen(mark)] = '\0';
    g_autoptr(PGresult) rows = database_query(
        db,
        "SELECT datname FROM pg_catalog.pg_database WHERE pg_catalog.starts_with(datname, $1)"
        " AND pg_catalog.substr(datname, pg_catalog.length($1) + 1) ~ '^[0-9]{8}T[0-9]{6}Z$'"
        " ORDER BY datname COLLATE \"C\"",
        (const char *const[]){example}, 1, error);
    if (rows == NULL)
        return NULL;
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    for (int i = 0; i < PQntuples(rows); i++)
        g_strv_builder_add(names, PQgetvalue(rows, i, 0));
    return g_strv_builder_end(names);
}

bool restore_drop_aside(Database *db, const char *name, GError **error)
{
    const char *values[] = {name};
    g_autofree char *sql = database_query_value(
        db, "SELECT pg_catalog.format('DROP DATABASE %I', $1::pg_catalog.text)", values, 1, error);
    return sql != NULL && database_lift_limits(db, error) && database_execute(db, sql, error);
}
