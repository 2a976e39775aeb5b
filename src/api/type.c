#include "api/type.h"

#include "api/json_text.h"

#include <string.h>

struct ApiTypes {
    GHashTable *by_oid; /* OID → Entry */
    ApiType *text;      /* what stands for a type that is not there */
};

/* A type and the OIDs that its row named. */
typedef struct Entry {
    ApiType type;
    unsigned element;
    unsigned *field_types;
} Entry;

/* The plain types of pg_catalog that have a form of their own. */
static const struct {
    const char *base;
    ApiForm form;
    unsigned bytes;
    bool is_unsigned;
} plain_forms[] = {
    {"bool", FORM_BOOLEAN},
    {"int2", FORM_INTEGER, .bytes = 2},
    {"int4", FORM_INTEGER, .bytes = 4},
    {"oid", FORM_INTEGER, .bytes = 4, .is_unsigned = true},
    {"int8", FORM_BIGINT, .bytes = 8},
    {"float4", FORM_FLOAT, .bytes = 4},
    {"float8", FORM_FLOAT, .bytes = 8},
    {"numeric", FORM_NUMERIC},
    {"uuid", FORM_UUID},
    {"date", FORM_DATE},
    {"time", FORM_TIME},
    {"timetz", FORM_TIMETZ},
    {"timestamp", FORM_TIMESTAMP},
    {"timestamptz", FORM_TIMESTAMPTZ},
    {"interval", FORM_INTERVAL},
    {"bytea", FORM_BYTEA},
    {"json", FORM_JSON},
    {"jsonb", FORM_JSON},
    {"void", FORM_VOID},
};

static void free_field(void *data)
{
    ApiField *field = data;
    g_free(field->name);
    g_free(field->key);
}

static void free_entry(void *data)
{
    Entry *entry = data;
    g_free(entry->type.name);
    g_free(entry->type.comment);
    g_strfreev(entry->type.labels);
    g_clear_pointer(&entry->type.fields, g_array_unref);
    g_free(entry->field_types);
    g_free(entry);
}

ApiTypes *api_types_new(void)
{
    ApiTypes *types = g_new0(ApiTypes, 1);
    types->by_oid = g_hash_table_new_full(NULL, NULL, NULL, free_entry);
    types->text = g_new0(ApiType, 1);
    types->text->name = g_strdup("text");
    types->text->form = FORM_TEXT;
    types->text->delimiter = ',';
    return types;
}

void api_types_free(ApiTypes *types)
{
    if (types == NULL)
        return;
    g_hash_table_unref(types->by_oid);
    g_free(types->text->name);
    g_free(types->text);
    g_free(types);
}

/* int2vector and oidvector are arrays, too, but are written "1 2 3". */
static bool is_vector(const ApiTypeRow *row)
{
    return g_str_equal(row->base, "int2vector") || g_str_equal(row->base, "oidvector");
}

static void set_plain_form(ApiType *type, const char *base)
{
    for (size_t i = 0; i < G_N_ELEMENTS(plain_forms); i++) {
        if (!g_str_equal(plain_forms[i].base, base))
            continue;
        type->form = plain_forms[i].form;
        type->bytes = plain_forms[i].bytes;
        type->is_unsigned = plain_forms[i].is_unsigned;
    }
}

static void set_form(ApiType *type, const ApiTypeRow *row)
{
    if (row->kind == 'e')
        type->form = FORM_ENUM;
    else if (row->kind == 'c' && row->field_names != NULL)
        type->form = FORM_COMPOSITE;
    else if (row->kind == 'r' && row->element != 0)
        type->form = FORM_RANGE;
    else if (row->kind == 'm' && row->element != 0)
        type->form = FORM_MULTIRANGE;
    else if ((row->is_array || is_vector(row)) && row->element != 0)
        type->form = FORM_ARRAY;
    else
        set_plain_form(type, row->base);
}

static void add_fields(Entry *entry, const ApiTypeRow *row)
{
    entry->type.fields = g_array_new(FALSE, FALSE, sizeof(ApiField));
    g_array_set_clear_func(entry->type.fields, free_field);
    for (unsigned i = 0; row->field_names[i] != NULL; i++) {
        g_autoptr(GString) key = g_string_new(NULL);
        json_append_string(key, row->field_names[i], strlen(row->field_names[i]));
        g_string_append_c(key, ':');
        ApiField field = {.name = g_strdup(row->field_names[i]), .key = g_strdup(key->str)};
        g_array_append_val(entry->type.fields, field);
    }
    entry->field_types =
        g_memdup2(row->field_types, sizeof(*row->field_types) * entry->type.fields->len);
}

void api_types_add(ApiTypes *types, const ApiTypeRow *row)
{
    if (g_hash_table_contains(types->by_oid, GUINT_TO_POINTER(row->oid)))
        return;
    Entry *entry = g_new0(Entry, 1);
    ApiType *type = &entry->type;
    type->oid = row->oid;
    type->name = g_strdup(row->name);
    type->domain = row->domain;
    type->not_null = row->not_null;
    type->delimiter = is_vector(row) ? ' ' : row->delimiter != '\0' ? row->delimiter : ',';
    type->comment = g_strdup(row->comment);
    type->labels = g_strdupv((char **)row->labels);
    set_form(type, row);
    if (type->form == FORM_COMPOSITE)
        add_fields(entry, row);
    if (type->form == FORM_ARRAY || type->form == FORM_RANGE || type->form == FORM_MULTIRANGE)
        entry->element = row->element;
    g_hash_table_insert(types->by_oid, GUINT_TO_POINTER(row->oid), entry);
}

const ApiType *api_types_find(const ApiTypes *types, unsigned oid)
{
    const Entry *entry = g_hash_table_lookup(types->by_oid, GUINT_TO_POINTER(oid));
    return entry != NULL ? &entry->type : types->text;
}

void api_types_finish(ApiTypes *types)
{
    GHashTableIter iter;
    void *value = NULL;
    g_hash_table_iter_init(&iter, types->by_oid);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Entry *entry = value;
        if (entry->element != 0)
            entry->type.element = api_types_find(types, entry->element);
        for (unsigned i = 0; entry->type.fields != NULL && i < entry->type.fields->len; i++)
            g_array_index(entry->type.fields, ApiField, i).type =
                api_types_find(types, entry->field_types[i]);
    }
}

static void note_missing(const ApiTypes *types, unsigned oid, GHashTable *missing)
{
    if (oid != 0 && !g_hash_table_contains(types->by_oid, GUINT_TO_POINTER(oid)))
        g_hash_table_add(missing, GUINT_TO_POINTER(oid));
}

static int compare_numbers(const void *left, const void *right)
{
    const unsigned *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

GArray *api_types_missing(const ApiTypes *types)
{
    g_autoptr(GHashTable) missing = g_hash_table_new(NULL, NULL);
    GHashTableIter iter;
    void *value = NULL;
    g_hash_table_iter_init(&iter, types->by_oid);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Entry *entry = value;
        note_missing(types, entry->element, missing);
        for (unsigned i = 0; entry->type.fields != NULL && i < entry->type.fields->len; i++)
            note_missing(types, entry->field_types[i], missing);
    }
    GArray *oids = g_array_new(FALSE, FALSE, sizeof(unsigned));
    g_hash_table_iter_init(&iter, missing);
    while (g_hash_table_iter_next(&iter, &value, NULL)) {
        unsigned oid = GPOINTER_TO_UINT(value);
        g_array_append_val(oids, oid);
    }
    g_array_sort(oids, compare_numbers);
    return oids;
}
