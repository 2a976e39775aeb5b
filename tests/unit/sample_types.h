/*
 * A table of types as a catalog would fill it: each form once, and some that hold themselves.
 */
#pragma once
#include "api/type.h"

enum {
    SAMPLE_MOOD = 90001, /* enum */
    SAMPLE_POINT,        /* composite (x int4, label text) */
    SAMPLE_POINT_ARRAY,
    SAMPLE_TREE, /* composite (name text, children tree[]) */
    SAMPLE_TREE_ARRAY,
    SAMPLE_PRICE,   /* domain over numeric, NOT NULL */
    SAMPLE_POINTS,  /* domain over point[] */
    SAMPLE_UNKNOWN, /* composite with a type that is not there */
};

/* What sample_types() leaves out and SAMPLE_UNKNOWN names. */
enum { SAMPLE_MISSING = 99999 };

typedef struct SamplePlain {
    unsigned oid;
    const char *name, *base;
    unsigned array; /* its array; 0: none */
} SamplePlain;

static const SamplePlain sample_plains[] = {
    {16, "boolean", "bool", 1000},
    {17, "bytea", "bytea", 1001},
    {20, "bigint", "int8", 1016},
    {21, "smallint", "int2", 1005},
    {23, "integer", "int4", 1007},
    {25, "text", "text", 1009},
    {26, "oid", "oid", 1028},
    {114, "json", "json", 199},
    {3802, "jsonb", "jsonb", 3807},
    {700, "real", "float4", 1021},
    {701, "double precision", "float8", 1022},
    {1700, "numeric", "numeric", 1231},
    {2950, "uuid", "uuid", 2951},
    {1082, "date", "date", 1182},
    {1083, "time without time zone", "time", 1183},
    {1266, "time with time zone", "timetz", 1270},
    {1114, "timestamp without time zone", "timestamp", 1115},
    {1184, "timestamp with time zone", "timestamptz", 1185},
    {1186, "interval", "interval", 1187},
    {603, "box", "box", 1020},
    {2278, "void", "void", 0},
};

static inline void sample_add_plain(ApiTypes *types, const SamplePlain *plain)
{
    g_autofree char *array_name = g_strconcat(plain->name, "[]", NULL);
    char delimiter = g_str_equal(plain->base, "box") ? ';' : ',';
    ApiTypeRow row = {.oid = plain->oid, .name = plain->name, .base = plain->base, .kind = 'b'};
    ApiTypeRow array = {.oid = plain->array,
                        .name = array_name,
                        .base = "",
                        .kind = 'b',
                        .element = plain->oid,
                        .is_array = true,
                        .delimiter = delimiter};
    api_types_add(types, &row);
    if (plain->array != 0)
        api_types_add(types, &array);
}

static const char *const sample_moods[] = {"sad", "ok", "it's \"fine\"", NULL};
static const char *const sample_point_names[] = {"x", "label", NULL};
static const unsigned sample_point_types[] = {23, 25};
static const char *const sample_tree_names[] = {"name", "children", NULL};
static const unsigned sample_tree_types[] = {25, SAMPLE_TREE_ARRAY};
static const char *const sample_unknown_names[] = {"what", NULL};
static const unsigned sample_unknown_types[] = {SAMPLE_MISSING};

static const ApiTypeRow sample_rows[] = {
    {.oid = 22, .name = "int2vector", .base = "int2vector", .kind = 'b', .element = 21},
    {.oid = 3904, .name = "int4range", .base = "int4range", .kind = 'r', .element = 23},
    {.oid = 3910, .name = "tstzrange", .base = "tstzrange", .kind = 'r', .element = 1184},
    {.oid = 4451, .name = "int4multirange", .base = "int4multirange", .kind = 'm', .element = 3904},
    {.oid = SAMPLE_MOOD,
     .name = "mood",
     .base = "",
     .kind = 'e',
     .labels = sample_moods,
     .comment = "How it is."},
    {.oid = SAMPLE_POINT,
     .name = "shop.point",
     .base = "",
     .kind = 'c',
     .field_names = sample_point_names,
     .field_types = sample_point_types},
    {.oid = SAMPLE_POINT_ARRAY,
     .name = "shop.point[]",
     .base = "",
     .kind = 'b',
     .element = SAMPLE_POINT,
     .is_array = true,
     .delimiter = ','},
    {.oid = SAMPLE_TREE,
     .name = "tree",
     .base = "",
     .kind = 'c',
     .field_names = sample_tree_names,
     .field_types = sample_tree_types},
    {.oid = SAMPLE_TREE_ARRAY,
     .name = "tree[]",
     .base = "",
     .kind = 'b',
     .element = SAMPLE_TREE,
     .is_array = true,
     .delimiter = ','},
    {.oid = SAMPLE_PRICE,
     .name = "price",
     .base = "numeric",
     .kind = 'b',
     .domain = true,
     .not_null = true},
    {.oid = SAMPLE_POINTS,
     .name = "points",
     .base = "",
     .kind = 'b',
     .domain = true,
     .element = SAMPLE_POINT,
     .is_array = true,
     .delimiter = ','},
    {.oid = SAMPLE_UNKNOWN,
     .name = "unknown",
     .base = "",
     .kind = 'c',
     .field_names = sample_unknown_names,
     .field_types = sample_unknown_types},
};

/* (transfer full): finished. */
static inline ApiTypes *sample_types(void)
{
    ApiTypes *types = api_types_new();
    for (size_t i = 0; i < G_N_ELEMENTS(sample_plains); i++)
        sample_add_plain(types, &sample_plains[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(sample_rows); i++)
        api_types_add(types, &sample_rows[i]);
    api_types_finish(types);
    return types;
}
