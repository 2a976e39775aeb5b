/*
 * The settings of a project: retort.ini, and the defaults where it is silent.
 *
 * The file has sections, "key = value" lines, and comment lines that begin with # or ;. It is
 * strict: an unknown section or key is an error with its place. It never holds a password or
 * another secret.
 */
#pragma once
#include "base/error.h"

#define CONFIG_FILE "retort.ini"

typedef struct Config Config;

/* A setting that there is: one row of the table in config.c. */
typedef struct ConfigSetting {
    const char *section;
    const char *key;
    const char *fallback; /* the value where the file is silent; "" for none */
    const char *summary;  /* what it is, for the file that `retort init` writes */
} ConfigSetting;

/* All settings, section by section; the last has no key. */
extern const ConfigSetting config_settings[];

/**
 * config_find:
 * @folder: where to begin
 *
 * Returns: (transfer full) (nullable): the absolute path of the retort.ini of @folder or of the
 *   nearest folder above that has one.
 */
char *config_find(const char *folder);

/**
 * config_load:
 *
 * Returns: (transfer full): the settings of the file @path; %NULL with APP_ERROR_INPUT as
 *   file:line if a section or key is unknown or appears twice, a line is no setting, or a value
 *   holds a password (which the message does not repeat).
 */
Config *config_load(const char *path, GError **error);

/**
 * config_parse:
 * @path: name of the file in messages; its folder is the project's
 *
 * As config_load(), from @text.
 */
Config *config_parse(const char *path, const char *text, GError **error);

/* (transfer full): all defaults, for the project in @folder, which has no file. */
Config *config_new(const char *folder);
void config_free(Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

/* (transfer none): the value, or the default; asserts that there is such a setting. */
const char *config_get(const Config *config, const char *section, const char *key);

/* The line that sets it, from 1; 0 if the default holds. */
unsigned config_line(const Config *config, const char *section, const char *key);

/**
 * config_number:
 *
 * Reads a setting that is a whole number from @least to @most; else APP_ERROR_INPUT with its
 * place.
 */
bool config_number(const Config *config, const char *section, const char *key, long least,
                   long most, long *out_number, GError **error);

/* Reads a setting that is "yes" or "no"; else APP_ERROR_INPUT with its place. */
bool config_flag(const Config *config, const char *section, const char *key, bool *out_flag,
                 GError **error);

/**
 * config_refuse:
 * @fault: what is wrong, without the value where that may be a secret: "must be a path"
 *
 * Returns: false, with APP_ERROR_INPUT as file:line: "key" fault.
 */
bool config_refuse(const Config *config, const char *section, const char *key, const char *fault,
                   GError **error);

/* (transfer none): the absolute path of the project's folder. */
const char *config_folder(const Config *config);

/* (transfer none) (nullable): the path of the file, as it was given; %NULL if there is none. */
const char *config_file(const Config *config);

/* (transfer full): the absolute path that a setting names, relative ones from the folder. */
char *config_path(const Config *config, const char *section, const char *key);

/* (transfer full): the same for a setting of several paths, with ":" between. */
char **config_paths(const Config *config, const char *section, const char *key);
