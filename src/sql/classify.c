#include "sql/classify.h"

#include "sql/scan.h"

#include <string.h>

#define MOST_WORDS 32
#define LONGEST_WORD 24

/* The first tokens of a statement, lower case; what is no word keeps its first byte only. */
typedef struct Words {
    char outer[MOST_WORDS][LONGEST_WORD]; /* outside parentheses; "(" stands for their content */
    char inner[MOST_WORDS][LONGEST_WORD]; /* inside parentheses */
    unsigned outer_count, inner_count;
    bool ended; /* these are all */
} Words;

static void add_word(char words[][LONGEST_WORD], unsigned *count, const char *text,
                     const Token *token)
{
    if (*count == MOST_WORDS)
        return;
    char *word = words[(*count)++];
    size_t length = token->kind == TOKEN_WORD ? MIN(token->length, LONGEST_WORD - 1) : 1;
    for (size_t i = 0; i < length; i++)
        word[i] = g_ascii_tolower(text[token->start + i]);
    word[length] = '\0';
}

static void read_words(Words *words, const char *text)
{
    Scanner scanner = scanner_start(text, strlen(text), 1);
    Token token = {0};
    unsigned depth = 0;
    while (words->outer_count < MOST_WORDS && scanner_next(&scanner, &token, NULL)) {
        if (token.kind == TOKEN_END) {
            words->ended = true;
            return;
        }
        if (token.kind == TOKEN_COMMENT)
            continue;
        if (token.kind == TOKEN_CLOSE && depth > 0)
            depth--;
        else if (depth == 0)
            add_word(words->outer, &words->outer_count, text, &token);
        else if (words->inner_count < MOST_WORDS)
            add_word(words->inner, &words->inner_count, text, &token);
        if (token.kind == TOKEN_OPEN)
            depth++;
    }
}

/* Whether a word of a pattern ends before @c. */
static bool ends_word(char c)
{
    return c == '|' || c == ' ' || c == '\0';
}

/* Whether @word is the next of @pattern, which then moves on; "or|other" are alternatives. */
static bool takes(const char **pattern, const char *word)
{
    for (const char *at = *pattern;; at++) {
        const char *rest = word;
        for (; *rest != '\0' && *at == *rest; at++)
            rest++;
        if (*rest == '\0' && ends_word(*at)) {
            while (*at != ' ' && *at != '\0')
                at++;
            *pattern = *at == ' ' ? at + 1 : at;
            return true;
        }
        while (!ends_word(*at))
            at++;
        if (*at != '|')
            return false;
    }
}

/*
 * Whether the statement begins as @pattern says: words with one space between; "*" is any
 * tokens, as few as match; "$" the end of the statement.
 */
static bool matches(const Words *words, const char *pattern)
{
    bool any = false;
    for (unsigned i = 0; i < words->outer_count; i++) {
        if (pattern[0] == '*' && pattern[1] == ' ') {
            any = true;
            pattern += 2;
        }
        if (takes(&pattern, words->outer[i]))
            any = false;
        else if (!any)
            return *pattern == '\0';
        if (*pattern == '\0')
            return true;
    }
    return *pattern == '$' && words->ended;
}

static bool matches_one(const Words *words, const char *const *patterns)
{
    for (; *patterns != NULL; patterns++)
        if (matches(words, *patterns))
            return true;
    return false;
}

/* The first that matches decides. */
static const struct {
    const char *pattern;
    StatementClass class;
} classes[] = {
    {"\\", STATEMENT_META},
    {"create|alter|drop user mapping", STATEMENT_DDL},
    {"create|alter|drop role|user|group|database|tablespace|subscription", STATEMENT_CLUSTER},
    {"alter system", STATEMENT_CLUSTER},
    {"import foreign", STATEMENT_CLUSTER},
    {"alter table|index|materialized * all in tablespace", STATEMENT_CLUSTER},
    {"comment on role|database|tablespace|subscription", STATEMENT_CLUSTER},
    {"security label * on role|database|tablespace|subscription", STATEMENT_CLUSTER},
    {"grant|revoke * on database|tablespace|parameter", STATEMENT_CLUSTER},
    {"grant|revoke * on", STATEMENT_DDL},
    {"grant|revoke", STATEMENT_CLUSTER},
    {"reassign|drop owned", STATEMENT_CLUSTER},
    {"create|alter|drop|comment|security", STATEMENT_DDL},
    {"begin|commit|end|rollback|abort|savepoint|release", STATEMENT_TRANSACTION},
    {"start|prepare transaction", STATEMENT_TRANSACTION},
    {"select set_config", STATEMENT_SETTING},
    {"select pg_catalog . set_config", STATEMENT_SETTING},
    {"set|reset|discard", STATEMENT_SETTING},
    {"copy * from stdin", STATEMENT_COPY_STDIN},
    {"copy * to stdout", STATEMENT_COPY_STDOUT},
    {"insert|update|delete|merge|copy|truncate|select|with|values|table|call|refresh|(",
     STATEMENT_DML},
    {"do", STATEMENT_DO},
};

static StatementClass find_class(const Words *words)
{
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
        if (matches(words, classes[i].pattern))
            return classes[i].class;
    return STATEMENT_OTHER;
}

StatementClass statement_class(const char *text)
{
    Words words = {0};
    read_words(&words, text);
    return find_class(&words);
}

const char *statement_class_name(StatementClass class)
{
    static const char *const names[] = {
        [STATEMENT_DDL] = "definition",
        [STATEMENT_DML] = "statement that reads or changes data",
        [STATEMENT_DO] = "DO block",
        [STATEMENT_TRANSACTION] = "transaction control",
        [STATEMENT_CLUSTER] = "statement that reaches beyond the database",
        [STATEMENT_SETTING] = "setting",
        [STATEMENT_META] = "psql command",
        [STATEMENT_COPY_STDIN] = "COPY FROM STDIN",
        [STATEMENT_COPY_STDOUT] = "COPY TO STDOUT",
        [STATEMENT_OTHER] = "statement that defines nothing",
    };
    return names[class];
}

/* Whether an option in parentheses is given, and not as off: (VERBOSE, CONCURRENTLY false). */
static bool has_option(const Words *words, const char *name, bool otherwise)
{
    static const char *const off[] = {"false", "off", "0", "no", NULL};
    for (unsigned i = 0; i < words->inner_count; i++) {
        if (!g_str_equal(words->inner[i], name))
            continue;
        unsigned value = i + 1;
        if (value < words->inner_count && words->inner[value][0] == '=')
            value++;
        return value >= words->inner_count || !g_strv_contains(off, words->inner[value]);
    }
    return otherwise;
}

static bool needs_no_transaction(const Words *words)
{
    static const char *const always[] = {
        "create index concurrently",
        "create unique index concurrently",
        "drop index concurrently",
        "reindex * concurrently",
        "reindex schema|database|system",
        "reindex ( schema|database|system",
        "vacuum",
        "create|drop database|tablespace",
        "alter system",
        "alter database * set tablespace",
        "alter table * detach partition * concurrently",
        "discard all",
        "drop subscription",
        "alter subscription * refresh publication|sequences",
        "commit|rollback prepared",
        "cluster $",
        "cluster verbose $",
        "cluster ( $",
        NULL,
    };
    static const char *const refreshing[] = {"alter subscription * set|add|drop publication", NULL};
    static const char *const subscribing[] = {"create subscription", NULL};
    static const char *const reindexing[] = {"reindex (", NULL};
    if (matches_one(words, refreshing))
        return has_option(words, "refresh", true);
    if (matches_one(words, subscribing))
        return has_option(words, "create_slot", has_option(words, "connect", true));
    if (matches_one(words, reindexing) && has_option(words, "concurrently", false))
        return true;
    return matches_one(words, always);
}

StatementClass statement_classify(const char *text, bool *out_alone)
{
    Words words = {0};
    read_words(&words, text);
    *out_alone = needs_no_transaction(&words);
    return find_class(&words);
}

bool statement_is_preparable(const char *text)
{
    static const char *const first[] = {"select", "insert", "update", "delete", "merge",
                                        "values", "table",  "with",   "("};
    g_autofree Words *words = g_new0(Words, 1);
    read_words(words, text);
    for (size_t i = 0; i < G_N_ELEMENTS(first) && words->outer_count > 0; i++)
        if (g_str_equal(words->outer[0], first[i]))
            return true;
    return false;
}
