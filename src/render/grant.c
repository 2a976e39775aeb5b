#include "render/grant.h"

#include "render/column.h"
#include "render/text.h"

#include <string.h>

/* What a role can do with an object, seen from what is usual for a new one. */
typedef enum Right { RIGHT_USUAL, RIGHT_REVOKED, RIGHT_GRANTED, RIGHT_GRANTABLE } Right;

/* The statements that can be made of a difference, in the order in which they come. */
typedef enum Verb {
    VERB_REVOKE,
    VERB_REVOKE_OPTION,
    VERB_GRANT,
    VERB_GRANT_OPTION,
    VERB_COUNT
} Verb;

/* As the manual lists them; one that is not here comes last. */
static const char *const privilege_order[] = {
    "SELECT",  "INSERT",   "UPDATE", "DELETE",  "TRUNCATE", "REFERENCES",
    "TRIGGER", "MAINTAIN", "USAGE",  "EXECUTE", "CREATE",   NULL,
};

static unsigned privilege_rank(const char *privilege)
{
    unsigned rank = 0;
    while (privilege_order[rank] != NULL && strcmp(privilege_order[rank], privilege) != 0)
        rank++;
    return rank;
}

static int compare_privileges(const void *a, const void *b)
{
    const char *left = *(const char *const *)a;
    const char *right = *(const char *const *)b;
    unsigned left_rank = privilege_rank(left);
    unsigned right_rank = privilege_rank(right);
    if (left_rank != right_rank)
        return left_rank < right_rank ? -1 : 1;
    return strcmp(left, right);
}

static Right right_in(const GPtrArray *grants, const char *grantee, const char *privilege)
{
    for (unsigned i = 0; grants != NULL && i < grants->len; i++) {
        const Grant *grant = g_ptr_array_index(grants, i);
        if (strcmp(grant->grantee, grantee) != 0 || strcmp(grant->privilege, privilege) != 0)
            continue;
        if (grant->revoked)
            return RIGHT_REVOKED;
        return grant->grantable ? RIGHT_GRANTABLE : RIGHT_GRANTED;
    }
    return RIGHT_USUAL;
}

/* The statement that turns @from into @to; they differ. */
static Verb verb_between(Right from, Right to)
{
    switch (to) {
    case RIGHT_USUAL:
        return from == RIGHT_REVOKED ? VERB_GRANT : VERB_REVOKE;
    case RIGHT_REVOKED:
        return VERB_REVOKE;
    case RIGHT_GRANTED:
        return from == RIGHT_GRANTABLE ? VERB_REVOKE_OPTION : VERB_GRANT;
    case RIGHT_GRANTABLE:
    default:
        return VERB_GRANT_OPTION;
    }
}

static void add_once(GPtrArray *words, const char *word)
{
    for (unsigned i = 0; i < words->len; i++)
        if (strcmp(g_ptr_array_index(words, i), word) == 0)
            return;
    g_ptr_array_add(words, (char *)word);
}

static void collect_grantees(GPtrArray *grantees, const GPtrArray *grants)
{
    for (unsigned i = 0; grants != NULL && i < grants->len; i++)
        add_once(grantees, ((const Grant *)g_ptr_array_index(grants, i))->grantee);
}

static void collect_privileges(GPtrArray *privileges, const GPtrArray *grants, const char *grantee)
{
    for (unsigned i = 0; grants != NULL && i < grants->len; i++) {
        const Grant *grant = g_ptr_array_index(grants, i);
        if (strcmp(grant->grantee, grantee) == 0)
            add_once(privileges, grant->privilege);
    }
}

/* Privileges on the sequence of an identity column hang on the column, marked so. */
#define SEQUENCE_MARK "SEQUENCE "

static bool is_of_sequence(const char *privilege)
{
    return g_str_has_prefix(privilege, SEQUENCE_MARK);
}

/* SELECT, UPDATE or, of a column, SELECT (price), UPDATE (price). */
static char *privilege_list(const Object *object, const GPtrArray *privileges)
{
    bool of_column = object->kind == KIND_COLUMN || object->kind == KIND_VIEW_COLUMN;
    GString *list = g_string_new(NULL);
    for (unsigned i = 0; i < privileges->len; i++) {
        const char *privilege = g_ptr_array_index(privileges, i);
        const char *word =
            is_of_sequence(privilege) ? privilege + strlen(SEQUENCE_MARK) : privilege;
        sql_append(list, i > 0 ? ", %s" : "%s", word);
        if (of_column && word == privilege)
            sql_append(list, " (%I)", object->name);
    }
    return g_string_free(list, FALSE);
}

/* Who the owner is, the models do not say: it is the role that makes the object. */
static char *role_name(const char *grantee)
{
    if (strcmp(grantee, GRANTEE_PUBLIC) == 0)
        return g_strdup("PUBLIC");
    if (strcmp(grantee, GRANTEE_OWNER) == 0)
        return g_strdup("CURRENT_USER");
    return sql_quote_identifier(grantee);
}

static void append_statement(Rendering *rendering, const Object *object, const char *target,
                             Verb verb, const char *grantee, const GPtrArray *privileges)
{
    static const char *const formats[VERB_COUNT] = {
        [VERB_REVOKE] = "REVOKE %s ON %s FROM %s",
        [VERB_REVOKE_OPTION] = "REVOKE GRANT OPTION FOR %s ON %s FROM %s",
        [VERB_GRANT] = "GRANT %s ON %s TO %s",
        [VERB_GRANT_OPTION] = "GRANT %s ON %s TO %s WITH GRANT OPTION",
    };
    g_autofree char *list = privilege_list(object, privileges);
    g_autofree char *role = role_name(grantee);
    rendering_add(rendering, object, formats[verb], list, target, role);
}

/* Those of @grantee's privileges that @verb has to be said of; on a sequence, or all others. */
static GPtrArray *privileges_to(Verb verb, const Change *change, const char *grantee,
                                bool of_sequence)
{
    const GPtrArray *before = change->from != NULL ? change->from->grants : NULL;
    const GPtrArray *after = change->to->grants;
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    GPtrArray *chosen = g_ptr_array_new();
    collect_privileges(all, before, grantee);
    collect_privileges(all, after, grantee);
    for (unsigned i = 0; i < all->len; i++) {
        const char *privilege = g_ptr_array_index(all, i);
        Right from = right_in(before, grantee, privilege);
        Right to = right_in(after, grantee, privilege);
        if (is_of_sequence(privilege) == of_sequence && from != to &&
            verb_between(from, to) == verb)
            g_ptr_array_add(chosen, (char *)privilege);
    }
    g_ptr_array_sort(chosen, compare_privileges);
    return chosen;
}

/* What @grantee may do with @column before and after, of the @privileges. */
static GPtrArray *kept_of_column(const Rendering *rendering, const Object *column,
                                 const char *grantee, const GPtrArray *privileges, Right right)
{
    const Object *before = schema_find(rendering->from, column->kind, column->identity);
    GPtrArray *kept = g_ptr_array_new();
    for (unsigned i = 0; before != NULL && i < privileges->len; i++) {
        const char *privilege = g_ptr_array_index(privileges, i);
        if (right_in(before->grants, grantee, privilege) == right &&
            right_in(column->grants, grantee, privilege) == right)
            g_ptr_array_add(kept, (char *)privilege);
    }
    return kept;
}

/*
 * Revoking a privilege on a relation revokes it on its columns, too, so what stays there is
 * granted again. Source: the manual on REVOKE.
 */
static void restore_columns(Rendering *rendering, const Change *change, const char *target,
                            const char *grantee, const GPtrArray *revoked)
{
    if (rendering->from == NULL || rendering->to == NULL || change->from == NULL)
        return;
    ObjectKind kind = change->to->kind == KIND_TABLE ? KIND_COLUMN : KIND_VIEW_COLUMN;
    const GPtrArray *columns = schema_objects(rendering->to, kind);
    for (unsigned i = 0; i < columns->len; i++) {
        const Object *column = g_ptr_array_index(columns, i);
        if (column->parent != change->to || column->grants == NULL)
            continue;
        for (int verb = VERB_GRANT; verb <= VERB_GRANT_OPTION; verb++) {
            Right right = verb == VERB_GRANT ? RIGHT_GRANTED : RIGHT_GRANTABLE;
            g_autoptr(GPtrArray) kept = kept_of_column(rendering, column, grantee, revoked, right);
            if (kept->len > 0)
                append_statement(rendering, column, target, (Verb)verb, grantee, kept);
        }
    }
}

/* The changes of what is granted on @target alone. */
static void append_on(Rendering *rendering, const Change *change, const char *target,
                      const GPtrArray *grantees, bool of_sequence)
{
    for (int verb = 0; verb < VERB_COUNT; verb++)
        for (unsigned i = 0; i < grantees->len; i++) {
            const char *grantee = g_ptr_array_index(grantees, i);
            g_autoptr(GPtrArray) privileges =
                privileges_to((Verb)verb, change, grantee, of_sequence);
            if (privileges->len == 0)
                continue;
            append_statement(rendering, change->to, target, (Verb)verb, grantee, privileges);
            if (verb <= VERB_REVOKE_OPTION)
                restore_columns(rendering, change, target, grantee, privileges);
        }
}

void grant_append_changes(Rendering *rendering, const Change *change, const char *target)
{
    const Object *to = change->to;
    g_autoptr(GPtrArray) grantees = g_ptr_array_new();
    if (change->from != NULL)
        collect_grantees(grantees, change->from->grants);
    collect_grantees(grantees, to->grants);
    append_on(rendering, change, target, grantees, false);
    if (to->kind == KIND_COLUMN && object_value(to, COLUMN_IDENTITY) != NULL) {
        g_autofree char *name = column_identity_sequence(to);
        g_autofree char *sequence = g_strconcat("SEQUENCE ", name, NULL);
        append_on(rendering, change, sequence, grantees, true);
    }
}
