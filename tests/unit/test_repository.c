/* The folder of backups: what is in it, and in which state. */
#include "repository_case.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* @message: with FOLDER for the folder's path. */
static void refuse_find(const Case *test, const char *name, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(repository_find(test->folder, name, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_auto(GStrv) parts = g_strsplit(message, "FOLDER", -1);
    g_autofree char *expected = g_strjoinv(test->folder, parts);
    g_assert_cmpstr(error->message, ==, expected);
}

static void assert_private(const Case *test, const char *name, unsigned mode)
{
    g_autofree char *path = path_of(test, name);
    struct stat found;
    g_assert_cmpint(stat(path, &found), ==, 0);
    g_assert_cmpuint(found.st_mode & 07777, ==, mode);
}

static void ids_say_when(Case *test, const void *unused)
{
    (void)test, (void)unused;
    g_autofree char *id = backup_id_new(1795372200);
    g_autofree char *other = backup_id_new(1795372200);
    int64_t time = 0;
    g_assert_true(g_str_has_prefix(id, "2026-11-22T183000Z-"));
    g_assert_cmpstr(id, !=, other);
    g_assert_true(backup_id_parse(id, &time));
    g_assert_cmpint(time, ==, 1795372200);
    static const char *const bad[] = {
        "",
        "x",
        "2026-11-22T183000Z-",
        "2026-11-22T183000Z-3f2a9c41b7d",
        "2026-11-22T183000Z-3f2a9c41b7de0",
        "2026-11-22T183000Z-3F2A9C41B7DE",
        "2026-02-29T183000Z-3f2a9c41b7de",
        "2026-11-22T183060Z-3f2a9c41b7de",
        "1969-11-22T183000Z-3f2a9c41b7de",
        "2026-11-22 183000Z-3f2a9c41b7de",
        "+026-11-22T183000Z-3f2a9c41b7de",
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(backup_id_parse(bad[i], &time));
    g_autofree char *moment = moment_format(1795372200);
    g_assert_cmpstr(moment, ==, "2026-11-22T18:30:00Z");
    g_assert_false(moment_parse("2026-11-22T18:30:00", NULL));
    g_assert_false(moment_parse("2026-11-22T18:30:00Z ", NULL));
    g_assert_true(moment_parse("2028-02-29T23:59:59Z", NULL));
}

static void no_folder_is_no_backups(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(GPtrArray) backups = list(test);
    g_assert_cmpuint(backups->len, ==, 0);
    refuse_find(test, "latest",
                "there are no backups in \"FOLDER\"\nhint: \"retort backup\" makes one");
    g_assert_true(partial_sweep(test->folder, NULL));
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents(test->folder, "a file", -1, NULL));
    g_assert_null(repository_list(test->folder, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
}

static void what_is_committed_is_listed(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, LATER_ID);
    make_backup(test, ID);
    g_autoptr(GPtrArray) backups = list(test);
    g_assert_cmpuint(backups->len, ==, 2);
    const Backup *backup = backups->pdata[0];
    g_assert_cmpstr(backup->id, ==, ID);
    g_assert_cmpstr(backup_state_name(backup->state), ==, "stored");
    g_assert_cmpint(backup->time, ==, 1795372200);
    g_assert_cmpint(backup->manifest->stored_bytes, ==, 18);
    g_assert_null(backup->fault);
    g_assert_null(backup->pinned);
    assert_private(test, "", 0700);
    assert_private(test, ID, 0700);
    assert_private(test, ID "/manifest.json", 0600);
    assert_private(test, ID "/lock", 0600);
    g_autofree char *faults = faults_of(backup);
    g_assert_cmpstr(faults, ==, "");
}

static void what_is_not_committed_goes(Case *test, const void *unused)
{
    (void)unused;
    PartialBackup *partial = begin(test, ID);
    sample_write(partial_folder(partial));
    g_autoptr(GPtrArray) backups = list(test);
    g_assert_cmpuint(backups->len, ==, 0);
    g_assert_true(exists(test, ".partial-" ID "/dump/toc.dat"));
    partial_free(partial);
    g_assert_false(exists(test, ".partial-" ID));
}

/* What is wrong with the folder is told, and it gets no final name. */
static void refuse_commit(const Case *test, const char *id, const char *file, const char *text,
                          const char *message)
{
    g_autoptr(PartialBackup) partial = begin(test, id);
    g_autoptr(Manifest) manifest = sample_manifest(id);
    g_autoptr(GError) error = NULL;
    sample_write(partial_folder(partial));
    g_autofree char *path = g_build_filename(partial_folder(partial), file, NULL);
    if (text != NULL)
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
    else
        g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_false(partial_commit(partial, manifest, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, message);
    g_assert_false(exists(test, id));
}

static void only_what_is_whole_is_committed(Case *test, const void *unused)
{
    (void)unused;
    refuse_commit(test, ID, "dump/toc.dat", NULL,
                  "backup \"" ID "\" is not whole: \"dump/toc.dat\" is missing");
    refuse_commit(test, ID, "dump/toc.dat", "x",
                  "backup \"" ID "\" is not whole: \"dump/toc.dat\" is too short: 1 bytes instead "
                  "of 8");
    refuse_commit(test, ID, "dump/more", "x",
                  "backup \"" ID "\" is not whole: \"dump/more\" is not in the manifest");
    make_backup(test, ID);
    g_autoptr(PartialBackup) partial = begin(test, ID);
    g_autoptr(Manifest) manifest = sample_manifest(ID);
    g_autoptr(GError) error = NULL;
    sample_write(partial_folder(partial));
    g_assert_false(partial_commit(partial, manifest, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "File exists"));
}

static void only_what_the_dead_left_is_swept(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(PartialBackup) living = begin(test, ID);
    g_autofree char *dead = path_of(test, ".partial-" LATER_ID);
    g_autofree char *other = path_of(test, ".partial-notes");
    g_assert_cmpint(g_mkdir(dead, 0700), ==, 0);
    g_assert_cmpint(g_mkdir(other, 0700), ==, 0);
    put(test, ".partial-" LATER_ID "/lock", "");
    put(test, ".partial-" LATER_ID "/dump", "half");
    g_assert_true(partial_sweep(test->folder, NULL));
    g_assert_false(exists(test, ".partial-" LATER_ID));
    g_assert_true(exists(test, ".partial-notes"));
    sample_write(partial_folder(living));
    commit(living, ID);
    g_assert_true(exists(test, ID));
}

static void other_names_are_left_alone(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    put(test, "notes.txt", "x");
    put(test, LATER_ID, "a file of that name");
    g_autofree char *link = path_of(test, "2026-11-24T000000Z-000000000000");
    g_assert_cmpint(symlink(ID, link), ==, 0);
    g_autoptr(GPtrArray) backups = list(test);
    g_assert_cmpuint(backups->len, ==, 1);
}

static void backups_are_found_by_the_beginning(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    make_backup(test, LATER_ID);
    static const char *const names[][2] = {
        {ID, ID}, {"2026-11-22", ID}, {"2026-11-23T0", LATER_ID}, {"latest", LATER_ID}};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(Backup) backup = find(test, names[i][0]);
        g_assert_cmpstr(backup->id, ==, names[i][1]);
    }
    refuse_find(test, "2026-11-2",
                "\"2026-11-2\" is the beginning of 2 backups\n"
                "hint: say more of it: " LATER_ID ", " ID);
    refuse_find(test, "2027",
                "there is no backup \"2027\" in \"FOLDER\"\nhint: there are: " LATER_ID ", " ID);
    refuse_find(test, "",
                "there is no backup \"\" in \"FOLDER\"\nhint: there are: " LATER_ID ", " ID);
    put(test, LATER_ID "/manifest.json", "{");
    g_autoptr(Backup) latest = find(test, "latest");
    g_assert_cmpstr(latest->id, ==, ID);
    put(test, ID "/manifest.json", "{");
    refuse_find(test, "latest",
                "all backups in \"FOLDER\" are broken\n"
                "hint: \"retort backups\" says why: " LATER_ID ", " ID);
}

static void record(const Case *test, bool drill, const char *at, const char *fault)
{
    g_autoptr(Backup) backup = find(test, ID);
    BackupResult result = {(char *)at, fault == NULL, (char *)fault, 1.5};
    g_autoptr(GError) error = NULL;
    (drill ? backup_record_drill : backup_record_verified)(backup, &result, &error);
    g_assert_no_error(error);
}

static void assert_state(const Case *test, const char *state, const char *fault)
{
    g_autoptr(Backup) backup = find(test, ID);
    g_assert_cmpstr(backup_state_name(backup->state), ==, state);
    g_assert_cmpstr(backup->fault, ==, fault);
}

static void states_follow_from_what_was_found(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    assert_state(test, "stored", NULL);
    record(test, false, "2026-11-23T00:00:01Z", NULL);
    assert_state(test, "verified", NULL);
    record(test, false, "2026-11-23T00:00:02Z", "\"a\" is missing");
    assert_state(test, "broken", "\"a\" is missing");
    record(test, true, "2026-11-23T00:00:03Z", NULL);
    assert_state(test, "proven", NULL);
    record(test, false, "2026-11-23T00:00:03Z", "\"b\" is missing");
    assert_state(test, "broken", "\"b\" is missing");
    record(test, false, "2026-11-23T00:00:04Z", NULL);
    assert_state(test, "proven", NULL);
    record(test, true, "2026-11-23T00:00:05Z", "rows differ");
    assert_state(test, "broken", "rows differ");
    record(test, false, "2026-11-23T00:00:06Z", NULL);
    assert_state(test, "broken", "rows differ");
    g_autoptr(Backup) backup = find(test, ID);
    g_assert_cmpfloat(backup->drill->seconds, ==, 1.5);
    assert_private(test, ID "/verified.json", 0600);
}

static void damage_is_named(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    put(test, ID "/dump/toc.dat", "contentt");
    put(test, ID "/dump/1.dat.zst", "some rows");
    put(test, ID "/more", "");
    put(test, ID "/verified.json", "{}");
    put(test, ID "/verified.json.aB3dEf", "left by a write that was ended");
    g_autofree char *link = path_of(test, ID "/link");
    g_autofree char *pipe = path_of(test, ID "/dump/pipe");
    g_assert_cmpint(symlink("/etc", link), ==, 0);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    g_autoptr(Backup) backup = find(test, ID);
    g_assert_cmpint(backup->state, ==, BACKUP_BROKEN);
    g_autofree char *faults = faults_of(backup);
    g_autofree char *expected =
        g_strdup_printf("\"dump/1.dat.zst\" is too short: 9 bytes instead of 10\n"
                        "\"dump/pipe\" is neither a file nor a folder\n"
                        "\"link\" is a symbolic link\n"
                        "\"more\" is not in the manifest\n"
                        "\"dump/toc.dat\" has another content: its checksum is wrong\n"
                        "%s/" ID "/verified.json: \"result\" is missing\n",
                        test->folder);
    g_assert_cmpstr(faults, ==, expected);
}

static void links_are_not_followed(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    g_autofree char *dump = path_of(test, ID "/dump");
    g_autofree char *moved = path_of(test, "moved");
    g_assert_cmpint(rename(dump, moved), ==, 0);
    g_assert_cmpint(symlink(moved, dump), ==, 0);
    g_autoptr(Backup) backup = find(test, ID);
    g_autofree char *faults = faults_of(backup);
    g_assert_cmpstr(faults, ==,
                    "\"dump\" is a symbolic link\n\"dump/toc.dat\" is missing\n"
                    "\"dump/1.dat.zst\" is missing\n");
}

static void a_manifest_of_another_backup_is_refused(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    g_autofree char *from = path_of(test, ID);
    g_autofree char *to = path_of(test, LATER_ID);
    g_assert_cmpint(rename(from, to), ==, 0);
    g_autoptr(Backup) backup = find(test, LATER_ID);
    g_assert_cmpint(backup->state, ==, BACKUP_BROKEN);
    g_assert_nonnull(strstr(backup->fault, "this is the manifest of backup \"" ID "\""));
    g_autofree char *faults = faults_of(backup);
    g_assert_true(g_str_has_prefix(faults, backup->fault));
}

static void a_manifest_that_is_a_pipe_holds_up_nobody(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    g_autofree char *path = path_of(test, ID "/manifest.json");
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    g_autoptr(Backup) backup = find(test, ID);
    g_assert_cmpint(backup->state, ==, BACKUP_BROKEN);
    g_assert_true(g_str_has_suffix(backup->fault, "is not a file"));
}

static void pins_are_kept(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    g_autoptr(Backup) backup = find(test, ID);
    g_autoptr(GError) error = NULL;
    g_assert_true(backup_pin(backup, "before the move", NULL));
    g_autoptr(Backup) pinned = find(test, ID);
    g_assert_cmpstr(pinned->pinned, ==, "before the move");
    g_assert_false(backup_remove(backup, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_REFUSED);
    g_assert_true(backup_pin(backup, "", NULL));
    g_autoptr(Backup) silent = find(test, ID);
    g_assert_cmpstr(silent->pinned, ==, "");
    g_assert_true(backup_pin(backup, NULL, NULL));
    g_assert_true(backup_pin(backup, NULL, NULL));
    g_autoptr(Backup) free = find(test, ID);
    g_assert_null(free->pinned);
    g_assert_true(backup_remove(backup, NULL));
    g_assert_false(exists(test, ID));
    g_assert_false(exists(test, ".partial-" ID));
    g_clear_error(&error);
    g_assert_false(backup_pin(backup, "too late", &error));
    g_assert_cmpstr(error->message, ==, "backup \"" ID "\" is there no more");
}

static void what_is_read_is_not_removed(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    g_autoptr(Backup) backup = find(test, ID);
    g_autoptr(GError) error = NULL;
    int reader = backup_hold(backup, false, NULL);
    int another = backup_hold(backup, false, NULL);
    g_assert_cmpint(reader, >=, 0);
    g_assert_cmpint(another, >=, 0);
    g_assert_false(backup_remove(backup, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_LOCKED);
    close(reader);
    close(another);
    int alone = backup_hold(backup, true, NULL);
    g_assert_cmpint(alone, >=, 0);
    g_clear_error(&error);
    g_assert_cmpint(backup_hold(backup, false, &error), ==, -1);
    g_assert_error(error, APP_ERROR, APP_ERROR_LOCKED);
    close(alone);
    g_assert_true(backup_remove(backup, NULL));
    g_clear_error(&error);
    g_assert_cmpint(backup_hold(backup, false, &error), ==, -1);
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
}

static void a_backup_that_is_being_written_is_locked(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(PartialBackup) partial = begin(test, ID);
    g_autofree char *lock = g_build_filename(partial_folder(partial), LOCK_FILE, NULL);
    g_assert_true(file_is_locked(lock));
    sample_write(partial_folder(partial));
    commit(partial, ID);
    g_autoptr(Backup) backup = find(test, ID);
    g_assert_true(backup_remove(backup, NULL));
}

static void add(const char *name, void (*run)(Case *, const void *))
{
    add_case("repository", name, run);
}

/* Made when a clock was wrong, it would stand for all that came after. */
static void latest_is_not_of_the_future(Case *test, const void *unused)
{
    (void)unused;
    static const char past[] = "2020-01-01T000000Z-000000000000";
    static const char future[] = "2999-01-01T000000Z-000000000000";
    make_backup(test, future);
    g_autoptr(Backup) only = find(test, "latest");
    g_assert_cmpstr(only->id, ==, future);
    make_backup(test, past);
    g_autoptr(Backup) latest = find(test, "latest");
    g_assert_cmpstr(latest->id, ==, past);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("ids_say_when", ids_say_when);
    add("no_folder_is_no_backups", no_folder_is_no_backups);
    add("what_is_committed_is_listed", what_is_committed_is_listed);
    add("what_is_not_committed_goes", what_is_not_committed_goes);
    add("only_what_is_whole_is_committed", only_what_is_whole_is_committed);
    add("only_what_the_dead_left_is_swept", only_what_the_dead_left_is_swept);
    add("other_names_are_left_alone", other_names_are_left_alone);
    add("backups_are_found_by_the_beginning", backups_are_found_by_the_beginning);
    add("latest_is_not_of_the_future", latest_is_not_of_the_future);
    add("states_follow_from_what_was_found", states_follow_from_what_was_found);
    add("damage_is_named", damage_is_named);
    add("links_are_not_followed", links_are_not_followed);
    add("a_manifest_of_another_backup_is_refused", a_manifest_of_another_backup_is_refused);
    add("a_manifest_that_is_a_pipe_holds_up_nobody", a_manifest_that_is_a_pipe_holds_up_nobody);
    add("pins_are_kept", pins_are_kept);
    add("what_is_read_is_not_removed", what_is_read_is_not_removed);
    add("a_backup_that_is_being_written_is_locked", a_backup_that_is_being_written_is_locked);
    return g_test_run();
}
