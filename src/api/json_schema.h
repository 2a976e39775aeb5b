/*
 * JSON Schema 2020-12 of PostgreSQL's types, as docs/json.md describes their forms.
 *
 * Enums, composites and ranges are described once, under a name of their own, and referred to.
 */
#pragma once
#include "api/type.h"

#include <jansson.h>

typedef enum SchemaUse {
    SCHEMA_ANSWER,  /* what is sent to a client */
    SCHEMA_REQUEST, /* what is taken: wider for numbers that JavaScript cannot hold */
} SchemaUse;

typedef struct SchemaSet SchemaSet;

/* (transfer full): @forms is copied. */
SchemaSet *schema_set_new(const ApiForms *forms);
void schema_set_free(SchemaSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SchemaSet, schema_set_free)

/**
 * schema_set_take_name:
 *
 * Makes sure that no type is described under @name, which the caller uses.
 */
void schema_set_take_name(SchemaSet *set, const char *name);

/**
 * schema_of_type:
 * @type: (nullable): %NULL: anything
 * @nullable: whether null is a value of it
 *
 * Returns: (transfer full): its schema; parts of it that are shared are in the set then.
 */
json_t *schema_of_type(SchemaSet *set, const ApiType *type, SchemaUse use, bool nullable);

/* (transfer full): an object of the shared schemas by name, sorted. */
json_t *schema_set_components(const SchemaSet *set);
