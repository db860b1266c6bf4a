// Numbers in error messages, written as JavaScript writes them.
#pragma once

namespace gradtape {

constexpr int kNumberSize = 32;

// Writes what String(value) gives in JavaScript to `text`, which has kNumberSize characters.
void format_number(double value, char* text);

}  // namespace gradtape
