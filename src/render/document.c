#include "render/document.h"

#include <string.h>

static bool begins_step(const RenderedStatement *before, const RenderedStatement *statement)
{
    return before == NULL || before->outside_transaction || statement->outside_transaction ||
           (before->ends_step && !statement->ends_step);
}

GPtrArray *document_steps(const GPtrArray *statements)
{
    GPtrArray *steps = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    const RenderedStatement *before = NULL;
    for (unsigned i = 0; i < statements->len; i++) {
        RenderedStatement *statement = g_ptr_array_index(statements, i);
        if (begins_step(before, statement))
            g_ptr_array_add(steps, g_ptr_array_new());
        g_ptr_array_add(g_ptr_array_index(steps, steps->len - 1), statement);
        before = statement;
    }
    return steps;
}

static bool is_line(const RenderedStatement *statement)
{
    return strchr(statement->sql, '\n') == NULL && statement->loss == NULL &&
           statement->risk == NULL;
}

static bool belongs_to(const RenderedStatement *before, const RenderedStatement *statement)
{
    return is_line(before) && is_line(statement) && strcmp(before->group, statement->group) == 0;
}

void document_append_comment(GString *text, const char *comment)
{
    g_auto(GStrv) lines = g_strsplit_set(comment, "\r\n", -1);
    g_autofree char *line = g_strjoinv(" ", lines);
    g_string_append_printf(text, "-- %s\n", line);
}

char *document_script(const GPtrArray *statements)
{
    GString *text = g_string_new(NULL);
    const RenderedStatement *before = NULL;
    for (unsigned i = 0; i < statements->len; i++) {
        const RenderedStatement *statement = g_ptr_array_index(statements, i);
        if (before != NULL && !belongs_to(before, statement))
            g_string_append_c(text, '\n');
        if (statement->loss != NULL)
            document_append_comment(text, statement->loss);
        if (statement->risk != NULL) {
            g_autofree char *risk = g_strconcat("may fail: ", statement->risk, NULL);
            document_append_comment(text, risk);
        }
        g_string_append(text, statement->sql);
        g_string_append(text, ";\n");
        before = statement;
    }
    return g_string_free(text, FALSE);
}
