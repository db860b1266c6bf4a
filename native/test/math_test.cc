// Every vector function against double precision, on every instruction set this processor has. An argument
// sets the stride over all floats: 1 tries every one.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <vector>

#include "check.h"
#include "core/cpu.h"
#include "core/float_mode.h"
#include "isa/math_functions.h"

namespace gradtape {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kSmallest = std::numeric_limits<float>::min();

float from_bits(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, 4);
  return x;
}

// How far `got` is from the true value, in units of the last place of the float nearest to it.
double units_off(float got, double truth) {
  const float nearest = static_cast<float>(truth);
  if (std::isnan(truth) || std::isnan(got)) return std::isnan(truth) && std::isnan(got) ? 0 : 1e9;
  if (got == nearest) return 0;
  if (std::isinf(got) || std::isinf(nearest)) {  // the last float or infinity: one step
    return std::fabs(got) >= 3.4028234e38f && std::fabs(nearest) >= 3.4028234e38f && (got > 0) == (nearest > 0) ? 1 : 1e9;
  }
  if (std::fabs(nearest) < kSmallest && std::fabs(got) <= kSmallest) return 0;  // may be flushed
  int power;
  std::frexp(nearest, &power);
  return std::fabs(static_cast<double>(got) - truth) / std::ldexp(1.0, power - 24);
}

struct Case {
  const char* name;
  void (*MathFunctions::*function)(const float*, float*, int64_t);
  double (*truth)(double);
  double bound;
};

double true_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

const Case kCases[] = {
    {"exp", &MathFunctions::exp, [](double x) { return std::exp(x); }, 2},
    {"expm1", &MathFunctions::expm1, [](double x) { return std::expm1(x); }, 4},
    {"log", &MathFunctions::log, [](double x) { return std::log(x); }, 4},
    {"log1p", &MathFunctions::log1p, [](double x) { return std::log1p(x); }, 4},
    {"tanh", &MathFunctions::tanh, [](double x) { return std::tanh(x); }, 4},
    {"sigmoid", &MathFunctions::sigmoid, true_sigmoid, 4},
    {"erf", &MathFunctions::erf, [](double x) { return std::erf(x); }, 4},
    {"erfc", &MathFunctions::erfc, [](double x) { return std::erfc(x); }, 8},
    {"sin", &MathFunctions::sin, [](double x) { return std::sin(x); }, 4},
    {"cos", &MathFunctions::cos, [](double x) { return std::cos(x); }, 4},
    {"round", &MathFunctions::round, [](double x) { return std::nearbyint(x); }, 0},
    {"floor", &MathFunctions::floor, [](double x) { return std::floor(x); }, 0},
    {"ceil", &MathFunctions::ceil, [](double x) { return std::ceil(x); }, 0},
    {"trunc", &MathFunctions::trunc, [](double x) { return std::trunc(x); }, 0},
};

void sweep(Checks& check, const char* isa, const MathFunctions& functions, uint64_t stride) {
  constexpr int kBatch = 4099;  // no multiple of any lane count
  std::vector<float> x(kBatch), y(kBatch);
  for (const Case& one : kCases) {
    double worst = 0;
    float where = 0;
    for (uint64_t bits = 0; bits < (uint64_t{1} << 32);) {
      int n = 0;
      for (; n < kBatch && bits < (uint64_t{1} << 32); bits += stride) {
        const float value = from_bits(static_cast<uint32_t>(bits));
        if (value == 0 || std::fabs(value) >= kSmallest || std::isnan(value)) x[n++] = value;  // denormals may be read as zero
      }
      (functions.*one.function)(x.data(), y.data(), n);
      for (int i = 0; i < n; i++) {
        const double off = units_off(y[i], one.truth(x[i]));
        if (off > worst) worst = off, where = x[i];
      }
    }
    std::printf("%-7s %-8s %.2f units at %a\n", isa, one.name, worst, where);
    check.that(worst <= one.bound, "%s %s: %g units off at %a", isa, one.name, worst, where);
  }
}

bool same(float a, float b) { return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b); }

void edges(Checks& check, const char* isa, const MathFunctions& functions) {
  const float x[] = {0.0f, -0.0f, kInf, -kInf, kNan, 1.0f, -1.0f, 100.0f, -200.0f};
  const int n = static_cast<int>(sizeof x / sizeof *x);
  float y[n];
  for (const Case& one : kCases) {
    (functions.*one.function)(x, y, n);
    for (int i = 0; i < 5; i++) {
      const float truth = static_cast<float>(one.truth(x[i]));
      check.that(same(y[i], truth), "%s %s(%g): %g, should be %g", isa, one.name, x[i], y[i], truth);
    }
  }
  const float grid[] = {0.0f,  -0.0f, 0.5f,  -0.5f,      1.0f,       -1.0f,  2.0f,    -2.0f,       3.0f,
                        -3.0f, 2.5f,  -2.5f, 1e10f,      -1e10f,     1e-10f, -1e-10f, 16777217.0f, -16777215.0f,
                        kInf,  -kInf, kNan,  0.9999999f, 1.0000001f, 3e38f,  2e-38f};
  for (const float a : grid) {
    for (const float b : grid) {
      float z;
      functions.pow(&a, &b, &z, 1);
      const double truth = std::pow(static_cast<double>(a), static_cast<double>(b));
      const float nearest = static_cast<float>(truth);
      const bool exact = truth == 0 || std::isinf(truth) || std::isnan(truth);
      check.that(exact ? same(z, nearest) : units_off(z, truth) <= 4, "%s pow(%a, %a): %a, should be %a", isa, a, b, z, nearest);
      functions.max(&a, &b, &z, 1);
      const bool none = std::isnan(a) || std::isnan(b);
      check.that(none ? std::isnan(z) : z == std::fmax(a, b), "%s max(%g, %g): %g", isa, a, b, z);
      functions.min(&a, &b, &z, 1);
      check.that(none ? std::isnan(z) : z == std::fmin(a, b), "%s min(%g, %g): %g", isa, a, b, z);
    }
  }
}

void powers(Checks& check, const char* isa, const MathFunctions& functions) {
  double worst = 0;
  uint32_t state = 12345;
  float at[2] = {0, 0};
  for (int i = 0; i < 400000; i++) {
    state = state * 1664525u + 1013904223u;
    const float x = from_bits(0x00800000u + (state >> 1) % 0x7f000000u);
    state = state * 1664525u + 1013904223u;
    const float y = static_cast<float>(((state >> 8) / 8388608.0 - 1.0) * (i % 3 == 0 ? 130 : 3));
    float z;
    functions.pow(&x, &y, &z, 1);
    const double off = units_off(z, std::pow(static_cast<double>(x), static_cast<double>(y)));
    if (off > worst) worst = off, at[0] = x, at[1] = y;
  }
  std::printf("%-7s %-8s %.2f units at %a, %a\n", isa, "pow", worst, at[0], at[1]);
  check.that(worst <= 4, "%s pow: %g units off at %a, %a", isa, worst, at[0], at[1]);
}

void parts(Checks& check, const char* isa, const MathFunctions& functions) {
  for (int n = 0; n <= 40; n++) {
    std::vector<float> x(n), y(n + 1, -1.0f);
    std::vector<int32_t> i(n), j(n + 1, -1), product(n + 1, -1);
    std::vector<double> d(n), e(n + 1, -1.0);
    std::vector<uint8_t> bytes(n), narrow(n + 1, 77);
    for (int k = 0; k < n; k++) x[k] = k + 1, i[k] = 70000 * k - 3, d[k] = k + 0.5, bytes[k] = static_cast<uint8_t>(k * 37);
    functions.copy(x.data(), y.data(), n);
    functions.copy_ints(i.data(), j.data(), n);
    functions.copy_doubles(d.data(), e.data(), n);
    functions.multiply_ints(i.data(), i.data(), product.data(), n);
    functions.narrow_bytes(i.data(), narrow.data(), n);
    bool ok = y[n] == -1 && j[n] == -1 && e[n] == -1 && narrow[n] == 77 && product[n] == -1;
    for (int k = 0; k < n; k++) {
      ok = ok && y[k] == x[k] && j[k] == i[k] && e[k] == d[k] && narrow[k] == static_cast<uint8_t>(i[k]);
      ok = ok && product[k] == static_cast<int32_t>(static_cast<uint32_t>(i[k]) * static_cast<uint32_t>(i[k]));
    }
    functions.widen_bytes(bytes.data(), j.data(), n);
    for (int k = 0; k < n; k++) ok = ok && j[k] == bytes[k];
    check.that(ok && j[n] == -1, "%s: partial loads and stores of %d", isa, n);
    check.that(functions.sum(x.data(), n) == n * (n + 1) / 2, "%s: sum of %d", isa, n);
  }
  std::vector<float> block(256), turned(256);
  for (int k = 0; k < 256; k++) block[k] = static_cast<float>(k);
  const int lanes = functions.transpose(block.data(), turned.data());
  bool ok = true;
  for (int r = 0; r < lanes; r++) {
    for (int c = 0; c < lanes; c++) ok = ok && turned[c * lanes + r] == block[r * lanes + c];
  }
  check.that(ok, "%s: transpose", isa);
}

void test(Checks& check, const char* isa, const MathFunctions& functions, uint64_t stride) {
  parts(check, isa, functions);
  edges(check, isa, functions);
  powers(check, isa, functions);
  sweep(check, isa, functions, stride);
  FlushDenormals flush;
  edges(check, isa, functions);
}

}  // namespace
}  // namespace gradtape

int main(int count, char** arguments) {
  using namespace gradtape;
  Checks check;
  const uint64_t stride = count > 1 && std::strtoull(arguments[1], nullptr, 10) > 0 ? std::strtoull(arguments[1], nullptr, 10) : 4093;
#if defined(__x86_64__)
  test(check, "sse2", sse2::math_functions(), stride);
  if (supports(Isa::avx2)) test(check, "avx2", avx2::math_functions(), stride);
  if (supports(Isa::avx512)) test(check, "avx512", avx512::math_functions(), stride);
#else
  test(check, "neon", neon::math_functions(), stride);
#endif
  return check.finish();
}
