#pragma once

#include <cstdint>  // any header of the C library tells which one it is: only glibc resolves clones at load time

// Functions marked so are compiled once for each instruction set and chosen when the library is loaded. They
// do integer work, or float work in lanes that are fixed in the source (and never contracted, see
// CMakeLists.txt): every clone gives the same bits. Sanitizers run before the choice could be made.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && __GNUC__ >= 12 && \
    !defined(SPECTRAP_SANITIZED)
#define SPECTRAP_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define SPECTRAP_CLONES
#endif
