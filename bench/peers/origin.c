/*
 * Servers for the comparison of workers: a fixed answer on several ports, by one thread on each core that the process
 * may use. It answers the connections whose packets come in on its core, so that none goes from one core to another
 * but for the proxy's sake.
 *
 *   origin PORT...     all on 127.0.0.1; ends on SIGTERM
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { buffer_size = 64 * 1024, batch_size = 256, backlog = 4096, most_at_once = 64 };

static const char answer[] =
    "HTTP/1.1 200 OK\r\n"
    "Server: origin\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 36\r\n"
    "Connection: keep-alive\r\n"
    "\r\n"
    "Instance number 1 is responding now!";
static const char head_end[] = "\r\n\r\n";

struct connection {
  int fd;
  bool listens;
  /* How many characters of `head_end` were the last ones received. */
  size_t matched;
};

static _Thread_local int poller;

static int port_count;
static char **ports;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void watch(int fd, bool listens) {
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) die("calloc");
  connection->fd = fd;
  connection->listens = listens;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
}

static void listen_on(int port, int core) {
  int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) die("socket");
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0) die("SO_REUSEPORT");
  if (setsockopt(listener, SOL_SOCKET, SO_INCOMING_CPU, &core, sizeof core) < 0) die("SO_INCOMING_CPU");
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  if (listen(listener, backlog) < 0) die("listen");
  watch(listener, true);
}

static void accept_all(int listener) {
  int on = 1;
  for (;;) {
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (client < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (client < 0) die("accept4");
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(client, false);
  }
}

/* How many heads end in these bytes; requests have no bodies here. */
static int count_heads(struct connection *connection, const char *bytes, ssize_t length) {
  int heads = 0;
  for (ssize_t index = 0; index < length; index++) {
    if (bytes[index] != head_end[connection->matched]) connection->matched = 0;
    if (bytes[index] == head_end[connection->matched]) connection->matched++;
    if (connection->matched < sizeof head_end - 1) continue;
    connection->matched = 0;
    heads++;
  }
  return heads;
}

/* False where the connection is over. An answer is so small that it always finds room with a client that reads. */
static bool serve(struct connection *connection) {
  static _Thread_local char received[buffer_size], answers[most_at_once * sizeof answer];
  const size_t length = sizeof answer - 1;
  ssize_t count = recv(connection->fd, received, sizeof received, 0);
  if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  if (count == 0) return false;
  int heads = count_heads(connection, received, count);
  if (heads > most_at_once) return false;
  for (int index = 0; index < heads; index++) memcpy(answers + (size_t)index * length, answer, length);
  const size_t wanted = (size_t)heads * length;
  return heads == 0 || send(connection->fd, answers, wanted, MSG_NOSIGNAL) == (ssize_t)wanted;
}

static _Noreturn void *run_on(void *core_number) {
  int core = (int)(intptr_t)core_number;
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(core, &own);
  if (sched_setaffinity(0, sizeof own, &own) < 0) die("sched_setaffinity");
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) die("epoll_create1");
  for (int index = 0; index < port_count; index++) listen_on(atoi(ports[index]), core);
  for (;;) {
    struct epoll_event events[batch_size];
    int count = epoll_wait(poller, events, batch_size, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int index = 0; index < count; index++) {
      struct connection *connection = events[index].data.ptr;
      if (connection->listens) accept_all(connection->fd);
      else if (!serve(connection)) {
        close(connection->fd);
        free(connection);
      }
    }
  }
}

int main(int argument_count, char **arguments) {
  if (argument_count < 2) {
    fprintf(stderr, "usage: origin PORT...\n");
    return 2;
  }
  port_count = argument_count - 1;
  ports = arguments + 1;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) < 0) die("sched_getaffinity");
  for (int core = 0; core < CPU_SETSIZE; core++) {
    pthread_t thread;
    if (!CPU_ISSET(core, &allowed)) continue;
    if ((errno = pthread_create(&thread, NULL, run_on, (void *)(intptr_t)core)) != 0) die("pthread_create");
  }
  /* The threads go on until a signal ends them all. */
  pthread_exit(NULL);
}
