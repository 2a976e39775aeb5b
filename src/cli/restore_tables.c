#include "cli/restore_tables.h"

#include "backup/side_tables.h"
#include "backup/table_name.h"
#include "cli/load_progress.h"
#include "cli/output.h"
#include "sql/quote.h"

static void add(json_t *rows, const char *what, const char *value)
{
    json_t *row = json_object();
    json_object_set_new(row, "what", output_string(what));
    json_object_set_new(row, "value", output_string(value));
    json_array_append_new(rows, row);
}

/* What a backup says of the table that @word may mean: a line each; it names no partitioned one. */
static void add_rows(json_t *rows, const Manifest *manifest, const char *word)
{
    for (unsigned i = 0; i < manifest->tables->len; i++) {
        const TableFingerprint *table = manifest->tables->pdata[i];
        if (!table_name_matches(word, table->schema, table->name))
            continue;
        g_autofree char *name = table_name_format(table->schema, table->name);
        g_autofree char *what = g_strdup_printf("rows of %s in the backup", name);
        g_autofree char *count = g_strdup_printf("%" G_GINT64_FORMAT, (gint64)table->rows);
        add(rows, what, count);
    }
}

static bool preview(Database *live, const RestoreFrom *from, const SideOptions *options, bool json)
{
    static const OutputColumn columns[] = {{"what", "", false}, {"value", "", false}, {NULL}};
    g_autoptr(json_t) rows = json_array();
    add(rows, "database, of which nothing is changed", database_name(live));
    add(rows, "schema that would be made", options->schema);
    if (from->backup != NULL)
        add(rows, "backup", from->backup->id);
    for (const char *const *word = options->tables; *word != NULL; word++) {
        add(rows, "table", *word);
        if (from->backup != NULL)
            add_rows(rows, from->backup->manifest, *word);
    }
    output_rows(rows, columns, json);
    return true;
}

static json_t *lines(const GPtrArray *texts)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < texts->len; i++)
        json_array_append_new(array, output_string(texts->pdata[i]));
    return array;
}

/* A number that is known only if @known. */
static json_t *number(bool known, int64_t value)
{
    return known ? json_integer(value) : json_null();
}

/* What makes two rows the same one; null if nothing was compared. */
static json_t *format_measure(const SideTable *table)
{
    if (!table->compared || table->live == NULL)
        return json_null();
    return table->key != NULL ? output_strings(table->key) : output_string("whole rows");
}

static json_t *format_table(const SideTable *table)
{
    g_autofree char *whole = table_name_format(table->schema, table->name);
    bool is_live = table->compared && table->live != NULL;
    json_t *row = json_object();
    json_object_set_new(row, "table", output_string(whole));
    json_object_set_new(row, "schema", output_string(table->schema));
    json_object_set_new(row, "name", output_string(table->name));
    json_object_set_new(row, "rows", json_integer(table->rows));
    json_object_set_new(row, "live_rows", number(is_live, table->live_rows));
    json_object_set_new(row, "only_backup", number(table->compared, table->only_backup));
    json_object_set_new(row, "only_live", number(table->compared, table->only_live));
    json_object_set_new(row, "changed", number(table->key != NULL, table->changed));
    json_object_set_new(row, "compared_by", format_measure(table));
    json_object_set_new(row, "notes", lines(table->notes));
    json_object_set_new(row, "sql", lines(table->statements));
    return row;
}

/* What else is known of each table, and how its rows are taken back. */
static void print_notes(const GPtrArray *tables)
{
    for (unsigned i = 0; i < tables->len; i++) {
        const SideTable *table = tables->pdata[i];
        g_autofree char *whole = table_name_format(table->schema, table->name);
        for (unsigned n = 0; n < table->notes->len; n++)
            g_print("%s%s: %s\n", n == 0 ? "\n" : "", whole, (char *)table->notes->pdata[n]);
        for (unsigned n = 0; n < table->statements->len; n++)
            g_print("\n%s\n", (char *)table->statements->pdata[n]);
    }
}

static void report(const char *schema, const GPtrArray *tables, bool json)
{
    static const OutputColumn columns[] = {{"table", "table", false},
                                           {"rows", "in the backup", true},
                                           {"live_rows", "live", true},
                                           {"only_backup", "only in the backup", true},
                                           {"only_live", "only live", true},
                                           {"changed", "changed", true},
                                           {"compared_by", "compared by", false},
                                           {NULL}};
    g_autoptr(GString) drop = g_string_new("");
    sql_append(drop, "DROP SCHEMA %I CASCADE;", schema);
    g_autoptr(json_t) rows = json_array();
    for (unsigned i = 0; i < tables->len; i++)
        json_array_append_new(rows, format_table(tables->pdata[i]));
    if (json) {
        g_autoptr(json_t) all = json_object();
        json_object_set_new(all, "schema", output_string(schema));
        json_object_set(all, "tables", rows);
        json_object_set_new(all, "drop", output_string(drop->str));
        output_json(all);
    } else {
        output_rows(rows, columns, false);
        print_notes(tables);
    }
    g_message("the tables are in schema \"%s\" now; nothing live was changed\n"
              "hint: when they are not needed any more: %s",
              schema, drop->str);
}

static bool run(const SideOptions *options, const RestoreFrom *from, const TablesWanted *wanted,
                GError **error)
{
    g_autoptr(Progress) progress = progress_new("restored", wanted->quiet);
    SideOptions how = *options;
    LoadTelling telling = {progress, g_get_monotonic_time()};
    how.progress = load_tell;
    how.data = &telling;
    g_autoptr(GPtrArray) tables = side_tables_restore(&how, from, error);
    if (tables == NULL)
        return false;
    g_clear_pointer(&progress, progress_free);
    report(how.schema, tables, wanted->json);
    return true;
}

bool restore_tables(Project *project, const RestoreFrom *from, const TablesWanted *wanted,
                    GError **error)
{
    g_autofree char *schema = wanted->into != NULL ? g_strdup(wanted->into) : side_schema_name();
    g_autoptr(Database) live = project_open_database(project, error);
    if (live == NULL || !side_schema_check(live, schema, error))
        return false;
    g_autoptr(ConnectionSettings) target = database_settings(live);
    const SideOptions options = {
        .config = project_config(project),
        .target = target,
        .environment = project_environment(project),
        .identities = wanted->identities,
        .jobs = wanted->jobs,
        .schema = schema,
        .tables = wanted->tables,
    };
    if (wanted->dry_run)
        return preview(live, from, &options, wanted->json);
    g_clear_pointer(&live, database_close);
    return run(&options, from, wanted, error);
}
