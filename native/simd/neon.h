// NEON on 64-bit ARM: 4 floats, 4 ints or 2 doubles, always with FMA.
#pragma once
#include <arm_neon.h>

// vmax and vmin already propagate NaN.
#define GRADTAPE_NATIVE_MAX 1

namespace gradtape::GRADTAPE_ISA {

struct M32 {
  uint32x4_t m;
};
struct M64 {
  uint64x2_t m;
};

struct I32 {
  static constexpr int kLanes = 4;
  using Scalar = int32_t;
  using Mask = M32;
  int32x4_t v;
  GRADTAPE_MEMBER static I32 load(const int32_t* p) { return {vld1q_s32(p)}; }
  GRADTAPE_MEMBER static I32 load_partial(const int32_t* p, int64_t n) {
    if (n >= 4) return load(p);
    int32x2_t low = vdup_n_s32(0), high = vdup_n_s32(0);
    if (n & 2) {
      low = vld1_s32(p);
      if (n & 1) high = vld1_lane_s32(p + 2, high, 0);
    } else if (n & 1) {
      low = vld1_lane_s32(p, low, 0);
    }
    return {vcombine_s32(low, high)};
  }
  GRADTAPE_MEMBER static I32 set1(int32_t x) { return {vdupq_n_s32(x)}; }
  GRADTAPE_MEMBER static I32 zero() { return {vdupq_n_s32(0)}; }
  GRADTAPE_MEMBER static I32 load_u8(const uint8_t* p) {
    uint32_t four;
    memcpy(&four, p, 4);
    const uint16x8_t words = vmovl_u8(vcreate_u8(four));
    return {vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(words)))};
  }
};

struct F32 {
  static constexpr int kLanes = 4;
  using Scalar = float;
  using Mask = M32;
  float32x4_t v;
  GRADTAPE_MEMBER static F32 load(const float* p) { return {vld1q_f32(p)}; }
  GRADTAPE_MEMBER static F32 load_partial(const float* p, int64_t n) {
    if (n >= 4) return load(p);
    float32x2_t low = vdup_n_f32(0), high = vdup_n_f32(0);
    if (n & 2) {
      low = vld1_f32(p);
      if (n & 1) high = vld1_lane_f32(p + 2, high, 0);
    } else if (n & 1) {
      low = vld1_lane_f32(p, low, 0);
    }
    return {vcombine_f32(low, high)};
  }
  GRADTAPE_MEMBER static F32 set1(float x) { return {vdupq_n_f32(x)}; }
  GRADTAPE_MEMBER static F32 zero() { return {vdupq_n_f32(0)}; }
};

struct F64 {
  static constexpr int kLanes = 2;
  using Scalar = double;
  using Mask = M64;
  float64x2_t v;
  GRADTAPE_MEMBER static F64 load(const double* p) { return {vld1q_f64(p)}; }
  GRADTAPE_MEMBER static F64 load_partial(const double* p, int64_t n) {
    if (n >= 2) return load(p);
    return n == 1 ? F64{vcombine_f64(vld1_f64(p), vdup_n_f64(0))} : zero();
  }
  GRADTAPE_MEMBER static F64 set1(double x) { return {vdupq_n_f64(x)}; }
  GRADTAPE_MEMBER static F64 zero() { return {vdupq_n_f64(0)}; }
};

GRADTAPE_INLINE void store(float* p, F32 a) { vst1q_f32(p, a.v); }
GRADTAPE_INLINE void store(double* p, F64 a) { vst1q_f64(p, a.v); }
GRADTAPE_INLINE void store(int32_t* p, I32 a) { vst1q_s32(p, a.v); }
GRADTAPE_INLINE void store_partial(float* p, F32 a, int64_t n) {
  if (n >= 4) return vst1q_f32(p, a.v);
  if (n & 2) vst1_f32(p, vget_low_f32(a.v));
  if (n == 3) vst1q_lane_f32(p + 2, a.v, 2);
  if (n == 1) vst1q_lane_f32(p, a.v, 0);
}
GRADTAPE_INLINE void store_partial(double* p, F64 a, int64_t n) {
  if (n >= 2) return vst1q_f64(p, a.v);
  if (n == 1) vst1q_lane_f64(p, a.v, 0);
}
GRADTAPE_INLINE void store_partial(int32_t* p, I32 a, int64_t n) {
  if (n >= 4) return vst1q_s32(p, a.v);
  if (n & 2) vst1_s32(p, vget_low_s32(a.v));
  if (n == 3) vst1q_lane_s32(p + 2, a.v, 2);
  if (n == 1) vst1q_lane_s32(p, a.v, 0);
}
// Each lane's low byte.
GRADTAPE_INLINE void store_u8(uint8_t* p, I32 a) {
  const uint16x4_t words = vmovn_u32(vreinterpretq_u32_s32(a.v));
  const uint8x8_t bytes = vmovn_u16(vcombine_u16(words, words));
  const uint32_t four = vget_lane_u32(vreinterpret_u32_u8(bytes), 0);
  memcpy(p, &four, 4);
}

GRADTAPE_INLINE uint32x4_t word(F32 a) { return vreinterpretq_u32_f32(a.v); }
GRADTAPE_INLINE uint64x2_t word(F64 a) { return vreinterpretq_u64_f64(a.v); }
GRADTAPE_INLINE F32 from_word(uint32x4_t a) { return {vreinterpretq_f32_u32(a)}; }
GRADTAPE_INLINE F64 from_word(uint64x2_t a) { return {vreinterpretq_f64_u64(a)}; }

GRADTAPE_INLINE F32 operator+(F32 a, F32 b) { return {vaddq_f32(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator-(F32 a, F32 b) { return {vsubq_f32(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator*(F32 a, F32 b) { return {vmulq_f32(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator/(F32 a, F32 b) { return {vdivq_f32(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator+(F64 a, F64 b) { return {vaddq_f64(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator-(F64 a, F64 b) { return {vsubq_f64(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator*(F64 a, F64 b) { return {vmulq_f64(a.v, b.v)}; }
GRADTAPE_INLINE F64 operator/(F64 a, F64 b) { return {vdivq_f64(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator+(I32 a, I32 b) { return {vaddq_s32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator-(I32 a, I32 b) { return {vsubq_s32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator*(I32 a, I32 b) { return {vmulq_s32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator&(I32 a, I32 b) { return {vandq_s32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator|(I32 a, I32 b) { return {vorrq_s32(a.v, b.v)}; }
GRADTAPE_INLINE I32 operator^(I32 a, I32 b) { return {veorq_s32(a.v, b.v)}; }
GRADTAPE_INLINE F32 operator&(F32 a, F32 b) { return from_word(vandq_u32(word(a), word(b))); }
GRADTAPE_INLINE F32 operator|(F32 a, F32 b) { return from_word(vorrq_u32(word(a), word(b))); }
GRADTAPE_INLINE F32 operator^(F32 a, F32 b) { return from_word(veorq_u32(word(a), word(b))); }
GRADTAPE_INLINE F64 operator&(F64 a, F64 b) { return from_word(vandq_u64(word(a), word(b))); }
GRADTAPE_INLINE F64 operator|(F64 a, F64 b) { return from_word(vorrq_u64(word(a), word(b))); }
GRADTAPE_INLINE F64 operator^(F64 a, F64 b) { return from_word(veorq_u64(word(a), word(b))); }
// ~a & b
GRADTAPE_INLINE F32 andnot(F32 a, F32 b) { return from_word(vbicq_u32(word(b), word(a))); }
GRADTAPE_INLINE F64 andnot(F64 a, F64 b) { return from_word(vbicq_u64(word(b), word(a))); }
GRADTAPE_INLINE I32 andnot(I32 a, I32 b) { return {vbicq_s32(b.v, a.v)}; }

// a * b + c, c - a * b, a * b - c
GRADTAPE_INLINE F32 fmadd(F32 a, F32 b, F32 c) { return {vfmaq_f32(c.v, a.v, b.v)}; }
GRADTAPE_INLINE F32 fnmadd(F32 a, F32 b, F32 c) { return {vfmsq_f32(c.v, a.v, b.v)}; }
GRADTAPE_INLINE F32 fmsub(F32 a, F32 b, F32 c) { return {vfmaq_f32(vnegq_f32(c.v), a.v, b.v)}; }
GRADTAPE_INLINE F64 fmadd(F64 a, F64 b, F64 c) { return {vfmaq_f64(c.v, a.v, b.v)}; }
GRADTAPE_INLINE F64 fnmadd(F64 a, F64 b, F64 c) { return {vfmsq_f64(c.v, a.v, b.v)}; }
GRADTAPE_INLINE F64 fmsub(F64 a, F64 b, F64 c) { return {vfmaq_f64(vnegq_f64(c.v), a.v, b.v)}; }

GRADTAPE_INLINE F32 sqrt(F32 a) { return {vsqrtq_f32(a.v)}; }
GRADTAPE_INLINE F64 sqrt(F64 a) { return {vsqrtq_f64(a.v)}; }
// To nearest (ties to even), down, up, towards zero.
GRADTAPE_INLINE F32 round(F32 a) { return {vrndnq_f32(a.v)}; }
GRADTAPE_INLINE F32 floor(F32 a) { return {vrndmq_f32(a.v)}; }
GRADTAPE_INLINE F32 ceil(F32 a) { return {vrndpq_f32(a.v)}; }
GRADTAPE_INLINE F32 trunc(F32 a) { return {vrndq_f32(a.v)}; }
GRADTAPE_INLINE F64 round(F64 a) { return {vrndnq_f64(a.v)}; }
GRADTAPE_INLINE F64 floor(F64 a) { return {vrndmq_f64(a.v)}; }
GRADTAPE_INLINE F64 ceil(F64 a) { return {vrndpq_f64(a.v)}; }
GRADTAPE_INLINE F64 trunc(F64 a) { return {vrndq_f64(a.v)}; }

GRADTAPE_INLINE F32 max(F32 a, F32 b) { return {vmaxq_f32(a.v, b.v)}; }
GRADTAPE_INLINE F32 min(F32 a, F32 b) { return {vminq_f32(a.v, b.v)}; }
GRADTAPE_INLINE F64 max(F64 a, F64 b) { return {vmaxq_f64(a.v, b.v)}; }
GRADTAPE_INLINE F64 min(F64 a, F64 b) { return {vminq_f64(a.v, b.v)}; }
// Where either side may be a NaN that need not win; on x86 these are faster.
GRADTAPE_INLINE F32 max_or_b(F32 a, F32 b) { return {vbslq_f32(vcgtq_f32(a.v, b.v), a.v, b.v)}; }
GRADTAPE_INLINE F32 min_or_b(F32 a, F32 b) { return {vbslq_f32(vcltq_f32(a.v, b.v), a.v, b.v)}; }
GRADTAPE_INLINE F64 max_or_b(F64 a, F64 b) { return {vbslq_f64(vcgtq_f64(a.v, b.v), a.v, b.v)}; }
GRADTAPE_INLINE F64 min_or_b(F64 a, F64 b) { return {vbslq_f64(vcltq_f64(a.v, b.v), a.v, b.v)}; }
GRADTAPE_INLINE I32 max(I32 a, I32 b) { return {vmaxq_s32(a.v, b.v)}; }
GRADTAPE_INLINE I32 min(I32 a, I32 b) { return {vminq_s32(a.v, b.v)}; }
GRADTAPE_INLINE I32 abs(I32 a) { return {vabsq_s32(a.v)}; }

GRADTAPE_INLINE M32 eq(F32 a, F32 b) { return {vceqq_f32(a.v, b.v)}; }
GRADTAPE_INLINE M32 ne(F32 a, F32 b) { return {vmvnq_u32(vceqq_f32(a.v, b.v))}; }
GRADTAPE_INLINE M32 lt(F32 a, F32 b) { return {vcltq_f32(a.v, b.v)}; }
GRADTAPE_INLINE M32 le(F32 a, F32 b) { return {vcleq_f32(a.v, b.v)}; }
GRADTAPE_INLINE M32 is_nan(F32 a) { return ne(a, a); }
GRADTAPE_INLINE M64 operator!(M64 a) { return {veorq_u64(a.m, vdupq_n_u64(~uint64_t{0}))}; }
GRADTAPE_INLINE M64 eq(F64 a, F64 b) { return {vceqq_f64(a.v, b.v)}; }
GRADTAPE_INLINE M64 ne(F64 a, F64 b) { return !M64{vceqq_f64(a.v, b.v)}; }
GRADTAPE_INLINE M64 lt(F64 a, F64 b) { return {vcltq_f64(a.v, b.v)}; }
GRADTAPE_INLINE M64 le(F64 a, F64 b) { return {vcleq_f64(a.v, b.v)}; }
GRADTAPE_INLINE M64 is_nan(F64 a) { return ne(a, a); }
GRADTAPE_INLINE M32 eq(I32 a, I32 b) { return {vceqq_s32(a.v, b.v)}; }
GRADTAPE_INLINE M32 lt(I32 a, I32 b) { return {vcltq_s32(a.v, b.v)}; }

GRADTAPE_INLINE F32 select(M32 m, F32 a, F32 b) { return {vbslq_f32(m.m, a.v, b.v)}; }
GRADTAPE_INLINE F64 select(M64 m, F64 a, F64 b) { return {vbslq_f64(m.m, a.v, b.v)}; }
GRADTAPE_INLINE I32 select(M32 m, I32 a, I32 b) { return {vbslq_s32(m.m, a.v, b.v)}; }
GRADTAPE_INLINE M32 operator&(M32 a, M32 b) { return {vandq_u32(a.m, b.m)}; }
GRADTAPE_INLINE M32 operator|(M32 a, M32 b) { return {vorrq_u32(a.m, b.m)}; }
GRADTAPE_INLINE M32 operator^(M32 a, M32 b) { return {veorq_u32(a.m, b.m)}; }
GRADTAPE_INLINE M32 operator!(M32 a) { return {vmvnq_u32(a.m)}; }
GRADTAPE_INLINE M64 operator&(M64 a, M64 b) { return {vandq_u64(a.m, b.m)}; }
GRADTAPE_INLINE M64 operator|(M64 a, M64 b) { return {vorrq_u64(a.m, b.m)}; }
GRADTAPE_INLINE M64 operator^(M64 a, M64 b) { return {veorq_u64(a.m, b.m)}; }
// Lane i as bit i.
GRADTAPE_INLINE uint32_t bits(M32 a) {
  const uint32_t weight[4] = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(a.m, vld1q_u32(weight)));
}
GRADTAPE_INLINE uint32_t bits(M64 a) { return static_cast<uint32_t>((vgetq_lane_u64(a.m, 0) & 1) | (vgetq_lane_u64(a.m, 1) & 2)); }

// By the same number of bits in every lane: left, right keeping the sign, right filling with zeros.
GRADTAPE_INLINE I32 shl(I32 a, int n) { return {vshlq_s32(a.v, vdupq_n_s32(n))}; }
GRADTAPE_INLINE I32 sar(I32 a, int n) { return {vshlq_s32(a.v, vdupq_n_s32(-n))}; }
GRADTAPE_INLINE I32 shr(I32 a, int n) { return {vreinterpretq_s32_u32(vshlq_u32(vreinterpretq_u32_s32(a.v), vdupq_n_s32(-n)))}; }

// Out of int32's range, and for NaN, these give 0x80000000 on x86 and saturate on ARM.
GRADTAPE_INLINE I32 truncate_to_int(F32 a) { return {vcvtq_s32_f32(a.v)}; }
GRADTAPE_INLINE I32 round_to_int(F32 a) { return {vcvtnq_s32_f32(a.v)}; }
GRADTAPE_INLINE F32 to_float(I32 a) { return {vcvtq_f32_s32(a.v)}; }
GRADTAPE_INLINE I32 as_int(F32 a) { return {vreinterpretq_s32_f32(a.v)}; }
GRADTAPE_INLINE F32 as_float(I32 a) { return {vreinterpretq_f32_s32(a.v)}; }
// The lower and the upper half of the lanes as doubles, and back.
GRADTAPE_INLINE F64 to_double_low(F32 a) { return {vcvt_f64_f32(vget_low_f32(a.v))}; }
GRADTAPE_INLINE F64 to_double_high(F32 a) { return {vcvt_high_f64_f32(a.v)}; }
GRADTAPE_INLINE F32 to_float(F64 low, F64 high) { return {vcvt_high_f32_f64(vcvt_f32_f64(low.v), high.v)}; }

GRADTAPE_INLINE F32 gather(const float* base, I32 index) {
  int32_t i[4];
  vst1q_s32(i, index.v);
  const float lanes[4] = {base[i[0]], base[i[1]], base[i[2]], base[i[3]]};
  return {vld1q_f32(lanes)};
}
GRADTAPE_INLINE I32 gather(const int32_t* base, I32 index) {
  int32_t i[4];
  vst1q_s32(i, index.v);
  const int32_t lanes[4] = {base[i[0]], base[i[1]], base[i[2]], base[i[3]]};
  return {vld1q_s32(lanes)};
}

// Writes the transpose of a 4 by 4 block: to + j * to_row holds column j of the rows at `from`.
GRADTAPE_INLINE void transpose_block(const float* from, int64_t from_row, float* to, int64_t to_row) {
  const float32x4_t r0 = vld1q_f32(from), r1 = vld1q_f32(from + from_row);
  const float32x4_t r2 = vld1q_f32(from + 2 * from_row), r3 = vld1q_f32(from + 3 * from_row);
  const float64x2_t t0 = vreinterpretq_f64_f32(vtrn1q_f32(r0, r1)), t1 = vreinterpretq_f64_f32(vtrn2q_f32(r0, r1));
  const float64x2_t t2 = vreinterpretq_f64_f32(vtrn1q_f32(r2, r3)), t3 = vreinterpretq_f64_f32(vtrn2q_f32(r2, r3));
  vst1q_f32(to, vreinterpretq_f32_f64(vtrn1q_f64(t0, t2)));
  vst1q_f32(to + to_row, vreinterpretq_f32_f64(vtrn1q_f64(t1, t3)));
  vst1q_f32(to + 2 * to_row, vreinterpretq_f32_f64(vtrn2q_f64(t0, t2)));
  vst1q_f32(to + 3 * to_row, vreinterpretq_f32_f64(vtrn2q_f64(t1, t3)));
}

// Lane i of the result is the sum of the lanes of v[i], always added in the same order.
GRADTAPE_INLINE F32 sum_each(const F32* v) { return {vpaddq_f32(vpaddq_f32(v[0].v, v[1].v), vpaddq_f32(v[2].v, v[3].v))}; }

// There is no intrinsic for stores past the caches here, so these are plain ones.
GRADTAPE_INLINE void stream(float* p, F32 a) { store(p, a); }
GRADTAPE_INLINE void stream(double* p, F64 a) { store(p, a); }
GRADTAPE_INLINE void stream_end() {}

GRADTAPE_INLINE void prefetch(const void* p) { __builtin_prefetch(p, 0, 3); }
GRADTAPE_INLINE void prefetch_l2(const void* p) { __builtin_prefetch(p, 0, 2); }

}  // namespace gradtape::GRADTAPE_ISA
