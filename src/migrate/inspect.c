#include "migrate/inspect.h"

#include "diff/diff.h"
#include "render/document.h"

#include <string.h>

/* Where the objects of a kind go that belong to no other. */
typedef struct Place {
    const char *folder; /* (nullable): with one file a name; NULL: beside the other tables */
    const char *file;   /* (nullable): the one file for all of them */
} Place;

static const Place places[] = {
    [KIND_SCHEMA] = {.file = "schemas"},
    [KIND_EXTENSION] = {.file = "extensions"},
    [KIND_ENUM] = {.file = "types"},
    [KIND_DOMAIN] = {.file = "types"},
    [KIND_SEQUENCE] = {.file = "sequences"},
    [KIND_FUNCTION] = {.folder = "functions"},
    [KIND_TABLE] = {0},
    [KIND_VIEW] = {.folder = "views"},
    [KIND_MATERIALIZED_VIEW] = {.folder = "views"},
    [KIND_OTHER] = {0}, /* nothing is ever written of it */
};
G_STATIC_ASSERT(G_N_ELEMENTS(places) == KIND_COUNT);

void model_file_free(ModelFile *file)
{
    if (file == NULL)
        return;
    g_free(file->path);
    g_free(file->text);
    g_free(file);
}

/* A statement on its way into a file. */
typedef struct Entry {
    char *path;
    unsigned place; /* of the object that it hangs on, by the order of the changes */
    unsigned rank;  /* within that */
    unsigned index; /* among all statements */
    RenderedStatement *statement;
} Entry;

static void entry_free(void *data)
{
    Entry *entry = data;
    g_free(entry->path);
    g_free(entry);
}

static int compare_numbers(unsigned left, unsigned right)
{
    return left < right ? -1 : left > right;
}

static int compare_entries(const void *a, const void *b)
{
    const Entry *left = *(Entry *const *)a;
    const Entry *right = *(Entry *const *)b;
    int order = strcmp(left->path, right->path);
    if (order == 0)
        order = compare_numbers(left->place, right->place);
    if (order == 0)
        order = compare_numbers(left->rank, right->rank);
    return order != 0 ? order : compare_numbers(left->index, right->index);
}

/* The table whose column owns @sequence, or @sequence itself. */
static const Object *owner_of(const Schema *schema, const Object *sequence)
{
    const Object *owned = schema_find(schema, KIND_OWNED_BY, sequence->identity);
    for (unsigned i = 0; owned != NULL && i < owned->depends_on->len; i++) {
        const Object *needed = g_ptr_array_index(owned->depends_on, i);
        if (needed->kind == KIND_COLUMN && needed->parent != NULL)
            return needed->parent;
    }
    return sequence;
}

/* What a person would say @object is a part of. */
static const Object *whole_of(const Schema *schema, const Object *object)
{
    while (object->parent != NULL)
        object = object->parent;
    return object->kind == KIND_SEQUENCE ? owner_of(schema, object) : object;
}

/* Names may hold anything; paths keep letters, digits, "-", "_", inner dots and non-ASCII. */
static void append_name(GString *path, const char *name)
{
    for (const char *p = name; *p != '\0'; p++) {
        bool good = g_ascii_isalnum(*p) || *p == '_' || *p == '-' || (*p & 0x80) != 0 ||
                    (*p == '.' && p != name);
        g_string_append_c(path, good ? *p : '_');
    }
}

static char *path_of(const Object *whole)
{
    const Place *place = &places[whole->kind];
    GString *path = g_string_new(NULL);
    if (whole->schema != NULL && strcmp(whole->schema, "public") != 0) {
        append_name(path, whole->schema);
        g_string_append_c(path, '/');
    }
    if (place->folder != NULL) {
        g_string_append(path, place->folder);
        g_string_append_c(path, '/');
    }
    append_name(path, place->file != NULL ? place->file : whole->name);
    g_string_append(path, ".sql");
    return g_string_free(path, FALSE);
}

/* First what is made, the whole before its parts, then comments, then grants. */
static unsigned rank_of(const Change *change)
{
    const Object *object = change_object(change);
    if (change->action == CHANGE_GRANTS)
        return 3 * KIND_COUNT;
    if (change->action == CHANGE_COMMENT)
        return 2 * KIND_COUNT;
    return (object->relation != NULL ? KIND_COUNT : 0) + object->kind;
}

static Entry *entry_new(const Schema *schema, GHashTable *order, RenderedStatement *statement,
                        unsigned index)
{
    const Object *whole = whole_of(schema, change_object(statement->change));
    Entry *entry = g_new0(Entry, 1);
    if (!g_hash_table_contains(order, whole))
        g_hash_table_insert(order, (void *)whole, GUINT_TO_POINTER(g_hash_table_size(order)));
    entry->path = path_of(whole);
    entry->place = GPOINTER_TO_UINT(g_hash_table_lookup(order, whole));
    entry->rank = rank_of(statement->change);
    entry->index = index;
    entry->statement = statement;
    return entry;
}

static GPtrArray *sort_statements(const Schema *schema, const GPtrArray *statements)
{
    g_autoptr(GHashTable) order = g_hash_table_new(NULL, NULL);
    GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
    for (unsigned i = 0; i < statements->len; i++)
        g_ptr_array_add(entries, entry_new(schema, order, g_ptr_array_index(statements, i), i));
    g_ptr_array_sort(entries, compare_entries);
    return entries;
}

static void add_file(GPtrArray *files, const char *path, char *text)
{
    ModelFile *file = g_new0(ModelFile, 1);
    file->path = g_strdup(path);
    file->text = text;
    g_ptr_array_add(files, file);
}

/* The entries of each path make a file. */
static void add_files(GPtrArray *files, const GPtrArray *entries)
{
    for (unsigned i = 0; i < entries->len;) {
        const char *path = ((const Entry *)g_ptr_array_index(entries, i))->path;
        g_autoptr(GPtrArray) statements = g_ptr_array_new();
        for (; i < entries->len; i++) {
            const Entry *entry = g_ptr_array_index(entries, i);
            if (strcmp(entry->path, path) != 0)
                break;
            g_ptr_array_add(statements, entry->statement);
        }
        add_file(files, path, document_script(statements));
    }
}

/* What every new database has; the catalog reader leaves out what else is in template0. */
static Schema *schema_of_new_database(void)
{
    Schema *schema = schema_new();
    schema_add(schema, KIND_SCHEMA, NULL, NULL, "public", NULL);
    schema_finish(schema);
    return schema;
}

/* Whether @object goes with its whole, which is left out, too. */
static bool is_part_of_left_out(const GArray *differences, const Object *object)
{
    for (unsigned i = 0; object->parent != NULL && i < differences->len; i++)
        if (g_array_index(differences, UnmanagedDifference, i).object == object->parent)
            return true;
    return false;
}

static char *describe_left_out(const UnmanagedDifference *difference)
{
    const Object *object = difference->object;
    if (difference->because == NULL)
        return g_strdup(object->identity);
    return g_strdup_printf("%s %s, which stands on %s", object_kinds[object->kind].name,
                           object->identity, difference->because->identity);
}

char **inspect_left_out(const Schema *schema)
{
    g_autoptr(Schema) new = schema_of_new_database();
    g_autoptr(GArray) differences = diff_unmanaged(new, schema);
    GPtrArray *lines = g_ptr_array_new();
    for (unsigned i = 0; i < differences->len; i++) {
        const UnmanagedDifference *difference = &g_array_index(differences, UnmanagedDifference, i);
        if (!is_part_of_left_out(differences, difference->object))
            g_ptr_array_add(lines, describe_left_out(difference));
    }
    g_ptr_array_add(lines, NULL);
    return (char **)g_ptr_array_free(lines, FALSE);
}

/* Comments that name what is left out; "" if nothing is. */
static char *left_out_text(const Schema *schema)
{
    g_auto(GStrv) lines = inspect_left_out(schema);
    GString *text = g_string_new(NULL);
    if (lines[0] != NULL)
        document_append_comment(text, "Not managed, and so not in these models:");
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *indented = g_strconcat("  ", *line, NULL);
        document_append_comment(text, indented);
    }
    return g_string_free(text, FALSE);
}

static int compare_files(const void *a, const void *b)
{
    return strcmp((*(ModelFile *const *)a)->path, (*(ModelFile *const *)b)->path);
}

static ModelFile *find_file(const GPtrArray *files, const char *path)
{
    for (unsigned i = 0; i < files->len; i++) {
        ModelFile *file = g_ptr_array_index(files, i);
        if (strcmp(file->path, path) == 0)
            return file;
    }
    return NULL;
}

/* A table may be called so, too: then both share the file. */
static void add_left_out(GPtrArray *files, const Schema *schema)
{
    static const char path[] = "not-managed.sql";
    g_autofree char *text = left_out_text(schema);
    ModelFile *taken = find_file(files, path);
    if (text[0] == '\0')
        return;
    if (taken == NULL) {
        add_file(files, path, g_steal_pointer(&text));
        return;
    }
    g_autofree char *rest = taken->text;
    taken->text = g_strconcat(text, "\n", rest, NULL);
}

GPtrArray *inspect_files(const Schema *schema)
{
    g_autoptr(Schema) new = schema_of_new_database();
    g_autoptr(GPtrArray) changes = diff_schemas(new, schema);
    g_autoptr(GPtrArray) statements = render_changes(changes, new, schema);
    g_autoptr(GPtrArray) entries = sort_statements(schema, statements);
    GPtrArray *files = g_ptr_array_new_with_free_func((GDestroyNotify)model_file_free);
    add_files(files, entries);
    add_left_out(files, schema);
    g_ptr_array_sort(files, compare_files);
    return files;
}

char *inspect_script(const Schema *schema)
{
    g_autoptr(Schema) new = schema_of_new_database();
    g_autoptr(GPtrArray) changes = diff_schemas(new, schema);
    g_autoptr(GPtrArray) statements = render_changes(changes, new, schema);
    g_autofree char *left_out = left_out_text(schema);
    g_autofree char *script = document_script(statements);
    bool both = left_out[0] != '\0' && script[0] != '\0';
    return g_strconcat(left_out, both ? "\n" : "", script, NULL);
}
