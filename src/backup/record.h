/*
 * The JSON files of a backup: structs whose members a table names, sealed by a checksum.
 *
 * The last member, "checksum", is the SHA-256 of the text before it, and the text ends in one way
 * alone: there is no byte whose change is not seen.
 */
#pragma once
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef enum FieldKind {
    FIELD_TEXT,         /* char * */
    FIELD_TEXT_OR_NULL, /* char * */
    FIELD_COUNT,        /* int64_t, from 0 */
    FIELD_NUMBER,       /* int64_t */
    FIELD_VERSION,      /* int, from 1 */
    FIELD_SECONDS,      /* double, from 0 */
    FIELD_FLAG,         /* bool */
    FIELD_TEXTS,        /* GPtrArray of char * */
    FIELD_RECORDS,      /* GPtrArray of structs of @shape */
    FIELD_RECORD,       /* a struct of @shape */
} FieldKind;

typedef struct Field {
    const char *name;
    FieldKind kind;
    size_t offset;                     /* in the struct */
    const struct RecordShape *shape;   /* (nullable) */
    bool (*is_good)(const char *text); /* (nullable): of each text */
    const char *rule;                  /* for the message: "must be a time" */
} Field;

/* A struct and its members, in the order of the file. */
typedef struct RecordShape {
    size_t size;
    const Field *fields; /* ended by {NULL} */
    GDestroyNotify free; /* (nullable): of one that is in a list */
    /* Of what is a file of its own, its first member: "manifest": 2. */
    const char *kind;
    int version;
} RecordShape;

/* Gives @record, which is zero, its empty lists. */
void record_begin(const RecordShape *shape, void *record);

/* Frees what it holds, and makes it zero. */
void record_clear(const RecordShape *shape, void *record);

/**
 * record_format:
 * @shape: of a file of its own
 *
 * Returns: (transfer full): with an end of line. Texts that are no UTF-8 have U+FFFD in it.
 */
char *record_format(const RecordShape *shape, const void *record);

/**
 * record_parse:
 * @path: for messages
 * @record: begun; partly filled on error
 *
 * Unknown members are passed over. Returns: whether it is sealed and all members are there and of
 * their kinds; else APP_ERROR_INPUT.
 */
bool record_parse(const RecordShape *shape, const char *path, const char *text, void *record,
                  GError **error);

/* (transfer full): @object, the text of a JSON object that is not empty, with its checksum. */
char *record_seal(const char *object);
