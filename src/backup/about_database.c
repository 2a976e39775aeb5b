#include "backup/about_database.h"

#include "sql/quote.h"
#include "sql/words.h"

#include <string.h>

/* Most statements of a dump are told by their beginning, without looking at all of them. */
static bool begins_with_any(const char *statement, const char *const *beginnings)
{
    for (; *beginnings != NULL; beginnings++)
        if (g_ascii_strncasecmp(statement, *beginnings, strlen(*beginnings)) == 0)
            return true;
    return false;
}

/* Goes behind the word DATABASE of what changes one. */
static bool find_name(Words *words)
{
    if (words_take(words, "alter database") || words_take(words, "comment on database"))
        return true;
    if (words_take(words, "alter role")) {
        g_autofree char *role = words_take_name(words);
        return role != NULL && words_take(words, "in database");
    }
    if (!words_see_any(words, "grant|revoke|security"))
        return false;
    words_take_until(words, "on");
    return words_take(words, "on database");
}

static bool makes_or_drops(const char *statement)
{
    static const char *const beginnings[] = {"CREATE DATABASE ", "DROP DATABASE ", NULL};
    return begins_with_any(statement, beginnings);
}

static bool changes(const char *statement)
{
    static const char *const beginnings[] = {
        "ALTER DATABASE ", "ALTER ROLE ", "COMMENT ON DATABASE ", "GRANT ", "REVOKE ",
        "SECURITY ",       NULL};
    if (!begins_with_any(statement, beginnings))
        return false;
    g_auto(Words) words = words_read(statement);
    return find_name(&words);
}

bool about_database(const char *statement)
{
    return makes_or_drops(statement) || changes(statement);
}

char *about_database_of(const char *statement, const char *name)
{
    g_auto(Words) words = words_read(statement);
    if (!find_name(&words) || words_at_end(&words))
        return NULL;
    const Token *old = &g_array_index(words.tokens, Token, words.at);
    g_autoptr(GString) text = g_string_new_len(statement, (gssize)old->start);
    g_autofree char *quoted = sql_quote_identifier(name);
    g_string_append(text, quoted);
    g_string_append(text, statement + old->start + old->length);
    return g_strdup(text->str);
}

/* (transfer full): the text of a literal, or a word as it is. */
static char *take_value(Words *words)
{
    if (words_at_end(words))
        return g_strdup("");
    const Token *token = &g_array_index(words->tokens, Token, words->at++);
    const char *from = words->text + token->start;
    if (token->kind != TOKEN_STRING || *from != '\'')
        return g_strndup(from, token->length);
    g_autofree char *inside = g_strndup(from + 1, token->length - 2);
    g_auto(GStrv) parts = g_strsplit(inside, "''", -1);
    return g_strjoinv("'", parts);
}

/* @value: (transfer full). A tablespace may be missing where it is restored: it is left out. */
static void set(ScratchShape *shape, const char *key, char *value)
{
    const struct {
        const char *key;
        char **place;
    } known[] = {{"ENCODING", &shape->encoding}, {"LC_COLLATE", &shape->collate},
                 {"LC_CTYPE", &shape->ctype},    {"LOCALE_PROVIDER", &shape->provider},
                 {"ICU_LOCALE", &shape->locale}, {"BUILTIN_LOCALE", &shape->locale},
                 {"ICU_RULES", &shape->rules}};
    if (g_ascii_strcasecmp(key, "LOCALE") == 0) {
        set(shape, "LC_COLLATE", g_strdup(value));
        set(shape, "LC_CTYPE", g_strdup(value));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_ascii_strcasecmp(key, known[i].key) == 0) {
            g_free(*known[i].place);
            *known[i].place = g_steal_pointer(&value);
        }
    g_free(value);
}

bool about_database_shape(const char *statement, ScratchShape *out_shape)
{
    *out_shape = (ScratchShape){0};
    g_auto(Words) words = words_read(statement);
    if (!words_take(&words, "create database"))
        return false;
    g_free(words_take_name(&words));
    words_take(&words, "with");
    while (!words_at_end(&words)) {
        g_autofree char *key = words_take_name(&words);
        if (key == NULL || !words_take(&words, "="))
            break;
        set(out_shape, key, take_value(&words));
    }
    return true;
}

static bool gives_to_owner(const char *statement)
{
    g_auto(Words) words = words_read(statement);
    while (!words_at_end(&words)) {
        words_take_until(&words, "owner");
        if (words_take(&words, "owner to"))
            return true;
        words_take(&words, "owner");
    }
    return false;
}

bool about_server(const char *statement)
{
    static const char *const beginnings[] = {
        "CREATE ROLE ",      "ALTER ROLE ",      "DROP ROLE ",    "CREATE TABLESPACE ",
        "ALTER TABLESPACE ", "DROP TABLESPACE ", "ALTER SYSTEM ", NULL};
    return begins_with_any(statement, beginnings) && !about_database(statement);
}

bool about_owners(const char *statement)
{
    static const char *const alter[] = {"ALTER ", NULL};
    static const char *const always[] = {"GRANT ", "REVOKE ", "ALTER DEFAULT PRIVILEGES ",
                                         "SET SESSION AUTHORIZATION ", NULL};
    return begins_with_any(statement, always) ||
           (begins_with_any(statement, alter) && gives_to_owner(statement));
}
