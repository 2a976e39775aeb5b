#include "fixture.h"

static ConnectionSettings *server_settings(void)
{
    ConnectionSettings *settings = settings_parse(g_getenv("DATABASE_URL"), NULL);
    g_assert_nonnull(settings);
    return settings;
}

Fixture *fixture_new(void)
{
    static unsigned number = 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(ConnectionSettings) server = server_settings();
    g_autofree char *name = g_strdup_printf("test %d_%u", (int)getpid(), number++);
    g_autofree char *create =
        g_strdup_printf("create database \"%s\" template template0 encoding 'UTF8'", name);
    Fixture *fixture = g_new0(Fixture, 1);
    fixture->maker = database_open(server, &error);
    g_assert_no_error(error);
    fixture_run(fixture->maker, create);
    fixture->settings = settings_for_database(server, name);
    fixture->db = database_open(fixture->settings, &error);
    g_assert_no_error(error);
    return fixture;
}

void fixture_free(Fixture *fixture)
{
    const char *name = settings_get(fixture->settings, "dbname");
    g_autofree char *drop = g_strdup_printf("drop database \"%s\" with (force)", name);
    database_close(fixture->db);
    fixture_run(fixture->maker, drop);
    database_close(fixture->maker);
    settings_free(fixture->settings);
    g_free(fixture);
}

/* What servers before a version do not know, and what stands for it there. */
static const struct {
    int since;
    const char *phrase, *before;
} newer[] = {
    {140000, "begin atomic select i.id; end", "as 'select $1.id'"},
    {140000, "BEGIN ATOMIC; SELECT a + 1; END", "AS 'SELECT $1 + 1'"},
    {150000, "UNLOGGED SEQUENCE", "SEQUENCE"},
    {150000, "NULLS NOT DISTINCT", ""},
};

void fixture_run(Database *db, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) known = g_string_new(sql);
    for (size_t i = 0; i < G_N_ELEMENTS(newer); i++)
        if (database_version(db) < newer[i].since)
            g_string_replace(known, newer[i].phrase, newer[i].before, 0);
    database_execute(db, known->str, &error);
    g_assert_no_error(error);
}

void fixture_end_backend(Database *db, int pid)
{
    g_autofree char *sql =
        g_strdup_printf("do $$ begin perform pg_terminate_backend(%d);"
                        " while exists (select from pg_stat_activity where pid = %d) loop"
                        " perform pg_stat_clear_snapshot(), pg_sleep(0.01); end loop; end $$",
                        pid, pid);
    fixture_run(db, sql);
}

bool fixture_has_server(void)
{
    if (g_getenv("DATABASE_URL") != NULL)
        return true;
    g_print("1..0 # SKIP no DATABASE_URL\n");
    return false;
}
