#include "pg/scratch.h"

#include "base/interrupt.h"
#include "pg/find.h"
#include "pg/private_server.h"

#include <string.h>

#define PREFIX "retort_scratch_"
#define TOKEN_LENGTH 8
#define CANCELED "57014"

struct Scratch {
    Database *admin; /* a connection to another database of the server, to make and drop */
    ConnectionSettings *server;
    char *prefix; /* of the names of this session's databases */
    unsigned made;
    int version; /* of the target's server: 150004 */
    ScratchShape shape;
    bool alike;       /* on the target's own server: it has the target's locale */
    bool open_public; /* everybody may create in it, as in other databases of its version */
    char *search_path;
    char *name; /* (nullable) between two databases */
    ConnectionSettings *settings;
    Database *database;
};

void scratch_shape_clear(ScratchShape *shape)
{
    g_free(shape->encoding);
    g_free(shape->collate);
    g_free(shape->ctype);
    g_free(shape->provider);
    g_free(shape->locale);
    g_free(shape->rules);
    g_free(shape->tablespace);
    *shape = (ScratchShape){0};
}

static void copy_shape(ScratchShape *to, const ScratchShape *from)
{
    *to = (ScratchShape){
        .encoding = g_strdup(from->encoding),
        .collate = g_strdup(from->collate),
        .ctype = g_strdup(from->ctype),
        .provider = g_strdup(from->provider),
        .locale = g_strdup(from->locale),
        .rules = g_strdup(from->rules),
        .tablespace = g_strdup(from->tablespace),
    };
}

/* The columns by version. Source: catalogs.sgml, pg_database, of 13 to 18. */
static const char *shape_query(int version)
{
    if (version >= 170000)
        return "SELECT pg_encoding_to_char(encoding), datcollate, datctype,"
               " CASE datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,"
               " coalesce(datlocale, ''), coalesce(daticurules, '')"
               " FROM pg_catalog.pg_database WHERE datname = current_database()";
    if (version >= 160000)
        return "SELECT pg_encoding_to_char(encoding), datcollate, datctype,"
               " CASE datlocprovider WHEN 'i' THEN 'icu' ELSE 'libc' END,"
               " coalesce(daticulocale, ''), coalesce(daticurules, '')"
               " FROM pg_catalog.pg_database WHERE datname = current_database()";
    if (version >= 150000)
        return "SELECT pg_encoding_to_char(encoding), datcollate, datctype,"
               " CASE datlocprovider WHEN 'i' THEN 'icu' ELSE 'libc' END,"
               " coalesce(daticulocale, ''), ''"
               " FROM pg_catalog.pg_database WHERE datname = current_database()";
    return "SELECT pg_encoding_to_char(encoding), datcollate, datctype, '', '', ''"
           " FROM pg_catalog.pg_database WHERE datname = current_database()";
}

static bool read_shape(Database *target, ScratchShape *out_shape, GError **error)
{
    int version = database_version(target);
    g_autoptr(PGresult) row = database_query(target, shape_query(version), NULL, 0, error);
    if (row == NULL)
        return false;
    *out_shape = (ScratchShape){
        .encoding = g_strdup(PQgetvalue(row, 0, 0)),
        .collate = g_strdup(PQgetvalue(row, 0, 1)),
        .ctype = g_strdup(PQgetvalue(row, 0, 2)),
        .provider = g_strdup(PQgetvalue(row, 0, 3)),
        .locale = g_strdup(PQgetvalue(row, 0, 4)),
        .rules = g_strdup(PQgetvalue(row, 0, 5)),
    };
    return true;
}

static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

/*
 * (transfer full): the CREATE DATABASE for @name; the server quotes the names and texts itself.
 * $1 name, $2 encoding, $3 collate, $4 ctype, $5 provider, $6 locale, $7 rules, $8 tablespace,
 * which is named only if it is not the usual one: to name it needs a right that roles seldom have.
 * $9 the server's version.
 */
static char *format_create(Database *admin, const char *name, const ScratchShape *shape,
                           bool locale, GError **error)
{
    g_autofree char *version = g_strdup_printf("%d", database_version(admin));
    const char *values[] = {name,
                            text_of(shape->encoding),
                            text_of(shape->collate),
                            text_of(shape->ctype),
                            text_of(shape->provider),
                            text_of(shape->locale),
                            text_of(shape->rules),
                            shape->tablespace,
                            version};
    const char *plain = "SELECT pg_catalog.format("
                        "'CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE ''C''"
                        " LC_CTYPE ''C'' LOCALE_PROVIDER libc', $1::text, $2::text)";
    const char *old_plain = "SELECT pg_catalog.format("
                            "'CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE ''C''"
                            " LC_CTYPE ''C''', $1::text, $2::text)";
    /* What is "" or NULL is left to the server. */
    const char *full =
        "SELECT pg_catalog.format('CREATE DATABASE %I TEMPLATE template0', $1::text)"
        " || CASE WHEN $2::text <> '' THEN pg_catalog.format(' ENCODING %L', $2) ELSE '' END"
        " || CASE WHEN $3::text <> '' THEN pg_catalog.format(' LC_COLLATE %L', $3) ELSE '' END"
        " || CASE WHEN $4::text <> '' THEN pg_catalog.format(' LC_CTYPE %L', $4) ELSE '' END"
        " || CASE WHEN $5::text <> '' AND ($5 <> 'libc' OR $9::int4 >= 150000)"
        " THEN ' LOCALE_PROVIDER ' || pg_catalog.quote_ident($5) ELSE '' END"
        " || CASE WHEN $5 IN ('icu', 'builtin')"
        " THEN pg_catalog.format(' %s_LOCALE %L', upper($5), $6::text) ELSE '' END"
        " || CASE WHEN $5 = 'icu' AND $7::text <> ''"
        " THEN pg_catalog.format(' ICU_RULES %L', $7) ELSE '' END"
        " || CASE WHEN $8::text IS NULL OR $8 = (SELECT t.spcname FROM pg_catalog.pg_database d"
        " JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace"
        " WHERE d.datname = 'template0') THEN ''"
        " ELSE pg_catalog.format(' TABLESPACE %I', $8::text) END";
    if (locale)
        return database_query_value(admin, full, values, G_N_ELEMENTS(values), error);
    return database_query_value(admin, database_version(admin) >= 150000 ? plain : old_plain,
                                values, 2, error);
}

static bool create(Scratch *scratch, const char *name, bool locale, GError **error)
{
    g_autofree char *sql = format_create(scratch->admin, name, &scratch->shape, locale, error);
    return sql != NULL && database_execute(scratch->admin, sql, error);
}

/* Another server may lack the target's locale. Sorting by bytes changes no schema. */
static bool create_any(Scratch *scratch, const char *name, GError **error)
{
    if (scratch->alike)
        return create(scratch, name, true, error);
    g_autoptr(GError) refused = NULL; /* the plain form is the answer to it */
    if (create(scratch, name, true, &refused))
        return true;
    return create(scratch, name, false, error);
}

static bool connect_to(Scratch *scratch, GError **error)
{
    scratch->settings = settings_for_database(scratch->server, scratch->name);
    scratch->database = database_open(scratch->settings, error);
    return scratch->database != NULL && database_lift_limits(scratch->database, error) &&
           database_execute(scratch->database, "SET synchronous_commit = off", error) &&
           (!scratch->open_public ||
            database_execute(scratch->database, "GRANT CREATE ON SCHEMA public TO PUBLIC",
                             error)) &&
           database_set_search_path(scratch->database, scratch->search_path, error);
}

static bool make(Scratch *scratch, GError **error)
{
    g_autofree char *name = g_strdup_printf("%s_%u", scratch->prefix, ++scratch->made);
    if (!create_any(scratch, name, error)) {
        if (interrupt_signal() != 0)
            scratch->name = g_steal_pointer(&name); /* it may be there nevertheless */
        g_prefix_error(error, "scratch database: ");
        return false;
    }
    scratch->name = g_steal_pointer(&name);
    return connect_to(scratch, error);
}

static bool drop_database(Database *admin, const char *name, GError **error)
{
    const char *values[] = {name};
    g_autofree char *sql = database_query_value(
        admin, "SELECT pg_catalog.format('DROP DATABASE IF EXISTS %I WITH (FORCE)', $1::text)",
        values, 1, error);
    return sql != NULL && database_execute(admin, sql, error);
}

/* Also out of a transaction that was interrupted: there is no DROP DATABASE in one. */
static bool drop_after_all(Scratch *scratch, GError **error)
{
    Database *admin = scratch->admin;
    return (PQtransactionStatus(database_connection(admin)) == PQTRANS_IDLE ||
            database_execute(admin, "ROLLBACK", error)) &&
           drop_database(admin, scratch->name, error);
}

static void leave(Scratch *scratch)
{
    g_clear_pointer(&scratch->database, database_close);
    g_clear_pointer(&scratch->settings, settings_free);
    if (scratch->name == NULL)
        return;
    g_autoptr(GError) error = NULL; /* what is left the next run sweeps */
    database_shield(scratch->admin);
    bool dropped = drop_after_all(scratch, &error);
    if (!dropped && g_str_equal(database_error(scratch->admin)->sqlstate, CANCELED)) {
        g_clear_error(&error); /* by what was sent before */
        dropped = drop_after_all(scratch, &error);
    }
    if (!dropped)
        g_debug("scratch database \"%s\": %s", scratch->name, error->message);
    g_clear_pointer(&scratch->name, g_free);
}

void scratch_free(Scratch *scratch)
{
    if (scratch == NULL)
        return;
    leave(scratch);
    database_close(scratch->admin);
    settings_free(scratch->server);
    scratch_shape_clear(&scratch->shape);
    g_free(scratch->prefix);
    g_free(scratch->search_path);
    g_free(scratch);
}

bool scratch_reset(Scratch *scratch, GError **error)
{
    leave(scratch);
    return make(scratch, error);
}

/* The same for every run of the project, on whichever host. */
static char *project_prefix(const Config *config)
{
    g_autofree char *token =
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, config_folder(config), -1);
    token[TOKEN_LENGTH] = '\0';
    return g_strconcat(PREFIX, token, "_", NULL);
}

/* The start of a session in its name: a process number alone is used again. */
static bool name_session(Scratch *scratch, const Config *config, GError **error)
{
    g_autofree char *project = project_prefix(config);
    g_autofree char *session = database_query_value(
        scratch->admin,
        "SELECT pid || '_' || pg_catalog.to_hex((extract(epoch FROM backend_start) * "
        "1000000)::bigint)"
        " FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()",
        NULL, 0, error);
    if (session == NULL)
        return false;
    scratch->prefix = g_strconcat(project, session, NULL);
    return true;
}

/* Drops what crashed runs of this project and role left. Not being able to is no failure. */
static void sweep(Database *admin, const Config *config)
{
    g_autofree char *project = project_prefix(config);
    const char *values[] = {project};
    g_autoptr(GError) error = NULL; /* said at debug level alone */
    g_autoptr(PGresult) left = database_query(
        admin,
        "SELECT d.datname FROM pg_catalog.pg_database d"
        " WHERE pg_catalog.starts_with(d.datname, $1)"
        " AND d.datdba = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)"
        " AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a"
        " WHERE pg_catalog.starts_with(d.datname, $1 || a.pid || '_' ||"
        " pg_catalog.to_hex((extract(epoch FROM a.backend_start) * 1000000)::bigint) || '_'))"
        " ORDER BY d.datname",
        values, 1, &error);
    for (int i = 0; left != NULL && i < PQntuples(left); i++) {
        g_clear_error(&error);
        if (drop_database(admin, PQgetvalue(left, i, 0), &error))
            g_debug("dropped \"%s\", which a crashed run left", PQgetvalue(left, i, 0));
    }
    if (error != NULL)
        g_debug("sweeping scratch databases: %s", error->message);
}

static bool may_create(Database *db, bool *out_may, GError **error)
{
    g_autofree char *may = database_query_value(
        db, "SELECT rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user",
        NULL, 0, error);
    if (may == NULL)
        return false;
    *out_may = g_str_equal(may, "t");
    return true;
}

static bool use_private_server(Scratch *scratch, const ScratchOptions *options, GError **error)
{
    int major = scratch->version / 10000;
    g_autoptr(PrivateServer) server = private_server_new(
        config_folder(options->config), config_get(options->config, "private", "name"),
        options->environment, major, error);
    if (server == NULL || !private_server_start(server, error)) {
        g_prefix_error(error,
                       "the role may not make databases, so that a private server is needed: ");
        return false;
    }
    scratch->open_public = scratch->version < 150000; /* as usual: here it is closed */
    scratch->server = private_server_settings(server, PRIVATE_OWNER);
    scratch->admin = database_open(scratch->server, error);
    return scratch->admin != NULL;
}

static bool open_neighbour(Scratch *scratch, const ScratchOptions *options, GError **error)
{
    g_autoptr(ConnectionSettings) beside = settings_for_database(options->target, options->beside);
    scratch->alike = true;
    scratch->server = settings_copy(options->target);
    scratch->admin = database_open(beside, error);
    return scratch->admin != NULL;
}

/* Through another database of the same server, in the target's tablespace. */
static bool use_neighbour(Scratch *scratch, const ScratchOptions *options, Database *target,
                          GError **error)
{
    scratch->shape.tablespace =
        database_query_value(target,
                             "SELECT t.spcname FROM pg_catalog.pg_database d"
                             " JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace"
                             " WHERE d.datname = current_database()",
                             NULL, 0, error);
    return scratch->shape.tablespace != NULL && open_neighbour(scratch, options, error);
}

/* Chooses the server and connects to it; @target is given to it or closed. */
static bool choose_server(Scratch *scratch, const ScratchOptions *options, Database *target,
                          GError **error)
{
    g_autoptr(Database) db = target;
    bool may = false;
    FindOptions find = {.environment = options->environment, .config = options->config};
    if (options->beside != NULL)
        return use_neighbour(scratch, options, db, error);
    if (!settings_find_configured(&find, "scratch_url", &scratch->server, error))
        return false;
    if (scratch->server != NULL) {
        scratch->admin = database_open(scratch->server, error);
        return scratch->admin != NULL;
    }
    if (!may_create(db, &may, error))
        return false;
    if (!may)
        return use_private_server(scratch, options, error);
    scratch->alike = true;
    scratch->server = settings_copy(options->target);
    scratch->admin = g_steal_pointer(&db);
    return true;
}

/* As the target, or as is said where there is none. */
static bool find_place(Scratch *scratch, const ScratchOptions *options, GError **error)
{
    if (options->shape != NULL) {
        copy_shape(&scratch->shape, options->shape);
        return open_neighbour(scratch, options, error);
    }
    g_autoptr(Database) target = database_open(options->target, error);
    if (target == NULL || !read_shape(target, &scratch->shape, error))
        return false;
    scratch->version = database_version(target);
    return choose_server(scratch, options, g_steal_pointer(&target), error);
}

Scratch *scratch_new(const ScratchOptions *options, GError **error)
{
    g_autoptr(Scratch) scratch = g_new0(Scratch, 1);
    scratch->search_path = g_strdup(config_get(options->config, "migrate", "search_path"));
    if (!find_place(scratch, options, error) || !database_lift_limits(scratch->admin, error))
        return NULL;
    sweep(scratch->admin, options->config);
    if (!name_session(scratch, options->config, error) || !make(scratch, error))
        return NULL;
    return g_steal_pointer(&scratch);
}

Database *scratch_database(const Scratch *scratch)
{
    return scratch->database;
}

const ConnectionSettings *scratch_settings(const Scratch *scratch)
{
    return scratch->settings;
}

const char *scratch_name(const Scratch *scratch)
{
    return scratch->name;
}

Database *scratch_admin(const Scratch *scratch)
{
    return scratch->admin;
}

void scratch_leave(Scratch *scratch)
{
    g_clear_pointer(&scratch->database, database_close);
}

void scratch_keep(Scratch *scratch)
{
    g_clear_pointer(&scratch->name, g_free);
}
