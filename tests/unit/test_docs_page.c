#include "serve/docs_page.h"

#include <glib.h>
#include <string.h>

static const DocsFile *find(const char *path)
{
    return docs_page_find(path, strlen(path));
}

static void files_are_found_by_their_path_alone(void)
{
    g_assert_cmpstr(find("/docs")->type, ==, "text/html; charset=utf-8");
    g_assert_cmpstr(find("/docs/page.js")->type, ==, "text/javascript; charset=utf-8");
    g_assert_cmpstr(find("/docs/page.css")->type, ==, "text/css; charset=utf-8");
    static const char *const others[] = {
        "", "/", "/docs/", "/docs/page.j", "/docs/page.jsx", "/docs/page.html"};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_null(find(others[i]));
    g_assert_nonnull(docs_page_find("/docs/page.js?x", 13));
}

/* Byte by byte: quotes, backslashes and what is beyond ASCII. */
static void files_are_those_of_the_source(void)
{
    static const struct {
        const char *path, *name;
    } cases[] = {
        {"/docs", "page.html"}, {"/docs/page.js", "page.js"}, {"/docs/page.css", "page.css"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = g_test_build_filename(G_TEST_DIST, "..", "..", "src", "serve",
                                                      "docs", cases[i].name, NULL);
        g_autofree char *text = NULL;
        size_t length = 0;
        g_autoptr(GError) error = NULL;
        g_file_get_contents(name, &text, &length, &error);
        g_assert_no_error(error);
        const DocsFile *file = find(cases[i].path);
        g_assert_cmpmem(file->data, file->length, text, length);
    }
}

static void tags_differ_and_are_quoted(void)
{
    const char *page = find("/docs")->etag, *script = find("/docs/page.js")->etag;
    g_assert_cmpstr(page, !=, script);
    g_assert_cmpuint(strlen(page), ==, 18);
    g_assert_true(page[0] == '"' && page[17] == '"');
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/docs_page/files_are_found_by_their_path_alone",
                    files_are_found_by_their_path_alone);
    g_test_add_func("/docs_page/files_are_those_of_the_source", files_are_those_of_the_source);
    g_test_add_func("/docs_page/tags_differ_and_are_quoted", tags_differ_and_are_quoted);
    return g_test_run();
}
