// What Linux offers and Swift's Glibc module does not show.
//
// _GNU_SOURCE is not defined here: it gives some types of the C library other members, and a type must look the same in
// every module of a process. What only it would bring is declared below.

#pragma once

#include "Secrecy.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/vfs.h>

// Whether descriptors may be passed to a Unix socket; in Linux since 6.16, and in older headers not yet.
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

#ifndef __USE_GNU

// accept4(2)
extern int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);

// sync_file_range(2)
#define SYNC_FILE_RANGE_WAIT_BEFORE 1
#define SYNC_FILE_RANGE_WRITE 2
extern int sync_file_range(int file, off_t offset, off_t count, unsigned int flags);

// What SO_PEERCRED returns: unix(7).
struct ucred {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

#endif
