/*
 * What the catalogs say of the types, columns and keys that endpoints reach.
 */
#pragma once
#include "api/type.h"
#include "pg/database.h"

/* What to look for. Begin with catalog_needs_new(). */
typedef struct CatalogNeeds {
    GArray *types;         /* (element-type guint): OIDs */
    GArray *relations;     /* (element-type guint): OIDs, with the columns' numbers beside them */
    GArray *numbers;       /* (element-type int) */
    GHashTable *functions; /* set of names */
} CatalogNeeds;

CatalogNeeds *catalog_needs_new(void);
void catalog_needs_free(CatalogNeeds *needs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CatalogNeeds, catalog_needs_free)

/* A column of a table or view. */
typedef struct CatalogColumn {
    unsigned relation;
    int number;
    char *name;
    char *relation_name;
    bool not_null; /* no row can hold NULL */
    unsigned type; /* of results the server tells a domain's base type alone */
    char *comment; /* (nullable) */
} CatalogColumn;

typedef struct EndpointCatalog EndpointCatalog;

/**
 * endpoint_catalog_read:
 * @db: in no transaction; its search_path decides how types are called
 *
 * Returns: (transfer full): %NULL as database_execute().
 */
EndpointCatalog *endpoint_catalog_read(Database *db, const CatalogNeeds *needs, GError **error);
void endpoint_catalog_free(EndpointCatalog *catalog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EndpointCatalog, endpoint_catalog_free)

/* (transfer full): the types, taken away. */
ApiTypes *endpoint_catalog_take_types(EndpointCatalog *catalog);

/* Whether it is a type that no column of a table can have: record, anyarray … void is none. */
bool endpoint_catalog_is_pseudo(const EndpointCatalog *catalog, unsigned type);

/* (nullable) (transfer none) */
const CatalogColumn *endpoint_catalog_column(const EndpointCatalog *catalog, unsigned relation,
                                             int number);

/* Whether any function called @name returns a set. */
bool endpoint_catalog_returns_set(const EndpointCatalog *catalog, const char *name);

/* Whether rows of @relation always differ in columns @numbers (element-type int). */
bool endpoint_catalog_has_key(const EndpointCatalog *catalog, unsigned relation,
                              const GArray *numbers);
