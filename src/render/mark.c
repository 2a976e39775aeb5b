#include "render/mark.h"

#include "render/renderer.h"
#include "render/text.h"

/* ALTER TABLE item */
static char *alter_relation(const Object *object)
{
    const Object *parent = object->parent;
    bool materialized = parent != NULL && parent->kind == KIND_MATERIALIZED_VIEW;
    g_autofree char *name = text_relation(object);
    return g_strconcat(materialized ? "ALTER MATERIALIZED VIEW " : "ALTER TABLE ", name, NULL);
}

static void cluster_on(Rendering *rendering, const Object *object)
{
    g_autofree char *start = alter_relation(object);
    rendering_add(rendering, object, "%s CLUSTER ON %I", start, object->name);
}

static void identify_by(Rendering *rendering, const Object *object)
{
    g_autofree char *start = alter_relation(object);
    rendering_add(rendering, object, "%s REPLICA IDENTITY USING INDEX %I", start, object->name);
}

void mark_append(Rendering *rendering, const Object *object, unsigned clustered,
                 unsigned replica_identity)
{
    if (object_flag(object, clustered))
        cluster_on(rendering, object);
    if (object_flag(object, replica_identity))
        identify_by(rendering, object);
}

/* Whether an object of @kind in the relation that @object is in has the @mark. */
static bool is_marked(const Schema *schema, const Object *object, ObjectKind kind, unsigned mark)
{
    const GPtrArray *others = schema_objects(schema, kind);
    for (unsigned i = 0; i < others->len; i++) {
        const Object *other = g_ptr_array_index(others, i);
        if (other->parent == object->parent && object_flag(other, mark))
            return true;
    }
    return false;
}

/* Whether the relation has the mark on another of its indexes, be it a constraint's. */
static bool has_moved(const Schema *schema, const Object *object, unsigned on_index,
                      unsigned on_constraint)
{
    return schema != NULL && (is_marked(schema, object, KIND_INDEX, on_index) ||
                              is_marked(schema, object, KIND_CONSTRAINT, on_constraint));
}

void mark_append_changes(Rendering *rendering, const Change *change, unsigned clustered,
                         unsigned replica_identity)
{
    const Object *to = change->to;
    const Schema *schema = rendering->to;
    g_autofree char *start = alter_relation(to);
    if (change_sets(change, clustered)) {
        if (object_flag(to, clustered))
            cluster_on(rendering, to);
        else if (!has_moved(schema, to, INDEX_CLUSTERED, CONSTRAINT_CLUSTERED))
            rendering_add(rendering, to, "%s SET WITHOUT CLUSTER", start);
    }
    if (change_sets(change, replica_identity)) {
        if (object_flag(to, replica_identity))
            identify_by(rendering, to);
        else if (!has_moved(schema, to, INDEX_REPLICA_IDENTITY, CONSTRAINT_REPLICA_IDENTITY))
            rendering_add(rendering, to, "%s REPLICA IDENTITY DEFAULT", start);
    }
}
