// What Linux offers behind _GNU_SOURCE and Swift's Glibc module does not show.

#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
