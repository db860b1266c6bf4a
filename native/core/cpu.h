// Which instruction sets this processor and its system support.
#pragma once

namespace gradtape {

enum class Isa { sse2, avx2, avx512, neon };

// The best set that can run here; GRADTAPE_ISA=sse2|avx2|avx512 asks for a lower one.
Isa detect_isa();
// Whether code compiled for `isa` can run here.
bool supports(Isa isa);
// Its name, as in GRADTAPE_ISA.
const char* name_of(Isa isa);

}  // namespace gradtape
