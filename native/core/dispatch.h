// The kernel table of an instruction set.
#pragma once
#include "cpu.h"
#include "kernel.h"

namespace gradtape {

// The rows compiled for `isa`; made once, and alive as long as the process.
const Table& table_for(Isa isa);

}  // namespace gradtape
