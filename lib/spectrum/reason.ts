/**
 * Why a column is null. The list is closed, and a word never changes its meaning.
 *
 * - `too_few_eigenvalues`: fewer eigenvalues than `minEvals`; nothing is fitted.
 * - `below_precision`: the number hangs on eigenvalues the solver does not promise (see `promise`).
 * - `zero_matrix`: every eigenvalue is zero, the quantity is a logarithm or quotient of zeros.
 * - `fit_failed`: the power law has fewer than two usable eigenvalues, or no candidate for xmin.
 * - `mp_fit_failed`: the Marchenko–Pastur fit has no density to fit.
 * - `not_finite`: the formula overflows or divides by zero (alpha of equal eigenvalues, for example).
 * - `not_shuffled`: no shuffled copy was made.
 * - `no_deviation`: all entries but the removed ones are equal, so there is no scale to measure by.
 * - `more_outliers_than_kept`: the outlying entries fill the list of extremes that was kept.
 * - `hard_edge`: the matrix is so nearly square that its smallest eigenvalue has no Tracy–Widom law.
 */
export type Reason =
  | "too_few_eigenvalues"
  | "below_precision"
  | "zero_matrix"
  | "fit_failed"
  | "mp_fit_failed"
  | "not_finite"
  | "not_shuffled"
  | "no_deviation"
  | "more_outliers_than_kept"
  | "hard_edge";
