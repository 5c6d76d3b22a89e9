#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <string>

#include "../core/isa.h"
#include "../core/philox.h"
#include "../core/spectrum.h"
#include "../core/symmetric.h"
#include "random_matrix.h"

// Eigenvalues that LAPACK found on x86-64 (native/test/recorded/), for machines without a LAPACK to ask: `npm
// run test:arm64` runs these tests under emulation.

using namespace spectrap;
using namespace spectrap::test;

namespace {

struct Recorded {
  std::string name;
  uint64_t rows = 0;
  uint64_t cols = 0;
  std::vector<double> eigenvalues;  ///< of WᵀW, ascending
};

std::vector<Recorded> recorded() {
  std::ifstream file(SPECTRAP_TEST_DATA "/eigenvalues.txt");
  REQUIRE(file.is_open());
  std::vector<Recorded> all;
  for (Recorded one; file >> one.name >> one.rows >> one.cols;) {
    one.eigenvalues.resize(std::min(one.rows, one.cols));
    for (double& value : one.eigenvalues) REQUIRE(static_cast<bool>(file >> value));
    all.push_back(one);
  }
  return all;
}

/// The matrix of a name: entries from Philox, which is the same on every machine.
std::vector<float> entries(const Recorded& matrix) {
  std::vector<float> values(matrix.rows * matrix.cols);
  for (uint64_t i = 0; i < values.size(); ++i) {
    const auto words = philox4x32({static_cast<uint32_t>(i), 0, 0, 0}, {17, 4});
    const double uniform = (static_cast<double>(words[0]) + 0.5) * 0x1p-31 - 1;
    if (matrix.name == "uniform") {
      values[i] = static_cast<float>(uniform);
    } else if (matrix.name == "graded") {
      values[i] = static_cast<float>(uniform * std::ldexp(1.0, -static_cast<int>(i % matrix.cols) / 4));
    } else {
      values[i] = static_cast<float>(std::floor(uniform * 7));  // "integers", as MXFP4 has them
    }
  }
  return values;
}

/// The largest difference, in units of λmax.
double worst_error(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  double worst = 0;
  for (size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - expected[i]));
  return worst / expected.back();
}

}  // namespace

TEST_CASE("recorded eigenvalues are those of Jacobi rotations") {
  for (const Recorded& matrix : recorded()) {
    CAPTURE(matrix.name);
    const uint64_t m = std::min(matrix.rows, matrix.cols);
    const std::vector<double> g = naive_gram(entries(matrix), matrix.rows, matrix.cols);
    CHECK(worst_error(jacobi_eigenvalues(g, m), matrix.eigenvalues) < 4 * static_cast<double>(m) * 2.3e-16);
  }
}

TEST_CASE("the pipeline finds the recorded eigenvalues, in double and in single precision") {
  const std::atomic<bool> not_cancelled{false};
  TeamOfOne team;
  for (const Recorded& matrix : recorded()) {
    CAPTURE(matrix.name);
    Problem problem;
    problem.matrix = memory_matrix(entries(matrix), matrix.rows, matrix.cols);
    for (const Precision precision : {Precision::double_, Precision::single}) {
      problem.precision = precision;
      const MatrixSpectra found = spectra(problem, not_cancelled, team);
      CHECK(found.precision == precision);
      CHECK(worst_error(found.taps[0].eigenvalues, matrix.eigenvalues) <= found.promise);
    }
  }
}

TEST_CASE("every instruction set reduces the recorded matrices") {
  TeamOfOne team;
  for (const simd::Stages* stages : available_stages()) {
    for (const Recorded& matrix : recorded()) {
      CAPTURE(stages->name);
      CAPTURE(matrix.name);
      const uint64_t m = std::min(matrix.rows, matrix.cols);
      const std::vector<double> g = naive_gram(entries(matrix), matrix.rows, matrix.cols);
      const std::vector<float> narrow(g.begin(), g.end());
      const double unit = static_cast<double>(m) * 2.3e-16;
      CHECK(worst_error(symmetric_eigenvalues(*stages, g.data(), m, team), matrix.eigenvalues) < unit);
      CHECK(worst_error(symmetric_eigenvalues(*stages, narrow.data(), m, team), matrix.eigenvalues) <
            unit * 0x1p29);
    }
  }
}
