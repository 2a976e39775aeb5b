/*
 * Verifies tokens for test_token_peer.py: a JWKS file, JWT_SECRET in the environment, then lines
 * "NOW TOKEN" on stdin; a line each on stdout: "ok" with the claims, or the reason.
 */
#include "access/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Access *load(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "retort.ini", NULL);
    g_autoptr(Config) config = config_load(path, error);
    g_autoptr(Environment) environment = config != NULL ? environment_load(folder, error) : NULL;
    return environment != NULL ? access_load(config, environment, error) : NULL;
}

static void answer(const Access *access, AccessScratch *scratch, char *line)
{
    char *token = NULL;
    int64_t now = strtoll(line, &token, 10);
    g_autofree char *header = g_strconcat("Bearer", token, NULL);
    const char *reason = "";
    Identity identity = {0};
    if (access_identify(access, scratch, header, strlen(header), NULL, 0, now, &identity,
                        &reason) == ACCESS_OK)
        printf("ok %s\n", identity.claims);
    else
        printf("%s\n", reason);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Access) access = argc == 2 ? load(argv[1], &error) : NULL;
    if (access == NULL) {
        fprintf(stderr, "%s\n", error != NULL ? error->message : "usage: token_answers FOLDER");
        return EXIT_FAILURE;
    }
    g_autoptr(AccessScratch) scratch = access_scratch_new();
    char line[32768];
    while (fgets(line, sizeof(line), stdin) != NULL)
        answer(access, scratch, g_strchomp(line));
    return EXIT_SUCCESS;
}
