// The blocked matrix product: strips of B are packed into the first-level cache, blocks of A into the second, C stays in registers.
#include "gemm.h"

#include "block.h"
#include "core/pool.h"
#include "dot.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr double kSerialWork = 64.0 * 64.0 * 64.0;  // below, waking a thread costs more than it brings

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// C cut into `rows` by `columns` pieces, each computed whole by one thread.
struct Grid {
  int64_t rows, columns, row_step, column_step;
};

// The grid with the shortest time on `threads` threads, counting whole tiles and what every piece packs for itself.
template <typename V>
Grid choose_grid(int64_t m, int64_t n, int64_t copies, int threads) {
  const int64_t width = V::kLanes * vectors_for(m);
  const int64_t least_rows = ceil_div(m, kBlockRows);
  Grid best{least_rows, 1, ceil_div(m, least_rows), n};
  if (threads == 1) return best;
  double best_time = 1e300;
  for (int64_t rows = least_rows; rows <= smaller(least_rows + threads, ceil_div(m, kTileRows)); rows++) {
    for (int64_t columns = 1; columns <= smaller(2 * threads, ceil_div(n, width)); columns++) {
      const int64_t row_step = ceil_div(ceil_div(m, rows), kTileRows) * kTileRows;
      const int64_t column_step = ceil_div(ceil_div(n, columns), width) * width;
      const double h = static_cast<double>(smaller(row_step, m)), w = static_cast<double>(smaller(column_step, n));
      const int64_t rounds = ceil_div(ceil_div(m, row_step) * ceil_div(n, column_step) * copies, threads);
      const double time = static_cast<double>(rounds) * (h * w + 3.0 * h + 6.0 * w + 200.0);
      if (time < best_time) {
        best_time = time;
        best = {ceil_div(m, row_step), ceil_div(n, column_step), row_step, column_step};
      }
    }
  }
  return best;
}

template <typename V>
struct Job {
  using T = typename V::Scalar;
  Gemm<T> first;
  Grid grid;
  void (*move)(const void*, int64_t, Gemm<T>&);
  const void* context;

  static void piece(void* self, int64_t chunk) {
    const Job& job = *static_cast<const Job*>(self);
    const int64_t pieces = job.grid.rows * job.grid.columns;
    Gemm<T> product = job.first;
    if (job.move != nullptr) job.move(job.context, chunk / pieces, product);
    const int64_t i = chunk % pieces / job.grid.columns * job.grid.row_step;
    const int64_t j = chunk % pieces % job.grid.columns * job.grid.column_step;
    const bool dot = prefers_dot(product);
    product.m = smaller(job.grid.row_step, product.m - i);
    product.n = smaller(job.grid.column_step, product.n - j);
    product.a += i * product.a_row;
    product.b += j * product.b_col;
    product.c += i * product.c_row + j;
    if (product.bias != nullptr) product.bias += j;
    if (dot) {
      multiply_dot<V>(product);
    } else {
      multiply_block<V>(product);
    }
  }
};

template <typename V>
void run(const Gemm<typename V::Scalar>& first, int64_t count, void (*move)(const void*, int64_t, Gemm<typename V::Scalar>&),
         const void* context) {
  if (first.m <= 0 || first.n <= 0 || count <= 0) return;
  Job<V> job{first, {}, move, context};
  Gemm<typename V::Scalar>& product = job.first;
  if (product.n == 1 && product.c_row == 1 && product.bias == nullptr && product.m > 1 && move == nullptr) {
    // A column is a row of the transposed product, where the vectors lie along it.
    product = {1, product.m, product.k, product.b, product.b_col, product.b_row, product.a, product.a_col, product.a_row,
               product.c, product.m, product.accumulate, nullptr, product.activation, product.leaky_slope};
  }
  const double work = static_cast<double>(product.m) * product.n * (product.k + 8) * count;
  const int threads = work < kSerialWork ? 1 : thread_count();
  job.grid = choose_grid<V>(product.m, product.n, count, threads);
  const int64_t chunks = job.grid.rows * job.grid.columns * count;
  if (threads == 1) {
    for (int64_t chunk = 0; chunk < chunks; chunk++) Job<V>::piece(&job, chunk);
  } else {
    parallel_for(chunks, Job<V>::piece, &job);
  }
}

}  // namespace

void gemm(const Gemm<float>& product) { run<F32>(product, 1, nullptr, nullptr); }
void gemm(const Gemm<double>& product) { run<F64>(product, 1, nullptr, nullptr); }

void gemm_batch(const Gemm<float>& first, int64_t count, void (*move)(const void*, int64_t, Gemm<float>&), const void* context) {
  run<F32>(first, count, move, context);
}
void gemm_batch(const Gemm<double>& first, int64_t count, void (*move)(const void*, int64_t, Gemm<double>&), const void* context) {
  run<F64>(first, count, move, context);
}

}  // namespace gradtape::GRADTAPE_ISA
