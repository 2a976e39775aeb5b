#include "revision/header.h"

#include "base/nearest.h"
#include "revision/parse.h"

#include <string.h>

/* What is read of a header so far, and where. */
typedef struct HeaderReader {
    Revision *revision;
    const char *path;
    unsigned line;
    unsigned given; /* bit by place in keys[] */
} HeaderReader;

static bool refuse(const HeaderReader *reader, const char *what, const char *hint, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s:%u: %s%s%s", reader->path, reader->line,
                what, hint != NULL ? "\nhint: " : "", hint != NULL ? hint : "");
    return false;
}

static bool is_illegal(gunichar c)
{
    return !g_unichar_isgraph(c) || (c < 0x80 && strchr("@-+:,;", (char)c) != NULL);
}

/* As most names are. */
static bool is_plain(const char *name)
{
    while (g_ascii_isalnum(*name) || *name == '_')
        name++;
    return *name == '\0';
}

static bool check_reserved(const char *name, const char *what, GError **error)
{
    static const char *const words[] = {"head", "heads", "base", "current", "none", NULL};
    if (!g_strv_contains(words, name))
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "\"%s\" has a meaning of its own and is no %s",
                name, what);
    return false;
}

static bool check_name(const char *name, const char *what, GError **error)
{
    if (!g_utf8_validate(name, -1, NULL) || *name == '\0') {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s is empty or not UTF-8", what);
        return false;
    }
    if (is_plain(name))
        return check_reserved(name, what, error);
    g_autoptr(GString) illegal = g_string_new(NULL);
    for (const char *p = name; *p != '\0'; p = g_utf8_next_char(p))
        if (is_illegal(g_utf8_get_char(p)) &&
            g_utf8_strchr(illegal->str, -1, g_utf8_get_char(p)) == NULL)
            g_string_append_unichar(illegal, g_utf8_get_char(p));
    if (illegal->len > 0) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "Character(s) '%s' not allowed in %s '%s'\n"
                    "hint: use letters, digits and \"_\"",
                    illegal->str, what, name);
        return false;
    }
    return check_reserved(name, what, error);
}

bool revision_check_id(const char *id, GError **error)
{
    if (!check_name(id, "revision identifier", error))
        return false;
    if (g_utf8_strlen(id, -1) <= 32)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "revision identifier '%s' has more than 32 characters", id);
    return false;
}

bool revision_check_label(const char *label, GError **error)
{
    return check_name(label, "branch label", error);
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A list "a, b": sorted; no element empty or twice. */
static bool read_list(const HeaderReader *reader, const char *value, char ***list,
                      bool check(const char *, GError **), GError **error)
{
    g_auto(GStrv) words = g_strsplit(value, ",", -1);
    for (char **word = words; *word != NULL; word++) {
        g_strstrip(*word);
        if (!check(*word, error)) {
            g_prefix_error(error, "%s:%u: ", reader->path, reader->line);
            return false;
        }
    }
    size_t count = g_strv_length(words);
    qsort(words, count, sizeof(char *), compare_words);
    for (size_t i = 1; i < count; i++)
        if (g_str_equal(words[i - 1], words[i]))
            return refuse(reader, "the list names one twice", NULL, error);
    g_strfreev(*list);
    *list = g_steal_pointer(&words);
    return true;
}

static bool read_text(const char *value, char **text)
{
    g_free(*text);
    *text = g_strdup(value);
    return true;
}

static bool read_id(const HeaderReader *reader, const char *value, GError **error)
{
    if (revision_check_id(value, error))
        return read_text(value, &reader->revision->id);
    g_prefix_error(error, "%s:%u: ", reader->path, reader->line);
    return false;
}

static bool read_parents(const HeaderReader *reader, const char *value, GError **error)
{
    return g_str_equal(value, "none") ||
           read_list(reader, value, &reader->revision->parents, revision_check_id, error);
}

static bool read_depends_on(const HeaderReader *reader, const char *value, GError **error)
{
    return read_list(reader, value, &reader->revision->depends_on, revision_check_label, error);
}

static bool read_labels(const HeaderReader *reader, const char *value, GError **error)
{
    return read_list(reader, value, &reader->revision->labels, revision_check_label, error);
}

/* Whether @text is as @form, in which 0 is any digit. */
static bool has_form(const char *text, const char *form)
{
    for (; *form != '\0'; form++, text++)
        if (*form == '0' ? !g_ascii_isdigit(*text) : *form != *text)
            return false;
    return true;
}

static bool read_created(const HeaderReader *reader, const char *value, GError **error)
{
    if (has_form(value, "0000-00-00 00:00:00"))
        return read_text(value, &reader->revision->created);
    return refuse(reader, "\"created\" is no time", "write it as 2026-11-22 18:30:00 UTC", error);
}

static bool read_irreversible(const HeaderReader *reader, const char *value,
                              GError **error G_GNUC_UNUSED)
{
    return read_text(value, &reader->revision->irreversible);
}

static bool read_proof(const HeaderReader *reader, const char *value, GError **error)
{
    size_t length = strlen(value);
    size_t digits = 0;
    while (digits < length && g_ascii_isxdigit(value[length - 1 - digits]))
        digits++;
    if (digits == 8 && length > 9 && value[length - 9] == ' ')
        return read_text(value, &reader->revision->proof);
    return refuse(reader, "\"proof\" does not end with the checksum's first 8 digits",
                  "\"retort prove\" writes this line", error);
}

/* The header keys in the order in which they are written. */
static const struct {
    const char *name;
    bool (*read)(const HeaderReader *reader, const char *value, GError **error);
} keys[] = {
    {"revision", read_id},   {"revises", read_parents}, {"depends on", read_depends_on},
    {"labels", read_labels}, {"created", read_created}, {"irreversible", read_irreversible},
    {"proof", read_proof},
};

static bool refuse_key(const HeaderReader *reader, const char *key, GError **error)
{
    const char *names[G_N_ELEMENTS(keys) + 1] = {NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        names[i] = keys[i].name;
    const char *nearest = nearest_word(key, names);
    g_autofree char *what = g_strdup_printf("unknown header key \"%s\"", key);
    g_autofree char *hint = nearest != NULL ? g_strdup_printf("did you mean \"%s\"?", nearest)
                                            : g_strdup("comments belong below the header");
    return refuse(reader, what, hint, error);
}

static bool read_key(HeaderReader *reader, const char *key, const char *value, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (!g_str_equal(keys[i].name, key))
            continue;
        if ((reader->given & 1u << i) != 0 || *value == '\0') {
            g_autofree char *what = g_strdup_printf(
                "header key \"%s\" %s", key, *value == '\0' ? "has no value" : "is there twice");
            return refuse(reader, what, NULL, error);
        }
        reader->given |= 1u << i;
        return keys[i].read(reader, value, error);
    }
    return refuse_key(reader, key, error);
}

/* "key : value" → "key"; gives its value, or %NULL if @line is none such. */
static char *cut_key(char *line)
{
    char *colon = strchr(line, ':');
    if (colon == NULL)
        return NULL;
    *colon = '\0';
    g_strchomp(line);
    return g_strchug(colon + 1);
}

/* One line below the message, without dashes and space around: "key: value", or empty. */
static bool read_line(HeaderReader *reader, char *line, GError **error)
{
    if (*line == '\0')
        return true;
    char *value = cut_key(line);
    if (value == NULL)
        return refuse(reader, "header line is not \"-- key: value\"",
                      "comments belong below the header, after an empty line", error);
    return read_key(reader, line, value, error);
}

static bool has_control_character(const char *text)
{
    for (; *text != '\0'; text++)
        if (g_ascii_iscntrl(*text) && *text != '\t')
            return true;
    return false;
}

static bool check_required(HeaderReader *reader, GError **error)
{
    reader->line = 1;
    if ((reader->given & 1u) == 0)
        return refuse(reader, "the header has no key \"revision\"",
                      "the first line is the message, \"-- revision: ID\" comes below it", error);
    if ((reader->given & 2u) == 0)
        return refuse(reader, "the header has no key \"revises\"",
                      "write \"-- revises: none\" for the first revision", error);
    return true;
}

bool header_parse(const char *text, size_t length, Revision *revision, const char *path,
                  size_t *out_length, unsigned *out_lines, GError **error)
{
    HeaderReader reader = {.revision = revision, .path = path, .line = 1};
    size_t at = 0;
    while (at + 1 < length && text[at] == '-' && text[at + 1] == '-') {
        const char *newline = memchr(text + at, '\n', length - at);
        size_t end = newline != NULL ? (size_t)(newline - text) : length;
        if (at > 0 && marker_of_comment(text + at, end - at) != MARKER_NONE)
            break; /* the first line is the message, whatever it says */
        g_autofree char *comment = g_strndup(text + at + 2, end - at - 2);
        g_strstrip(comment);
        if (has_control_character(comment))
            return refuse(&reader, "control character in the header", NULL, error);
        if (reader.line == 1)
            read_text(comment, &revision->message);
        else if (!read_line(&reader, comment, error))
            return false;
        at = MIN(end + 1, length);
        reader.line++;
    }
    if (at == 0)
        return refuse(&reader, "no header", "the first line is the message: \"-- add items\"",
                      error);
    *out_length = at;
    *out_lines = reader.line - 1;
    return check_required(&reader, error);
}

static void append_list(GString *text, const char *key, char **words, const char *otherwise)
{
    g_autofree char *list = g_strjoinv(", ", words);
    if (*list != '\0' || otherwise != NULL)
        g_string_append_printf(text, "-- %s: %s\n", key, *list != '\0' ? list : otherwise);
}

/* @value in one line: what would end the comment is a space. */
static void append_line(GString *text, const char *value)
{
    for (; *value != '\0'; value++)
        g_string_append_c(text, g_ascii_iscntrl(*value) ? ' ' : *value);
    g_string_append_c(text, '\n');
}

static void append_text(GString *text, const char *key, const char *value)
{
    if (value == NULL)
        return;
    g_string_append_printf(text, "-- %s: ", key);
    append_line(text, value);
}

void header_append(GString *text, const Revision *revision)
{
    g_string_append(text, *revision->message != '\0' ? "-- " : "--");
    append_line(text, revision->message);
    g_string_append(text, "--\n");
    append_text(text, "revision", revision->id);
    append_list(text, "revises", revision->parents, "none");
    append_list(text, "depends on", revision->depends_on, NULL);
    append_list(text, "labels", revision->labels, NULL);
    append_text(text, "created", revision->created);
    append_text(text, "irreversible", revision->irreversible);
    append_text(text, "proof", revision->proof);
}

bool header_has_line(const char *line, size_t length, bool *out_proof)
{
    if (length < 2 || strncmp(line, "--", 2) != 0)
        return false;
    g_autofree char *comment = g_strndup(line + 2, length - 2);
    g_strstrip(comment);
    *out_proof = cut_key(comment) != NULL && g_str_equal(comment, "proof");
    return true;
}

static const char *const markers[] = {
    [MARKER_UPGRADE] = "-- upgrade",
    [MARKER_STEP] = "-- step",
    [MARKER_DOWNGRADE] = "-- downgrade",
};

const char *marker_text(Marker marker)
{
    return markers[marker];
}

Marker marker_of_comment(const char *text, size_t length)
{
    size_t start = 0;
    while (length > 0 && g_ascii_isspace(text[length - 1]))
        length--;
    size_t end = length;
    while (start < end && !g_ascii_isalnum(text[start]))
        start++;
    while (end > start && !g_ascii_isalnum(text[end - 1]))
        end--;
    for (Marker marker = MARKER_UPGRADE; marker <= MARKER_DOWNGRADE; marker++) {
        const char *word = markers[marker] + 3;
        if (strlen(word) != end - start ||
            g_ascii_strncasecmp(text + start, word, end - start) != 0)
            continue;
        bool exact =
            strlen(markers[marker]) == length && memcmp(text, markers[marker], length) == 0;
        return exact ? marker : MARKER_MISSPELT;
    }
    return MARKER_NONE;
}
