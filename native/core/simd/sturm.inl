#pragma once

#include "stages.h"
#include "sturm_count.inl"
#include "sturm_root.inl"

namespace spectrap::simd::SPECTRAP_ISA {

/// Calls body(begin, end) for pieces of [0, count) of about `piece`, as tasks of the team.
template <class Body>
void in_pieces(Team& team, uint64_t count, uint64_t piece, const Body& body) {
  struct Context {
    uint64_t count;
    uint64_t pieces;
    const Body& body;
  } context{count, count < piece ? 1 : count / piece, body};
  team.run(
      context.pieces,
      [](void* pointer, uint64_t i) {
        const Context& c = *static_cast<const Context*>(pointer);
        c.body(i * c.count / c.pieces, (i + 1) * c.count / c.pieces);
      },
      &context);
}

/// Shifts or eigenvalues of one task: some milliseconds of work where n is as large.
constexpr uint64_t sturm_piece = 1024;

/// Whether no more cuts are needed: the eigenvalues are known well enough, or a root finder can take over.
inline bool settled(const SturmInterval& interval, double tolerance) {
  return interval.width() <= tolerance || interval.count() == 1;
}

/// Cuts intervals[0], which holds all eigenvalues, until every interval is settled: each into as many parts
/// as it has eigenvalues, which isolates them at once if they are evenly spread. An interval stands at the
/// index of its first eigenvalue, so the parts find room. `points` has room for n and a batch.
inline void multisect(const SturmMatrix& t, SturmInterval* intervals, SturmPoint* points, Team& team) {
  for (;;) {
    uint64_t count = 0;
    for (uint64_t k = 0; k < t.n; k = intervals[k].high.count) {
      const SturmInterval& interval = intervals[k];
      if (settled(interval, t.tolerance)) continue;
      const double part = 1 / static_cast<double>(interval.count());
      for (uint64_t j = 1; j < interval.count(); ++j) {
        points[count++].x = interval.low.x + interval.width() * (static_cast<double>(j) * part);
      }
    }
    if (count == 0) return;
    const uint64_t batches = (count + shifts - 1) / shifts;
    while (count < batches * shifts) points[count++].x = 0;
    in_pieces(team, batches, sturm_piece / shifts, [&](uint64_t begin, uint64_t end) {
      for (uint64_t i = begin; i < end; ++i) evaluate<true>(t, points + i * shifts);
    });

    const SturmPoint* cut = points;
    for (uint64_t k = 0; k < t.n;) {
      const SturmInterval interval = intervals[k];
      k = interval.high.count;
      if (settled(interval, t.tolerance)) continue;
      SturmPoint left = interval.low;
      for (uint64_t parts = interval.count(); parts > 0; --parts) {
        SturmPoint right = parts > 1 ? *cut++ : interval.high;
        // Rounded counts need not be monotonic.
        if (right.count < left.count) right.count = left.count;
        if (right.count > interval.high.count) right.count = interval.high.count;
        if (right.count > left.count) intervals[left.count] = {left, right};
        left = right;
      }
    }
  }
}

/// The roots in `count` intervals of one eigenvalue each, as many at once as there are shifts.
inline void find_roots(const SturmMatrix& t, const SturmInterval* intervals, uint64_t count, double* values) {
  SturmRoot roots[shifts];
  SturmPoint points[shifts] = {};
  int active = 0;
  const SturmInterval* const end = intervals + count;
  for (;;) {
    while (active < shifts && intervals != end) roots[active++] = SturmRoot(*intervals++);
    if (active == 0) return;
    bool counting = false;
    for (int i = 0; i < active; ++i) {
      points[i].x = roots[i].next(t.tolerance);
      counting = counting || roots[i].needs_count(points[i].x, t.tolerance);
    }
    if (counting) {
      evaluate<true>(t, points);
    } else {
      evaluate<false>(t, points);
    }
    for (int i = active - 1; i >= 0; --i) {
      roots[i].narrow(points[i], counting);
      if (!roots[i].found(t.tolerance)) continue;
      values[roots[i].index()] = roots[i].middle();
      roots[i] = roots[--active];
    }
  }
}

/// Puts the values of settled intervals in place, but for those with one eigenvalue still to be found: these
/// move to the front, never past the slot being read. Returns their number.
inline uint64_t take_settled(const SturmMatrix& t, SturmInterval* intervals, double* values) {
  uint64_t isolated = 0;
  for (uint64_t k = 0; k < t.n;) {
    const SturmInterval interval = intervals[k];
    const bool narrow = interval.width() <= t.tolerance;
    if (!narrow) intervals[isolated++] = interval;
    for (; k < interval.high.count; ++k) {
      if (narrow) values[k] = 0.5 * (interval.low.x + interval.high.x);
    }
  }
  return isolated;
}

/// The exponent of the largest entry.
inline int largest_exponent(uint64_t n, const double* diagonal, const double* off_diagonal) {
  double largest = 0;
  for (uint64_t i = 0; i < n; ++i) {
    largest = larger(largest, __builtin_fabs(diagonal[i]));
    if (i > 0) largest = larger(largest, __builtin_fabs(off_diagonal[i - 1]));
  }
  int exponent = 0;
  __builtin_frexp(largest, &exponent);
  return exponent;
}

inline void tridiagonal_eigenvalues(uint64_t n, const double* diagonal, const double* off_diagonal,
                                    double* values, double* scratch, Team& team) {
  static_assert(sizeof(SturmPoint) == 4 * sizeof(double) && shifts <= 64, "as sturm.cpp counts scratch");
  double* const d = scratch;
  double* const coupling = d + n;
  auto* const intervals = reinterpret_cast<SturmInterval*>(coupling + n);
  auto* const points = reinterpret_cast<SturmPoint*>(intervals + n);

  // Scaling by a power of two is exact. Gershgorin's discs bound the spectrum.
  const int exponent = largest_exponent(n, diagonal, off_diagonal);
  double low = 1;
  double high = -1;
  double before = 0;
  for (uint64_t i = 0; i < n; ++i) {
    const double after = i + 1 < n ? __builtin_fabs(__builtin_ldexp(off_diagonal[i], -exponent)) : 0;
    d[i] = __builtin_ldexp(diagonal[i], -exponent);
    coupling[i] = i == 0 ? 0 : -larger(before * before, smallest_square);
    low = -larger(-low, before + after - d[i]);
    high = larger(high, d[i] + (before + after));
    before = after;
  }
  if (low >= high) {  // a multiple of the identity, or nothing
    for (uint64_t i = 0; i < n; ++i) values[i] = diagonal[i];
    return;
  }

  // So far outside not even rounded counts find an eigenvalue: see count_doubt.
  const double margin = 4 * 0x1p-52 * larger(-low, high);
  low -= margin;
  high += margin;
  const SturmMatrix t{n, d, coupling, 0x1p-52 * larger(-low, high)};
  for (int i = 0; i < shifts; ++i) points[i].x = i == 0 ? low : high;
  evaluate<true>(t, points);
  points[0].count = 0;
  points[1].count = n;
  intervals[0] = {points[0], points[1]};
  multisect(t, intervals, points, team);
  const uint64_t isolated = take_settled(t, intervals, values);
  in_pieces(team, isolated, sturm_piece,
            [&](uint64_t begin, uint64_t end) { find_roots(t, intervals + begin, end - begin, values); });
  for (uint64_t k = 0; k < n; ++k) values[k] = __builtin_ldexp(values[k], exponent);
}

}  // namespace spectrap::simd::SPECTRAP_ISA
