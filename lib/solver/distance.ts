/** Sums over the pairs of entries (a, b) of one tap of two matrices, in float64; native/core/distance.h. */
export interface TapDistance {
  /** Pairs with a ≠ b. */
  changed: number;
  /** Σ|a − b| */
  difference: number;
  /** Σ(a − b)² */
  squares: number;
  /** Σ|a| */
  first: number;
  /** Σ|b| */
  second: number;
  /** Σa² */
  firstSquares: number;
  /** Σb² */
  secondSquares: number;
  /** Largest |a − b|. */
  largest: number;
  /** Of the first pair that far apart: row·cols + col. */
  position: number;
  /** ‖AᵀB‖_F / √(‖AᵀA‖_F ‖BᵀB‖_F); null if not asked for, or a matrix is zero. */
  cka: number | null;
}
