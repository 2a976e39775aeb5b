/*
 * A change: one difference between two schemas, and what to do about it.
 *
 * Objects are borrowed from the two schemas, which outlive the changes.
 */
#pragma once
#include "schema/object.h"

typedef enum ChangeAction {
    CHANGE_DROP,
    CHANGE_CREATE,
    CHANGE_ALTER,      /* in place, by the attributes that differ */
    CHANGE_REPLACE,    /* in place, by CREATE OR REPLACE */
    CHANGE_RENAME,     /* from's name to to's name, nothing else */
    CHANGE_SET_ASIDE,  /* a type: renamed, so that its successor can take the name */
    CHANGE_DROP_ASIDE, /* the type set aside, when no column uses it any more */
    CHANGE_COMMENT,    /* to's comment; of a new object (from is NULL) when it has one */
    CHANGE_GRANTS,     /* to's grants; of a new object (from is NULL): all it has */
} ChangeAction;

typedef struct Change {
    ChangeAction action;
    const Object *from;  /* (nullable): as it is */
    const Object *to;    /* (nullable): as it shall be */
    unsigned attributes; /* CHANGE_ALTER: a bit for each attribute to set */
    GPtrArray *inside;   /* (nullable) (element-type Change): creations made by this one, in
                            order: columns, defaults and constraints of a new table; the
                            default of a new column */
} Change;

Change *change_new(ChangeAction action, const Object *from, const Object *to);
void change_free(Change *change);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Change, change_free)

/* Whichever of the objects there is: to, else from. */
const Object *change_object(const Change *change);
