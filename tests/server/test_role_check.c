#include "fixture.h"
#include "serve/db_role_check.h"

#include <string.h>

/* Roles are of the whole cluster: made for a test, dropped after it. */
typedef struct Roles {
    Fixture *fixture;
    Database *db; /* connected as "app" */
    char *app;
    char *owner;
} Roles;

static void run(const Roles *roles, const char *text)
{
    g_autoptr(GString) sql = g_string_new(text);
    g_string_replace(sql, "$app", roles->app, 0);
    g_string_replace(sql, "$owner", roles->owner, 0);
    fixture_run(roles->fixture->db, sql->str);
}

static Roles roles_new(void)
{
    static unsigned number = 0;
    Roles roles = {.fixture = fixture_new()};
    roles.app = g_strdup_printf("test_app_%d_%u", (int)getpid(), number);
    roles.owner = g_strdup_printf("test_owner_%d_%u", (int)getpid(), number++);
    run(&roles, "CREATE ROLE $app LOGIN; CREATE ROLE $owner;"
                "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    g_autoptr(GError) error = NULL;
    g_autoptr(ConnectionSettings) settings = settings_copy(roles.fixture->settings);
    settings_set(settings, "user", roles.app);
    settings_set(settings, "password", NULL);
    roles.db = database_open(settings, &error);
    g_assert_no_error(error);
    return roles;
}

static void roles_clear(Roles *roles)
{
    database_close(roles->db);
    run(roles, "DROP OWNED BY $app, $owner CASCADE; DROP ROLE $app, $owner");
    fixture_free(roles->fixture);
    g_free(roles->app);
    g_free(roles->owner);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Roles, roles_clear)

/* What is found, with the roles called "app" and "owner". */
static char *check(const Roles *roles, Database *db, bool refused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) findings = role_check(db, &error);
    g_assert_no_error(error);
    g_assert_cmpint(PQtransactionStatus(database_connection(db)), ==, PQTRANS_IDLE);
    g_autofree char *found = role_check_text(findings, refused);
    g_autoptr(GString) text = g_string_new(found == NULL ? "" : found);
    g_string_replace(text, roles->app, "app", 0);
    g_string_replace(text, roles->owner, "owner", 0);
    return g_strdup(text->str);
}

/* What is found of the roles "owner" and "app". */
static char *check_db_roles(const Roles *roles, bool mend)
{
    g_autoptr(GError) error = NULL;
    const char *const names[] = {roles->owner, roles->app, NULL};
    g_autoptr(GPtrArray) findings = db_role_check(roles->db, names, &error);
    g_assert_no_error(error);
    g_assert_cmpint(PQtransactionStatus(database_connection(roles->db)), ==, PQTRANS_IDLE);
    for (unsigned i = 0; mend && i < findings->len; i++)
        fixture_run(roles->fixture->db, ((const RoleFinding *)findings->pdata[i])->mend);
    g_autofree char *found = role_check_text(findings, false);
    g_autoptr(GString) text = g_string_new(found == NULL ? "" : found);
    g_string_replace(text, roles->app, "app", 0);
    g_string_replace(text, roles->owner, "owner", 0);
    return g_strdup(text->str);
}

/* Runs the SQL of all findings, as an administrator would. */
static void mend(const Roles *roles)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) findings = role_check(roles->db, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(findings->len, >, 0);
    for (unsigned i = 0; i < findings->len; i++)
        fixture_run(roles->fixture->db, ((const RoleFinding *)findings->pdata[i])->mend);
}

static void assert_clean(const Roles *roles)
{
    g_autofree char *refused = check(roles, roles->db, true);
    g_assert_cmpstr(refused, ==, "");
    g_autofree char *warned = check(roles, roles->db, false);
    g_assert_cmpstr(warned, ==, "");
}

static void a_role_with_data_rights_alone_is_fine(void)
{
    g_auto(Roles) roles = roles_new();
    run(&roles, "CREATE TABLE item (id integer); GRANT SELECT, INSERT ON item TO $app");
    assert_clean(&roles);
}

static void a_superuser_is_refused(void)
{
    g_auto(Roles) roles = roles_new();
    g_autofree char *found = check(&roles, roles.fixture->db, true);
    g_assert_nonnull(strstr(found, " is a superuser\nhint: CREATE ROLE app LOGIN"));
    g_assert_nonnull(strstr(found, "GRANT USAGE ON SCHEMA public TO app;"));
    g_assert_nonnull(strstr(found, "SERVE_DATABASE_URL"));
    run(&roles, "ALTER ROLE $owner SUPERUSER; GRANT $owner TO $app");
    g_autofree char *member = check(&roles, roles.db, true);
    g_assert_cmpstr(member, ==,
                    "role \"app\" is a member of the superuser \"owner\"\n"
                    "hint: REVOKE owner FROM app;");
    mend(&roles);
    assert_clean(&roles);
}

static void an_owner_is_refused(void)
{
    g_auto(Roles) roles = roles_new();
    run(&roles, "CREATE TABLE item (id integer); ALTER TABLE item OWNER TO $app");
    g_autofree char *found = check(&roles, roles.db, true);
    g_assert_true(g_str_has_prefix(found, "role \"app\" owns table public.item\nhint: CREATE"));
    run(&roles, "CREATE SEQUENCE s; ALTER SEQUENCE s OWNER TO $owner;"
                "ALTER TABLE item OWNER TO $owner; GRANT $owner TO $app");
    g_autofree char *member = check(&roles, roles.db, true);
    g_assert_cmpstr(member, ==,
                    "role \"app\" is a member of \"owner\", which owns table public.item and "
                    "others, 2 in all\nhint: REVOKE owner FROM app;");
    mend(&roles);
    assert_clean(&roles);
}

static void the_owner_of_the_database_is_refused(void)
{
    g_auto(Roles) roles = roles_new();
    g_autoptr(GString) sql = g_string_new(NULL);
    g_string_printf(sql, "ALTER DATABASE \"%s\" OWNER TO %s", database_name(roles.db), roles.app);
    fixture_run(roles.fixture->db, sql->str);
    g_autofree char *found = check(&roles, roles.db, true);
    g_assert_nonnull(strstr(found, "role \"app\" owns database "));
    g_string_printf(sql, "ALTER DATABASE \"%s\" OWNER TO CURRENT_USER", database_name(roles.db));
    fixture_run(roles.fixture->db, sql->str);
    assert_clean(&roles);
}

static void create_is_refused(void)
{
    g_auto(Roles) roles = roles_new();
    run(&roles, "CREATE SCHEMA \"Odd\"; GRANT CREATE ON SCHEMA \"Odd\" TO $app;"
                "GRANT CREATE ON SCHEMA public TO PUBLIC");
    g_autofree char *found = check(&roles, roles.db, true);
    g_assert_cmpstr(found, ==,
                    "role \"app\" may create in schema public, as everybody may\n"
                    "hint: REVOKE CREATE ON SCHEMA public FROM PUBLIC;\n"
                    "role \"app\" may create in schema \"Odd\"\n"
                    "hint: REVOKE CREATE ON SCHEMA \"Odd\" FROM app;");
    mend(&roles);
    assert_clean(&roles);
    g_autoptr(GString) sql = g_string_new(NULL);
    g_string_printf(sql, "GRANT CREATE ON DATABASE \"%s\" TO %s", database_name(roles.db),
                    roles.owner);
    fixture_run(roles.fixture->db, sql->str);
    run(&roles, "GRANT $owner TO $app");
    g_autofree char *member = check(&roles, roles.db, true);
    g_assert_nonnull(strstr(member, " as a member of \"owner\"\nhint: REVOKE CREATE ON DATABASE "));
    mend(&roles);
    assert_clean(&roles);
}

static void what_reaches_further_is_warned_of(void)
{
    g_auto(Roles) roles = roles_new();
    run(&roles, "ALTER ROLE $app BYPASSRLS REPLICATION CREATEROLE CREATEDB;"
                "GRANT pg_execute_server_program TO $app");
    g_autofree char *refused = check(&roles, roles.db, true);
    g_assert_cmpstr(refused, ==, "");
    g_autofree char *warned = check(&roles, roles.db, false);
    g_assert_nonnull(strstr(warned, "role \"app\" has BYPASSRLS: row-level security does not hold "
                                    "for it\nhint: ALTER ROLE app NOBYPASSRLS;"));
    g_assert_nonnull(strstr(warned, "NOREPLICATION"));
    g_assert_nonnull(strstr(warned, "NOCREATEROLE"));
    g_assert_nonnull(strstr(warned, "NOCREATEDB"));
    g_assert_nonnull(strstr(warned, "REVOKE pg_execute_server_program FROM app;"));
    mend(&roles);
    assert_clean(&roles);
}

static void roles_of_requests_are_warned_of(void)
{
    g_auto(Roles) roles = roles_new();
    run(&roles, "ALTER ROLE $owner BYPASSRLS");
    g_autofree char *found = check_db_roles(&roles, false);
    g_assert_nonnull(strstr(found, "\"owner\", but role \"app\" may not work as it"));
    g_assert_nonnull(strstr(found, "\nhint: GRANT owner TO app"));
    g_assert_nonnull(strstr(found, "\"owner\", which has BYPASSRLS"));
    g_assert_null(strstr(found, "role \"app\", "));
    g_autofree char *mended = check_db_roles(&roles, true);
    g_assert_cmpstr(mended, ==, found);
    g_autofree char *clean = check_db_roles(&roles, false);
    g_assert_cmpstr(clean, ==, "");
    run(&roles, "ALTER ROLE $owner SUPERUSER");
    g_autofree char *super = check_db_roles(&roles, false);
    g_assert_cmpstr(super, ==,
                    "[access] names the database role \"owner\", which is a superuser: its "
                    "requests may do anything\nhint: ALTER ROLE owner NOSUPERUSER;");
}

static void a_role_of_requests_that_is_missing_is_warned_of(void)
{
    g_auto(Roles) roles = roles_new();
    g_autoptr(GError) error = NULL;
    const char *const names[] = {"No \"where\\, '", NULL};
    g_autoptr(GPtrArray) findings = db_role_check(roles.db, names, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(findings->len, ==, 1);
    const RoleFinding *finding = findings->pdata[0];
    g_assert_false(finding->refused);
    g_assert_nonnull(strstr(finding->message, "No \"where\\, '\", which does not exist"));
    g_assert_true(g_str_has_prefix(finding->mend, "CREATE ROLE \"No \"\"where\\, '\";\nGRANT "));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/role_check/fine", a_role_with_data_rights_alone_is_fine);
    g_test_add_func("/role_check/superuser", a_superuser_is_refused);
    g_test_add_func("/role_check/owner", an_owner_is_refused);
    g_test_add_func("/role_check/database", the_owner_of_the_database_is_refused);
    g_test_add_func("/role_check/create", create_is_refused);
    g_test_add_func("/role_check/warned", what_reaches_further_is_warned_of);
    g_test_add_func("/role_check/db_roles", roles_of_requests_are_warned_of);
    g_test_add_func("/role_check/db_roles_missing",
                    a_role_of_requests_that_is_missing_is_warned_of);
    return g_test_run();
}
