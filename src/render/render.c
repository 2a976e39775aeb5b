#include "render/render.h"

#include "render/grant.h"
#include "render/renderer.h"
#include "render/text.h"

static const Renderer *const renderers[] = {
    [KIND_SCHEMA] = &schema_renderer,
    [KIND_EXTENSION] = &extension_renderer,
    [KIND_ENUM] = &enum_renderer,
    [KIND_DOMAIN] = &domain_renderer,
    [KIND_DOMAIN_CHECK] = &domain_check_renderer,
    [KIND_SEQUENCE] = &sequence_renderer,
    [KIND_FUNCTION] = &function_renderer,
    [KIND_TABLE] = &table_renderer,
    [KIND_COLUMN] = &column_renderer,
    [KIND_DEFAULT] = &default_renderer,
    [KIND_OWNED_BY] = &owned_by_renderer,
    [KIND_CONSTRAINT] = &constraint_renderer,
    [KIND_INDEX] = &index_renderer,
    [KIND_VIEW] = &view_renderer,
    [KIND_MATERIALIZED_VIEW] = &materialized_view_renderer,
    [KIND_VIEW_COLUMN] = &view_column_renderer,
    [KIND_TRIGGER] = &trigger_renderer,
    [KIND_OTHER] = NULL, /* not managed: no change is ever made of it */
};
G_STATIC_ASSERT(G_N_ELEMENTS(renderers) == KIND_COUNT);

static const Renderer *renderer_of(const Object *object)
{
    const Renderer *renderer = renderers[object->kind];
    g_assert(renderer != NULL);
    return renderer;
}

char *render_describe(const Object *object)
{
    return renderer_of(object)->describe(object);
}

/* @object under another name, which may lie in another relation or schema by now. */
static Object *copy_renamed(const Object *object, const Object *place, const char *name)
{
    size_t size = sizeof(Object) + kind_attribute_count(object->kind) * sizeof(const char *);
    Object *copy = g_memdup2(object, size);
    copy->schema = place->schema;
    copy->relation = place->relation;
    copy->name = name;
    return copy;
}

static void append_drop(Rendering *rendering, const Change *change)
{
    const Renderer *renderer = renderer_of(change->from);
    if (renderer->drop != NULL) {
        renderer->drop(rendering, change);
        return;
    }
    g_autofree char *what = renderer->describe(change->from);
    rendering_add(rendering, change->from, "DROP %s", what);
}

/* What @change renames lies where the new object does: containers are renamed first. */
static void append_rename(Rendering *rendering, const Change *change)
{
    const Renderer *renderer = renderer_of(change->to);
    g_autofree Object *old = copy_renamed(change->from, change->to, change->from->name);
    const Change rename = {.action = CHANGE_RENAME, .from = old, .to = change->to};
    if (renderer->rename != NULL) {
        renderer->rename(rendering, &rename);
        return;
    }
    g_autofree char *what = renderer->describe(old);
    rendering_add(rendering, change->to, "ALTER %s RENAME TO %I", what, change->to->name);
}

static void append_set_aside(Rendering *rendering, const Change *change)
{
    const Renderer *renderer = renderer_of(change->from);
    g_autofree char *name = names_aside(change->from->name);
    g_autofree char *what = renderer->describe(change->from);
    RenderedStatement *statement =
        rendering_add(rendering, change->from, "ALTER %s RENAME TO %I", what, name);
    if (renderer->set_aside_loss != NULL && change->to != NULL)
        statement_take_loss(statement, renderer->set_aside_loss(change));
}

static void append_drop_aside(Rendering *rendering, const Change *change)
{
    g_autofree char *name = names_aside(change->from->name);
    g_autofree Object *aside = copy_renamed(change->from, change->from, name);
    g_autofree char *what = render_describe(aside);
    rendering_add(rendering, change->from, "DROP %s", what);
}

static void append_comment(Rendering *rendering, const Change *change)
{
    const Renderer *renderer = renderer_of(change->to);
    const char *comment = change->to->comment;
    if (comment == NULL && (change->from == NULL || renderer->uncomment != NULL)) {
        if (change->from != NULL)
            renderer->uncomment(rendering, change);
        return;
    }
    if (comment == NULL && renderer->usual_comment != NULL)
        comment = renderer->usual_comment(change->to);
    if (comment != NULL && *comment == '\0')
        comment = NULL; /* the server knows no empty comment */
    g_autofree char *what = renderer->describe(change->to);
    rendering_add(rendering, change->to, "COMMENT ON %s IS %L", what, comment);
}

static void append_grants(Rendering *rendering, const Change *change)
{
    const Renderer *renderer = renderer_of(change->to);
    g_autofree char *target = renderer->grant_target != NULL ? renderer->grant_target(change->to)
                                                             : renderer->describe(change->to);
    grant_append_changes(rendering, change, target);
}

void rendering_append_change(Rendering *rendering, const Change *change)
{
    const Renderer *renderer = renderer_of(change_object(change));
    switch (change->action) {
    case CHANGE_DROP:
        append_drop(rendering, change);
        break;
    case CHANGE_CREATE:
        renderer->create(rendering, change);
        break;
    case CHANGE_ALTER:
        g_assert(renderer->alter != NULL);
        renderer->alter(rendering, change);
        break;
    case CHANGE_REPLACE:
        g_assert(renderer->replace != NULL);
        renderer->replace(rendering, change);
        break;
    case CHANGE_RENAME:
        append_rename(rendering, change);
        break;
    case CHANGE_SET_ASIDE:
        append_set_aside(rendering, change);
        break;
    case CHANGE_DROP_ASIDE:
        append_drop_aside(rendering, change);
        break;
    case CHANGE_COMMENT:
        append_comment(rendering, change);
        break;
    case CHANGE_GRANTS:
        append_grants(rendering, change);
        break;
    }
}

GPtrArray *render_changes(const GPtrArray *changes, const Schema *from, const Schema *to)
{
    g_autoptr(NameUse) names = name_use_new(from, to);
    Rendering rendering = {
        .statements = g_ptr_array_new_with_free_func((GDestroyNotify)rendered_statement_free),
        .names = names,
        .from = from,
        .to = to,
    };
    for (unsigned i = 0; i < changes->len; i++) {
        rendering.change = g_ptr_array_index(changes, i);
        rendering_append_change(&rendering, rendering.change);
    }
    return rendering.statements;
}
