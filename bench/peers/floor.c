/*
 * The floor under every proxy: a relay that knows nothing of HTTP. One thread, one epoll, for each connection of a
 * client one to a target (the targets in turns), and for each exchange the four system calls that nobody can do
 * without: receive and send the request, receive and send the answer.
 *
 *   floor PORT TARGET_PORT...     all on 127.0.0.1; ends on SIGTERM
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { buffer_size = 64 * 1024, batch_size = 256, backlog = 4096 };

struct pair;

/* One of the two sockets of a pair. What is received here waits here until the other side has taken it. */
struct side {
  struct pair *pair;
  struct side *other;
  int fd;
  uint32_t interest;
  bool watched;
  bool connected;
  bool read_ended;
  bool write_ended;
  size_t start, end;
  char buffer[buffer_size];
};

struct pair {
  struct side client, upstream;
  bool closed;
  struct pair *next_closed;
};

static int poller;
/* Freed after the batch of events, which may still name them. */
static struct pair *closed_pairs;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_in local(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static void watch(struct side *side, int operation, uint32_t interest) {
  struct epoll_event event = {.events = interest, .data.ptr = side};
  if (epoll_ctl(poller, operation, side->fd, &event) < 0) die("epoll_ctl");
  side->watched = operation != EPOLL_CTL_DEL;
  side->interest = interest;
}

static void close_pair(struct pair *pair) {
  if (pair->closed) return;
  pair->closed = true;
  close(pair->client.fd);
  close(pair->upstream.fd);
  pair->next_closed = closed_pairs;
  closed_pairs = pair;
}

/* A side is read only while its buffer is empty: that is the back-pressure. */
static void set_interest(struct side *side) {
  bool pending = side->other->start < side->other->end;
  bool may_read = side->connected && side->other->connected && !side->read_ended && side->start == side->end;
  uint32_t wanted = (may_read ? EPOLLIN : 0u) | (pending || !side->connected ? EPOLLOUT : 0u);
  if (wanted != side->interest) watch(side, side->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, wanted);
}

/* Passes on what `from` has received. False when the pair is closed. */
static bool pass_on(struct side *from) {
  struct side *to = from->other;
  while (from->start < from->end) {
    ssize_t sent = send(to->fd, from->buffer + from->start, from->end - from->start, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (sent < 0) {
      close_pair(from->pair);
      return false;
    }
    from->start += (size_t)sent;
  }
  if (from->start == from->end) {
    from->start = from->end = 0;
    if (from->read_ended && !to->write_ended) {
      to->write_ended = true;
      shutdown(to->fd, SHUT_WR);
    }
  }
  if (from->write_ended && to->write_ended) {
    close_pair(from->pair);
    return false;
  }
  return true;
}

static bool receive(struct side *side) {
  ssize_t received = recv(side->fd, side->buffer, buffer_size, 0);
  if (received < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return true;
    close_pair(side->pair);
    return false;
  }
  if (received == 0) side->read_ended = true;
  side->end = (size_t)received;
  return pass_on(side);
}

static void handle(struct side *side, uint32_t events) {
  struct pair *pair = side->pair;
  if (pair->closed) return;
  if (events & EPOLLERR) {
    close_pair(pair);
    return;
  }
  if (events & EPOLLOUT) {
    side->connected = true;
    if (!pass_on(side->other)) return;
  }
  if ((events & EPOLLIN) && !receive(side)) return;
  /* A hang-up can't be left out of the interest. Until this side is read again, it would be told forever. */
  if ((events & EPOLLHUP) && !(side->interest & EPOLLIN)) watch(side, EPOLL_CTL_DEL, 0);
  set_interest(side);
  set_interest(side->other);
}

static void start(struct side *side, struct pair *pair, struct side *other, int fd, bool connected) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  side->pair = pair;
  side->other = other;
  side->fd = fd;
  side->connected = connected;
  side->read_ended = side->write_ended = false;
  side->start = side->end = 0;
  watch(side, EPOLL_CTL_ADD, connected ? 0u : EPOLLOUT);
}

/* Takes every client that waits. */
static void accept_all(int listener, const int *target_ports, int target_count) {
  static int turn;
  for (;;) {
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (client < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (client < 0) die("accept4");
    struct sockaddr_in target = local(target_ports[turn++ % target_count]);
    int upstream = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct pair *pair = malloc(sizeof *pair);
    if (upstream < 0 || pair == NULL) die("no room for a connection");
    if (connect(upstream, (struct sockaddr *)&target, sizeof target) < 0 && errno != EINPROGRESS) {
      close(client);
      close(upstream);
      free(pair);
      continue;
    }
    pair->closed = false;
    start(&pair->client, pair, &pair->upstream, client, true);
    start(&pair->upstream, pair, &pair->client, upstream, false);
  }
}

static int listen_on(int port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  struct sockaddr_in address = local(port);
  if (listener < 0) die("socket");
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  if (listen(listener, backlog) < 0) die("listen");
  return listener;
}

int main(int argument_count, char **arguments) {
  if (argument_count < 3) {
    fprintf(stderr, "usage: floor PORT TARGET_PORT...\n");
    return 2;
  }
  int target_count = argument_count - 2;
  int *target_ports = calloc((size_t)target_count, sizeof *target_ports);
  if (target_ports == NULL) die("calloc");
  for (int index = 0; index < target_count; index++) target_ports[index] = atoi(arguments[index + 2]);

  int listener = listen_on(atoi(arguments[1]));
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) die("epoll_create1");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) < 0) die("epoll_ctl");

  for (;;) {
    struct epoll_event events[batch_size];
    int count = epoll_wait(poller, events, batch_size, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int index = 0; index < count; index++) {
      if (events[index].data.ptr == NULL) accept_all(listener, target_ports, target_count);
      else handle(events[index].data.ptr, events[index].events);
    }
    while (closed_pairs != NULL) {
      struct pair *next = closed_pairs->next_closed;
      free(closed_pairs);
      closed_pairs = next;
    }
  }
}
