// Reads the processor's feature bits, and whether the system saves the wide registers.
#include "cpu.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace gradtape {
namespace {

#if defined(__x86_64__)
Isa best_isa() {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return Isa::sse2;
  constexpr uint32_t kFma = 1u << 12, kOsSaves = 1u << 27, kAvx = 1u << 28;
  if ((c & kFma) == 0 || (c & kOsSaves) == 0 || (c & kAvx) == 0) return Isa::sse2;
  uint32_t saved, high;
  __asm__ volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
  if ((saved & 0x6) != 0x6) return Isa::sse2;  // xmm and ymm
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return Isa::sse2;
  constexpr uint32_t kAvx2 = 1u << 5;
  if ((b & kAvx2) == 0) return Isa::sse2;
  constexpr uint32_t kAvx512 = (1u << 16) | (1u << 17) | (1u << 30) | (1u << 31);  // f, dq, bw, vl
  if ((b & kAvx512) != kAvx512 || (saved & 0xe6) != 0xe6) return Isa::avx2;        // and masks, zmm
  return Isa::avx512;
}
#elif defined(__aarch64__)
Isa best_isa() { return Isa::neon; }
#endif

}  // namespace

bool supports(Isa isa) {
  const Isa best = best_isa();
  if (best == Isa::neon || isa == Isa::neon) return best == isa;
  return static_cast<int>(isa) <= static_cast<int>(best);
}

Isa detect_isa() {
  const char* asked = std::getenv("GRADTAPE_ISA");
  if (asked != nullptr) {
    for (const Isa isa : {Isa::sse2, Isa::avx2, Isa::avx512, Isa::neon}) {
      if (std::strcmp(asked, name_of(isa)) == 0 && supports(isa)) return isa;
    }
  }
  return best_isa();
}

const char* name_of(Isa isa) {
  switch (isa) {
    case Isa::sse2:
      return "sse2";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
    case Isa::neon:
      return "neon";
  }
  return "";
}

}  // namespace gradtape
