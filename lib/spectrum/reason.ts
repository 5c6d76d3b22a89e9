/**
 * Why a column is null. The list is closed, and a word never changes its meaning.
 *
 * - `too_few_eigenvalues`: fewer eigenvalues than `minEvals`; nothing is fitted.
 * - `below_precision`: the number hangs on eigenvalues the solver does not promise (see `promise`).
 * - `zero_matrix`: every eigenvalue is zero, the quantity is a logarithm or quotient of zeros.
 * - `fit_failed`: the power law has fewer than two usable eigenvalues, or no candidate for xmin.
 * - `mp_fit_failed`: the Marchenko–Pastur fit has no density to fit, or no bulk is left below the spikes.
 * - `too_few_in_tail`: the tail of `alpha` has fewer than ten eigenvalues; what would judge it is left out.
 * - `no_bulk`: every eigenvalue that is not zero belongs to the tail of `alpha`; the bulk has no vectors.
 * - `blas_not_found`: the column needs all eigenvectors, which come from LAPACK, and no library could be opened.
 * - `not_cut`: the stored matrix cannot be cut into square windows (rows of MXFP4 shorter than the matrix is wide).
 * - `not_finite`: the formula overflows or divides by zero (alpha of equal eigenvalues, for example).
 * - `not_shuffled`: no shuffled copy was made.
 * - `predicted`: traps were predicted from the entries, and no shuffled copy was made.
 * - `no_deviation`: all entries but the removed ones are equal, so there is no scale to measure by.
 * - `more_outliers_than_kept`: the outlying entries fill the list of extremes that was kept.
 * - `several_taps`: a convolution kernel, whose taps are matrices with a bulk each.
 * - `hard_edge`: the matrix is so nearly square that its smallest eigenvalue has no Tracy–Widom law.
 * - `bulk_not_identified`: two estimates of the noise variance differ by more than 5%.
 */
export type Reason =
  | "too_few_eigenvalues"
  | "below_precision"
  | "zero_matrix"
  | "fit_failed"
  | "mp_fit_failed"
  | "too_few_in_tail"
  | "no_bulk"
  | "blas_not_found"
  | "not_cut"
  | "not_finite"
  | "not_shuffled"
  | "predicted"
  | "no_deviation"
  | "more_outliers_than_kept"
  | "several_taps"
  | "hard_edge"
  | "bulk_not_identified";
