// OpenBLAS's matrix product, [M, K] times [K, N]: openblas M N K NN|NT|TN THREADS prints {"value": GFLOP/s, "note": which kernels}, or {"absent": why}.
#include <dlfcn.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

// As cblas.h numbers them.
constexpr int kRowMajor = 101, kNoTrans = 111, kTrans = 112;

using Gemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

float* filled(int rows, int columns, unsigned seed) {
  const size_t size = static_cast<size_t>(rows) * columns, bytes = (sizeof(float) * size + 63) / 64 * 64;
  float* values = static_cast<float*>(std::aligned_alloc(64, bytes));
  for (size_t i = 0; i < size; i++) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = static_cast<float>(seed >> 8) / (1 << 24) - 0.5f;
  }
  return values;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 6) return 2;
  const int m = std::atoi(arguments[1]), n = std::atoi(arguments[2]), k = std::atoi(arguments[3]);
  const bool transpose_a = std::strcmp(arguments[4], "TN") == 0, transpose_b = std::strcmp(arguments[4], "NT") == 0;
  void* library = dlopen("libopenblas.so.0", RTLD_NOW);
  if (library == nullptr) {
    std::printf("{\"absent\": \"libopenblas.so.0 is not installed\"}\n");
    return 0;
  }
  const auto gemm = reinterpret_cast<Gemm>(dlsym(library, "cblas_sgemm"));
  const auto set_threads = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads"));
  const auto core = reinterpret_cast<char* (*)()>(dlsym(library, "openblas_get_corename"));
  const auto config = reinterpret_cast<char* (*)()>(dlsym(library, "openblas_get_config"));
  if (gemm == nullptr || set_threads == nullptr || core == nullptr || config == nullptr) {
    std::printf("{\"absent\": \"libopenblas.so.0 has no cblas_sgemm\"}\n");
    return 0;
  }
  set_threads(std::atoi(arguments[5]));
  float *a = filled(m, k, 1), *b = filled(k, n, 2), *c = filled(m, n, 3);
  const int lda = transpose_a ? m : k, ldb = transpose_b ? k : n;
  const auto run = [&](long times) {
    const double start = seconds();
    for (long i = 0; i < times; i++) {
      gemm(kRowMajor, transpose_a ? kTrans : kNoTrans, transpose_b ? kTrans : kNoTrans, m, n, k, 1, a, lda, b, ldb, 0, c, n);
    }
    return (seconds() - start) / times;
  };
  run(3);
  // Batches of about a fifth of a millisecond, so that the clock costs nothing.
  long batch = 1;
  while (batch < 1024 && run(batch) * batch < 2e-4) batch *= 2;
  double best = 1e9;
  const double begin = seconds();
  for (int i = 0; i < 5 || seconds() - begin < 0.4; i++) {
    const double time = run(batch);
    if (time < best) best = time;
  }
  // The configuration begins with name and version.
  char version[64] = "";
  std::sscanf(config(), "%63[^N]", version);
  if (std::strncmp(version, "Ope", 3) == 0) std::sscanf(config(), "%*s %63s", version);
  std::printf("{\"value\": %.3f, \"note\": \"OpenBLAS %s, kernels for %s\"}\n", 2.0 * m * n * k / best / 1e9, version, core());
  return 0;
}
