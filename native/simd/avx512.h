// AVX-512 (F, BW, DQ, VL): 16 floats, 16 ints or 8 doubles; partial loads and stores are masked.
#pragma once

// GCC 12's own header initialises "undefined" vectors with themselves.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

namespace gradtape::GRADTAPE_ISA {

struct M32 {
  __mmask16 m;
};
struct M64 {
  __mmask8 m;
};

// The first n lanes; n within 0 and kLanes.
GRADTAPE_INLINE __mmask16 lanes16(int64_t n) { return static_cast<__mmask16>((1u << n) - 1); }
GRADTAPE_INLINE __mmask8 lanes8(int64_t n) { return static_cast<__mmask8>((1u << n) - 1); }

struct I32 {
  static constexpr int kLanes = 16;
  using Scalar = int32_t;
  using Mask = M32;
  __m512i v;
  GRADTAPE_MEMBER static I32 load(const int32_t* p) { return {_mm512_loadu_si512(p)}; }
  GRADTAPE_MEMBER static I32 load_partial(const int32_t* p, int64_t n) { return {_mm512_maskz_loadu_epi32(lanes16(n), p)}; }
  GRADTAPE_MEMBER static I32 set1(int32_t x) { return {_mm512_set1_epi32(x)}; }
  GRADTAPE_MEMBER static I32 zero() { return {_mm512_setzero_si512()}; }
  GRADTAPE_MEMBER static I32 load_u8(const uint8_t* p) {
    return {_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
  }
};

struct F32 {
  static constexpr int kLanes = 16;
  using Scalar = float;
  using Mask = M32;
  __m512 v;
  GRADTAPE_MEMBER static F32 load(const float* p) { return {_mm512_loadu_ps(p)}; }
  GRADTAPE_MEMBER static F32 load_partial(const float* p, int64_t n) { return {_mm512_maskz_loadu_ps(lanes16(n), p)}; }
  GRADTAPE_MEMBER static F32 set1(float x) { return {_mm512_set1_ps(x)}; }
  GRADTAPE_MEMBER static F32 zero() { return {_mm512_setzero_ps()}; }
};

struct F64 {
  static constexpr int kLanes = 8;
  using Scalar = double;
  using Mask = M64;
  __m512d v;
  GRADTAPE_MEMBER static F64 load(const double* p) { return {_mm512_loadu_pd(p)}; }
  GRADTAPE_MEMBER static F64 load_partial(const double* p, int64_t n) { return {_mm512_maskz_loadu_pd(lanes8(n), p)}; }
  GRADTAPE_MEMBER static F64 set1(double x) { return {_mm512_set1_pd(x)}; }
  GRADTAPE_MEMBER static F64 zero() { return {_mm512_setzero_pd()}; }
};

GRADTAPE_INLINE void store(float* p, F32 a) { _mm512_storeu_ps(p, a.v); }
GRADTAPE_INLINE void store(double* p, F64 a) { _mm512_storeu_pd(p, a.v); }
GRADTAPE_INLINE void store(int32_t* p, I32 a) { _mm512_storeu_si512(p, a.v); }
GRADTAPE_INLINE void store_partial(float* p, F32 a, int64_t n) { _mm512_mask_storeu_ps(p, lanes16(n), a.v); }
GRADTAPE_INLINE void store_partial(double* p, F64 a, int64_t n) { _mm512_mask_storeu_pd(p, lanes8(n), a.v); }
GRADTAPE_INLINE void store_partial(int32_t* p, I32 a, int64_t n) { _mm512_mask_storeu_epi32(p, lanes16(n), a.v); }
// Each lane's low byte.
GRADTAPE_INLINE void store_u8(uint8_t* p, I32 a) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(a.v)); }

GRADTAPE_INLINE F32 operator+(F32 a, F32 b) { return {_mm512_add_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator-(F32 a, F32 b) { return {_mm512_sub_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator*(F32 a, F32 b) { return {_mm512_mul_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator/(F32 a, F32 b) { return {_mm512_div_ps(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator+(F64 a, F64 b) { return {_mm512_add_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator-(F64 a, F64 b) { return {_mm512_sub_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator*(F64 a, F64 b) { return {_mm512_mul_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator/(F64 a, F64 b) { return {_mm512_div_pd(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator+(I32 a, I32 b) { return {_mm512_add_epi32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator-(I32 a, I32 b) { return {_mm512_sub_epi32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator*(I32 a, I32 b) { return {_mm512_mullo_epi32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator&(I32 a, I32 b) { return {_mm512_and_si512(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator|(I32 a, I32 b) { return {_mm512_or_si512(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator^(I32 a, I32 b) { return {_mm512_xor_si512(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator&(F32 a, F32 b) { return {_mm512_and_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator|(F32 a, F32 b) { return {_mm512_or_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator^(F32 a, F32 b) { return {_mm512_xor_ps(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator&(F64 a, F64 b) { return {_mm512_and_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator|(F64 a, F64 b) { return {_mm512_or_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator^(F64 a, F64 b) { return {_mm512_xor_pd(a.v, b.v)}; }
// ~a & b
GRADTAPE_INLINE F32 andnot(F32 a, F32 b) { return {_mm512_andnot_ps(a.v, b.v)}; }
GRADTAPE_INLINE F64 andnot(F64 a, F64 b) { return {_mm512_andnot_pd(a.v, b.v)}; }
GRADTAPE_INLINE I32 andnot(I32 a, I32 b) { return {_mm512_andnot_si512(a.v, b.v)}; }

// a * b + c, c - a * b, a * b - c
GRADTAPE_INLINE F32 fmadd(F32 a, F32 b, F32 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
GRADTAPE_INLINE F32 fnmadd(F32 a, F32 b, F32 c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }
GRADTAPE_INLINE F32 fmsub(F32 a, F32 b, F32 c) { return {_mm512_fmsub_ps(a.v, b.v, c.v)}; }
GRADTAPE_INLINE F64 fmadd(F64 a, F64 b, F64 c) { return {_mm512_fmadd_pd(a.v, b.v, c.v)}; }
GRADTAPE_INLINE F64 fnmadd(F64 a, F64 b, F64 c) { return {_mm512_fnmadd_pd(a.v, b.v, c.v)}; }
GRADTAPE_INLINE F64 fmsub(F64 a, F64 b, F64 c) { return {_mm512_fmsub_pd(a.v, b.v, c.v)}; }

GRADTAPE_INLINE F32 sqrt(F32 a) { return {_mm512_sqrt_ps(a.v)}; }
GRADTAPE_INLINE F64 sqrt(F64 a) { return {_mm512_sqrt_pd(a.v)}; }
// To nearest (ties to even), down, up, towards zero.
GRADTAPE_INLINE F32 round(F32 a) { return {_mm512_roundscale_ps(a.v, 0x08)}; }
GRADTAPE_INLINE F32 floor(F32 a) { return {_mm512_roundscale_ps(a.v, 0x09)}; }
GRADTAPE_INLINE F32 ceil(F32 a) { return {_mm512_roundscale_ps(a.v, 0x0a)}; }
GRADTAPE_INLINE F32 trunc(F32 a) { return {_mm512_roundscale_ps(a.v, 0x0b)}; }
GRADTAPE_INLINE F64 round(F64 a) { return {_mm512_roundscale_pd(a.v, 0x08)}; }
GRADTAPE_INLINE F64 floor(F64 a) { return {_mm512_roundscale_pd(a.v, 0x09)}; }
GRADTAPE_INLINE F64 ceil(F64 a) { return {_mm512_roundscale_pd(a.v, 0x0a)}; }
GRADTAPE_INLINE F64 trunc(F64 a) { return {_mm512_roundscale_pd(a.v, 0x0b)}; }

// Faster than max and min: with a NaN on either side they give b.
GRADTAPE_INLINE F32 max_or_b(F32 a, F32 b) { return {_mm512_max_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 min_or_b(F32 a, F32 b) { return {_mm512_min_ps(a.v, b.v)}; }
GRADTAPE_INLINE F64 max_or_b(F64 a, F64 b) { return {_mm512_max_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 min_or_b(F64 a, F64 b) { return {_mm512_min_pd(a.v, b.v)}; }
GRADTAPE_INLINE I32 max(I32 a, I32 b) { return {_mm512_max_epi32(a.v, b.v)}; }
GRADTAPE_INLINE I32 min(I32 a, I32 b) { return {_mm512_min_epi32(a.v, b.v)}; }
GRADTAPE_INLINE I32 abs(I32 a) { return {_mm512_abs_epi32(a.v)}; }

GRADTAPE_INLINE M32 eq(F32 a, F32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
GRADTAPE_INLINE M32 ne(F32 a, F32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_NEQ_UQ)}; }
GRADTAPE_INLINE M32 lt(F32 a, F32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
GRADTAPE_INLINE M32 le(F32 a, F32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
GRADTAPE_INLINE M32 is_nan(F32 a) { return {_mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q)}; }
GRADTAPE_INLINE M64 eq(F64 a, F64 b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_EQ_OQ)}; }
GRADTAPE_INLINE M64 ne(F64 a, F64 b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_NEQ_UQ)}; }
GRADTAPE_INLINE M64 lt(F64 a, F64 b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_LT_OQ)}; }
GRADTAPE_INLINE M64 le(F64 a, F64 b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_LE_OQ)}; }
GRADTAPE_INLINE M64 is_nan(F64 a) { return {_mm512_cmp_pd_mask(a.v, a.v, _CMP_UNORD_Q)}; }
GRADTAPE_INLINE M32 eq(I32 a, I32 b) { return {_mm512_cmpeq_epi32_mask(a.v, b.v)}; }
GRADTAPE_INLINE M32 lt(I32 a, I32 b) { return {_mm512_cmplt_epi32_mask(a.v, b.v)}; }

GRADTAPE_INLINE F32 select(M32 m, F32 a, F32 b) { return {_mm512_mask_blend_ps(m.m, b.v, a.v)}; }
GRADTAPE_INLINE F64 select(M64 m, F64 a, F64 b) { return {_mm512_mask_blend_pd(m.m, b.v, a.v)}; }
GRADTAPE_INLINE I32 select(M32 m, I32 a, I32 b) { return {_mm512_mask_blend_epi32(m.m, b.v, a.v)}; }
GRADTAPE_INLINE M32 operator&(M32 a, M32 b) { return {static_cast<__mmask16>(a.m & b.m)}; }
GRADTAPE_INLINE M32 operator|(M32 a, M32 b) { return {static_cast<__mmask16>(a.m | b.m)}; }
GRADTAPE_INLINE M32 operator^(M32 a, M32 b) { return {static_cast<__mmask16>(a.m ^ b.m)}; }
GRADTAPE_INLINE M32 operator!(M32 a) { return {static_cast<__mmask16>(~a.m)}; }
GRADTAPE_INLINE M64 operator&(M64 a, M64 b) { return {static_cast<__mmask8>(a.m & b.m)}; }
GRADTAPE_INLINE M64 operator|(M64 a, M64 b) { return {static_cast<__mmask8>(a.m | b.m)}; }
GRADTAPE_INLINE M64 operator^(M64 a, M64 b) { return {static_cast<__mmask8>(a.m ^ b.m)}; }
GRADTAPE_INLINE M64 operator!(M64 a) { return {static_cast<__mmask8>(~a.m)}; }
// Lane i as bit i.
GRADTAPE_INLINE uint32_t bits(M32 a) { return a.m; }
GRADTAPE_INLINE uint32_t bits(M64 a) { return a.m; }

// By the same number of bits in every lane: left, right keeping the sign, right filling with zeros.
GRADTAPE_INLINE I32 shl(I32 a, int n) { return {_mm512_sll_epi32(a.v, _mm_cvtsi32_si128(n))}; }
GRADTAPE_INLINE I32 sar(I32 a, int n) { return {_mm512_sra_epi32(a.v, _mm_cvtsi32_si128(n))}; }
GRADTAPE_INLINE I32 shr(I32 a, int n) { return {_mm512_srl_epi32(a.v, _mm_cvtsi32_si128(n))}; }

// Out of int32's range, and for NaN, these give 0x80000000 on x86 and saturate on ARM.
GRADTAPE_INLINE I32 truncate_to_int(F32 a) { return {_mm512_cvttps_epi32(a.v)}; }
GRADTAPE_INLINE I32 round_to_int(F32 a) { return {_mm512_cvtps_epi32(a.v)}; }
GRADTAPE_INLINE F32 to_float(I32 a) { return {_mm512_cvtepi32_ps(a.v)}; }
GRADTAPE_INLINE I32 as_int(F32 a) { return {_mm512_castps_si512(a.v)}; }
GRADTAPE_INLINE F32 as_float(I32 a) { return {_mm512_castsi512_ps(a.v)}; }
// The lower and the upper half of the lanes as doubles, and back.
GRADTAPE_INLINE F64 to_double_low(F32 a) { return {_mm512_cvtps_pd(_mm512_castps512_ps256(a.v))}; }
GRADTAPE_INLINE F64 to_double_high(F32 a) { return {_mm512_cvtps_pd(_mm512_extractf32x8_ps(a.v, 1))}; }
GRADTAPE_INLINE F32 to_float(F64 low, F64 high) {
  return {_mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(low.v)), _mm512_cvtpd_ps(high.v), 1)};
}

GRADTAPE_INLINE F32 gather(const float* base, I32 index) { return {_mm512_i32gather_ps(index.v, base, 4)}; }
GRADTAPE_INLINE I32 gather(const int32_t* base, I32 index) { return {_mm512_i32gather_epi32(index.v, base, 4)}; }

// Writes the transpose of a 16 by 16 block: to + j * to_row holds column j of the rows at `from`.
GRADTAPE_INLINE void transpose_block(const float* from, int64_t from_row, float* to, int64_t to_row) {
  __m512 r[16], t[16];
  for (int i = 0; i < 16; i++) r[i] = _mm512_loadu_ps(from + i * from_row);
  for (int i = 0; i < 8; i++) {
    t[2 * i] = _mm512_unpacklo_ps(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i], r[2 * i + 1]);
  }
  for (int i = 0; i < 4; i++) {
    r[4 * i] = _mm512_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
    r[4 * i + 1] = _mm512_shuffle_ps(t[4 * i], t[4 * i + 2], 0xee);
    r[4 * i + 2] = _mm512_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
    r[4 * i + 3] = _mm512_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xee);
  }
  for (int i = 0; i < 4; i++) {
    t[i] = _mm512_shuffle_f32x4(r[i], r[4 + i], 0x88);
    t[4 + i] = _mm512_shuffle_f32x4(r[i], r[4 + i], 0xdd);
    t[8 + i] = _mm512_shuffle_f32x4(r[8 + i], r[12 + i], 0x88);
    t[12 + i] = _mm512_shuffle_f32x4(r[8 + i], r[12 + i], 0xdd);
  }
  for (int i = 0; i < 4; i++) {
    _mm512_storeu_ps(to + i * to_row, _mm512_shuffle_f32x4(t[i], t[8 + i], 0x88));
    _mm512_storeu_ps(to + (4 + i) * to_row, _mm512_shuffle_f32x4(t[4 + i], t[12 + i], 0x88));
    _mm512_storeu_ps(to + (8 + i) * to_row, _mm512_shuffle_f32x4(t[i], t[8 + i], 0xdd));
    _mm512_storeu_ps(to + (12 + i) * to_row, _mm512_shuffle_f32x4(t[4 + i], t[12 + i], 0xdd));
  }
}

// Lane i of the result is the sum of the lanes of v[i], always added in the same order.
GRADTAPE_INLINE F32 sum_each(const F32* v) {
  __m512 r[8];
  for (int i = 0; i < 8; i++) {
    const __m512 a = v[i].v, b = v[i + 8].v;  // halves first, so that the lanes come out in order
    r[i] = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
  }
  for (int i = 0; i < 4; i++) {
    r[i] = _mm512_add_ps(_mm512_shuffle_f32x4(r[i], r[i + 4], 0x88), _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd));
  }
  const __m512 a = _mm512_add_ps(_mm512_unpacklo_ps(r[0], r[1]), _mm512_unpackhi_ps(r[0], r[1]));
  const __m512 b = _mm512_add_ps(_mm512_unpacklo_ps(r[2], r[3]), _mm512_unpackhi_ps(r[2], r[3]));
  const __m512 sums = _mm512_add_ps(_mm512_shuffle_ps(a, b, 0x44), _mm512_shuffle_ps(a, b, 0xee));
  return {_mm512_permutexvar_ps(_mm512_setr_epi32(0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15), sums)};
}

// Past the caches, to an address that is a multiple of the vector's size; visible to other threads after stream_end().
GRADTAPE_INLINE void stream(float* p, F32 a) { _mm512_stream_ps(p, a.v); }
GRADTAPE_INLINE void stream(double* p, F64 a) { _mm512_stream_pd(p, a.v); }
GRADTAPE_INLINE void stream_end() { _mm_sfence(); }

GRADTAPE_INLINE void prefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }
GRADTAPE_INLINE void prefetch_l2(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T1); }

}  // namespace gradtape::GRADTAPE_ISA
