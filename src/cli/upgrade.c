/*
 * retort upgrade: runs revisions up to one.
 */
#include "cli/run.h"
#include "cli/run_revisions.h"

bool run_upgrade(int argc, char **argv, GError **error)
{
    return run_revisions(argc, argv, true, error);
}
