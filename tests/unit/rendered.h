/*
 * Objects made by hand, and the SQL that a change of them gives.
 */
#pragma once
#include "render/render.h"

#include <string.h>

/* The values of an object, by attribute: VALUES([TABLE_PERSISTENCE] = "p"). */
#define VALUES(...) ((const char *const[ATTRIBUTES_MAX]){__VA_ARGS__})

static inline void set_values(Schema *schema, Object *object, const char *const *values)
{
    for (unsigned i = 0; i < kind_attribute_count(object->kind); i++)
        object->values[i] = schema_text(schema, values[i]);
}

static inline Object *make_in(Schema *schema, ObjectKind kind, const char *relation,
                              const char *name, const char *const *values)
{
    Object *object = schema_add(schema, kind, "public", relation, name, NULL);
    set_values(schema, object, values);
    return object;
}

static inline Object *make(Schema *schema, ObjectKind kind, const char *name,
                           const char *const *values)
{
    return make_in(schema, kind, NULL, name, values);
}

/* (transfer full): the statements of @change alone. */
static inline GPtrArray *statements_of(Change *change)
{
    g_autoptr(GPtrArray) changes = g_ptr_array_new();
    g_ptr_array_add(changes, change);
    return render_changes(changes, NULL, NULL);
}

/* (transfer full): the same as text, a line break after each semicolon. */
static inline char *rendered(Change *change)
{
    g_autoptr(GPtrArray) statements = statements_of(change);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < statements->len; i++) {
        const RenderedStatement *statement = g_ptr_array_index(statements, i);
        g_assert_true(statement->change == change);
        g_string_append_printf(text, "%s%s;", i > 0 ? "\n" : "", statement->sql);
    }
    return g_string_free(text, FALSE);
}

#define assert_change(change, expected)                                                            \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *rendered_sql = rendered(change);                                          \
        g_assert_cmpstr(rendered_sql, ==, expected);                                               \
    }                                                                                              \
    G_STMT_END

#define assert_action(action, from, to, expected)                                                  \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autoptr(Change) change_made = change_new(action, from, to);                              \
        assert_change(change_made, expected);                                                      \
    }                                                                                              \
    G_STMT_END

#define assert_create(to, expected) assert_action(CHANGE_CREATE, NULL, to, expected)
#define assert_drop(from, expected) assert_action(CHANGE_DROP, from, NULL, expected)

/* The change in place that sets whatever differs. */
#define assert_alter(from, to, expected)                                                           \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autoptr(Change) change_made = change_new(CHANGE_ALTER, from, to);                        \
        change_made->attributes = object_differences(from, to);                                    \
        g_assert_cmpuint(change_made->attributes, !=, 0);                                          \
        assert_change(change_made, expected);                                                      \
    }                                                                                              \
    G_STMT_END

/* The remark of the first statement of @change; "" if there is none. */
#define assert_loss(change, expected)                                                              \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autoptr(GPtrArray) made = statements_of(change);                                         \
        const RenderedStatement *made_first = g_ptr_array_index(made, 0);                          \
        g_assert_cmpstr(made_first->loss != NULL ? made_first->loss : "", ==, expected);           \
    }                                                                                              \
    G_STMT_END
