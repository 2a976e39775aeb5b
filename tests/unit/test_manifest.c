/* What a backup says of itself: written, read, and refused. */
#include "backup/record.h"
#include "backups.h"

#include <string.h>

#define ID "2026-11-22T183000Z-3f2a9c41b7de"

static Manifest *whole_manifest(void)
{
    Manifest *manifest = sample_manifest(ID);
    manifest->encryption = g_strdup("age");
    g_ptr_array_add(manifest->recipients, g_strdup("age1xyz"));
    manifest->icu_locale = g_strdup("de-DE");
    manifest->collation_version = g_strdup("153.14");
    g_ptr_array_add(manifest->revisions, g_strdup("ae1027a6acf"));
    g_ptr_array_add(manifest->revisions, g_strdup("b"));
    manifest->schema_hash = g_strdup("00ff");
    manifest->database_bytes = INT64_MAX;
    ManifestExtension *extension = g_new0(ManifestExtension, 1);
    *extension = (ManifestExtension){g_strdup("hstore"), g_strdup("1.8"), g_strdup("public")};
    g_ptr_array_add(manifest->extensions, extension);
    g_ptr_array_add(manifest->roles, g_strdup("app"));
    TableFingerprint *table = g_new0(TableFingerprint, 1);
    *table = (TableFingerprint){g_strdup("public"), g_strdup("Größe"), 7,
                                g_strdup("-184467440737095516150000")};
    g_ptr_array_add(manifest->tables, table);
    manifest->large_objects.objects = 3;
    manifest->large_objects.bytes = 6000;
    ManifestSequence *sequence = g_new0(ManifestSequence, 1);
    *sequence = (ManifestSequence){g_strdup("public.\"S\""), INT64_MIN, true};
    g_ptr_array_add(manifest->sequences, sequence);
    return manifest;
}

static Manifest *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    Manifest *manifest = manifest_parse("x/manifest.json", text, &error);
    g_assert_no_error(error);
    return manifest;
}

static void what_is_written_is_read(void)
{
    g_autoptr(Manifest) manifest = whole_manifest();
    g_autofree char *text = manifest_format(manifest);
    g_autoptr(Manifest) again = parse(text);
    g_autofree char *text_again = manifest_format(again);
    g_assert_cmpstr(text_again, ==, text);
    g_assert_cmpstr(again->database, ==, "shop \"ä\"\n");
    g_assert_cmpfloat(again->seconds, ==, 65.125);
    g_assert_cmpint(again->database_bytes, ==, INT64_MAX);
    g_assert_cmpuint(again->revisions->len, ==, 2);
    const ManifestFile *file = again->files->pdata[1];
    g_assert_cmpstr(file->name, ==, "dump/1.dat.zst");
    g_assert_cmpint(file->bytes, ==, 10);
    const TableFingerprint *table = again->tables->pdata[0];
    g_assert_cmpstr(table->name, ==, "Größe");
    const ManifestSequence *sequence = again->sequences->pdata[0];
    g_assert_cmpint(sequence->value, ==, INT64_MIN);
    g_assert_true(sequence->called);
    g_assert_cmpint(again->large_objects.bytes, ==, 6000);
}

static void people_can_read_it(void)
{
    g_autoptr(Manifest) manifest = sample_manifest(ID);
    g_autofree char *text = manifest_format(manifest);
    g_assert_true(g_str_has_prefix(text, "{\n  \"manifest\": 2,\n  \"id\": \"" ID "\",\n"));
    g_assert_nonnull(strstr(text, "\n  \"seconds\": 65.125,\n"));
    g_assert_nonnull(strstr(text, "\n  \"encryption\": null,\n"));
    g_assert_true(g_str_has_suffix(text, "\"\n}\n"));
}

static void bytes_that_are_no_utf8_are_replaced(void)
{
    g_autoptr(Manifest) manifest = sample_manifest(ID);
    g_ptr_array_add(manifest->roles, g_strdup("a\xff"));
    g_autofree char *text = manifest_format(manifest);
    g_autoptr(Manifest) again = parse(text);
    g_assert_cmpstr(again->roles->pdata[0], ==, "a\xef\xbf\xbd");
}

/* (transfer full): @text with the first @old replaced, and sealed again. */
static char *replace(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    g_assert_nonnull(at);
    const char *seal = g_strrstr(text, ",\n  \"checksum\"");
    g_autofree char *before = g_strndup(text, (size_t)(at - text));
    g_autofree char *after = g_strndup(at + strlen(old), (size_t)(seal - at) - strlen(old));
    g_autofree char *object = g_strconcat(before, new, after, "\n}", NULL);
    return record_seal(object);
}

static void refuse(const char *text, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(manifest_parse("m.json", text, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    if (!g_str_has_prefix(error->message, message))
        g_assert_cmpstr(error->message, ==, message);
}

static void unknown_members_are_passed_over(void)
{
    g_autoptr(Manifest) manifest = whole_manifest();
    g_autofree char *text = manifest_format(manifest);
    g_autofree char *more = replace(text, "\"engine\"", "\"wal\": [1, {}], \"engine\"");
    g_autoptr(Manifest) again = parse(more);
    g_autofree char *text_again = manifest_format(again);
    g_assert_cmpstr(text_again, ==, text);
}

static void texts_that_may_be_missing_may_be(void)
{
    g_autoptr(Manifest) manifest = sample_manifest(ID);
    g_autofree char *text = manifest_format(manifest);
    g_autofree char *less = replace(text, "  \"encryption\": null,\n", "");
    g_autoptr(Manifest) again = parse(less);
    g_assert_null(again->encryption);
}

/* A place in the manifest, what is put there, what is said then. */
typedef struct Wrong {
    const char *old, *new, *message;
} Wrong;

static const Wrong wrongs[] = {
    {"\"manifest\": 2", "\"manifest\": 1",
     "m.json: version 1 of \"manifest\" is not known\nhint: another version of Retort made it, and "
     "reads it"},
    {"\"manifest\": 2", "\"manifest\": \"2\"", "m.json: \"manifest\" must be a whole number"},
    {"\"manifest\"", "\"Manifest\"", "m.json: \"manifest\" is missing"},
    {"\"id\": \"2026", "\"id\": \"../..", "m.json: \"id\" must be the id of a backup"},
    {"\"engine\": \"pg_dump\"", "\"engine\": 1", "m.json: \"engine\" must be a text"},
    {"\"engine\": \"pg_dump\"", "\"engine\": null", "m.json: \"engine\" must be a text"},
    {"\"format\": \"directory\"", "\"format\": \"tar\"",
     "m.json: \"format\" must be custom, directory or plain"},
    {"\"compression\": \"zstd\"", "\"compression\": \"lz4\"",
     "m.json: \"compression\" must be zstd, gzip or none"},
    {"\"encryption\": \"age\"", "\"encryption\": true", "m.json: \"encryption\" must be a text"},
    {"\"age1xyz\"", "7", "m.json: \"recipients[0]\" must be a text"},
    {"\"began\": \"2026-11-22T", "\"began\": \"2026-02-30T",
     "m.json: \"began\" must be a time in UTC as 2026-11-22T18:30:00Z"},
    {"18:31:05Z", "18:31:05+00:00", "m.json: \"ended\" must be a time"},
    {"\"seconds\": 65.125", "\"seconds\": -1", "m.json: \"seconds\" must be a number from 0"},
    {"\"seconds\": 65.125", "\"seconds\": \"65\"", "m.json: \"seconds\" must be a number from 0"},
    {"150018", "0", "m.json: \"server_version\" must be a whole number from 1"},
    {"150018", "2147483648", "m.json: \"server_version\" must be a whole number from 1"},
    {"\"revisions\": [", "\"revisions\": 1, \"x\": [", "m.json: \"revisions\" must be a list"},
    {"\"stored_bytes\": 18", "\"stored_bytes\": -1",
     "m.json: \"stored_bytes\" must be a whole number from 0"},
    {"\"stored_bytes\": 18", "\"stored_bytes\": 1.5",
     "m.json: \"stored_bytes\" must be a whole number from 0"},
    {"\"stored_bytes\": 18", "\"stored_bytes\": 9223372036854775808",
     "m.json:"}, /* jansson names the line */
    {"\"stored_bytes\"", "\"id\": 1, \"stored_bytes\"", "m.json:"},
    {"\"hstore\"", "{}", "m.json: \"extensions[0].name\" must be a text"},
    {"\"files\": [", "\"files\": [1, ", "m.json: \"files[0]\" must be an object"},
    {"\"name\": \"dump/1.dat.zst\"", "\"nam\": \"x\"", "m.json: \"files[1].name\" is missing"},
    {"\"dump/1.dat.zst\"", "\"dump/toc.dat\"", "m.json: \"files\" names \"dump/toc.dat\" twice"},
    {"\"bytes\": 8", "\"bytes\": true", "m.json: \"files[0].bytes\" must be a whole number from 0"},
    {"\"sha256\": \"", "\"sha256\": \"0",
     "m.json: \"files[0].sha256\" must be 64 hexadecimal digits"},
    {"\"sha256\": \"d1b2", "\"sha256\": \"D1B2",
     "m.json: \"files[0].sha256\" must be 64 hexadecimal digits"},
    {"\"-184467440737095516150000\"", "\"-\"",
     "m.json: \"tables[0].hash\" must be a decimal number"},
    {"\"rows\": 7", "\"rows\": -7", "m.json: \"tables[0].rows\" must be a whole number from 0"},
    {"\"large_objects\": {", "\"large_objects\": 1, \"x\": {",
     "m.json: \"large_objects\" must be an object"},
    {"\"objects\": 3", "\"objects\": null",
     "m.json: \"large_objects.objects\" must be a whole number from 0"},
    {"\"called\": true", "\"called\": 1", "m.json: \"sequences[0].called\" must be true or false"},
    {"\"called\": true", "\"called\": tru", "m.json:"},
};

static void what_is_wrong_is_refused_with_its_place(void)
{
    g_autoptr(Manifest) manifest = whole_manifest();
    g_autofree char *text = manifest_format(manifest);
    for (unsigned i = 0; i < G_N_ELEMENTS(wrongs); i++) {
        g_autofree char *wrong = replace(text, wrongs[i].old, wrongs[i].new);
        refuse(wrong, wrongs[i].message);
    }
}

/* The members at the outermost level that may not be missing: all but those that may be null. */
static void each_member_is_asked_for(void)
{
    g_autoptr(Manifest) manifest = whole_manifest();
    g_autofree char *text = manifest_format(manifest);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    const char *const optional[] = {"encryption",  "icu_locale", "collation_version",
                                    "schema_hash", "checksum",   NULL};
    unsigned asked = 0;
    for (char **line = lines; *line != NULL; line++) {
        if (!g_str_has_prefix(*line, "  \""))
            continue;
        g_autofree char *name = g_strndup(*line + 3, strcspn(*line + 3, "\""));
        if (g_strv_contains(optional, name))
            continue;
        g_autofree char *member = g_strdup_printf("  \"%s\":", name);
        g_autofree char *less = replace(text, member, "  \"other\":");
        g_autofree char *message = g_strdup_printf("m.json: \"%s\" is missing", name);
        refuse(less, message);
        asked++;
    }
    g_assert_cmpuint(asked, ==, 28);
}

static void names_stay_in_the_folder(void)
{
    static const char *const bad[] = {
        "",          "/etc/passwd",   "..",
        "../x",      "a/../b",        "a/..",
        ".",         "./a",           "a//b",
        "a/",        "manifest.json", "verified.json",
        "pinned",    "lock",          "proven.json",
        "a\\u0001b", "a\\nb",         "verified.json.abcDEF",
    };
    static const char *const good[] = {
        "a", "...", "..a", "a/b/c.d", "ä b", "a\\\\..b", "a/manifest.json", "lock.txt"};
    g_autoptr(Manifest) manifest = sample_manifest(ID);
    g_autofree char *text = manifest_format(manifest);
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *wrong = replace(text, "dump/toc.dat", bad[i]);
        refuse(wrong, "m.json: \"files[0].name\" must name a file inside of the folder");
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *right = replace(text, "dump/toc.dat", good[i]);
        g_autoptr(Manifest) again = parse(right);
        g_assert_nonnull(again);
    }
}

static void each_bit_counts(void)
{
    g_autoptr(Manifest) manifest = sample_manifest(ID);
    g_autofree char *text = manifest_format(manifest);
    for (size_t i = 0; text[i] != '\0'; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            text[i] = (char)(text[i] ^ (1 << bit));
            g_autoptr(GError) error = NULL;
            g_autoptr(Manifest) read = manifest_parse("m.json", text, &error);
            g_assert_null(read);
            g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
            text[i] = (char)(text[i] ^ (1 << bit));
        }
    }
}

static void what_is_cut_off_is_refused(void)
{
    g_autoptr(Manifest) manifest = sample_manifest(ID);
    g_autofree char *text = manifest_format(manifest);
    g_autofree char *longer = g_strconcat(text, "\n", NULL);
    refuse(longer, "m.json: the checksum at its end is not that of the text");
    for (size_t length = strlen(text); length-- > 0;) {
        text[length] = '\0';
        refuse(text, "m.json:");
    }
    refuse("[]", "m.json: this is no JSON object");
    refuse("{}", "m.json: \"manifest\" is missing");
    refuse("{\"manifest\": 2}", "m.json: the checksum at its end is not that of the text");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/manifest/what_is_written_is_read", what_is_written_is_read);
    g_test_add_func("/manifest/people_can_read_it", people_can_read_it);
    g_test_add_func("/manifest/bytes_that_are_no_utf8_are_replaced",
                    bytes_that_are_no_utf8_are_replaced);
    g_test_add_func("/manifest/unknown_members_are_passed_over", unknown_members_are_passed_over);
    g_test_add_func("/manifest/texts_that_may_be_missing_may_be", texts_that_may_be_missing_may_be);
    g_test_add_func("/manifest/what_is_wrong_is_refused_with_its_place",
                    what_is_wrong_is_refused_with_its_place);
    g_test_add_func("/manifest/each_member_is_asked_for", each_member_is_asked_for);
    g_test_add_func("/manifest/names_stay_in_the_folder", names_stay_in_the_folder);
    g_test_add_func("/manifest/each_bit_counts", each_bit_counts);
    g_test_add_func("/manifest/what_is_cut_off_is_refused", what_is_cut_off_is_refused);
    return g_test_run();
}
