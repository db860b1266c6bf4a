// What this machine can do at most, each as {"value": number} or {"absent": why}. `peak fma ISA THREADS` prints GFLOP/s of multiply-adds in float32,
// `peak triad THREADS` GB/s of a = b + s * c on arrays that no cache holds (12 bytes an element, as STREAM counts), and
// `peak limit ISA THREADS FLOPS BYTES` the microseconds that so much arithmetic at the one and so much traffic at the other take.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace {

// Enough independent sums to cover the latency of two pipes, few enough to stay in registers (compile with -O3, which unrolls the loop over them).
constexpr int kChains = 12;
constexpr long kRounds = 1 << 18;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

#if defined(__x86_64__)

__attribute__((target("avx512f"))) float avx512(long rounds) {
  __m512 sums[kChains];
  for (int k = 0; k < kChains; k++) sums[k] = _mm512_set1_ps(0.001f * k);
  const __m512 scale = _mm512_set1_ps(0.999f), shift = _mm512_set1_ps(0.001f);
  for (long i = 0; i < rounds; i++) {
    for (int k = 0; k < kChains; k++) sums[k] = _mm512_fmadd_ps(sums[k], scale, shift);
  }
  __m512 total = sums[0];
  for (int k = 1; k < kChains; k++) total = _mm512_add_ps(total, sums[k]);
  return _mm_cvtss_f32(_mm512_castps512_ps128(total));
}

__attribute__((target("avx2,fma"))) float avx2(long rounds) {
  __m256 sums[kChains];
  for (int k = 0; k < kChains; k++) sums[k] = _mm256_set1_ps(0.001f * k);
  const __m256 scale = _mm256_set1_ps(0.999f), shift = _mm256_set1_ps(0.001f);
  for (long i = 0; i < rounds; i++) {
    for (int k = 0; k < kChains; k++) sums[k] = _mm256_fmadd_ps(sums[k], scale, shift);
  }
  __m256 total = sums[0];
  for (int k = 1; k < kChains; k++) total = _mm256_add_ps(total, sums[k]);
  return _mm_cvtss_f32(_mm256_castps256_ps128(total));
}

// No fused instruction here: a multiplication and an addition.
float sse2(long rounds) {
  __m128 sums[kChains];
  for (int k = 0; k < kChains; k++) sums[k] = _mm_set1_ps(0.001f * k);
  const __m128 scale = _mm_set1_ps(0.999f), shift = _mm_set1_ps(0.001f);
  for (long i = 0; i < rounds; i++) {
    for (int k = 0; k < kChains; k++) sums[k] = _mm_add_ps(_mm_mul_ps(sums[k], scale), shift);
  }
  __m128 total = sums[0];
  for (int k = 1; k < kChains; k++) total = _mm_add_ps(total, sums[k]);
  return _mm_cvtss_f32(total);
}

#elif defined(__aarch64__)

float neon(long rounds) {
  float32x4_t sums[kChains];
  for (int k = 0; k < kChains; k++) sums[k] = vdupq_n_f32(0.001f * k);
  const float32x4_t scale = vdupq_n_f32(0.999f), shift = vdupq_n_f32(0.001f);
  for (long i = 0; i < rounds; i++) {
    for (int k = 0; k < kChains; k++) sums[k] = vfmaq_f32(shift, sums[k], scale);
  }
  float32x4_t total = sums[0];
  for (int k = 1; k < kChains; k++) total = vaddq_f32(total, sums[k]);
  return vaddvq_f32(total);
}

#endif

struct Choice {
  const char* isa;
  int lanes;
  bool present;
  float (*run)(long);
};

void sustain(float (*run)(long), long rounds) {
  volatile float sink = run(rounds);
  static_cast<void>(sink);
}

// GFLOP/s, or 0 where there is no such instruction set.
double multiply_adds(const char* isa, int threads) {
#if defined(__x86_64__)
  const Choice choices[] = {
      {"avx512", 16, __builtin_cpu_supports("avx512f") != 0, avx512},
      {"avx2", 8, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"), avx2},
      {"sse2", 4, true, sse2},
  };
#elif defined(__aarch64__)
  const Choice choices[] = {{"neon", 4, true, neon}};
#else
  const Choice choices[] = {{"", 0, false, nullptr}};
#endif
  for (const Choice& choice : choices) {
    if (std::strcmp(choice.isa, isa) != 0 || !choice.present) continue;
    double best = 0;
    const double begin = seconds();
    while (seconds() - begin < 0.25) {
      const double start = seconds();
      std::vector<std::thread> others;
      for (int i = 1; i < threads; i++) others.emplace_back(sustain, choice.run, kRounds * 8);
      sustain(choice.run, kRounds * 8);
      for (std::thread& other : others) other.join();
      best = std::max(best, 2.0 * threads * choice.lanes * kChains * kRounds * 8 / (seconds() - start) / 1e9);
    }
    return best;
  }
  return 0;
}

// Elements of each array, 64 MB: more than last-level caches hold of three.
constexpr long kElements = 16 << 20;

void add_scaled(float* a, const float* b, const float* c, long from, long to) {
  for (long i = from; i < to; i++) a[i] = b[i] + 0.5f * c[i];
}

// GB/s, each thread on its own stretch of the arrays, whose pages it touches first.
double triad(int threads) {
  std::unique_ptr<float[]> a(new float[kElements]), b(new float[kElements]), c(new float[kElements]);
  const auto everywhere = [threads](const auto& work) {
    std::vector<std::thread> others;
    const long stretch = kElements / threads;
    for (int i = 1; i < threads; i++) others.emplace_back(work, i * stretch, i + 1 == threads ? kElements : (i + 1) * stretch);
    work(0, threads == 1 ? kElements : stretch);
    for (std::thread& other : others) other.join();
  };
  everywhere([&](long from, long to) {
    std::fill(a.get() + from, a.get() + to, 0.0f);
    std::fill(b.get() + from, b.get() + to, 1.0f);
    std::fill(c.get() + from, c.get() + to, 2.0f);
  });
  double best = 0;
  const double begin = seconds();
  for (int i = 0; i < 5 || seconds() - begin < 0.4; i++) {
    const double start = seconds();
    everywhere([&](long from, long to) { add_scaled(a.get(), b.get(), c.get(), from, to); });
    best = std::max(best, 12.0 * kElements / (seconds() - start) / 1e9);
  }
  volatile float sink = a[kElements / 2];
  static_cast<void>(sink);
  return best;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 2;
  const char* what = arguments[1];
  if (std::strcmp(what, "triad") == 0) {
    std::printf("{\"value\": %.3f}\n", triad(std::max(1, std::atoi(arguments[2]))));
    return 0;
  }
  if (count < 4) return 2;
  const char* isa = arguments[2];
  const int threads = std::max(1, std::atoi(arguments[3]));
  const double flops = multiply_adds(isa, threads);
  if (flops == 0) {
    std::printf("{\"absent\": \"this processor has no %s\"}\n", isa);
  } else if (std::strcmp(what, "limit") == 0) {
    if (count < 6) return 2;
    const double wanted = std::atof(arguments[4]), bytes = std::atof(arguments[5]);
    const double traffic = bytes > 0 ? bytes / triad(threads) : 0;
    std::printf("{\"value\": %.3f}\n", (wanted / flops + traffic) / 1e3);
  } else {
    std::printf("{\"value\": %.3f}\n", flops);
  }
  return 0;
}
