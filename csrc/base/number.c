/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every text of 15 digits survives as a double, and 17 digits tell every double. */
enum { FEWEST = 15, MOST = 17 };

/* 2^53. From there on, not every whole number is a double. */
#define WHOLE 9007199254740992.0

/* A character that is not a digit, a sign or the letter of the exponent is the decimal point
 * of the locale, of one byte or more. */
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
