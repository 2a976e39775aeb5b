#include "pg/settings.h"

static ConnectionSettings *parse(const char *conninfo)
{
    g_autoptr(GError) error = NULL;
    ConnectionSettings *settings = settings_parse(conninfo, &error);
    g_assert_no_error(error);
    return settings;
}

static void assert_described(const char *conninfo, const char *expected)
{
    g_autoptr(ConnectionSettings) settings = parse(conninfo);
    g_autofree char *described = settings_describe(settings);
    g_assert_cmpstr(described, ==, expected);
}

static void urls_of_many_programs_are_read(void)
{
    assert_described("postgresql://u:pw@h:5433/d", "postgresql://u:***@h:5433/d");
    assert_described("postgres://h/d", "postgresql://h/d");
    assert_described("postgresql+asyncpg://u:p%2Fw@h/d?ssl=require&timeout=3",
                     "postgresql://u:***@h/d");
    assert_described("postgresql+psycopg://u:a?b@h/d?sslmode=require", "postgresql://u:***@h/d");
    assert_described("postgres://u:pw@h/d?schema=public&connection_limit=3",
                     "postgresql://u:***@h/d");
    assert_described("host=/run/x port=5433 dbname='my db' user=me password=pw",
                     "postgresql://me:***@/my%20db?host=%2Frun%2Fx&port=5433");
    assert_described("postgresql://u@%2Frun%2Fx/d", "postgresql://u@/d?host=%2Frun%2Fx");
    assert_described("postgresql://[::1]:5433/d", "postgresql://[::1]:5433/d");
    assert_described("postgresql://a:1,b:2/d", "postgresql://a:1,b:2/d");
    assert_described("host=a,b port=3 dbname=d", "postgresql://a:3,b:3/d");
    assert_described("host=h dbname=d password=pw", "postgresql://:***@h/d");
    assert_described("service=shop", "postgresql:///?service=shop");
}

static void drivers_ssl_becomes_sslmode(void)
{
    g_autoptr(ConnectionSettings) settings = parse("postgresql+asyncpg://h/d?ssl=verify-full");
    g_assert_cmpstr(settings_get(settings, "sslmode"), ==, "verify-full");
}

static void faults_show_no_piece_of_a_password(void)
{
    static const char *const words[] = {
        "postgresql://u:sec@ret@h/d",
        "postgresql://u:sec/ret@h/d",
        "postgresql://u:sec/ret:1@h/d",
        "postgresql://u:ret%zz@h/d",
        "host=h password=sec ret",
        "host=h password=sec ret=1",
        "postgresql://u:p@h/d?ret&x",
        "postgresql://h:ret/d",
        "postgresql://u:p@h/d?password=%0ret",
        "mysql://u:ret@h/d",
        "postgresql://u:ret@[h/d",
        "host=h user=u password='sec ret",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(ConnectionSettings) settings = settings_parse(words[i], &error);
        g_assert_null(settings);
        g_assert_error(error, APP_ERROR, APP_ERROR_USAGE);
        g_assert_null(strstr(error->message, "ret"));
    }
}

static void fault_without_password_names_the_word(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ConnectionSettings) settings = settings_parse("postgresql://h/d?sslmod=x", &error);
    g_assert_null(settings);
    g_assert_cmpstr(error->message, ==, "invalid URI query parameter: \"sslmod\"");
}

static void secrets_reach_neither_url_nor_conninfo(void)
{
    g_autoptr(ConnectionSettings) settings =
        parse("postgresql://u:pw@h/d?sslpassword=pw&sslmode=require&connect_timeout=2");
    g_autofree char *url = settings_url(settings);
    g_autofree char *conninfo = settings_conninfo(settings);
    g_assert_true(settings_have_secret(settings));
    g_assert_cmpstr(url, ==, "postgresql://u@h/d?sslmode=require");
    g_assert_null(strstr(conninfo, "pw"));
    g_assert_nonnull(strstr(conninfo, "connect_timeout='2'"));
}

static void conninfo_and_url_read_back(void)
{
    g_autoptr(ConnectionSettings) settings = settings_new();
    settings_set(settings, "dbname", "it's \\ a d?b/ü");
    settings_set(settings, "user", "a:b@c");
    settings_set(settings, "host", "/tmp/a b");
    g_autofree char *conninfo = settings_conninfo(settings);
    g_autofree char *url = settings_url(settings);
    g_autoptr(ConnectionSettings) first = parse(conninfo);
    g_autoptr(ConnectionSettings) second = parse(url);
    static const char *const keys[] = {"dbname", "user", "host"};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_assert_cmpstr(settings_get(first, keys[i]), ==, settings_get(settings, keys[i]));
        g_assert_cmpstr(settings_get(second, keys[i]), ==, settings_get(settings, keys[i]));
    }
}

static void programs_get_the_password_by_environment(void)
{
    g_autoptr(ConnectionSettings) settings = parse("postgresql://u:pw@h:5433/d");
    char *before[] = {(char *)"PGSERVICE=x", (char *)"PATH=/bin", (char *)"PGHOST=other", NULL};
    g_auto(GStrv) after = settings_environment(settings, before);
    g_assert_cmpstr(g_environ_getenv(after, "PGPASSWORD"), ==, "pw");
    g_assert_cmpstr(g_environ_getenv(after, "PGHOST"), ==, "h");
    g_assert_cmpstr(g_environ_getenv(after, "PGPORT"), ==, "5433");
    g_assert_cmpstr(g_environ_getenv(after, "PATH"), ==, "/bin");
    g_assert_null(g_environ_getenv(after, "PGSERVICE"));
}

static void another_database_of_the_same_server(void)
{
    g_autoptr(ConnectionSettings) settings = parse("postgresql://u:pw@h/d");
    settings_set_source(settings, "DATABASE_URL");
    g_autoptr(ConnectionSettings) other = settings_for_database(settings, "x");
    g_assert_cmpstr(settings_get(other, "dbname"), ==, "x");
    g_assert_cmpstr(settings_get(other, "password"), ==, "pw");
    g_assert_cmpstr(settings_source(other), ==, "DATABASE_URL");
    g_assert_cmpstr(settings_get(settings, "dbname"), ==, "d");
    settings_set(other, "password", NULL);
    g_assert_false(settings_have_secret(other));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/settings/urls", urls_of_many_programs_are_read);
    g_test_add_func("/settings/ssl", drivers_ssl_becomes_sslmode);
    g_test_add_func("/settings/no_leak", faults_show_no_piece_of_a_password);
    g_test_add_func("/settings/fault", fault_without_password_names_the_word);
    g_test_add_func("/settings/secrets", secrets_reach_neither_url_nor_conninfo);
    g_test_add_func("/settings/round_trip", conninfo_and_url_read_back);
    g_test_add_func("/settings/environment", programs_get_the_password_by_environment);
    g_test_add_func("/settings/database", another_database_of_the_same_server);
    return g_test_run();
}
