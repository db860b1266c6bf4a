// The shortest digits that read back as the number, laid out by the rules of ECMAScript's Number::toString.
#include "number.h"

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace gradtape {

void format_number(double value, char* text) {
  if (std::isnan(value) || std::isinf(value)) {
    std::snprintf(text, kNumberSize, "%s", std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
    return;
  }
  if (value == 0) {
    std::snprintf(text, kNumberSize, "0");
    return;
  }
  char digits[kNumberSize];
  for (int precision = 0; precision < 17; precision++) {
    std::snprintf(digits, sizeof digits, "%.*e", precision, std::fabs(value));
    if (std::strtod(digits, nullptr) == std::fabs(value)) break;
  }
  // d.ddde+xx: digits to the front, the exponent apart.
  int count = 0, exponent = 0;
  for (const char* p = digits; *p != '\0'; p++) {
    if (*p == 'e') {
      exponent = std::atoi(p + 1);
      break;
    }
    if (*p >= '0' && *p <= '9') digits[count++] = *p;
  }
  const int point = exponent + 1;  // digits before the decimal point
  char* out = text;
  if (value < 0) *out++ = '-';
  const auto put = [&](int from, int to) {
    for (int i = from; i < to; i++) *out++ = i < count ? digits[i] : '0';
  };
  if (point > 21 || point < -5) {
    put(0, 1);
    if (count > 1) *out++ = '.';
    put(1, count);
    std::snprintf(out, static_cast<std::size_t>(text + kNumberSize - out), "e%c%d", exponent < 0 ? '-' : '+', std::abs(exponent));
    return;
  }
  if (point <= 0) {
    *out++ = '0';
    *out++ = '.';
    for (int i = point; i < 0; i++) *out++ = '0';
    put(0, count);
  } else {
    put(0, point);
    if (count > point) *out++ = '.';
    put(point, count);
  }
  *out = '\0';
}

}  // namespace gradtape
