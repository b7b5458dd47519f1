/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A library that is preloaded into a redis-server. It gives the server the time in the file
 * KX_CLOCK, in seconds since the epoch. libfaketime does not work with the jemalloc of Redis. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  long long seconds = 0;
  FILE *file = fopen(getenv("KX_CLOCK"), "r");
  (void)zone;
  if (file == NULL || fscanf(file, "%lld", &seconds) != 1)
    abort();
  fclose(file);
  time->tv_sec = (time_t)seconds;
  time->tv_usec = 0;
  return 0;
}
