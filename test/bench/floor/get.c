/* The least a get can cost: receive each range and write it at its place. get PORT FILE SIZE PART LANES */
#include "lanes.h"

static long size, part, next;
static int file;

/* Asks for the next range; 0 when there is none. */
static int begin_part(struct lane *lane) {
  if (next >= size) return 0;
  lane->at = next;
  next += part;
  lane->end = next < size ? next : size;
  lane->filled = lane->has_head = 0;
  int head = snprintf(lane->buffer, PIECE,
      "GET /source/bytes-%ld HTTP/1.1\r\nHost: floor\r\nRange: bytes=%ld-%ld\r\n\r\n", size, lane->at, lane->end - 1);
  if (send(lane->fd, lane->buffer, head, MSG_NOSIGNAL) != head) fail("send");
  return 1;
}

static void write_all(struct lane *lane, const char *bytes, size_t left) {
  while (left > 0) {
    ssize_t put = pwrite(file, bytes, left, lane->at);
    if (put <= 0) fail("write");
    bytes += put;
    left -= put;
    lane->at += put;
  }
  lane->filled = 0;
}

/* Receives until the socket is empty; 1 when the range is written. */
static int receive_some(struct lane *lane) {
  while (receive(lane, PIECE - lane->filled) > 0) {
    char *body = lane->has_head ? lane->buffer : body_of(lane);
    if (body == NULL) continue;
    lane->has_head = 1;
    write_all(lane, body, lane->buffer + lane->filled - body);
    if (lane->at == lane->end) return 1;
  }
  return 0;
}

int main(int count, char **words) {
  if (count != 6) return 2;
  int port = atoi(words[1]), lanes = atoi(words[5]), busy = 0;
  file = open(words[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) fail(words[2]);
  size = atol(words[3]);
  part = atol(words[4]);
  struct lane *all = calloc(lanes, sizeof *all);
  struct pollfd *polls = calloc(lanes, sizeof *polls);
  for (int i = 0; i < lanes; i++) {
    open_lane(&all[i], port);
    int has_part = begin_part(&all[i]);
    busy += has_part;
    polls[i] = (struct pollfd){.fd = has_part ? all[i].fd : -1, .events = POLLIN};
  }
  while (busy > 0) {
    if (poll(polls, lanes, -1) < 0) fail("poll");
    for (int i = 0; i < lanes; i++) {
      if (polls[i].revents == 0 || !receive_some(&all[i]) || begin_part(&all[i])) continue;
      polls[i].fd = -1;
      busy--;
    }
  }
  return 0;
}
