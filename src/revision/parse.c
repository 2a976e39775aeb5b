#include "revision/parse.h"

#include "revision/header.h"
#include "sql/classify.h"
#include "sql/split.h"

#include <string.h>

/* The hint where a section is missing or out of its place. */
#define SECTIONS                                                                                   \
    "a line \"-- upgrade\" begins the statements, a line \"-- downgrade\" those that take them "   \
    "back"

/* The body being read: which section, and what it holds so far. */
typedef struct BodyReader {
    const char *text;
    const char *path;
    Revision *revision;
    Marker section;        /* MARKER_NONE before the first, else UPGRADE or DOWNGRADE */
    unsigned since_marker; /* statements since the last marker */
    bool step_open;        /* whether the next statement joins the last step */
    bool step_marked;      /* whether the last marker was "-- step" */
    unsigned marker_line;
} BodyReader;

static bool refuse(const BodyReader *reader, unsigned line, const char *what, const char *hint,
                   GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s:%u: %s%s%s", reader->path, line, what,
                hint != NULL ? "\nhint: " : "", hint != NULL ? hint : "");
    return false;
}

/* A "-- step" must have statements on both sides. */
static bool end_step(BodyReader *reader, unsigned line, Marker next, GError **error)
{
    bool empty = reader->since_marker == 0 && (next == MARKER_STEP || reader->step_marked);
    if (empty)
        return refuse(reader, reader->step_marked ? reader->marker_line : line,
                      "\"-- step\" ends or begins a step without statements", "leave that line out",
                      error);
    reader->since_marker = 0;
    reader->step_open = false;
    reader->step_marked = next == MARKER_STEP;
    reader->marker_line = line;
    return true;
}

static bool change_section(BodyReader *reader, unsigned line, Marker marker, GError **error)
{
    if (marker == MARKER_STEP && reader->section == MARKER_NONE)
        return refuse(reader, line, "\"-- step\" before \"-- upgrade\"", SECTIONS, error);
    if (marker == MARKER_UPGRADE && reader->section != MARKER_NONE)
        return refuse(reader, line, "\"-- upgrade\" is there twice", SECTIONS, error);
    if (marker == MARKER_DOWNGRADE && reader->section == MARKER_NONE)
        return refuse(reader, line, "\"-- downgrade\" before \"-- upgrade\"", SECTIONS, error);
    if (marker == MARKER_DOWNGRADE && reader->section == MARKER_DOWNGRADE)
        return refuse(reader, line, "\"-- downgrade\" is there twice", SECTIONS, error);
    if (!end_step(reader, line, marker, error))
        return false;
    if (marker != MARKER_STEP)
        reader->section = marker;
    return true;
}

static bool starts_line(const char *text, size_t at)
{
    return at == 0 || text[at - 1] == '\n';
}

static bool read_comment(BodyReader *reader, const Piece *piece, GError **error)
{
    Marker marker = marker_of_comment(reader->text + piece->start, piece->length);
    if (marker == MARKER_NONE)
        return true;
    if (marker == MARKER_MISSPELT || !starts_line(reader->text, piece->start))
        return refuse(
            reader, piece->line, "this looks like a marker but is none",
            "write \"-- upgrade\", \"-- step\" or \"-- downgrade\" at the start of a line, "
            "or word the comment otherwise",
            error);
    if (piece->inside) {
        g_autofree char *what =
            g_strdup_printf("\"%s\" inside the statement that begins at line %u",
                            marker_text(marker), piece->statement_line);
        return refuse(reader, piece->line, what, "end the statement with a semicolon", error);
    }
    return change_section(reader, piece->line, marker, error);
}

static bool check_statement(const BodyReader *reader, const Statement *statement,
                            StatementClass class, GError **error)
{
    if (reader->section == MARKER_NONE)
        return refuse(reader, statement->line, "statement before \"-- upgrade\"", SECTIONS, error);
    switch (class) {
    case STATEMENT_TRANSACTION:
        return refuse(reader, statement->line, "transaction control in a revision",
                      "each step is one transaction; \"-- step\" ends one", error);
    case STATEMENT_META:
        return refuse(reader, statement->line, "psql command in a revision",
                      "a revision holds SQL alone", error);
    case STATEMENT_COPY_STDIN:
        return refuse(reader, statement->line, "COPY FROM STDIN in a revision", "use INSERT",
                      error);
    case STATEMENT_COPY_STDOUT:
        return refuse(reader, statement->line, "COPY TO STDOUT in a revision",
                      "a revision prints nothing; RAISE NOTICE in a DO block can tell something",
                      error);
    default:
        return true;
    }
}

static void add_statement(BodyReader *reader, Statement *statement, bool alone)
{
    GPtrArray *steps =
        reader->section == MARKER_UPGRADE ? reader->revision->upgrade : reader->revision->downgrade;
    if (alone || !reader->step_open)
        g_ptr_array_add(steps, step_new(!alone));
    Step *step = steps->pdata[steps->len - 1];
    g_ptr_array_add(step->statements, statement);
    reader->step_open = !alone;
    reader->since_marker++;
}

static bool read_statement(BodyReader *reader, const Piece *piece, GError **error)
{
    g_autofree char *text = g_strndup(reader->text + piece->start, piece->length);
    g_autoptr(Statement) statement = statement_new(text, piece->line);
    bool alone = false;
    StatementClass class = statement_classify(text, &alone);
    if (!check_statement(reader, statement, class, error))
        return false;
    add_statement(reader, g_steal_pointer(&statement), alone);
    return true;
}

static bool end_body(BodyReader *reader, unsigned line, GError **error)
{
    const Revision *revision = reader->revision;
    if (reader->section == MARKER_NONE)
        return refuse(reader, line, "no \"-- upgrade\" marker", SECTIONS, error);
    if (!end_step(reader, line, MARKER_NONE, error))
        return false;
    if (reader->section == MARKER_UPGRADE && revision->irreversible == NULL)
        return refuse(reader, line, "no \"-- downgrade\" marker",
                      "if there is no way back, say so in the header: \"-- irreversible: why\"",
                      error);
    if (revision->downgrade->len > 0 && revision->irreversible != NULL)
        return refuse(reader, line, "the header says irreversible, but there is a downgrade",
                      "leave one of both out", error);
    return true;
}

static bool read_body(BodyReader *reader, size_t length, unsigned line, GError **error)
{
    Splitter splitter = splitter_start(reader->text, length, line);
    for (;;) {
        Piece piece = {0};
        if (!splitter_next(&splitter, &piece, error)) {
            g_prefix_error(error, "%s:", reader->path);
            return false;
        }
        if (piece.kind == PIECE_END)
            return end_body(reader, splitter.scanner.line, error);
        bool read = piece.kind == PIECE_COMMENT ? read_comment(reader, &piece, error)
                                                : read_statement(reader, &piece, error);
        if (!read)
            return false;
    }
}

/* A file with CR LF line ends reads as the same with LF, also inside function bodies. */
static char *strip_carriage_returns(const char *text, size_t *length)
{
    char *copy = g_malloc(*length + 1);
    size_t kept = 0;
    for (size_t i = 0; i < *length; i++)
        if (text[i] != '\r' || i + 1 == *length || text[i + 1] != '\n')
            copy[kept++] = text[i];
    copy[kept] = '\0';
    *length = kept;
    return copy;
}

static bool has_carriage_returns(const char *text, size_t length)
{
    const char *newline = memchr(text, '\n', length);
    return newline != NULL && newline > text && newline[-1] == '\r';
}

static Revision *parse(const char *text, size_t length, const char *path, RevisionPart part,
                       GError **error)
{
    g_autoptr(Revision) revision = revision_new();
    revision->path = g_strdup(path);
    size_t header = 0;
    unsigned lines = 0;
    if (!header_parse(text, length, revision, path, &header, &lines, error))
        return NULL;
    if (part == REVISION_HEADER || (part == REVISION_PROOF && revision->proof == NULL))
        return g_steal_pointer(&revision);
    BodyReader reader = {.text = text + header, .path = path, .revision = revision};
    if (!read_body(&reader, length - header, lines + 1, error))
        return NULL;
    revision->has_body = true;
    g_free(revision->checksum);
    revision->checksum = revision_checksum(revision);
    return g_steal_pointer(&revision);
}

Revision *revision_parse_part(const char *text, size_t length, const char *path, RevisionPart part,
                              GError **error)
{
    if (!split_check_text(text, length, 1, error)) {
        g_prefix_error(error, "%s:", path);
        return NULL;
    }
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        length -= 3;
    }
    if (!has_carriage_returns(text, length))
        return parse(text, length, path, part, error);
    g_autofree char *stripped = strip_carriage_returns(text, &length);
    return parse(stripped, length, path, part, error);
}

Revision *revision_parse(const char *text, size_t length, const char *path, GError **error)
{
    return revision_parse_part(text, length, path, REVISION_WHOLE, error);
}
