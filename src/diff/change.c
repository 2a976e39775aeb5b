#include "diff/change.h"

Change *change_new(ChangeAction action, const Object *from, const Object *to)
{
    Change *change = g_new0(Change, 1);
    change->action = action;
    change->from = from;
    change->to = to;
    return change;
}

void change_free(Change *change)
{
    if (change == NULL)
        return;
    g_clear_pointer(&change->inside, g_ptr_array_unref);
    g_free(change);
}

const Object *change_object(const Change *change)
{
    return change->to != NULL ? change->to : change->from;
}
