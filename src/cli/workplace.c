#include "cli/workplace.h"

#include "diff/diff.h"
#include "migrate/guards.h"
#include "migrate/revision_folder.h"

struct Workplace {
    Project *project;
    Database *db;
    VersionTable *version_table;
    char **ignored;
    char **environment;
    char *program; /* (nullable): pg_dump */
    RehearsalOptions rehearsal;
    Models *models;       /* (nullable): read so far */
    Wanted *wanted;       /* (nullable) */
    RevisionGraph *graph; /* (nullable): loaded so far */
};

/* The words of a setting, without empty ones. */
static char **split_words(const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (size_t i = 0; words[i] != NULL; i++)
        if (words[i][0] != '\0')
            g_strv_builder_add(builder, words[i]);
    return g_strv_builder_end(builder);
}

/* What scratch work needs to know, from the settings and the server. */
static void prepare(Workplace *workplace, const ConnectionSettings *settings)
{
    const Config *config = project_config(workplace->project);
    const char *const *ignored = (const char *const *)workplace->ignored;
    workplace->rehearsal = (RehearsalOptions){
        .scratch = {.config = config,
                    .environment = project_environment(workplace->project),
                    .target = settings},
        .snapshot = {.catalog = {.search_path = config_get(config, "migrate", "search_path"),
                                 .version_table = config_get(config, "migrate", "version_table"),
                                 .ignored = ignored},
                     .witness = {.excluded = ignored,
                                 .version_table = config_get(config, "migrate", "version_table"),
                                 .environment = workplace->environment},
                     .program = workplace->program},
    };
}

Workplace *workplace_open(Project *project, GError **error)
{
    g_autoptr(Workplace) workplace = g_new0(Workplace, 1);
    const Config *config = project_config(project);
    workplace->project = project;
    workplace->version_table =
        version_table_new(config_get(config, "migrate", "version_table"), error);
    if (workplace->version_table == NULL)
        return NULL;
    const ConnectionSettings *settings = project_settings(project, error);
    if (settings == NULL)
        return NULL;
    workplace->db = project_open_database(project, error);
    if (workplace->db == NULL)
        return NULL;
    workplace->ignored = split_words(config_get(config, "migrate", "ignore"));
    workplace->environment = g_get_environ();
    workplace->program = witness_find_program(database_version(workplace->db));
    prepare(workplace, settings);
    return g_steal_pointer(&workplace);
}

void workplace_free(Workplace *workplace)
{
    if (workplace == NULL)
        return;
    wanted_free(workplace->wanted);
    models_free(workplace->models);
    revision_graph_free(workplace->graph);
    version_table_free(workplace->version_table);
    database_close(workplace->db);
    g_strfreev(workplace->ignored);
    g_strfreev(workplace->environment);
    g_free(workplace->program);
    g_free(workplace);
}

Project *workplace_project(const Workplace *workplace)
{
    return workplace->project;
}

Database *workplace_database(Workplace *workplace)
{
    return workplace->db;
}

const VersionTable *workplace_version_table(const Workplace *workplace)
{
    return workplace->version_table;
}

const RehearsalOptions *workplace_rehearsal(const Workplace *workplace)
{
    return &workplace->rehearsal;
}

Schema *workplace_read(Workplace *workplace, GError **error)
{
    return catalog_read(workplace->db, &workplace->rehearsal.snapshot.catalog, error);
}

Wanted *workplace_models(Workplace *workplace, GError **error)
{
    if (workplace->wanted != NULL)
        return workplace->wanted;
    const Config *config = project_config(workplace->project);
    g_autofree char *folder = config_path(config, "retort", "models");
    workplace->models = models_read(folder, config_get(config, "retort", "models"), error);
    if (workplace->models == NULL)
        return NULL;
    g_autofree char *cache =
        g_build_filename(project_folder(workplace->project), ".retort", "cache", NULL);
    workplace->wanted = wanted_new(workplace->models, &workplace->rehearsal, cache,
                                   database_version(workplace->db));
    return workplace->wanted;
}

Schema *workplace_take_models(Workplace *workplace, GError **error)
{
    Wanted *wanted = workplace_models(workplace, error);
    return wanted == NULL ? NULL : wanted_take_schema(wanted, error);
}

const RevisionGraph *workplace_graph(Workplace *workplace, GError **error)
{
    if (workplace->graph != NULL)
        return workplace->graph;
    const Config *config = project_config(workplace->project);
    g_auto(GStrv) folders = config_paths(config, "retort", "migrations");
    workplace->graph = revision_folder_load(folders, REVISION_WHOLE, error);
    return workplace->graph;
}

GPtrArray *workplace_ordered(const RevisionGraph *graph)
{
    g_autoptr(GPtrArray) heads = revision_graph_heads(graph);
    g_autofree NodeSet *all = revision_graph_ancestors(graph, heads, true);
    g_autoptr(GPtrArray) nodes = revision_graph_sort(graph, all);
    GPtrArray *ordered = g_ptr_array_sized_new(nodes->len);
    for (unsigned i = 0; i < nodes->len; i++) {
        const RevisionNode *node = g_ptr_array_index(nodes, i);
        g_ptr_array_add(ordered, (void *)node->revision);
    }
    return ordered;
}

Schema *workplace_replay(Workplace *workplace, GError **error)
{
    const RevisionGraph *graph = workplace_graph(workplace, error);
    if (graph == NULL)
        return NULL;
    const RehearsalOptions *options = workplace_rehearsal(workplace);
    g_autoptr(GPtrArray) ordered = workplace_ordered(graph);
    g_autoptr(Rehearsal) rehearsal = rehearsal_new(options, error);
    if (rehearsal == NULL || !rehearsal_replay(rehearsal, ordered, error))
        return NULL;
    return catalog_read(rehearsal_database(rehearsal), &options->snapshot.catalog, error);
}

bool workplace_expect_head(Workplace *workplace, GError **error)
{
    const RevisionGraph *graph = workplace_graph(workplace, error);
    if (graph == NULL)
        return false;
    g_auto(GStrv) rows = version_table_load(workplace->version_table, workplace->db, error);
    if (rows == NULL)
        return false;
    g_autoptr(GPtrArray) heads = revision_graph_real_heads(graph);
    bool equal = g_strv_length(rows) == heads->len;
    for (unsigned i = 0; equal && i < heads->len; i++) {
        const RevisionNode *head = g_ptr_array_index(heads, i);
        equal = g_strv_contains((const char *const *)rows, head->revision->id);
    }
    if (!equal)
        g_set_error_literal(error, APP_ERROR, APP_ERROR_HISTORY,
                            "Target database is not up to date.\n"
                            "hint: \"retort upgrade heads\" brings it up to date");
    return equal;
}

/* What is on both sides may differ there, unseen: that is said, with the names. */
static void tell_uncompared(const Schema *from, const Schema *to)
{
    const GPtrArray *unmanaged = schema_objects(to, KIND_OTHER);
    g_autoptr(GString) names = g_string_new(NULL);
    for (unsigned i = 0; i < unmanaged->len; i++) {
        const Object *object = g_ptr_array_index(unmanaged, i);
        if (schema_find(from, KIND_OTHER, object->identity) != NULL)
            g_string_append_printf(names, "%s%s", names->len == 0 ? "" : ", ", object->identity);
    }
    if (names->len > 0)
        g_message("Not compared, since this version does not manage their kinds: %s", names->str);
}

/* What is missing leaves rows open: that is said with its place, and what to do. */
static void warn_of_guard(const Models *models, const Object *guard)
{
    g_autofree char *place = models == NULL ? NULL : guard_place(models, guard);
    g_warning("%s%s%s is not created: this version does not manage its kind\n"
              "hint: until a revision that is written by hand makes it, nothing keeps anybody from "
              "rows whom the table's grants let in: \"retort revision -m ...\", and put the "
              "statement of the models into it",
              place != NULL ? place : "", place != NULL ? ": " : "", guard->identity);
}

static void warn_of(const Models *models, const UnmanagedDifference *one)
{
    const char *fate = one->is_missing ? "is not created" : "is left alone";
    if (one->because != NULL)
        g_warning("%s %s %s: it stands on %s, whose kind this version does not manage",
                  object_kinds[one->object->kind].name, one->object->identity, fate,
                  one->because->identity);
    else if (one->is_missing && guard_is(one->object))
        warn_of_guard(models, one->object);
    else
        g_warning("%s %s: this version does not manage its kind", one->object->identity, fate);
}

void workplace_warn_unmanaged(const Workplace *workplace, const Schema *from, const Schema *to)
{
    tell_uncompared(from, to);
    g_autoptr(GArray) differences = diff_unmanaged(from, to);
    for (unsigned i = 0; i < differences->len; i++)
        warn_of(workplace->models, &g_array_index(differences, UnmanagedDifference, i));
}
