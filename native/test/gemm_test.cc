// Matrix products of every shape, layout and ending against plain loops, on every instruction set this processor has.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "check.h"
#include "core/cpu.h"
#include "core/pool.h"
#include "isa/products.h"

namespace gradtape {
namespace {

uint32_t state = 1;
double random_unit() {
  state = state * 1664525u + 1013904223u;
  return static_cast<double>(state >> 8) / 8388608.0 - 1.0;
}

double activated(double x, int activation, double slope) {
  switch (activation) {
    case 1:
      return x < 0 ? 0 : x;
    case 2:
      return 1 / (1 + std::exp(-x));
    case 3:
      return std::tanh(x);
    case 4:
      return x < 0 ? std::expm1(x) : x;
    case 5:
      return 0.5 * x * (1 + std::erf(x * std::sqrt(0.5)));
    case 6:
      return x / (1 + std::exp(-x));
    case 7:
      return x < 0 ? 0 : x > 6 ? 6 : x;
    case 8:
      return std::log1p(std::exp(x));
    case 9:
      return x < 0 ? slope * x : x;
    case 10:
      return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * std::expm1(x) : x);
    case 11:
      return 0.5 * x * (1 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    default:
      return x;
  }
}

struct Setup {
  int64_t m, n, k;
  bool transpose_a, transpose_b, accumulate, bias;
  int activation;
  int64_t gap;  // unused elements behind each row of the operands and the result
};

template <typename T>
void check_one(Checks& check, const char* isa, void (*multiply)(const AskedProduct<T>&), const Setup& s) {
  const double unit = sizeof(T) == 4 ? 6e-8 : 1.2e-16;
  const int64_t a_row = (s.transpose_a ? s.m : s.k) + s.gap, b_row = (s.transpose_b ? s.k : s.n) + s.gap, c_row = s.n + s.gap;
  std::vector<T> a((s.transpose_a ? s.k : s.m) * a_row), b((s.transpose_b ? s.n : s.k) * b_row), c(s.m * c_row), bias(s.n);
  for (T& x : a) x = static_cast<T>(random_unit());
  for (T& x : b) x = static_cast<T>(random_unit());
  for (T& x : c) x = static_cast<T>(random_unit());
  for (T& x : bias) x = static_cast<T>(random_unit());
  const std::vector<T> before = c;
  AskedProduct<T> p{s.m,
                    s.n,
                    s.k,
                    a.data(),
                    s.transpose_a ? 1 : a_row,
                    s.transpose_a ? a_row : 1,
                    b.data(),
                    s.transpose_b ? 1 : b_row,
                    s.transpose_b ? b_row : 1,
                    c.data(),
                    c_row,
                    s.accumulate,
                    s.bias ? bias.data() : nullptr,
                    s.activation,
                    0.3f};
  set_thread_count(1);
  multiply(p);
  double worst = 0;
  bool kept = true;
  for (int64_t i = 0; i < s.m; i++) {
    for (int64_t j = 0; j < c_row; j++) {
      if (j >= s.n) {
        kept = kept && c[i * c_row + j] == before[i * c_row + j];
        continue;
      }
      double sum = s.accumulate ? before[i * c_row + j] : 0, size = std::fabs(sum) + 1;
      for (int64_t q = 0; q < s.k; q++) {
        const double term = static_cast<double>(p.a[i * p.a_row + q * p.a_col]) * p.b[q * p.b_row + j * p.b_col];
        sum += term;
        size += std::fabs(term);
      }
      if (s.bias) sum += bias[j];
      const double truth = activated(sum, s.activation, 0.3f);
      worst = std::fmax(worst, std::fabs(c[i * c_row + j] - truth) / (size * unit * (4 * std::sqrt(static_cast<double>(s.k)) + 8)));
    }
  }
  check.that(worst <= 1 && kept, "%s %s %ldx%ldx%ld%s%s gap %ld accumulate %d bias %d activation %d: %g of the bound%s", isa,
             sizeof(T) == 4 ? "float" : "double", static_cast<long>(s.m), static_cast<long>(s.n), static_cast<long>(s.k),
             s.transpose_a ? " A'" : "", s.transpose_b ? " B'" : "", static_cast<long>(s.gap), s.accumulate, s.bias, s.activation, worst,
             kept ? "" : ", wrote beside C");
  const std::vector<T> alone = c;
  for (const int threads : {2, 3, 8}) {
    set_thread_count(threads);
    c = before;
    multiply(p);
    check.that(std::memcmp(c.data(), alone.data(), c.size() * sizeof(T)) == 0, "%s %ldx%ldx%ld: other bits on %d threads", isa,
               static_cast<long>(s.m), static_cast<long>(s.n), static_cast<long>(s.k), threads);
  }
}

void check_shapes(Checks& check, const char* isa, const Products& f) {
  const int64_t edges[] = {1, 2, 3, 5, 7, 8, 12, 13, 16, 17, 31, 33, 48, 65, 100};
  for (const int64_t m : edges) {
    for (const int64_t n : edges) {
      const int64_t k = edges[(m * 7 + n * 3) % 15];
      const int turn = static_cast<int>(m + n + k);
      Setup s{m, n, k, turn % 2 == 1, turn % 3 == 1, turn % 5 == 1, turn % 7 < 3, turn % 4 == 0 ? 1 : 0, turn % 3};
      check_one<float>(check, isa, f.floats, s);
      s.transpose_a = !s.transpose_a;
      check_one<float>(check, isa, f.floats, s);
      if (turn % 3 == 0) check_one<double>(check, isa, f.doubles, s);
    }
  }
  for (int activation = 0; activation <= 11; activation++) {
    for (const int64_t m : {3, 20}) {
      check_one<float>(check, isa, f.floats, {m, 37, 29, false, activation % 2 == 0, false, true, activation, 0});
      check_one<double>(check, isa, f.doubles, {m, 37, 29, false, activation % 2 == 1, false, true, activation, 0});
    }
  }
  const Setup large[] = {
      {1, 700, 900, false, false, false, true, 1, 0},   {700, 1, 900, false, false, false, false, 0, 0},
      {700, 1, 900, true, false, true, true, 3, 0},     {6, 512, 512, false, true, true, false, 0, 0},
      {130, 200, 800, false, false, true, true, 1, 0},  {500, 90, 400, true, false, false, true, 2, 5},
      {1000, 40, 40, false, true, false, false, 0, 0},  {256, 256, 256, true, false, false, false, 0, 0},
      {128, 10, 300, true, false, true, true, 1, 0},    {300, 300, 2, false, false, false, true, 1, 0},
      {64, 2100, 16, false, false, false, false, 0, 0}, {490, 2100, 33, false, true, true, true, 0, 0},
      {40, 40, 0, false, false, false, true, 1, 0},     {40, 40, 0, false, false, true, false, 0, 3},
  };
  for (const Setup& s : large) {
    check_one<float>(check, isa, f.floats, s);
    if (s.m * s.n * s.k < 10000000) check_one<double>(check, isa, f.doubles, s);
  }
}

// The kernel rows: broadcast batches, integers, NaN and infinity.
void check_rows(Checks& check, const char* isa, const Products& f) {
  const Table table = f.table();
  char error[kErrorSize] = "";
  const int64_t a_shape[] = {2, 1, 5, 7}, b_shape[] = {3, 7, 4}, c_shape[] = {2, 3, 5, 4}, bias_shape[] = {4};
  for (const int threads : {1, 3}) {
    set_thread_count(threads);
    std::vector<int32_t> a(70), b(84), c(120), bias = {1, 2, 3, 2000000000};
    for (int32_t& x : a) x = static_cast<int32_t>(random_unit() * 2e9);
    for (int32_t& x : b) x = static_cast<int32_t>(random_unit() * 2e9);
    std::vector<float> fa(a.begin(), a.end()), fb(b.begin(), b.end()), fc(120), fbias(4, 0.5f);
    const View ints[] = {
        {a.data(), 70, a_shape, 4, DType::int32}, {b.data(), 84, b_shape, 3, DType::int32}, {bias.data(), 4, bias_shape, 1, DType::int32}};
    const View floats[] = {{fa.data(), 70, a_shape, 4, DType::float32},
                           {fb.data(), 84, b_shape, 3, DType::float32},
                           {fbias.data(), 4, bias_shape, 1, DType::float32}};
    const View int_result{c.data(), 120, c_shape, 4, DType::int32}, result{fc.data(), 120, c_shape, 4, DType::float32};
    const double attrs[] = {0, 0, 0, 0};
    table.rows[1].kernel({ints, 3, &int_result, 1, attrs, 4, error});
    table.rows[0].kernel({floats, 2, &result, 1, attrs, 2, error});
    bool ok = error[0] == '\0', close = true;
    for (int x = 0; x < 120; x++) {
      const int j = x % 4, i = x / 4 % 5, q = x / 20 % 3, p = x / 60;
      uint32_t sum = static_cast<uint32_t>(bias[j]);
      double truth = 0;
      for (int r = 0; r < 7; r++) {
        sum += static_cast<uint32_t>(a[p * 35 + i * 7 + r]) * static_cast<uint32_t>(b[q * 28 + r * 4 + j]);
        truth += static_cast<double>(fa[p * 35 + i * 7 + r]) * fb[q * 28 + r * 4 + j];
      }
      ok = ok && c[x] == static_cast<int32_t>(sum);
      close = close && std::fabs(fc[x] - truth) <= 1e13;  // of terms up to 4e18
    }
    check.that(ok, "%s: batch of integer products on %d threads", isa, threads);
    check.that(close, "%s: batch of products on %d threads", isa, threads);
  }
  const int64_t square[] = {20, 20};
  std::vector<float> x(400, 1.0f), y(400, 0.0f), z(400);
  x[45] = NAN;
  y[27] = INFINITY;
  const View operands[] = {{x.data(), 400, square, 2, DType::float32}, {y.data(), 400, square, 2, DType::float32}};
  const View result{z.data(), 400, square, 2, DType::float32};
  const double relu[] = {0, 0, 1, 0};
  table.rows[1].kernel({operands, 2, &result, 1, relu, 4, error});
  check.that(std::isnan(z[40]) && z[7] == INFINITY && z[0] == 0, "%s: NaN and infinity pass through relu", isa);
  const View bytes[] = {{x.data(), 400, square, 2, DType::uint8}, {y.data(), 400, square, 2, DType::uint8}};
  table.rows[0].kernel({bytes, 2, &result, 1, relu, 2, error});
  check.that(std::strcmp(error, "matMul: no product of elements of type 3") == 0, "%s: says %s", isa, error);
}

void test(Checks& check, const char* isa, const Products& f) {
  check_shapes(check, isa, f);
  check_rows(check, isa, f);
}

}  // namespace
}  // namespace gradtape

int main() {
  using namespace gradtape;
  Checks check;
#if defined(__x86_64__)
  test(check, "sse2", sse2::products());
  if (supports(Isa::avx2)) test(check, "avx2", avx2::products());
  if (supports(Isa::avx512)) test(check, "avx512", avx512::products());
#else
  test(check, "neon", neon::products());
#endif
  return check.finish();
}
