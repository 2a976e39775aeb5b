/* What a backup says of the server and the database, on every major version. */
#include "backup/facts.h"
#include "fixture.h"
#include "sql/quote.h"

#include <string.h>

static Manifest *take(const ConnectionSettings *settings)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Database) db = database_open(settings, &error);
    g_assert_no_error(error);
    g_autoptr(VersionTable) table = version_table_new(NULL, &error);
    g_assert_no_error(error);
    Manifest *manifest = manifest_new();
    facts_read(db, table, manifest, &error);
    g_assert_no_error(error);
    return manifest;
}

static void tells_of_the_database(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Manifest) found = take(fixture->settings);
    g_assert_cmpstr(found->database, ==, database_name(fixture->db));
    g_assert_cmpint(found->server_version, ==, database_version(fixture->db));
    int major = database_version(fixture->db) / 10000;
    g_assert_cmpint(g_ascii_strtoll(found->server_version_text, NULL, 10), ==, major);
    g_assert_cmpstr(found->encoding, ==, "UTF8");
    g_assert_cmpstr(found->locale_provider, ==, "libc");
    g_assert_cmpstr(found->ctype, ==, found->collate);
    g_assert_null(found->icu_locale);
    g_assert_cmpint(found->database_bytes, >, 1000000);
    g_assert_cmpuint(found->revisions->len, ==, 0);
    g_assert_nonnull(found->timezone);
}

static void tells_what_must_be_there(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *role = g_strdup_printf("reader of %s", database_name(fixture->db));
    g_autofree char *grant = g_strdup_printf("create table t (); create role \"%s\";"
                                             " grant select on t to \"%s\"",
                                             role, role);
    fixture_run(fixture->db, grant);
    g_autoptr(Manifest) found = take(fixture->settings);
    g_autofree char *drop = g_strdup_printf("drop table t; drop role \"%s\"", role);
    fixture_run(fixture->db, drop);
    g_assert_cmpuint(found->roles->len, ==, 2);
    g_assert_cmpstr(found->roles->pdata[1], ==, role);
    g_assert_cmpuint(found->extensions->len, ==, 1);
    const ManifestExtension *language = found->extensions->pdata[0];
    g_assert_cmpstr(language->name, ==, "plpgsql");
    g_assert_cmpstr(language->schema, ==, "pg_catalog");
}

/* Of databases whose locale is not the C library's. */
static const struct {
    int since;
    const char *sql, *provider, *locale;
} providers[] = {
    {150000, "create database %I template template0 locale_provider icu icu_locale 'de-AT'", "icu",
     "de-AT"},
    {170000, "create database %I template template0 locale_provider builtin builtin_locale 'C'",
     "builtin", "C"},
};

static void tells_the_provider_of_the_locale(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(providers); i++) {
        g_autoptr(Fixture) fixture = fixture_new();
        if (database_version(fixture->db) < providers[i].since)
            continue;
        g_autofree char *name = g_strdup_printf("%s other", database_name(fixture->db));
        g_autoptr(GString) create = g_string_new(NULL);
        sql_append(create, providers[i].sql, name);
        g_autoptr(GString) drop = g_string_new(NULL);
        sql_append(drop, "drop database %I", name);
        fixture_run(fixture->db, create->str);
        g_autoptr(ConnectionSettings) there = settings_for_database(fixture->settings, name);
        g_autoptr(Manifest) found = take(there);
        fixture_run(fixture->db, drop->str);
        g_assert_cmpstr(found->locale_provider, ==, providers[i].provider);
        g_assert_cmpstr(found->icu_locale, ==, providers[i].locale);
    }
}

int main(int argc, char **argv)
{
    if (!fixture_has_server())
        return EXIT_SUCCESS;
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/facts/tells_of_the_database", tells_of_the_database);
    g_test_add_func("/facts/tells_what_must_be_there", tells_what_must_be_there);
    g_test_add_func("/facts/tells_the_provider_of_the_locale", tells_the_provider_of_the_locale);
    return g_test_run();
}
