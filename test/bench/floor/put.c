/* The least a put can cost: read each part from the file and send it. put PORT FILE SIZE PART LANES */
#include <fcntl.h>
#include <pthread.h>
#include "socket.h"

static int port, file;
static long size, part;
static long next;

static void *lane(void *unused) {
  int fd = connect_to(port);
  char *piece = malloc(PIECE), *body;
  for (;;) {
    long from = __atomic_fetch_add(&next, part, __ATOMIC_RELAXED);
    if (from >= size) break;
    long bytes = from + part < size ? part : size - from;
    int head = snprintf(piece, PIECE, "PUT /sink/floor-%ld HTTP/1.1\r\nHost: floor\r\nContent-Length: %ld\r\n\r\n", from, bytes);
    send_all(fd, piece, head);
    for (long sent = 0; sent < bytes;) {
      ssize_t got = pread(file, piece, bytes - sent < PIECE ? bytes - sent : PIECE, from + sent);
      if (got <= 0) fail("read");
      send_all(fd, piece, got);
      sent += got;
    }
    receive_head(fd, piece, PIECE, &body);
  }
  return unused;
}

int main(int count, char **words) {
  if (count != 6) return 2;
  port = atoi(words[1]);
  file = open(words[2], O_RDONLY);
  if (file < 0) fail(words[2]);
  size = atol(words[3]);
  part = atol(words[4]);
  int lanes = atoi(words[5]);
  pthread_t *threads = calloc(lanes, sizeof *threads);
  for (int i = 0; i < lanes; i++) pthread_create(&threads[i], NULL, lane, NULL);
  for (int i = 0; i < lanes; i++) pthread_join(threads[i], NULL);
  return 0;
}
