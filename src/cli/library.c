#include "cli/library.h"

#include "cli/program.h"
#include "serve/handlers.h"

struct Retort {
    GPtrArray *handlers; /* (element-type Handler) */
};

/* Commands are called by their words alone; what a program registers must reach them, too. */
static const GPtrArray *registered;

const GPtrArray *library_handlers(void)
{
    return registered;
}

static void handler_free(void *data)
{
    Handler *handler = data;
    g_free(handler->endpoint);
    g_free(handler);
}

Retort *retort_new(void)
{
    Retort *retort = g_new0(Retort, 1);
    retort->handlers = g_ptr_array_new_with_free_func(handler_free);
    return retort;
}

void retort_add(Retort *retort, const char *endpoint, RetortHandle *handle, void *data)
{
    Handler *handler = g_new(Handler, 1);
    *handler = (Handler){.endpoint = g_strdup(endpoint), .handle = handle, .data = data};
    g_ptr_array_add(retort->handlers, handler);
}

int retort_main(Retort *retort, int argc, char **argv)
{
    (void)argc;
    registered = retort->handlers;
    int status = program_run(argv);
    registered = NULL;
    g_ptr_array_unref(retort->handlers);
    g_free(retort);
    return status;
}
