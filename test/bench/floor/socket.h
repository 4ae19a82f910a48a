/* What both floors need: blocking connections to 127.0.0.1, and the head of an answer. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE (256 << 10)

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int connect_to(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) fail("connect");
  return fd;
}

static void send_all(int fd, const char *bytes, size_t left) {
  while (left > 0) {
    ssize_t sent = send(fd, bytes, left, 0);
    if (sent <= 0) fail("send");
    bytes += sent;
    left -= sent;
  }
}

/* Reads a head and what came with it; answers how many bytes of the body are at *body. */
static size_t receive_head(int fd, char *buffer, size_t size, char **body) {
  size_t got = 0;
  for (;;) {
    ssize_t more = recv(fd, buffer + got, size - 1 - got, 0);
    if (more <= 0) fail("recv");
    got += more;
    buffer[got] = 0;
    char *end = strstr(buffer, "\r\n\r\n");
    if (end == NULL) continue;
    if (strncmp(buffer, "HTTP/1.1 2", 10) != 0) fail(buffer);
    *body = end + 4;
    return buffer + got - *body;
  }
}
