#include "backup/manifest.h"

#include "backup/moment.h"
#include "backup/record.h"

#include <string.h>

static bool is_digits(const char *text, const char *digits, size_t length)
{
    return strlen(text) == length && strspn(text, digits) == length;
}

static bool is_sha256(const char *text)
{
    return is_digits(text, "0123456789abcdef", 64);
}

/* A sum of 64-bit numbers with a sign. */
static bool is_hash(const char *text)
{
    const char *digits = *text == '-' ? text + 1 : text;
    return *digits != '\0' && is_digits(digits, "0123456789", strlen(digits));
}

static bool is_time(const char *text)
{
    return moment_parse(text, NULL);
}

static bool is_id(const char *text)
{
    return backup_id_parse(text, NULL);
}

static bool is_format(const char *text)
{
    static const char *const formats[] = {"custom", "directory", "plain", NULL};
    return g_strv_contains(formats, text);
}

static bool is_compression(const char *text)
{
    static const char *const compressions[] = {"zstd", "gzip", "none", NULL};
    return g_strv_contains(compressions, text);
}

/* A part of a path: no way out of the folder, and nothing that a terminal takes for more. */
static bool is_part(const char *part)
{
    if (*part == '\0' || g_str_equal(part, ".") || g_str_equal(part, ".."))
        return false;
    for (const char *p = part; *p != '\0'; p++)
        if (g_ascii_iscntrl(*p))
            return false;
    return true;
}

static bool is_file_name(const char *text)
{
    if (manifest_is_own_file(text))
        return false;
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    for (char **part = parts; *part != NULL; part++)
        if (!is_part(*part))
            return false;
    return *parts != NULL;
}

bool manifest_is_own_file(const char *name)
{
    static const char *const own[] = {MANIFEST_FILE, VERIFIED_FILE, PROVEN_FILE, PINNED_FILE,
                                      LOCK_FILE};
    for (unsigned i = 0; i < G_N_ELEMENTS(own); i++) {
        size_t length = strlen(own[i]);
        /* What is left of a file that was to take its place has six more characters. */
        if (strncmp(name, own[i], length) == 0 &&
            (name[length] == '\0' ||
             (name[length] == '.' && strlen(name + length) == strlen(".XXXXXX") &&
              strchr(name, '/') == NULL)))
            return true;
    }
    return false;
}

#define TIME_RULE "must be a time in UTC as 2026-11-22T18:30:00Z"
#define AT(type, member) .offset = offsetof(type, member)

static const Field file_fields[] = {
    {"name", FIELD_TEXT, AT(ManifestFile, name), .is_good = is_file_name,
     .rule = "must name a file inside of the folder"},
    {"bytes", FIELD_COUNT, AT(ManifestFile, bytes)},
    {"sha256", FIELD_TEXT, AT(ManifestFile, sha256), .is_good = is_sha256,
     .rule = "must be 64 hexadecimal digits"},
    {NULL},
};

static const Field table_fields[] = {
    {"schema", FIELD_TEXT, AT(TableFingerprint, schema)},
    {"name", FIELD_TEXT, AT(TableFingerprint, name)},
    {"rows", FIELD_COUNT, AT(TableFingerprint, rows)},
    {"hash", FIELD_TEXT, AT(TableFingerprint, hash), .is_good = is_hash,
     .rule = "must be a decimal number"},
    {NULL},
};

static const Field object_fields[] = {
    {"objects", FIELD_COUNT, AT(LargeObjectsFingerprint, objects)},
    {"bytes", FIELD_COUNT, AT(LargeObjectsFingerprint, bytes)},
    {"hash", FIELD_TEXT, AT(LargeObjectsFingerprint, hash), .is_good = is_hash,
     .rule = "must be a decimal number"},
    {NULL},
};

static const Field sequence_fields[] = {
    {"name", FIELD_TEXT, AT(ManifestSequence, name)},
    {"value", FIELD_NUMBER, AT(ManifestSequence, value)},
    {"called", FIELD_FLAG, AT(ManifestSequence, called)},
    {NULL},
};

static const Field extension_fields[] = {
    {"name", FIELD_TEXT, AT(ManifestExtension, name)},
    {"version", FIELD_TEXT, AT(ManifestExtension, version)},
    {"schema", FIELD_TEXT, AT(ManifestExtension, schema)},
    {NULL},
};

static void free_file(void *data)
{
    ManifestFile *file = data;
    g_free(file->name);
    g_free(file->sha256);
    g_free(file);
}

static void free_table(void *data)
{
    TableFingerprint *table = data;
    g_free(table->schema);
    g_free(table->name);
    g_free(table->hash);
    g_free(table);
}

static void free_sequence(void *data)
{
    ManifestSequence *sequence = data;
    g_free(sequence->name);
    g_free(sequence);
}

static void free_extension(void *data)
{
    ManifestExtension *extension = data;
    g_free(extension->name);
    g_free(extension->version);
    g_free(extension->schema);
    g_free(extension);
}

static const RecordShape file_shape = {sizeof(ManifestFile), file_fields, free_file};
static const RecordShape table_shape = {sizeof(TableFingerprint), table_fields, free_table};
static const RecordShape object_shape = {sizeof(LargeObjectsFingerprint), object_fields, NULL};
static const RecordShape sequence_shape = {sizeof(ManifestSequence), sequence_fields,
                                           free_sequence};
static const RecordShape extension_shape = {sizeof(ManifestExtension), extension_fields,
                                            free_extension};

static const Field manifest_fields[] = {
    {"id", FIELD_TEXT, AT(Manifest, id), .is_good = is_id, .rule = "must be the id of a backup"},
    {"engine", FIELD_TEXT, AT(Manifest, engine)},
    {"format", FIELD_TEXT, AT(Manifest, format), .is_good = is_format,
     .rule = "must be custom, directory or plain"},
    {"compression", FIELD_TEXT, AT(Manifest, compression), .is_good = is_compression,
     .rule = "must be zstd, gzip or none"},
    {"encryption", FIELD_TEXT_OR_NULL, AT(Manifest, encryption)},
    {"recipients", FIELD_TEXTS, AT(Manifest, recipients)},
    {"database", FIELD_TEXT, AT(Manifest, database)},
    {"began", FIELD_TEXT, AT(Manifest, began), .is_good = is_time, .rule = TIME_RULE},
    {"ended", FIELD_TEXT, AT(Manifest, ended), .is_good = is_time, .rule = TIME_RULE},
    {"seconds", FIELD_SECONDS, AT(Manifest, seconds)},
    {"server_version", FIELD_VERSION, AT(Manifest, server_version)},
    {"server_version_text", FIELD_TEXT, AT(Manifest, server_version_text)},
    {"program", FIELD_TEXT, AT(Manifest, program)},
    {"retort", FIELD_TEXT, AT(Manifest, retort)},
    {"encoding", FIELD_TEXT, AT(Manifest, encoding)},
    {"locale_provider", FIELD_TEXT, AT(Manifest, locale_provider)},
    {"collate", FIELD_TEXT, AT(Manifest, collate)},
    {"ctype", FIELD_TEXT, AT(Manifest, ctype)},
    {"icu_locale", FIELD_TEXT_OR_NULL, AT(Manifest, icu_locale)},
    {"collation_version", FIELD_TEXT_OR_NULL, AT(Manifest, collation_version)},
    {"timezone", FIELD_TEXT, AT(Manifest, timezone)},
    {"revisions", FIELD_TEXTS, AT(Manifest, revisions)},
    {"schema_hash", FIELD_TEXT_OR_NULL, AT(Manifest, schema_hash)},
    {"database_bytes", FIELD_COUNT, AT(Manifest, database_bytes)},
    {"stored_bytes", FIELD_COUNT, AT(Manifest, stored_bytes)},
    {"extensions", FIELD_RECORDS, AT(Manifest, extensions), .shape = &extension_shape},
    {"roles", FIELD_TEXTS, AT(Manifest, roles)},
    {"files", FIELD_RECORDS, AT(Manifest, files), .shape = &file_shape},
    {"tables", FIELD_RECORDS, AT(Manifest, tables), .shape = &table_shape},
    {"large_objects", FIELD_RECORD, AT(Manifest, large_objects), .shape = &object_shape},
    {"sequences", FIELD_RECORDS, AT(Manifest, sequences), .shape = &sequence_shape},
    {NULL},
};

/* Version 1 had other hashes of rows. */
static const RecordShape manifest_shape = {sizeof(Manifest), manifest_fields, NULL,
                                           .kind = "manifest", .version = 2};

Manifest *manifest_new(void)
{
    Manifest *manifest = g_new0(Manifest, 1);
    record_begin(&manifest_shape, manifest);
    return manifest;
}

void manifest_free(Manifest *manifest)
{
    if (manifest == NULL)
        return;
    record_clear(&manifest_shape, manifest);
    g_free(manifest);
}

int64_t manifest_count_rows(const Manifest *manifest)
{
    int64_t rows = 0;
    for (unsigned i = 0; i < manifest->tables->len; i++)
        rows += ((const TableFingerprint *)manifest->tables->pdata[i])->rows;
    return rows;
}

char *manifest_join_revisions(const Manifest *manifest)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < manifest->revisions->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               (const char *)manifest->revisions->pdata[i]);
    return g_string_free(text, FALSE);
}

char *manifest_format(const Manifest *manifest)
{
    return record_format(&manifest_shape, manifest);
}

/* A file that is there twice has two checksums. */
static bool check_names(const char *path, const Manifest *manifest, GError **error)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; i < manifest->files->len; i++) {
        const ManifestFile *file = manifest->files->pdata[i];
        if (!g_hash_table_add(names, file->name)) {
            g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s: \"files\" names \"%s\" twice", path,
                        file->name);
            return false;
        }
    }
    return true;
}

Manifest *manifest_parse(const char *path, const char *text, GError **error)
{
    g_autoptr(Manifest) manifest = manifest_new();
    if (!record_parse(&manifest_shape, path, text, manifest, error) ||
        !check_names(path, manifest, error))
        return NULL;
    return g_steal_pointer(&manifest);
}
