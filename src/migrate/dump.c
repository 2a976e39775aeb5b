#include "migrate/dump.h"

#include "migrate/dump_kinds.h"
#include "sql/split.h"

#include <string.h>

static const char name_key[] = "-- Name: ";
static const char type_key[] = "; Type: ";
static const char schema_key[] = "; Schema: ";
static const char owner_key[] = "; Owner: ";
static const char space_key[] = "; Tablespace: ";
static const char method_setting[] = "SET default_table_access_method = ";

/* What the comment before an object says. */
typedef struct Header {
    char *name, *type, *schema, *owner, *space;
} Header;

static void header_clear(Header *header)
{
    g_free(header->name);
    g_free(header->type);
    g_free(header->schema);
    g_free(header->owner);
    g_free(header->space);
    *header = (Header){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Header, header_clear)

DumpObject *dump_object_new(const char *type, const char *schema, const char *name,
                            const char *text)
{
    DumpObject *object = g_new0(DumpObject, 1);
    object->type = g_strdup(type);
    object->schema = g_strdup(schema);
    object->name = g_strdup(name);
    object->text = g_strdup(text);
    return object;
}

void dump_object_free(void *data)
{
    DumpObject *object = data;
    g_free(object->type);
    g_free(object->schema);
    g_free(object->name);
    g_free(object->text);
    g_free(object);
}

int dump_object_compare_names(const DumpObject *a, const DumpObject *b)
{
    int order = strcmp(a->type, b->type);
    if (order == 0)
        order = strcmp(a->schema, b->schema);
    return order != 0 ? order : strcmp(a->name, b->name);
}

static int compare_objects(const void *a, const void *b)
{
    const DumpObject *left = *(DumpObject *const *)a;
    const DumpObject *right = *(DumpObject *const *)b;
    int order = dump_object_compare_names(left, right);
    return order != 0 ? order : strcmp(left->text, right->text);
}

char *dump_object_describe(const DumpObject *object)
{
    bool about = g_str_equal(object->type, "COMMENT") || g_str_equal(object->type, "ACL");
    const char *type = g_str_equal(object->type, "ACL") ? "GRANTS" : object->type;
    if (about)
        return g_strdup_printf("%s ON %s%s%s", type, object->name,
                               *object->schema != '\0' ? " OF SCHEMA " : "", object->schema);
    return g_strdup_printf("%s %s%s%s", type, object->schema, *object->schema != '\0' ? "." : "",
                           object->name);
}

/* Cuts what follows the last @key in @line off and gives it out; "" if it is not there. */
static char *cut_field(char *line, const char *key)
{
    char *at = g_strrstr(line, key);
    if (at == NULL)
        return g_strdup("");
    *at = '\0';
    return g_strdup(at + strlen(key));
}

/* Reads "-- Name: …; Type: …; Schema: …; Owner: …" of @length bytes, from its end. */
static void read_header(const char *line, size_t length, Header *out_header)
{
    g_assert(length >= strlen(name_key) && memcmp(line, name_key, strlen(name_key)) == 0);
    g_autofree char *words = g_strndup(line + strlen(name_key), length - strlen(name_key));
    out_header->space = cut_field(words, space_key);
    out_header->owner = cut_field(words, owner_key);
    out_header->schema = cut_field(words, schema_key);
    out_header->type = cut_field(words, type_key);
    out_header->name = g_strdup(words);
    if (g_str_equal(out_header->schema, "-"))
        *out_header->schema = '\0';
}

/* (nullable): where the next header's first line "--" begins. */
static const char *find_header(const char *text)
{
    static const char start[] = "--\n-- Name: ";
    if (g_str_has_prefix(text, start))
        return text;
    const char *at = strstr(text, "\n--\n-- Name: ");
    return at == NULL ? NULL : at + 1;
}

/* Whether the line says who owns the object above it, or sets something for the one below. */
static bool is_around(const char *line)
{
    if (*line == '\0' || g_str_has_prefix(line, "SET default_tablespace = ") ||
        g_str_has_prefix(line, method_setting))
        return true;
    return g_str_has_prefix(line, "ALTER ") && strstr(line, " OWNER TO ") != NULL &&
           g_str_has_suffix(line, ";");
}

/*
 * (transfer full): the statements of @body without what surrounds them. A setting of the access
 * method among that is put into @method: it holds from the next object on.
 */
static char *trim(const char *body, char **method)
{
    g_auto(GStrv) lines = g_strsplit(body, "\n", -1);
    unsigned end = g_strv_length(lines);
    unsigned start = 0;
    while (end > 0 && is_around(lines[end - 1])) {
        end--;
        if (g_str_has_prefix(lines[end], method_setting)) {
            g_free(*method);
            *method = g_strdup(lines[end] + strlen(method_setting));
        }
        g_clear_pointer(&lines[end], g_free);
    }
    while (start < end && *lines[start] == '\0')
        start++;
    return g_strjoinv("\n", lines + start);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Appends @words, sorted, each with @before in front and @after behind. */
static void append_sorted(GString *text, GPtrArray *words, const char *before, const char *after)
{
    g_ptr_array_sort(words, compare_texts);
    for (unsigned i = 0; i < words->len; i++)
        g_string_append_printf(text, "%s%s%s", before, (char *)g_ptr_array_index(words, i), after);
}

/*
 * Appends a CREATE TABLE with its columns and constraints sorted, one a line: what stands
 * between commas in the first parenthesis.
 */
static void append_create_table(GString *text, const char *sql)
{
    g_autoptr(GPtrArray) elements = g_ptr_array_new_with_free_func(g_free);
    Scanner scanner = scanner_start(sql, strlen(sql), 1);
    Token token = {0};
    unsigned depth = 0;
    size_t start = 0;
    while (scanner_next(&scanner, &token, NULL) && token.kind != TOKEN_END) {
        bool comma = depth == 1 && token.kind == TOKEN_OPERATOR && sql[token.start] == ',';
        bool closing = depth == 1 && token.kind == TOKEN_CLOSE;
        if (token.kind == TOKEN_OPEN && depth++ == 0) {
            start = token.start + token.length;
            g_string_append_len(text, sql, (gssize)start);
        }
        if (comma || closing) {
            char *element = g_strstrip(g_strndup(sql + start, token.start - start));
            g_ptr_array_add(elements, element);
            start = token.start + token.length;
        }
        if (token.kind == TOKEN_CLOSE && depth > 0)
            depth--;
        if (closing)
            break;
    }
    append_sorted(text, elements, "\n    ", "");
    g_string_append_printf(text, "%s%s", elements->len > 0 ? "\n)" : "", sql + start);
}

/* (transfer full): the statements of a table; those behind CREATE sorted. */
static char *normal_table(const char *body)
{
    g_autoptr(GPtrArray) statements = split_statements(body, strlen(body), 1, NULL);
    g_autoptr(GPtrArray) others = g_ptr_array_new();
    g_autoptr(GString) text = g_string_new(NULL);
    if (statements == NULL)
        return g_strdup(body);
    for (unsigned i = 0; i < statements->len; i++) {
        char *sql = ((Statement *)g_ptr_array_index(statements, i))->text;
        if (i == 0)
            append_create_table(text, sql);
        else
            g_ptr_array_add(others, sql);
    }
    append_sorted(text, others, "\n", ";");
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Replaces the role @owner behind @word at the end of a statement of grants. */
static void hide_owner(GString *line, const char *word, const char *owner)
{
    g_autofree char *quoted = g_strdup_printf(" %s \"%s\"", word, owner);
    g_autofree char *plain = g_strdup_printf(" %s %s", word, owner);
    const char *const forms[] = {quoted, plain};
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        const char *at = g_strrstr(line->str, forms[i]);
        if (at == NULL || strchr("; ", at[strlen(forms[i])]) == NULL)
            continue;
        g_autofree char *rest = g_strdup(at + strlen(forms[i]));
        g_string_truncate(line, (gsize)(at - line->str));
        g_string_append_printf(line, " %s OWNER%s", word, rest);
        return;
    }
}

/* (transfer full): the lines of grants, sorted, with the owner's name hidden. */
static char *normal_grants(const char *body, const char *owner)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) parts = g_strsplit(body, "\n", -1);
    for (char **part = parts; *part != NULL; part++) {
        g_autoptr(GString) line = g_string_new(*part);
        if (*owner != '\0' && g_str_has_prefix(*part, "REVOKE "))
            hide_owner(line, "FROM", owner);
        else if (*owner != '\0' && g_str_has_prefix(*part, "GRANT "))
            hide_owner(line, "TO", owner);
        g_ptr_array_add(lines, g_string_free(g_steal_pointer(&line), FALSE));
    }
    g_ptr_array_sort(lines, compare_texts);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

/* Gives each element between ARRAY[ and ] its own cast to text; a GRegexEvalCallback. */
static gboolean cast_elements(const GMatchInfo *match, GString *result, void *element)
{
    g_autofree char *elements = g_match_info_fetch(match, 1);
    g_autofree char *cast = g_regex_replace(element, elements, -1, 0, "(\\g<0>)::text", 0, NULL);
    g_string_append_printf(result, "ARRAY[%s]", cast);
    return FALSE;
}

/*
 * The server prints a list of varchar literals as (ARRAY['a'::character varying])::text[] until it
 * has read that back, and as ARRAY[('a'::character varying)::text] from then on: the second is
 * taken for both.
 */
static char *settle_arrays(const char *text)
{
    if (strstr(text, "])::text[]") == NULL)
        return g_strdup(text);
    static const char literal[] = "'(?:[^']|'')*'::character varying";
    g_autofree char *array =
        g_strdup_printf("\\(ARRAY\\[(%s(?:, %s)*)\\]\\)::text\\[\\]", literal, literal);
    g_autoptr(GRegex) whole = g_regex_new(array, G_REGEX_OPTIMIZE, 0, NULL);
    g_autoptr(GRegex) element = g_regex_new(literal, 0, 0, NULL);
    return g_regex_replace_eval(whole, text, -1, 0, 0, cast_elements, element, NULL);
}

/* Sorts the options of WITH (…), whose order is that in which they were set. */
static gboolean sort_options(const GMatchInfo *match, GString *result, void *data)
{
    (void)data;
    g_autofree char *list = g_match_info_fetch(match, 1);
    g_auto(GStrv) options = g_strsplit(list, ", ", -1);
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    for (size_t i = 0; options[i] != NULL; i++)
        g_ptr_array_add(sorted, options[i]);
    g_ptr_array_sort(sorted, compare_texts);
    g_ptr_array_add(sorted, NULL);
    g_autofree char *joined = g_strjoinv(", ", (char **)sorted->pdata);
    g_string_append_printf(result, "WITH (%s)", joined);
    return FALSE;
}

static char *settle_options(const char *text)
{
    if (strstr(text, "WITH (") == NULL)
        return g_strdup(text);
    g_autoptr(GRegex) options =
        g_regex_new("WITH \\(((?:[\\w.]+='[^', ]*'(?:, )?)+)\\)", 0, 0, NULL);
    return g_regex_replace_eval(options, text, -1, 0, 0, sort_options, NULL, NULL);
}

static DumpObject *make_object(const Header *header, const char *body, const char *method)
{
    g_autofree char *text = NULL;
    bool stored =
        g_str_equal(header->type, "TABLE") || g_str_equal(header->type, "MATERIALIZED VIEW");
    if (g_str_equal(header->type, "TABLE") || g_str_equal(header->type, "FOREIGN TABLE"))
        text = normal_table(body);
    else if (g_str_equal(header->type, "ACL"))
        text = normal_grants(body, header->owner);
    else
        text = g_strdup(body);
    g_autofree char *ordered = settle_options(text);
    g_autofree char *settled = settle_arrays(ordered);
    g_autoptr(GString) whole = g_string_new(settled);
    if (*header->space != '\0')
        g_string_append_printf(whole, "\n-- tablespace %s", header->space);
    if (stored && method != NULL && !g_str_equal(method, "heap;"))
        g_string_append_printf(whole, "\n-- access method %s", method);
    return dump_object_new(header->type, header->schema, header->name, whole->str);
}

/* (element-type DumpObject): all that the dump holds, in its order. */
static GPtrArray *cut(const char *text)
{
    static const char end_mark[] = "\n--\n-- PostgreSQL database dump complete\n--\n";
    GPtrArray *objects = g_ptr_array_new_with_free_func(dump_object_free);
    const char *end = g_strrstr(text, end_mark);
    g_autofree char *dump = end == NULL ? g_strdup(text) : g_strndup(text, (gsize)(end - text));
    g_autofree char *method = NULL;
    const char *at = find_header(dump);
    while (at != NULL) {
        g_auto(Header) header = {0};
        const char *line = at + strlen("--\n");
        size_t length = strcspn(line, "\n");
        read_header(line, length, &header);
        const char *body = line + length;
        if (g_str_has_prefix(body, "\n--\n"))
            body += strlen("\n--\n");
        const char *next = find_header(body);
        g_autofree char *raw =
            next == NULL ? g_strdup(body) : g_strndup(body, (gsize)(next - body));
        g_autofree char *current = g_strdup(method);
        g_autofree char *trimmed = trim(raw, &method);
        g_ptr_array_add(objects, make_object(&header, trimmed, current));
        at = next;
    }
    return objects;
}

GPtrArray *dump_cut(const char *text, const DumpOptions *options, GPtrArray **out_left_out)
{
    GPtrArray *objects = cut(text);
    *out_left_out = dump_leave_out(objects, options);
    g_ptr_array_sort(objects, compare_objects);
    return objects;
}
