/*
 * An endpoint: a route, what it takes, the statements that it runs and what it answers.
 *
 * The first part comes from a file below api/ (api/endpoint_file.h), the second from PostgreSQL's
 * description of the prepared statements (serve/describe.h). Built once, then only read, by all
 * threads.
 */
#pragma once
#include "api/type.h"
#include "base/error.h"
#include "base/http_method.h"

typedef enum ApiReturns {
    RETURNS_MANY,   /* an array of objects */
    RETURNS_ONE,    /* an object; 404 if there is no row */
    RETURNS_NONE,   /* 204 */
    RETURNS_SCALAR, /* the value of the first column of the first row; 404 if there is no row */
} ApiReturns;

typedef enum ApiPlace {
    PLACE_PATH,
    PLACE_QUERY,
    PLACE_BODY,
    PLACE_HEADER, /* :if_match */
} ApiPlace;

typedef enum ApiLane {
    LANE_DEFAULT, /* fast for GET, write for the others */
    LANE_FAST,
    LANE_WRITE,
    LANE_SLOW,
} ApiLane;

typedef struct ApiParam {
    char *name;
    ApiPlace place;
    bool optional;       /* written ":name?" wherever it is used; absent is NULL */
    unsigned line;       /* of its first use */
    const ApiType *type; /* %NULL before it is described */
} ApiParam;

/* One statement, its parameters by number. */
typedef struct ApiStatement {
    char *sql;          /* :name replaced by $1 … ; a place in it is one in the file by @line */
    GArray *params;     /* (element-type unsigned): $n's index into Endpoint.params */
    unsigned line;      /* of its first byte */
    GPtrArray *written; /* described (nullable) (element-type ColumnWrite): what it does with them;
                           see sql/column_writes.h */
    bool stains;        /* described: see serve/stains.h */
    char *name;         /* for PREPARE: made of the checksum of @sql */
} ApiStatement;

typedef struct ApiColumn {
    char *name;
    const ApiType *type;
    unsigned sent; /* OID of the type that results say: of a domain, what it is made of */
    bool not_null;
    char *comment; /* (nullable) */
} ApiColumn;

/* How pages of a list follow each other by key. */
typedef struct ApiPaging {
    GArray *keys; /* (element-type unsigned): columns of the order, together unique */
    bool descending;
    char *first; /* the statement with a LIMIT of $n+1, which is one more than a page */
    char *after; /* the same behind the keys $n+2 … */
} ApiPaging;

typedef struct Endpoint {
    HttpMethod method;
    char *path; /* "/items/{id}" */
    char *file;
    unsigned line; /* of the route */

    char *summary;     /* (nullable) */
    char *description; /* (nullable): further comment lines */
    char **tags;       /* may be empty, never NULL */
    ApiReturns returns;
    unsigned status;   /* 200, 201, 204 … */
    char *cache;       /* (nullable): Cache-Control */
    unsigned deadline; /* milliseconds; 0: the server's */
    ApiLane lane;
    char **roles; /* (nullable): who may call it; see docs/access.md */
    bool deprecated;
    char *version; /* (nullable): the column that its ETag is made of */
    bool
        own_answer; /* a function in C makes it: rows are not cut into pages, and it has any form */
    bool is_static; /* no statement is needed and the database is not asked: `verify: no` */

    GPtrArray *params;     /* (element-type ApiParam) */
    GPtrArray *statements; /* (element-type ApiStatement): one transaction; the last one answers */

    /* Described: */
    GPtrArray *columns; /* (nullable) (element-type ApiColumn): of the last statement */
    ApiPaging *paging;  /* (nullable): RETURNS_MANY by keys */
    char *limited;      /* (nullable): RETURNS_MANY: the statement with a LIMIT of $n+1 */
} Endpoint;

/* (transfer full): all NULL and 0, but for the arrays of parameters and statements, and @tags. */
Endpoint *endpoint_new(void);
void endpoint_free(Endpoint *endpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Endpoint, endpoint_free)

/* Index of parameter @name; -1 if there is none. */
int endpoint_param(const Endpoint *endpoint, const char *name);
int endpoint_param_of(const Endpoint *endpoint, const char *name, size_t length);

/* (transfer full): for Endpoint.columns: empty, owns its ApiColumns, whose texts are theirs. */
GPtrArray *api_columns_new(void);

/* (transfer full): for Endpoint.paging: an empty array of keys, the rest 0. */
ApiPaging *api_paging_new(void);
void api_paging_free(ApiPaging *paging);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApiPaging, api_paging_free)
