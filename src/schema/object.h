/*
 * One object of a schema: a table, a column, an index …
 *
 * An object is a plain value whose texts live in the schema that holds it. What distinguishes
 * the kinds is data: see schema/kind.h.
 */
#pragma once
#include "schema/kind.h"

#define GRANTEE_PUBLIC "public" /* no role can have this name */
#define GRANTEE_OWNER ""        /* the object's owner, whoever that is */

/* One privilege that differs from what the owner and PUBLIC have of a new object of the kind. */
typedef struct Grant {
    const char *grantee;   /* role name, GRANTEE_PUBLIC or GRANTEE_OWNER */
    const char *privilege; /* SELECT, EXECUTE, … */
    bool revoked;          /* true: usual for a new object, but missing here */
    bool grantable;        /* WITH GRANT OPTION */
} Grant;

typedef struct Object Object;
struct Object {
    ObjectKind kind;
    const char *schema;    /* (nullable): a schema or an extension lies in none */
    const char *relation;  /* (nullable): table, view or domain that it belongs to */
    const char *name;      /* as in the catalog, unquoted; of KIND_OTHER: its whole identity */
    const char *arguments; /* (nullable): input types of a function, as DROP FUNCTION takes them */
    const char *identity; /* unique within the kind; quoted, dotted: public.item.name, f(integer) */
    const char *comment;  /* (nullable) */
    const Object *parent; /* (nullable): the relation, domain, or column of a default */
    GPtrArray *grants;    /* (nullable) (element-type Grant): by grantee, then privilege */
    GPtrArray *depends_on; /* (nullable) (element-type Object): borrowed, sorted; never itself */
    const char *values[];  /* as many as the kind has attributes */
};

/* The value of @attribute, or %NULL. */
const char *object_value(const Object *object, unsigned attribute);

/* Whether the boolean @attribute is true. */
bool object_flag(const Object *object, unsigned attribute);

/**
 * object_compare:
 * Compares two pointers to objects by kind, identity: the order of output. A GCompareFunc for
 * g_ptr_array_sort().
 */
int object_compare(const void *a, const void *b);

/**
 * object_differences:
 * @a, @b: of the same kind
 *
 * Returns: a bit for each attribute whose values differ and that the kind does not ignore.
 *   Comments, grants and dependencies are not looked at.
 */
unsigned object_differences(const Object *a, const Object *b);

/* Whether both have the same comment. */
bool object_comment_equal(const Object *a, const Object *b);

/* Whether both have the same grants. */
bool object_grants_equal(const Object *a, const Object *b);
