// Instructions as JavaScript writes them: 8-byte numbers, addresses included (they are exact below 2^53).
#pragma once
#include "../core/kernel.h"

namespace gradtape {

// Words: row, inputs, outputs, attribute words; then per operand address, size, bytes behind the address, dtype, rank and the
// dimensions; then the attributes. Written by lib/backend/native.ts.
constexpr int kHeaderWords = 4;
constexpr int kOperandWords = 5;

// Decodes the instruction at `words`, runs it by `table`, and returns the row that ran. On failure `error` (kErrorSize
// characters) holds the reason; on success it is empty.
int32_t run_instruction(const double* words, int64_t word_count, const Table& table, char* error);

}  // namespace gradtape
