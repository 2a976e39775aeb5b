#include "migrate/dump.h"

#include <string.h>

static const char preamble[] = "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\n"
                               "-- Dumped from database version 15.20\n\nSET lock_timeout = 0;\n\n";
static const char ending[] = "--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n\n";

/* The objects of a dump with this middle, each as "description: text". */
static char *cut(const char *middle, const DumpOptions *options)
{
    static const DumpOptions usual = {0};
    g_autofree char *dump = g_strconcat(preamble, middle, ending, NULL);
    g_autoptr(GPtrArray) left_out = NULL;
    g_autoptr(GPtrArray) objects = dump_cut(dump, options == NULL ? &usual : options, &left_out);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < objects->len; i++) {
        const DumpObject *object = g_ptr_array_index(objects, i);
        g_autofree char *name = dump_object_describe(object);
        g_string_append_printf(text, "%s: %s|", name, object->text);
    }
    return g_string_free(text, FALSE);
}

static void assert_cut(const char *middle, const char *wanted)
{
    g_autofree char *text = cut(middle, NULL);
    g_assert_cmpstr(text, ==, wanted);
}

static void empty_dump_has_no_objects(void)
{
    assert_cut("", "");
}

static void table_is_sorted(void)
{
    assert_cut("--\n-- Name: b; Type: TABLE; Schema: public; Owner: me\n--\n\n"
               "CREATE TABLE public.b (\n    z integer,\n    y text DEFAULT 'a,\n)'::text,\n"
               "    n numeric(10,2)\n)\nWITH (fillfactor='50');\n"
               "ALTER TABLE ONLY public.b ALTER COLUMN z SET STATISTICS 5;\n"
               "ALTER TABLE ONLY public.b ALTER COLUMN y SET STATISTICS 5;\n\n\n"
               "ALTER TABLE public.b OWNER TO me;\n\n",
               "TABLE public.b: CREATE TABLE public.b (\n    n numeric(10,2)\n    y text DEFAULT "
               "'a,\n)'::text\n    z integer\n)\nWITH (fillfactor='50')\n"
               "ALTER TABLE ONLY public.b ALTER COLUMN y SET STATISTICS 5;\n"
               "ALTER TABLE ONLY public.b ALTER COLUMN z SET STATISTICS 5;|");
}

static void grants_are_sorted_and_the_owner_is_hidden(void)
{
    assert_cut("--\n-- Name: TABLE b; Type: ACL; Schema: public; Owner: Odd one\n--\n\n"
               "REVOKE ALL ON TABLE public.b FROM \"Odd one\";\n"
               "GRANT SELECT ON TABLE public.b TO \"Odd one\" WITH GRANT OPTION;\n"
               "GRANT ALL ON TABLE public.b TO \"Odd one more\";\n\n\n",
               "GRANTS ON TABLE b OF SCHEMA public: "
               "GRANT ALL ON TABLE public.b TO \"Odd one more\";\n"
               "GRANT SELECT ON TABLE public.b TO OWNER WITH GRANT OPTION;\n"
               "REVOKE ALL ON TABLE public.b FROM OWNER;|");
}

static void settings_between_objects_belong_to_the_next(void)
{
    assert_cut(
        "--\n-- Name: a; Type: SCHEMA; Schema: -; Owner: me\n--\n\nCREATE SCHEMA a;\n\n\n"
        "ALTER SCHEMA a OWNER TO me;\n\nSET default_tablespace = fast;\n\n"
        "SET default_table_access_method = columnar;\n\n"
        "--\n-- Name: b; Type: TABLE; Schema: a; Owner: me; Tablespace: fast\n--\n\n"
        "CREATE TABLE a.b (\n);\n\n\nSET default_table_access_method = heap;\n\n"
        "--\n-- Name: c; Type: TABLE; Schema: a; Owner: me\n--\n\nCREATE TABLE a.c (\n);\n\n\n",
        "SCHEMA a: CREATE SCHEMA a;|"
        "TABLE a.b: CREATE TABLE a.b (\n    \n)\n-- tablespace fast\n-- access method "
        "columnar;|"
        "TABLE a.c: CREATE TABLE a.c (\n    \n)|");
}

static void body_may_look_like_the_dump(void)
{
    assert_cut("--\n-- Name: f(text); Type: FUNCTION; Schema: public; Owner: me\n--\n\n"
               "CREATE FUNCTION public.f(text) RETURNS void\n    AS $_$\n--\n-- nothing\n\n"
               "ALTER TABLE x OWNER TO y;\nSET default_tablespace = '';\nbegin end$_$;\n\n\n"
               "ALTER FUNCTION public.f(text) OWNER TO me;\n\n",
               "FUNCTION public.f(text): CREATE FUNCTION public.f(text) RETURNS void\n"
               "    AS $_$\n--\n-- nothing\n\nALTER TABLE x OWNER TO y;\n"
               "SET default_tablespace = '';\nbegin end$_$;|");
}

static const char two_sql[] =
    "--\n-- Name: a; Type: TYPE; Schema: s; Owner: me\n--\n\nCREATE TYPE s.a AS ENUM (\n);\n\n\n"
    "--\n-- Name: b; Type: TYPE; Schema: s; Owner: me\n--\n\nCREATE TYPE s.b AS (\n);\n\n\n"
    "--\n-- Name: TYPE b; Type: COMMENT; Schema: s; Owner: me\n--\n\nCOMMENT ON TYPE s.b IS "
    "'x';\n\n\n";

static void unmanaged_kinds_are_left_out_unless_wanted(void)
{
    const DumpOptions everything = {.everything = true};
    g_autofree char *managed = cut(two_sql, NULL);
    g_autofree char *all = cut(two_sql, &everything);
    g_assert_cmpstr(managed, ==, "TYPE s.a: CREATE TYPE s.a AS ENUM (\n);|");
    g_assert_cmpstr(all, ==,
                    "COMMENT ON TYPE b OF SCHEMA s: COMMENT ON TYPE s.b IS 'x';|"
                    "TYPE s.a: CREATE TYPE s.a AS ENUM (\n);|TYPE s.b: CREATE TYPE s.b AS (\n);|");
}

static void excluded_names_are_left_out(void)
{
    static const char *const patterns[] = {"s.*", NULL};
    const DumpOptions options = {.excluded = patterns, .everything = true};
    g_autofree char *text = cut(two_sql, &options);
    g_assert_cmpstr(text, ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dump/empty_dump_has_no_objects", empty_dump_has_no_objects);
    g_test_add_func("/dump/table_is_sorted", table_is_sorted);
    g_test_add_func("/dump/grants_are_sorted_and_the_owner_is_hidden",
                    grants_are_sorted_and_the_owner_is_hidden);
    g_test_add_func("/dump/settings_between_objects_belong_to_the_next",
                    settings_between_objects_belong_to_the_next);
    g_test_add_func("/dump/body_may_look_like_the_dump", body_may_look_like_the_dump);
    g_test_add_func("/dump/unmanaged_kinds_are_left_out_unless_wanted",
                    unmanaged_kinds_are_left_out_unless_wanted);
    g_test_add_func("/dump/excluded_names_are_left_out", excluded_names_are_left_out);
    return g_test_run();
}
