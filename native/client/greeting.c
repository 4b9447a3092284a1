#define _GNU_SOURCE
#include "greeting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/random.h>
#endif

#include "say.h"

void new_nonce(unsigned char nonce[NONCE_BYTES]) {
#ifdef __linux__
  size_t used = 0;
  while (used < NONCE_BYTES) {
    ssize_t got = getrandom(nonce + used, NONCE_BYTES - used, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) block("the kernel gives no random numbers:", strerror(errno), NULL);
    used += (size_t)got;
  }
#else
  int source = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (source < 0 || read(source, nonce, NONCE_BYTES) != NONCE_BYTES) block("the kernel gives no random numbers", NULL, NULL);
  close(source);
#endif
}

size_t put_greeting(char line[MAX_GREETING_BYTES], const char *kind, const char *name,
                    const unsigned char nonce[NONCE_BYTES]) {
  char hex[2 * NONCE_BYTES + 1];
  for (size_t i = 0; i < NONCE_BYTES; i++) snprintf(hex + 2 * i, 3, "%02x", nonce[i]);
  return (size_t)snprintf(line, MAX_GREETING_BYTES, "GATEHOUSE1 %s %s %s\n", kind, name, hex);
}
