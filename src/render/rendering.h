/*
 * Statements on their way out: what the files of the kinds write into.
 */
#pragma once
#include "render/names.h"
#include "render/render.h"
#include "sql/quote.h"

typedef struct Rendering {
    GPtrArray *statements; /* (element-type RenderedStatement) */
    const NameUse *names;
    const Schema *from;   /* (nullable) */
    const Schema *to;     /* (nullable) */
    const Change *change; /* the one that is being rendered */
} Rendering;

/**
 * rendering_add:
 * @about: the object that the statement is about; gives the group
 * @...: as sql_append()
 *
 * Returns: (transfer none): the new statement, for its flags.
 */
#define rendering_add(rendering, about, ...)                                                       \
    rendering_add_words((rendering), (about), (const char *const[]){__VA_ARGS__},                  \
                        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

RenderedStatement *rendering_add_words(Rendering *rendering, const Object *about,
                                       const char *const *words, size_t count);

/*
 * Sets what @statement loses: @loss (transfer full) (nullable). Names in it may hold line breaks,
 * and it becomes a comment: they are made blanks.
 */
void statement_take_loss(RenderedStatement *statement, char *loss);

/* The same; @loss is a format with %s only, as sql_append(). */
#define statement_set_loss(statement, ...)                                                         \
    statement_set_loss_words((statement), (const char *const[]){__VA_ARGS__},                      \
                             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

void statement_set_loss_words(RenderedStatement *statement, const char *const *words, size_t count);

/* Says which rows @statement fails for, in the same way. */
#define statement_set_risk(statement, ...)                                                         \
    statement_set_risk_words((statement), (const char *const[]){__VA_ARGS__},                      \
                             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

void statement_set_risk_words(RenderedStatement *statement, const char *const *words, size_t count);

/*
 * Adds ALTER @what SET (…) and ALTER @what RESET (…) as the lists of options @from and @to,
 * which may be NULL, differ.
 */
void rendering_add_options(Rendering *rendering, const Object *about, const char *what,
                           const char *from, const char *to);
