/* The least a get can cost: receive each range and write it at its place. get PORT FILE SIZE PART LANES */
#include <fcntl.h>
#include <pthread.h>
#include "socket.h"

static int port, file;
static long size, part;
static long next;

static void write_all(const char *bytes, size_t left, long offset) {
  while (left > 0) {
    ssize_t put = pwrite(file, bytes, left, offset);
    if (put <= 0) fail("write");
    bytes += put;
    left -= put;
    offset += put;
  }
}

static void *lane(void *unused) {
  int fd = connect_to(port);
  char *piece = malloc(PIECE), *body;
  for (;;) {
    long from = __atomic_fetch_add(&next, part, __ATOMIC_RELAXED);
    if (from >= size) break;
    long end = from + part < size ? from + part : size;
    int head = snprintf(piece, PIECE, "GET /source/bytes-%ld HTTP/1.1\r\nHost: floor\r\nRange: bytes=%ld-%ld\r\n\r\n", size, from, end - 1);
    send_all(fd, piece, head);
    size_t got = receive_head(fd, piece, PIECE, &body);
    write_all(body, got, from);
    for (long at = from + got; at < end;) {
      ssize_t more = recv(fd, piece, end - at < PIECE ? end - at : PIECE, 0);
      if (more <= 0) fail("recv");
      write_all(piece, more, at);
      at += more;
    }
  }
  return unused;
}

int main(int count, char **words) {
  if (count != 6) return 2;
  port = atoi(words[1]);
  file = open(words[2], O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (file < 0) fail(words[2]);
  size = atol(words[3]);
  part = atol(words[4]);
  int lanes = atoi(words[5]);
  pthread_t *threads = calloc(lanes, sizeof *threads);
  for (int i = 0; i < lanes; i++) pthread_create(&threads[i], NULL, lane, NULL);
  for (int i = 0; i < lanes; i++) pthread_join(threads[i], NULL);
  return 0;
}
