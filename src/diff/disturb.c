#include "diff/disturb.h"

#include "diff/rules.h"

/* Whether what stands on this pair's object is touched by its fate. */
static bool is_disturbing(const Pair *pair)
{
    return pair->fate >= FATE_REBUILD ? pair->fate != FATE_CREATE : pair_changes_type(pair);
}

static void decide_alone(Pair *pair, GQueue *disturbing)
{
    if (pair->from != NULL && pair->to != NULL && pair->fate != FATE_RENAME) {
        pair->differences = object_differences(pair->from, pair->to);
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

void disturb_dependents(const PairTable *table)
{
    g_autoptr(GQueue) disturbing = g_queue_new();
    const GPtrArray *pairs = pair_table_pairs(table);
    for (unsigned i = 0; i < pairs->len; i++)
        decide_alone(g_ptr_array_index(pairs, i), disturbing);
    Pair *cause = NULL;
    while ((cause = g_queue_pop_head(disturbing)) != NULL)
        for (unsigned i = 0; cause->dependents != NULL && i < cause->dependents->len; i++)
            disturb(g_ptr_array_index(cause->dependents, i), cause, disturbing);
}
