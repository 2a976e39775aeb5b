#include "serve/stains.h"

#include "schema/list.h"
#include "serve_queries.h"
#include "sql/mentions.h"

/* What a function or relation does, as Mentions of statements. */
typedef struct Deeds {
    bool stains;       /* a function: more is not known */
    GPtrArray *reads;  /* of the text of a function or view */
    GPtrArray *writes; /* of triggers, defaults … and of the relations that a write reaches */
} Deeds;

/* What is known of names. */
typedef struct Known {
    GHashTable *functions; /* name → Deeds */
    GHashTable *relations; /* name → Deeds */
} Known;

static Deeds *deeds_new(void)
{
    Deeds *deeds = g_new0(Deeds, 1);
    deeds->reads = g_ptr_array_new_with_free_func((GDestroyNotify)mentions_free);
    deeds->writes = g_ptr_array_new_with_free_func((GDestroyNotify)mentions_free);
    return deeds;
}

static void deeds_free(void *data)
{
    Deeds *deeds = data;
    g_ptr_array_unref(deeds->reads);
    g_ptr_array_unref(deeds->writes);
    g_free(deeds);
}

static void known_clear(Known *known)
{
    g_hash_table_unref(known->functions);
    g_hash_table_unref(known->relations);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Known, known_clear)

/* Names that @mentions has and @known has not. */
static void add_new(GHashTable *known, const GPtrArray *names, GHashTable *wanted)
{
    for (unsigned i = 0; i < names->len; i++)
        if (!g_hash_table_contains(known, names->pdata[i]))
            g_hash_table_add(wanted, names->pdata[i]);
}

/* The rows of @sql for the names of @wanted. */
static PGresult *look_up(Database *db, const char *sql, GHashTable *wanted, GError **error)
{
    g_autofree const char **words = (const char **)g_hash_table_get_keys_as_array(wanted, NULL);
    g_autofree char *list = list_format(words);
    return database_query(db, sql, (const char *const[]){list}, 1, error);
}

static void insert_all(GHashTable *known, GHashTable *wanted)
{
    GHashTableIter iter;
    void *name = NULL;
    g_hash_table_iter_init(&iter, wanted);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_hash_table_insert(known, g_strdup(name), deeds_new());
}

static bool learn_functions(Known *known, Database *db, GHashTable *wanted, GError **error)
{
    g_autoptr(PGresult) rows = look_up(db, sql_staining_functions, wanted, error);
    if (rows == NULL)
        return false;
    insert_all(known->functions, wanted);
    for (int row = 0; row < PQntuples(rows); row++) {
        Deeds *deeds = g_hash_table_lookup(known->functions, PQgetvalue(rows, row, 0));
        if (PQgetisnull(rows, row, 1))
            deeds->stains = true;
        else
            g_ptr_array_add(deeds->reads, mentions_new(PQgetvalue(rows, row, 1)));
    }
    return true;
}

static bool learn_relations(Known *known, Database *db, GHashTable *wanted, GError **error)
{
    g_autoptr(PGresult) rows = look_up(db, sql_mentioned_relations, wanted, error);
    if (rows == NULL)
        return false;
    insert_all(known->relations, wanted);
    for (int row = 0; row < PQntuples(rows); row++) {
        Deeds *deeds = g_hash_table_lookup(known->relations, PQgetvalue(rows, row, 0));
        g_ptr_array_add(*PQgetvalue(rows, row, 1) == 't' ? deeds->reads : deeds->writes,
                        mentions_new(PQgetvalue(rows, row, 2)));
    }
    return true;
}

/* What is to be looked up. */
typedef struct Wanted {
    GHashTable *functions, *relations; /* of names that others own */
} Wanted;

static void wanted_clear(Wanted *wanted)
{
    g_hash_table_unref(wanted->functions);
    g_hash_table_unref(wanted->relations);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wanted, wanted_clear)

/* What is new among all (element-type Mentions). */
static void collect(const Known *known, const GPtrArray *all, Wanted *wanted)
{
    for (unsigned i = 0; i < all->len; i++) {
        const Mentions *mentions = all->pdata[i];
        add_new(known->functions, mentions->functions, wanted->functions);
        add_new(known->relations, mentions->relations, wanted->relations);
    }
}

static void collect_deeds(const Known *known, GHashTable *names, Wanted *wanted)
{
    GHashTableIter iter;
    void *value = NULL;
    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        collect(known, ((const Deeds *)value)->reads, wanted);
        collect(known, ((const Deeds *)value)->writes, wanted);
    }
}

/* Looks up what statements mention, then what that mentions, and so on. It ends, since no name is
 * looked up twice, and a catalog has so many. */
static bool learn(Known *known, Database *db, const GPtrArray *all, GError **error)
{
    for (;;) {
        g_auto(Wanted) wanted = {.functions = g_hash_table_new(g_str_hash, g_str_equal),
                                 .relations = g_hash_table_new(g_str_hash, g_str_equal)};
        collect(known, all, &wanted);
        collect_deeds(known, known->functions, &wanted);
        collect_deeds(known, known->relations, &wanted);
        if (g_hash_table_size(wanted.functions) + g_hash_table_size(wanted.relations) == 0)
            return true;
        if (!learn_functions(known, db, wanted.functions, error) ||
            !learn_relations(known, db, wanted.relations, error))
            return false;
    }
}

/* What a statement reaches, each once, in the order in which it was found. */
typedef struct Reach {
    const Known *known;
    GHashTable *seen;
    GPtrArray *all; /* (element-type Deeds) */
} Reach;

static void reach_names(Reach *reach, GHashTable *known, const GPtrArray *names)
{
    for (unsigned i = 0; i < names->len; i++) {
        Deeds *deeds = g_hash_table_lookup(known, names->pdata[i]);
        if (g_hash_table_add(reach->seen, deeds))
            g_ptr_array_add(reach->all, deeds);
    }
}

/* Whether all (element-type Mentions) are understood; what they mention is reached. */
static bool reach_all(Reach *reach, const GPtrArray *all)
{
    for (unsigned i = 0; i < all->len; i++) {
        const Mentions *mentions = all->pdata[i];
        if (!mentions->known)
            return false;
        reach_names(reach, reach->known->functions, mentions->functions);
        reach_names(reach, reach->known->relations, mentions->relations);
    }
    return true;
}

/* After learn(): all names are known. */
static bool stains(const Known *known, Mentions *mentions, bool writes)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) reached = g_ptr_array_new();
    g_autoptr(GPtrArray) statement = g_ptr_array_new();
    Reach reach = {.known = known, .seen = seen, .all = reached};
    g_ptr_array_add(statement, mentions);
    if (!reach_all(&reach, statement))
        return true;
    for (unsigned i = 0; i < reached->len; i++) {
        const Deeds *deeds = reached->pdata[i];
        if (deeds->stains || !reach_all(&reach, deeds->reads) ||
            (writes && !reach_all(&reach, deeds->writes)))
            return true;
    }
    return false;
}

/* Sessions of the fast lane are read only. */
static bool may_write(const Endpoint *endpoint)
{
    bool reads = endpoint->method == HTTP_GET || endpoint->method == HTTP_HEAD;
    return endpoint->lane == LANE_DEFAULT ? !reads : endpoint->lane != LANE_FAST;
}

bool stains_mark(EndpointSet *set, Database *db, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)mentions_free);
    for (unsigned i = 0; i < set->endpoints->len; i++) {
        const Endpoint *endpoint = set->endpoints->pdata[i];
        for (unsigned j = 0; j < endpoint->statements->len; j++)
            g_ptr_array_add(all,
                            mentions_new(((ApiStatement *)endpoint->statements->pdata[j])->sql));
    }
    g_auto(Known) known = {
        .functions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, deeds_free),
        .relations = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, deeds_free),
    };
    if (!learn(&known, db, all, error))
        return false;
    unsigned next = 0;
    for (unsigned i = 0; i < set->endpoints->len; i++) {
        const Endpoint *endpoint = set->endpoints->pdata[i];
        bool writes = may_write(endpoint);
        for (unsigned j = 0; j < endpoint->statements->len; j++)
            ((ApiStatement *)endpoint->statements->pdata[j])->stains =
                stains(&known, all->pdata[next++], writes);
    }
    return true;
}
