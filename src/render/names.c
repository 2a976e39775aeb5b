#include "render/names.h"

#include "schema/list.h"

#include <string.h>

#define NAME_BYTES 63 /* NAMEDATALEN - 1 */

struct NameUse {
    GHashTable *owners; /* schema, line feed, name → identity; "" if several have it */
};

static char *key_of(const Object *object)
{
    return g_strconcat(object->schema, "\n", object->name, NULL);
}

static void note_objects(NameUse *names, const Schema *schema, ObjectKind kind)
{
    const GPtrArray *objects = schema_objects(schema, kind);
    for (unsigned i = 0; i < objects->len; i++) {
        const Object *object = g_ptr_array_index(objects, i);
        g_autofree char *key = key_of(object);
        const char *known = g_hash_table_lookup(names->owners, key);
        if (known == NULL)
            g_hash_table_insert(names->owners, g_steal_pointer(&key), (void *)object->identity);
        else if (strcmp(known, object->identity) != 0)
            g_hash_table_insert(names->owners, g_steal_pointer(&key), (void *)"");
    }
}

NameUse *name_use_new(const Schema *from, const Schema *to)
{
    static const ObjectKind kinds[] = {KIND_TABLE,       KIND_SEQUENCE,          KIND_VIEW,
                                       KIND_INDEX,       KIND_MATERIALIZED_VIEW, KIND_CONSTRAINT,
                                       KIND_DOMAIN_CHECK};
    NameUse *names = g_new0(NameUse, 1);
    names->owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (from != NULL)
            note_objects(names, from, kinds[i]);
        if (to != NULL)
            note_objects(names, to, kinds[i]);
    }
    return names;
}

void name_use_free(NameUse *names)
{
    if (names == NULL)
        return;
    g_hash_table_unref(names->owners);
    g_free(names);
}

bool name_is_free(const NameUse *names, const Object *object)
{
    g_autofree char *key = key_of(object);
    const char *owner = g_hash_table_lookup(names->owners, key);
    return owner == NULL || strcmp(owner, object->identity) == 0;
}

/* The most bytes of @name, @bytes at most, that do not cut a character. */
static size_t clip(const char *name, size_t bytes)
{
    size_t length = MIN(strlen(name), bytes);
    while (length > 0 && (name[length] & 0xC0) == 0x80)
        length--;
    return length;
}

char *names_aside(const char *name)
{
    static const char mark[] = "__old";
    size_t length = clip(name, NAME_BYTES - strlen(mark));
    g_autofree char *start = g_strndup(name, length);
    return g_strconcat(start, mark, NULL);
}

/* The word behind the names that the server chooses for this type of constraint, or NULL. */
static const char *usual_label(const char *type)
{
    switch (type[0]) {
    case 'p':
        return "pkey";
    case 'u':
        return "key";
    case 'f':
        return "fkey";
    case 'c':
        return "check";
    default:
        return NULL;
    }
}

bool names_constraint_is_usual(const Object *constraint)
{
    const char *type = object_value(constraint, CONSTRAINT_TYPE);
    const char *label = usual_label(type);
    const char *definition = object_value(constraint, CONSTRAINT_DEFINITION);
    /* The server names a unique constraint after its INCLUDE columns, too: rare, left alone. */
    if (label == NULL || (type[0] == 'u' && strstr(definition, " INCLUDE (") != NULL))
        return false;
    g_auto(GStrv) columns = list_parse(object_value(constraint, CONSTRAINT_COLUMNS));
    g_autofree char *words = g_strjoinv("_", columns);
    bool by_table = type[0] == 'p' || (type[0] == 'c' && g_strv_length(columns) != 1);
    g_autofree char *usual = by_table
                                 ? g_strconcat(constraint->relation, "_", label, NULL)
                                 : g_strconcat(constraint->relation, "_", words, "_", label, NULL);
    /* A longer one is shortened by rules that are not worth copying for several columns. */
    return strlen(usual) <= NAME_BYTES && strcmp(usual, constraint->name) == 0;
}
