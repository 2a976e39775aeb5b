#include "backup/sink.h"

bool sink_write(Sink *sink, const void *bytes, size_t length, GError **error)
{
    return length == 0 || sink->kind->write(sink, bytes, length, error);
}

bool sink_end(Sink *sink, GError **error)
{
    return sink->kind->end(sink, error) && (sink->next == NULL || sink_end(sink->next, error));
}

void sink_free(Sink *sink)
{
    if (sink == NULL)
        return;
    Sink *next = sink->next;
    sink->kind->free(sink);
    sink_free(next);
}
