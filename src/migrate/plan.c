#include "migrate/plan.h"

#include "revision/resolve.h"
#include "sql/checksum.h"
#include "sql/classify.h"
#include "sql/words.h"

#include <string.h>

static void item_free(void *data)
{
    PlanItem *item = data;
    g_array_unref(item->rows);
    g_free(item->from);
    g_free(item->to);
    g_free(item);
}

/* Takes @rows. */
static PlanItem *item_new(const Revision *revision, bool up, GArray *rows)
{
    PlanItem *item = g_new0(PlanItem, 1);
    item->revision = revision;
    item->up = up;
    item->rows = rows;
    return item;
}

const GPtrArray *plan_item_steps(const PlanItem *item)
{
    return item->up ? item->revision->upgrade : item->revision->downgrade;
}

const char *plan_item_direction(const PlanItem *item)
{
    return item->up ? "upgrade" : "downgrade";
}

char *plan_item_describe(const PlanItem *item)
{
    const char *message = item->revision->message;
    bool told = message != NULL && *message != '\0';
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "Running %s %s -> %s%s%s", plan_item_direction(item), item->from,
                           item->to, told ? ", " : "", told ? message : "");
    if (item->done > 0)
        g_string_append_printf(text, " (goes on with step %u of %u)", item->done + 1,
                               plan_item_steps(item)->len);
    return g_strdup(text->str);
}

char *plan_item_checksum(const PlanItem *item, unsigned count)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    const GPtrArray *steps = plan_item_steps(item);
    for (unsigned i = 0; i < MIN(count, steps->len); i++) {
        const Step *step = steps->pdata[i];
        checksum_add_word(sum, "step");
        for (unsigned k = 0; k < step->statements->len; k++)
            checksum_add_statement(sum, ((const Statement *)step->statements->pdata[k])->text);
    }
    return g_strdup(g_checksum_get_string(sum));
}

bool plan_step_mentions(const Step *step, const char *word)
{
    for (unsigned i = 0; i < step->statements->len; i++)
        if (strcasestr(((const Statement *)step->statements->pdata[i])->text, word) != NULL)
            return true;
    return false;
}

/* CREATE TABLE … AS runs a query, which may set what it likes. */
static bool runs_query(const char *text)
{
    g_auto(Words) words = words_read(text);
    if (!words_take(&words, "create"))
        return false;
    while (words_see_any(&words, "local|global|temp|temporary|unlogged"))
        words.at++;
    if (!words_take(&words, "table"))
        return false;
    words_take_until(&words, "as");
    return !words_at_end(&words);
}

/* What may call a function may set anything; other DDL sets nothing, or it is seen: see step_batch.
 */
bool plan_step_may_set(const Step *step)
{
    for (unsigned i = 0; i < step->statements->len; i++) {
        const char *text = ((const Statement *)step->statements->pdata[i])->text;
        if (statement_class(text) != STATEMENT_DDL ||
            (strcasestr(text, "as") != NULL && runs_query(text)))
            return true;
    }
    return plan_step_mentions(step, "temp") || plan_step_mentions(step, "set_config");
}

char *plan_join_ids(const GPtrArray *ids)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < ids->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (const char *)ids->pdata[i]);
    return g_strdup(text->str);
}

static void add_row(GArray *rows, const char *from, const char *to)
{
    VersionRow row = {from, to};
    g_array_append_val(rows, row);
}

GArray *plan_version_rows(const PathStep *step)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(VersionRow));
    for (unsigned i = 0; i < step->deletes->len; i++)
        add_row(rows, step->deletes->pdata[i], NULL);
    if (step->update_from != NULL)
        add_row(rows, step->update_from, step->update_to);
    for (unsigned i = 0; i < step->inserts->len; i++)
        add_row(rows, NULL, step->inserts->pdata[i]);
    return rows;
}

static PlanItem *item_of_step(const PathStep *step)
{
    PlanItem *item = item_new(step->revision, step->upgrade, plan_version_rows(step));
    item->from = plan_join_ids(step->from);
    item->to = plan_join_ids(step->to);
    return item;
}

/* A revision in part, and the way in which a plan wants to go. */
typedef struct Part {
    const RevisionNode *node;
    const Position *position;
    bool up;       /* what the plan wants */
    bool same;     /* as the run that was cut off did */
    bool applied;  /* whether the version has the revision */
    unsigned done; /* steps done, seen in the wanted direction */
} Part;

static void refuse(GError **error, const Part *part, const char *problem, const char *hint)
{
    const Position *position = part->position;
    g_set_error(error, APP_ERROR, APP_ERROR_HISTORY,
                "revision \"%s\" stopped in the middle of its %s, after step %u of %u%s\nhint: %s",
                position->revision, position->direction, position->step, position->steps, problem,
                hint);
}

/* The version knows whole revisions only: a part of one that it has was taken back, or is new. */
static bool find_part(const RevisionGraph *graph, const Plan *plan, const Position *position,
                      bool up, Part *out_part, GError **error)
{
    Part part = {.position = position, .up = up};
    part.same = g_str_equal(position->direction, up ? "upgrade" : "downgrade");
    part.node = revision_graph_find(graph, position->revision);
    if (part.node == NULL) {
        refuse(error, &part, ", and its file is gone", "put the file back");
        return false;
    }
    g_autoptr(GPtrArray) at = resolve_rows(graph, (const char *const *)plan->rows, error);
    if (at == NULL)
        return false;
    g_autofree NodeSet *applied = revision_graph_ancestors(graph, at, true);
    part.applied = applied[part.node->index];
    part.done = part.same ? position->step : position->steps - position->step;
    *out_part = part;
    return true;
}

/* Whether the steps that were done are still in the file as they were. */
static bool is_unchanged(const Part *part)
{
    bool did_up = part->same == part->up;
    PlanItem did = {.revision = part->node->revision, .up = did_up};
    if (plan_item_steps(&did)->len < part->position->step)
        return false;
    g_autofree char *sum = plan_item_checksum(&did, part->position->step);
    return g_strcmp0(sum, part->position->step_checksum) == 0;
}

static bool check_part(const Part *part, GError **error)
{
    PlanItem wanted = {.revision = part->node->revision, .up = part->up};
    if (!is_unchanged(part)) {
        refuse(error, part, ", and its file was changed in what was done already",
               "put the steps that were done back as they were; those after them may change");
        return false;
    }
    if (part->same)
        return true;
    if (part->position->attempted) {
        refuse(error, part, ", and the next step was begun outside a transaction",
               "go on in the same direction first: it knows what that step left");
        return false;
    }
    if (plan_item_steps(&wanted)->len != part->position->steps) {
        refuse(error, part, ", and the other direction has another number of steps",
               "go on in the same direction, or undo it by hand and use \"retort stamp\"");
        return false;
    }
    return true;
}

static char *describe_parents(const Revision *revision)
{
    return g_strjoinv(", ", revision->parents);
}

/* The part as an item of its own: the version has, or lacks, the revision already. */
static PlanItem *item_of_part(const Part *part)
{
    const Revision *revision = part->node->revision;
    PlanItem *item = item_new(revision, part->up, g_array_new(FALSE, FALSE, sizeof(VersionRow)));
    item->from = part->up ? describe_parents(revision) : g_strdup(revision->id);
    item->to = part->up ? g_strdup(revision->id) : describe_parents(revision);
    return item;
}

static bool put_part(Plan *plan, const Part *part, GError **error)
{
    PlanItem *first = plan->items->len > 0 ? plan->items->pdata[0] : NULL;
    if (first == NULL || first->revision != part->node->revision) {
        if (part->applied != part->up) {
            g_autofree char *hint =
                g_strdup_printf("\"retort upgrade %s\" or \"retort downgrade\" deals with it first",
                                part->position->revision);
            refuse(error, part, "", hint);
            return false;
        }
        first = item_of_part(part);
        g_ptr_array_insert(plan->items, 0, first);
    }
    first->done = part->done;
    first->attempted = part->same && part->position->attempted;
    return true;
}

static bool resume(Plan *plan, const RevisionGraph *graph, const Position *position, bool up,
                   GError **error)
{
    Part part;
    return find_part(graph, plan, position, up, &part, error) && check_part(&part, error) &&
           put_part(plan, &part, error);
}

static Plan *new_empty(char **rows)
{
    Plan *plan = g_new0(Plan, 1);
    plan->rows = rows;
    plan->items = g_ptr_array_new_with_free_func(item_free);
    return plan;
}

Plan *plan_new(const RevisionGraph *graph, char **rows, const Position *position, bool up,
               const char *target, GError **error)
{
    g_autoptr(Plan) plan = new_empty(rows);
    const char *const *at = (const char *const *)rows;
    plan->path =
        up ? path_upgrade(graph, at, target, error) : path_downgrade(graph, at, target, error);
    if (plan->path == NULL)
        return NULL;
    for (unsigned i = 0; i < plan->path->len; i++)
        g_ptr_array_add(plan->items, item_of_step(plan->path->pdata[i]));
    if (position != NULL && position->revision != NULL && !resume(plan, graph, position, up, error))
        return NULL;
    return g_steal_pointer(&plan);
}

Plan *plan_new_stamp(const RevisionGraph *graph, char **rows, const char *const *targets,
                     bool purge, GError **error)
{
    static const char *const none[] = {NULL};
    g_autoptr(Plan) plan = new_empty(rows);
    plan->purge = purge;
    plan->path = path_stamp(graph, purge ? none : (const char *const *)plan->rows, targets, error);
    return plan->path != NULL ? g_steal_pointer(&plan) : NULL;
}

void plan_free(Plan *plan)
{
    if (plan == NULL)
        return;
    g_clear_pointer(&plan->items, g_ptr_array_unref);
    g_clear_pointer(&plan->path, g_ptr_array_unref);
    g_strfreev(plan->rows);
    g_free(plan);
}
