/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text of 15 digits survives being a double, and every double reads back from 17. */
enum { FEWEST = 15, MOST = 17 };

/* 2^53: from there on not every whole number is a double. */
#define WHOLE 9007199254740992.0

/* What is neither digit, sign nor exponent is the locale's decimal point, of one byte or
 * more. */
static void set_point(char *text) {
  char *point = text + strspn(text, "+-0123456789e");
  size_t len = strcspn(point, "+-0123456789e");
  if (len == 0)
    return;
  *point = '.';
  memmove(point + 1, point + len, strlen(point + len) + 1);
}

static void write_shortest(double number, char out[KX_NUMBER_TEXT]) {
  bool same = false;
  for (int digits = FEWEST; digits <= MOST && !same; digits++) {
    snprintf(out, KX_NUMBER_TEXT, "%.*g", digits, number);
    same = strtod(out, NULL) == number;
  }
  set_point(out);
}

char *kx_number_write(double number, char out[KX_NUMBER_TEXT]) {
  if (fabs(number) < WHOLE && number == floor(number))
    snprintf(out, KX_NUMBER_TEXT, "%lld", (long long)number);
  else if (isfinite(number))
    write_shortest(number, out);
  else
    snprintf(out, KX_NUMBER_TEXT, "%g", number);
  return out;
}
