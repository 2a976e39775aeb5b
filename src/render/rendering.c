#include "render/rendering.h"

#include "render/text.h"

void rendered_statement_free(RenderedStatement *statement)
{
    if (statement == NULL)
        return;
    g_free(statement->sql);
    g_free(statement->group);
    g_free(statement->loss);
    g_free(statement->risk);
    g_free(statement);
}

static char *format_words(const char *const *words, size_t count)
{
    GString *text = g_string_sized_new(128);
    sql_append_words(text, words, count);
    return g_string_free(text, FALSE);
}

static char *group_of(const Object *object)
{
    if (object->relation != NULL)
        return text_relation(object);
    return object->arguments != NULL ? text_signature(object) : text_name(object);
}

RenderedStatement *rendering_add_words(Rendering *rendering, const Object *about,
                                       const char *const *words, size_t count)
{
    RenderedStatement *statement = g_new0(RenderedStatement, 1);
    statement->change = rendering->change;
    statement->sql = format_words(words, count);
    statement->group = group_of(about);
    g_ptr_array_add(rendering->statements, statement);
    return statement;
}

void statement_take_loss(RenderedStatement *statement, char *loss)
{
    g_assert(statement->loss == NULL);
    statement->loss = loss != NULL ? g_strdelimit(loss, "\r\n", ' ') : NULL;
}

void statement_set_loss_words(RenderedStatement *statement, const char *const *words, size_t count)
{
    statement_take_loss(statement, format_words(words, count));
}

void statement_set_risk_words(RenderedStatement *statement, const char *const *words, size_t count)
{
    g_assert(statement->risk == NULL);
    statement->risk = g_strdelimit(format_words(words, count), "\r\n", ' ');
}

void rendering_add_options(Rendering *rendering, const Object *about, const char *what,
                           const char *from, const char *to)
{
    g_autofree char *set = NULL;
    g_autofree char *reset = NULL;
    text_option_changes(from, to, &set, &reset);
    if (reset[0] != '\0')
        rendering_add(rendering, about, "ALTER %s RESET (%s)", what, reset);
    if (set[0] != '\0')
        rendering_add(rendering, about, "ALTER %s SET (%s)", what, set);
}
