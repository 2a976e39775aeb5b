/*
 * Names that the server chooses by itself, and whether it would choose them here.
 *
 * A constraint that the server named needs no name in the SQL, if the server would come to the
 * same name again. It does not if the name is taken in the schema, be it by another table's
 * constraint: then it adds a number.
 */
#pragma once
#include "schema/schema.h"

typedef struct NameUse NameUse;

/* The names of relations and constraints of both schemas; either may be NULL. */
NameUse *name_use_new(const Schema *from, const Schema *to);
void name_use_free(NameUse *names);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NameUse, name_use_free)

/* Whether nothing but @object has its name, in either schema. */
bool name_is_free(const NameUse *names, const Object *object);

/* (transfer full): @name with __old behind it, at most 63 bytes: that of a type set aside. */
char *names_aside(const char *name);

/* Whether the server would name @constraint so, if its name is free. */
bool names_constraint_is_usual(const Object *constraint);
