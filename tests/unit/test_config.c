#include "base/config.h"

static void assert_refused(const char *text, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse("/p/retort.ini", text, &error);
    g_assert_null(config);
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, expected);
}

static void silence_gives_defaults(void)
{
    g_autoptr(Config) config = config_new("/p");
    g_assert_cmpstr(config_get(config, "retort", "models"), ==, "models");
    g_assert_cmpstr(config_get(config, "migrate", "lock_timeout"), ==, "3s");
    g_assert_cmpuint(config_line(config, "retort", "models"), ==, 0);
    g_assert_null(config_file(config));
    g_autofree char *path = config_path(config, "retort", "models");
    g_assert_cmpstr(path, ==, "/p/models");
}

static void file_overrides_defaults(void)
{
    const char *text = "# comment\r\n\r\n[retort]\r\n  models = my models \r\n"
                       "migrations=a:/b: ../c\n; more\n[migrate]\nignore =\n";
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse("/p/q/retort.ini", text, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(config_get(config, "retort", "models"), ==, "my models");
    g_assert_cmpuint(config_line(config, "retort", "models"), ==, 4);
    g_assert_cmpstr(config_get(config, "migrate", "ignore"), ==, "");
    g_auto(GStrv) paths = config_paths(config, "retort", "migrations");
    g_autofree char *joined = g_strjoinv("|", paths);
    g_assert_cmpstr(joined, ==, "/p/q/a|/b|/p/c");
}

static void faults_are_named_with_their_line(void)
{
    assert_refused("[retort]\nmodel = x\n",
                   "/p/retort.ini:2: unknown setting \"model\"\nhint: did you mean \"models\"?");
    assert_refused("\n[migrat]\n",
                   "/p/retort.ini:2: unknown section \"migrat\"\nhint: did you mean \"migrate\"?");
    assert_refused("[database]\nzzzzzzzzzz = 1\n",
                   "/p/retort.ini:2: unknown setting \"zzzzzzzzzz\"");
    assert_refused("models = x\n", "/p/retort.ini:1: a setting stands before the first [section]");
    assert_refused("[retort]\nmodels\n",
                   "/p/retort.ini:2: this is neither \"key = value\" nor a [section]");
    assert_refused("[retort\n", "/p/retort.ini:1: \"]\" is missing");
    assert_refused("[retort]\nmodels=a\nmodels=b\n",
                   "/p/retort.ini:3: \"models\" is already set in line 2");
}

static void password_is_refused_and_not_repeated(void)
{
    static const char *const lines[] = {
        "url = postgresql://u:secret@h/d",
        "url = postgresql+asyncpg://u:se/cret@h/d",
        "url = host=h password=secret",
        "url = host=h PASSWORD = secret",
        "url = postgresql://u@h/d?password=secret",
        "scratch_url = postgresql://u@h/d?sslpassword=secret",
        "password = secret",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *text = g_strconcat("[database]\n", lines[i], NULL);
        assert_refused(text, "/p/retort.ini:2: this file must not hold a password\n"
                             "hint: put it into DATABASE_URL in .env, or into ~/.pgpass");
    }
}

static void secret_is_refused_and_not_repeated(void)
{
    assert_refused("[access]\njwt_secret = hunter2hunter2\n",
                   "/p/retort.ini:2: this file must not hold a secret\n"
                   "hint: put it into JWT_SECRET in .env, or into the file of JWT_SECRET_FILE");
}

static void flag_is_yes_or_no(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) good = config_parse("r.ini", "[access]\nrequired = yes", &error);
    g_autoptr(Config) bad = config_parse("r.ini", "[access]\nrequired = true", &error);
    g_assert_no_error(error);
    bool flag = false;
    g_assert_true(config_flag(good, "access", "required", &flag, &error));
    g_assert_true(flag);
    g_assert_false(config_flag(bad, "access", "required", &flag, &error));
    g_assert_cmpstr(error->message, ==, "r.ini:2: \"required\" must be yes or no");
    g_assert_true(flag);
}

static void url_without_password_is_taken(void)
{
    static const char *const urls[] = {"postgresql://u@h:5433/d",
                                       "postgresql://h:5433/d",
                                       "postgresql:///d?host=/run/x&user=a@b",
                                       "host=h dbname=d",
                                       "postgresql://u@[::1]:5432/d",
                                       "passfile=/p user=x"};
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_autofree char *text = g_strconcat("[database]\nurl = ", urls[i], NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(Config) config = config_parse("/p/retort.ini", text, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(config_get(config, "database", "url"), ==, urls[i]);
    }
}

static void number_is_checked(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) good = config_parse("r.ini", "[migrate]\nlease_seconds = 60", &error);
    g_autoptr(Config) bad = config_parse("r.ini", "[migrate]\nlease_seconds = 60s", &error);
    g_assert_no_error(error);
    long number = 0;
    g_assert_true(config_number(good, "migrate", "lease_seconds", 1, 100, &number, &error));
    g_assert_cmpint(number, ==, 60);
    g_assert_false(config_number(bad, "migrate", "lease_seconds", 1, 100, &number, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==,
                    "r.ini:2: \"lease_seconds\" must be a whole number from 1 to 100, not \"60s\"");
    g_assert_cmpint(number, ==, 60);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config/defaults", silence_gives_defaults);
    g_test_add_func("/config/file", file_overrides_defaults);
    g_test_add_func("/config/faults", faults_are_named_with_their_line);
    g_test_add_func("/config/password", password_is_refused_and_not_repeated);
    g_test_add_func("/config/secret", secret_is_refused_and_not_repeated);
    g_test_add_func("/config/flag", flag_is_yes_or_no);
    g_test_add_func("/config/url", url_without_password_is_taken);
    g_test_add_func("/config/number", number_is_checked);
    return g_test_run();
}
