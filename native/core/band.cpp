#include "band.h"

namespace spectrap {
namespace {

const simd::Reduction<double>& reduction(const simd::Stages& stages, double) { return stages.f64; }
const simd::Reduction<float>& reduction(const simd::Stages& stages, float) { return stages.f32; }

}  // namespace

template <class Real>
uint64_t full_to_band_scratch(uint64_t n) {
  const uint64_t b = bandwidth<Real>(n);
  const uint64_t padded = Tiles<Real>::count_of(n) * Tiles<Real>::side_of(n);
  // V and W of the last panel, both again in strips, V of this one, and its product in slices.
  return padded * b * (2 + 2 + 1 + band_slices(n)) + 4 * b * b;
}

template <class Real>
void full_to_band(const simd::Stages& stages, const Tiles<Real>& a, Real* band, Real* scratch, Team& team,
                  const BandReflectors<Real>* keep) {
  reduction(stages, Real{}).full_to_band(a, band, scratch, team, keep);
}

template uint64_t full_to_band_scratch<double>(uint64_t);
template uint64_t full_to_band_scratch<float>(uint64_t);
template void full_to_band<double>(const simd::Stages&, const Tiles<double>&, double*, double*, Team&,
                                   const BandReflectors<double>*);
template void full_to_band<float>(const simd::Stages&, const Tiles<float>&, float*, float*, Team&,
                                  const BandReflectors<float>*);

}  // namespace spectrap
