#include "migrate/witness.h"

#include "base/process.h"
#include "migrate/dump.h"
#include "pg/binaries.h"

#include <string.h>

static const char magic[] = "retort witness 1\n";

struct Witness {
    char *program;
    GPtrArray *objects;  /* (element-type DumpObject): sorted */
    GPtrArray *left_out; /* (element-type char*): sorted, ended by NULL */
};

void witness_free(Witness *witness)
{
    if (witness == NULL)
        return;
    g_free(witness->program);
    g_clear_pointer(&witness->objects, g_ptr_array_unref);
    g_clear_pointer(&witness->left_out, g_ptr_array_unref);
    g_free(witness);
}

const char *witness_program(const Witness *witness)
{
    return witness->program;
}

const char *const *witness_left_out(const Witness *witness)
{
    return (const char *const *)witness->left_out->pdata;
}

char *witness_find_program(int server_version)
{
    g_autoptr(Environment) environment = environment_parse("", "", NULL);
    g_autoptr(GError) missing = NULL; /* to have no witness is no error */
    return binaries_find_client(environment, "pg_dump", server_version / 10000, &missing);
}

/* (transfer full): "pg_dump 15.20" out of "pg_dump (PostgreSQL) 15.20 (Debian …)". */
static char *ask_version(const char *program, char **environment, GError **error)
{
    const char *const words[] = {program, "--version", NULL};
    const ProcessStart start = {.words = words, .environment = environment};
    g_auto(ProcessResult) result = {0};
    if (!process_check(&start, &result, error))
        return NULL;
    const char *number = strstr(result.out, ") ");
    number = number == NULL ? "" : number + 2;
    return g_strdup_printf("pg_dump %.*s", (int)strcspn(number, " \n"), number);
}

/* (transfer full): what the program says of the database. */
static char *run_dump(const char *program, const ConnectionSettings *settings, char **environment,
                      GError **error)
{
    g_autofree char *target = settings_conninfo(settings);
    g_autofree char *database = g_strconcat("--dbname=", target, NULL);
    const char *const words[] = {program,
                                 "--schema-only",
                                 "--no-password",
                                 "--encoding=UTF8",
                                 "--exclude-schema=retort",
                                 database,
                                 NULL};
    const ProcessStart start = {.words = words, .environment = environment};
    g_auto(ProcessResult) result = {0};
    if (!process_check(&start, &result, error))
        return NULL;
    return g_steal_pointer(&result.out);
}

Witness *witness_take(const char *program, const ConnectionSettings *settings,
                      const WitnessOptions *options, GError **error)
{
    g_autoptr(Witness) witness = g_new0(Witness, 1);
    g_auto(GStrv) ours = g_get_environ();
    char **given = options->environment == NULL ? ours : options->environment;
    g_auto(GStrv) environment = settings_environment(settings, given);
    /* constants of type timestamptz, and messages, must not depend on who looks */
    environment = g_environ_setenv(environment, "PGTZ", "UTC", TRUE);
    environment = g_environ_setenv(environment, "LC_ALL", "C", TRUE);
    witness->program = ask_version(program, environment, error);
    if (witness->program == NULL)
        return NULL;
    g_autofree char *text = run_dump(program, settings, environment, error);
    if (text == NULL)
        return NULL;
    const DumpOptions cut = {.excluded = options->excluded,
                             .version_table = options->version_table,
                             .everything = options->everything};
    witness->objects = dump_cut(text, &cut, &witness->left_out);
    g_ptr_array_add(witness->left_out, NULL);
    return g_steal_pointer(&witness);
}

/* A text with its length in front: it may hold anything. */
static void append_text(GString *bytes, const char *text)
{
    g_string_append_printf(bytes, "%zu %s\n", strlen(text), text);
}

/* (transfer full) (nullable): the next text at *@at, which moves on; %NULL if there is none. */
static char *read_text(const char **at)
{
    char *end = NULL;
    guint64 length = g_ascii_strtoull(*at, &end, 10);
    if (end == *at || *end != ' ' || length > strlen(end + 1) || end[1 + length] != '\n')
        return NULL;
    *at = end + 1 + length + 1;
    return g_strndup(end + 1, length);
}

char *witness_format(const Witness *witness)
{
    GString *bytes = g_string_new(magic);
    append_text(bytes, witness->program);
    for (unsigned i = 0; i + 1 < witness->left_out->len; i++)
        append_text(bytes, g_ptr_array_index(witness->left_out, i));
    append_text(bytes, "");
    for (unsigned i = 0; i < witness->objects->len; i++) {
        const DumpObject *object = g_ptr_array_index(witness->objects, i);
        append_text(bytes, object->type);
        append_text(bytes, object->schema);
        append_text(bytes, object->name);
        append_text(bytes, object->text);
    }
    g_string_append(bytes, "end\n");
    return g_string_free(bytes, FALSE);
}

static bool read_left_out(Witness *witness, const char **at)
{
    g_autofree char *word = read_text(at);
    for (; word != NULL && *word != '\0'; g_free(word), word = read_text(at))
        g_ptr_array_add(witness->left_out, g_strdup(word));
    g_ptr_array_add(witness->left_out, NULL);
    return word != NULL;
}

static bool read_objects(Witness *witness, const char *at)
{
    while (strcmp(at, "end\n") != 0) {
        g_autofree char *type = read_text(&at);
        g_autofree char *schema = type == NULL ? NULL : read_text(&at);
        g_autofree char *name = schema == NULL ? NULL : read_text(&at);
        g_autofree char *text = name == NULL ? NULL : read_text(&at);
        if (text == NULL)
            return false;
        g_ptr_array_add(witness->objects, dump_object_new(type, schema, name, text));
    }
    return true;
}

Witness *witness_parse(const char *text)
{
    g_autoptr(Witness) witness = g_new0(Witness, 1);
    witness->objects = g_ptr_array_new_with_free_func(dump_object_free);
    witness->left_out = g_ptr_array_new_with_free_func(g_free);
    if (!g_str_has_prefix(text, magic))
        return NULL;
    const char *at = text + strlen(magic);
    witness->program = read_text(&at);
    if (witness->program == NULL || !read_left_out(witness, &at) || !read_objects(witness, at))
        return NULL;
    return g_steal_pointer(&witness);
}

/* How often each line is in @lines: line → count. */
static GHashTable *count_lines(char **lines)
{
    GHashTable *counts = g_hash_table_new(g_str_hash, g_str_equal);
    for (; *lines != NULL; lines++) {
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, *lines));
        g_hash_table_insert(counts, *lines, GUINT_TO_POINTER(count + 1));
    }
    return counts;
}

/* Appends those of @lines that are not among @others, each with @mark; their number. */
static unsigned append_missing(GString *text, char **lines, char **others, const char *mark)
{
    g_autoptr(GHashTable) counts = count_lines(others);
    unsigned appended = 0;
    for (; *lines != NULL; lines++) {
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, *lines));
        if (count > 0) {
            g_hash_table_insert(counts, *lines, GUINT_TO_POINTER(count - 1));
            continue;
        }
        g_string_append_printf(text, "  %s %s\n", mark, *lines);
        appended++;
    }
    return appended;
}

static void append_difference(GString *text, const DumpObject *wanted, const DumpObject *found)
{
    g_autofree char *name = dump_object_describe(wanted);
    g_auto(GStrv) left = g_strsplit(wanted->text, "\n", -1);
    g_auto(GStrv) right = g_strsplit(found->text, "\n", -1);
    g_string_append_printf(text, "differs: %s\n", name);
    unsigned told = append_missing(text, left, right, "-");
    told += append_missing(text, right, left, "+");
    if (told == 0)
        g_string_append(text, "  the same lines in another order\n");
}

static void append_single(GString *text, const char *what, const DumpObject *object)
{
    g_autofree char *name = dump_object_describe(object);
    g_string_append_printf(text, "%s: %s\n", what, name);
}

/*
 * Whether @name, as pg_dump shows it, is @object's or a part's or a note's of it: "sum",
 * "sum sum_pkey", "VIEW sum", "COLUMN sum.x".
 */
static bool is_about(const char *name, const char *object)
{
    size_t length = strlen(object);
    const char *space = strchr(name, ' ');
    const char *places[] = {name, space == NULL ? NULL : space + 1};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        if (places[i] != NULL && strncmp(places[i], object, length) == 0 &&
            (places[i][length] == '\0' || strchr(" .", places[i][length]) != NULL))
            return true;
    return false;
}

static bool is_excepted(const DumpObject *object, const char *const *except)
{
    for (size_t i = 0; except != NULL && except[i] != NULL; i++) {
        const char *dot = strchr(except[i], '.');
        size_t length = (size_t)(dot - except[i]);
        if (strncmp(object->schema, except[i], length) == 0 && object->schema[length] == '\0' &&
            is_about(object->name, dot + 1))
            return true;
    }
    return false;
}

char *witness_compare(const Witness *wanted, const Witness *found, const char *const *except)
{
    g_autoptr(GString) text = g_string_new(NULL);
    unsigned i = 0;
    unsigned j = 0;
    while (i < wanted->objects->len || j < found->objects->len) {
        const DumpObject *left =
            i < wanted->objects->len ? g_ptr_array_index(wanted->objects, i) : NULL;
        const DumpObject *right =
            j < found->objects->len ? g_ptr_array_index(found->objects, j) : NULL;
        int order = left == NULL ? 1 : right == NULL ? -1 : dump_object_compare_names(left, right);
        const DumpObject *either = order <= 0 ? left : right;
        g_assert(either != NULL);
        bool excepted = is_excepted(either, except);
        if (order < 0 && !excepted)
            append_single(text, "missing", left);
        else if (order > 0 && !excepted)
            append_single(text, "not wanted", right);
        else if (order == 0 && !excepted && strcmp(left->text, right->text) != 0)
            append_difference(text, left, right);
        i += order <= 0;
        j += order >= 0;
    }
    return text->len == 0 ? NULL : g_string_free(g_steal_pointer(&text), FALSE);
}
