#include "band.h"

namespace spectrap {

template <>
uint64_t bandwidth<double>(uint64_t) {
  return 24;
}

template <>
uint64_t bandwidth<float>(uint64_t n) {
  return Tiles<float>::side_of(n) == 48 ? 16 : 32;
}

}  // namespace spectrap
