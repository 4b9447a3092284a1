#define _GNU_SOURCE
#include "clock.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "say.h"

long long now_ms(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) block("there is no clock:", strerror(errno), NULL);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
