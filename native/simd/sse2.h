// SSE2, which every x86-64 has: 4 floats, 4 ints or 2 doubles. It has no FMA: a product is rounded before it is added.
#pragma once
#include <emmintrin.h>

namespace gradtape::GRADTAPE_ISA {

struct M32 {
  __m128 m;
};
struct M64 {
  __m128d m;
};

struct I32 {
  static constexpr int kLanes = 4;
  using Scalar = int32_t;
  using Mask = M32;
  __m128i v;
  GRADTAPE_MEMBER static I32 load(const int32_t* p) { return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))}; }
  GRADTAPE_MEMBER static I32 load_partial(const int32_t* p, int64_t n) {
    if (n >= 4) return load(p);
    __m128i part = _mm_setzero_si128();
    if (n & 1) part = _mm_cvtsi32_si128(p[n & 2]);
    if (n & 2) part = _mm_unpacklo_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)), part);
    return {part};
  }
  GRADTAPE_MEMBER static I32 set1(int32_t x) { return {_mm_set1_epi32(x)}; }
  GRADTAPE_MEMBER static I32 zero() { return {_mm_setzero_si128()}; }
  GRADTAPE_MEMBER static I32 load_u8(const uint8_t* p) {
    int32_t four;
    memcpy(&four, p, 4);
    const __m128i none = _mm_setzero_si128();
    return {_mm_unpacklo_epi16(_mm_unpacklo_epi8(_mm_cvtsi32_si128(four), none), none)};
  }
};

struct F32 {
  static constexpr int kLanes = 4;
  using Scalar = float;
  using Mask = M32;
  __m128 v;
  GRADTAPE_MEMBER static F32 load(const float* p) { return {_mm_loadu_ps(p)}; }
  GRADTAPE_MEMBER static F32 load_partial(const float* p, int64_t n) {
    if (n >= 4) return load(p);
    __m128 part = _mm_setzero_ps();
    if (n & 1) part = _mm_load_ss(p + (n & 2));
    if (n & 2) part = _mm_movelh_ps(_mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))), part);
    return {part};
  }
  GRADTAPE_MEMBER static F32 set1(float x) { return {_mm_set1_ps(x)}; }
  GRADTAPE_MEMBER static F32 zero() { return {_mm_setzero_ps()}; }
};

struct F64 {
  static constexpr int kLanes = 2;
  using Scalar = double;
  using Mask = M64;
  __m128d v;
  GRADTAPE_MEMBER static F64 load(const double* p) { return {_mm_loadu_pd(p)}; }
  GRADTAPE_MEMBER static F64 load_partial(const double* p, int64_t n) { return n >= 2 ? load(p) : n == 1 ? F64{_mm_load_sd(p)} : zero(); }
  GRADTAPE_MEMBER static F64 set1(double x) { return {_mm_set1_pd(x)}; }
  GRADTAPE_MEMBER static F64 zero() { return {_mm_setzero_pd()}; }
};

GRADTAPE_INLINE void store(float* p, F32 a) { _mm_storeu_ps(p, a.v); }
GRADTAPE_INLINE void store(double* p, F64 a) { _mm_storeu_pd(p, a.v); }
GRADTAPE_INLINE void store(int32_t* p, I32 a) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), a.v); }
GRADTAPE_INLINE void store_partial(float* p, F32 a, int64_t n) {
  if (n >= 4) return _mm_storeu_ps(p, a.v);
  __m128 part = a.v;
  if (n & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), part);
    part = _mm_movehl_ps(part, part);
    p += 2;
  }
  if (n & 1) _mm_store_ss(p, part);
}
GRADTAPE_INLINE void store_partial(double* p, F64 a, int64_t n) {
  if (n >= 2) return _mm_storeu_pd(p, a.v);
  if (n == 1) _mm_store_sd(p, a.v);
}
GRADTAPE_INLINE void store_partial(int32_t* p, I32 a, int64_t n) {
  if (n >= 4) return store(p, a);
  __m128i part = a.v;
  if (n & 2) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), part);
    part = _mm_unpackhi_epi64(part, part);
    p += 2;
  }
  if (n & 1) *p = _mm_cvtsi128_si32(part);
}
// Each lane's low byte.
GRADTAPE_INLINE void store_u8(uint8_t* p, I32 a) {
  const __m128i low = _mm_and_si128(a.v, _mm_set1_epi32(0xff));
  const __m128i words = _mm_packs_epi32(low, low);
  const int32_t four = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
  memcpy(p, &four, 4);
}

GRADTAPE_INLINE F32 operator+(F32 a, F32 b) { return {_mm_add_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator-(F32 a, F32 b) { return {_mm_sub_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator*(F32 a, F32 b) { return {_mm_mul_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator/(F32 a, F32 b) { return {_mm_div_ps(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator+(F64 a, F64 b) { return {_mm_add_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator-(F64 a, F64 b) { return {_mm_sub_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator*(F64 a, F64 b) { return {_mm_mul_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator/(F64 a, F64 b) { return {_mm_div_pd(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator+(I32 a, I32 b) { return {_mm_add_epi32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator-(I32 a, I32 b) { return {_mm_sub_epi32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator*(I32 a, I32 b) {
  const __m128i even = _mm_mul_epu32(a.v, b.v);
  const __m128i odd = _mm_mul_epu32(_mm_srli_epi64(a.v, 32), _mm_srli_epi64(b.v, 32));
  return {_mm_unpacklo_epi32(_mm_shuffle_epi32(even, 0x08), _mm_shuffle_epi32(odd, 0x08))};
}
GRADTAPE_INLINE I32 operator&(I32 a, I32 b) { return {_mm_and_si128(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator|(I32 a, I32 b) { return {_mm_or_si128(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator^(I32 a, I32 b) { return {_mm_xor_si128(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator&(F32 a, F32 b) { return {_mm_and_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator|(F32 a, F32 b) { return {_mm_or_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator^(F32 a, F32 b) { return {_mm_xor_ps(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator&(F64 a, F64 b) { return {_mm_and_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator|(F64 a, F64 b) { return {_mm_or_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator^(F64 a, F64 b) { return {_mm_xor_pd(a.v, b.v)}; }
// ~a & b
GRADTAPE_INLINE F32 andnot(F32 a, F32 b) { return {_mm_andnot_ps(a.v, b.v)}; }
GRADTAPE_INLINE F64 andnot(F64 a, F64 b) { return {_mm_andnot_pd(a.v, b.v)}; }
GRADTAPE_INLINE I32 andnot(I32 a, I32 b) { return {_mm_andnot_si128(a.v, b.v)}; }

// a * b + c, c - a * b, a * b - c
GRADTAPE_INLINE F32 fmadd(F32 a, F32 b, F32 c) { return a * b + c; }
GRADTAPE_INLINE F32 fnmadd(F32 a, F32 b, F32 c) { return c - a * b; }
GRADTAPE_INLINE F32 fmsub(F32 a, F32 b, F32 c) { return a * b - c; }
GRADTAPE_INLINE F64 fmadd(F64 a, F64 b, F64 c) { return a * b + c; }
GRADTAPE_INLINE F64 fnmadd(F64 a, F64 b, F64 c) { return c - a * b; }
GRADTAPE_INLINE F64 fmsub(F64 a, F64 b, F64 c) { return a * b - c; }

GRADTAPE_INLINE F32 sqrt(F32 a) { return {_mm_sqrt_ps(a.v)}; }
GRADTAPE_INLINE F64 sqrt(F64 a) { return {_mm_sqrt_pd(a.v)}; }

// Faster than max and min: with a NaN on either side they give b.
GRADTAPE_INLINE F32 max_or_b(F32 a, F32 b) { return {_mm_max_ps(a.v, b.v)}; }
GRADTAPE_INLINE F32 min_or_b(F32 a, F32 b) { return {_mm_min_ps(a.v, b.v)}; }
GRADTAPE_INLINE F64 max_or_b(F64 a, F64 b) { return {_mm_max_pd(a.v, b.v)}; }
GRADTAPE_INLINE F64 min_or_b(F64 a, F64 b) { return {_mm_min_pd(a.v, b.v)}; }

GRADTAPE_INLINE M32 eq(F32 a, F32 b) { return {_mm_cmpeq_ps(a.v, b.v)}; }
GRADTAPE_INLINE M32 ne(F32 a, F32 b) { return {_mm_cmpneq_ps(a.v, b.v)}; }
GRADTAPE_INLINE M32 lt(F32 a, F32 b) { return {_mm_cmplt_ps(a.v, b.v)}; }
GRADTAPE_INLINE M32 le(F32 a, F32 b) { return {_mm_cmple_ps(a.v, b.v)}; }
GRADTAPE_INLINE M32 is_nan(F32 a) { return {_mm_cmpunord_ps(a.v, a.v)}; }
GRADTAPE_INLINE M64 eq(F64 a, F64 b) { return {_mm_cmpeq_pd(a.v, b.v)}; }
GRADTAPE_INLINE M64 ne(F64 a, F64 b) { return {_mm_cmpneq_pd(a.v, b.v)}; }
GRADTAPE_INLINE M64 lt(F64 a, F64 b) { return {_mm_cmplt_pd(a.v, b.v)}; }
GRADTAPE_INLINE M64 le(F64 a, F64 b) { return {_mm_cmple_pd(a.v, b.v)}; }
GRADTAPE_INLINE M64 is_nan(F64 a) { return {_mm_cmpunord_pd(a.v, a.v)}; }
GRADTAPE_INLINE M32 eq(I32 a, I32 b) { return {_mm_castsi128_ps(_mm_cmpeq_epi32(a.v, b.v))}; }
GRADTAPE_INLINE M32 lt(I32 a, I32 b) { return {_mm_castsi128_ps(_mm_cmplt_epi32(a.v, b.v))}; }

GRADTAPE_INLINE F32 select(M32 m, F32 a, F32 b) { return {_mm_or_ps(_mm_and_ps(m.m, a.v), _mm_andnot_ps(m.m, b.v))}; }
GRADTAPE_INLINE F64 select(M64 m, F64 a, F64 b) { return {_mm_or_pd(_mm_and_pd(m.m, a.v), _mm_andnot_pd(m.m, b.v))}; }
GRADTAPE_INLINE I32 select(M32 m, I32 a, I32 b) {
  const __m128i mask = _mm_castps_si128(m.m);
  return {_mm_or_si128(_mm_and_si128(mask, a.v), _mm_andnot_si128(mask, b.v))};
}
GRADTAPE_INLINE M32 operator&(M32 a, M32 b) { return {_mm_and_ps(a.m, b.m)}; }
GRADTAPE_INLINE M32 operator|(M32 a, M32 b) { return {_mm_or_ps(a.m, b.m)}; }
GRADTAPE_INLINE M32 operator^(M32 a, M32 b) { return {_mm_xor_ps(a.m, b.m)}; }
GRADTAPE_INLINE M32 operator!(M32 a) { return {_mm_xor_ps(a.m, _mm_castsi128_ps(_mm_set1_epi32(-1)))}; }
GRADTAPE_INLINE M64 operator&(M64 a, M64 b) { return {_mm_and_pd(a.m, b.m)}; }
GRADTAPE_INLINE M64 operator|(M64 a, M64 b) { return {_mm_or_pd(a.m, b.m)}; }
GRADTAPE_INLINE M64 operator^(M64 a, M64 b) { return {_mm_xor_pd(a.m, b.m)}; }
GRADTAPE_INLINE M64 operator!(M64 a) { return {_mm_xor_pd(a.m, _mm_castsi128_pd(_mm_set1_epi32(-1)))}; }
// Lane i as bit i.
GRADTAPE_INLINE uint32_t bits(M32 a) { return static_cast<uint32_t>(_mm_movemask_ps(a.m)); }
GRADTAPE_INLINE uint32_t bits(M64 a) { return static_cast<uint32_t>(_mm_movemask_pd(a.m)); }

GRADTAPE_INLINE I32 max(I32 a, I32 b) { return select(lt(a, b), b, a); }
GRADTAPE_INLINE I32 min(I32 a, I32 b) { return select(lt(a, b), a, b); }
GRADTAPE_INLINE I32 abs(I32 a) {
  const __m128i sign = _mm_srai_epi32(a.v, 31);
  return {_mm_sub_epi32(_mm_xor_si128(a.v, sign), sign)};
}

// By the same number of bits in every lane: left, right keeping the sign, right filling with zeros.
GRADTAPE_INLINE I32 shl(I32 a, int n) { return {_mm_sll_epi32(a.v, _mm_cvtsi32_si128(n))}; }
GRADTAPE_INLINE I32 sar(I32 a, int n) { return {_mm_sra_epi32(a.v, _mm_cvtsi32_si128(n))}; }
GRADTAPE_INLINE I32 shr(I32 a, int n) { return {_mm_srl_epi32(a.v, _mm_cvtsi32_si128(n))}; }

// Out of int32's range, and for NaN, these give 0x80000000 on x86 and saturate on ARM.
GRADTAPE_INLINE I32 truncate_to_int(F32 a) { return {_mm_cvttps_epi32(a.v)}; }
GRADTAPE_INLINE I32 round_to_int(F32 a) { return {_mm_cvtps_epi32(a.v)}; }
GRADTAPE_INLINE F32 to_float(I32 a) { return {_mm_cvtepi32_ps(a.v)}; }
GRADTAPE_INLINE I32 as_int(F32 a) { return {_mm_castps_si128(a.v)}; }
GRADTAPE_INLINE F32 as_float(I32 a) { return {_mm_castsi128_ps(a.v)}; }
// The lower and the upper half of the lanes as doubles, and back.
GRADTAPE_INLINE F64 to_double_low(F32 a) { return {_mm_cvtps_pd(a.v)}; }
GRADTAPE_INLINE F64 to_double_high(F32 a) { return {_mm_cvtps_pd(_mm_movehl_ps(a.v, a.v))}; }
GRADTAPE_INLINE F32 to_float(F64 low, F64 high) { return {_mm_movelh_ps(_mm_cvtpd_ps(low.v), _mm_cvtpd_ps(high.v))}; }

// To nearest (ties to even), down, up, towards zero: adding and taking away 2^23 leaves an integer; larger values are ones.
GRADTAPE_INLINE F32 round(F32 a) {
  const __m128 sign = _mm_and_ps(a.v, _mm_set1_ps(-0.0f));
  const __m128 magnitude = _mm_xor_ps(a.v, sign);
  const __m128 big = _mm_set1_ps(8388608.0f);
  const __m128 rounded = _mm_or_ps(_mm_sub_ps(_mm_add_ps(magnitude, big), big), sign);
  return select({_mm_cmplt_ps(magnitude, big)}, {rounded}, a);
}
GRADTAPE_INLINE F64 round(F64 a) {
  const __m128d sign = _mm_and_pd(a.v, _mm_set1_pd(-0.0));
  const __m128d magnitude = _mm_xor_pd(a.v, sign);
  const __m128d big = _mm_set1_pd(4503599627370496.0);
  const __m128d rounded = _mm_or_pd(_mm_sub_pd(_mm_add_pd(magnitude, big), big), sign);
  return select({_mm_cmplt_pd(magnitude, big)}, {rounded}, a);
}
template <typename V>
GRADTAPE_INLINE V down(V a, V one, V sign) {
  const V r = round(a);
  return select(lt(a, r), r - one, r) | (sign & a);
}
template <typename V>
GRADTAPE_INLINE V up(V a, V one, V sign) {
  const V r = round(a);
  return select(lt(r, a), r + one, r) | (sign & a);
}
GRADTAPE_INLINE F32 floor(F32 a) { return down(a, F32::set1(1.0f), F32::set1(-0.0f)); }
GRADTAPE_INLINE F64 floor(F64 a) { return down(a, F64::set1(1.0), F64::set1(-0.0)); }
GRADTAPE_INLINE F32 ceil(F32 a) { return up(a, F32::set1(1.0f), F32::set1(-0.0f)); }
GRADTAPE_INLINE F64 ceil(F64 a) { return up(a, F64::set1(1.0), F64::set1(-0.0)); }
GRADTAPE_INLINE F32 trunc(F32 a) {
  const F32 sign = F32::set1(-0.0f);
  return floor(andnot(sign, a)) | (sign & a);
}
GRADTAPE_INLINE F64 trunc(F64 a) {
  const F64 sign = F64::set1(-0.0);
  return floor(andnot(sign, a)) | (sign & a);
}

GRADTAPE_INLINE F32 gather(const float* base, I32 index) {
  alignas(16) int32_t i[4];
  store(i, index);
  return {_mm_setr_ps(base[i[0]], base[i[1]], base[i[2]], base[i[3]])};
}
GRADTAPE_INLINE I32 gather(const int32_t* base, I32 index) {
  alignas(16) int32_t i[4];
  store(i, index);
  return {_mm_setr_epi32(base[i[0]], base[i[1]], base[i[2]], base[i[3]])};
}

// Writes the transpose of a 4 by 4 block: to + j * to_row holds column j of the rows at `from`.
GRADTAPE_INLINE void transpose_block(const float* from, int64_t from_row, float* to, int64_t to_row) {
  const __m128 r0 = _mm_loadu_ps(from), r1 = _mm_loadu_ps(from + from_row);
  const __m128 r2 = _mm_loadu_ps(from + 2 * from_row), r3 = _mm_loadu_ps(from + 3 * from_row);
  const __m128 t0 = _mm_unpacklo_ps(r0, r1), t1 = _mm_unpackhi_ps(r0, r1);
  const __m128 t2 = _mm_unpacklo_ps(r2, r3), t3 = _mm_unpackhi_ps(r2, r3);
  _mm_storeu_ps(to, _mm_movelh_ps(t0, t2));
  _mm_storeu_ps(to + to_row, _mm_movehl_ps(t2, t0));
  _mm_storeu_ps(to + 2 * to_row, _mm_movelh_ps(t1, t3));
  _mm_storeu_ps(to + 3 * to_row, _mm_movehl_ps(t3, t1));
}

// Lane i of the result is the sum of the lanes of v[i], always added in the same order.
GRADTAPE_INLINE F32 sum_each(const F32* v) {
  const __m128 a = _mm_add_ps(_mm_unpacklo_ps(v[0].v, v[1].v), _mm_unpackhi_ps(v[0].v, v[1].v));
  const __m128 b = _mm_add_ps(_mm_unpacklo_ps(v[2].v, v[3].v), _mm_unpackhi_ps(v[2].v, v[3].v));
  return {_mm_add_ps(_mm_movelh_ps(a, b), _mm_movehl_ps(b, a))};
}

// Past the caches, to an address that is a multiple of the vector's size; visible to other threads after stream_end().
GRADTAPE_INLINE void stream(float* p, F32 a) { _mm_stream_ps(p, a.v); }
GRADTAPE_INLINE void stream(double* p, F64 a) { _mm_stream_pd(p, a.v); }
GRADTAPE_INLINE void stream_end() { _mm_sfence(); }

GRADTAPE_INLINE void prefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }
GRADTAPE_INLINE void prefetch_l2(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T1); }

}  // namespace gradtape::GRADTAPE_ISA
