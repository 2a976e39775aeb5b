#include "serve/access_log.h"

#include "base/thread.h"
#include "serve/log_line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

/* A loop's lines are handed over early when they are so many bytes. */
enum { LINES_LIMIT = 64 * 1024, EVENT_TEXTS = 32 };

/* Shared by its owner and its thread: who leaves last frees it. */
struct AccessLog {
    AccessLogSettings settings; /* with a descriptor of its own */
    GThread *thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t work;  /* for the thread */
    pthread_cond_t ended; /* for the owner */
    GString *waiting;
    GString *writing; /* the thread's, without the lock */
    uint64_t dropped; /* lines */
    uint64_t unsaid;  /* of them: no line has told yet */
    bool ending, has_ended;
    unsigned users;
};

struct AccessLogLines {
    AccessLog *log;
    GString *text;
    unsigned count;
    LogStamp stamp;
};

/* With the lock held, which it gives back. */
static void leave(AccessLog *log)
{
    bool last = --log->users == 0;
    pthread_mutex_unlock(&log->lock);
    if (!last)
        return;
    close(log->settings.descriptor);
    g_string_free(log->waiting, TRUE);
    g_string_free(log->writing, TRUE);
    pthread_mutex_destroy(&log->lock);
    pthread_cond_destroy(&log->work);
    pthread_cond_destroy(&log->ended);
    g_free(log);
}

/* How many bytes could be written: all, unless nobody will ever take the rest. */
static size_t write_all(int descriptor, const char *data, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t now = write(descriptor, data + done, length - done);
        if (now >= 0) {
            done += (size_t)now;
        } else if (errno == EAGAIN) {
            struct pollfd room = {.fd = descriptor, .events = POLLOUT};
            poll(&room, 1, -1);
        } else if (errno != EINTR) {
            break;
        }
    }
    return done;
}

static uint64_t count_lines(const char *data, size_t length)
{
    uint64_t count = 0;
    for (const char *end = data + length; data < end; count++) {
        const char *line_end = memchr(data, '\n', (size_t)(end - data));
        data = line_end != NULL ? line_end + 1 : end;
    }
    return count;
}

/* Writes a round of lines; returns how many were lost. */
static uint64_t write_round(AccessLog *log, uint64_t unsaid)
{
    uint64_t lines = count_lines(log->writing->str, log->writing->len);
    if (unsaid > 0) {
        LogStamp stamp = {0};
        char text[24];
        g_snprintf(text, sizeof text, "%" G_GUINT64_FORMAT, unsaid);
        const char *const texts[] = {
            "event", "log_dropped", "message", "lines of the log were dropped", "lines", text};
        log_line_append_event(log->writing, &stamp, g_get_real_time(), &log->settings,
                              ACCESS_LOG_WARNING, texts, G_N_ELEMENTS(texts));
    }
    size_t done = write_all(log->settings.descriptor, log->writing->str, log->writing->len);
    if (done == log->writing->len)
        return 0;
    uint64_t lost = count_lines(log->writing->str + done, log->writing->len - done);
    return MIN(lost, lines) + unsaid;
}

static void *write_lines(void *data)
{
    AccessLog *log = data;
    pthread_mutex_lock(&log->lock);
    for (;;) {
        while (log->waiting->len == 0 && !log->ending)
            pthread_cond_wait(&log->work, &log->lock);
        if (log->waiting->len == 0)
            break;
        GString *full = log->waiting;
        log->waiting = log->writing;
        log->writing = full;
        uint64_t unsaid = log->unsaid;
        log->unsaid = 0;
        pthread_mutex_unlock(&log->lock);
        uint64_t lost = write_round(log, unsaid);
        g_string_truncate(log->writing, 0);
        pthread_mutex_lock(&log->lock);
        log->unsaid += lost;
        log->dropped += lost - MIN(lost, unsaid);
    }
    log->has_ended = true;
    pthread_cond_signal(&log->ended);
    leave(log);
    return NULL;
}

AccessLog *access_log_new(const AccessLogSettings *settings, GError **error)
{
    int descriptor = fcntl(settings->descriptor, F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) {
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "the log's descriptor: %s",
                    g_strerror(errno));
        return NULL;
    }
    AccessLog *log = g_new0(AccessLog, 1);
    log->settings = *settings;
    log->settings.descriptor = descriptor;
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->work, NULL);
    pthread_cond_init(&log->ended, NULL);
    log->waiting = g_string_new(NULL);
    log->writing = g_string_new(NULL);
    log->users = 2;
    GThread *thread = thread_start("log", write_lines, log, error);
    pthread_mutex_lock(&log->lock);
    if (thread == NULL) {
        log->users = 1;
        leave(log);
        return NULL;
    }
    log->thread = thread;
    pthread_mutex_unlock(&log->lock);
    return log;
}

void access_log_free(AccessLog *log)
{
    if (log == NULL)
        return;
    pthread_mutex_lock(&log->lock);
    log->ending = true;
    pthread_cond_signal(&log->work);
    int64_t until = g_get_monotonic_time() + (int64_t)log->settings.patience * 1000;
    const struct timespec end = {.tv_sec = until / G_USEC_PER_SEC,
                                 .tv_nsec = until % G_USEC_PER_SEC * 1000};
    while (!log->has_ended &&
           pthread_cond_clockwait(&log->ended, &log->lock, CLOCK_MONOTONIC, &end) == 0)
        continue;
    bool has_ended = log->has_ended;
    GThread *thread = log->thread;
    leave(log);
    if (has_ended)
        g_thread_join(thread);
    else
        g_thread_unref(thread);
}

uint64_t access_log_dropped(AccessLog *log)
{
    pthread_mutex_lock(&log->lock);
    uint64_t dropped = log->dropped;
    pthread_mutex_unlock(&log->lock);
    return dropped;
}

/* Hands @count lines over, or drops them all where they find no room. */
static void hand_over(AccessLog *log, const GString *text, unsigned count)
{
    pthread_mutex_lock(&log->lock);
    if (log->waiting->len + text->len > log->settings.limit && log->waiting->len > 0) {
        log->dropped += count;
        log->unsaid += count;
    } else {
        g_string_append_len(log->waiting, text->str, (gssize)text->len);
        pthread_cond_signal(&log->work);
    }
    pthread_mutex_unlock(&log->lock);
}

AccessLogLines *access_log_lines_new(AccessLog *log)
{
    AccessLogLines *lines = g_new0(AccessLogLines, 1);
    lines->log = log;
    lines->text = g_string_sized_new(4096);
    return lines;
}

void access_log_lines_free(AccessLogLines *lines)
{
    if (lines == NULL)
        return;
    access_log_flush(lines);
    g_string_free(lines->text, TRUE);
    g_free(lines);
}

bool access_log_wants(const AccessLogLines *lines, unsigned status)
{
    AccessLogLevel level = lines->log->settings.level;
    return level == ACCESS_LOG_ALL || (level == ACCESS_LOG_ERRORS && status >= 500);
}

void access_log_request(AccessLogLines *lines, const AccessLogRequest *request)
{
    if (!access_log_wants(lines, request->status))
        return;
    log_line_append_request(lines->text, &lines->stamp, g_get_real_time(), &lines->log->settings,
                            request);
    lines->count++;
    if (lines->text->len >= LINES_LIMIT)
        access_log_flush(lines);
}

void access_log_flush(AccessLogLines *lines)
{
    if (lines->count == 0)
        return;
    hand_over(lines->log, lines->text, lines->count);
    g_string_truncate(lines->text, 0);
    lines->count = 0;
}

void access_log_event(AccessLog *log, AccessLogSeverity severity, const char *event,
                      const char *message, ...)
{
    const char *texts[EVENT_TEXTS] = {"event", event, "message", message};
    unsigned count = 4;
    va_list more;
    va_start(more, message);
    for (const char *text = va_arg(more, const char *); text != NULL && count < EVENT_TEXTS;
         text = va_arg(more, const char *))
        texts[count++] = text;
    va_end(more);
    LogStamp stamp = {0};
    g_autoptr(GString) line = g_string_new(NULL);
    log_line_append_event(line, &stamp, g_get_real_time(), &log->settings, severity, texts, count);
    hand_over(log, line, 1);
}
