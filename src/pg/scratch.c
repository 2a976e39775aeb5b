#include "pg/scratch.h"

#include "pg/find.h"
#include "pg/private_server.h"

#include <string.h>

#define PREFIX "retort_scratch_"
#define TOKEN_LENGTH 8

/* How the target's database is made; texts are "" where the server's version lacks them. */
typedef struct Shape {
    int version; /* of the target's server: 150004 */
    char *encoding;
    char *collate;
    char *ctype;
    char *provider; /* "libc", "icu", "builtin"; "" before 15 */
    char *locale;   /* of icu or builtin */
    char *rules;    /* of icu, since 16 */
} Shape;

struct Scratch {
    Database *admin; /* a connection to another database of the server, to make and drop */
    ConnectionSettings *server;
    char *prefix; /* of the names of this session's databases */
    unsigned made;
    Shape shape;
    bool alike; /* on the target's own server: it has the target's locale */
    char *search_path;
    char *name; /* (nullable) between two databases */
    ConnectionSettings *settings;
    Database *database;
};

static void shape_clear(Shape *shape)
{
    g_free(shape->encoding);
    g_free(shape->collate);
    g_free(shape->ctype);
    g_free(shape->provider);
    g_free(shape->locale);
    g_free(shape->rules);
    *shape = (Shape){0};
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

static bool read_shape(Database *target, Shape *out_shape, GError **error)
{
    int version = database_version(target);
    g_autoptr(PGresult) row = database_query(target, shape_query(version), NULL, 0, error);
    if (row == NULL)
        return false;
    *out_shape = (Shape){
        .version = version,
        .encoding = g_strdup(PQgetvalue(row, 0, 0)),
        .collate = g_strdup(PQgetvalue(row, 0, 1)),
        .ctype = g_strdup(PQgetvalue(row, 0, 2)),
        .provider = g_strdup(PQgetvalue(row, 0, 3)),
        .locale = g_strdup(PQgetvalue(row, 0, 4)),
        .rules = g_strdup(PQgetvalue(row, 0, 5)),
    };
    return true;
}

/*
 * (transfer full): the CREATE DATABASE for @name; the server quotes the names and texts itself.
 * $1 name, $2 encoding, $3 collate, $4 ctype, $5 provider, $6 locale, $7 rules.
 */
static char *format_create(Database *admin, const char *name, const Shape *shape, bool locale,
                           GError **error)
{
    const char *values[] = {name,         shape->encoding, shape->collate,
                            shape->ctype, shape->provider, shape->locale,
                            shape->rules};
    const char *plain = "SELECT pg_catalog.format("
                        "'CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE ''C''"
                        " LC_CTYPE ''C'' LOCALE_PROVIDER libc', $1::text, $2::text)";
    const char *old_plain = "SELECT pg_catalog.format("
                            "'CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE ''C''"
                            " LC_CTYPE ''C''', $1::text, $2::text)";
    const char *full =
        "SELECT pg_catalog.format("
        "'CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L',"
        " $1::text, $2::text, $3::text, $4::text)"
        " || CASE WHEN $5::text <> '' THEN ' LOCALE_PROVIDER ' || $5 ELSE '' END"
        " || CASE WHEN $5 IN ('icu', 'builtin')"
        " THEN pg_catalog.format(' %s_LOCALE %L', upper($5), $6::text) ELSE '' END"
        " || CASE WHEN $5 = 'icu' AND $7::text <> ''"
        " THEN pg_catalog.format(' ICU_RULES %L', $7) ELSE '' END";
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
    return scratch->database != NULL &&
           database_execute(scratch->database, "SET synchronous_commit = off", error) &&
           database_set_search_path(scratch->database, scratch->search_path, error);
}

static bool make(Scratch *scratch, GError **error)
{
    g_autofree char *name = g_strdup_printf("%s_%u", scratch->prefix, ++scratch->made);
    if (!create_any(scratch, name, error)) {
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

static void leave(Scratch *scratch)
{
    g_clear_pointer(&scratch->database, database_close);
    g_clear_pointer(&scratch->settings, settings_free);
    if (scratch->name == NULL)
        return;
    g_autoptr(GError) error = NULL; /* what is left the next run sweeps */
    if (!drop_database(scratch->admin, scratch->name, &error))
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
    shape_clear(&scratch->shape);
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
    int major = scratch->shape.version / 10000;
    g_autoptr(PrivateServer) server =
        private_server_new(config_folder(options->config), options->environment, major, error);
    if (server == NULL || !private_server_start(server, error)) {
        g_prefix_error(error,
                       "the role may not make databases, so that a private server is needed: ");
        return false;
    }
    scratch->server = private_server_settings(server, PRIVATE_OWNER);
    scratch->admin = database_open(scratch->server, error);
    return scratch->admin != NULL;
}

/* Chooses the server and connects to it; @target is given to it or closed. */
static bool choose_server(Scratch *scratch, const ScratchOptions *options, Database *target,
                          GError **error)
{
    g_autoptr(Database) db = target;
    bool may = false;
    FindOptions find = {.environment = options->environment, .config = options->config};
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

Scratch *scratch_new(const ScratchOptions *options, GError **error)
{
    g_autoptr(Scratch) scratch = g_new0(Scratch, 1);
    scratch->search_path = g_strdup(config_get(options->config, "migrate", "search_path"));
    g_autoptr(Database) target = database_open(options->target, error);
    if (target == NULL || !read_shape(target, &scratch->shape, error) ||
        !choose_server(scratch, options, g_steal_pointer(&target), error))
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
