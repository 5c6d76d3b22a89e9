#pragma once

#include <cstdint>

#include "../inline.h"

// For the sources that are compiled once per instruction set: they define SPECTRAP_ISA (a namespace of their
// own, so that the linker never takes one set's function for another's), SPECTRAP_VECTOR_BYTES and
// SPECTRAP_VECTOR_REGISTERS. Nothing they include may leave functions of other namespaces behind, so they use
// no part of the C++ library that has code.

namespace spectrap::simd::SPECTRAP_ISA {

constexpr int vector_bytes = SPECTRAP_VECTOR_BYTES;
constexpr int vector_registers = SPECTRAP_VECTOR_REGISTERS;

template <class T>
struct VectorOf {
  using Type __attribute__((vector_size(vector_bytes))) = T;
};

/// As many T as one register holds.
template <class T>
using Vector = typename VectorOf<T>::Type;

template <class T>
constexpr int lanes = vector_bytes / static_cast<int>(sizeof(T));

template <class T>
SPECTRAP_INLINE Vector<T> load(const T* from) {
  Vector<T> v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

template <class T>
SPECTRAP_INLINE void store(T* to, Vector<T> v) {
  __builtin_memcpy(to, &v, sizeof v);
}

template <class T>
SPECTRAP_INLINE Vector<T> broadcast(T x) {
  return x - Vector<T>{};  // not x + 0: that turns −0 into 0, so it would be an addition indeed
}

}  // namespace spectrap::simd::SPECTRAP_ISA
