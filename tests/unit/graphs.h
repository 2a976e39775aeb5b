/*
 * Graphs for tests, written as words: "a b<a c<a:side d<b,c e<a!c" are a base, two children (one
 * labelled "side"), a merge, and one that depends on c.
 */
#pragma once
#include "revision/graph.h"

#include <string.h>

static inline char **graphs_list(const char *text)
{
    char **list = g_strsplit(text, ",", -1);
    return list;
}

/* The text after @mark in @word up to the next mark; "" if there is none. */
static inline char *graphs_part(const char *word, char mark)
{
    const char *found = strchr(word, mark);
    return found != NULL ? g_strndup(found + 1, strcspn(found + 1, "<:!")) : g_strdup("");
}

static inline GPtrArray *graphs_revisions(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    GPtrArray *revisions = g_ptr_array_new();
    for (char **word = words; *word != NULL; word++) {
        if (**word == '\0')
            continue;
        Revision *revision = revision_new();
        g_autofree char *parents = graphs_part(*word, '<');
        g_autofree char *labels = graphs_part(*word, ':');
        g_autofree char *depends_on = graphs_part(*word, '!');
        g_free(revision->id);
        g_strfreev(revision->parents);
        g_strfreev(revision->labels);
        g_strfreev(revision->depends_on);
        revision->id = g_strndup(*word, strcspn(*word, "<:!"));
        revision->parents = graphs_list(parents);
        revision->labels = graphs_list(labels);
        revision->depends_on = graphs_list(depends_on);
        g_ptr_array_add(revisions, revision);
    }
    return revisions;
}

static inline RevisionGraph *graphs_new(const char *text)
{
    g_autoptr(GError) error = NULL;
    RevisionGraph *graph = revision_graph_new(graphs_revisions(text), &error);
    g_assert_no_error(error);
    return graph;
}

/* What is wrong, without the hint: each such error has one. */
static inline char *graphs_fact(const GError *error)
{
    const char *hint = strstr(error->message, "\nhint: ");
    g_assert_nonnull(hint);
    g_assert_cmpstr(hint + strlen("\nhint: "), !=, "");
    return g_strndup(error->message, (size_t)(hint - error->message));
}

/* The ids of @nodes joined by spaces. */
static inline char *graphs_ids(const GPtrArray *nodes)
{
    GString *ids = g_string_new(NULL);
    for (unsigned i = 0; i < nodes->len; i++)
        g_string_append_printf(ids, "%s%s", i > 0 ? " " : "",
                               ((RevisionNode *)nodes->pdata[i])->revision->id);
    return g_string_free(ids, FALSE);
}
