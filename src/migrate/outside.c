#include "migrate/outside.h"

#include "sql/quote.h"
#include "sql/scan.h"

#include <string.h>

/* What a statement does to an index; the texts are as they are written. */
typedef struct IndexWork {
    enum { WORK_OTHER, WORK_CREATE, WORK_DROP, WORK_REINDEX, WORK_REINDEX_TABLE } kind;
    bool tolerant; /* IF NOT EXISTS, IF EXISTS */
    char *index;   /* (nullable): name, with its schema if that is written */
    char *table;   /* (nullable): that it is built on */
} IndexWork;

static void index_work_clear(IndexWork *work)
{
    g_clear_pointer(&work->index, g_free);
    g_clear_pointer(&work->table, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(IndexWork, index_work_clear)

/* Reads a statement word by word; comments are left out. */
typedef struct Reader {
    Scanner scanner;
    Token token;
} Reader;

static void reader_next(Reader *reader)
{
    g_autoptr(GError) malformed = NULL; /* the server will say so */
    do {
        if (!scanner_next(&reader->scanner, &reader->token, &malformed))
            reader->token = (Token){.kind = TOKEN_END};
    } while (reader->token.kind == TOKEN_COMMENT);
}

static bool reader_take(Reader *reader, const char *word)
{
    if (!token_is_word(reader->scanner.text, &reader->token, word))
        return false;
    reader_next(reader);
    return true;
}

/* IF EXISTS, IF NOT EXISTS */
static bool reader_take_if(Reader *reader)
{
    if (!reader_take(reader, "if"))
        return false;
    reader_take(reader, "not");
    return reader_take(reader, "exists");
}

static void reader_skip_parentheses(Reader *reader)
{
    if (reader->token.kind != TOKEN_OPEN)
        return;
    while (reader->token.kind != TOKEN_CLOSE && reader->token.kind != TOKEN_END)
        reader_next(reader);
    reader_next(reader);
}

static bool is_name_part(const Reader *reader)
{
    const Token *token = &reader->token;
    bool dot = token->kind == TOKEN_OPERATOR && token->length == 1 &&
               reader->scanner.text[token->start] == '.';
    return dot || token->kind == TOKEN_WORD || token->kind == TOKEN_QUOTED;
}

/* (nullable): a name with the schema before it; none where another word of the grammar is. */
static char *reader_take_name(Reader *reader)
{
    g_autoptr(GString) name = g_string_new(NULL);
    bool after_dot = true;
    while (is_name_part(reader)) {
        bool dot = reader->token.kind == TOKEN_OPERATOR;
        if (!dot && !after_dot)
            break;
        g_string_append_len(name, reader->scanner.text + reader->token.start,
                            (gssize)reader->token.length);
        after_dot = dot;
        reader_next(reader);
    }
    return name->len > 0 ? g_strdup(name->str) : NULL;
}

static void read_create(Reader *reader, IndexWork *work)
{
    reader_take(reader, "unique");
    if (!reader_take(reader, "index") || !reader_take(reader, "concurrently"))
        return;
    work->kind = WORK_CREATE;
    work->tolerant = reader_take_if(reader);
    if (!token_is_word(reader->scanner.text, &reader->token, "on"))
        work->index = reader_take_name(reader);
    if (reader_take(reader, "on")) {
        reader_take(reader, "only");
        work->table = reader_take_name(reader);
    }
}

static void read_drop(Reader *reader, IndexWork *work)
{
    if (!reader_take(reader, "index") || !reader_take(reader, "concurrently"))
        return;
    work->tolerant = reader_take_if(reader);
    work->kind = WORK_DROP;
    work->index = reader_take_name(reader);
}

static void read_reindex(Reader *reader, IndexWork *work)
{
    reader_skip_parentheses(reader);
    bool index = reader_take(reader, "index");
    if (!index && !reader_take(reader, "table"))
        return;
    reader_take(reader, "concurrently");
    work->kind = index ? WORK_REINDEX : WORK_REINDEX_TABLE;
    *(index ? &work->index : &work->table) = reader_take_name(reader);
}

static IndexWork index_work(const Statement *statement)
{
    IndexWork work = {WORK_OTHER};
    Reader reader = {scanner_start(statement->text, strlen(statement->text), statement->line)};
    reader_next(&reader);
    if (reader_take(&reader, "create"))
        read_create(&reader, &work);
    else if (reader_take(&reader, "drop"))
        read_drop(&reader, &work);
    else if (reader_take(&reader, "reindex"))
        read_reindex(&reader, &work);
    return work;
}

bool outside_check(const Statement *statement, GError **error)
{
    g_auto(IndexWork) work = index_work(statement);
    if (work.kind != WORK_CREATE || work.index != NULL)
        return true;
    g_set_error_literal(error, APP_ERROR, APP_ERROR_INPUT,
                        "an index that is built CONCURRENTLY needs a name\n"
                        "hint: without one, what a broken build leaves cannot be found again");
    return false;
}

/* $1 the table, $2 the index: an index lies in the schema of its table. */
static const char index_sql[] = "select format('%I.%I', n.nspname, c.relname), i.indisvalid"
                                " from pg_index i join pg_class c on c.oid = i.indexrelid"
                                " join pg_namespace n on n.oid = c.relnamespace"
                                " where i.indrelid = to_regclass($1)"
                                " and c.relname = (parse_ident($2))[cardinality(parse_ident($2))]";

/* What REINDEX leaves: a half-built copy, or the old index where the copy has taken its place. */
static const char copies_sql[] =
    "select format('%I.%I', n.nspname, c.relname) from pg_index i"
    " join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace"
    " where i.indrelid = coalesce((select x.indrelid from pg_index x"
    " where x.indexrelid = to_regclass($1)), to_regclass($2))"
    " and not i.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$' order by 1";

static bool drop_index(Database *db, const char *quoted, GError **error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql, "drop index concurrently if exists %s", quoted);
    return database_execute(db, sql->str, error);
}

static bool drop_copies(Database *db, const IndexWork *work, GError **error)
{
    const char *values[] = {work->index, work->table};
    g_autoptr(PGresult) rows = database_query(db, copies_sql, values, 2, error);
    if (rows == NULL)
        return false;
    for (int i = 0; i < PQntuples(rows); i++)
        if (!drop_index(db, PQgetvalue(rows, i, 0), error))
            return false;
    return true;
}

/* Whether the index is there, and whole; its name for DROP, "" if it is not there. */
static char *find_index(Database *db, const IndexWork *work, bool *out_valid, GError **error)
{
    const char *values[] = {work->table, work->index};
    g_autoptr(PGresult) rows = database_query(db, index_sql, values, 2, error);
    if (rows == NULL)
        return NULL;
    if (PQntuples(rows) == 0)
        return g_strdup("");
    *out_valid = g_str_equal(PQgetvalue(rows, 0, 1), "t");
    return g_strdup(PQgetvalue(rows, 0, 0));
}

static bool prepare_create(Database *db, const IndexWork *work, bool attempted, bool *out_done,
                           GError **error)
{
    bool valid = false;
    g_autofree char *index = find_index(db, work, &valid, error);
    if (index == NULL)
        return false;
    if (*index == '\0')
        return true;
    if (attempted && valid) {
        *out_done = true;
        return true;
    }
    if (attempted)
        return drop_index(db, index, error);
    if (valid && work->tolerant)
        return true;
    /* Found out before the attempt is recorded: after it, the index would count as ours. */
    if (valid)
        g_set_error(error, APP_ERROR, APP_ERROR_SQL, "index %s already exists", index);
    else
        g_set_error(error, APP_ERROR, APP_ERROR_HISTORY,
                    "index %s exists, but a broken build left it invalid\n"
                    "hint: DROP INDEX CONCURRENTLY %s; and run this again",
                    index, index);
    return false;
}

static bool prepare_drop(Database *db, const IndexWork *work, bool attempted, bool *out_done,
                         GError **error)
{
    if (!attempted || work->index == NULL)
        return true;
    g_autofree char *gone = database_query_value(db, "select to_regclass($1) is null",
                                                 (const char *const[]){work->index}, 1, error);
    if (gone == NULL)
        return false;
    *out_done = g_str_equal(gone, "t");
    return true;
}

bool outside_prepare(Database *db, const Statement *statement, bool attempted, bool *out_done,
                     GError **error)
{
    g_auto(IndexWork) work = index_work(statement);
    *out_done = false;
    switch (work.kind) {
    case WORK_CREATE:
        return prepare_create(db, &work, attempted, out_done, error);
    case WORK_DROP:
        return prepare_drop(db, &work, attempted, out_done, error);
    case WORK_REINDEX:
    case WORK_REINDEX_TABLE:
        return !attempted || drop_copies(db, &work, error);
    case WORK_OTHER:
        break;
    }
    return true;
}

bool outside_clear(Database *db, const Statement *statement, GError **error)
{
    g_auto(IndexWork) work = index_work(statement);
    if (work.kind == WORK_REINDEX || work.kind == WORK_REINDEX_TABLE)
        return drop_copies(db, &work, error);
    if (work.kind != WORK_CREATE)
        return true;
    bool valid = false;
    g_autofree char *index = find_index(db, &work, &valid, error);
    if (index == NULL)
        return false;
    return *index == '\0' || valid || drop_index(db, index, error);
}
