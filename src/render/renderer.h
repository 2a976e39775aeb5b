/*
 * How each kind of object is written: one row of functions a kind.
 *
 * A new kind is a file with its row, the row's name here, and a line in render.c.
 */
#pragma once
#include "render/rendering.h"

typedef void (*RenderFunction)(Rendering *rendering, const Change *change);

typedef struct Renderer {
    char *(*describe)(const Object *object); /* as COMMENT ON and most of DROP and ALTER take it */
    RenderFunction create;
    RenderFunction drop;                           /* NULL: DROP and what describe says */
    RenderFunction alter;                          /* NULL: nothing of it can be altered in place */
    RenderFunction replace;                        /* NULL: nothing like CREATE OR REPLACE */
    RenderFunction rename;                         /* NULL: ALTER, what describe says, RENAME TO */
    char *(*set_aside_loss)(const Change *change); /* (nullable): what its successor loses, as
                                                      RenderedStatement.loss */
    char *(*grant_target)(const Object *object);   /* NULL: what describe says */
    const char *(*usual_comment)(const Object *object); /* NULL: a new object has none */
    RenderFunction uncomment; /* NULL: the comment becomes the usual one, or none */
} Renderer;

extern const Renderer schema_renderer;
extern const Renderer extension_renderer;
extern const Renderer enum_renderer;
extern const Renderer domain_renderer;
extern const Renderer domain_check_renderer;
extern const Renderer sequence_renderer;
extern const Renderer function_renderer;
extern const Renderer table_renderer;
extern const Renderer column_renderer;
extern const Renderer default_renderer;
extern const Renderer owned_by_renderer;
extern const Renderer constraint_renderer;
extern const Renderer index_renderer;
extern const Renderer view_renderer;
extern const Renderer materialized_view_renderer;
extern const Renderer view_column_renderer;
extern const Renderer trigger_renderer;

/* Appends what @change says, as the row of the object's kind does it. */
void rendering_append_change(Rendering *rendering, const Change *change);

/* Whether @change sets @attribute. */
static inline bool change_sets(const Change *change, unsigned attribute)
{
    return (change->attributes & 1U << attribute) != 0;
}
