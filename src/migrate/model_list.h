/*
 * The statements of the models, between reading (models.c) and running (model_run.c).
 */
#pragma once
#include "migrate/models.h"
#include "sql/statement.h"

/* One file. */
typedef struct ModelFile {
    char *shown;         /* as messages name it: models/item.sql */
    GPtrArray *settings; /* (element-type Statement): SET and the like, in order */
} ModelFile;

/* One statement to run. */
typedef struct ModelStatement {
    Statement *statement;
    const ModelFile *file;
    unsigned settings; /* so many of the file's settings stand before it */
} ModelStatement;

struct Models {
    GPtrArray *files;      /* (element-type ModelFile): sorted by name */
    GPtrArray *statements; /* (element-type ModelStatement): in the order of the files */
    char *digest;
};
