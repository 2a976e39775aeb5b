#include "cli/replace.h"

#include "cli/chosen_backup.h"
#include "cli/load_progress.h"
#include "cli/output.h"
#include "migrate/meeting.h"

bool replace_expect_no_run(const RestoreTarget *target, GError **error)
{
    const MeetingOptions at_once = {0};
    if (target->db == NULL)
        return true;
    g_autoptr(GError) reason = NULL; /* told in other words where it is the expected one */
    if (meeting_enter(target->db, MEETING_DUMP, &at_once, &reason)) {
        meeting_leave(target->db, MEETING_DUMP);
        return true;
    }
    if (g_error_matches(reason, APP_ERROR, APP_ERROR_LOCKED))
        g_set_error(error, APP_ERROR, APP_ERROR_LOCKED,
                    "a run of revisions is at work in database \"%s\", and a restore would end it\n"
                    "hint: let it end, or end it yourself, and restore then",
                    database_name(target->db));
    else
        g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

bool replace_database(Project *project, NamedDump *named, RestoreTarget *target, const Replace *how,
                      RestoreReport *out_report, GError **error)
{
    g_auto(Origin) origin = {0};
    if (target->db == NULL && !named_dump_origin(named, &origin, error))
        return false;
    g_clear_pointer(&target->db, database_close); /* nobody of ours is in the way */
    g_autoptr(Progress) progress = progress_new("restored", how->quiet);
    LoadTelling telling = {progress, g_get_monotonic_time()};
    const RestoreOptions options = {
        .config = project_config(project),
        .target = target->settings,
        .environment = project_environment(project),
        .identities = chosen_identities(project, how->identities),
        .jobs = how->jobs,
        .origin = target->beside != NULL ? &origin : NULL,
        .beside = target->beside != NULL ? database_name(target->beside) : NULL,
        .without_owners = how->without_owners,
        .may_be_empty = how->may_be_empty,
        .progress = load_tell,
        .data = &telling,
    };
    const RestoreFrom from = {named->backup, named->source, named->directory};
    return restore_run(&options, &from, out_report, error);
}
