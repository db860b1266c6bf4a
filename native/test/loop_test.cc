// Programs, loops and runners: what is well formed runs, words that lie never reach a kernel, and other threads may stop a loop at any time.
#include "program/loop.h"

#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <random>
#include <thread>
#include <vector>

#include "check.h"
#include "program/runner.h"

namespace gradtape {
namespace {

std::atomic<int> calls{0};

// Writes to every element, so that a sanitizer sees what does not lie where it should.
void touch(const Call& call) {
  calls++;
  float sum = 0;
  for (int32_t i = 0; i < call.input_count; i++) {
    const View& view = call.inputs[i];
    const char* bytes = static_cast<const char*>(view.data);
    for (int64_t n = 0; n < view.size * static_cast<int64_t>(size_of(view.dtype)); n++) sum += bytes[n];
  }
  for (int32_t i = 0; i < call.output_count; i++) {
    const View& view = call.outputs[i];
    std::memset(view.data, static_cast<int>(sum), static_cast<size_t>(view.size) * size_of(view.dtype));
  }
}

// The sum of the first input, float32, added to the only output; negative numbers are refused.
void add_up(const Call& call) {
  calls++;
  const float* x = static_cast<const float*>(call.inputs[0].data);
  float sum = 0;
  for (int64_t i = 0; i < call.inputs[0].size; i++) {
    if (x[i] < 0) return call.fail("addUp: %d at %d", static_cast<int>(x[i]), static_cast<int>(i));
    sum += x[i];
  }
  *static_cast<float*>(call.outputs[0].data) += sum;
}

void throws(const Call&) { throw std::bad_alloc(); }

constexpr Row kRows[] = {{"touch", touch}, {"addUp", add_up}, {"throws", throws}};
constexpr Table kTable{kRows, 3};
// Of kernels that take any operands: what a kernel needs is the library's to know.
constexpr Row kAnyRows[] = {{"touch", touch}, {"touch", touch}, {"touch", touch}};
constexpr Table kAny{kAnyRows, 3};

double address(const void* memory) { return static_cast<double>(reinterpret_cast<uintptr_t>(memory)); }

std::unique_ptr<Program> read(std::vector<double> words, char* error, const Table& table = kTable) {
  words.insert(words.end(), 16, 0.0);
  Words reader(words.data(), static_cast<int64_t>(words.size()));
  return Program::read(reader, table, error);
}

// A program of one instruction from rows of two floats in block 0, `count` of them, to a float in block 1.
std::vector<double> adding(double count, double row = 1) { return {2, 2, 0, 0, 0, 2, count, 2, 1, 0, 0, 0, 1, row, 1, 1, 0, 0, 1}; }

void malformed_programs(Checks& check) {
  char error[kErrorSize];
  check.that(read(adding(3), error) != nullptr, "a good program: %s", error);
  check.that(read(adding(3, 3), error) == nullptr, "a row beyond the table");
  check.that(std::strcmp(error, "native: malformed program") == 0, "the error is '%s'", error);
  check.that(read(adding(std::nan("")), error) == nullptr, "a size that is no number");
  check.that(read(adding(-1), error) == nullptr, "a negative size");
  const std::unique_ptr<Program> program = read(adding(3), error);
  float memory[6] = {};
  check.that(!program->lend(0, memory, 20, error), "a block that is too small");
  check.that(std::strcmp(error, "native: block 0 of a program needs 24 bytes; received 20") == 0, "the error is '%s'", error);

  std::mt19937 random(7);
  std::vector<char> arena(1 << 12);
  const double odd[] = {-1, 0.5, 1e300, -1e300, std::nan(""), std::numeric_limits<double>::infinity(), 4294967296.0, 9007199254740992.0};
  int good = 0;
  for (int round = 0; round < 200000; round++) {
    std::vector<double> words = adding(3, 0);
    if (round % 3 == 0) words.assign(1 + random() % 40, 0.0);
    const int changes = round % 3 == 0 ? static_cast<int>(words.size()) : 1 + static_cast<int>(random() % 3);
    for (int i = 0; i < changes; i++) words[random() % words.size()] = random() % 6 == 0 ? odd[random() % 8] : random() % 9;
    const std::unique_ptr<Program> made = read(words, error, kAny);
    if (made == nullptr) continue;
    bool lent = true;
    for (int32_t block = 0; block < made->block_count(); block++) {
      if (made->needed(block) > static_cast<int64_t>(arena.size())) lent = false;
      // No more than is needed, so that one byte beyond is seen.
      else if (!made->lend(block, arena.data() + arena.size() - made->needed(block), made->needed(block), error))
        lent = false;
    }
    std::vector<double> counts(3, 0.0);
    if (lent && made->run(counts.data(), error)) good++;
  }
  check.that(good > 1000, "only %d random programs ran", good);
}

// What a loop works on, and the words that say so.
struct Trial {
  std::vector<std::unique_ptr<Program>> programs;
  std::vector<float> rows, gathered;
  std::vector<int32_t> order;
  float total = 0;
  std::vector<double> log;

  Trial(int count, int batch) : rows(static_cast<size_t>(count) * 2), gathered(static_cast<size_t>(batch) * 2), log(4096) {
    char error[kErrorSize];
    for (int i = 0; i < count; i++) order.push_back(count - 1 - i);
    for (size_t i = 0; i < rows.size(); i++) rows[i] = static_cast<float>(i / 2);
    programs.push_back(read(adding(batch), error));
    programs.push_back(read(adding(count % batch), error));
    programs.push_back(read(adding(batch, 2), error));
  }

  std::vector<double> side(double program, double batch) const {
    return {program, 2, address(gathered.data()), batch * 8, address(&total), 4, 0, -1, 0, 0, 1, 0};
  }

  std::vector<double> words(double runs, double program = 0) const {
    const double count = static_cast<double>(order.size()), batch = static_cast<double>(gathered.size() / 2);
    std::vector<double> all{count, batch, address(order.data()), 0, runs, 1, 0, address(log.data()), 1, 1};
    for (const double word : {address(rows.data()), 8.0, address(gathered.data()), 1.0}) all.push_back(word);
    for (const double word : side(program, batch)) all.push_back(word);
    for (const double word : side(1, std::fmod(count, batch))) all.push_back(word);
    all.insert(all.end(), 16, 0.0);
    return all;
  }

  std::unique_ptr<Loop> loop(const std::vector<double>& words, char* error) const {
    Words reader(words.data(), static_cast<int64_t>(words.size()));
    return Loop::read(reader, programs, kTable, error);
  }
};

void loops(Checks& check) {
  char error[kErrorSize];
  Trial trial(10, 4);
  std::unique_ptr<Loop> loop = trial.loop(trial.words(3), error);
  check.that(loop != nullptr, "a good loop: %s", error);
  check.that(loop->run() && loop->progress() == 3, "three runs, the last on two rows: %s", loop->error());
  check.that(trial.total == 90 && trial.log[0] == 60 && trial.log[1] == 88 && trial.log[2] == 90, "the sums are %g %g %g", trial.log[0],
             trial.log[1], trial.log[2]);
  check.that(loop->counts()[1] == 3, "three calls are counted");

  check.that(trial.loop(trial.words(4), error) == nullptr, "more runs than rows");
  check.that(std::strcmp(error, "native: malformed loop") == 0, "the error is '%s'", error);
  trial.order[5] = 10;
  trial.total = 0;
  loop = trial.loop(trial.words(3), error);
  check.that(!loop->run() && loop->progress() == 1, "a row that there is not ends the loop");
  check.that(std::strcmp(loop->error(), "native: row 10 of 10") == 0 && trial.total == 60, "the error is '%s'", loop->error());
  trial.order[5] = 4;
  trial.rows[8] = -3;
  loop = trial.loop(trial.words(3), error);
  check.that(!loop->run() && loop->progress() == 1, "a kernel that refuses ends the loop");
  check.that(std::strcmp(loop->error(), "addUp: -3 at 2") == 0, "the error is '%s'", loop->error());
  loop = trial.loop(trial.words(3, 2), error);
  check.that(!loop->run() && std::strstr(loop->error(), "bad_alloc") != nullptr, "a kernel that throws: '%s'", loop->error());
}

// Words of which some lie are refused or harmless. Addresses are believed: they are the library's own.
void malformed_loops(Checks& check) {
  char error[kErrorSize];
  std::mt19937 random(9);
  const double odd[] = {-1, 0.5, 1e300, -1e300, std::nan(""), std::numeric_limits<double>::infinity(), 4294967296.0, 9007199254740991.0};
  int refused = 0;
  for (int round = 0; round < 100000; round++) {
    const Trial trial(10, 4);
    std::vector<double> words = trial.words(3);
    for (int i = 0; i < 1 + round % 2; i++) words[random() % words.size()] = odd[random() % 8];
    if (round % 10 == 0) words.resize(random() % words.size());
    if (trial.loop(words, error) == nullptr) refused++;
  }
  check.that(refused > 10000, "only %d loops were refused", refused);
}

void from_other_threads(Checks& check) {
  char error[kErrorSize];
  for (int round = 0; round < 50; round++) {
    Trial trial(4000, 4);
    std::shared_ptr<Loop> loop = trial.loop(trial.words(1000), error);
    const std::shared_ptr<Runner> runner = Runner::start();
    std::atomic<int> ended{0};
    runner->run(loop, [&] { ended++; });
    for (int i = 0; i < 5; i++) {
      loop->pause();
      const int64_t done = loop->progress();
      // Nothing runs: what the loop writes to can be written to here.
      trial.total = 0;
      std::this_thread::yield();
      check.that(loop->progress() == done, "a paused loop went on");
      loop->resume();
    }
    if (round % 3 == 0) loop->pause();  // whoever ends it does not wait for `resume`
    if (round % 2 == 0) loop->stop();
    runner->quit();
    check.that(ended == 1, "the end was told %d times", ended.load());
    check.that(loop->error()[0] == '\0', "the error is '%s'", loop->error());
  }
}

}  // namespace
}  // namespace gradtape

int main() {
  gradtape::Checks check;
  gradtape::malformed_programs(check);
  gradtape::loops(check);
  gradtape::malformed_loops(check);
  gradtape::from_other_threads(check);
  return check.finish();
}
