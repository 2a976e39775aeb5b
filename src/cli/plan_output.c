#include "cli/plan_output.h"

#include "cli/output.h"
#include "render/document.h"
#include "render/render.h"

static void print_script(const GPtrArray *statements)
{
    g_autoptr(GPtrArray) steps = document_steps(statements);
    for (unsigned i = 0; i < steps->len; i++) {
        g_autofree char *script = document_script(g_ptr_array_index(steps, i));
        g_print("%s%s", i == 0 ? "" : "\n-- step\n\n", script);
    }
}

json_t *plan_rows(const GPtrArray *statements)
{
    json_t *rows = json_array();
    for (unsigned i = 0; i < statements->len; i++) {
        const RenderedStatement *statement = g_ptr_array_index(statements, i);
        json_t *row = json_object();
        json_object_set_new(row, "sql", output_string(statement->sql));
        json_object_set_new(row, "loss", output_string(statement->loss));
        json_object_set_new(row, "risk", output_string(statement->risk));
        json_array_append_new(rows, row);
    }
    return rows;
}

void plan_print(const GPtrArray *statements, bool json)
{
    if (!json) {
        print_script(statements);
        return;
    }
    g_autoptr(json_t) rows = plan_rows(statements);
    output_json(rows);
}
