/*
 * Any bytes through the scanner, the splitter, the classes and the checksum.
 */
#include "fuzz.h"
#include "sql/checksum.h"
#include "sql/classify.h"
#include "sql/split.h"

/* Tokens lie in the text, in order, and none is empty. */
static void scan(const char *text, size_t length)
{
    Scanner scanner = scanner_start(text, length, 1);
    Token token = {0};
    size_t last = 0;
    while (scanner_next(&scanner, &token, NULL) && token.kind != TOKEN_END) {
        g_assert_cmpuint(token.start, >=, last);
        g_assert_cmpuint(token.length, >, 0);
        last = token.start + token.length;
        g_assert_cmpuint(last, <=, length);
    }
}

/* A statement that is split again is itself, and of one class. */
static void check_statement(const Statement *statement)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) again =
        split_statements(statement->text, strlen(statement->text), 1, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(again->len, ==, 1);
    g_assert_cmpstr(((Statement *)again->pdata[0])->text, ==, statement->text);
    bool alone = false;
    g_assert_nonnull(statement_class_name(statement_classify(statement->text, &alone)));
    g_autofree char *sum = checksum_of_statement(statement->text);
    g_assert_cmpuint(strlen(sum), ==, 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = fuzz_copy(data, size);
    scan(text, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) statements = split_statements(text, size, 1, &error);
    g_assert_true((statements == NULL) == (error != NULL));
    for (unsigned i = 0; statements != NULL && i < statements->len; i++)
        check_statement(statements->pdata[i]);
    return 0;
}
