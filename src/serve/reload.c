#include "serve/reload.h"

#include "base/thread.h"
#include "serve/folder_watch.h"
#include "serve/start.h"
#include "serve/visit.h"

/* After a change of files, what an editor writes is waited for: microseconds. */
enum { CALM = 200000 };

struct Reload {
    Loop *loop;
    const ServerOptions *options;
    ReloadBegun *begun;
    ReloadDone *done;
    void *data;
    GThread *thread; /* %NULL: none runs */
    Visit *visit;
    Reloaded loaded; /* or why not: */
    GError *reason;
    bool again;
    char **folders;     /* of endpoints and revisions */
    bool *were_there;   /* each of them, whenever they were read */
    bool had_endpoints; /* what was last read */
    FolderWatch *watch; /* (nullable) */
    LoopTimer calm;
};

/* What was last read was so; no thread runs. */
static void remember(Reload *reload, const Application *application)
{
    for (unsigned i = 0; reload->folders[i] != NULL; i++)
        reload->were_there[i] |= g_file_test(reload->folders[i], G_FILE_TEST_IS_DIR);
    reload->had_endpoints = application_endpoints(application) > 0;
}

static void finish(void *data)
{
    Reload *reload = data;
    g_clear_pointer(&reload->thread, g_thread_join);
    g_autoptr(GError) reason = g_steal_pointer(&reload->reason);
    const Reloaded loaded = reload->loaded;
    reload->loaded = (Reloaded){0};
    if (loaded.application != NULL)
        remember(reload, loaded.application);
    reload->done(loaded, reason == NULL ? NULL : reason->message, reload->data);
    if (reload->again) {
        reload->again = false;
        reload_begin(reload);
    }
}

static void drop(Reloaded *loaded)
{
    application_unref(g_steal_pointer(&loaded->application));
    revision_graph_free(g_steal_pointer(&loaded->revisions));
}

/* A folder that was moved away or is not mounted is no wish to serve nothing. */
static bool check_folders(Reload *reload)
{
    for (unsigned i = 0; reload->folders[i] != NULL; i++) {
        if (!reload->were_there[i] || g_file_test(reload->folders[i], G_FILE_TEST_IS_DIR))
            continue;
        g_set_error(&reload->reason, APP_ERROR, APP_ERROR_INPUT,
                    "the folder \"%s\" is gone\n"
                    "hint: put it back; what was read from it is served until then",
                    reload->folders[i]);
        return false;
    }
    return true;
}

static bool check_endpoints(Reload *reload)
{
    if (!reload->had_endpoints || application_endpoints(reload->loaded.application) > 0)
        return true;
    g_set_error(&reload->reason, APP_ERROR, APP_ERROR_INPUT,
                "there is no endpoint in \"%s\" any more\n"
                "hint: put its files back, or restart to serve none",
                reload->folders[0]);
    return false;
}

static bool load_all(Reload *reload)
{
    Reloaded *loaded = &reload->loaded;
    if (!check_folders(reload))
        return false;
    Database *db = visit_begin(reload->visit, &reload->reason);
    if (db == NULL || !start_revisions(reload->options, &loaded->revisions, &reload->reason))
        return false;
    loaded->application = start_load(reload->options, db, &reload->reason);
    return loaded->application != NULL && check_folders(reload) && check_endpoints(reload);
}

static void *load(void *data)
{
    Reload *reload = data;
    if (!load_all(reload))
        drop(&reload->loaded);
    visit_end(reload->visit);
    loop_call(reload->loop, finish, reload);
    return NULL;
}

bool reload_is_idle(const Reload *reload)
{
    return reload->thread == NULL;
}

void reload_begin(Reload *reload)
{
    if (reload->thread != NULL) {
        reload->again = true;
        return;
    }
    reload->begun(reload->data);
    reload->thread = thread_start("retort-reload", load, reload, &reload->reason);
    if (reload->thread == NULL)
        finish(reload);
}

static void is_calm(LoopTimer *timer, void *data)
{
    (void)timer;
    reload_begin(data);
}

static void files_changed(void *data)
{
    Reload *reload = data;
    loop_timer_start(reload->loop, &reload->calm, loop_now(reload->loop) + CALM, is_calm, reload);
}

/* That of the endpoints is the first. */
static char **all_folders(const Config *config)
{
    g_autofree char *endpoints = config_path(config, "retort", "api");
    g_auto(GStrv) revisions = config_paths(config, "retort", "migrations");
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();
    g_strv_builder_add(all, endpoints);
    g_strv_builder_addv(all, (const char **)revisions);
    return g_strv_builder_end(all);
}

Reload *reload_new(Loop *loop, const ServerOptions *options, const Application *application,
                   const ReloadCalls *calls, void *data)
{
    Reload *reload = g_new0(Reload, 1);
    *reload = (Reload){
        .loop = loop,
        .options = options,
        .begun = calls->begun,
        .done = calls->done,
        .data = data,
        .visit = visit_new(options),
        .folders = all_folders(options->config),
    };
    reload->were_there = g_new0(bool, g_strv_length(reload->folders));
    remember(reload, application);
    if (options->develop)
        reload->watch =
            folder_watch_new(loop, (const char *const *)reload->folders, files_changed, reload);
    return reload;
}

void reload_stop(Reload *reload)
{
    visit_cut(reload->visit);
    loop_timer_stop(&reload->calm);
    reload->again = false;
    g_clear_pointer(&reload->watch, folder_watch_free);
}

void reload_free(Reload *reload)
{
    if (reload == NULL)
        return;
    visit_cut(reload->visit);
    if (reload->thread != NULL)
        g_thread_join(reload->thread);
    visit_free(reload->visit);
    drop(&reload->loaded);
    g_clear_error(&reload->reason);
    loop_timer_stop(&reload->calm);
    folder_watch_free(reload->watch);
    g_strfreev(reload->folders);
    g_free(reload->were_there);
    g_free(reload);
}
