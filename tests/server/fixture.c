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

void fixture_run(Database *db, const char *sql)
{
    g_autoptr(GError) error = NULL;
    database_execute(db, sql, &error);
    g_assert_no_error(error);
}

bool fixture_has_server(void)
{
    if (g_getenv("DATABASE_URL") != NULL)
        return true;
    g_print("1..0 # SKIP no DATABASE_URL\n");
    return false;
}
