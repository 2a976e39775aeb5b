#include "base/file.h"
#include "migrate/revision_folder.h"

#include <string.h>

static void write_revision(const char *folder, const char *name, const char *id, const char *parent,
                           const char *body)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text =
        g_strdup_printf("-- x\n-- revision: %s\n-- revises: %s\n\n%s", id, parent, body);
    g_autoptr(GError) error = NULL;
    file_write(path, text, FILE_REPLACE, &error);
    g_assert_no_error(error);
}

static char *make_folder(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = g_dir_make_tmp("retort-XXXXXX", &error);
    g_assert_no_error(error);
    return folder;
}

static void folders_are_read_as_one_graph(void)
{
    g_autofree char *one = make_folder(), *two = make_folder();
    g_autofree char *inner = g_build_filename(one, "2026", NULL);
    g_autofree char *hidden = g_build_filename(one, ".git", NULL);
    g_assert_true(file_make_folder(inner, 0700, NULL));
    g_assert_true(file_make_folder(hidden, 0700, NULL));
    write_revision(one, "a.sql", "a", "none", "-- upgrade\n-- downgrade\n");
    write_revision(inner, "b.sql", "b", "a", "-- upgrade\n-- downgrade\n");
    write_revision(two, "c.sql", "c", "b", "-- upgrade\n-- downgrade\n");
    write_revision(one, "notes.txt", "d", "none", "");
    write_revision(hidden, "e.sql", "e", "none", "");
    char *folders[] = {one, two, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(RevisionGraph) graph = revision_folder_load(folders, REVISION_WHOLE, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(revision_graph_nodes(graph)->len, ==, 3);
    const RevisionNode *b = revision_graph_find(graph, "b");
    g_assert_true(g_str_has_suffix(b->revision->path, "/2026/b.sql"));
    g_assert_true(b->revision->has_body);
    file_remove_tree(one, NULL);
    file_remove_tree(two, NULL);
}

static void bodies_are_read_only_if_wanted(void)
{
    g_autofree char *folder = make_folder();
    write_revision(folder, "a.sql", "a", "none", "junk");
    char *folders[] = {folder, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(RevisionGraph) graph = revision_folder_load(folders, REVISION_HEADER, &error);
    g_assert_no_error(error);
    g_assert_false(revision_graph_find(graph, "a")->revision->has_body);
    g_autoptr(RevisionGraph) unproven = revision_folder_load(folders, REVISION_PROOF, &error);
    g_assert_no_error(error);
    g_assert_false(revision_graph_find(unproven, "a")->revision->has_body);
    g_assert_null(revision_folder_load(folders, REVISION_WHOLE, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "/a.sql:5: statement before \"-- upgrade\""));
    file_remove_tree(folder, NULL);
}

#define MANY 400

/* So many that several threads read them. */
static void many_files_are_read_in_their_order(void)
{
    g_autofree char *folder = make_folder();
    for (unsigned i = 0; i < MANY; i++) {
        g_autofree char *name = g_strdup_printf("%04u.sql", i);
        g_autofree char *id = g_strdup_printf("a%u", i);
        g_autofree char *parent = i == 0 ? g_strdup("none") : g_strdup_printf("a%u", i - 1);
        write_revision(folder, name, id, parent, "-- upgrade\nSELECT 1;\n-- downgrade\n");
    }
    char *folders[] = {folder, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(RevisionGraph) graph = revision_folder_load(folders, REVISION_WHOLE, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(revision_graph_nodes(graph)->len, ==, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        g_autofree char *id = g_strdup_printf("a%u", i);
        const RevisionNode *node = revision_graph_find(graph, id);
        g_autofree char *end = g_strdup_printf("/%04u.sql", i);
        g_assert_true(g_str_has_suffix(node->revision->path, end));
    }
    write_revision(folder, "0399.sql", "a399", "a398", "junk");
    write_revision(folder, "0123.sql", "a123", "a122", "junk");
    write_revision(folder, "0200.sql", "a200", "a199", "junk");
    g_assert_null(revision_folder_load(folders, REVISION_WHOLE, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "/0123.sql:5:"));
    file_remove_tree(folder, NULL);
}

static void proof_is_compared_with_the_whole(void)
{
    g_autofree char *folder = make_folder();
    write_revision(folder, "a.sql", "a", "none\n-- proof: upgrade; 00000000",
                   "-- upgrade\nselect 1;\n-- downgrade\n");
    char *folders[] = {folder, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(RevisionGraph) graph = revision_folder_load(folders, REVISION_PROOF, &error);
    g_assert_no_error(error);
    const Revision *revision = revision_graph_find(graph, "a")->revision;
    g_assert_true(revision->has_body);
    g_assert_cmpint(revision_proof_state(revision), ==, PROOF_STALE);
    file_remove_tree(folder, NULL);
}

static void missing_folder_is_named(void)
{
    char *folders[] = {(char *)"/nonexistent/migrations", NULL};
    g_autoptr(GError) error = NULL;
    g_assert_null(revision_folder_load(folders, REVISION_HEADER, &error));
    g_assert_cmpstr(error->message, ==,
                    "Path doesn't exist: /nonexistent/migrations.  Please use the 'init' command "
                    "to create a new scripts folder.\n"
                    "hint: \"retort init\" makes it; \"migrations\" in retort.ini names another");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/revision-folder/graph", folders_are_read_as_one_graph);
    g_test_add_func("/revision-folder/bodies", bodies_are_read_only_if_wanted);
    g_test_add_func("/revision-folder/many", many_files_are_read_in_their_order);
    g_test_add_func("/revision-folder/proof", proof_is_compared_with_the_whole);
    g_test_add_func("/revision-folder/missing", missing_folder_is_named);
    return g_test_run();
}
