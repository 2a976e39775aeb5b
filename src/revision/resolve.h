/*
 * How users write revisions: ids, beginnings of ids, "head", "heads", "base", labels, and steps
 * from one of them or from where the database is. Alembic's grammar and messages.
 *
 * A word is [LABEL@]ID, [LABEL@]head, [LABEL@]heads, [LABEL@]base, or one with a step:
 * [LABEL@][ID]+N, [LABEL@][ID]-N. LABEL may be an id too.
 */
#pragma once
#include "revision/graph.h"

/**
 * resolve_revisions:
 * @word: no step from the database's place ("+1"); "head-1" and "ae10+2" are understood
 *
 * Returns: (transfer container) (element-type RevisionNode): the revisions; empty for base. %NULL
 *   with APP_ERROR_HISTORY if there is no such revision or "head" is several.
 */
GPtrArray *resolve_revisions(const RevisionGraph *graph, const char *word, GError **error);

/**
 * resolve_rows:
 * @rows: (array zero-terminated=1): ids as the database's version has them
 *
 * Returns: (transfer container) (element-type RevisionNode): by id, each once; %NULL with
 *   APP_ERROR_HISTORY if there is no such revision.
 */
GPtrArray *resolve_rows(const RevisionGraph *graph, const char *const *rows, GError **error);

/**
 * resolve_upward:
 * @current: (element-type RevisionNode): where steps without an id begin
 * @exact: whether a step beyond the last revision is an error; else it ends there
 *
 * Returns: as resolve_revisions(), for a word that an upgrade goes to.
 */
GPtrArray *resolve_upward(const RevisionGraph *graph, const GPtrArray *current, const char *word,
                          bool exact, GError **error);

/**
 * resolve_downward:
 * @out_node: the revision to go down to; %NULL for base
 * @out_branch: (transfer full) (nullable): the label or id that names the branch to go down on
 *
 * Returns: whether the word that a downgrade goes to is understood; else APP_ERROR_HISTORY.
 */
bool resolve_downward(const RevisionGraph *graph, const GPtrArray *current, const char *word,
                      bool exact, RevisionNode **out_node, char **out_branch, GError **error);

/**
 * resolve_lineage:
 * @word: a label or revision; base: everything
 *
 * Returns: (transfer container): those of @nodes that are ancestors or descendants of @word;
 *   %NULL with APP_ERROR_HISTORY if there is no such.
 */
GPtrArray *resolve_lineage(const RevisionGraph *graph, const GPtrArray *nodes, const char *word,
                           bool dependencies, GError **error);

/* Whether a step down from several @rows leaves it open which of them is meant. */
bool resolve_is_ambiguous(const char *const *rows, const char *word);

/* Whether @word is a range START:END; then both parts, "" where left out (transfer full). */
bool resolve_split_range(const char *word, char **out_start, char **out_end);
