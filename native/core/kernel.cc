// How a kernel says that it could not compute its result.
#include "kernel.h"

#include <cstdarg>
#include <cstdio>

namespace gradtape {

void Call::fail(const char* format, ...) const {
  if (error == nullptr || error[0] != '\0') return;
  va_list values;
  va_start(values, format);
  std::vsnprintf(error, kErrorSize, format, values);
  va_end(values);
}

}  // namespace gradtape
