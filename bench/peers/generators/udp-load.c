/*
 * A closed loop of UDP clients, each with a socket of its own and so many datagrams under way; a reply is followed by
 * the next datagram. Many datagrams go in each system call, so that one core keeps a relay on another one full.
 *
 * usage: udp-load PORT CLIENTS WINDOW BYTES MILLISECONDS   to 127.0.0.1
 * prints {"answered":N,"lost":N,"wrong":N,"wallMs":N}
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CLIENTS = 16384, MAX_WINDOW = 64, MAX_BYTES = 65507, EVENTS = 256 };

/* A datagram without a reply for so long is lost, and another one takes its place. */
static const double lost_after_ms = 250;

struct client {
  int fd, under_way;
  uint32_t id;
  double heard_at_ms;
};

static struct client clients[MAX_CLIENTS];
static char received[MAX_WINDOW][MAX_BYTES], sent[MAX_BYTES];
static struct iovec received_parts[MAX_WINDOW], sent_part = {.iov_base = sent};
static struct mmsghdr replies[MAX_WINDOW], requests[MAX_WINDOW];
static uint64_t answered, lost, wrong;

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void fail(const char *what) {
  fprintf(stderr, "udp-load: ");
  perror(what);
  exit(1);
}

/* Each datagram begins with the number of its client. */
static void send_some(struct client *client, int count) {
  memcpy(sent, &client->id, sizeof client->id);
  for (int i = 0; i < count; i++) requests[i].msg_hdr = (struct msghdr){.msg_iov = &sent_part, .msg_iovlen = 1};
  int done = sendmmsg(client->fd, requests, count, MSG_DONTWAIT);
  /* What could not be sent is lost like any other. */
  (void)done;
  client->under_way += count;
}

static void take_replies(struct client *client, int window, size_t bytes, double at_ms) {
  int count = recvmmsg(client->fd, replies, window, MSG_DONTWAIT, NULL);
  if (count <= 0) return;
  for (int i = 0; i < count; i++)
    if (replies[i].msg_len != bytes || memcmp(received[i], &client->id, sizeof client->id) != 0) wrong++;
  answered += count;
  client->heard_at_ms = at_ms;
  client->under_way -= count;
  int next = window - client->under_way;
  if (next > 0) send_some(client, next);
}

/* A late reply may come after its datagram has been given up. */
static void replace_lost(int count, int window, double at_ms) {
  for (int i = 0; i < count; i++) {
    struct client *client = &clients[i];
    if (at_ms - client->heard_at_ms < lost_after_ms) continue;
    lost += client->under_way;
    client->under_way = 0;
    client->heard_at_ms = at_ms;
    send_some(client, window);
  }
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: udp-load PORT CLIENTS WINDOW BYTES MILLISECONDS\n");
    return 2;
  }
  int count = atoi(argv[2]), window = atoi(argv[3]), bytes = atoi(argv[4]);
  double duration_ms = atof(argv[5]);
  if (count < 1 || count > MAX_CLIENTS || window < 1 || window > MAX_WINDOW || bytes < 4 || bytes > MAX_BYTES) {
    fprintf(stderr, "udp-load: expected 1–%d clients, a window of 1–%d, 4–%d bytes\n", MAX_CLIENTS, MAX_WINDOW, MAX_BYTES);
    return 2;
  }
  sent_part.iov_len = bytes;
  for (int i = 0; i < window; i++) {
    received_parts[i] = (struct iovec){.iov_base = received[i], .iov_len = MAX_BYTES};
    replies[i].msg_hdr = (struct msghdr){.msg_iov = &received_parts[i], .msg_iovlen = 1};
  }
  struct sockaddr_in relay = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  relay.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int poller = epoll_create1(0);
  double started_ms = now_ms(), at_ms = started_ms, checked_ms = started_ms;
  for (int i = 0; i < count; i++) {
    clients[i] = (struct client){.fd = socket(AF_INET, SOCK_DGRAM, 0), .id = i, .heard_at_ms = started_ms};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
    if (clients[i].fd < 0) fail("socket");
    if (connect(clients[i].fd, (struct sockaddr *)&relay, sizeof relay) < 0) fail("connect");
    if (epoll_ctl(poller, EPOLL_CTL_ADD, clients[i].fd, &event) < 0) fail("epoll_ctl");
    send_some(&clients[i], window);
  }
  while (at_ms - started_ms < duration_ms) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(poller, events, EVENTS, 10);
    at_ms = now_ms();
    for (int i = 0; i < ready; i++) take_replies(events[i].data.ptr, window, bytes, at_ms);
    if (at_ms - checked_ms < lost_after_ms / 4) continue;
    checked_ms = at_ms;
    replace_lost(count, window, at_ms);
  }
  printf("{\"answered\":%lu,\"lost\":%lu,\"wrong\":%lu,\"wallMs\":%.3f}\n", answered, lost, wrong, at_ms - started_ms);
  return 0;
}
