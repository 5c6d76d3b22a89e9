#pragma once

/// Always inlined. What the sources of simd/ use of other headers must be: a copy of such a function,
/// compiled for an instruction set that this CPU may lack, could else become everybody's.
#define SPECTRAP_INLINE inline __attribute__((always_inline))
