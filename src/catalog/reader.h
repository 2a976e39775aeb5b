/*
 * Reads a database's catalogs into a Schema.
 *
 * All queries go in one pipeline and one REPEATABLE READ READ ONLY transaction, so the schema is
 * that of one moment. They are parsed with search_path = pg_catalog, so that nothing of the
 * user's can stand in for a catalog or a function, and executed with the configured path, so
 * that the server's own text shows names as the user writes them.
 *
 * Left out: system and temporary schemas, what belongs to an extension, the schema "retort",
 * side schemas (SIDE_SCHEMA_MARK), the version table, ignored names. Objects of kinds that are not
 * managed are KIND_OTHER.
 */
#pragma once
#include "pg/database.h"
#include "schema/schema.h"

/* What the comment of a schema begins with that holds tables of a backup, beside the live ones. */
#define SIDE_SCHEMA_MARK "retort: restored tables"

typedef struct CatalogOptions {
    const char *search_path;    /* (nullable): as SET takes it; NULL: public */
    const char *version_table;  /* (nullable): schema.name, left out */
    const char *const *ignored; /* (nullable) (array zero-terminated=1): patterns with * and ?
                                   over schema.name, left out with all that belongs to them;
                                   of a schema "s" also the pattern s.* */
} CatalogOptions;

/**
 * catalog_read:
 * @db: connected and in no transaction; its lock_timeout holds: some definitions are not told
 *   while a table is changed
 * @options: (nullable)
 *
 * Returns: (transfer full): the finished schema, or %NULL with APP_ERROR_SQL or
 *   APP_ERROR_CONNECT; the connection is in no transaction after.
 */
Schema *catalog_read(Database *db, const CatalogOptions *options, GError **error);
