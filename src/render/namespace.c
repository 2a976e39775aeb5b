#include "render/renderer.h"
#include "render/text.h"

#include <string.h>

/* Schemas, and extensions, which bring objects of their own. */

static char *describe_schema(const Object *schema)
{
    g_autofree char *name = sql_quote_identifier(schema->name);
    return g_strconcat("SCHEMA ", name, NULL);
}

static bool is_public(const Object *schema)
{
    return strcmp(schema->name, "public") == 0;
}

/* That of public is no difference, as long as it is there; see the query of comments. */
static const char *usual_comment(const Object *schema)
{
    return is_public(schema) ? "standard public schema" : NULL;
}

/* Made by hand, public has not what it has in every new database, from version 15 on. */
static void create_schema(Rendering *rendering, const Change *change)
{
    const Object *schema = change->to;
    rendering_add(rendering, schema, "CREATE SCHEMA %I", schema->name);
    if (!is_public(schema))
        return;
    if (schema->comment == NULL)
        rendering_add(rendering, schema, "COMMENT ON SCHEMA public IS %L", usual_comment(schema));
    rendering_add(rendering, schema, "GRANT USAGE ON SCHEMA public TO PUBLIC");
}

const Renderer schema_renderer = {
    .describe = describe_schema, .create = create_schema, .usual_comment = usual_comment};

static char *describe_extension(const Object *extension)
{
    g_autofree char *name = sql_quote_identifier(extension->name);
    return g_strconcat("EXTENSION ", name, NULL);
}

/* In public is where it goes by itself. */
static void create_extension(Rendering *rendering, const Change *change)
{
    const char *schema = object_value(change->to, EXTENSION_SCHEMA);
    if (strcmp(schema, "public") == 0)
        rendering_add(rendering, change->to, "CREATE EXTENSION %I", change->to->name);
    else
        rendering_add(rendering, change->to, "CREATE EXTENSION %I WITH SCHEMA %s", change->to->name,
                      schema);
}

static void alter_extension(Rendering *rendering, const Change *change)
{
    rendering_add(rendering, change->to, "ALTER EXTENSION %I SET SCHEMA %s", change->to->name,
                  object_value(change->to, EXTENSION_SCHEMA));
}

/* Its tables and types go with it. */
static void drop_extension(Rendering *rendering, const Change *change)
{
    RenderedStatement *statement =
        rendering_add(rendering, change->from, "DROP EXTENSION %I", change->from->name);
    g_autofree char *name = sql_quote_identifier(change->from->name);
    statement_set_loss(statement, "drops extension %s with the data of its own tables", name);
}

/* What CREATE EXTENSION says of it stands in its files, and differs from version to version. */
static void uncomment_extension(Rendering *rendering, const Change *change)
{
    g_autoptr(GString) body = g_string_new(NULL);
    sql_append(body,
               "BEGIN EXECUTE (SELECT format('COMMENT ON EXTENSION %%I IS %%L', name, comment)"
               " FROM pg_available_extensions WHERE name = %L); END",
               change->to->name);
    rendering_add(rendering, change->to, "DO %L", body->str);
}

const Renderer extension_renderer = {
    .describe = describe_extension,
    .create = create_extension,
    .alter = alter_extension,
    .drop = drop_extension,
    .uncomment = uncomment_extension,
};
