#include "sql/classify.h"

static void class_is_told_by_the_first_words(void)
{
    static const struct {
        const char *text;
        StatementClass class;
    } cases[] = {
        {"create table t (a int)", STATEMENT_DDL},
        {"/* x */ COMMENT ON TABLE t IS 'x'", STATEMENT_DDL},
        {"GRANT SELECT (a, b), INSERT ON t TO app", STATEMENT_DDL},
        {"create user mapping for x server y", STATEMENT_DDL},
        {"alter default privileges grant select on tables to x", STATEMENT_DDL},
        {"create view v as select 1", STATEMENT_DDL},
        {"insert into t values (1)", STATEMENT_DML},
        {"(select 1) union (select 2)", STATEMENT_DML},
        {"with x as (select 1) delete from t", STATEMENT_DML},
        {"copy t from '/x'", STATEMENT_DML},
        {"copy t (a, b) from stdin with csv", STATEMENT_COPY_STDIN},
        {"copy (select 1) to stdout", STATEMENT_COPY_STDOUT},
        {"copy t to '/tmp/stdout'", STATEMENT_DML},
        {"select set_configuration(1)", STATEMENT_DML},
        {"refresh materialized view m", STATEMENT_DML},
        {"DO $$ begin end $$", STATEMENT_DO},
        {"begin", STATEMENT_TRANSACTION},
        {"START TRANSACTION", STATEMENT_TRANSACTION},
        {"start", STATEMENT_OTHER},
        {"prepare transaction 'x'", STATEMENT_TRANSACTION},
        {"prepare x as select 1", STATEMENT_OTHER},
        {"rollback to savepoint a", STATEMENT_TRANSACTION},
        {"create role x", STATEMENT_CLUSTER},
        {"ALTER USER x", STATEMENT_CLUSTER},
        {"drop database x", STATEMENT_CLUSTER},
        {"alter system set a = 1", STATEMENT_CLUSTER},
        {"grant admin to bob", STATEMENT_CLUSTER},
        {"grant connect on database d to x", STATEMENT_CLUSTER},
        {"grant select on \"database\" to x", STATEMENT_DDL},
        {"revoke admin option for a from b", STATEMENT_CLUSTER},
        {"comment on database d is 'x'", STATEMENT_CLUSTER},
        {"drop owned by x", STATEMENT_CLUSTER},
        {"create tablespace x location '/x'", STATEMENT_CLUSTER},
        {"alter group g add user u", STATEMENT_CLUSTER},
        {"create subscription s connection '' publication p", STATEMENT_CLUSTER},
        {"alter subscription s disable", STATEMENT_CLUSTER},
        {"drop subscription if exists s", STATEMENT_CLUSTER},
        {"comment on subscription s is 'x'", STATEMENT_CLUSTER},
        {"comment on table subscription is 'x'", STATEMENT_DDL},
        {"create publication p", STATEMENT_DDL},
        {"create table subscription (a int)", STATEMENT_DDL},
        {"import foreign schema s from server x into public", STATEMENT_CLUSTER},
        {"alter table all in tablespace a set tablespace b", STATEMENT_CLUSTER},
        {"alter table a set tablespace b", STATEMENT_DDL},
        {"alter materialized view all in tablespace a set tablespace b", STATEMENT_CLUSTER},
        {"security label on role r is 'x'", STATEMENT_CLUSTER},
        {"security label for p on subscription s is 'x'", STATEMENT_CLUSTER},
        {"security label on table t is 'x'", STATEMENT_DDL},
        {"reassign owned by a to b", STATEMENT_CLUSTER},
        {"grant set on parameter work_mem to x", STATEMENT_CLUSTER},
        {"set search_path = x", STATEMENT_SETTING},
        {"select pg_catalog.set_config('search_path', '', false)", STATEMENT_SETTING},
        {"reset all", STATEMENT_SETTING},
        {"\\connect x", STATEMENT_META},
        {"vacuum t", STATEMENT_OTHER},
        {"\"create\" table", STATEMENT_OTHER},
        {"", STATEMENT_OTHER},
        {"'unclosed", STATEMENT_OTHER},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].text);
        g_assert_cmpstr(statement_class_name(statement_class(cases[i].text)), ==,
                        statement_class_name(cases[i].class));
    }
}

static bool is_alone(const char *text)
{
    bool alone = false;
    g_assert_cmpint(statement_classify(text, &alone), ==, statement_class(text));
    return alone;
}

static void what_no_transaction_may_hold_is_known(void)
{
    static const char *const outside[] = {
        "CREATE INDEX CONCURRENTLY i ON t (a)",
        "create unique index concurrently if not exists i on t (a)",
        "drop index concurrently if exists i",
        "reindex table concurrently t",
        "reindex (verbose, concurrently) index i",
        "reindex (verbose) database d",
        "reindex schema s",
        "VACUUM (ANALYZE) t",
        "create database d",
        "drop tablespace x",
        "alter system set a = 1",
        "alter database d set tablespace x",
        "alter table only a.b detach partition \"c\".d concurrently",
        "cluster",
        "cluster verbose",
        "discard all",
        "create subscription s connection 'x' publication p",
        "drop subscription s",
        "alter subscription s set publication p",
        "alter subscription s refresh publication",
    };
    static const char *const inside[] = {
        "create index i on t (a)",
        "create index \"concurrently\" on t (a)",
        "reindex (concurrently false) table t",
        "reindex table t",
        "cluster t using i",
        "cluster verbose t",
        "alter table t detach partition p",
        "alter database d set work_mem = 1",
        "alter type e add value 'x'",
        "create subscription s connection 'x' publication p with (connect = false)",
        "create subscription s connection 'x' publication p with (create_slot=off)",
        "alter subscription s set publication p with (refresh = false)",
        "analyze t",
        "select 'create index concurrently'",
        "",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(outside); i++) {
        g_test_message("%s", outside[i]);
        g_assert_true(is_alone(outside[i]));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(inside); i++) {
        g_test_message("%s", inside[i]);
        g_assert_false(is_alone(inside[i]));
    }
}

static void what_prepare_takes_is_known(void)
{
    static const char *const yes[] = {
        "SELECT 1",
        "/* a */ -- b\n insert into t values (1)",
        "(SELECT 1) UNION SELECT 2",
        "WITH a AS (SELECT 1) TABLE a",
        "VALUES (1)",
        "MERGE INTO t",
    };
    static const char *const no[] = {
        "", "-- SELECT", "SET ROLE a", "BEGIN", "COPY t TO STDOUT", "selected", "CALL p()",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(yes); i++)
        g_assert_true(statement_is_preparable(yes[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(no); i++)
        g_assert_false(statement_is_preparable(no[i]));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/classify/class", class_is_told_by_the_first_words);
    g_test_add_func("/classify/preparable", what_prepare_takes_is_known);
    g_test_add_func("/classify/transaction", what_no_transaction_may_hold_is_known);
    return g_test_run();
}
