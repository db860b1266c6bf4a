// Counts checks and prints what failed; a test program returns finish().
#pragma once
#include <cstdarg>
#include <cstdio>

namespace gradtape {

struct Checks {
  int passed = 0;
  int failed = 0;

  // One check; the format and its values are printed when it fails.
  void that(bool ok, const char* format, ...) __attribute__((format(printf, 3, 4))) {
    if (ok) {
      passed++;
      return;
    }
    failed++;
    if (failed > 20) return;
    va_list values;
    va_start(values, format);
    std::printf("failed: ");
    std::vprintf(format, values);
    std::printf("\n");
    va_end(values);
  }

  int finish() const {
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
  }
};

}  // namespace gradtape
