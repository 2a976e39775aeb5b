#include "base/environment.h"

#include "base/file.h"

#include <string.h>

#define NOT_A_PAIR "this is not KEY=VALUE\nhint: a comment begins with #"

struct Environment {
    char *file;
    GHashTable *values; /* name → text, of the file */
};

/* A place in the text of a .env file. */
typedef struct Reader {
    Environment *environment;
    const char *next;
    unsigned line;
} Reader;

static Environment *environment_new(const char *path)
{
    Environment *environment = g_new0(Environment, 1);
    environment->file = g_strdup(path);
    environment->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return environment;
}

void environment_free(Environment *environment)
{
    if (environment == NULL)
        return;
    g_free(environment->file);
    g_hash_table_unref(environment->values);
    g_free(environment);
}

const char *environment_get(const Environment *environment, const char *name)
{
    const char *value = g_getenv(name);
    return value != NULL ? value : g_hash_table_lookup(environment->values, name);
}

bool environment_is_from_file(const Environment *environment, const char *name)
{
    return g_getenv(name) == NULL && g_hash_table_contains(environment->values, name);
}

const char *environment_file(const Environment *environment)
{
    return environment->file;
}

static bool refuse(const Reader *reader, unsigned line, const char *message, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s:%u: %s", reader->environment->file, line,
                message);
    return false;
}

static bool is_name_char(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '.' || c == '-';
}

static void skip_blanks(Reader *reader)
{
    reader->next += strspn(reader->next, " \t\r");
}

static void skip_line(Reader *reader)
{
    reader->next += strcspn(reader->next, "\n");
    if (*reader->next == '\n') {
        reader->next++;
        reader->line++;
    }
}

/* ${NAME} or ${NAME:-default} at the place; text that is neither stands for itself. */
static void append_reference(Reader *reader, GString *value)
{
    const char *start = reader->next + 2;
    size_t length = strcspn(start, "}\n");
    if (start[length] != '}') {
        g_string_append_c(value, *reader->next++);
        return;
    }
    g_autofree char *inner = g_strndup(start, length);
    char *fallback = strstr(inner, ":-");
    if (fallback != NULL)
        *fallback = '\0';
    const char *known = environment_get(reader->environment, inner);
    if (fallback != NULL && (known == NULL || *known == '\0'))
        known = fallback + 2;
    g_string_append(value, known != NULL ? known : "");
    reader->next = start + length + 1;
}

static void append_escaped(Reader *reader, GString *value)
{
    static const char letters[] = "nrt\"\\$'", meanings[] = "\n\r\t\"\\$'";
    char letter = reader->next[1];
    const char *known = letter != '\0' ? strchr(letters, letter) : NULL;
    if (known == NULL) {
        g_string_append_c(value, *reader->next++);
        return;
    }
    g_string_append_c(value, meanings[known - letters]);
    reader->next += 2;
}

static bool read_quoted(Reader *reader, GString *value, GError **error)
{
    unsigned begin = reader->line;
    char quote = *reader->next++;
    while (*reader->next != quote) {
        if (*reader->next == '\0')
            return refuse(reader, begin, "the closing quote is missing", error);
        if (quote == '"' && *reader->next == '\\') {
            append_escaped(reader, value);
        } else if (quote == '"' && g_str_has_prefix(reader->next, "${")) {
            append_reference(reader, value);
        } else {
            reader->line += *reader->next == '\n';
            g_string_append_c(value, *reader->next++);
        }
    }
    reader->next++;
    skip_blanks(reader);
    if (strchr("\n#", *reader->next) == NULL)
        return refuse(reader, reader->line, "text follows the closing quote", error);
    return true;
}

/* To the end of the line, or to a # after a blank. */
static void read_plain(Reader *reader, GString *value)
{
    while (*reader->next != '\0' && *reader->next != '\n') {
        if (*reader->next == '#' && (value->len == 0 || g_ascii_isspace(reader->next[-1])))
            break;
        if (g_str_has_prefix(reader->next, "${"))
            append_reference(reader, value);
        else
            g_string_append_c(value, *reader->next++);
    }
    g_strchomp(value->str);
    value->len = strlen(value->str);
}

static bool read_value(Reader *reader, char *name, GError **error)
{
    g_autofree char *owned = name;
    g_autoptr(GString) value = g_string_new(NULL);
    if (*reader->next == '"' || *reader->next == '\'') {
        if (!read_quoted(reader, value, error))
            return false;
    } else {
        read_plain(reader, value);
    }
    g_hash_table_replace(reader->environment->values, g_steal_pointer(&owned),
                         g_strdup(value->str));
    return true;
}

static bool read_line(Reader *reader, GError **error)
{
    skip_blanks(reader);
    if (*reader->next == '\n' || *reader->next == '#' || *reader->next == '\0')
        return true;
    if (g_str_has_prefix(reader->next, "export") && strchr(" \t", reader->next[6]) != NULL) {
        reader->next += strlen("export");
        skip_blanks(reader);
    }
    const char *start = reader->next;
    while (is_name_char(*reader->next))
        reader->next++;
    if (reader->next == start || g_ascii_isdigit(*start))
        return refuse(reader, reader->line, NOT_A_PAIR, error);
    g_autofree char *name = g_strndup(start, (size_t)(reader->next - start));
    skip_blanks(reader);
    if (*reader->next != '=')
        return refuse(reader, reader->line, NOT_A_PAIR, error);
    reader->next++;
    skip_blanks(reader);
    return read_value(reader, g_steal_pointer(&name), error);
}

Environment *environment_parse(const char *path, const char *text, GError **error)
{
    g_autoptr(Environment) environment = environment_new(path);
    Reader reader = {.environment = environment, .next = text, .line = 1};
    while (*reader.next != '\0') {
        if (!read_line(&reader, error))
            return NULL;
        skip_line(&reader);
    }
    return g_steal_pointer(&environment);
}

Environment *environment_load(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, ".env", NULL);
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return environment_new(path);
    g_autofree char *text = file_read_text(path, error);
    return text != NULL ? environment_parse(path, text, error) : NULL;
}

const char *environment_find_deployment(const Environment *environment)
{
    const char *ci = environment_get(environment, "CI");
    if (ci != NULL && *ci != '\0' && g_ascii_strcasecmp(ci, "false") != 0 && !g_str_equal(ci, "0"))
        return "CI is set";
    if (environment_get(environment, "KUBERNETES_SERVICE_HOST") != NULL)
        return "this is a Kubernetes pod";
    if (g_file_test("/.dockerenv", G_FILE_TEST_EXISTS) ||
        g_file_test("/run/.containerenv", G_FILE_TEST_EXISTS) || g_getenv("container") != NULL)
        return "this is a container";
    return NULL;
}
