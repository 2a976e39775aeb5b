/*
 * The catalog queries as data: which query reads which kind, and how a query is made to fit an
 * older server.
 */
#pragma once
#include "schema/kind.h"

/* One query of the catalog reader. */
typedef struct CatalogQuery {
    unsigned class; /* catalog that holds the kind's objects; 0: the row says it */
    const char *sql;
} CatalogQuery;

/* Indexed by ObjectKind. */
extern const CatalogQuery kind_queries[];

/*
 * Queries about all objects: what stands for what, what needs what, comments and grants. Their
 * columns are in the files' comments.
 */
typedef enum SharedQuery {
    QUERY_ALIASES,
    QUERY_DEPENDENCIES,
    QUERY_COMMENTS,
    QUERY_GRANTS,
    QUERY_COUNT
} SharedQuery;

extern const char *const shared_queries[];

/**
 * catalog_query_for:
 * @query: text for the newest server
 * @version: of the server, such as 150004
 *
 * A line that ends in "-- since N, before: expression" gets that expression on servers before
 * N; one that ends in "-- since N" alone is left out there.
 *
 * Returns: (transfer full): the query for that server.
 */
char *catalog_query_for(const char *query, int version);
