/*
 * The text of pg_dump --schema-only, cut into objects that can be compared.
 *
 * Two databases with the same schema give equal lists: columns, grants and the statements behind
 * a table are sorted, owners are left out, their names in grants are OWNER. What the settings
 * between objects say of tablespaces and access methods is a line of the object. It is text in
 * and values out; pg_dump's own comments say where an object begins and of what type it is.
 *
 * Source: pg_backup_archiver.c, _printTocEntry().
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct DumpObject {
    char *type;   /* as pg_dump calls it: TABLE, FK CONSTRAINT, ACL, COMMENT … */
    char *schema; /* "" if it is in none */
    char *name;   /* as pg_dump shows it: "item item_pkey" of a constraint */
    char *text;   /* normalised, lines without an empty one at either end */
} DumpObject;

typedef struct DumpOptions {
    const char *const *excluded; /* (nullable): patterns over schema.name, left out with their
                                    parts; of a schema "s" also the pattern s.* */
    const char *version_table;   /* (nullable): schema.name, left out */
    bool everything;             /* also what the catalog reader knows as KIND_OTHER */
} DumpOptions;

/**
 * dump_cut:
 * @out_left_out: (element-type char*): types of objects that were left out because they are
 *   not managed, sorted, each once
 *
 * Returns: (transfer full) (element-type DumpObject): sorted by type, schema, name, text.
 */
GPtrArray *dump_cut(const char *text, const DumpOptions *options, GPtrArray **out_left_out);

DumpObject *dump_object_new(const char *type, const char *schema, const char *name,
                            const char *text);
void dump_object_free(void *object);

/* By type, schema, name: the same object. A GCompareFunc for pointers to pointers is below. */
int dump_object_compare_names(const DumpObject *a, const DumpObject *b);

/* (transfer full): as messages name it: TABLE public.item, COMMENT ON COLUMN item.name. */
char *dump_object_describe(const DumpObject *object);
