#include "cli/output.h"

#include <libsmartcols.h>
#include <stdio.h>
#include <unistd.h>

json_t *output_string(const char *text)
{
    if (text == NULL)
        return json_null();
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

json_t *output_strings(char **words)
{
    json_t *array = json_array();
    for (; *words != NULL; words++)
        json_array_append_new(array, output_string(*words));
    return array;
}

void output_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
    fputc('\n', stdout);
}

static void append_cell(GString *text, const json_t *value)
{
    if (json_is_string(value)) {
        g_string_append(text, json_string_value(value));
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            g_string_append(text, i > 0 ? ", " : "");
            append_cell(text, json_array_get(value, i));
        }
    } else if (value != NULL && !json_is_null(value)) {
        char *plain = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        g_string_append(text, plain);
        free(plain);
    }
}

static void fill_line(struct libscols_line *line, const json_t *row, const OutputColumn *columns)
{
    for (size_t i = 0; columns[i].key != NULL; i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        append_cell(text, json_object_get(row, columns[i].key));
        scols_line_set_data(line, i, text->str);
    }
}

static void print_table(const json_t *rows, const OutputColumn *columns)
{
    struct libscols_table *table = scols_new_table();
    g_assert(table != NULL);
    scols_table_enable_nowrap(table, 1);
    for (size_t i = 0; columns[i].key != NULL; i++)
        scols_table_new_column(table, columns[i].heading, 0,
                               (columns[i].right ? SCOLS_FL_RIGHT : 0) | SCOLS_FL_WRAP);
    for (size_t i = 0; i < json_array_size(rows); i++)
        fill_line(scols_table_new_line(table, NULL), json_array_get(rows, i), columns);
    scols_print_table(table);
    scols_unref_table(table);
}

void output_rows(const json_t *rows, const OutputColumn *columns, bool json)
{
    if (json)
        output_json(rows);
    else if (json_array_size(rows) > 0)
        print_table(rows, columns);
}

char *output_bytes(int64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000)
        return g_strdup_printf("%d byte%s", (int)bytes, bytes == 1 ? "" : "s");
    double number = (double)bytes / 1000;
    size_t unit = 0;
    for (; number >= 999.5; unit++)
        number /= 1000;
    return g_strdup_printf(number < 9.95 ? "%.1f %s" : "%.0f %s", number, units[unit]);
}

struct Progress {
    char *what;
    bool shown; /* whether it is ever shown */
    bool dirty; /* whether a line stands there now */
    gint64 start;
    gint64 last;
};

Progress *progress_new(const char *what, bool quiet)
{
    Progress *progress = g_new0(Progress, 1);
    progress->what = g_strdup(what);
    progress->shown = !quiet && isatty(STDERR_FILENO);
    progress->start = g_get_monotonic_time();
    return progress;
}

void progress_update(Progress *progress, size_t done, size_t total, const char *detail)
{
    gint64 now = g_get_monotonic_time();
    if (!progress->shown || now - progress->start < G_TIME_SPAN_SECOND ||
        now - progress->last < G_TIME_SPAN_SECOND / 10)
        return;
    progress->last = now;
    progress->dirty = true;
    g_autofree char *of = total > 0 ? g_strdup_printf("/%zu", total) : g_strdup("");
    fprintf(stderr, "\r\033[K%s: %zu%s%s%.50s", progress->what, done, of, detail != NULL ? " " : "",
            detail != NULL ? detail : "");
    fflush(stderr);
}

void progress_free(Progress *progress)
{
    if (progress == NULL)
        return;
    if (progress->dirty)
        fputs("\r\033[K", stderr);
    g_free(progress->what);
    g_free(progress);
}
