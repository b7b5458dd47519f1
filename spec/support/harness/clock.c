/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Preloaded into a redis-server: gives it the time that the file KX_CLOCK holds, in
 * seconds since the epoch. libfaketime and Redis's jemalloc do not get on. */

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
