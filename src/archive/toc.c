#include "archive/toc.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What pg_dump calls archive formats; a directory's toc.dat says that it is a tar's. */
enum { FORMAT_CUSTOM = 1, FORMAT_TAR = 3, FORMAT_DIRECTORY = 5 };

/* Versions are 1.MINOR. */
enum { MINOR_OLDEST = 14, MINOR_NEWEST = 16, MINOR_ALGORITHM = 15, MINOR_RELATION_KIND = 16 };

/* The server takes no longer text. */
static const int TEXT_LONGEST = 0x3fffffff;

static const char MAGIC[] = "PGDMP";

/* How a value lies in the dump. */
typedef enum Shape {
    SHAPE_BYTE,   /* one */
    SHAPE_INT,    /* a byte that is 1 if it is negative, then its bytes, the lowest first */
    SHAPE_TEXT,   /* its length as an int, -1 for NULL; then its bytes */
    SHAPE_OFFSET, /* a byte that says whether there is one, then its bytes */
    SHAPE_EXTRA,  /* of an entry: an offset in format custom, else the text of a file's name */
} Shape;

typedef struct Step {
    Shape shape;
    int since, before; /* minor versions that have it; 0: all */
    bool (*take)(Toc *toc, const struct Step *step, GError **error);
    size_t member; /* of the struct that @take writes to, as offsetof() has it */
} Step;

struct Toc {
    GPtrArray *entries;
    char *database, *server_version, *program_version; /* NULL before they are read */
    const Step *step;                                  /* what is read */
    TocEntry *entry;                                   /* being read */
    uint64_t place;                                    /* in the dump: what is read next */
    uint64_t begin;                                    /* where the value begins that is read */
    int major, minor, int_size, offset_size, format;
    int count;               /* of entries that there will be */
    bool again;              /* set by take(): the step comes once more */
    bool whole;              /* all is read */
    bool in_text;            /* the length of a text is known, its bytes follow */
    unsigned char small[16]; /* the bytes of a number, as far as they are there */
    size_t small_length;
    int number; /* value of a byte or int, or a text's length: -1 for NULL */
    GString *text;
};

G_GNUC_PRINTF(3, 4)
static bool set_malformed(GError **error, const Toc *toc, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "the dump's table of contents is damaged at byte %" G_GUINT64_FORMAT ": %s",
                (guint64)toc->begin, what);
    return false;
}

/* (transfer full): NULL for NULL. */
static char *text_of(const Toc *toc)
{
    return toc->number < 0 ? NULL : g_strndup(toc->text->str, toc->text->len);
}

static void entry_free(void *data)
{
    TocEntry *entry = data;
    if (entry == NULL)
        return;
    g_free(entry->type);
    g_free(entry->schema);
    g_free(entry->name);
    g_free(entry->owner);
    g_free(entry->statement);
    g_free(entry->copy);
    g_free(entry->file);
    g_free(entry);
}

/* --- What is done with the values, in their order --- */

static bool take_magic(Toc *toc, const Step *step G_GNUC_UNUSED, GError **error)
{
    if (toc->number != MAGIC[toc->begin]) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_INPUT,
                            "not a dump in format custom, directory or tar: it does not begin with "
                            "\"PGDMP\"");
        return false;
    }
    toc->again = toc->begin + 2 < sizeof(MAGIC);
    return true;
}

static bool set_unknown_version(GError **error, int major, int minor)
{
    bool older = major < 1 || (major == 1 && minor < MINOR_OLDEST);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "the dump is of archive version %d.%d, which is too %s\n"
                "hint: known are 1.%d to 1.%d, which pg_dump 13 to 18 write: %s",
                major, minor, older ? "old" : "new", MINOR_OLDEST, MINOR_NEWEST,
                older ? "dump again, or have the old pg_restore write it as SQL"
                      : "have its own pg_restore write it as SQL");
    return false;
}

static bool take_major(Toc *toc, const Step *step G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    toc->major = toc->number;
    return true;
}

static bool take_minor(Toc *toc, const Step *step G_GNUC_UNUSED, GError **error)
{
    toc->minor = toc->number;
    return (toc->major == 1 && toc->minor >= MINOR_OLDEST && toc->minor <= MINOR_NEWEST) ||
           set_unknown_version(error, toc->major, toc->minor);
}

static bool take_int_size(Toc *toc, const Step *step G_GNUC_UNUSED, GError **error)
{
    toc->int_size = toc->number;
    return (toc->int_size >= 4 && toc->int_size <= 8) ||
           set_malformed(error, toc, "numbers of %d bytes", toc->int_size);
}

static bool take_offset_size(Toc *toc, const Step *step G_GNUC_UNUSED, GError **error)
{
    toc->offset_size = toc->number;
    return (toc->offset_size >= 4 && toc->offset_size <= 8) ||
           set_malformed(error, toc, "offsets of %d bytes", toc->offset_size);
}

static bool take_format(Toc *toc, const Step *step G_GNUC_UNUSED, GError **error)
{
    toc->format = toc->number;
    return toc->format == FORMAT_CUSTOM || toc->format == FORMAT_TAR ||
           toc->format == FORMAT_DIRECTORY ||
           set_malformed(error, toc, "unknown format %d", toc->format);
}

static bool take_nothing(Toc *toc G_GNUC_UNUSED, const Step *step G_GNUC_UNUSED,
                         GError **error G_GNUC_UNUSED)
{
    return true;
}

/* A text of the head. */
static bool take_note(Toc *toc, const Step *step, GError **error G_GNUC_UNUSED)
{
    *(char **)(void *)((char *)toc + step->member) = text_of(toc);
    return true;
}

static bool take_count(Toc *toc, const Step *step G_GNUC_UNUSED, GError **error)
{
    toc->count = toc->number;
    toc->whole = toc->count == 0;
    return toc->count >= 0 || set_malformed(error, toc, "%d objects", toc->count);
}

static bool take_id(Toc *toc, const Step *step G_GNUC_UNUSED, GError **error)
{
    if (toc->number <= 0)
        return set_malformed(error, toc, "an object of number %d", toc->number);
    toc->entry = g_new0(TocEntry, 1);
    toc->entry->id = toc->number;
    return true;
}

static char **member_of_entry(const Toc *toc, const Step *step)
{
    return (char **)(void *)((char *)toc->entry + step->member);
}

/* What every object has. */
static bool take_name(Toc *toc, const Step *step, GError **error)
{
    if (toc->number < 0)
        return set_malformed(error, toc, "object %d has no name or no type", toc->entry->id);
    *member_of_entry(toc, step) = text_of(toc);
    return true;
}

/* What some have: "" if not, or NULL. */
static bool take_optional(Toc *toc, const Step *step, GError **error G_GNUC_UNUSED)
{
    if (toc->number > 0)
        *member_of_entry(toc, step) = text_of(toc);
    return true;
}

static bool take_section(Toc *toc, const Step *step G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    toc->entry->section = (TocSection)toc->number;
    return true;
}

/* They end with a NULL. */
static bool take_dependency(Toc *toc, const Step *step G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    toc->again = toc->number >= 0;
    return true;
}

/* The last of an entry. */
static bool take_extra(Toc *toc, const Step *step G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    if (toc->format != FORMAT_CUSTOM && toc->number > 0)
        toc->entry->file = text_of(toc);
    g_ptr_array_add(toc->entries, g_steal_pointer(&toc->entry));
    toc->whole = toc->entries->len == (unsigned)toc->count;
    return true;
}

/* Source: WriteHead(). */
static const Step head_steps[] = {
    {SHAPE_BYTE, .take = take_magic},
    {SHAPE_BYTE, .take = take_major},
    {SHAPE_BYTE, .take = take_minor},
    {SHAPE_BYTE, .take = take_nothing}, /* revision of the version */
    {SHAPE_BYTE, .take = take_int_size},
    {SHAPE_BYTE, .take = take_offset_size},
    {SHAPE_BYTE, .take = take_format},
    {SHAPE_INT, .before = MINOR_ALGORITHM, .take = take_nothing}, /* level of compression */
    {SHAPE_BYTE, .since = MINOR_ALGORITHM, .take = take_nothing}, /* its algorithm */
    {SHAPE_INT, .take = take_nothing},                            /* when: second */
    {SHAPE_INT, .take = take_nothing},                            /* minute */
    {SHAPE_INT, .take = take_nothing},                            /* hour */
    {SHAPE_INT, .take = take_nothing},                            /* day */
    {SHAPE_INT, .take = take_nothing},                            /* month */
    {SHAPE_INT, .take = take_nothing},                            /* year */
    {SHAPE_INT, .take = take_nothing},                            /* whether it is summer time */
    {SHAPE_TEXT, .take = take_note, .member = offsetof(Toc, database)},
    {SHAPE_TEXT, .take = take_note, .member = offsetof(Toc, server_version)},
    {SHAPE_TEXT, .take = take_note, .member = offsetof(Toc, program_version)},
    {SHAPE_INT, .take = take_count},
};

/* Source: WriteToc(). */
static const Step entry_steps[] = {
    {SHAPE_INT, .take = take_id},
    {SHAPE_INT, .take = take_nothing},  /* whether it has data */
    {SHAPE_TEXT, .take = take_nothing}, /* OID of its catalog */
    {SHAPE_TEXT, .take = take_nothing}, /* OID */
    {SHAPE_TEXT, .take = take_name, .member = offsetof(TocEntry, name)},
    {SHAPE_TEXT, .take = take_name, .member = offsetof(TocEntry, type)},
    {SHAPE_INT, .take = take_section},
    {SHAPE_TEXT, .take = take_optional, .member = offsetof(TocEntry, statement)},
    {SHAPE_TEXT, .take = take_nothing}, /* the statement that drops it */
    {SHAPE_TEXT, .take = take_optional, .member = offsetof(TocEntry, copy)},
    {SHAPE_TEXT, .take = take_optional, .member = offsetof(TocEntry, schema)},
    {SHAPE_TEXT, .take = take_nothing},                              /* tablespace */
    {SHAPE_TEXT, .take = take_nothing},                              /* table access method */
    {SHAPE_INT, .since = MINOR_RELATION_KIND, .take = take_nothing}, /* relkind */
    {SHAPE_TEXT, .take = take_optional, .member = offsetof(TocEntry, owner)},
    {SHAPE_TEXT, .take = take_nothing}, /* whether it has OIDs: "false" */
    {SHAPE_TEXT, .take = take_dependency},
    {SHAPE_EXTRA, .take = take_extra},
};

/* --- How they are read --- */

/* Returns: whether all @wanted bytes of a number are there. */
static bool gather(Toc *toc, const unsigned char **at, const unsigned char *end, size_t wanted)
{
    size_t length = MIN(wanted - toc->small_length, (size_t)(end - *at));
    if (length > 0)
        memcpy(toc->small + toc->small_length, *at, length);
    toc->small_length += length;
    *at += length;
    if (toc->small_length < wanted)
        return false;
    toc->small_length = 0;
    return true;
}

/* Of an int that was gathered. */
static bool decode_int(Toc *toc, GError **error)
{
    uint64_t size = 0;
    for (int i = toc->int_size; i > 0; i--)
        size = size << 8 | toc->small[i];
    if (toc->small[0] > 1 || size > INT32_MAX)
        return set_malformed(error, toc, "not a number");
    toc->number = toc->small[0] == 1 ? -(int)size : (int)size;
    return true;
}

static bool begin_text(Toc *toc, GError **error)
{
    if (!decode_int(toc, error))
        return false;
    if (toc->number < -1 || toc->number > TEXT_LONGEST)
        return set_malformed(error, toc, "a text of %d bytes", toc->number);
    g_string_truncate(toc->text, 0);
    toc->in_text = true;
    return true;
}

/* Reads on in the bytes of a text. Returns: whether they are all there. */
static bool read_text(Toc *toc, const unsigned char **at, const unsigned char *end)
{
    size_t wanted = toc->number < 0 ? 0 : (size_t)toc->number - toc->text->len;
    size_t length = MIN(wanted, (size_t)(end - *at));
    g_string_append_len(toc->text, (const char *)*at, (gssize)length);
    *at += length;
    toc->in_text = length < wanted;
    return !toc->in_text;
}

/* Source: ReadOffset(). */
static bool check_offset(const Toc *toc, GError **error)
{
    return (toc->small[0] >= 1 && toc->small[0] <= 3) ||
           set_malformed(error, toc, "an offset of kind %d", toc->small[0]);
}

static Shape current_shape(const Toc *toc)
{
    if (toc->step->shape != SHAPE_EXTRA)
        return toc->step->shape;
    return toc->format == FORMAT_CUSTOM ? SHAPE_OFFSET : SHAPE_TEXT;
}

/* Reads on in the step's value. @out_whole: whether it is all there. */
static bool read_value(Toc *toc, const unsigned char **at, const unsigned char *end,
                       bool *out_whole, GError **error)
{
    *out_whole = false;
    switch (current_shape(toc)) {
    case SHAPE_BYTE:
        *out_whole = gather(toc, at, end, 1);
        toc->number = toc->small[0];
        return true;
    case SHAPE_INT:
        *out_whole = gather(toc, at, end, (size_t)toc->int_size + 1);
        return !*out_whole || decode_int(toc, error);
    case SHAPE_OFFSET:
        *out_whole = gather(toc, at, end, (size_t)toc->offset_size + 1);
        return !*out_whole || check_offset(toc, error);
    default:
        break;
    }
    if (!toc->in_text) {
        if (!gather(toc, at, end, (size_t)toc->int_size + 1))
            return true;
        if (!begin_text(toc, error))
            return false;
    }
    *out_whole = read_text(toc, at, end);
    return !*out_whole || memchr(toc->text->str, '\0', toc->text->len) == NULL ||
           set_malformed(error, toc, "a text that holds a NUL");
}

static bool is_of_version(const Step *step, int minor)
{
    return minor >= step->since && (step->before == 0 || minor < step->before);
}

static void next_step(Toc *toc)
{
    do {
        toc->step++;
        if (toc->step == head_steps + G_N_ELEMENTS(head_steps) ||
            toc->step == entry_steps + G_N_ELEMENTS(entry_steps))
            toc->step = entry_steps;
    } while (!is_of_version(toc->step, toc->minor));
}

bool toc_feed(Toc *toc, const void *bytes, size_t length, TocProgress *out_progress, GError **error)
{
    const unsigned char *at = bytes;
    const unsigned char *end = at + length;
    while (at < end && !toc->whole) {
        const unsigned char *from = at;
        bool read = false;
        bool good = read_value(toc, &at, end, &read, error);
        toc->place += (uint64_t)(at - from);
        if (!good)
            return false;
        if (!read)
            break;
        toc->again = false;
        if (!toc->step->take(toc, toc->step, error))
            return false;
        if (!toc->again)
            next_step(toc);
        toc->begin = toc->place;
    }
    *out_progress = toc->whole ? TOC_WHOLE : TOC_MORE;
    return true;
}

Toc *toc_new(void)
{
    Toc *toc = g_new0(Toc, 1);
    toc->entries = g_ptr_array_new_with_free_func(entry_free);
    toc->text = g_string_new(NULL);
    toc->step = head_steps;
    return toc;
}

void toc_free(Toc *toc)
{
    if (toc == NULL)
        return;
    g_ptr_array_unref(toc->entries);
    entry_free(toc->entry);
    g_string_free(toc->text, TRUE);
    g_free(toc->database);
    g_free(toc->server_version);
    g_free(toc->program_version);
    g_free(toc);
}

const GPtrArray *toc_entries(const Toc *toc)
{
    return toc->entries;
}

const char *toc_server_version(const Toc *toc)
{
    return toc->server_version != NULL ? toc->server_version : "";
}

const char *toc_program_version(const Toc *toc)
{
    return toc->program_version != NULL ? toc->program_version : "";
}

const char *toc_database(const Toc *toc)
{
    return toc->database != NULL ? toc->database : "";
}
