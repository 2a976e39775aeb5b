#include "serve/role_check.h"

#include "pg/transaction.h"
#include "serve_queries.h"
#include "sql/quote.h"

#include <string.h>

/* Columns of role_rights.sql. */
enum { RIGHT_KIND, RIGHT_ROLE, RIGHT_OBJECT, RIGHT_NUMBER, RIGHT_NAME };

/* A row of it, as text. */
typedef struct Right {
    const char *role;   /* that has it; "" for PUBLIC */
    const char *object; /* "" if there is none */
    const char *number;
    const char *name; /* of the server's role */
    bool own;         /* it is the server's role itself */
} Right;

static void finding_free(void *data)
{
    RoleFinding *finding = data;
    g_free(finding->message);
    g_free(finding->mend);
    g_free(finding);
}

GPtrArray *role_findings_new(void)
{
    return g_ptr_array_new_with_free_func(finding_free);
}

void role_finding_add(GPtrArray *findings, bool refused, const char *message, const char *mend)
{
    RoleFinding *finding = g_new(RoleFinding, 1);
    *finding =
        (RoleFinding){.refused = refused, .message = g_strdup(message), .mend = g_strdup(mend)};
    g_ptr_array_add(findings, finding);
}

static void add(GPtrArray *findings, bool refused, const GString *message, const GString *mend)
{
    role_finding_add(findings, refused, message->str, mend->str);
}

/* How a role of its own for the server is made. */
static bool append_new_role(Database *db, GString *mend, GError **error)
{
    g_autoptr(PGresult) schemas = database_query(db, sql_role_schemas, NULL, 0, error);
    if (schemas == NULL)
        return false;
    sql_append(mend, "CREATE ROLE app LOGIN PASSWORD 'secret';");
    for (int i = 0; i < PQntuples(schemas); i++) {
        const char *schema = PQgetvalue(schemas, i, 0);
        sql_append(mend, "\nGRANT USAGE ON SCHEMA %s TO app;", schema);
        sql_append(mend,
                   "\nGRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %s TO app;",
                   schema);
        sql_append(mend, "\nGRANT USAGE ON ALL SEQUENCES IN SCHEMA %s TO app;", schema);
    }
    sql_append(mend, "\n-- and name that role in SERVE_DATABASE_URL");
    return true;
}

static bool add_superuser(Database *db, GPtrArray *findings, const Right *right, GError **error)
{
    g_autoptr(GString) message = g_string_new(NULL);
    g_autoptr(GString) mend = g_string_new(NULL);
    if (right->own)
        g_string_printf(message, "role \"%s\" is a superuser", right->name);
    else
        g_string_printf(message, "role \"%s\" is a member of the superuser \"%s\"", right->name,
                        right->role);
    if (!right->own)
        sql_append(mend, "REVOKE %I FROM %I;", right->role, right->name);
    else if (!append_new_role(db, mend, error))
        return false;
    add(findings, true, message, mend);
    return true;
}

static bool add_owner(Database *db, GPtrArray *findings, const Right *right, GError **error)
{
    g_autoptr(GString) message = g_string_new(NULL);
    g_autoptr(GString) mend = g_string_new(NULL);
    g_string_printf(message, "role \"%s\" ", right->name);
    if (!right->own)
        g_string_append_printf(message, "is a member of \"%s\", which ", right->role);
    g_string_append_printf(message, "owns %s", right->object);
    if (!g_str_equal(right->number, "1"))
        g_string_append_printf(message, " and others, %s in all", right->number);
    if (!right->own)
        sql_append(mend, "REVOKE %I FROM %I;", right->role, right->name);
    else if (!append_new_role(db, mend, error))
        return false;
    add(findings, true, message, mend);
    return true;
}

static bool add_create(Database *db G_GNUC_UNUSED, GPtrArray *findings, const Right *right,
                       GError **error G_GNUC_UNUSED)
{
    g_autoptr(GString) message = g_string_new(NULL);
    g_autoptr(GString) mend = g_string_new(NULL);
    g_string_printf(message, "role \"%s\" may create in %s", right->name, right->object);
    if (*right->role == '\0')
        g_string_append(message, ", as everybody may");
    else if (!right->own)
        g_string_append_printf(message, " as a member of \"%s\"", right->role);
    bool schema = g_str_has_prefix(right->object, "schema ");
    sql_append(mend, "REVOKE CREATE ON %s%s FROM ", schema ? "SCHEMA" : "DATABASE",
               strchr(right->object, ' '));
    if (*right->role == '\0')
        sql_append(mend, "PUBLIC;");
    else
        sql_append(mend, "%I;", right->role);
    add(findings, true, message, mend);
    return true;
}

static bool add_attribute(Database *db G_GNUC_UNUSED, GPtrArray *findings, const Right *right,
                          GError **error G_GNUC_UNUSED)
{
    static const struct {
        const char *name, *meaning;
    } attributes[] = {
        {"BYPASSRLS", "row-level security does not hold for it"},
        {"REPLICATION", "it can copy the whole cluster"},
        {"CREATEROLE", "it can make itself a member of other roles"},
        {"CREATEDB", "it can make databases"},
    };
    g_autoptr(GString) message = g_string_new(NULL);
    g_autoptr(GString) mend = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++)
        if (g_str_equal(attributes[i].name, right->object))
            g_string_printf(message, "role \"%s\" has %s: %s", right->name, right->object,
                            attributes[i].meaning);
    g_autofree char *opposite = g_strconcat("NO", right->object, NULL);
    sql_append(mend, "ALTER ROLE %I %s;", right->name, opposite);
    add(findings, false, message, mend);
    return true;
}

static bool add_predefined(Database *db G_GNUC_UNUSED, GPtrArray *findings, const Right *right,
                           GError **error G_GNUC_UNUSED)
{
    g_autoptr(GString) message = g_string_new(NULL);
    g_autoptr(GString) mend = g_string_new(NULL);
    g_string_printf(message,
                    "role \"%s\" is a member of \"%s\", which reaches the server's machine",
                    right->name, right->role);
    sql_append(mend, "REVOKE %I FROM %I;", right->role, right->name);
    add(findings, false, message, mend);
    return true;
}

/* By the first column of the query. */
static const struct {
    const char *kind;
    bool (*add)(Database *db, GPtrArray *findings, const Right *right, GError **error);
} adders[] = {
    {"superuser", add_superuser}, {"owner", add_owner},           {"create", add_create},
    {"attribute", add_attribute}, {"predefined", add_predefined},
};

static bool add_row(Database *db, GPtrArray *findings, const PGresult *rows, int row,
                    GError **error)
{
    Right right = {
        .role = PQgetvalue(rows, row, RIGHT_ROLE),
        .object = PQgetvalue(rows, row, RIGHT_OBJECT),
        .number = PQgetvalue(rows, row, RIGHT_NUMBER),
        .name = PQgetvalue(rows, row, RIGHT_NAME),
    };
    right.own = g_str_equal(right.role, right.name);
    for (size_t i = 0; i < G_N_ELEMENTS(adders); i++)
        if (g_str_equal(adders[i].kind, PQgetvalue(rows, row, RIGHT_KIND)))
            return adders[i].add(db, findings, &right, error);
    g_assert_not_reached();
}

GPtrArray *role_check(Database *db, GError **error)
{
    g_autoptr(GPtrArray) findings = role_findings_new();
    g_autoptr(Transaction) transaction = transaction_begin_mode(db, "READ ONLY", error);
    if (transaction == NULL || !database_execute(db, "SET LOCAL search_path = pg_catalog", error))
        return NULL;
    g_autoptr(PGresult) rows = database_query(db, sql_role_rights, NULL, 0, error);
    if (rows == NULL)
        return NULL;
    for (int row = 0; row < PQntuples(rows); row++)
        if (!add_row(db, findings, rows, row, error))
            return NULL;
    return g_steal_pointer(&findings);
}

char *role_check_text(const GPtrArray *findings, bool refused)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < findings->len; i++) {
        const RoleFinding *finding = findings->pdata[i];
        if (finding->refused != refused)
            continue;
        g_auto(GStrv) lines = g_strsplit(finding->mend, "\n", -1);
        g_autofree char *mend = g_strjoinv("\n      ", lines);
        g_string_append_printf(text, "%s%s\nhint: %s", text->len > 0 ? "\n" : "", finding->message,
                               mend);
    }
    return text->len > 0 ? g_strdup(text->str) : NULL;
}
