/*
 * The kinds of object that a schema holds, as data.
 *
 * A kind is a row in object_kinds[] and an enumeration of its attributes. The layers above
 * have one array of functions each, indexed by kind; adding a kind changes no function.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* In the order in which a person would read them; also the last word when objects are sorted. */
typedef enum ObjectKind {
    KIND_SCHEMA,
    KIND_EXTENSION,
    KIND_ENUM,
    KIND_DOMAIN,
    KIND_DOMAIN_CHECK,
    KIND_SEQUENCE,
    KIND_FUNCTION, /* functions, window functions and procedures */
    KIND_TABLE,
    KIND_COLUMN,
    KIND_DEFAULT,    /* of a column that is not generated; separate, as in pg_attrdef */
    KIND_OWNED_BY,   /* a sequence's OWNED BY; separate, because it points the other way */
    KIND_CONSTRAINT, /* of a table: primary key, unique, check, foreign key, exclusion */
    KIND_INDEX,      /* one that does not belong to a constraint */
    KIND_VIEW,
    KIND_MATERIALIZED_VIEW,
    KIND_VIEW_COLUMN, /* has comments and grants only */
    KIND_TRIGGER,
    KIND_OTHER, /* an object of a kind that this version does not manage: named, never touched */
    KIND_COUNT
} ObjectKind;

/*
 * Attributes: the columns that the kind's catalog query gives after the common ones, in this
 * order. Values are the server's text output: NULL for SQL NULL, "t" and "f" for booleans,
 * array literals for lists (see schema/list.h). "SQL" marks text that is ready to be put into a
 * statement.
 */
enum { EXTENSION_SCHEMA /* SQL: name of the schema it is installed in */ };
enum { ENUM_LABELS /* list, in enum order */ };
enum {
    DOMAIN_TYPE,      /* SQL: format_type of the base type, with modifier */
    DOMAIN_COLLATION, /* SQL; NULL if it is the base type's */
    DOMAIN_DEFAULT,   /* SQL; NULL if none */
    DOMAIN_NOT_NULL,
};
enum {
    DOMAIN_CHECK_DEFINITION, /* SQL: CHECK (…), without NOT VALID */
    DOMAIN_CHECK_VALID,
};
enum {
    SEQUENCE_PERSISTENCE, /* p, u */
    SEQUENCE_TYPE,        /* SQL: smallint, integer, bigint */
    SEQUENCE_START,
    SEQUENCE_INCREMENT,
    SEQUENCE_MINIMUM,
    SEQUENCE_MAXIMUM,
    SEQUENCE_CACHE,
    SEQUENCE_CYCLE,
};
enum {
    FUNCTION_TYPE,           /* f function, p procedure, w window function */
    FUNCTION_ARGUMENTS,      /* SQL: pg_get_function_arguments, with names and defaults */
    FUNCTION_ARGUMENT_NAMES, /* list of the input arguments' names, '' if none */
    FUNCTION_DEFAULTS,       /* number of arguments with a default */
    FUNCTION_RESULT,         /* SQL: pg_get_function_result; NULL for a procedure */
    FUNCTION_LANGUAGE,       /* SQL */
    FUNCTION_VOLATILITY,     /* i, s, v */
    FUNCTION_STRICT,
    FUNCTION_SECURITY_DEFINER,
    FUNCTION_LEAKPROOF,
    FUNCTION_PARALLEL,   /* s, r, u */
    FUNCTION_COST,       /* NULL if it is the language's default */
    FUNCTION_ROWS,       /* NULL if it is the default */
    FUNCTION_SUPPORT,    /* SQL; NULL if none */
    FUNCTION_TRANSFORMS, /* SQL: FOR TYPE a, FOR TYPE b; NULL if none */
    FUNCTION_SETTINGS,   /* list of SQL: name TO value, ready behind SET */
    FUNCTION_BODY,       /* prosrc; the link symbol of a C function */
    FUNCTION_LIBRARY,    /* probin; NULL but for C */
    FUNCTION_SQL_BODY,   /* SQL: BEGIN ATOMIC … or RETURN …; NULL if none */
};
enum {
    TABLE_PERSISTENCE,   /* p, u */
    TABLE_OPTIONS,       /* list of name=value, toast.name=value; sorted */
    TABLE_ACCESS_METHOD, /* SQL; NULL if it is the server's default */
    TABLE_TABLESPACE,    /* SQL; NULL if it is the database's */
};
enum {
    COLUMN_POSITION,  /* not compared: column order alone is no difference */
    COLUMN_TYPE,      /* SQL: format_type with modifier */
    COLUMN_COLLATION, /* SQL; NULL if it is the type's */
    COLUMN_NOT_NULL,
    COLUMN_NOT_NULL_NAME,      /* since 18, of its constraint; NULL if it is the usual one */
    COLUMN_NOT_NULL_LOCAL,     /* since 18: t if it is NO INHERIT; else NULL */
    COLUMN_NOT_NULL_UNCHECKED, /* since 18: t if it is NOT VALID; else NULL */
    COLUMN_GENERATED,          /* s stored, v virtual; NULL if not generated */
    COLUMN_EXPRESSION,         /* SQL: of a generated column; NULL otherwise */
    COLUMN_IDENTITY,           /* a always, d by default; NULL if none */
    COLUMN_IDENTITY_SEQUENCE,  /* SQL: name of its sequence; NULL if it is the usual one */
    COLUMN_IDENTITY_START,     /* these six: NULL if not an identity column */
    COLUMN_IDENTITY_INCREMENT,
    COLUMN_IDENTITY_MINIMUM,
    COLUMN_IDENTITY_MAXIMUM,
    COLUMN_IDENTITY_CACHE,
    COLUMN_IDENTITY_CYCLE,
    COLUMN_STORAGE,     /* p, e, m, x; NULL if it is the type's default */
    COLUMN_COMPRESSION, /* p, l; NULL if it is the server's default */
    COLUMN_STATISTICS,  /* target; NULL if it is the server's default */
    COLUMN_OPTIONS,     /* list of name=value, without the server's own pg_attver */
};
enum { DEFAULT_EXPRESSION /* SQL */ };
enum { OWNED_BY_COLUMN /* SQL: table.column */ };
enum {
    CONSTRAINT_TYPE,       /* p, u, c, f, x as in pg_constraint.contype */
    CONSTRAINT_DEFINITION, /* SQL: pg_get_constraintdef without NOT VALID and DEFERRABLE words */
    CONSTRAINT_COLUMNS,    /* list of the names of the constrained columns, in key order */
    CONSTRAINT_REFERENCES, /* SQL: the table that a foreign key refers to; NULL otherwise */
    CONSTRAINT_OPTIONS,    /* list of name=value of its index; NULL if none */
    CONSTRAINT_TABLESPACE, /* SQL: of its index; NULL if it is the database's */
    CONSTRAINT_DEFERRABLE,
    CONSTRAINT_DEFERRED,
    CONSTRAINT_VALID,
    CONSTRAINT_CLUSTERED,        /* its index is marked by CLUSTER ON */
    CONSTRAINT_REPLICA_IDENTITY, /* its index is the table's replica identity */
};
enum {
    INDEX_DEFINITION, /* SQL: pg_get_indexdef, pretty, with the name */
    INDEX_VALID,
    INDEX_CLUSTERED,
    INDEX_REPLICA_IDENTITY,
    INDEX_STATISTICS, /* list of "position target" of expression columns; NULL if none */
};
enum {
    VIEW_DEFINITION, /* SQL: pg_get_viewdef, pretty */
    VIEW_COLUMNS,    /* list of "name type collation", in order: what OR REPLACE must keep */
    VIEW_OPTIONS,    /* list of name=value */
};
enum {
    MATERIALIZED_VIEW_DEFINITION, /* SQL: pg_get_viewdef, pretty */
    MATERIALIZED_VIEW_OPTIONS,
    MATERIALIZED_VIEW_ACCESS_METHOD,
    MATERIALIZED_VIEW_TABLESPACE,
    MATERIALIZED_VIEW_POPULATED,  /* not compared: REFRESH is no change of the schema */
    MATERIALIZED_VIEW_STATISTICS, /* list of "position target name" of columns; NULL if none */
};
enum { VIEW_COLUMN_POSITION /* not compared */ };
enum {
    TRIGGER_DEFINITION, /* SQL: pg_get_triggerdef, pretty */
    TRIGGER_ENABLED,    /* O, D, R, A as in pg_trigger.tgenabled */
};
enum { OTHER_TYPE /* what the server calls it, as pg_identify_object().type */ };

/* More attributes than any kind has. */
#define ATTRIBUTES_MAX 32

typedef struct KindInfo {
    const char *name;    /* as in messages: "materialized view" */
    bool in_relation;    /* named within a relation (or domain): a column, a trigger */
    ObjectKind relation; /* the usual kind of that relation, if in_relation or an index */
    unsigned ignored;    /* bits of the attributes that are no difference */
    unsigned printed;    /* bits of the attributes that are expressions printed by the server */
    const char *attributes[ATTRIBUTES_MAX]; /* names, as the catalog query gives them */
} KindInfo;

extern const KindInfo object_kinds[];

/* The number of attributes of @kind. */
unsigned kind_attribute_count(ObjectKind kind);
