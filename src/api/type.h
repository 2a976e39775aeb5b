/*
 * PostgreSQL's types, and the JSON form of each: docs/json.md.
 *
 * A table of types is built from catalog rows, once, and then only read.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* How a type looks in JSON. A domain has the form of what it is made of. */
typedef enum ApiForm {
    FORM_TEXT, /* a string, and whatever has no form of its own */
    FORM_BOOLEAN,
    FORM_INTEGER, /* int2, int4, oid: a number */
    FORM_BIGINT,  /* int8: a number, or a string by setting */
    FORM_FLOAT,   /* float4, float8: a number; "NaN", "Infinity", "-Infinity" */
    FORM_NUMERIC, /* a string, exact; or a number by setting */
    FORM_UUID,
    FORM_DATE,
    FORM_TIME,        /* "18:30:00" */
    FORM_TIMETZ,      /* "18:30:00Z", "18:30:00+02:00" */
    FORM_TIMESTAMP,   /* "2026-11-22T18:30:00" */
    FORM_TIMESTAMPTZ, /* RFC 3339, UTC: "2026-11-22T18:30:00Z" */
    FORM_INTERVAL,    /* ISO 8601: "P1DT2H" */
    FORM_BYTEA,       /* base64 */
    FORM_JSON,        /* json, jsonb: itself */
    FORM_ENUM,
    FORM_ARRAY,      /* an array, nested as its dimensions */
    FORM_COMPOSITE,  /* an object */
    FORM_RANGE,      /* {"lower": …, "upper": …, "bounds": "[)"}; {"empty": true} */
    FORM_MULTIRANGE, /* an array of ranges */
    FORM_VOID,
} ApiForm;

typedef struct ApiType ApiType;

typedef struct ApiField {
    char *name;
    char *key; /* as JSON: "\"name\":" */
    const ApiType *type;
} ApiField;

/* The texts and arrays are the type's own; other types are borrowed from the same table. */
struct ApiType {
    unsigned oid;
    char *name; /* as format_type() prints it: "character varying", "shop.order_state" */
    ApiForm form;
    char delimiter; /* of array elements: ',' but for box; ' ': a vector, which has no braces */
    bool domain;    /* a domain: its checks are the server's */
    bool not_null;  /* a domain that is NOT NULL */
    unsigned bytes; /* of an integer or float: 2, 4, 8; oid: 4 and @is_unsigned */
    bool is_unsigned;
    char **labels;          /* of an enum, in order */
    const ApiType *element; /* of an array, range or multirange (its range) */
    GArray *fields;         /* (element-type ApiField) of a composite */
    char *comment;          /* (nullable) */
};

/*
 * A row of the catalog: what api_types_add() is given. All texts are borrowed.
 *
 * "Base" is the type itself, or of a domain the innermost type that is none (pg_type.typbasetype,
 * followed to its end). All but @oid, @name, @domain, @not_null and @comment are the base's.
 */
typedef struct ApiTypeRow {
    unsigned oid;
    const char *name; /* format_type(oid, NULL) */
    const char *base; /* typname of the base if it lies in pg_catalog, else "":
                         "int8", "numeric"; decides the form of a plain type */
    char kind;        /* typtype of the base: b c e m p r */
    bool domain;
    bool not_null;    /* typnotnull of the domain or of any domain that it is made of */
    unsigned element; /* of an array (also int2vector and oidvector): typelem; of a range:
                         pg_range.rngsubtype; of a multirange: its range, pg_range.rngtypid; 0 */
    bool is_array;    /* its text is in braces: typoutput is array_out */
    char delimiter;   /* typdelim of the element: what separates elements in the array's text */
    const char *const *labels;      /* (nullable): of an enum, by enumsortorder */
    const char *const *field_names; /* (nullable): of a composite, by attnum, without dropped ones,
                                       ended by %NULL */
    const unsigned *field_types;    /* (nullable): their OIDs */
    const char *comment;            /* (nullable): obj_description(oid, 'pg_type') */
} ApiTypeRow;

typedef struct ApiTypes ApiTypes;

/* (transfer full) */
ApiTypes *api_types_new(void);
void api_types_free(ApiTypes *types);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApiTypes, api_types_free)

/* Adds a type, or nothing if it is there; the types that it names may come later. */
void api_types_add(ApiTypes *types, const ApiTypeRow *row);

/* Joins the types to each other, after the last one was added. One that is missing is text. */
void api_types_finish(ApiTypes *types);

/* (transfer none) (not nullable): the type, or text if there is no such OID. */
const ApiType *api_types_find(const ApiTypes *types, unsigned oid);

/* The OIDs that rows named and that were not added: (transfer full) (element-type guint). */
GArray *api_types_missing(const ApiTypes *types);

/* Choices of the project that change forms: [serve] bigint, numeric. A value. */
typedef struct ApiForms {
    bool bigint_is_string;
    bool numeric_is_number;
} ApiForms;
