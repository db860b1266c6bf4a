// Instructions: the well-formed ones run, and none that is malformed reaches a kernel.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "check.h"
#include "program/instruction.h"

namespace gradtape {
namespace {

int calls = 0;

void count_calls(const Call&) { calls++; }
void fails(const Call& call) { call.fail("fails: because of %d", call.attr_count); }

constexpr Row kRows[] = {{"counts", count_calls}, {"fails", fails}};
constexpr Table kTable{kRows, 2};

float memory[64];

// Words of an instruction of row 0 with one input of `shape` behind which there are `bytes`, and one output of one element.
std::vector<double> instruction(const std::vector<double>& shape, double size, double bytes) {
  const double address = static_cast<double>(reinterpret_cast<uintptr_t>(memory));
  std::vector<double> words{0, 1, 1, 1, address, size, bytes, 0, static_cast<double>(shape.size())};
  words.insert(words.end(), shape.begin(), shape.end());
  for (const double word : {address, 1.0, 4.0, 0.0, 0.0, 7.0}) words.push_back(word);
  return words;
}

void refuses(Checks& check, const char* what, const std::vector<double>& words, const char* reason) {
  char error[kErrorSize];
  const int before = calls;
  const int32_t row = run_instruction(words.data(), static_cast<int64_t>(words.size()), kTable, error);
  check.that(row == -1 && calls == before, "%s ran", what);
  check.that(std::strstr(error, reason) != nullptr, "%s: the error is '%s'", what, error);
}

void well_formed(Checks& check) {
  char error[kErrorSize];
  for (const std::vector<double>& shape : {std::vector<double>{}, {64}, {4, 16}, {0, 3}, {1, 1, 1, 1, 1, 1, 1, 64}}) {
    double size = 1;
    for (const double length : shape) size *= length;
    const std::vector<double> words = instruction(shape, size, sizeof memory);
    const int before = calls;
    check.that(run_instruction(words.data(), static_cast<int64_t>(words.size()), kTable, error) == 0 && error[0] == '\0',
               "%zu axes: the error is '%s'", shape.size(), error);
    check.that(calls == before + 1, "%zu axes: the kernel did not run", shape.size());
  }
  std::vector<double> words = instruction({4}, 4, 16);
  words[0] = 1;
  check.that(run_instruction(words.data(), static_cast<int64_t>(words.size()), kTable, error) == 1, "the row of a kernel that fails");
  check.that(std::strcmp(error, "fails: because of 1") == 0, "the kernel's own error is '%s'", error);
}

void malformed(Checks& check) {
  const char* operand = "native: operand 0 of counts is not a block of memory of its shape";
  const char* whole = "native: malformed instruction";
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  refuses(check, "too few bytes", instruction({5}, 5, 16), operand);
  refuses(check, "another size", instruction({5}, 4, 64), operand);
  refuses(check, "nine axes", instruction({1, 1, 1, 1, 1, 1, 1, 1, 1}, 1, 64), operand);
  refuses(check, "negative sizes", instruction({-2, -2}, 4, 64), operand);
  refuses(check, "a size that is no number", instruction({nan}, 1, 64), operand);
  refuses(check, "an infinite size", instruction({0, infinity}, 0, 64), operand);
  refuses(check, "a product that overflows", instruction({4294967296.0, 4294967296.0}, 0, 64), operand);
  for (const int position : {0, 1, 2, 3}) {
    for (const double value : {-1.0, 1000.0}) {
      std::vector<double> words = instruction({4}, 4, 16);
      words[static_cast<size_t>(position)] = value;
      refuses(check, "a header that lies", words, whole);
    }
  }
  std::vector<double> words = instruction({4}, 4, 16);
  words[7] = 5;
  refuses(check, "an unknown dtype", words, operand);
  words = instruction({4}, 4, 16);
  words.resize(6);
  refuses(check, "an end within an operand", words, whole);
}

}  // namespace
}  // namespace gradtape

int main() {
  gradtape::Checks check;
  gradtape::well_formed(check);
  gradtape::malformed(check);
  return check.finish();
}
