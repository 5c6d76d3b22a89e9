#pragma once

#include "stages.h"
#include "vector.h"

namespace spectrap::simd::SPECTRAP_ISA {

template <class Real>
void full_to_band(const Tiles<Real>& a, Real* band, Real* scratch, Team& team,
                  const BandReflectors<Real>* keep) {
  (void)a, (void)band, (void)scratch, (void)team, (void)keep;
}

}  // namespace spectrap::simd::SPECTRAP_ISA
