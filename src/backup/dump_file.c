#include "backup/dump_file.h"

#include "base/process.h"

static char *find_age(GError **error)
{
    char *program = process_find_program("age");
    if (program == NULL)
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                    "the program \"age\" is not installed, and a backup is to be encrypted\n"
                    "hint: apt-get install age");
    return program;
}

Sink *dump_file_open(const DumpOptions *options, const char *folder, const char *stem,
                     ManifestFile *file, GError **error)
{
    g_autofree char *program = options->recipients != NULL ? find_age(error) : NULL;
    if (options->recipients != NULL && program == NULL)
        return NULL;
    g_autofree char *name = g_strconcat(stem, compression_suffix(options->compression),
                                        options->recipients != NULL ? ".age" : "", NULL);
    Sink *sink = sink_file_new(folder, name, file, error);
    if (sink != NULL && options->recipients != NULL)
        sink = sink_age_new(program, options->recipients, sink, error);
    if (sink != NULL && options->compression != COMPRESSION_NONE)
        sink = sink_compress_new(options->compression, options->level, sink);
    return sink;
}
