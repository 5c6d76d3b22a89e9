#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "spectrum.h"
#include "stage.h"
#include "team.h"

namespace spectrap {

/// A low-rank product and nothing else: its spectrum is that of a small matrix.
bool is_plain_product(const Matrix& matrix);

struct ProductSpectrum {
  std::vector<double> eigenvalues;  ///< all M, ascending: of rank r at least M − r of them are exactly 0
  double promise = 0;               ///< |Δλ| ≤ promise·λmax
  StageSeconds seconds;
};

/// Eigenvalues of the Gram matrix of the smaller side of scale·L·R from its factors. With L = Q₁R₁ and
/// Rᵀ = Q₂R₂ the singular values other than zero are those of the core scale·R₁R₂ᵀ, at most r × r: (N + M)r²
/// operations instead of N·M². Unlike the eigenvalues of (LᵀL)(RRᵀ) they are not taken from a product of two
/// squares, so an error is ε‖L‖‖R‖ in a singular value, no more than the product in float64 has itself. The
/// promise says so: it grows where L and R are large and their product is small.
///
/// `sum_squares` is ‖scale·L·R‖²_F from the entries. Throws SPECTRUM_CHECK if the eigenvalues do not add up
/// to it, and what spectra() throws.
ProductSpectrum product_spectrum(const Problem& problem, double sum_squares,
                                 const std::atomic<bool>& cancelled, Team& team);

/// Peak bytes product_spectrum() allocates.
uint64_t product_spectrum_bytes(const Problem& problem);

}  // namespace spectrap
