// AVX2 with FMA: 8 floats, 8 ints or 4 doubles. Partial stores go by halves, since masked stores are microcode on AMD.
#pragma once
#include <immintrin.h>

namespace gradtape::GRADTAPE_ISA {

struct M32 {
  __m256 m;
};
struct M64 {
  __m256d m;
};

// The first n lanes; n within 0 and kLanes.
GRADTAPE_INLINE __m256i lanes32(int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int32_t>(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
GRADTAPE_INLINE __m256i lanes64(int64_t n) { return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3)); }

struct I32 {
  static constexpr int kLanes = 8;
  using Scalar = int32_t;
  using Mask = M32;
  __m256i v;
  GRADTAPE_MEMBER static I32 load(const int32_t* p) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))}; }
  GRADTAPE_MEMBER static I32 load_partial(const int32_t* p, int64_t n) { return {_mm256_maskload_epi32(p, lanes32(n))}; }
  GRADTAPE_MEMBER static I32 set1(int32_t x) { return {_mm256_set1_epi32(x)}; }
  GRADTAPE_MEMBER static I32 zero() { return {_mm256_setzero_si256()}; }
  GRADTAPE_MEMBER static I32 load_u8(const uint8_t* p) {
    return {_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)))};
  }
};

struct F32 {
  static constexpr int kLanes = 8;
  using Scalar = float;
  using Mask = M32;
  __m256 v;
  GRADTAPE_MEMBER static F32 load(const float* p) { return {_mm256_loadu_ps(p)}; }
  GRADTAPE_MEMBER static F32 load_partial(const float* p, int64_t n) { return {_mm256_maskload_ps(p, lanes32(n))}; }
  GRADTAPE_MEMBER static F32 set1(float x) { return {_mm256_set1_ps(x)}; }
  GRADTAPE_MEMBER static F32 zero() { return {_mm256_setzero_ps()}; }
};

struct F64 {
  static constexpr int kLanes = 4;
  using Scalar = double;
  using Mask = M64;
  __m256d v;
  GRADTAPE_MEMBER static F64 load(const double* p) { return {_mm256_loadu_pd(p)}; }
  GRADTAPE_MEMBER static F64 load_partial(const double* p, int64_t n) { return {_mm256_maskload_pd(p, lanes64(n))}; }
  GRADTAPE_MEMBER static F64 set1(double x) { return {_mm256_set1_pd(x)}; }
  GRADTAPE_MEMBER static F64 zero() { return {_mm256_setzero_pd()}; }
};

GRADTAPE_INLINE void store(float* p, F32 a) { _mm256_storeu_ps(p, a.v); }
GRADTAPE_INLINE void store(double* p, F64 a) { _mm256_storeu_pd(p, a.v); }
GRADTAPE_INLINE void store(int32_t* p, I32 a) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.v); }
GRADTAPE_INLINE void store_partial(float* p, F32 a, int64_t n) {
  if (n >= 8) return _mm256_storeu_ps(p, a.v);
  __m128 part = _mm256_castps256_ps128(a.v);
  if (n & 4) {
    _mm_storeu_ps(p, part);
    part = _mm256_extractf128_ps(a.v, 1);
    p += 4;
  }
  if (n & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), part);
    part = _mm_movehl_ps(part, part);
    p += 2;
  }
  if (n & 1) _mm_store_ss(p, part);
}
GRADTAPE_INLINE void store_partial(double* p, F64 a, int64_t n) {
  if (n >= 4) return _mm256_storeu_pd(p, a.v);
  __m128d part = _mm256_castpd256_pd128(a.v);
  if (n & 2) {
    _mm_storeu_pd(p, part);
    part = _mm256_extractf128_pd(a.v, 1);
    p += 2;
  }
  if (n & 1) _mm_store_sd(p, part);
}
GRADTAPE_INLINE void store_partial(int32_t* p, I32 a, int64_t n) {
  if (n >= 8) return store(p, a);
  __m128i part = _mm256_castsi256_si128(a.v);
  if (n & 4) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), part);
    part = _mm256_extracti128_si256(a.v, 1);
    p += 4;
  }
  if (n & 2) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), part);
    part = _mm_unpackhi_epi64(part, part);
    p += 2;
  }
  if (n & 1) *p = _mm_cvtsi128_si32(part);
}
// Each lane's low byte.
GRADTAPE_INLINE void store_u8(uint8_t* p, I32 a) {
  const __m256i low = _mm256_and_si256(a.v, _mm256_set1_epi32(0xff));
  const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packus_epi16(words, words));
}

GRADTAPE_INLINE F32 operator+(F32 a, F32 b) { return {_mm256_add_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator-(F32 a, F32 b) { return {_mm256_sub_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator*(F32 a, F32 b) { return {_mm256_mul_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator/(F32 a, F32 b) { return {_mm256_div_ps(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator+(F64 a, F64 b) { return {_mm256_add_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator-(F64 a, F64 b) { return {_mm256_sub_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator*(F64 a, F64 b) { return {_mm256_mul_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator/(F64 a, F64 b) { return {_mm256_div_pd(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator+(I32 a, I32 b) { return {_mm256_add_epi32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator-(I32 a, I32 b) { return {_mm256_sub_epi32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator*(I32 a, I32 b) { return {_mm256_mullo_epi32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator&(I32 a, I32 b) { return {_mm256_and_si256(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator|(I32 a, I32 b) { return {_mm256_or_si256(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator^(I32 a, I32 b) { return {_mm256_xor_si256(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator&(F32 a, F32 b) { return {_mm256_and_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator|(F32 a, F32 b) { return {_mm256_or_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator^(F32 a, F32 b) { return {_mm256_xor_ps(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator&(F64 a, F64 b) { return {_mm256_and_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator|(F64 a, F64 b) { return {_mm256_or_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator^(F64 a, F64 b) { return {_mm256_xor_pd(a.v, b.v)}; }
// ~a & b
GRADTAPE_INLINE F32 andnot(F32 a, F32 b) { return {_mm256_andnot_ps(a.v, b.v)}; }
GRADTAPE_INLINE F64 andnot(F64 a, F64 b) { return {_mm256_andnot_pd(a.v, b.v)}; }
GRADTAPE_INLINE I32 andnot(I32 a, I32 b) { return {_mm256_andnot_si256(a.v, b.v)}; }

// a * b + c, c - a * b, a * b - c
GRADTAPE_INLINE F32 fmadd(F32 a, F32 b, F32 c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
GRADTAPE_INLINE F32 fnmadd(F32 a, F32 b, F32 c) { return {_mm256_fnmadd_ps(a.v, b.v, c.v)}; }
GRADTAPE_INLINE F32 fmsub(F32 a, F32 b, F32 c) { return {_mm256_fmsub_ps(a.v, b.v, c.v)}; }
GRADTAPE_INLINE F64 fmadd(F64 a, F64 b, F64 c) { return {_mm256_fmadd_pd(a.v, b.v, c.v)}; }
GRADTAPE_INLINE F64 fnmadd(F64 a, F64 b, F64 c) { return {_mm256_fnmadd_pd(a.v, b.v, c.v)}; }
GRADTAPE_INLINE F64 fmsub(F64 a, F64 b, F64 c) { return {_mm256_fmsub_pd(a.v, b.v, c.v)}; }

GRADTAPE_INLINE F32 sqrt(F32 a) { return {_mm256_sqrt_ps(a.v)}; }
GRADTAPE_INLINE F64 sqrt(F64 a) { return {_mm256_sqrt_pd(a.v)}; }
// To nearest (ties to even), down, up, towards zero.
GRADTAPE_INLINE F32 round(F32 a) { return {_mm256_round_ps(a.v, 0x08)}; }
GRADTAPE_INLINE F32 floor(F32 a) { return {_mm256_round_ps(a.v, 0x09)}; }
GRADTAPE_INLINE F32 ceil(F32 a) { return {_mm256_round_ps(a.v, 0x0a)}; }
GRADTAPE_INLINE F32 trunc(F32 a) { return {_mm256_round_ps(a.v, 0x0b)}; }
GRADTAPE_INLINE F64 round(F64 a) { return {_mm256_round_pd(a.v, 0x08)}; }
GRADTAPE_INLINE F64 floor(F64 a) { return {_mm256_round_pd(a.v, 0x09)}; }
GRADTAPE_INLINE F64 ceil(F64 a) { return {_mm256_round_pd(a.v, 0x0a)}; }
GRADTAPE_INLINE F64 trunc(F64 a) { return {_mm256_round_pd(a.v, 0x0b)}; }

// Faster than max and min: with a NaN on either side they give b.
GRADTAPE_INLINE F32 max_or_b(F32 a, F32 b) { return {_mm256_max_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 min_or_b(F32 a, F32 b) { return {_mm256_min_ps(a.v, b.v)}; }
GRADTAPE_INLINE F64 max_or_b(F64 a, F64 b) { return {_mm256_max_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 min_or_b(F64 a, F64 b) { return {_mm256_min_pd(a.v, b.v)}; }
GRADTAPE_INLINE I32 max(I32 a, I32 b) { return {_mm256_max_epi32(a.v, b.v)}; }
GRADTAPE_INLINE I32 min(I32 a, I32 b) { return {_mm256_min_epi32(a.v, b.v)}; }
GRADTAPE_INLINE I32 abs(I32 a) { return {_mm256_abs_epi32(a.v)}; }

GRADTAPE_INLINE M32 eq(F32 a, F32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)}; }
GRADTAPE_INLINE M32 ne(F32 a, F32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_NEQ_UQ)}; }
GRADTAPE_INLINE M32 lt(F32 a, F32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
GRADTAPE_INLINE M32 le(F32 a, F32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }
GRADTAPE_INLINE M32 is_nan(F32 a) { return {_mm256_cmp_ps(a.v, a.v, _CMP_UNORD_Q)}; }
GRADTAPE_INLINE M64 eq(F64 a, F64 b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_EQ_OQ)}; }
GRADTAPE_INLINE M64 ne(F64 a, F64 b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_NEQ_UQ)}; }
GRADTAPE_INLINE M64 lt(F64 a, F64 b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_LT_OQ)}; }
GRADTAPE_INLINE M64 le(F64 a, F64 b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_LE_OQ)}; }
GRADTAPE_INLINE M64 is_nan(F64 a) { return {_mm256_cmp_pd(a.v, a.v, _CMP_UNORD_Q)}; }
GRADTAPE_INLINE M32 eq(I32 a, I32 b) { return {_mm256_castsi256_ps(_mm256_cmpeq_epi32(a.v, b.v))}; }
GRADTAPE_INLINE M32 lt(I32 a, I32 b) { return {_mm256_castsi256_ps(_mm256_cmpgt_epi32(b.v, a.v))}; }

GRADTAPE_INLINE F32 select(M32 m, F32 a, F32 b) { return {_mm256_blendv_ps(b.v, a.v, m.m)}; }
GRADTAPE_INLINE F64 select(M64 m, F64 a, F64 b) { return {_mm256_blendv_pd(b.v, a.v, m.m)}; }
GRADTAPE_INLINE I32 select(M32 m, I32 a, I32 b) { return {_mm256_blendv_epi8(b.v, a.v, _mm256_castps_si256(m.m))}; }
GRADTAPE_INLINE M32 operator&(M32 a, M32 b) { return {_mm256_and_ps(a.m, b.m)}; }
GRADTAPE_INLINE M32 operator|(M32 a, M32 b) { return {_mm256_or_ps(a.m, b.m)}; }
GRADTAPE_INLINE M32 operator^(M32 a, M32 b) { return {_mm256_xor_ps(a.m, b.m)}; }
GRADTAPE_INLINE M32 operator!(M32 a) { return {_mm256_xor_ps(a.m, _mm256_castsi256_ps(_mm256_set1_epi32(-1)))}; }
GRADTAPE_INLINE M64 operator&(M64 a, M64 b) { return {_mm256_and_pd(a.m, b.m)}; }
GRADTAPE_INLINE M64 operator|(M64 a, M64 b) { return {_mm256_or_pd(a.m, b.m)}; }
GRADTAPE_INLINE M64 operator^(M64 a, M64 b) { return {_mm256_xor_pd(a.m, b.m)}; }
GRADTAPE_INLINE M64 operator!(M64 a) { return {_mm256_xor_pd(a.m, _mm256_castsi256_pd(_mm256_set1_epi32(-1)))}; }
// Lane i as bit i.
GRADTAPE_INLINE uint32_t bits(M32 a) { return static_cast<uint32_t>(_mm256_movemask_ps(a.m)); }
GRADTAPE_INLINE uint32_t bits(M64 a) { return static_cast<uint32_t>(_mm256_movemask_pd(a.m)); }

// By the same number of bits in every lane: left, right keeping the sign, right filling with zeros.
GRADTAPE_INLINE I32 shl(I32 a, int n) { return {_mm256_sll_epi32(a.v, _mm_cvtsi32_si128(n))}; }
GRADTAPE_INLINE I32 sar(I32 a, int n) { return {_mm256_sra_epi32(a.v, _mm_cvtsi32_si128(n))}; }
GRADTAPE_INLINE I32 shr(I32 a, int n) { return {_mm256_srl_epi32(a.v, _mm_cvtsi32_si128(n))}; }

// Out of int32's range, and for NaN, these give 0x80000000 on x86 and saturate on ARM.
GRADTAPE_INLINE I32 truncate_to_int(F32 a) { return {_mm256_cvttps_epi32(a.v)}; }
GRADTAPE_INLINE I32 round_to_int(F32 a) { return {_mm256_cvtps_epi32(a.v)}; }
GRADTAPE_INLINE F32 to_float(I32 a) { return {_mm256_cvtepi32_ps(a.v)}; }
GRADTAPE_INLINE I32 as_int(F32 a) { return {_mm256_castps_si256(a.v)}; }
GRADTAPE_INLINE F32 as_float(I32 a) { return {_mm256_castsi256_ps(a.v)}; }
// The lower and the upper half of the lanes as doubles, and back.
GRADTAPE_INLINE F64 to_double_low(F32 a) { return {_mm256_cvtps_pd(_mm256_castps256_ps128(a.v))}; }
GRADTAPE_INLINE F64 to_double_high(F32 a) { return {_mm256_cvtps_pd(_mm256_extractf128_ps(a.v, 1))}; }
GRADTAPE_INLINE F32 to_float(F64 low, F64 high) {
  return {_mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(low.v)), _mm256_cvtpd_ps(high.v), 1)};
}

GRADTAPE_INLINE F32 gather(const float* base, I32 index) { return {_mm256_i32gather_ps(base, index.v, 4)}; }
GRADTAPE_INLINE I32 gather(const int32_t* base, I32 index) { return {_mm256_i32gather_epi32(base, index.v, 4)}; }

// Writes the transpose of an 8 by 8 block: to + j * to_row holds column j of the rows at `from`.
GRADTAPE_INLINE void transpose_block(const float* from, int64_t from_row, float* to, int64_t to_row) {
  __m256 r[8], t[8];
  for (int i = 0; i < 4; i++) {  // rows i and i + 4 share a register, so that no lane crossing is left at the end
    const float* p = from + i * from_row;
    const float* q = p + 4 * from_row;
    r[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(q), 1);
    r[4 + i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p + 4)), _mm_loadu_ps(q + 4), 1);
  }
  for (int h = 0; h < 8; h += 4) {
    t[h] = _mm256_unpacklo_ps(r[h], r[h + 1]);
    t[h + 1] = _mm256_unpackhi_ps(r[h], r[h + 1]);
    t[h + 2] = _mm256_unpacklo_ps(r[h + 2], r[h + 3]);
    t[h + 3] = _mm256_unpackhi_ps(r[h + 2], r[h + 3]);
    _mm256_storeu_ps(to + h * to_row, _mm256_shuffle_ps(t[h], t[h + 2], 0x44));
    _mm256_storeu_ps(to + (h + 1) * to_row, _mm256_shuffle_ps(t[h], t[h + 2], 0xee));
    _mm256_storeu_ps(to + (h + 2) * to_row, _mm256_shuffle_ps(t[h + 1], t[h + 3], 0x44));
    _mm256_storeu_ps(to + (h + 3) * to_row, _mm256_shuffle_ps(t[h + 1], t[h + 3], 0xee));
  }
}

// Lane i of the result is the sum of the lanes of v[i], always added in the same order.
GRADTAPE_INLINE F32 sum_each(const F32* v) {
  __m256 r[4];
  for (int i = 0; i < 4; i++) {
    const __m256 a = v[i].v, b = v[i + 4].v;
    r[i] = _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
  }
  const __m256 a = _mm256_add_ps(_mm256_unpacklo_ps(r[0], r[1]), _mm256_unpackhi_ps(r[0], r[1]));
  const __m256 b = _mm256_add_ps(_mm256_unpacklo_ps(r[2], r[3]), _mm256_unpackhi_ps(r[2], r[3]));
  return {_mm256_add_ps(_mm256_shuffle_ps(a, b, 0x44), _mm256_shuffle_ps(a, b, 0xee))};
}

// Past the caches, to an address that is a multiple of the vector's size; visible to other threads after stream_end().
GRADTAPE_INLINE void stream(float* p, F32 a) { _mm256_stream_ps(p, a.v); }
GRADTAPE_INLINE void stream(double* p, F64 a) { _mm256_stream_pd(p, a.v); }
GRADTAPE_INLINE void stream_end() { _mm_sfence(); }

GRADTAPE_INLINE void prefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }
GRADTAPE_INLINE void prefetch_l2(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T1); }

}  // namespace gradtape::GRADTAPE_ISA
