/*
 * A schema in memory: every object of a database that Retort manages.
 *
 * Built once, by the catalog reader, the cache or a test; sorted and linked by
 * schema_finish(); only read after. Texts are stored once each.
 */
#pragma once
#include "schema/object.h"

typedef struct Schema Schema;

Schema *schema_new(void);
void schema_free(Schema *schema);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Schema, schema_free)

/**
 * schema_text:
 * @text: (nullable)
 *
 * Returns: (transfer none) (nullable): the schema's own copy of @text; equal texts give the
 *   same pointer.
 */
const char *schema_text(Schema *schema, const char *text);

/**
 * schema_add:
 * @relation: (nullable), @arguments: (nullable), @namespace: (nullable): see Object
 *
 * Returns: (transfer none): a new object with its identity and without values; the caller sets
 *   the values to texts from schema_text().
 */
Object *schema_add(Schema *schema, ObjectKind kind, const char *namespace, const char *relation,
                   const char *name, const char *arguments);

/* Adds a grant to @object. @grantee and @privilege are copied. */
void schema_add_grant(Schema *schema, Object *object, const char *grantee, const char *privilege,
                      bool revoked, bool grantable);

/* Says that @object needs @needed. Repeated and circular statements are harmless. */
void schema_add_dependency(Schema *schema, Object *object, Object *needed);

/**
 * schema_finish:
 * Sorts the objects, sets each object's parent, and adds the dependencies that follow from the
 * names alone: on the parent, and on the schema that an object lies in. To be called once.
 */
void schema_finish(Schema *schema);

/* (element-type Object): the objects of @kind, sorted by identity. */
const GPtrArray *schema_objects(const Schema *schema, ObjectKind kind);

/* (nullable) (transfer none): the object of @kind with this @identity. */
Object *schema_find(const Schema *schema, ObjectKind kind, const char *identity);

/* The number of objects of all kinds. */
unsigned schema_count(const Schema *schema);
