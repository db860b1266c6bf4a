// One vector type per element type and instruction set, so that a kernel is written once.
//
// F32, F64, I32 hold kLanes elements; M32 (for F32 and I32) and M64 (for F64) are what comparisons give. Each ISA header defines
// the same functions; derived.h adds those that need no instruction of their own. Everything is static: a per-ISA file emits
// no symbol that the linker could share with another.
#pragma once
#include <stdint.h>
#include <string.h>

#ifndef GRADTAPE_ISA
#error "GRADTAPE_ISA names the instruction set this file is compiled for"
#endif

// The one attribute every vector function carries.
#define GRADTAPE_INLINE static inline __attribute__((always_inline))
#define GRADTAPE_MEMBER inline __attribute__((always_inline))

#if defined(__AVX512F__)
#include "avx512.h"
#elif defined(__AVX2__)
#include "avx2.h"
#elif defined(__SSE2__)
#include "sse2.h"
#elif defined(__aarch64__)
#include "neon.h"
#endif

#include "derived.h"
