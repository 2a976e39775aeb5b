#include "backup/source.h"

#include "base/process.h"

#include <string.h>

enum { HEAD = 32 }; /* bytes that tell what something is */

ssize_t source_read(Source *source, void *bytes, size_t size, GError **error)
{
    ssize_t got = source->kind->read(source, bytes, size, error);
    source->taken += got > 0 ? got : 0;
    return got;
}

void source_progress(const Source *source, int64_t *out_taken, int64_t *out_whole)
{
    while (source->next != NULL)
        source = source->next;
    *out_taken = source->taken;
    *out_whole = source->whole;
}

void source_free(Source *source)
{
    if (source == NULL)
        return;
    Source *next = source->next;
    source->kind->free(source);
    source_free(next);
}

/* Gives its head once more. */
typedef struct AgainSource {
    Source source;
    GByteArray *head;
    size_t taken;
} AgainSource;

static ssize_t read_again(Source *source, void *bytes, size_t size, GError **error)
{
    AgainSource *again = (AgainSource *)source;
    size_t left = again->head->len - again->taken;
    if (left == 0)
        return source_read(source->next, bytes, size, error);
    size_t part = MIN(left, size);
    memcpy(bytes, again->head->data + again->taken, part);
    again->taken += part;
    return (ssize_t)part;
}

static void free_again(Source *source)
{
    AgainSource *again = (AgainSource *)source;
    g_byte_array_unref(again->head);
    g_free(again);
}

static const SourceKind again_kind = {read_again, free_again};

static AgainSource *again_new(GByteArray *head, Source *next)
{
    AgainSource *again = g_new0(AgainSource, 1);
    *again = (AgainSource){.source = {.kind = &again_kind, .next = next}, .head = head};
    return again;
}

Source *source_again_new(GByteArray *head, Source *next)
{
    return &again_new(head, next)->source;
}

/* @next: (transfer full), also on error. */
static AgainSource *peek_new(Source *next, GError **error)
{
    char bytes[HEAD];
    size_t length = 0;
    ssize_t got = 1;
    while (got > 0 && length < sizeof bytes) {
        got = source_read(next, bytes + length, sizeof bytes - length, error);
        length += got > 0 ? (size_t)got : 0;
    }
    GByteArray *head = g_byte_array_new();
    g_byte_array_append(head, (const guint8 *)bytes, (guint)length);
    AgainSource *again = again_new(head, next);
    if (got >= 0)
        return again;
    source_free(&again->source);
    return NULL;
}

static bool begins(const AgainSource *peek, const char *magic, size_t length)
{
    return peek->head->len >= length && memcmp(peek->head->data, magic, length) == 0;
}

static Source *decrypt(Source *source, const char *identities, GError **error)
{
    g_autofree char *program = process_find_program("age");
    if (identities == NULL)
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "it is encrypted, and no key is named\n"
                    "hint: name the file of the private key with --identity or RETORT_IDENTITY");
    else if (program == NULL)
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                    "the program \"age\" is not installed, and a backup is to be decrypted\n"
                    "hint: apt-get install age");
    if (identities != NULL && program != NULL)
        return source_age_new(program, identities, source, error);
    source_free(source);
    return NULL;
}

Source *source_open(Source *source, const char *identities, GError **error)
{
    static const char age[] = "age-encryption.org/", armored[] = "-----BEGIN AGE";
    AgainSource *peek = peek_new(source, error);
    if (peek != NULL &&
        (begins(peek, age, strlen(age)) || begins(peek, armored, strlen(armored)))) {
        Source *plain = decrypt(&peek->source, identities, error);
        peek = plain != NULL ? peek_new(plain, error) : NULL;
    }
    if (peek == NULL)
        return NULL;
    if (begins(peek, "\x28\xb5\x2f\xfd", 4))
        return source_decompress_new(COMPRESSION_ZSTD, &peek->source);
    if (begins(peek, "\x1f\x8b", 2))
        return source_decompress_new(COMPRESSION_GZIP, &peek->source);
    return &peek->source;
}
