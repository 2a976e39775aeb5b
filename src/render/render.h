/*
 * Changes turned into SQL statements, as a reviewer likes to read them.
 *
 * Pure and deterministic: the same changes give the same bytes. Names in the schema public are
 * written unqualified, all others qualified; names are quoted only where they must be. How each
 * kind is written stands in a file of its own: see render/renderer.h.
 */
#pragma once
#include "diff/change.h"
#include "schema/schema.h"

typedef struct RenderedStatement {
    const Change *change;     /* borrowed: what it is a part of */
    char *sql;                /* without a semicolon; may span lines */
    char *group;              /* what it is about: a relation with all that hangs on it, or
                                 another object; statements of one group read as one */
    char *loss;               /* (nullable): what data it loses, on one line: "drops table item
                                 with its rows" */
    char *risk;               /* (nullable): which rows it fails for, on one line: "a value of
                                 column item.price may be too large for integer" */
    bool outside_transaction; /* no transaction may hold it */
    bool ends_step;           /* what it makes can be used only when its transaction is over */
} RenderedStatement;

void rendered_statement_free(RenderedStatement *statement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RenderedStatement, rendered_statement_free)

/**
 * render_changes:
 * @changes: (element-type Change): in the order in which they shall be made
 * @from, @to: (nullable): the schemas that were compared; they tell where a name that the server
 * would choose by itself is taken, so that it has to be written out
 *
 * Returns: (element-type RenderedStatement) (transfer full): in order.
 */
GPtrArray *render_changes(const GPtrArray *changes, const Schema *from, const Schema *to);

/**
 * render_describe:
 *
 * Returns: (transfer full): the object as COMMENT ON takes it: TABLE item, FUNCTION f(integer),
 *   CONSTRAINT item_check ON item, COLUMN item.price.
 */
char *render_describe(const Object *object);
