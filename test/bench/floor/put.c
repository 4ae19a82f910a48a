/* The least a put can cost: read each part from the file and send it. put PORT FILE SIZE PART LANES */
#include "lanes.h"

static long size, part, next;
static int file;

/* Takes the next part; 0 when there is none. */
static int begin_part(struct lane *lane) {
  if (next >= size) return 0;
  lane->at = next;
  next += part;
  lane->end = next < size ? next : size;
  lane->begin = 0;
  lane->filled = snprintf(lane->buffer, PIECE,
      "PUT /sink/floor HTTP/1.1\r\nHost: floor\r\nContent-Length: %ld\r\n\r\n", lane->end - lane->at);
  return 1;
}

/* Sends until the socket is full; 1 when the part has been sent. */
static int send_some(struct lane *lane) {
  for (;;) {
    if (lane->begin == lane->filled) {
      if (lane->at == lane->end) return 1;
      long wanted = lane->end - lane->at < PIECE ? lane->end - lane->at : PIECE;
      ssize_t got = pread(file, lane->buffer, wanted, lane->at);
      if (got <= 0) fail("read");
      lane->at += got;
      lane->begin = 0;
      lane->filled = got;
    }
    ssize_t sent = send(lane->fd, lane->buffer + lane->begin, lane->filled - lane->begin, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return 0;
    if (sent < 0) fail("send");
    lane->begin += sent;
  }
}

int main(int count, char **words) {
  if (count != 6) return 2;
  int port = atoi(words[1]), lanes = atoi(words[5]), busy = 0;
  file = open(words[2], O_RDONLY);
  if (file < 0) fail(words[2]);
  size = atol(words[3]);
  part = atol(words[4]);
  struct lane *all = calloc(lanes, sizeof *all);
  struct pollfd *polls = calloc(lanes, sizeof *polls);
  for (int i = 0; i < lanes; i++) {
    open_lane(&all[i], port);
    int has_part = begin_part(&all[i]);
    busy += has_part;
    polls[i] = (struct pollfd){.fd = has_part ? all[i].fd : -1, .events = POLLOUT};
  }
  while (busy > 0) {
    if (poll(polls, lanes, -1) < 0) fail("poll");
    for (int i = 0; i < lanes; i++) {
      if (polls[i].revents & POLLOUT && send_some(&all[i])) {
        polls[i].events = POLLIN;
        all[i].filled = 0;
      } else if (polls[i].revents & POLLIN && receive(&all[i], PIECE) > 0 && body_of(&all[i]) != NULL) {
        polls[i].events = POLLOUT;
        if (!begin_part(&all[i])) {
          polls[i].fd = -1;
          busy--;
        }
      }
    }
  }
  return 0;
}
