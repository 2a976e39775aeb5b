/* Statements of a dump that are about the database as a whole. */
#include "backup/about_database.h"

static void names_another_database(void)
{
    static const char *const pairs[][2] = {
        {"ALTER DATABASE shop OWNER TO bob", "ALTER DATABASE \"new one\" OWNER TO bob"},
        {"ALTER DATABASE \"a \"\"b\" SET search_path TO 'shop', 'x'",
         "ALTER DATABASE \"new one\" SET search_path TO 'shop', 'x'"},
        {"ALTER ROLE database IN DATABASE shop SET work_mem TO '7MB'",
         "ALTER ROLE database IN DATABASE \"new one\" SET work_mem TO '7MB'"},
        {"ALTER ROLE \"in database\" IN DATABASE shop RESET ALL",
         "ALTER ROLE \"in database\" IN DATABASE \"new one\" RESET ALL"},
        {"COMMENT ON DATABASE shop IS 'on database shop'",
         "COMMENT ON DATABASE \"new one\" IS 'on database shop'"},
        {"GRANT CONNECT,TEMPORARY ON DATABASE shop TO shop",
         "GRANT CONNECT,TEMPORARY ON DATABASE \"new one\" TO shop"},
        {"REVOKE GRANT OPTION FOR CONNECT ON DATABASE shop FROM PUBLIC",
         "REVOKE GRANT OPTION FOR CONNECT ON DATABASE \"new one\" FROM PUBLIC"},
        {"SECURITY LABEL FOR \"on\" ON DATABASE shop IS 'x'",
         "SECURITY LABEL FOR \"on\" ON DATABASE \"new one\" IS 'x'"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_assert_true(about_database(pairs[i][0]));
        g_autofree char *text = about_database_of(pairs[i][0], "new one");
        g_assert_cmpstr(text, ==, pairs[i][1]);
    }
}

static void leaves_others(void)
{
    static const char *const others[] = {
        "ALTER ROLE bob SET work_mem TO '7MB'",
        "GRANT SELECT ON TABLE database TO bob",
        "GRANT SELECT ON TABLE public.\"on database shop\" TO bob",
        "GRANT bob TO alice",
        "COMMENT ON TABLE database IS 'x'",
        "SECURITY LABEL ON TABLE database IS 'x'",
        "ALTER TABLE database OWNER TO bob",
        "SELECT 'ALTER DATABASE shop'",
        "GRANT 'not closed",
        "",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_false(about_database(others[i]));
    g_assert_true(about_database("CREATE DATABASE shop"));
    g_assert_null(about_database_of("CREATE DATABASE shop", "x"));
    g_assert_null(about_database_of("DROP DATABASE IF EXISTS shop", "x"));
    g_assert_null(about_database_of("ALTER DATABASE", "x"));
}

static void reads_how_it_is_made(void)
{
    g_auto(ScratchShape) shape = {0};
    g_assert_true(about_database_shape(
        "CREATE DATABASE \"with\" WITH TEMPLATE = template0 ENCODING = 'UTF8'"
        " LOCALE_PROVIDER = icu LOCALE = 'C.UTF-8' ICU_LOCALE = 'de' ICU_RULES = '&a < ''b'''",
        &shape));
    g_assert_cmpstr(shape.encoding, ==, "UTF8");
    g_assert_cmpstr(shape.provider, ==, "icu");
    g_assert_cmpstr(shape.collate, ==, "C.UTF-8");
    g_assert_cmpstr(shape.ctype, ==, "C.UTF-8");
    g_assert_cmpstr(shape.locale, ==, "de");
    g_assert_cmpstr(shape.rules, ==, "&a < 'b'");
    scratch_shape_clear(&shape);
    g_assert_true(about_database_shape("CREATE DATABASE a WITH LC_COLLATE = 'C' LC_CTYPE = 'x'"
                                       " TABLESPACE = fast",
                                       &shape));
    g_assert_cmpstr(shape.collate, ==, "C");
    g_assert_cmpstr(shape.ctype, ==, "x");
    g_assert_null(shape.tablespace);
    scratch_shape_clear(&shape);
    g_assert_true(about_database_shape("CREATE DATABASE a WITH ENCODING", &shape));
    g_assert_true(about_database_shape("CREATE DATABASE a ENCODING =", &shape));
    scratch_shape_clear(&shape);
    g_assert_false(about_database_shape("CREATE TABLE a ()", &shape));
}

static void knows_owners(void)
{
    g_assert_true(about_owners("ALTER TABLE a OWNER TO b"));
    g_assert_true(about_owners("ALTER FUNCTION owner(owner integer) OWNER TO b"));
    g_assert_true(about_owners("GRANT SELECT ON a TO b"));
    g_assert_true(about_owners("ALTER DEFAULT PRIVILEGES FOR ROLE a GRANT SELECT ON TABLES TO b"));
    g_assert_false(about_owners("ALTER TABLE a ALTER COLUMN owner SET DEFAULT 'owner to'"));
    g_assert_false(about_owners("ALTER TABLE \"owner to\" ADD owner text"));
    g_assert_false(about_owners("CREATE TABLE a ()"));
}

static void knows_the_whole_server(void)
{
    g_assert_true(about_server("ALTER ROLE postgres WITH SUPERUSER"));
    g_assert_true(about_server("drop role app"));
    g_assert_true(about_server("ALTER SYSTEM SET work_mem = '1MB'"));
    g_assert_true(about_server("CREATE TABLESPACE fast LOCATION '/fast'"));
    g_assert_false(about_server("ALTER ROLE a IN DATABASE shop SET work_mem = '1MB'"));
    g_assert_false(about_server("CREATE USER MAPPING FOR a SERVER b"));
    g_assert_false(about_server("CREATE TABLE role ()"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/about_database/names_another_database", names_another_database);
    g_test_add_func("/about_database/leaves_others", leaves_others);
    g_test_add_func("/about_database/reads_how_it_is_made", reads_how_it_is_made);
    g_test_add_func("/about_database/knows_owners", knows_owners);
    g_test_add_func("/about_database/knows_the_whole_server", knows_the_whole_server);
    return g_test_run();
}
