#include "sql/column_writes.h"
#include "sql/query_facts.h"

/* What there is of @facts, in one line. */
static char *print_facts(const QueryFacts *facts)
{
    g_autoptr(GString) text = g_string_new(facts->known ? "known" : "unknown");
    if (facts->into)
        g_string_append(text, " into");
    if (facts->writes)
        g_string_append(text, " writes");
    if (facts->locks)
        g_string_append(text, " locks");
    if (facts->keeps)
        g_string_append(text, " keeps");
    if (facts->limited)
        g_string_append(text, facts->chosen ? " limit=" : " limit");
    for (unsigned i = 0; i < facts->outer->len; i++)
        g_string_append_printf(text, " outer=%s", (char *)facts->outer->pdata[i]);
    for (unsigned i = 0; i < facts->never_null->len; i++)
        g_string_append_printf(text, " #%d", g_array_index(facts->never_null, int, i));
    for (unsigned i = 0; i < facts->written->len; i++) {
        const ColumnWrite *write = facts->written->pdata[i];
        g_string_append_printf(text, " %s%s%s.%s=", write->schema != NULL ? write->schema : "",
                               write->schema != NULL ? "." : "", write->table, write->column);
        for (unsigned j = 0; j < write->params->len; j++)
            g_string_append_printf(text, "$%u", g_array_index(write->params, unsigned, j));
    }
    for (unsigned i = 0; i < facts->functions->len; i++)
        g_string_append_printf(text, " %s()", (char *)facts->functions->pdata[i]);
    for (unsigned i = 0; facts->order != NULL && i < facts->order->len; i++) {
        const QueryKey *key = facts->order->pdata[i];
        g_string_append_printf(text, " %s", facts->descending ? "v" : "^");
        if (key->qualifier != NULL)
            g_string_append_printf(text, "%s.", key->qualifier);
        if (key->name != NULL)
            g_string_append(text, key->name);
        else
            g_string_append_printf(text, "%u", key->position);
    }
    return g_strdup(text->str);
}

static const struct {
    const char *sql, *facts;
} cases[] = {
    /* what it does */
    {"SELECT 1 FROM t", "known keeps #1"},
    {"TABLE t", "known keeps"},
    {"VALUES (1), (2)", "known keeps"},
    {"INSERT INTO t VALUES (1)", "known writes keeps"},
    {"UPDATE t SET a = 1", "known writes keeps"},
    {"DELETE FROM t", "known writes keeps"},
    {"MERGE INTO t USING u ON true WHEN MATCHED THEN DO NOTHING", "known writes"},
    {"WITH n AS (DELETE FROM t RETURNING *) SELECT * FROM n", "known writes keeps"},
    {"SELECT a FROM t FOR UPDATE", "known locks keeps"},
    {"SELECT a FROM (SELECT a FROM t FOR SHARE) s", "known locks keeps"},
    {"SELECT a INTO b FROM t", "known into keeps"},
    {"SELECT a AS into FROM t", "known keeps"},
    {"SELECT 'into' FROM t", "known keeps #1"},
    {"SELECT (1 INTO b", "unknown into"},
    {"WITH n AS (INSERT INTO t VALUES (1) RETURNING a) SELECT a FROM n", "known writes keeps"},
    {"", "unknown"},
    {"SELECT 1; SELECT 2", "unknown"},
    {"UPDATE t SET a = 1 RETURNING WITH (OLD AS o) o.a", "unknown"},
    /* which parameters it writes where */
    {"INSERT INTO s.t (a, b, c) VALUES ($2, lower($1), now()), (1, $3 + $1, $2 || $2)",
     "known writes keeps s.t.a=$2 s.t.b=$1 s.t.b=$3$1 s.t.c=$2"},
    {"INSERT INTO t VALUES ($1)", "known writes keeps"},
    {"INSERT INTO t (a, b) SELECT $1::int, b FROM u WHERE c = $2", "known writes keeps t.a=$1"},
    {"INSERT INTO t (a, b) SELECT u.*, $1 FROM u", "known writes keeps"},
    {"INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = $2, c = EXCLUDED.c",
     "known writes keeps t.a=$1 t.b=$2"},
    {"UPDATE t SET a = $1, (b, c) = ($2, $3), (d, e) = (SELECT $4, $5) WHERE f = $6",
     "known writes keeps t.a=$1 t.b=$2 t.c=$3 t.d=$4$5 t.e=$4$5"},
    {"WITH n AS (UPDATE t SET a = $1 RETURNING a) INSERT INTO u (b) SELECT $2 FROM n",
     "known writes keeps u.b=$2 t.a=$1"},
    {"MERGE INTO t USING u ON t.a = $1 WHEN MATCHED THEN UPDATE SET b = $2 "
     "WHEN NOT MATCHED THEN INSERT (a, b) VALUES ($1, $3)",
     "known writes t.b=$2 t.a=$1 t.b=$3"},
    {"DELETE FROM t WHERE a = $1", "known writes keeps"},
    /* what may make a column NULL */
    {"SELECT a FROM t JOIN u ON true, w", "known keeps"},
    {"SELECT a FROM t LEFT JOIN s.u ON true", "known keeps outer=u"},
    {"SELECT a FROM t RIGHT JOIN u ON true", "known keeps outer=t"},
    {"SELECT a FROM t FULL JOIN u ON true", "known keeps outer=u outer=t"},
    {"SELECT a FROM t LEFT JOIN (SELECT b FROM u, w) s ON true", "known keeps outer=u outer=w"},
    {"WITH n AS (SELECT a FROM t) SELECT a FROM u LEFT JOIN n ON true", "known outer=n"},
    {"SELECT a FROM t GROUP BY a", "known keeps"},
    {"SELECT a FROM t GROUP BY ROLLUP (a)", "known"},
    {"SELECT a FROM t GROUP BY GROUPING SETS ((a), ())", "known"},
    {"SELECT a FROM t UNION SELECT b FROM u", "known"},
    {"SELECT a FROM (SELECT a FROM t EXCEPT SELECT b FROM u) s", "known"},
    {"UPDATE t SET a = 1 RETURNING a", "known writes keeps"},
    {"UPDATE t SET a = 1 RETURNING old.a", "known writes"},
    {"DELETE FROM t RETURNING new.*", "known writes"},
    /* expressions that have a value */
    {"SELECT a, count(*), count(b)::int, EXISTS (SELECT FROM u) FROM t",
     "known keeps #2 #3 #4 count() count()"},
    {"SELECT coalesce(sum(a), 0), coalesce(a, NULL), sum(a), NULL FROM t",
     "known keeps #1 sum() sum()"},
    {"SELECT 1, t.*, 2, * , a, 3 FROM t", "known keeps #1 #-1"},
    {"SELECT count(*)::mine, pg_catalog.count(*), my.count(*) FROM t",
     "known keeps #2 count() count() count()"},
    /* limits */
    {"SELECT a FROM t LIMIT 5", "known keeps limit="},
    {"SELECT a FROM t LIMIT $1::int", "known keeps limit="},
    {"SELECT a FROM t ORDER BY a FETCH FIRST 3 ROWS WITH TIES", "known keeps limit"},
    {"SELECT a FROM t OFFSET 5", "known keeps"},
    {"SELECT a FROM t LIMIT (SELECT 5)", "known keeps limit"},
    {"SELECT a FROM t ORDER BY a FETCH FIRST $1 ROWS WITH TIES", "known keeps limit"},
    {"SELECT a FROM t LIMIT ALL", "known keeps limit"},
    /* order */
    {"SELECT a FROM t ORDER BY a", "known keeps ^a"},
    {"SELECT a, b FROM s.t x ORDER BY x.b DESC, 1 DESC", "known keeps vx.b v1"},
    {"SELECT a FROM ONLY t WHERE b = $1 ORDER BY a ASC", "known keeps ^a"},
    {"SELECT lower(a) AS l, a FROM t ORDER BY a", "known keeps lower() ^a"},
    {"SELECT a, b FROM t ORDER BY a, b DESC", "known keeps"},
    {"SELECT a FROM t ORDER BY lower(a)", "known keeps"},
    {"SELECT a FROM t ORDER BY a NULLS FIRST", "known keeps"},
    {"SELECT a FROM t ORDER BY a USING <", "known keeps"},
    {"SELECT a FROM t ORDER BY a COLLATE \"C\"", "known keeps"},
    {"SELECT a FROM t ORDER BY s.t.a", "known keeps"},
    {"SELECT a FROM t ORDER BY (a).b", "known keeps"},
    {"SELECT a FROM t AS x (b) ORDER BY b", "known keeps"},
    {"SELECT a FROM t, u ORDER BY a", "known keeps"},
    {"SELECT a FROM f() ORDER BY a", "known keeps"},
    {"SELECT a FROM t TABLESAMPLE SYSTEM (1) ORDER BY a", "known keeps"},
    {"SELECT DISTINCT a FROM t ORDER BY a", "known keeps"},
    {"SELECT a FROM t GROUP BY a ORDER BY a", "known keeps"},
    {"SELECT a FROM t ORDER BY a LIMIT 1", "known keeps limit="},
    {"SELECT a FROM t ORDER BY a OFFSET 1", "known keeps"},
    {"SELECT a FROM t ORDER BY a FOR UPDATE", "known locks keeps"},
    {"SELECT a, rank() OVER (ORDER BY a) FROM t ORDER BY a", "known keeps rank()"},
    {"WITH n AS (SELECT 1) SELECT a FROM t ORDER BY a", "known keeps"},
    {"SELECT a FROM t UNION SELECT a FROM u ORDER BY a", "known"},
};

static void statements_have_facts(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(QueryFacts) facts = query_facts_new(cases[i].sql);
        g_autofree char *text = print_facts(facts);
        g_test_message("%s", cases[i].sql);
        g_assert_cmpstr(text, ==, cases[i].facts);
    }
}

static void order_begins_outside_parentheses(void)
{
    static const char sql[] = "SELECT a, (SELECT b FROM u ORDER BY b LIMIT 1) AS \"order by\"\n"
                              "  FROM t -- order by\n"
                              " ORDER -- so\n BY a";
    g_autoptr(QueryFacts) facts = query_facts_new(sql);
    g_assert_nonnull(facts->order);
    g_assert_true(g_str_has_prefix(sql + facts->order_at, "ORDER -- so"));
}

/* Deep enough to overrun the parser's stack. */
static void endless_expressions_are_unknown(void)
{
    for (unsigned count = 1000; count <= 1000000; count *= 10) {
        g_autoptr(GString) sql = g_string_new("SELECT 1");
        for (unsigned i = 0; i < count; i++)
            g_string_append(sql, "+1");
        g_autoptr(QueryFacts) facts = query_facts_new(sql->str);
        g_assert_cmpint(facts->known, ==, count == 1000);
        g_assert_false(facts->keeps && !facts->known);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/query_facts/statements", statements_have_facts);
    g_test_add_func("/query_facts/order_at", order_begins_outside_parentheses);
    g_test_add_func("/query_facts/endless", endless_expressions_are_unknown);
    return g_test_run();
}
