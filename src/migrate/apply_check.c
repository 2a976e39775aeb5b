#include "migrate/apply.h"
#include "migrate/outside.h"

static bool check_statement(const PlanItem *item, const Step *step, const Statement *statement,
                            const ApplyOptions *options, GError **error)
{
    bool good = step->in_transaction || outside_check(statement, error);
    if (good && !step->in_transaction && options->single_transaction) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "no transaction may hold this statement\n"
                            "hint: leave \"--single-transaction\" away");
        good = false;
    }
    if (!good)
        g_prefix_error(error, "%s:%u: ",
                       item->revision->path != NULL ? item->revision->path : item->revision->id,
                       statement->line);
    return good;
}

static bool check_way_back(const PlanItem *item, GError **error)
{
    const Revision *revision = item->revision;
    if (item->up || revision->irreversible == NULL)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                "revision \"%s\" is irreversible: %s\n"
                "hint: nothing was changed; a new revision or a backup leads on",
                revision->id, revision->irreversible);
    return false;
}

bool apply_check(const GPtrArray *plan, const ApplyOptions *options, GError **error)
{
    for (unsigned i = 0; i < plan->len; i++) {
        const PlanItem *item = plan->pdata[i];
        if (!check_way_back(item, error))
            return false;
        for (unsigned k = item->done; k < plan_item_steps(item)->len; k++) {
            const Step *step = plan_item_steps(item)->pdata[k];
            for (unsigned s = 0; s < step->statements->len; s++)
                if (!check_statement(item, step, step->statements->pdata[s], options, error))
                    return false;
        }
    }
    return true;
}
