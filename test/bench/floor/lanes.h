/* What both floors need: several connections to 127.0.0.1 in one thread. More threads would fight for the file's lock. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE (256 << 10)

/* A connection, and its part: what is done, its end, and bytes that wait in the buffer. */
struct lane {
  int fd;
  long at, end;
  size_t begin, filled;
  int has_head;
  char *buffer;
};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void open_lane(struct lane *lane, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  lane->buffer = malloc(PIECE + 1);
  lane->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (lane->fd < 0 || connect(lane->fd, (struct sockaddr *)&to, sizeof to) != 0) fail("connect");
  fcntl(lane->fd, F_SETFL, O_NONBLOCK);
}

/* Receives into the buffer; 0 when nothing has come. */
static size_t receive(struct lane *lane, size_t limit) {
  ssize_t got = recv(lane->fd, lane->buffer + lane->filled, limit, 0);
  if (got < 0 && errno == EAGAIN) return 0;
  if (got <= 0) fail("recv");
  lane->filled += got;
  return got;
}

/* The beginning of the body in the buffer, once the head of the answer is there. */
static char *body_of(struct lane *lane) {
  lane->buffer[lane->filled] = 0;
  char *end = strstr(lane->buffer, "\r\n\r\n");
  if (end == NULL) return NULL;
  if (strncmp(lane->buffer, "HTTP/1.1 2", 10) != 0) fail(lane->buffer);
  return end + 4;
}
