/*
 * Sends every UDP datagram back to where it came from, many in each system call: the servers behind the relays that
 * `bench peers --part udp` compares.
 *
 * usage: udp-echo PORT…   on 127.0.0.1
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MAX_PORTS = 64, BATCH = 64, MAX_BYTES = 65507 };

static char bytes[BATCH][MAX_BYTES];
static struct sockaddr_in addresses[BATCH];
static struct iovec parts[BATCH];
static struct mmsghdr messages[BATCH];

static int open_port(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
    fprintf(stderr, "udp-echo: port %d: ", port);
    perror("");
    exit(1);
  }
  return fd;
}

static void echo(int fd) {
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){.iov_base = bytes[i], .iov_len = MAX_BYTES};
    messages[i].msg_hdr = (struct msghdr){
        .msg_name = &addresses[i], .msg_namelen = sizeof addresses[i], .msg_iov = &parts[i], .msg_iovlen = 1};
  }
  int count = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
  for (int i = 0; i < count; i++) parts[i].iov_len = messages[i].msg_len;
  /* An error belongs to the datagram it stopped at, whose client may be gone: the others follow. */
  for (int sent = 0; sent < count;) {
    int more = sendmmsg(fd, messages + sent, count - sent, 0);
    sent += more > 0 ? more : 1;
  }
}

int main(int argc, char **argv) {
  struct pollfd ports[MAX_PORTS];
  int count = argc - 1;
  if (count < 1 || count > MAX_PORTS) {
    fprintf(stderr, "usage: udp-echo PORT… (up to %d)\n", MAX_PORTS);
    return 2;
  }
  for (int i = 0; i < count; i++) ports[i] = (struct pollfd){.fd = open_port(atoi(argv[i + 1])), .events = POLLIN};
  while (poll(ports, count, -1) > 0)
    for (int i = 0; i < count; i++)
      if (ports[i].revents & POLLIN) echo(ports[i].fd);
  perror("udp-echo: poll");
  return 1;
}
