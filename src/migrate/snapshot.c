#include "migrate/snapshot.h"

#include "diff/diff.h"
#include "render/render.h"

Snapshot *snapshot_take(Database *db, const ConnectionSettings *settings,
                        const SnapshotOptions *options, GError **error)
{
    g_autoptr(Snapshot) snapshot = g_new0(Snapshot, 1);
    snapshot->schema = catalog_read(db, &options->catalog, error);
    if (snapshot->schema == NULL)
        return NULL;
    if (options->program != NULL) {
        snapshot->witness = witness_take(options->program, settings, &options->witness, error);
        if (snapshot->witness == NULL)
            return NULL;
    }
    return g_steal_pointer(&snapshot);
}

void snapshot_free(Snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    schema_free(snapshot->schema);
    witness_free(snapshot->witness);
    g_free(snapshot);
}

/* More statements than this say no more to a reader. */
#define STATEMENTS_SHOWN 20

static void append_statements(GString *text, const Schema *wanted, const Schema *found)
{
    g_autoptr(GPtrArray) changes = diff_schemas(found, wanted);
    g_autoptr(GPtrArray) statements = render_changes(changes, found, wanted);
    if (statements->len > 0)
        g_string_append(text, "what would bring it there, as SQL:\n");
    for (unsigned i = 0; i < statements->len && i < STATEMENTS_SHOWN; i++) {
        const RenderedStatement *statement = g_ptr_array_index(statements, i);
        g_string_append_printf(text, "%s;\n", statement->sql);
    }
    if (statements->len > STATEMENTS_SHOWN)
        g_string_append_printf(text, "… and %u more statements\n",
                               statements->len - STATEMENTS_SHOWN);
}

static void append_unmanaged(GString *text, const GArray *differences)
{
    for (unsigned i = 0; i < differences->len; i++) {
        const UnmanagedDifference *one = &g_array_index(differences, UnmanagedDifference, i);
        g_string_append_printf(
            text, "%s: %s%s%s\n", one->is_missing ? "missing" : "left over", one->object->identity,
            one->because == NULL ? ", of a kind that is not managed" : ", which stands on ",
            one->because == NULL ? "" : one->because->identity);
    }
}

/* The objects as the witness would name them: schema.name, with a function's arguments. */
static char **name_all(const GArray *differences)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    for (unsigned i = 0; i < differences->len; i++) {
        const Object *object = g_array_index(differences, UnmanagedDifference, i).object;
        if (object->schema == NULL || object->kind == KIND_OTHER)
            continue;
        g_autofree char *name = g_strdup_printf("%s.%s%s%s%s", object->schema, object->name,
                                                object->arguments == NULL ? "" : "(",
                                                object->arguments == NULL ? "" : object->arguments,
                                                object->arguments == NULL ? "" : ")");
        g_strv_builder_add(names, name);
    }
    return g_strv_builder_end(names);
}

char *snapshot_compare(const Snapshot *wanted, const Snapshot *found, bool managed)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GArray) unmanaged = diff_unmanaged(found->schema, wanted->schema);
    append_statements(text, wanted->schema, found->schema);
    if (!managed)
        append_unmanaged(text, unmanaged);
    if (wanted->witness != NULL && found->witness != NULL) {
        g_auto(GStrv) except = managed ? name_all(unmanaged) : NULL;
        g_autofree char *seen =
            witness_compare(wanted->witness, found->witness, (const char *const *)except);
        if (seen != NULL)
            g_string_append_printf(text, "what the witness (%s) sees:\n%s\n",
                                   witness_program(found->witness), seen);
    }
    return text->len == 0 ? NULL : g_string_free(g_steal_pointer(&text), FALSE);
}
