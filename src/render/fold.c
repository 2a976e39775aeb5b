#include "render/fold.h"

#include "render/constraint.h"
#include "render/renderer.h"
#include "schema/list.h"

#include <stdlib.h>
#include <string.h>

static bool has_index(const Object *constraint)
{
    const char *type = object_value(constraint, CONSTRAINT_TYPE);
    return type[0] == 'p' || type[0] == 'u';
}

static bool has_rival(const GPtrArray *constraints, const Object *constraint)
{
    const char *columns = object_value(constraint, CONSTRAINT_COLUMNS);
    for (unsigned i = 0; i < constraints->len; i++) {
        const Object *other = g_ptr_array_index(constraints, i);
        if (has_index(other) && g_strcmp0(object_value(other, CONSTRAINT_COLUMNS), columns) == 0)
            return true;
    }
    return false;
}

/*
 * CREATE TABLE takes NOT VALID for granted, and makes one constraint of two that would have the
 * same index. Source: transformIndexConstraints() in parse_utilcmd.c.
 */
static bool must_wait(const Fold *fold, const Object *constraint)
{
    if (!object_flag(constraint, CONSTRAINT_VALID))
        return true;
    return has_index(constraint) &&
           (has_rival(fold->in_columns, constraint) || has_rival(fold->lines, constraint));
}

static bool has_column(const Fold *fold, const Object *constraint)
{
    g_auto(GStrv) names = list_parse(object_value(constraint, CONSTRAINT_COLUMNS));
    for (unsigned i = 0; names[0] != NULL && i < fold->columns->len; i++)
        if (strcmp(((const Object *)g_ptr_array_index(fold->columns, i))->name, names[0]) == 0)
            return true;
    return false;
}

static void sort_constraint(Fold *fold, const NameUse *names, const Object *constraint,
                            bool of_table)
{
    GPtrArray *place = of_table ? fold->lines : fold->later;
    if (must_wait(fold, constraint))
        place = fold->later;
    else if (constraint_fits_column(names, constraint) && has_column(fold, constraint))
        place = fold->in_columns;
    g_ptr_array_add(place, (Object *)constraint);
}

static long position_of(const Object *column)
{
    const char *position = object_value(column, COLUMN_POSITION);
    return position != NULL ? strtol(position, NULL, 10) : 0;
}

static int compare_positions(const void *a, const void *b)
{
    long left = position_of(*(Object *const *)a);
    long right = position_of(*(Object *const *)b);
    return left < right ? -1 : left > right;
}

/* Primary key, unique, foreign key, check, exclusion; then by name. */
static int compare_constraints(const void *a, const void *b)
{
    static const char order[] = "pufcx";
    const Object *left = *(Object *const *)a;
    const Object *right = *(Object *const *)b;
    const char *left_rank = strchr(order, object_value(left, CONSTRAINT_TYPE)[0]);
    const char *right_rank = strchr(order, object_value(right, CONSTRAINT_TYPE)[0]);
    if (left_rank != right_rank)
        return left_rank < right_rank ? -1 : 1;
    return strcmp(left->name, right->name);
}

static Fold *fold_empty(void)
{
    Fold *fold = g_new0(Fold, 1);
    fold->columns = g_ptr_array_new();
    fold->in_columns = g_ptr_array_new();
    fold->lines = g_ptr_array_new();
    fold->later = g_ptr_array_new();
    fold->rest = g_ptr_array_new();
    fold->defaults = g_hash_table_new(g_str_hash, g_str_equal);
    return fold;
}

Fold *fold_new(const NameUse *names, const Object *column, const GPtrArray *inside)
{
    Fold *fold = fold_empty();
    if (column != NULL)
        g_ptr_array_add(fold->columns, (Object *)column);
    g_autoptr(GPtrArray) constraints = g_ptr_array_new();
    for (unsigned i = 0; inside != NULL && i < inside->len; i++) {
        Change *change = g_ptr_array_index(inside, i);
        Object *object = (Object *)change->to;
        if (change->action != CHANGE_CREATE)
            g_ptr_array_add(fold->rest, change);
        else if (object->kind == KIND_COLUMN)
            g_ptr_array_add(fold->columns, object);
        else if (object->kind == KIND_DEFAULT)
            g_hash_table_insert(fold->defaults, (char *)object->name, object);
        else if (object->kind == KIND_CONSTRAINT)
            g_ptr_array_add(constraints, object);
        else
            g_ptr_array_add(fold->rest, change);
    }
    g_ptr_array_sort(fold->columns, compare_positions);
    g_ptr_array_sort(constraints, compare_constraints);
    for (unsigned i = 0; i < constraints->len; i++)
        sort_constraint(fold, names, g_ptr_array_index(constraints, i), column == NULL);
    return fold;
}

void fold_free(Fold *fold)
{
    if (fold == NULL)
        return;
    g_ptr_array_unref(fold->columns);
    g_ptr_array_unref(fold->in_columns);
    g_ptr_array_unref(fold->lines);
    g_ptr_array_unref(fold->later);
    g_ptr_array_unref(fold->rest);
    g_hash_table_unref(fold->defaults);
    g_free(fold);
}

const Object *fold_default(const Fold *fold, const char *column)
{
    return g_hash_table_lookup(fold->defaults, column);
}

GPtrArray *fold_column_constraints(const Fold *fold, const char *column)
{
    GPtrArray *constraints = g_ptr_array_new();
    for (unsigned i = 0; i < fold->in_columns->len; i++) {
        Object *constraint = g_ptr_array_index(fold->in_columns, i);
        g_auto(GStrv) columns = list_parse(object_value(constraint, CONSTRAINT_COLUMNS));
        if (strcmp(columns[0], column) == 0)
            g_ptr_array_add(constraints, constraint);
    }
    return constraints;
}

void fold_append_rest(const Fold *fold, Rendering *rendering)
{
    for (unsigned i = 0; i < fold->in_columns->len; i++)
        constraint_append_marks(rendering, g_ptr_array_index(fold->in_columns, i));
    for (unsigned i = 0; i < fold->lines->len; i++)
        constraint_append_marks(rendering, g_ptr_array_index(fold->lines, i));
    for (unsigned i = 0; i < fold->later->len; i++)
        constraint_append_add(rendering, g_ptr_array_index(fold->later, i));
    for (unsigned i = 0; i < fold->rest->len; i++)
        rendering_append_change(rendering, g_ptr_array_index(fold->rest, i));
}
