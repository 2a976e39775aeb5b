#include "schema/store.h"

#include <string.h>

/*
 * Layout: magic, checksum of all that follows (64 bits), shape of the kinds (64 bits); the
 * texts, each once, in the order in which they are first used; per kind the objects; then per
 * object the numbers of those that it needs. Numbers are written seven bits a byte, the lowest
 * first; a text is its number + 1, 0 is NULL.
 */
static const char magic[8] = {'r', 'e', 't', 'o', 'r', 't', '1', '\n'};
enum { HEADER_SIZE = 8 + 8 + 8 };

static guint64 mix(guint64 sum, guint64 word)
{
    sum = (sum ^ word) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    return sum ^ sum >> 29;
}

/* Finds damage; it is no protection against intent. */
static guint64 checksum(const guint8 *bytes, size_t length)
{
    guint64 sum = length;
    for (; length >= 8; bytes += 8, length -= 8) {
        guint64 word = 0;
        memcpy(&word, bytes, sizeof word);
        sum = mix(sum, GUINT64_FROM_LE(word));
    }
    for (; length > 0; bytes++, length--)
        sum = mix(sum, *bytes);
    return sum;
}

/* Changes whenever a kind or an attribute does. */
static guint64 shape(void)
{
    g_autoptr(GString) words = g_string_sized_new(4096);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        g_string_append_printf(words, "%s:", object_kinds[kind].name);
        for (unsigned i = 0; i < kind_attribute_count(kind); i++)
            g_string_append_printf(words, "%s,", object_kinds[kind].attributes[i]);
    }
    return checksum((const guint8 *)words->str, words->len);
}

/* Writing. */

typedef struct Writer {
    GByteArray *texts;
    GByteArray *body;
    GHashTable *numbers; /* text, by pointer: a schema holds each once → number + 1 */
    GHashTable *objects; /* Object → number + 1 */
} Writer;

static void append_number(GByteArray *bytes, guint64 number)
{
    guint8 buffer[10];
    guint length = 0;
    for (; number >= 0x80; number >>= 7)
        buffer[length++] = (guint8)(number | 0x80);
    buffer[length++] = (guint8)number;
    g_byte_array_append(bytes, buffer, length);
}

static void append_text(Writer *writer, const char *text)
{
    guint number = text == NULL ? 0 : GPOINTER_TO_UINT(g_hash_table_lookup(writer->numbers, text));
    if (text != NULL && number == 0) {
        number = g_hash_table_size(writer->numbers) + 1;
        g_hash_table_insert(writer->numbers, (void *)text, GUINT_TO_POINTER(number));
        size_t length = strlen(text);
        append_number(writer->texts, length);
        g_byte_array_append(writer->texts, (const guint8 *)text, (guint)length + 1);
    }
    append_number(writer->body, number);
}

static void append_object(Writer *writer, const Object *object)
{
    unsigned count = kind_attribute_count(object->kind);
    append_text(writer, object->schema);
    append_text(writer, object->relation);
    append_text(writer, object->name);
    append_text(writer, object->arguments);
    append_text(writer, object->comment);
    for (unsigned i = 0; i < count; i++)
        append_text(writer, object->values[i]);
    append_number(writer->body, object->grants == NULL ? 0 : object->grants->len);
    for (unsigned i = 0; object->grants != NULL && i < object->grants->len; i++) {
        const Grant *grant = g_ptr_array_index(object->grants, i);
        append_text(writer, grant->grantee);
        append_text(writer, grant->privilege);
        append_number(writer->body, (grant->revoked ? 1U : 0U) | (grant->grantable ? 2U : 0U));
    }
}

static void append_needs(Writer *writer, const Object *object)
{
    unsigned count = object->depends_on == NULL ? 0 : object->depends_on->len;
    append_number(writer->body, count);
    for (unsigned i = 0; i < count; i++) {
        const Object *needed = g_ptr_array_index(object->depends_on, i);
        guint number = GPOINTER_TO_UINT(g_hash_table_lookup(writer->objects, needed));
        append_number(writer->body, number - 1);
    }
}

static void append_schema(Writer *writer, const Schema *schema)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const GPtrArray *objects = schema_objects(schema, kind);
        append_number(writer->body, objects->len);
        for (unsigned i = 0; i < objects->len; i++) {
            Object *object = g_ptr_array_index(objects, i);
            guint number = g_hash_table_size(writer->objects) + 1;
            g_hash_table_insert(writer->objects, object, GUINT_TO_POINTER(number));
            append_object(writer, object);
        }
    }
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const GPtrArray *objects = schema_objects(schema, kind);
        for (unsigned i = 0; i < objects->len; i++)
            append_needs(writer, g_ptr_array_index(objects, i));
    }
}

GBytes *store_format(const Schema *schema)
{
    Writer writer = {.texts = g_byte_array_new(),
                     .body = g_byte_array_new(),
                     .numbers = g_hash_table_new(NULL, NULL),
                     .objects = g_hash_table_new(NULL, NULL)};
    append_schema(&writer, schema);
    GByteArray *all = g_byte_array_sized_new(HEADER_SIZE + writer.texts->len + writer.body->len);
    guint64 words[2] = {0, GUINT64_TO_LE(shape())};
    g_byte_array_append(all, (const guint8 *)magic, sizeof magic);
    g_byte_array_append(all, (const guint8 *)words, sizeof words);
    append_number(all, g_hash_table_size(writer.numbers));
    g_byte_array_append(all, writer.texts->data, writer.texts->len);
    g_byte_array_append(all, writer.body->data, writer.body->len);
    words[0] = GUINT64_TO_LE(checksum(all->data + 16, all->len - 16));
    memcpy(all->data + 8, words, 8);
    g_byte_array_unref(writer.texts);
    g_byte_array_unref(writer.body);
    g_hash_table_unref(writer.numbers);
    g_hash_table_unref(writer.objects);
    return g_byte_array_free_to_bytes(all);
}

/* Reading. */

typedef struct StoreReader {
    const guint8 *at;
    const guint8 *end;
    bool good; /* false once something did not fit */
    Schema *schema;
    GPtrArray *texts;   /* borrowed from the schema, the first is NULL */
    GPtrArray *objects; /* borrowed from the schema */
} StoreReader;

static guint64 read_number(StoreReader *reader)
{
    guint64 number = 0;
    for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
        guint8 byte = *reader->at++;
        number |= (guint64)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return number;
    }
    reader->good = false;
    return 0;
}

/* A number of things of which each takes a byte at least: no more than bytes are left. */
static guint64 read_count(StoreReader *reader)
{
    guint64 count = read_number(reader);
    if (count > (guint64)(reader->end - reader->at))
        reader->good = false;
    return reader->good ? count : 0;
}

static void read_texts(StoreReader *reader)
{
    guint64 count = read_count(reader);
    g_ptr_array_add(reader->texts, NULL);
    for (guint64 i = 0; reader->good && i < count; i++) {
        guint64 length = read_count(reader);
        if (!reader->good || reader->at + length >= reader->end || reader->at[length] != '\0') {
            reader->good = false;
            return;
        }
        const char *text = schema_text(reader->schema, (const char *)reader->at);
        g_ptr_array_add(reader->texts, (void *)text);
        reader->at += length + 1;
    }
}

static const char *read_text(StoreReader *reader)
{
    guint64 number = read_number(reader);
    if (number >= reader->texts->len)
        reader->good = false;
    return reader->good ? g_ptr_array_index(reader->texts, number) : NULL;
}

static void read_grants(StoreReader *reader, Object *object)
{
    guint64 count = read_count(reader);
    for (guint64 i = 0; reader->good && i < count; i++) {
        const char *grantee = read_text(reader);
        const char *privilege = read_text(reader);
        guint64 flags = read_number(reader);
        if (grantee == NULL || privilege == NULL)
            reader->good = false;
        if (reader->good)
            schema_add_grant(reader->schema, object, grantee, privilege, (flags & 1) != 0,
                             (flags & 2) != 0);
    }
}

static void read_object(StoreReader *reader, ObjectKind kind)
{
    unsigned count = kind_attribute_count(kind);
    const char *namespace = read_text(reader);
    const char *relation = read_text(reader);
    const char *name = read_text(reader);
    const char *arguments = read_text(reader);
    const char *comment = read_text(reader);
    if (!reader->good || name == NULL) {
        reader->good = false;
        return;
    }
    Object *object = schema_add(reader->schema, kind, namespace, relation, name, arguments);
    object->comment = comment;
    for (unsigned i = 0; i < count; i++)
        object->values[i] = read_text(reader);
    read_grants(reader, object);
    g_ptr_array_add(reader->objects, object);
}

static void read_needs(StoreReader *reader, Object *object)
{
    guint64 count = read_count(reader);
    for (guint64 i = 0; reader->good && i < count; i++) {
        guint64 number = read_number(reader);
        if (number >= reader->objects->len)
            reader->good = false;
        if (reader->good)
            schema_add_dependency(reader->schema, object,
                                  g_ptr_array_index(reader->objects, number));
    }
}

static bool read_schema(StoreReader *reader)
{
    read_texts(reader);
    for (int kind = 0; reader->good && kind < KIND_COUNT; kind++) {
        guint64 count = read_count(reader);
        for (guint64 i = 0; reader->good && i < count; i++)
            read_object(reader, kind);
    }
    for (unsigned i = 0; reader->good && i < reader->objects->len; i++)
        read_needs(reader, g_ptr_array_index(reader->objects, i));
    return reader->good && reader->at == reader->end;
}

static bool is_ours(const guint8 *data, size_t size)
{
    guint64 words[2];
    if (size < HEADER_SIZE || memcmp(data, magic, sizeof magic) != 0)
        return false;
    memcpy(words, data + sizeof magic, sizeof words);
    return GUINT64_FROM_LE(words[0]) == checksum(data + 16, size - 16) &&
           GUINT64_FROM_LE(words[1]) == shape();
}

Schema *store_parse(GBytes *bytes)
{
    size_t size = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    if (!is_ours(data, size))
        return NULL;
    g_autoptr(Schema) schema = schema_new();
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    g_autoptr(GPtrArray) objects = g_ptr_array_new();
    StoreReader reader = {.at = data + HEADER_SIZE,
                          .end = data + size,
                          .good = true,
                          .schema = schema,
                          .texts = texts,
                          .objects = objects};
    if (!read_schema(&reader))
        return NULL;
    schema_finish(schema);
    return g_steal_pointer(&schema);
}
