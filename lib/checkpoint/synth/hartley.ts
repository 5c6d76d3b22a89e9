/**
 * Orthonormal transform of length n in place: the Hartley transform of the group Z_p₁ × Z_p₂ × …, n = p₁p₂…
 * prime (for n = 2^k the Walsh–Hadamard transform). Each axis is multiplied by cas(2πjk/p)/√p, cas = cos + sin,
 * so a transform costs n·Σpᵢ products and is its own inverse. (Hartley 1942; Bracewell 1983.)
 */
export class Hartley {
  readonly length: number;
  readonly #axes: { prime: number; cas: Float64Array }[];

  constructor(length: number) {
    this.length = length;
    this.#axes = primeFactors(length).map((prime) => ({ prime, cas: casMatrix(prime) }));
  }

  transform(x: Float64Array): void {
    let stride = 1;
    for (const { prime, cas } of this.#axes) {
      if (prime === 2) butterflies(x, stride);
      else multiplyAxis(x, stride, prime, cas);
      stride *= prime;
    }
  }
}

function butterflies(x: Float64Array, stride: number): void {
  for (let base = 0; base < x.length; base += 2 * stride) {
    for (let i = base; i < base + stride; i++) {
      const a = x[i]!;
      const b = x[i + stride]!;
      x[i] = (a + b) * Math.SQRT1_2;
      x[i + stride] = (a - b) * Math.SQRT1_2;
    }
  }
}

function multiplyAxis(x: Float64Array, stride: number, prime: number, cas: Float64Array): void {
  const line = new Float64Array(prime);
  for (let base = 0; base < x.length; base += prime * stride) {
    for (let first = base; first < base + stride; first++) {
      for (let j = 0; j < prime; j++) line[j] = x[first + j * stride]!;
      for (let k = 0; k < prime; k++) {
        let sum = 0;
        for (let j = 0; j < prime; j++) sum += cas[k * prime + j]! * line[j]!;
        x[first + k * stride] = sum;
      }
    }
  }
}

function casMatrix(prime: number): Float64Array {
  const matrix = new Float64Array(prime * prime);
  for (let k = 0; k < prime; k++) {
    for (let j = 0; j < prime; j++) {
      const angle = (2 * Math.PI * ((j * k) % prime)) / prime;
      matrix[k * prime + j] = (Math.cos(angle) + Math.sin(angle)) / Math.sqrt(prime);
    }
  }
  return matrix;
}

/** Largest first, so that the dense products walk neighbouring entries. */
function primeFactors(n: number): number[] {
  const factors: number[] = [];
  for (let p = 2; p * p <= n; p++) {
    for (; n % p === 0; n /= p) factors.push(p);
  }
  if (n > 1) factors.push(n);
  return factors.reverse();
}
