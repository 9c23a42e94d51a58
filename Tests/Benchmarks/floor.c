// How fast a server with one thread and epoll can be at most: it answers every lookup with the same bytes, as many as
// sessiond's answer has, and looks at nothing of the request but its line feed. What is left is what the kernel costs.
// `run` measures it beside Redis, so that a bar that cannot be reached is seen to be one.
//
// usage: floor SOCKET

#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { most_ready = 256, most_read = 1 << 16, most_answers = 1 << 21, method_place = 42 };

#define TOKEN "EXLLz73HOhUtR4apJ1UDROeEDUnXfh39dq3InpslWEw"
#define RESULT "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":"

static char looked_up[1024], created[1200], revoked[128], info[256];

static void die(const char *what) {
    perror(what);
    exit(1);
}

// A session with 256 bytes of data.
static void prepare(void) {
    char data[257], session[800];
    memset(data, 'x', 256);
    data[256] = 0;
    memcpy(data, "{\"name\":\"", 9);
    memcpy(data + 254, "\"}", 3);
    snprintf(session, sizeof session,
             "{\"id\":\"rhqLryWSnvXXo6v3zifouA\",\"userId\":\"bench-1x2y3z4a5b6c7-12345\",\"createdAt\":1795323484750,"
             "\"authenticatedAt\":1795323484750,\"touchedAt\":1795323484750,\"expiresAt\":1795327084750,"
             "\"lifetimeEndsAt\":1797915484750,\"version\":1,\"ip\":null,\"userAgent\":null,\"data\":%s}",
             data);
    snprintf(looked_up, sizeof looked_up, RESULT "{\"session\":%s,\"fresh\":true,\"touched\":false}}\n", session);
    snprintf(created, sizeof created, RESULT "{\"token\":\"" TOKEN "\",\"session\":%s}}\n", session);
    snprintf(revoked, sizeof revoked, RESULT "{\"revoked\":1,\"durable\":true}}\n");
    snprintf(info, sizeof info, RESULT "{\"version\":\"floor\",\"pid\":%d,\"sync\":\"none\"}}\n", (int)getpid());
}

static const char *answer(const char *line, size_t length) {
    if (length <= method_place) return info;
    switch (line[method_place]) {
    case 'l': return looked_up;
    case 'c': return created;
    case 'r': return revoked;
    default: return info;
    }
}

// The lines that one connection has sent; the generator sends whole ones, and waits for their answers.
static size_t answer_all(const char *bytes, size_t count, char *out) {
    size_t written = 0;
    for (const char *end; (end = memchr(bytes, '\n', count)) != NULL;) {
        size_t length = (size_t)(end - bytes) + 1;
        const char *text = answer(bytes, length);
        size_t size = strlen(text);
        memcpy(out + written, text, size);
        written += size;
        bytes += length;
        count -= length;
    }
    return written;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: floor SOCKET\n");
        return 2;
    }
    prepare();
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", arguments[1]);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 512)) die(arguments[1]);
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event listening = {.events = EPOLLIN, .data.fd = listener};
    if (set < 0 || epoll_ctl(set, EPOLL_CTL_ADD, listener, &listening)) die("epoll");

    static char in[most_read], out[most_answers];
    struct epoll_event ready[most_ready];
    struct {
        int descriptor;
        size_t start, end;
    } shares[most_ready];
    for (;;) {
        int number = epoll_wait(set, ready, most_ready, -1), answered = 0;
        size_t written = 0;
        for (int i = 0; i < number; i++) {
            int descriptor = ready[i].data.fd;
            if (descriptor == listener) {
                int caller = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                struct epoll_event event = {.events = EPOLLIN, .data.fd = caller};
                if (caller >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, caller, &event)) die("epoll");
                continue;
            }
            // Room for what the most lines of one read are answered with.
            if (most_answers - written < most_read * 12) break;
            ssize_t got = recv(descriptor, in, sizeof in, 0);
            if (got == 0 || (got < 0 && errno != EAGAIN)) {
                close(descriptor);
            } else if (got > 0) {
                size_t size = answer_all(in, (size_t)got, out + written);
                shares[answered].descriptor = descriptor;
                shares[answered].start = written;
                shares[answered++].end = written += size;
            }
        }
        // As sessiond does: whoever is woken by the first answer finds the others.
        for (int i = 0; i < answered; i++) {
            send(shares[i].descriptor, out + shares[i].start, shares[i].end - shares[i].start, MSG_NOSIGNAL);
        }
    }
}
