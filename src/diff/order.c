#include "diff/order.h"

#include <string.h>

typedef struct Ordering {
    OperationTable *operations;
    const PairTable *pairs;
} Ordering;

static PairOperations operations_of(const Ordering *ordering, const Pair *pair)
{
    return operation_table_of(ordering->operations, pair);
}

/* The operation that makes the object; a column of a view is made by the view's; (nullable). */
static Operation *operation_making(const Ordering *ordering, const Object *object)
{
    if (object->kind == KIND_VIEW_COLUMN && object->parent != NULL)
        object = object->parent;
    return operations_of(ordering, pair_table_find(ordering->pairs, object)).make;
}

/* What the new state of the object needs is there before it is made. */
static void order_needs(const Ordering *ordering, const Pair *pair, Operation *make)
{
    const GPtrArray *needed = pair->to->depends_on;
    for (unsigned i = 0; needed != NULL && i < needed->len; i++)
        operation_order(operation_making(ordering, g_ptr_array_index(needed, i)), make);
}

/*
 * What stood on the object has let go of it before it is dropped (maybe with its relation), set
 * aside or altered.
 */
static void order_dependents(const Ordering *ordering, const Pair *pair)
{
    PairOperations own = operations_of(ordering, pair);
    bool is_dropped = pair->fate == FATE_DROP || pair->fate == FATE_REBUILD;
    Operation *drop =
        is_dropped ? operation_removing(ordering->operations, ordering->pairs, pair) : own.drop;
    for (unsigned i = 0; pair->dependents != NULL && i < pair->dependents->len; i++) {
        const Pair *dependent = g_ptr_array_index(pair->dependents, i);
        if (dependent->fate < FATE_REBUILD) {
            operation_order(operations_of(ordering, dependent).make, drop);
            continue;
        }
        Operation *removing = operation_removing(ordering->operations, ordering->pairs, dependent);
        operation_order(removing, drop);
        if (dependent->fate == FATE_ASIDE)
            continue;
        operation_order(removing, own.aside);
        if (pair->fate < FATE_REBUILD)
            operation_order(removing, own.make);
    }
}

static bool is_key(const Object *object)
{
    if (object->kind == KIND_INDEX)
        return true;
    return object->kind == KIND_CONSTRAINT &&
           strchr("pu", object_value(object, CONSTRAINT_TYPE)[0]) != NULL;
}

/* The table that a foreign key refers to: the one whose key it needs; (nullable). */
static const Object *find_referenced(const Object *foreign_key)
{
    const GPtrArray *needed = foreign_key->depends_on;
    for (unsigned i = 0; needed != NULL && i < needed->len; i++) {
        const Object *object = g_ptr_array_index(needed, i);
        if (is_key(object))
            return object->parent;
    }
    return NULL;
}

/* A foreign key takes whatever key fits: the keys that are to go are gone before it is made. */
static void order_foreign_key(const Ordering *ordering, const Pair *pair, Operation *make)
{
    const Pair *table = pair_table_find(ordering->pairs, find_referenced(pair->to));
    const GPtrArray *parts = table == NULL ? NULL : table->dependents;
    for (unsigned i = 0; parts != NULL && i < parts->len; i++) {
        const Pair *part = g_ptr_array_index(parts, i);
        if (is_key(part->from) && (part->fate == FATE_DROP || part->fate == FATE_REBUILD))
            operation_order(operations_of(ordering, part).drop, make);
    }
}

static void order_pair(const Ordering *ordering, const Pair *pair)
{
    PairOperations own = operations_of(ordering, pair);
    if (own.aside != NULL) {
        operation_order(own.aside, own.make);
        operation_order(own.make, own.drop);
    } else {
        operation_order(own.drop, own.make);
    }
    if (own.make != NULL) {
        order_needs(ordering, pair, own.make);
        if (pair->to->kind == KIND_CONSTRAINT && own.make->change->action == CHANGE_CREATE)
            order_foreign_key(ordering, pair, own.make);
    }
    order_dependents(ordering, pair);
}

/* Comments and grants come when their object is there. */
static void order_notes(const Ordering *ordering, Operation *operation)
{
    ChangeAction action = operation->change->action;
    if (action != CHANGE_COMMENT && action != CHANGE_GRANTS)
        return;
    operation_order(operations_of(ordering, operation->pair).make, operation);
    if (operation->pair->to->parent == NULL)
        return;
    const Pair *parent = pair_table_find(ordering->pairs, operation->pair->to->parent);
    operation_order(operations_of(ordering, parent).make, operation);
}

/* The name of the sequence of an identity column; %NULL if the column has none. */
static char *identity_sequence_name(const Object *column)
{
    if (object_value(column, COLUMN_IDENTITY) == NULL)
        return NULL;
    return g_strdup_printf("%s\n%s_%s_seq", column->schema, column->relation, column->name);
}

/*
 * The name that the object takes among relations and types of its schema; %NULL if it takes
 * none. A table takes its name as a relation and as a type; an index, and so a key, as a
 * relation; an identity column that of its sequence.
 */
static char *taken_name(const Object *object)
{
    switch (object->kind) {
    case KIND_COLUMN:
        return identity_sequence_name(object);
    case KIND_ENUM:
    case KIND_DOMAIN:
    case KIND_SEQUENCE:
    case KIND_TABLE:
    case KIND_INDEX:
    case KIND_VIEW:
    case KIND_MATERIALIZED_VIEW:
        break;
    case KIND_CONSTRAINT:
        if (strchr("pux", object_value(object, CONSTRAINT_TYPE)[0]) == NULL)
            return NULL;
        break;
    default:
        return NULL;
    }
    return g_strdup_printf("%s\n%s", object->schema, object->name);
}

/* Whether the change of a column that stays gives it an identity, or takes it away. */
static bool changes_identity(const Pair *pair)
{
    return pair->fate == FATE_ALTER && pair->to->kind == KIND_COLUMN &&
           (object_value(pair->from, COLUMN_IDENTITY) == NULL) !=
               (object_value(pair->to, COLUMN_IDENTITY) == NULL);
}

/* The operation that frees the name of the pair's object; (nullable). */
static Operation *operation_leaving(const Ordering *ordering, const Pair *pair)
{
    if (pair->fate == FATE_DROP || pair->fate == FATE_REBUILD)
        return operation_removing(ordering->operations, ordering->pairs, pair);
    bool leaves = pair->fate == FATE_RENAME || changes_identity(pair);
    return leaves ? operations_of(ordering, pair).make : NULL;
}

/* The operation that takes the name of the pair's object; (nullable). */
static Operation *operation_taking(const Ordering *ordering, const Pair *pair)
{
    Operation *make = operations_of(ordering, pair).make;
    bool takes = make != NULL && (make->change->action == CHANGE_CREATE ||
                                  make->change->action == CHANGE_RENAME || changes_identity(pair));
    return takes ? make : NULL;
}

static void order_names(const Ordering *ordering)
{
    g_autoptr(GHashTable) leaving = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const GPtrArray *pairs = pair_table_pairs(ordering->pairs);
    for (unsigned i = 0; i < pairs->len; i++) {
        const Pair *pair = g_ptr_array_index(pairs, i);
        Operation *leaves = operation_leaving(ordering, pair);
        char *name = leaves == NULL ? NULL : taken_name(pair->from);
        if (name != NULL)
            g_hash_table_replace(leaving, name, leaves);
    }
    for (unsigned i = 0; i < pairs->len; i++) {
        const Pair *pair = g_ptr_array_index(pairs, i);
        Operation *takes = operation_taking(ordering, pair);
        g_autofree char *name = takes == NULL ? NULL : taken_name(pair->to);
        if (name != NULL)
            operation_order(g_hash_table_lookup(leaving, name), takes);
    }
}

void order_operations(OperationTable *operations, const PairTable *pairs)
{
    Ordering ordering = {operations, pairs};
    const GPtrArray *all = pair_table_pairs(pairs);
    for (unsigned i = 0; i < all->len; i++)
        order_pair(&ordering, g_ptr_array_index(all, i));
    const GPtrArray *every = operation_table_all(operations);
    for (unsigned i = 0; i < every->len; i++)
        order_notes(&ordering, g_ptr_array_index(every, i));
    order_names(&ordering);
}

static bool is_word_character(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '$' || (c & 0x80) != 0;
}

/* Calls back for each word of @body; letters are folded outside double quotes. */
static void for_each_word(const char *body, void (*found)(const char *word, void *data), void *data)
{
    g_autoptr(GString) word = g_string_new(NULL);
    for (const char *p = body; *p != '\0';) {
        g_string_truncate(word, 0);
        if (*p == '"') {
            for (p++; *p != '\0' && *p != '"'; p++)
                g_string_append_c(word, *p);
            p += *p == '"';
        } else if (is_word_character(*p)) {
            for (; is_word_character(*p); p++)
                g_string_append_c(word, g_ascii_tolower(*p));
        } else {
            p++;
            continue;
        }
        found(word->str, data);
    }
}

typedef struct Mentions {
    OperationTable *operations;
    GHashTable *by_name; /* name → (element-type Operation) */
    Operation *function;
} Mentions;

static void order_mentioned(const char *word, void *data)
{
    const Mentions *mentions = data;
    const GPtrArray *named = g_hash_table_lookup(mentions->by_name, word);
    for (unsigned i = 0; named != NULL && i < named->len; i++) {
        Operation *operation = operation_shown(g_ptr_array_index(named, i));
        Operation *function = operation_shown(mentions->function);
        if (operation != function && !operation_reaches(mentions->operations, operation, function))
            operation_order(operation, function);
    }
}

/*
 * The name by which a body would use what the operation does: a column, also one that goes, is
 * used by that of its relation, whose row type changes; %NULL if by none.
 */
static const char *used_name(const Operation *operation)
{
    const Change *change = operation->change;
    const Object *object = change_object(change);
    bool makes = change->action == CHANGE_CREATE || change->action == CHANGE_ALTER ||
                 change->action == CHANGE_REPLACE;
    if (object->kind == KIND_COLUMN)
        return makes || change->action == CHANGE_DROP ? object->relation : NULL;
    return makes && !object_kinds[object->kind].in_relation ? object->name : NULL;
}

static GHashTable *index_by_name(const OperationTable *operations)
{
    GHashTable *by_name =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    const GPtrArray *all = operation_table_all(operations);
    for (unsigned i = 0; i < all->len; i++) {
        Operation *operation = g_ptr_array_index(all, i);
        const char *name = used_name(operation);
        if (name == NULL)
            continue;
        GPtrArray *named = g_hash_table_lookup(by_name, name);
        if (named == NULL) {
            named = g_ptr_array_new();
            g_hash_table_insert(by_name, (void *)name, named);
        }
        g_ptr_array_add(named, operation);
    }
    return by_name;
}

void order_bodies(OperationTable *operations)
{
    g_autoptr(GHashTable) by_name = index_by_name(operations);
    Mentions mentions = {operations, by_name, NULL};
    const GPtrArray *all = operation_table_all(operations);
    for (unsigned i = 0; i < all->len; i++) {
        mentions.function = g_ptr_array_index(all, i);
        const Change *change = mentions.function->change;
        bool makes = change->action == CHANGE_CREATE || change->action == CHANGE_REPLACE;
        if (!makes || change->to->kind != KIND_FUNCTION)
            continue;
        /* The row type of a table is what its columns are. */
        const GPtrArray *needed = change->to->depends_on;
        for (unsigned j = 0; needed != NULL && j < needed->len; j++) {
            const Object *object = g_ptr_array_index(needed, j);
            if (object->kind == KIND_TABLE)
                order_mentioned(object->name, &mentions);
        }
        const char *body = object_value(change->to, FUNCTION_BODY);
        if (body != NULL)
            for_each_word(body, order_mentioned, &mentions);
    }
}
