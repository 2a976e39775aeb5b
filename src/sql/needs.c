#include "sql/needs.h"

#include "sql/words.h"

#include <string.h>

/* Begins a constraint of a column: what stands before it is the column's type. */
#define CONSTRAINT_WORDS                                                                           \
    "constraint|not|null|default|check|generated|unique|primary|references|collate|deferrable|"    \
    "initially|storage|compression|options"

static void need_free(void *data)
{
    Need *need = data;
    g_free(need->table);
    g_free(need->column);
    g_free(need->type);
    g_free(need->expression);
    g_strfreev(need->columns);
    g_free(need->other);
    g_strfreev(need->other_columns);
    g_free(need);
}

/* What is being read: the needs found so far, and the table that they are about. */
typedef struct Reader {
    GPtrArray *needs;
    const char *table;
    bool only;
} Reader;

static Need *add(Reader *reader, NeedKind kind)
{
    Need *need = g_new0(Need, 1);
    need->kind = kind;
    need->table = g_strdup(reader->table);
    need->only = reader->only;
    g_ptr_array_add(reader->needs, need);
    return need;
}

/* What of an item of a list is wanted. */
typedef char *ItemText(Words *item);

static char *whole_item(Words *item)
{
    return words_text(item);
}

/* The items of a list in parentheses; NULL if there is none. */
static char **take_list(Words *words, ItemText *text_of)
{
    Words inside = {0};
    if (!words_take_group(words, &inside))
        return NULL;
    g_autoptr(GStrvBuilder) list = g_strv_builder_new();
    while (!words_at_end(&inside)) {
        Words item = words_take_item(&inside);
        g_autofree char *text = text_of(&item);
        g_strv_builder_add(list, text);
    }
    return g_strv_builder_end(list);
}

/* ALTER COLUMN c TYPE …, behind the name. */
static void read_type(Reader *reader, const char *column, Words *words)
{
    Words type = words_take_until(words, "collate|using");
    words_take_until(words, "using");
    bool plain = !words_take(words, "using");
    Need *need = add(reader, NEED_CAST);
    need->column = g_strdup(column);
    need->type = words_text(&type);
    need->plain = plain;
    need->expression = plain ? g_strdup(column) : words_text(words);
}

static void read_alter(Reader *reader, Words *words)
{
    words_take(words, "column");
    g_autofree char *column = words_take_name(words);
    if (column == NULL)
        return;
    if (words_take(words, "type") || words_take(words, "set data type"))
        read_type(reader, column, words);
    else if (words_take(words, "set not null"))
        add(reader, NEED_NOT_NULL)->column = g_strdup(column);
}

/* Whether a column of the type has values of its own. */
static bool is_serial(const char *type)
{
    static const char *const names[] = {"serial",  "bigserial", "smallserial", "serial4",
                                        "serial8", "serial2",   NULL};
    g_autofree char *lower = g_ascii_strdown(type, -1);
    return g_strv_contains(names, lower);
}

static void read_new_column(Reader *reader, Words *words)
{
    words_take(words, "column");
    words_take(words, "if not exists");
    g_autofree char *column = words_take_name(words);
    Words kind = words_take_until(words, CONSTRAINT_WORDS);
    g_autofree char *type = words_text(&kind);
    bool needs_value = false, has_value = is_serial(type);
    while (!words_at_end(words)) {
        needs_value = needs_value || words_take(words, "not null") || words_see(words, "primary");
        has_value = has_value || words_see_any(words, "default|generated");
        if (!words_at_end(words))
            words->at++;
        words_take_until(words, CONSTRAINT_WORDS);
    }
    if (column == NULL || !needs_value || has_value)
        return;
    Need *need = add(reader, NEED_NO_ROWS);
    need->column = g_strdup(column);
    need->type = g_steal_pointer(&type);
}

static void read_unique(Reader *reader, Words *words, bool primary)
{
    bool same = words_take(words, "nulls not distinct");
    words_take(words, "nulls distinct");
    char **columns = take_list(words, whole_item);
    if (columns == NULL) /* USING INDEX */
        return;
    for (char **column = columns; primary && *column != NULL; column++)
        add(reader, NEED_NOT_NULL)->column = g_strdup(*column);
    Need *need = add(reader, NEED_UNIQUE);
    need->columns = columns;
    need->plain = same;
    need->only = true;
}

static bool is_not_valid(Words *words)
{
    words_take_until(words, "valid");
    return words_take(words, "valid");
}

static void read_check(Reader *reader, Words *words)
{
    Words inside = {0};
    if (!words_take_group(words, &inside))
        return;
    Words options = *words;
    words_take_until(&options, "inherit");
    bool own = !words_at_end(&options); /* NO INHERIT */
    if (is_not_valid(words))
        return;
    Need *need = add(reader, NEED_CHECK);
    need->expression = words_text(&inside);
    need->only = need->only || own;
}

static void read_reference(Reader *reader, Words *words)
{
    g_auto(GStrv) columns = take_list(words, whole_item);
    if (columns == NULL || !words_take(words, "references"))
        return;
    g_autofree char *other = words_take_name(words);
    g_auto(GStrv) other_columns = take_list(words, whole_item);
    if (other_columns == NULL || g_strv_length(other_columns) != g_strv_length(columns) ||
        is_not_valid(words))
        return;
    Need *need = add(reader, NEED_REFERENCE);
    need->columns = g_steal_pointer(&columns);
    need->other = g_steal_pointer(&other);
    need->other_columns = g_steal_pointer(&other_columns);
    need->only = true;
}

static void read_constraint(Reader *reader, Words *words)
{
    if (words_take(words, "primary key"))
        read_unique(reader, words, true);
    else if (words_take(words, "unique"))
        read_unique(reader, words, false);
    else if (words_take(words, "check"))
        read_check(reader, words);
    else if (words_take(words, "foreign key"))
        read_reference(reader, words);
}

static void read_add(Reader *reader, Words *words)
{
    if (words_take(words, "constraint")) {
        g_autofree char *name = words_take_name(words);
        read_constraint(reader, words);
    } else if (words_see_any(words, "primary|unique|check|foreign|exclude|not")) {
        read_constraint(reader, words);
    } else {
        read_new_column(reader, words);
    }
}

/* ALTER TABLE, behind these words. */
static void read_alter_table(Reader *reader, Words *words)
{
    words_take(words, "if exists");
    reader->only = words_take(words, "only");
    g_autofree char *table = words_take_name(words);
    words_take(words, "*");
    reader->table = table;
    while (table != NULL && !words_at_end(words)) {
        Words action = words_take_item(words);
        if (words_take(&action, "alter"))
            read_alter(reader, &action);
        else if (words_take(&action, "add"))
            read_add(reader, &action);
    }
    reader->table = NULL;
}

/* An element of an index, without operator class and order: (expression), function(…) or column. */
static char *element_of(Words *item)
{
    Words element = *item;
    Words inside = {0};
    if (!words_take_group(item, &inside)) {
        g_autofree char *name = words_take_name(item);
        words_take_group(item, &inside);
    }
    if (words_take(item, "collate"))
        g_free(words_take_name(item));
    element.end = item->at;
    return words_text(&element);
}

/* CREATE UNIQUE INDEX, behind these words. */
static void read_unique_index(Reader *reader, Words *words)
{
    words_take_until(words, "on");
    words_take(words, "on");
    words_take(words, "only");
    g_autofree char *table = words_take_name(words);
    if (words_take(words, "using"))
        g_free(words_take_name(words));
    char **columns = table != NULL ? take_list(words, element_of) : NULL;
    if (columns == NULL)
        return;
    reader->table = table;
    Need *need = add(reader, NEED_UNIQUE);
    reader->table = NULL;
    need->columns = columns;
    need->only = true;
    words_take_until(words, "nulls|where");
    need->plain = words_take(words, "nulls not distinct");
    words_take_until(words, "where");
    if (words_take(words, "where"))
        need->expression = words_text(words);
}

/* Whether its first words make it worth reading: most statements need nothing. */
static bool may_need(const char *text)
{
    Scanner scanner = scanner_start(text, strlen(text), 1);
    Token token = {.kind = TOKEN_COMMENT};
    while (token.kind == TOKEN_COMMENT)
        if (!scanner_next(&scanner, &token, NULL))
            return false;
    if (!token_is_word(text, &token, "alter") && !token_is_word(text, &token, "create"))
        return false;
    const char *next = token_is_word(text, &token, "alter") ? "table" : "unique";
    do
        if (!scanner_next(&scanner, &token, NULL))
            return false;
    while (token.kind == TOKEN_COMMENT);
    return token_is_word(text, &token, next);
}

/* Whether a word stands in it without which nothing is needed: most statements have none. */
static bool mentions_need(const char *text)
{
    static const char *const words[] = {"type", "null", "unique", "primary", "check", "foreign"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcasestr(text, words[i]) != NULL)
            return true;
    return false;
}

GPtrArray *needs_of_statement(const char *text)
{
    if (!may_need(text) || !mentions_need(text))
        return NULL;
    g_autoptr(GPtrArray) needs = g_ptr_array_new_with_free_func(need_free);
    g_auto(Words) words = words_read(text);
    Reader reader = {.needs = needs};
    if (words_take(&words, "alter table"))
        read_alter_table(&reader, &words);
    else if (words_take(&words, "create unique index"))
        read_unique_index(&reader, &words);
    return needs->len > 0 ? g_steal_pointer(&needs) : NULL;
}

/* Whether @text is written the same as @other, but for letter case and comments. */
static bool is_same(const char *text, const char *other)
{
    return g_ascii_strcasecmp(text, other) == 0;
}

char *need_before_cast(const Need *need)
{
    g_autofree char *cast = g_strconcat("::", need->type, NULL);
    size_t length = strlen(need->expression);
    size_t tail = strlen(cast);
    if (length <= tail || !is_same(need->expression + length - tail, cast))
        return NULL;
    return g_strndup(need->expression, length - tail);
}

bool need_only_casts(const Need *need)
{
    g_autofree char *inner = need_before_cast(need);
    if (inner == NULL)
        return need->plain;
    size_t length = strlen(need->column);
    return g_ascii_strncasecmp(inner, need->column, length) == 0 &&
           (inner[length] == '\0' || is_same(inner + length, "::text") ||
            is_same(inner + length, "::text[]"));
}
