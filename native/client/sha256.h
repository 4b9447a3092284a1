/* SHA-256 as FIPS 180-4 defines it. */
#ifndef GATEHOUSE_SHA256_H
#define GATEHOUSE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32 };

struct sha256 {
  uint32_t state[8];
  uint64_t length;
  unsigned char block[64];
  size_t used;
};

void sha256_start(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const unsigned char *data, size_t size);
void sha256_end(struct sha256 *hash, unsigned char digest[SHA256_BYTES]);

#endif
