#include "serve/end_time.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* Nobody may be reading what is said. */
static void end_now(int signal_number)
{
    static const char text[] = "the end was late, so a thread that does not return was left\n";
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
    (void)signal_number;
    ssize_t said = 0;
    if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT))
        said = write(STDERR_FILENO, text, sizeof text - 1);
    (void)said;
    _exit(EXIT_SUCCESS);
}

void end_time_begin(unsigned seconds)
{
    const struct sigaction action = {.sa_handler = end_now};
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGALRM);
    sigaction(SIGALRM, &action, NULL);
    pthread_sigmask(SIG_UNBLOCK, &wanted, NULL);
    alarm(seconds);
}
