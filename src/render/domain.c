#include "render/renderer.h"
#include "render/text.h"

/* Domains and their checks. */

static char *describe_domain(const Object *domain)
{
    g_autofree char *name = text_name(domain);
    return g_strconcat("DOMAIN ", name, NULL);
}

static void append_check(GString *sql, const Object *check)
{
    sql_append(sql, "CONSTRAINT %I %s", check->name, object_value(check, DOMAIN_CHECK_DEFINITION));
}

static void add_check(Rendering *rendering, const Object *check)
{
    g_autofree char *domain = text_relation(check);
    g_autoptr(GString) sql = g_string_new(NULL);
    append_check(sql, check);
    if (!object_flag(check, DOMAIN_CHECK_VALID))
        sql_append(sql, " NOT VALID");
    rendering_add(rendering, check, "ALTER DOMAIN %s\n    ADD %s", domain, sql->str);
}

static bool is_valid_check(const Change *change)
{
    return change->action == CHANGE_CREATE && change->to->kind == KIND_DOMAIN_CHECK &&
           object_flag(change->to, DOMAIN_CHECK_VALID);
}

static void append_clauses(GString *sql, const Object *domain)
{
    const char *collation = object_value(domain, DOMAIN_COLLATION);
    const char *standard = object_value(domain, DOMAIN_DEFAULT);
    if (collation != NULL)
        sql_append(sql, " COLLATE %s", collation);
    if (standard != NULL) {
        sql_append(sql, " DEFAULT ");
        text_append_expression(sql, standard);
    }
    if (object_flag(domain, DOMAIN_NOT_NULL))
        sql_append(sql, " NOT NULL");
}

static void create_domain(Rendering *rendering, const Change *change)
{
    const Object *domain = change->to;
    unsigned count = change->inside != NULL ? change->inside->len : 0;
    g_autofree char *name = text_name(domain);
    g_autoptr(GString) sql = g_string_new(NULL);
    append_clauses(sql, domain);
    for (unsigned i = 0; i < count; i++) {
        const Change *inside = g_ptr_array_index(change->inside, i);
        if (!is_valid_check(inside))
            continue;
        sql_append(sql, "\n    ");
        append_check(sql, inside->to);
    }
    rendering_add(rendering, domain, "CREATE DOMAIN %s AS %s%s", name,
                  object_value(domain, DOMAIN_TYPE), sql->str);
    for (unsigned i = 0; i < count; i++)
        if (!is_valid_check(g_ptr_array_index(change->inside, i)))
            rendering_append_change(rendering, g_ptr_array_index(change->inside, i));
}

static void alter_domain(Rendering *rendering, const Change *change)
{
    const Object *to = change->to;
    const char *standard = object_value(to, DOMAIN_DEFAULT);
    g_autofree char *name = text_name(to);
    if (change_sets(change, DOMAIN_DEFAULT) && standard == NULL)
        rendering_add(rendering, to, "ALTER DOMAIN %s DROP DEFAULT", name);
    if (change_sets(change, DOMAIN_DEFAULT) && standard != NULL)
        rendering_add(rendering, to, "ALTER DOMAIN %s SET DEFAULT %s", name, standard);
    if (change_sets(change, DOMAIN_NOT_NULL))
        rendering_add(rendering, to, "ALTER DOMAIN %s %s NOT NULL", name,
                      object_flag(to, DOMAIN_NOT_NULL) ? "SET" : "DROP");
}

const Renderer domain_renderer = {
    .describe = describe_domain, .create = create_domain, .alter = alter_domain};

static char *describe_check(const Object *check)
{
    g_autofree char *domain = text_relation(check);
    g_autofree char *name = sql_quote_identifier(check->name);
    return g_strconcat("CONSTRAINT ", name, " ON DOMAIN ", domain, NULL);
}

static void create_check(Rendering *rendering, const Change *change)
{
    add_check(rendering, change->to);
}

static void drop_check(Rendering *rendering, const Change *change)
{
    g_autofree char *domain = text_relation(change->from);
    rendering_add(rendering, change->from, "ALTER DOMAIN %s DROP CONSTRAINT %I", domain,
                  change->from->name);
}

/* Only from NOT VALID to valid is there a way in place. */
static void alter_check(Rendering *rendering, const Change *change)
{
    g_autofree char *domain = text_relation(change->to);
    rendering_add(rendering, change->to, "ALTER DOMAIN %s VALIDATE CONSTRAINT %I", domain,
                  change->to->name);
}

static void rename_check(Rendering *rendering, const Change *change)
{
    g_autofree char *domain = text_relation(change->to);
    rendering_add(rendering, change->to, "ALTER DOMAIN %s RENAME CONSTRAINT %I TO %I", domain,
                  change->from->name, change->to->name);
}

const Renderer domain_check_renderer = {
    .describe = describe_check,
    .create = create_check,
    .drop = drop_check,
    .alter = alter_check,
    .rename = rename_check,
};
