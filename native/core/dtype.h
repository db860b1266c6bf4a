// The element types a kernel meets, numbered as in JavaScript.
#pragma once
#include <stdint.h>

namespace gradtape {

enum class DType : uint8_t { float32 = 0, float64 = 1, int32 = 2, uint8 = 3, boolean = 4 };

// Bytes per element.
static constexpr int64_t size_of(DType dtype) {
  switch (dtype) {
    case DType::float64:
      return 8;
    case DType::float32:
    case DType::int32:
      return 4;
    case DType::uint8:
    case DType::boolean:
      return 1;
  }
  return 1;
}

}  // namespace gradtape
