/*
 * What the supervisor sends: frames of one type byte, a big-endian 32-bit length, and the payload.
 *
 *   B  heartbeat, empty
 *   A  answer: exit code (1 byte), length of stdout (4), length of stderr (4), stdout, stderr, and a SHA-256
 *      over the call's nonce and all of the payload before it. Nothing may follow.
 *   P  only for who asked for a pipe: the SHA-256 of the nonce. What follows is no frame.
 *
 * The reader takes bytes as they come and keeps the first problem it meets for ever.
 */
#ifndef GATEHOUSE_FRAME_H
#define GATEHOUSE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  NONCE_BYTES = 16,
  FRAME_HEADER_BYTES = 5,
  ANSWER_HEADER_BYTES = 9,
  MAX_ANSWER_BYTES = 16 * 1024 * 1024, /* of stdout and stderr together */
  MAX_CHUNK_BYTES = 64 * 1024
};

struct answer {
  int exit_code;
  const unsigned char *out;
  size_t out_size;
  const unsigned char *err;
  size_t err_size;
};

struct frame_reader {
  unsigned char nonce[NONCE_BYTES];
  unsigned char header[FRAME_HEADER_BYTES];
  size_t header_used;
  unsigned char *payload;
  size_t payload_size;
  size_t payload_used;
  bool wants_pipe;
  unsigned frames;     /* whole frames so far */
  bool answered;       /* `answer` is whole and verified */
  struct answer answer;
  bool piped;          /* the pipe is open, verified */
  const unsigned char *rest; /* then: what came after it in the same bytes */
  size_t rest_size;
  const char *problem; /* why nothing of this can be believed, or NULL */
};

void frame_reader_start(struct frame_reader *reader, const unsigned char nonce[NONCE_BYTES], bool wants_pipe);

/* Takes `size` bytes. False when there is a problem. Not to be called any more once `piped`. */
bool frame_reader_take(struct frame_reader *reader, const unsigned char *data, size_t size);

void put_u32(unsigned char bytes[4], uint32_t value);

#endif
