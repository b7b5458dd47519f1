/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/time_text.h"

#include <time.h>

void kx_time_text_write(char out[KX_TIME_TEXT], int64_t seconds) {
  struct tm utc;
  time_t t = (time_t)seconds;
  gmtime_r(&t, &utc);
  strftime(out, KX_TIME_TEXT, "%Y-%m-%d %H:%M:%S UTC", &utc);
}
