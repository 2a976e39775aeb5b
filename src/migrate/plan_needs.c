#include "migrate/plan_needs.h"

#include "sql/earlier.h"

#include <string.h>

static void plan_need_free(void *data)
{
    PlanNeed *found = data;
    g_strfreev(found->labels);
    g_ptr_array_unref(found->needs);
    g_free(found);
}

/* Is called with each statement of a plan; returns whether to go on. */
typedef bool Visit(const PlanItem *item, const Statement *statement, void *data);

static void visit_statements(const GPtrArray *plan, Visit *visit, void *data)
{
    for (unsigned i = 0; i < plan->len; i++) {
        const PlanItem *item = plan->pdata[i];
        const GPtrArray *steps = plan_item_steps(item);
        for (unsigned k = item->done; k < steps->len; k++) {
            const GPtrArray *statements = ((const Step *)steps->pdata[k])->statements;
            for (unsigned s = 0; s < statements->len; s++)
                if (!visit(item, statements->pdata[s], data))
                    return;
        }
    }
}

static bool has_none(const PlanItem *item G_GNUC_UNUSED, const Statement *statement, void *data)
{
    bool *any = data;
    g_autoptr(GPtrArray) needs = needs_of_statement(statement->text);
    *any = needs != NULL;
    return needs == NULL;
}

typedef struct Collection {
    GPtrArray *found;
    Earlier *earlier;
} Collection;

/* Whether a new type in the same statement may bring values of any kind. */
static bool is_beside_new_values(const Need *need, const GPtrArray *needs)
{
    for (unsigned i = 0; need->kind != NEED_CAST && i < needs->len; i++) {
        const Need *other = needs->pdata[i];
        if (other->kind == NEED_CAST && !need_only_casts(other))
            return true;
    }
    return false;
}

/* Whether what the need says of the rows may mean another thing by then. */
static bool is_said_anew(const Earlier *earlier, const Need *need)
{
    bool several = false;
    bool known = need->kind == NEED_CAST && earlier_labels(earlier, need->type, &several) != NULL;
    const char *except = known ? need->type : NULL;
    bool column = need->kind == NEED_CAST && need->plain; /* its name alone tells nothing */
    if ((need->type != NULL && earlier_names(earlier, need->type, except)) ||
        (need->expression != NULL && !column && earlier_names(earlier, need->expression, except)))
        return true;
    for (char **key = need->columns; key != NULL && *key != NULL; key++)
        if (strpbrk(*key, " (") != NULL && earlier_names(earlier, *key, NULL))
            return true;
    return false;
}

static bool is_settled(const Earlier *earlier, const Need *need, const GPtrArray *needs)
{
    bool any = need->kind == NEED_CHECK || need->kind == NEED_UNIQUE;
    if (is_beside_new_values(need, needs) || is_said_anew(earlier, need) ||
        earlier_has(earlier, need->table, any ? EARLIER_ANY_COLUMN : need->column) ||
        (need->other != NULL && earlier_has(earlier, need->other, EARLIER_ANY_COLUMN)))
        return false;
    for (char **column = need->columns; column != NULL && *column != NULL; column++)
        if (earlier_has(earlier, need->table, *column))
            return false;
    return true;
}

static bool collect(const PlanItem *item, const Statement *statement, void *data)
{
    Collection *collection = data;
    const Earlier *earlier = collection->earlier;
    g_autoptr(GPtrArray) needs = needs_of_statement(statement->text);
    for (unsigned i = 0; needs != NULL && i < needs->len; i++) {
        const Need *need = needs->pdata[i];
        PlanNeed *found = g_new0(PlanNeed, 1);
        bool several = false;
        char **labels =
            need->kind == NEED_CAST ? earlier_labels(earlier, need->type, &several) : NULL;
        *found = (PlanNeed){
            .item = item,
            .statement = statement,
            .need = need,
            .settled = is_settled(earlier, need, needs),
            .after_rows = earlier_changes_rows(earlier),
            .labels = g_strdupv(labels),
            .several = several,
            .needs = g_ptr_array_ref(needs),
        };
        g_ptr_array_add(collection->found, found);
    }
    earlier_add(collection->earlier, statement->text);
    return true;
}

GPtrArray *plan_needs_find(const GPtrArray *plan)
{
    bool any = false;
    visit_statements(plan, has_none, &any);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(plan_need_free);
    g_autoptr(Earlier) earlier = earlier_new();
    if (any)
        visit_statements(plan, collect, &(Collection){found, earlier});
    return g_steal_pointer(&found);
}
