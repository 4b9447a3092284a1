#include "frame.h"

#include <stdlib.h>
#include <string.h>

#include "sha256.h"

enum { MAX_PAYLOAD_BYTES = ANSWER_HEADER_BYTES + MAX_ANSWER_BYTES + SHA256_BYTES };

static uint32_t get_u32(const unsigned char bytes[4]) {
  return ((uint32_t)bytes[0] << 24) | ((uint32_t)bytes[1] << 16) | ((uint32_t)bytes[2] << 8) | bytes[3];
}

void put_u32(unsigned char bytes[4], uint32_t value) {
  for (int i = 0; i < 4; i++) bytes[i] = (unsigned char)(value >> (24 - 8 * i));
}

void frame_reader_start(struct frame_reader *reader, const unsigned char nonce[NONCE_BYTES], bool wants_pipe) {
  memset(reader, 0, sizeof *reader);
  reader->wants_pipe = wants_pipe;
  memcpy(reader->nonce, nonce, NONCE_BYTES);
}

static bool spoiled(struct frame_reader *reader, const char *problem) {
  if (reader->problem == NULL) reader->problem = problem;
  reader->answered = false;
  return false;
}

static bool open_frame(struct frame_reader *reader) {
  uint32_t size = get_u32(reader->header + 1);
  switch (reader->header[0]) {
    case 'P':
      if (!reader->wants_pipe) return spoiled(reader, "it opened a pipe, which nobody asked for");
      if (size != SHA256_BYTES) return spoiled(reader, "it opened the pipe without the proof that it may");
      break;
    case 'B':
      if (size != 0) return spoiled(reader, "it sent a heartbeat that is not empty");
      reader->header_used = 0;
      reader->frames++;
      return true;
    case 'A':
      if (size < ANSWER_HEADER_BYTES + SHA256_BYTES) return spoiled(reader, "its answer is too short to be one");
      if (size > MAX_PAYLOAD_BYTES) return spoiled(reader, "its answer is too long");
      break;
    case 'Q':
      return spoiled(reader, "it asked a question, which nobody here can answer");
    default:
      return spoiled(reader, "it does not speak the door's language");
  }
  reader->payload = malloc(size);
  if (reader->payload == NULL) return spoiled(reader, "there is no memory for its answer");
  reader->payload_size = size;
  return true;
}

static bool open_pipe(struct frame_reader *reader) {
  struct sha256 hash;
  unsigned char digest[SHA256_BYTES];
  sha256_start(&hash);
  sha256_add(&hash, reader->nonce, NONCE_BYTES);
  sha256_end(&hash, digest);
  if (memcmp(digest, reader->payload, SHA256_BYTES) != 0) {
    return spoiled(reader, "the pipe it opened belongs to another connection");
  }
  reader->piped = true;
  reader->frames++;
  return true;
}

static bool close_answer(struct frame_reader *reader) {
  const unsigned char *payload = reader->payload;
  size_t told = reader->payload_size - SHA256_BYTES;
  struct sha256 hash;
  unsigned char digest[SHA256_BYTES];
  sha256_start(&hash);
  sha256_add(&hash, reader->nonce, NONCE_BYTES);
  sha256_add(&hash, payload, told);
  sha256_end(&hash, digest);
  if (memcmp(digest, payload + told, SHA256_BYTES) != 0) {
    return spoiled(reader, "its answer is damaged or belongs to another call");
  }
  uint64_t out_size = get_u32(payload + 1);
  uint64_t err_size = get_u32(payload + 5);
  if (ANSWER_HEADER_BYTES + out_size + err_size != told) return spoiled(reader, "the lengths in its answer do not add up");
  reader->answer.exit_code = payload[0];
  reader->answer.out = payload + ANSWER_HEADER_BYTES;
  reader->answer.out_size = (size_t)out_size;
  reader->answer.err = reader->answer.out + out_size;
  reader->answer.err_size = (size_t)err_size;
  reader->answered = true;
  reader->frames++;
  return true;
}

bool frame_reader_take(struct frame_reader *reader, const unsigned char *data, size_t size) {
  if (reader->problem != NULL) return false;
  while (size > 0) {
    if (reader->answered) return spoiled(reader, "it sent more than an answer");
    if (reader->payload == NULL) {
      size_t part = FRAME_HEADER_BYTES - reader->header_used;
      if (part > size) part = size;
      memcpy(reader->header + reader->header_used, data, part);
      reader->header_used += part;
      data += part;
      size -= part;
      if (reader->header_used == FRAME_HEADER_BYTES && !open_frame(reader)) return false;
      continue;
    }
    size_t part = reader->payload_size - reader->payload_used;
    if (part > size) part = size;
    memcpy(reader->payload + reader->payload_used, data, part);
    reader->payload_used += part;
    data += part;
    size -= part;
    if (reader->payload_used < reader->payload_size) continue;
    if (reader->header[0] == 'P') {
      reader->rest = data;
      reader->rest_size = size;
      return open_pipe(reader);
    }
    if (!close_answer(reader)) return false;
  }
  return true;
}
