#include "archive/plain.h"
#include "archive/sql_lines.h"

#include "base/buffer.h"

#include <string.h>

/* As the server has it. */
static const size_t STATEMENT_LONGEST = 0x3fffffff;

/* More memory goes when its statement does. */
static const size_t TEXT_KEPT = 16 << 20;

enum { HEAD_SIZE = 8 };

struct Plain {
    PlainTake *take;
    void *data;
    char head[HEAD_SIZE]; /* the first bytes, until they are enough to know the format */
    size_t head_length;
    unsigned long line; /* that is being read, from 1 */

    GString *text;       /* the open statement, and the line that is being read */
    size_t line_start;   /* where in @text that line begins */
    size_t start;        /* where in @text the open statement begins */
    unsigned long begin; /* its line; of rows, that of their COPY */
    unsigned long comment_begin;
    SqlLines sql;

    bool has_pieces;
    bool in_rows;
    bool at_row;  /* a row begins here */
    size_t mark;  /* how many bytes of ROWS_END are there that may be it; they are held back */
    guint64 rows; /* of this COPY */
    unsigned long dump,
        all;          /* lines of the first comments of pg_dump and pg_dumpall; 0: not open */
    char *restricted; /* key of \restrict; NULL: none is open */
    unsigned long restricted_line;
};

static const char ROWS_END[] = {'\\', '.'};

static bool emit(Plain *plain, PlainPiece piece, GError **error)
{
    plain->has_pieces = true;
    return plain->take(&piece, plain->data, error);
}

G_GNUC_PRINTF(4, 5)
static bool refuse(GError **error, unsigned long line, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "line %lu: %s%s%s", line, what,
                hint != NULL ? "\nhint: " : "", hint != NULL ? hint : "");
    return false;
}

static bool refuse_terminal(const Plain *plain, GError **error)
{
    return refuse(
        error, plain->line,
        "a terminal does that to a dump that passes it: dump again without one, by "
        "\"docker exec\", \"kubectl exec\" or \"ssh\" without -t, or to a file by pg_dump "
        "--file",
        "lines of the dump end with CR LF");
}

static bool refuse_cut(GError **error, unsigned long line, const char *what)
{
    return refuse(error, line, "what is behind is missing: the copy or the dump itself was stopped",
                  "the dump is cut off: %s", what);
}

/* --- The format, by the first bytes --- */

static const struct {
    const char *bytes;
    size_t length;
    const char *name, *hint;
} others[] = {
    {"PGDMP", 5, "in pg_dump's format custom", "pg_restore reads it"},
    {"toc.dat\0", 8, "in pg_dump's format tar", "pg_restore reads it"},
    {"\x1f\x8b", 2, "compressed by gzip", "decompress it: gzip -dc"},
    {"\x28\xb5\x2f\xfd", 4, "compressed by zstd", "decompress it: zstd -dc"},
    {"\x04\x22\x4d\x18", 4, "compressed by lz4", "decompress it: lz4 -dc"},
    {"\xfd\x37zXZ\0", 6, "compressed by xz", "decompress it: xz -dc"},
    {"BZh", 3, "compressed by bzip2", "decompress it: bzip2 -dc"},
    {"PK\x03\x04", 4, "a zip archive", "unpack it: unzip -p"},
    {"age-encr", 8, "encrypted by age", "decrypt it: age --decrypt"},
    {"\xff\xfe", 2, "encoded in UTF-16",
     "the redirection of PowerShell does that: dump again by pg_dump --file"},
    {"\xfe\xff", 2, "encoded in UTF-16", "dump again by pg_dump --file"},
};

static bool check_format(const Plain *plain, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (plain->head_length < others[i].length ||
            memcmp(plain->head, others[i].bytes, others[i].length) != 0)
            continue;
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "the dump is not plain SQL: it is %s\nhint: %s", others[i].name,
                    others[i].hint);
        return false;
    }
    return true;
}

/* --- Commands of psql --- */

static bool is_key(const char *text)
{
    size_t length = strspn(text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS);
    return length > 0 && text[length] == '\0';
}

static bool restrict_commands(Plain *plain, const char *key, GError **error)
{
    if (!is_key(key))
        return refuse(error, plain->line, NULL, "\\restrict without a key of letters and digits");
    plain->restricted = g_strdup(key);
    plain->restricted_line = plain->line;
    return true;
}

static bool unrestrict_commands(Plain *plain, const char *key, GError **error)
{
    if (plain->restricted == NULL)
        return refuse(error, plain->line, NULL, "\\unrestrict without \\restrict");
    if (strcmp(plain->restricted, key) != 0)
        return refuse(
            error, plain->line, "nothing of it was run: somebody may have changed the dump",
            "\\unrestrict has another key than \\restrict in line %lu", plain->restricted_line);
    g_clear_pointer(&plain->restricted, g_free);
    return true;
}

static bool connect_to(Plain *plain, const char *name, GError **error)
{
    if (*name == '\0')
        return refuse(error, plain->line, NULL, "\\connect without a database");
    return emit(
        plain,
        (PlainPiece){
            .kind = PLAIN_CONNECT, .text = name, .length = strlen(name), .line = plain->line},
        error);
}

static bool refuse_command(const Plain *plain, const char *name, GError **error)
{
    g_autofree char *start = g_strndup(name, 40);
    g_autofree char *shown = g_strescape(start, "\\");
    return refuse(error, plain->line,
                  "it was not run; of psql's commands, a dump has \\restrict, \\unrestrict and "
                  "\\connect, each in a line of its own, and no other between \\restrict and "
                  "\\unrestrict",
                  "\"%s\" is not what pg_dump writes", shown);
}

/* @command: the rest of the line, from its backslash on. */
static bool take_command(Plain *plain, const char *command, size_t length, GError **error)
{
    g_autofree char *name = g_strndup(command, length);
    g_strchomp(name);
    size_t end = strcspn(name, " \t");
    g_autofree char *rest = g_strdup(name + end);
    name[end] = '\0';
    g_strchug(rest);
    bool own_line = !plain->sql.open && command == plain->text->str + plain->line_start;
    if (own_line && strcmp(name, "\\unrestrict") == 0)
        return unrestrict_commands(plain, rest, error);
    if (own_line && plain->restricted == NULL && strcmp(name, "\\restrict") == 0)
        return restrict_commands(plain, rest, error);
    /* Before \connect to a name such as my-shop: for psql alone, the dump sets it again. */
    if (own_line && plain->restricted == NULL && strcmp(name, "\\encoding") == 0 &&
        strcmp(rest, "SQL_ASCII") == 0)
        return true;
    if (own_line && plain->restricted == NULL && strcmp(name, "\\connect") == 0)
        return connect_to(plain, rest, error);
    return refuse_command(plain, name, error);
}

/* --- pg_dump's comments --- */

static bool begin_section(const Plain *plain, unsigned long *section, GError **error)
{
    if (*section != 0)
        return refuse_cut(error, *section, "another follows before it is complete");
    *section = plain->line;
    return true;
}

static bool end_section(Plain *plain, unsigned long *section, GError **error)
{
    *section = 0;
    return emit(plain, (PlainPiece){.kind = PLAIN_FINISHED, .text = "", .line = plain->line},
                error);
}

static bool comment_is(const char *comment, size_t length, const char *known)
{
    return length == strlen(known) && memcmp(comment, known, length) == 0;
}

static bool take_comment(Plain *plain, const char *comment, size_t length, GError **error)
{
    if (comment_is(comment, length, "-- PostgreSQL database dump"))
        return begin_section(plain, &plain->dump, error);
    if (comment_is(comment, length, "-- PostgreSQL database dump complete"))
        return end_section(plain, &plain->dump, error);
    if (comment_is(comment, length, "-- PostgreSQL database cluster dump"))
        return begin_section(plain, &plain->all, error);
    if (comment_is(comment, length, "-- PostgreSQL database cluster dump complete"))
        return end_section(plain, &plain->all, error);
    return true;
}

/* --- Statements --- */

static bool is_blank(const char *text, size_t length)
{
    return strspn(text, " \t\r\n") >= length;
}

static void begin_rows(Plain *plain)
{
    plain->in_rows = true;
    plain->at_row = true;
    plain->mark = 0;
    plain->rows = 0;
}

/* The open one ends at @end, an offset in the text. */
static bool take_statement(Plain *plain, size_t end, GError **error)
{
    const char *rest = plain->text->str + end + 1;
    bool copy = plain->sql.from_stdin;
    if (strcmp(rest, "\r\n") == 0)
        return refuse_terminal(plain, error);
    if (copy && !is_blank(rest, plain->text->len - end - 1))
        return refuse(error, plain->line, NULL, "more text behind COPY … FROM stdin");
    plain->text->str[end] = '\0';
    const char *text = plain->text->str + plain->start;
    if (g_str_has_prefix(text, "SET standard_conforming_strings = "))
        plain->sql.escapes = g_str_has_suffix(text, "off");
    if (copy)
        begin_rows(plain);
    return emit(plain,
                (PlainPiece){.kind = copy ? PLAIN_COPY : PLAIN_STATEMENT,
                             .text = text,
                             .length = end - plain->start,
                             .line = plain->begin},
                error);
}

/* The line's end, if it is there: quoted, it is as its writer wanted it. */
static bool check_line_end(const Plain *plain, GError **error)
{
    const char *end = plain->text->str + plain->text->len;
    bool of_terminal = plain->text->len >= 2 && end[-1] == '\n' && end[-2] == '\r';
    return !of_terminal || sql_lines_is_quoted(&plain->sql) || refuse_terminal(plain, error);
}

/* Where the scanner stopped; @at: in the line, moved on to where to go on. */
static bool take_stop(Plain *plain, SqlStop stop, size_t *at, GError **error)
{
    size_t place = plain->line_start + *at;
    const char *text = plain->text->str + place;
    size_t length = plain->text->len - place;
    switch (stop) {
    case SQL_STOP_BEGIN:
        plain->start = place;
        plain->begin = plain->line;
        return true;
    case SQL_STOP_END:
        (*at)++;
        return take_statement(plain, place, error);
    case SQL_STOP_COMMENT:
        length = sql_comment_length(text, length);
        *at += length;
        return check_line_end(plain, error) && take_comment(plain, text, length, error);
    default:
        *at += length;
        return check_line_end(plain, error) && take_command(plain, text, length, error);
    }
}

/* Forgets what is done with, and the line: it was scanned. */
static void forget_done(Plain *plain)
{
    if (!plain->sql.open && plain->text->allocated_len > TEXT_KEPT) {
        g_string_free(plain->text, TRUE);
        plain->text = g_string_new(NULL);
    }
    if (!plain->sql.open)
        g_string_truncate(plain->text, 0);
    else if (plain->start > 0)
        g_string_erase(plain->text, 0, (gssize)plain->start);
    plain->start = 0;
    plain->line_start = plain->text->len;
}

static bool scan_line(Plain *plain, GError **error)
{
    bool in_comment = plain->sql.mode == SQL_COMMENT;
    size_t at = 0;
    for (;;) {
        const char *line = plain->text->str + plain->line_start;
        size_t length = plain->text->len - plain->line_start;
        SqlStop stop = sql_lines_next(&plain->sql, line, length, &at);
        if (stop == SQL_STOP_LINE)
            break;
        if (!take_stop(plain, stop, &at, error))
            return false;
    }
    if (!check_line_end(plain, error))
        return false;
    if (!in_comment)
        plain->comment_begin = plain->line;
    forget_done(plain);
    return true;
}

/* Of what is left, up to the end of a line. @out_used: how much that was. */
static bool feed_line(Plain *plain, const char *bytes, size_t length, size_t *out_used,
                      GError **error)
{
    const char *end = memchr(bytes, '\n', length);
    *out_used = end == NULL ? length : (size_t)(end - bytes) + 1;
    if (*out_used > STATEMENT_LONGEST - plain->text->len)
        return refuse(error, plain->sql.open ? plain->begin : plain->line, NULL,
                      "a statement is longer than 1 GB, which no server takes");
    buffer_append(plain->text, bytes, *out_used);
    if (end == NULL)
        return true;
    if (!scan_line(plain, error))
        return false;
    plain->line++;
    return true;
}

/* --- Rows --- */

static bool emit_rows(Plain *plain, const char *bytes, size_t length, unsigned long line,
                      GError **error)
{
    if (length == 0)
        return true;
    return emit(plain,
                (PlainPiece){.kind = PLAIN_ROWS, .text = bytes, .length = length, .line = line},
                error);
}

static bool end_rows(Plain *plain, GError **error)
{
    plain->in_rows = false;
    return emit(
        plain,
        (PlainPiece){.kind = PLAIN_ROWS_END, .text = "", .line = plain->line, .rows = plain->rows},
        error);
}

/* Whether what may be the end of rows begins at @at, as far as the bytes go. */
static bool may_be_end(const char *at, const char *end)
{
    return *at == ROWS_END[0] && (at + 1 == end || at[1] == ROWS_END[1]);
}

enum { BLOCK_SIZE = 64 };

/*
 * Passes blocks that have no end of rows behind one of their bytes. Short rows are many: so it
 * looks at bytes, by code that compilers turn into vectors, and not for one after the other.
 */
static const char *pass_blocks(const char *at, const char *end, guint64 *rows)
{
    while ((size_t)(end - at) >= BLOCK_SIZE + sizeof(ROWS_END)) {
        unsigned char line_ends = 0;
        unsigned char ends = 0;
        for (size_t i = 0; i < BLOCK_SIZE; i++) {
            unsigned char line_end = at[i] == '\n';
            line_ends = (unsigned char)(line_ends + line_end);
            ends |= line_end & (at[i + 1] == ROWS_END[0]) & (at[i + 2] == ROWS_END[1]);
        }
        if (ends != 0)
            break;
        *rows += line_ends;
        at += BLOCK_SIZE;
    }
    return at;
}

/* Passes rows until one begins with what may be their end, or the bytes are over. */
static const char *pass_rows(Plain *plain, const char *at, const char *end)
{
    guint64 rows = 0;
    while (at < end && !(plain->at_row && may_be_end(at, end))) {
        const char *from = at;
        at = pass_blocks(at, end, &rows);
        if (at > from) {
            plain->at_row = at[-1] == '\n';
            continue;
        }
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        plain->at_row = line_end != NULL;
        rows += line_end != NULL;
        at = line_end != NULL ? line_end + 1 : end;
    }
    plain->rows += rows;
    plain->line += rows;
    return at;
}

/* What is held back was of a row after all. */
static bool release_mark(Plain *plain, GError **error)
{
    size_t length = plain->mark;
    plain->mark = 0;
    plain->at_row = false;
    return emit_rows(plain, ROWS_END, length, plain->line, error);
}

/*
 * Reads on in what may be the end of rows. @out_used: how many bytes of that there were; the first
 * behind the mark tells.
 */
static bool feed_mark(Plain *plain, const char *bytes, size_t length, size_t *out_used,
                      GError **error)
{
    size_t at = 0;
    while (at < length && plain->mark < sizeof(ROWS_END) && bytes[at] == ROWS_END[plain->mark]) {
        plain->mark++;
        at++;
    }
    *out_used = at;
    if (at == length)
        return true;
    if (plain->mark < sizeof(ROWS_END) || (bytes[at] != '\n' && bytes[at] != '\r'))
        return release_mark(plain, error);
    if (bytes[at] == '\r')
        return refuse_terminal(plain, error);
    *out_used = at + 1;
    if (!end_rows(plain, error))
        return false;
    plain->line++;
    return true;
}

static bool feed_rows(Plain *plain, const char *bytes, size_t length, size_t *out_used,
                      GError **error)
{
    if (plain->mark > 0 || (plain->at_row && may_be_end(bytes, bytes + length)))
        return feed_mark(plain, bytes, length, out_used, error);
    unsigned long line = plain->line;
    *out_used = (size_t)(pass_rows(plain, bytes, bytes + length) - bytes);
    return emit_rows(plain, bytes, *out_used, line, error);
}

/* --- All --- */

static bool feed_text(Plain *plain, const char *bytes, size_t length, GError **error)
{
    const char *nul = memchr(bytes, '\0', length);
    size_t good = nul != NULL ? (size_t)(nul - bytes) : length;
    for (size_t at = 0; at < good;) {
        size_t used = 0;
        bool fed = plain->in_rows ? feed_rows(plain, bytes + at, good - at, &used, error)
                                  : feed_line(plain, bytes + at, good - at, &used, error);
        if (!fed)
            return false;
        at += used;
    }
    return nul == NULL || refuse(error, plain->line, "a plain dump is text",
                                 "the dump holds a NUL, which no plain dump does");
}

/* The first bytes, when there are enough of them or the text is over. */
static bool feed_head(Plain *plain, GError **error)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8; psql passes it over, too */
    size_t skipped = plain->head_length >= 3 && memcmp(plain->head, mark, 3) == 0 ? 3 : 0;
    if (!check_format(plain, error))
        return false;
    return feed_text(plain, plain->head + skipped, plain->head_length - skipped, error);
}

bool plain_feed(Plain *plain, const char *bytes, size_t length, GError **error)
{
    if (plain->head_length < HEAD_SIZE && length > 0) {
        size_t taken = MIN(length, HEAD_SIZE - plain->head_length);
        memcpy(plain->head + plain->head_length, bytes, taken);
        plain->head_length += taken;
        bytes += taken;
        length -= taken;
        if (plain->head_length == HEAD_SIZE && !feed_head(plain, error))
            return false;
    }
    return length == 0 || feed_text(plain, bytes, length, error);
}

/* Of rows, or of a line that has no end. */
static bool end_last_line(Plain *plain, GError **error)
{
    if (plain->in_rows && plain->mark == sizeof(ROWS_END) && !end_rows(plain, error))
        return false;
    if (!plain->in_rows && plain->text->len > plain->line_start && !scan_line(plain, error))
        return false;
    return !plain->in_rows || refuse_cut(error, plain->begin, "the rows of this COPY do not end");
}

bool plain_end(Plain *plain, GError **error)
{
    if (plain->head_length < HEAD_SIZE && !feed_head(plain, error))
        return false;
    if (!end_last_line(plain, error))
        return false;
    if (plain->sql.open)
        return refuse_cut(error, plain->begin, "this statement does not end");
    if (plain->sql.mode == SQL_COMMENT)
        return refuse_cut(error, plain->comment_begin, "this comment does not end");
    if (plain->dump != 0)
        return refuse_cut(error, plain->dump,
                          "\"-- PostgreSQL database dump complete\" is missing");
    if (plain->all != 0)
        return refuse_cut(error, plain->all,
                          "\"-- PostgreSQL database cluster dump complete\" is missing");
    if (plain->restricted != NULL)
        return refuse_cut(error, plain->restricted_line, "\\unrestrict is missing");
    if (plain->has_pieces)
        return true;
    g_set_error_literal(error, APP_ERROR, APP_ERROR_INPUT,
                        "the dump is empty: it holds no statement\n"
                        "hint: look at what the program that made it said");
    return false;
}

Plain *plain_new(PlainTake *take, void *data)
{
    Plain *plain = g_new0(Plain, 1);
    plain->take = take;
    plain->data = data;
    plain->line = 1;
    plain->text = g_string_new(NULL);
    return plain;
}

void plain_free(Plain *plain)
{
    if (plain == NULL)
        return;
    g_string_free(plain->text, TRUE);
    g_free(plain->restricted);
    sql_lines_clear(&plain->sql);
    g_free(plain);
}
