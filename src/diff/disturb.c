#include "diff/disturb.h"

#include "diff/rules.h"

#include <string.h>

/* Whether what stands on this pair's object is touched by its fate. */
static bool is_disturbing(const Pair *pair)
{
    return pair->fate >= FATE_REBUILD ? pair->fate != FATE_CREATE : pair_changes_type(pair);
}

/* What follows the prefix that a name in the schema of @extension is written with; or NULL. */
static const char *name_in_extension(const char *type, const Object *extension)
{
    const char *schema = object_value(extension, EXTENSION_SCHEMA);
    if (strcmp(schema, "public") == 0)
        return type;
    size_t length = strlen(schema);
    return strncmp(type, schema, length) == 0 && type[length] == '.' ? type + length + 1 : NULL;
}

/* Whether the type of the column went from one schema to another with @extension. */
static bool is_moved_by(const Pair *column, const Object *extension)
{
    const GPtrArray *needed = column->to->depends_on;
    for (unsigned i = 0; needed != NULL && i < needed->len; i++) {
        const Object *now = g_ptr_array_index(needed, i);
        if (now->kind != KIND_EXTENSION || strcmp(now->identity, extension->identity) != 0)
            continue;
        const char *before = name_in_extension(object_value(column->from, COLUMN_TYPE), extension);
        const char *after = name_in_extension(object_value(column->to, COLUMN_TYPE), now);
        return before != NULL && after != NULL && strcmp(before, after) == 0;
    }
    return false;
}

/* A type that only its extension takes along to another schema is the same type. */
static void keep_moved_type(Pair *pair)
{
    unsigned type = 1U << COLUMN_TYPE;
    if (pair->to->kind != KIND_COLUMN || (pair->differences & type) == 0)
        return;
    const GPtrArray *needed = pair->from->depends_on;
    for (unsigned i = 0; needed != NULL && i < needed->len; i++) {
        const Object *extension = g_ptr_array_index(needed, i);
        if (extension->kind == KIND_EXTENSION && is_moved_by(pair, extension))
            pair->differences &= ~type;
    }
}

static void decide_alone(Pair *pair, GQueue *disturbing)
{
    if (pair->from != NULL && pair->to != NULL && pair->fate != FATE_RENAME) {
        pair->differences = object_differences(pair->from, pair->to);
        keep_moved_type(pair);
        if (pair->differences != 0)
            pair->fate = kind_rules[pair->to->kind].change(pair);
    }
    if (is_disturbing(pair))
        g_queue_push_tail(disturbing, pair);
}

static void disturb(Pair *pair, const Pair *cause, GQueue *disturbing)
{
    if (pair->fate >= FATE_REBUILD)
        return;
    bool was_disturbing = is_disturbing(pair);
    Fate fate = kind_rules[pair->to->kind].disturb(pair, cause);
    pair->fate = MAX(pair->fate, fate);
    if (is_disturbing(pair) && (!was_disturbing || pair->fate >= FATE_REBUILD))
        g_queue_push_tail(disturbing, pair);
}

/* Whether the server will look whether all values of the domain are as @pair wants them. */
static bool is_tightened(const GPtrArray *pairs, const Pair *domain)
{
    if (object_flag(domain->to, DOMAIN_NOT_NULL) && !object_flag(domain->from, DOMAIN_NOT_NULL))
        return true;
    for (unsigned i = 0; i < pairs->len; i++) {
        const Pair *check = g_ptr_array_index(pairs, i);
        if (check->to != NULL && check->to->kind == KIND_DOMAIN_CHECK &&
            check->to->parent == domain->to && check->fate >= FATE_ALTER &&
            object_flag(check->to, DOMAIN_CHECK_VALID))
            return true;
    }
    return false;
}

static bool is_in_arrays(const Pair *domain)
{
    for (unsigned i = 0; domain->dependents != NULL && i < domain->dependents->len; i++) {
        const Object *object = ((const Pair *)g_ptr_array_index(domain->dependents, i))->from;
        if (object->kind == KIND_COLUMN &&
            g_str_has_suffix(object_value(object, COLUMN_TYPE), "[]"))
            return true;
    }
    return false;
}

/*
 * The server does not look into arrays: it refuses to tighten a domain that a column has an array
 * of. Source: find_composite_type_dependencies() in tablecmds.c.
 */
static void set_domains_aside(const GPtrArray *pairs, GQueue *disturbing)
{
    for (unsigned i = 0; i < pairs->len; i++) {
        Pair *pair = g_ptr_array_index(pairs, i);
        if (pair->from == NULL || pair->to == NULL || pair->to->kind != KIND_DOMAIN ||
            pair->fate >= FATE_REBUILD || !is_in_arrays(pair) || !is_tightened(pairs, pair))
            continue;
        pair->fate = FATE_ASIDE;
        g_queue_push_tail(disturbing, pair);
    }
}

void disturb_dependents(const PairTable *table)
{
    g_autoptr(GQueue) disturbing = g_queue_new();
    const GPtrArray *pairs = pair_table_pairs(table);
    for (unsigned i = 0; i < pairs->len; i++)
        decide_alone(g_ptr_array_index(pairs, i), disturbing);
    set_domains_aside(pairs, disturbing);
    Pair *cause = NULL;
    while ((cause = g_queue_pop_head(disturbing)) != NULL)
        for (unsigned i = 0; cause->dependents != NULL && i < cause->dependents->len; i++)
            disturb(g_ptr_array_index(cause->dependents, i), cause, disturbing);
}
