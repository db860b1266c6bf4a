// Optimizer steps: the same bits in place and apart, past the caches and through them, for any number of threads, one variable at a
// time, and with gradients that are zero but for some rows or are just those; and nothing is written beside the variables.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "check.h"
#include "core/cpu.h"
#include "core/pool.h"
#include "isa/updates.h"

namespace gradtape {
namespace {

struct Rule {
  const char* name;
  int scalars, slots;
  std::vector<double> attrs;  // its own
};

const Rule kRules[] = {
    {"sgdUpdate", 1, 0, {0, 0}},
    {"sgdUpdate", 1, 1, {0.9, 1}},
    {"rmspropUpdate", 1, 1, {0.9, 0, 1e-7, 0}},
    {"rmspropUpdate", 1, 3, {0.9, 0.5, 1e-7, 1}},
    {"adamUpdate", 2, 2, {0.9, 0.999, 1e-7, 0}},
    {"adamUpdate", 2, 3, {0.9, 0.999, 1e-7, 1}},
    {"adagradUpdate", 1, 1, {1e-7}},
    {"adadeltaUpdate", 1, 2, {0.95, 1e-7}},
    {"adamaxUpdate", 2, 2, {0.9, 0.999, 1e-7}},
    {"nadamUpdate", 3, 2, {0.9, 0.999, 1e-7}},
    {"lionUpdate", 1, 1, {0.9, 0.99}},
    {"ftrlUpdate", 1, 2, {-0.5, 0.1, 0.2, 0.3, 0.4}},
    {"ftrlUpdate", 1, 2, {-0.7, 0.1, 0.2, 0.3, 0.4}},
};

constexpr int64_t kGap = 64;  // elements behind each array, which nobody may write

// Arrays in one allocation, each at a multiple of 64 bytes plus `shift` elements, so that vectors are aligned or not.
template <typename T>
struct Arrays {
  std::vector<T> memory;
  std::vector<T*> at;
  Arrays(const std::vector<int64_t>& sizes, int64_t shift) {
    int64_t total = 64;
    for (const int64_t size : sizes) total += (size + 2 * kGap) / 16 * 16;
    memory.assign(static_cast<size_t>(total), T(-7));
    uintptr_t start = (reinterpret_cast<uintptr_t>(memory.data()) + 63) / 64 * 64;
    T* next = reinterpret_cast<T*>(start) + shift;
    for (const int64_t size : sizes) {
      at.push_back(next);
      next += (size + 2 * kGap) / 16 * 16;
    }
  }
};

// What gradients are: any, or zero but for some rows, all of them or only those.
enum class Gradients { full, few, rows };

// The width of the rows that a variable of so many elements has.
int64_t width_of(int64_t size) { return size % 100 == 0 ? 50 : size % 3 == 0 ? 3 : 1; }
bool has_gradient(int64_t row) { return row % 7 == 2 || row % 7 == 3; }

template <typename T>
void run(const Updates& updates, const Rule& rule, const std::vector<int64_t>& sizes, bool in_place, int64_t shift, bool adjusted,
         std::vector<std::vector<T>>& results, bool& kept, Gradients gradients = Gradients::full) {
  const int each = 2 + rule.slots, count = static_cast<int>(sizes.size());
  std::vector<int64_t> in_sizes, out_sizes;
  for (const int64_t size : sizes) {
    in_sizes.insert(in_sizes.end(), static_cast<size_t>(each), size);
    out_sizes.insert(out_sizes.end(), static_cast<size_t>(each - 1), size);
  }
  Arrays<T> from(in_sizes, shift), to(out_sizes, shift);
  for (size_t k = 0; k < in_sizes.size(); k++) {
    const size_t role = k % static_cast<size_t>(each);
    for (int64_t i = 0; i < in_sizes[k]; i++) {
      // By place in its own array alone, so that a variable is the same one in every step.
      const double x = static_cast<double>((i * 7919 + static_cast<int64_t>(role) * 104729) % 211 - 105) / 40;
      // A mean square is at least the square of the mean, the last of three slots.
      const double slot = role == 4 ? x / 10 : role == 2 && rule.slots == 3 ? 9 + x : x * x + 1;
      const bool none = gradients != Gradients::full && role == 1 && !has_gradient(i / width_of(in_sizes[k]));
      from.at[k][i] = static_cast<T>(none ? 0 : role < 2 ? x : slot);
    }
  }
  // The rows that there are, the last one first.
  std::vector<std::vector<T>> rows(sizes.size());
  std::vector<std::vector<int32_t>> places(sizes.size());
  std::vector<int64_t> row_sizes, place_sizes;
  for (size_t k = 0; k < sizes.size(); k++) {
    const T* const dense = from.at[k * static_cast<size_t>(each) + 1];
    const int64_t width = width_of(sizes[k]);
    places[k].assign(static_cast<size_t>(sizes[k] / width), -1);
    for (int64_t row = sizes[k] / width - 1; row >= 0; row--) {
      if (!has_gradient(row)) continue;
      places[k][static_cast<size_t>(row)] = static_cast<int32_t>(static_cast<int64_t>(rows[k].size()) / width);
      rows[k].insert(rows[k].end(), dense + row * width, dense + (row + 1) * width);
    }
    row_sizes.push_back(static_cast<int64_t>(rows[k].size()));
    place_sizes.push_back(static_cast<int64_t>(places[k].size()));
  }
  const DType dtype = sizeof(T) == 4 ? DType::float32 : DType::float64;
  double rate = 0.01, scale = 0.5, product = 0.1;
  int32_t iterations = 4;
  std::vector<View> in{
      {&rate, 1, nullptr, 0, DType::float64}, {&iterations, 1, nullptr, 0, DType::int32}, {&product, 1, nullptr, 0, DType::float64}},
      out;
  in.resize(static_cast<size_t>(rule.scalars));
  for (size_t k = 0; k < in_sizes.size(); k++) {
    const size_t variable = k / static_cast<size_t>(each);
    if (gradients == Gradients::rows && k % static_cast<size_t>(each) == 1)
      in.push_back({rows[variable].data(), row_sizes[variable], &row_sizes[variable], 1, dtype});
    else
      in.push_back({from.at[k], in_sizes[k], &in_sizes[k], 1, dtype});
  }
  for (size_t k = 0; k < sizes.size() && gradients == Gradients::rows; k++)
    in.push_back({places[k].data(), place_sizes[k], &place_sizes[k], 1, DType::int32});
  if (adjusted) in.push_back({&scale, 1, nullptr, 0, DType::float64});
  for (int k = 0; k < count; k++) {
    for (int j = 0; j < each - 1; j++) {
      const size_t n = static_cast<size_t>(k * (each - 1) + j), same = static_cast<size_t>(k * each + (j == 0 ? 0 : j + 1));
      out.push_back({in_place ? from.at[same] : to.at[n], out_sizes[n], &out_sizes[n], 1, dtype});
    }
  }
  std::vector<double> attrs = rule.attrs;
  attrs.push_back(adjusted ? 0.6 : 0);
  attrs.push_back(count);
  attrs.insert(attrs.end(), static_cast<size_t>(count), adjusted ? 0.1 : 0);
  attrs.push_back(count);
  attrs.insert(attrs.end(), static_cast<size_t>(count), gradients == Gradients::rows ? 1 : 0);
  char error[kErrorSize] = "";
  for (const Table& table : updates.tables) {
    for (int row = 0; row < table.count; row++) {
      if (std::strcmp(table.rows[row].name, rule.name) != 0) continue;
      table.rows[row].kernel({in.data(), static_cast<int32_t>(in.size()), out.data(), static_cast<int32_t>(out.size()), attrs.data(),
                              static_cast<int32_t>(attrs.size()), error});
    }
  }
  kept = error[0] == '\0';
  results.clear();
  for (const View& view : out) {
    const T* const data = static_cast<const T*>(view.data);
    results.emplace_back(data, data + view.size);
    for (int64_t i = 0; i < kGap - 16; i++) kept = kept && data[view.size + i] == T(-7);
  }
}

template <typename T>
bool same(const std::vector<std::vector<T>>& a, const std::vector<std::vector<T>>& b) {
  if (a.size() != b.size()) return false;
  for (size_t k = 0; k < a.size(); k++) {
    if (a[k].size() != b[k].size() || (!a[k].empty() && std::memcmp(a[k].data(), b[k].data(), a[k].size() * sizeof(T)) != 0)) return false;
  }
  return true;
}

template <typename T>
void check_rule(Checks& check, const char* isa, const Updates& updates, const Rule& rule, const std::vector<int64_t>& sizes,
                bool adjusted) {
  const char* const type = sizeof(T) == 4 ? "float" : "double";
  std::vector<std::vector<T>> alone, other;
  bool kept;
  set_thread_count(1);
  run<T>(updates, rule, sizes, false, 0, adjusted, alone, kept);
  check.that(kept, "%s %s %s: an error, or wrote beside the variables", isa, rule.name, type);
  for (const int threads : {1, 3}) {
    set_thread_count(threads);
    for (const int64_t shift : {0, 1}) {
      for (const bool in_place : {false, true}) {
        run<T>(updates, rule, sizes, in_place, shift, adjusted, other, kept);
        check.that(kept, "%s %s %s: an error, or wrote beside the variables on %d threads, in place %d", isa, rule.name, type, threads,
                   in_place);
        check.that(same(alone, other), "%s %s %s %zu variables: other bits on %d threads, in place %d, shift %d", isa, rule.name, type,
                   sizes.size(), threads, in_place, static_cast<int>(shift));
      }
    }
  }
  std::vector<std::vector<T>> joined;
  for (const int64_t size : sizes) {
    run<T>(updates, rule, {size}, false, 0, adjusted, other, kept);
    joined.insert(joined.end(), other.begin(), other.end());
  }
  check.that(same(alone, joined), "%s %s %s: other bits one variable at a time", isa, rule.name, type);
  std::vector<std::vector<T>> few;
  run<T>(updates, rule, sizes, false, 0, adjusted, few, kept, Gradients::few);
  for (const int threads : {1, 3}) {
    set_thread_count(threads);
    for (const bool in_place : {false, true}) {
      run<T>(updates, rule, sizes, in_place, 0, adjusted, other, kept, Gradients::rows);
      check.that(kept && same(few, other), "%s %s %s: other bits from rows on %d threads, in place %d", isa, rule.name, type, threads,
                 in_place);
    }
  }
  bool moved = true;
  for (const std::vector<T>& result : alone) {
    for (const T x : result) moved = moved && std::isfinite(x) && x != T(-7);
  }
  check.that(moved, "%s %s %s: results that were not written", isa, rule.name, type);
}

void check_table(Checks& check, const char* isa, const Updates& updates) {
  for (const Rule& rule : kRules) {
    for (const bool adjusted : {false, true}) {
      for (const std::vector<int64_t>& sizes :
           {std::vector<int64_t>{1, 5, 0, 64, 17, 300}, {16380, 7, 16384, 0, 33, 40000, 1}, {std::vector<int64_t>(500, 3)}}) {
        check_rule<float>(check, isa, updates, rule, sizes, adjusted);
        check_rule<double>(check, isa, updates, rule, sizes, adjusted);
      }
    }
  }
  // So large that the results are written past the caches.
  check_rule<float>(check, isa, updates, kRules[4], {1500003, 9, 77777}, false);
}

}  // namespace
}  // namespace gradtape

int main() {
  using namespace gradtape;
  Checks check;
#if defined(__x86_64__)
  check_table(check, "sse2", sse2::updates());
  if (supports(Isa::avx2)) check_table(check, "avx2", avx2::updates());
  if (supports(Isa::avx512)) check_table(check, "avx512", avx512::updates());
#else
  check_table(check, "neon", neon::updates());
#endif
  return check.finish();
}
