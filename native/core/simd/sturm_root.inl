#pragma once

#include "sturm_count.inl"

namespace spectrap::simd::SPECTRAP_ISA {

/// An interval whose end points say that eigenvalues low.count … high.count − 1 are inside.
struct SturmInterval {
  SturmPoint low;
  SturmPoint high;

  double width() const { return high.x - low.x; }
  uint64_t count() const { return high.count - low.count; }
};

/// A rounded count at x is that of the exact matrix somewhere within 3ε‖T‖ of x: the rounded recurrence is
/// exact for d_i − x and e_i that differ by ε each, and |d_i − x| ≤ 2‖T‖. So at points this far (in
/// tolerances) from both ends of an interval that holds eigenvalue k alone, the count is k or k + 1, and its
/// parity, the sign of the polynomial, tells which: no need to count.
constexpr double count_doubt = 6;

/// A bracket of one eigenvalue, narrowed by Chandrupatla's method: inverse quadratic interpolation where the
/// three last points promise that it converges, else bisection (Chandrupatla 1997, Advances in Engineering
/// Software 28, 145).
class SturmRoot {
 public:
  SturmRoot() = default;

  /// Of an interval with one eigenvalue.
  explicit SturmRoot(const SturmInterval& interval)
      : newest_(interval.high),
        opposite_(interval.low),
        previous_(interval.high),
        low_(interval.low.x),
        high_(interval.high.x),
        index_(interval.low.count) {}

  uint64_t index() const { return index_; }
  double middle() const { return 0.5 * (newest_.x + opposite_.x); }
  bool found(double tolerance) const { return width() <= tolerance; }

  /// The shift to evaluate next.
  double next(double tolerance) {
    // Interpolation almost always ends within ten steps; after these, bisection ends within sixty, because
    // the middle of a bracket wider than the tolerance is a number inside.
    constexpr int most_interpolations = 30;
    double part = 0.5;
    if (++steps_ <= most_interpolations) {
      const double least = 0.5 * tolerance / width();
      part = interpolate();
      part = part < least ? least : part;
      part = part > 1 - least ? 1 - least : part;
    }
    return newest_.x + part * (opposite_.x - newest_.x);
  }

  bool needs_count(double x, double tolerance) const {
    return x - low_ < count_doubt * tolerance || high_ - x < count_doubt * tolerance;
  }

  /// Takes the point at next() in; its count, too, if it was `counted`.
  void narrow(const SturmPoint& point, bool counted) {
    const uint64_t parity = __builtin_signbit(point.mantissa) != 0 ? 1 : 0;
    const bool below_root = counted ? point.count <= index_ : parity == index_ % 2;
    const bool newest_below_root = newest_.x < opposite_.x;
    if (below_root == newest_below_root) {
      previous_ = newest_;
    } else {
      previous_ = opposite_;
      opposite_ = newest_;
    }
    newest_ = point;
  }

 private:
  double width() const { return __builtin_fabs(opposite_.x - newest_.x); }

  /// Where between newest_ (0) and opposite_ (1) the root is expected.
  double interpolate() const {
    const int64_t unit = larger(newest_.exponent, larger(opposite_.exponent, previous_.exponent));
    const double fa = value(newest_, unit);
    const double fb = value(opposite_, unit);
    const double fc = value(previous_, unit);
    const double xi = (newest_.x - opposite_.x) / (previous_.x - opposite_.x);
    const double phi = (fa - fb) / (fc - fb);
    // The inverse parabola through the points is monotonic; never true of a phi that is not a number.
    if (!(phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi)) return 0.5;
    const double alpha = (previous_.x - newest_.x) / (opposite_.x - newest_.x);
    return fa / (fb - fa) * (fc / (fb - fc)) + alpha * (fa / (fc - fa)) * (fb / (fc - fb));
  }

  /// The polynomial in units of 2^unit, where unit ≥ point.exponent.
  static double value(const SturmPoint& point, int64_t unit) {
    const int64_t biased = point.exponent - unit + 1023;
    const double scale = biased > 0 ? __builtin_bit_cast(double, biased << 52) : 0;
    return point.mantissa * scale;
  }

  SturmPoint newest_;
  SturmPoint opposite_;
  SturmPoint previous_;
  double low_ = 0;
  double high_ = 0;
  uint64_t index_ = 0;
  int steps_ = 0;
};

}  // namespace spectrap::simd::SPECTRAP_ISA
