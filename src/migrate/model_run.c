#include "migrate/model_list.h"
#include "sql/scan.h"

#include <string.h>

/* Statements on their way at a time: their answers are small, so neither side ever waits. */
#define WINDOW 64
#define REPORTED_MAX 20

static const char or_replace[] = " OR REPLACE";

typedef enum AttemptState {
    ATTEMPT_WAITING, /* not tried yet, or something was undefined */
    ATTEMPT_DONE,
    ATTEMPT_FAILED, /* for a reason that no other statement can mend */
} AttemptState;

/* What became of one statement. */
typedef struct Attempt {
    AttemptState state;
    bool is_last;     /* a grant on all objects: when they are all there */
    bool unchecked;   /* a function made without a look at its body */
    unsigned shifted; /* characters that its text had more than the model's */
    char sqlstate[6];
    char *message;
    char *detail;
    char *hint;
    int position; /* in the model's statement, in characters from 1; 0 if unknown */
} Attempt;

typedef struct Runner {
    const Models *models;
    Database *db;
    PGconn *connection;
    const char *search_path;
    const ModelFile *file; /* (nullable): whose settings the session has after what was sent */
    unsigned settings;     /* how many of them */
    bool checking;         /* whether function bodies are looked at */
    Attempt *attempts;     /* as many as there are statements */
    GQueue flying;         /* (element-type Flight) */
} Runner;

/* What was sent and not answered yet. */
typedef struct Flight {
    Attempt *attempt;         /* (nullable): NULL for a setting */
    const Statement *setting; /* (nullable): NULL for one of ours */
    const ModelFile *file;
} Flight;

static const ModelStatement *model_at(const Runner *runner, unsigned i)
{
    return g_ptr_array_index(runner->models->statements, i);
}

static void attempt_forget(Attempt *attempt)
{
    g_clear_pointer(&attempt->message, g_free);
    g_clear_pointer(&attempt->detail, g_free);
    g_clear_pointer(&attempt->hint, g_free);
}

/* SQLSTATEs of statements that may succeed after others: something is not there yet. */
static bool is_undefined(const char *sqlstate)
{
    static const char *const states[] = {
        "42P01", /* undefined_table */
        "42703", /* undefined_column */
        "42704", /* undefined_object */
        "42883", /* undefined_function */
        "3F000", /* invalid_schema_name */
        "42830", /* invalid_foreign_key: the key it refers to */
        "42803", /* grouping_error: the primary key that a GROUP BY counts on */
        "42846", /* cannot_coerce: the cast */
        "42P10", /* invalid_column_reference: the unique index of an ON CONFLICT */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(states[i], sqlstate) == 0)
            return true;
    return false;
}

static void attempt_fail(Attempt *attempt, const SqlError *reason)
{
    attempt_forget(attempt);
    g_strlcpy(attempt->sqlstate, reason->sqlstate, sizeof attempt->sqlstate);
    attempt->state = is_undefined(reason->sqlstate) ? ATTEMPT_WAITING : ATTEMPT_FAILED;
    attempt->message = g_strdup(reason->message);
    attempt->detail = g_strdup(reason->detail);
    attempt->hint = g_strdup(reason->hint);
    attempt->position = reason->position;
    if (attempt->position > (int)attempt->shifted)
        attempt->position -= (int)attempt->shifted;
}

/* Whether the connection is gone, or going. */
static bool is_lost(const Runner *runner, const SqlError *said)
{
    return PQstatus(runner->connection) == CONNECTION_BAD || said->message == NULL ||
           g_str_has_prefix(said->sqlstate, "57P") || g_str_has_prefix(said->sqlstate, "08");
}

/* What the server said in answer to @flight; whether the run can go on. */
static bool take_answer(Runner *runner, const Flight *flight, const PGresult *result,
                        GError **error)
{
    ExecStatusType status = PQresultStatus(result);
    bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (good && flight->attempt != NULL) {
        attempt_forget(flight->attempt);
        flight->attempt->state = ATTEMPT_DONE;
    }
    if (good)
        return true;
    database_set_error(runner->db, result, NULL);
    const SqlError *said = database_error(runner->db);
    if (is_lost(runner, said)) {
        database_set_error(runner->db, result, error);
        return false;
    }
    if (flight->attempt != NULL) {
        attempt_fail(flight->attempt, said);
        return true;
    }
    /* A dump of a newer server sets what this one does not know. */
    if (flight->setting == NULL || strcmp(said->sqlstate, "42704") == 0)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s:%u: %s", flight->file->shown,
                flight->setting->line, said->message);
    return false;
}

/* Waits for the answer to what was sent first. */
static bool receive(Runner *runner, GError **error)
{
    g_autofree Flight *flight = g_queue_pop_head(&runner->flying);
    g_autoptr(PGresult) result = PQgetResult(runner->connection);
    bool good = take_answer(runner, flight, result, error);
    for (bool synced = false; !synced && PQstatus(runner->connection) == CONNECTION_OK;) {
        g_autoptr(PGresult) rest = PQgetResult(runner->connection);
        synced = PQresultStatus(rest) == PGRES_PIPELINE_SYNC;
    }
    return good;
}

static bool receive_all(Runner *runner, GError **error)
{
    while (runner->flying.length > 0)
        if (!receive(runner, error))
            return false;
    return true;
}

/* Sends @sql as a transaction of its own. @value is its $1. */
static bool send(Runner *runner, Flight flight, const char *sql, const char *value, GError **error)
{
    if (runner->flying.length >= WINDOW && !receive(runner, error))
        return false;
    int values = value == NULL ? 0 : 1;
    if (PQsendQueryParams(runner->connection, sql, values, NULL, &value, NULL, NULL, 0) != 1 ||
        PQpipelineSync(runner->connection) != 1) {
        database_set_error(runner->db, NULL, error);
        return false;
    }
    g_queue_push_tail(&runner->flying, g_memdup2(&flight, sizeof flight));
    return true;
}

/* Gives the session back the settings that each file begins with. */
static bool send_reset(Runner *runner, GError **error)
{
    static const char settings[] =
        "select pg_catalog.set_config('search_path', $1, false)"
        "     , pg_catalog.set_config('client_min_messages', 'warning', false)"
        "     , pg_catalog.set_config('synchronous_commit', 'off', false)";
    const Flight ours = {0};
    runner->file = NULL;
    runner->settings = 0;
    runner->checking = true;
    return send(runner, ours, "set session authorization default", NULL, error) &&
           send(runner, ours, "reset all", NULL, error) &&
           send(runner, ours, settings, runner->search_path, error);
}

/* Gives the session the settings that stand before @model in its file. */
static bool send_settings(Runner *runner, const ModelStatement *model, GError **error)
{
    bool other = runner->file != model->file;
    if (runner->settings > 0 && (other || runner->settings > model->settings) &&
        !send_reset(runner, error))
        return false;
    runner->file = model->file;
    for (; runner->settings < model->settings; runner->settings++) {
        const Statement *setting = g_ptr_array_index(model->file->settings, runner->settings);
        const Flight flight = {.setting = setting, .file = model->file};
        if (!send(runner, flight, setting->text, NULL, error))
            return false;
    }
    return true;
}

static bool send_checking(Runner *runner, bool checking, GError **error)
{
    const Flight ours = {0};
    const char *sql =
        checking ? "set check_function_bodies = on" : "set check_function_bodies = off";
    if (runner->checking == checking)
        return true;
    runner->checking = checking;
    return send(runner, ours, sql, NULL, error);
}

static bool send_statement(Runner *runner, unsigned i, GError **error)
{
    const ModelStatement *model = model_at(runner, i);
    const Flight flight = {.attempt = &runner->attempts[i], .file = model->file};
    return send_settings(runner, model, error) &&
           send(runner, flight, model->statement->text, NULL, error);
}

static bool token_is_one_of(const char *text, const Token *token, const char *const *words)
{
    for (; *words != NULL; words++)
        if (token_is_word(text, token, *words))
            return true;
    return false;
}

/* The first token of @text behind CREATE and what may stand between it and the kind. */
static bool find_created_kind(Scanner *scanner, Token *out_token)
{
    static const char *const between[] = {
        "or",      "replace",    "temp",         "temporary",  "unlogged", "foreign", "recursive",
        "trusted", "procedural", "materialized", "constraint", "unique",   NULL};
    if (!scanner_next(scanner, out_token, NULL) ||
        !token_is_word(scanner->text, out_token, "create"))
        return false;
    do {
        if (!scanner_next(scanner, out_token, NULL))
            return false;
    } while (token_is_one_of(scanner->text, out_token, between));
    return true;
}

static bool creates_function(const char *text)
{
    Scanner scanner = scanner_start(text, strlen(text), 1);
    Token token = {0};
    return find_created_kind(&scanner, &token) &&
           (token_is_word(text, &token, "function") || token_is_word(text, &token, "procedure"));
}

/* (transfer full) (nullable): the last part of the name of what @text creates. */
static char *created_name(const char *text)
{
    static const char *const skipped[] = {"if", "not", "exists", NULL};
    Scanner scanner = scanner_start(text, strlen(text), 1);
    Token token = {0};
    g_autofree char *name = NULL;
    if (!find_created_kind(&scanner, &token))
        return NULL;
    while (scanner_next(&scanner, &token, NULL)) {
        if (name == NULL && token_is_one_of(text, &token, skipped))
            continue;
        if (token.kind == TOKEN_OPERATOR && text[token.start] == '.')
            continue;
        if (token.kind == TOKEN_WORD && name == NULL)
            name = g_ascii_strdown(text + token.start, (gssize)token.length);
        else if (token.kind == TOKEN_QUOTED && name == NULL)
            name = g_strndup(text + token.start + 1, token.length - 2);
        else
            break;
        /* a part behind a dot takes the place of the one before it */
        Scanner ahead = scanner;
        if (scanner_next(&ahead, &token, NULL) && token.kind == TOKEN_OPERATOR &&
            text[token.start] == '.')
            g_clear_pointer(&name, g_free);
    }
    return g_steal_pointer(&name);
}

/* Whether statement @i is to be tried now. */
static bool is_due(const Runner *runner, unsigned i)
{
    const Attempt *attempt = &runner->attempts[i];
    return attempt->state == ATTEMPT_WAITING && !attempt->is_last;
}

/* Tries all that wait, in order; the number that still do is @out_waiting. */
static bool run_round(Runner *runner, unsigned *out_waiting, GError **error)
{
    unsigned count = models_count(runner->models);
    if (!send_reset(runner, error))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (is_due(runner, i) && !send_statement(runner, i, error))
            return false;
    if (!receive_all(runner, error))
        return false;
    *out_waiting = 0;
    for (unsigned i = 0; i < count; i++)
        *out_waiting += is_due(runner, i);
    return true;
}

/*
 * Makes functions that wait without a look at their bodies: those that call each other could
 * not come first otherwise. check_functions() looks at them later.
 */
static bool run_unchecked(Runner *runner, bool *out_moved, GError **error)
{
    *out_moved = false;
    for (unsigned i = 0; i < models_count(runner->models); i++) {
        Attempt *attempt = &runner->attempts[i];
        const ModelStatement *model = model_at(runner, i);
        if (attempt->state != ATTEMPT_WAITING || !creates_function(model->statement->text))
            continue;
        if (!send_settings(runner, model, error) || !send_checking(runner, false, error) ||
            !send_statement(runner, i, error) || !send_checking(runner, true, error) ||
            !receive_all(runner, error))
            return false;
        attempt->unchecked = attempt->state == ATTEMPT_DONE;
        *out_moved = *out_moved || attempt->unchecked;
    }
    return true;
}

/* Makes the functions of run_unchecked() once more, now with a look at their bodies. */
static bool check_functions(Runner *runner, GError **error)
{
    for (unsigned i = 0; i < models_count(runner->models); i++) {
        Attempt *attempt = &runner->attempts[i];
        const ModelStatement *model = model_at(runner, i);
        const char *text = model->statement->text;
        if (!attempt->unchecked)
            continue;
        Scanner scanner = scanner_start(text, strlen(text), 1);
        Token create = {0};
        Token next = {0};
        scanner_next(&scanner, &create, NULL);
        scanner_next(&scanner, &next, NULL);
        g_autoptr(GString) sql = g_string_new(text);
        if (!token_is_word(text, &next, "or")) {
            g_string_insert(sql, (gssize)create.length, or_replace);
            attempt->shifted = strlen(or_replace);
        }
        const Flight flight = {.attempt = attempt, .file = model->file};
        if (!send_settings(runner, model, error) || !send(runner, flight, sql->str, NULL, error) ||
            !receive_all(runner, error))
            return false;
    }
    return true;
}

/* Whether @text is GRANT or REVOKE; @out_on_all: … ON ALL … IN SCHEMA. */
static bool is_grant(const char *text, bool *out_on_all)
{
    static const char *const first[] = {"grant", "revoke", NULL};
    Scanner scanner = scanner_start(text, strlen(text), 1);
    Token token = {0};
    *out_on_all = false;
    if (!scanner_next(&scanner, &token, NULL) || !token_is_one_of(text, &token, first))
        return false;
    for (bool on = false; scanner_next(&scanner, &token, NULL) && token.kind != TOKEN_END;) {
        if (on) {
            *out_on_all = token_is_word(text, &token, "all");
            break;
        }
        on = token_is_word(text, &token, "on");
    }
    return true;
}

/* Marks the grants on all objects of a schema, which mean those that are there. */
static void find_last(Runner *runner)
{
    for (unsigned i = 0; i < models_count(runner->models); i++)
        is_grant(model_at(runner, i)->statement->text, &runner->attempts[i].is_last);
}

/*
 * Grants on all objects of a schema, and once more what was granted on single ones: the exception
 * holds, wherever it stands. It has been run without an error, so that one now (the object was
 * dropped again) does not matter.
 */
static bool run_last(Runner *runner, GError **error)
{
    unsigned count = models_count(runner->models), found = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!runner->attempts[i].is_last)
            continue;
        found++;
        if (!send_statement(runner, i, error))
            return false;
    }
    for (unsigned i = 0; found > 0 && i < count; i++) {
        const ModelStatement *model = model_at(runner, i);
        const Flight again = {.file = model->file};
        bool on_all = false;
        if (runner->attempts[i].state != ATTEMPT_DONE ||
            !is_grant(model->statement->text, &on_all) || on_all)
            continue;
        if (!send_settings(runner, model, error) ||
            !send(runner, again, model->statement->text, NULL, error))
            return false;
    }
    return receive_all(runner, error);
}

static bool run_all(Runner *runner, GError **error)
{
    unsigned waiting = models_count(runner->models);
    unsigned before = 0;
    bool moved = true;
    find_last(runner);
    while (waiting > 0 && moved) {
        before = waiting;
        if (!run_round(runner, &waiting, error))
            return false;
        moved = waiting < before;
        if (!moved && !run_unchecked(runner, &moved, error))
            return false;
    }
    return check_functions(runner, error) && run_last(runner, error) && send_reset(runner, error) &&
           receive_all(runner, error);
}

/* Whether @message names @name: in quotes, behind a dot, or as a function. */
static bool message_names(const char *message, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = strstr(message, name); at != NULL; at = strstr(at + 1, name)) {
        char before = at == message ? ' ' : at[-1];
        char after = at[length];
        if (strchr("\". ", before) != NULL && (after == '"' || after == '(' || after == '.'))
            return true;
    }
    return false;
}

/* Whether statement @i failed only because of another that failed. */
static bool is_consequence(const Runner *runner, unsigned i, char *const *names)
{
    if (!is_undefined(runner->attempts[i].sqlstate))
        return false;
    for (unsigned j = 0; j < models_count(runner->models); j++)
        if (j != i && names[j] != NULL && message_names(runner->attempts[i].message, names[j]))
            return true;
    return false;
}

/* The line of the file on which the server found the fault. */
static unsigned line_of(const Statement *statement, int position)
{
    unsigned line = statement->line;
    const char *at = statement->text;
    for (int i = 1; i < position && *at != '\0'; i++, at = g_utf8_next_char(at))
        line += *at == '\n';
    return line;
}

/* What a user can do about a fault, where the server does not say it. */
static const char *hint_for(const Attempt *attempt)
{
    if (strcmp(attempt->sqlstate, "42501") == 0 &&
        strstr(attempt->message, "create extension") != NULL)
        return "scratch_url in retort.ini can name a server where the role may create it";
    return attempt->hint;
}

static void append_fault(GString *text, const ModelStatement *model, const Attempt *attempt)
{
    const char *hint = hint_for(attempt);
    g_string_append_printf(text, "%s%s:%u: %s", text->len > 0 ? "\n" : "", model->file->shown,
                           line_of(model->statement, attempt->position), attempt->message);
    if (attempt->detail != NULL)
        g_string_append_printf(text, "\ndetail: %s", attempt->detail);
    if (hint != NULL)
        g_string_append_printf(text, "\nhint: %s", hint);
}

/* All faults but those that follow from others; all of them, if each follows from another. */
static char *describe_faults(const Runner *runner)
{
    unsigned count = models_count(runner->models);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) text = g_string_new(NULL);
    unsigned told = 0;
    for (unsigned i = 0; i < count; i++)
        g_ptr_array_add(names, runner->attempts[i].state == ATTEMPT_DONE
                                   ? NULL
                                   : created_name(model_at(runner, i)->statement->text));
    for (int all = 0; all < 2 && told == 0; all++) {
        for (unsigned i = 0; i < count; i++) {
            const Attempt *attempt = &runner->attempts[i];
            if (attempt->state == ATTEMPT_DONE ||
                (all == 0 && is_consequence(runner, i, (char *const *)names->pdata)))
                continue;
            if (told++ < REPORTED_MAX)
                append_fault(text, model_at(runner, i), attempt);
        }
    }
    if (told > REPORTED_MAX)
        g_string_append_printf(text, "\nand %u more", told - REPORTED_MAX);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool report(const Runner *runner, GError **error)
{
    bool good = true;
    for (unsigned i = 0; good && i < models_count(runner->models); i++)
        good = runner->attempts[i].state == ATTEMPT_DONE;
    if (good)
        return true;
    g_autofree char *text = describe_faults(runner);
    g_set_error_literal(error, APP_ERROR, APP_ERROR_INPUT, text);
    return false;
}

static void leave_pipeline(Runner *runner)
{
    /* After a failure answers may be on their way still. */
    while (runner->flying.length > 0 && PQstatus(runner->connection) == CONNECTION_OK) {
        g_autoptr(GError) late = NULL; /* one error is reported already */
        receive(runner, &late);
    }
    g_queue_clear_full(&runner->flying, g_free);
    PQexitPipelineMode(runner->connection);
}

bool models_run(const Models *models, Database *scratch, const char *search_path, GError **error)
{
    unsigned count = models_count(models);
    g_autofree Attempt *attempts = g_new0(Attempt, count + 1);
    Runner runner = {.models = models,
                     .db = scratch,
                     .connection = database_connection(scratch),
                     .search_path = search_path,
                     .attempts = attempts};
    g_queue_init(&runner.flying);
    if (PQenterPipelineMode(runner.connection) != 1) {
        database_set_error(scratch, NULL, error);
        return false;
    }
    bool good = run_all(&runner, error);
    leave_pipeline(&runner);
    good = good && report(&runner, error);
    for (unsigned i = 0; i < count; i++)
        attempt_forget(&attempts[i]);
    return good;
}
