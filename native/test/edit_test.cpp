#include "../core/edit.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "../core/decode.h"
#include "../core/edit_piece.h"
#include "../core/encode.h"
#include "../core/memory_matrix.h"
#include "../core/shuffle.h"
#include "error_code.h"
#include "random_matrix.h"
#include "test_teams.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
const std::atomic<bool> not_cancelled{false};

struct Shape {
  uint64_t rows, cols;
};
constexpr Shape shapes[] = {{40, 25}, {25, 40}, {33, 33}, {700, 12}, {12, 700}};

/// A float64 matrix as a problem with the same key everywhere.
EditProblem problem_of(const std::vector<double>& w, Shape shape, Edit edit) {
  EditProblem problem;
  problem.problem.matrix = memory_matrix(w, shape.rows, shape.cols);
  problem.problem.key = {7, 8};
  problem.edit = std::move(edit);
  return problem;
}

struct Edited {
  std::vector<double> values;
  EditReport report;
};

Edited edited(const EditProblem& problem, Team& team) {
  Edited out;
  out.values.resize(problem.problem.matrix.count());
  out.report = edit_matrix(problem, not_cancelled, team, reinterpret_cast<std::byte*>(out.values.data()));
  return out;
}
Edited edited(const EditProblem& problem) {
  TeamOfOne alone;
  return edited(problem, alone);
}

Edit keep(uint64_t k) {
  Edit edit;
  edit.keep = k;
  return edit;
}

double norm_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> difference(a.size());
  for (size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
  return norm_of(difference);
}

std::vector<double> eigenvalues_of(const std::vector<double>& w, Shape shape) {
  return jacobi_eigenvalues(naive_gram(w, shape.rows, shape.cols), std::min(shape.rows, shape.cols));
}

std::vector<double> shuffle_of(const std::vector<double>& w) {
  std::vector<double> out(w.size());
  BucketShuffle shuffle({{7, 8}}, w.size(), sizeof(double), out.data());
  shuffle.append(w.data(), w.size());
  TeamOfOne alone;
  shuffle.finish(alone);
  return out;
}

}  // namespace

TEST_CASE("smoothing keeps the largest eigenvalues and is as far away as the others say") {
  for (const Shape shape : shapes) {
    const auto w = random_matrix<double>(shape.rows, shape.cols, 3);
    const auto before = eigenvalues_of(w, shape);
    const uint64_t m = before.size();
    for (const uint64_t k : {uint64_t{1}, m / 2, m - 1}) {
      CAPTURE(shape.rows);
      CAPTURE(k);
      const Edited smooth = edited(problem_of(w, shape, keep(k)));
      const auto after = eigenvalues_of(smooth.values, shape);
      const double tolerance = 8 * static_cast<double>(m) * epsilon * before.back();
      double lost = 0;
      for (uint64_t i = 0; i < m; ++i) {
        const bool kept = i >= m - k;
        if (!kept) lost += before[i];
        CHECK(std::abs(after[i] - (kept ? before[i] : 0)) <= tolerance);
      }
      // Eckart and Young 1936: ‖W − W_k‖² is the sum of the eigenvalues left out.
      CHECK(distance(w, smooth.values) == doctest::Approx(std::sqrt(lost)).epsilon(1e-12));
      CHECK(smooth.report.change == doctest::Approx(std::sqrt(lost) / norm_of(w)).epsilon(1e-12));
      CHECK(smooth.report.rounding == 0);
    }
  }
}

TEST_CASE("smoothing that keeps everything leaves the bits alone") {
  const Shape shape{20, 30};
  const auto w = random_matrix<double>(shape.rows, shape.cols, 4);
  for (const uint64_t k : {20, 21, 1000}) {
    const Edited same = edited(problem_of(w, shape, keep(k)));
    CHECK(same.values == w);
    CHECK(same.report.change == 0);
  }
}

TEST_CASE("a component that is removed is the one its shuffled copy loses") {
  for (const Shape shape : shapes) {
    auto w = random_matrix<double>(shape.rows, shape.cols, 5);
    w[shape.cols + 3] = 60;
    w[2 * shape.cols + 1] = 45;
    const uint64_t m = std::min(shape.rows, shape.cols);
    for (const std::vector<uint64_t>& components : {std::vector<uint64_t>{0}, {1}, {2, 0}}) {
      CAPTURE(shape.rows);
      Edit edit;
      edit.components = components;
      const Edited out = edited(problem_of(w, shape, edit));
      const auto before = eigenvalues_of(shuffle_of(w), shape);
      const auto after = eigenvalues_of(shuffle_of(out.values), shape);
      std::vector<double> expected = before;
      for (const uint64_t component : components) expected[m - 1 - component] = 0;
      std::sort(expected.begin(), expected.end());
      const double tolerance = 8 * static_cast<double>(m) * epsilon * before.back();
      for (uint64_t i = 0; i < m; ++i) CHECK(std::abs(after[i] - expected[i]) <= tolerance);
    }
  }
}

TEST_CASE("named entries become the mean of the others, which are not touched") {
  const Shape shape{6, 5};
  auto w = random_matrix<double>(shape.rows, shape.cols, 6);
  w[7] = 100;
  w[22] = -50;
  double sum = 0;
  for (size_t i = 0; i < w.size(); ++i) sum += i == 7 || i == 22 ? 0 : w[i];
  Edit edit;
  edit.entries = {22, 7};
  const Edited out = edited(problem_of(w, shape, edit));
  for (size_t i = 0; i < w.size(); ++i) {
    if (i == 7 || i == 22) {
      CHECK(out.values[i] == doctest::Approx(sum / 28).epsilon(1e-12));
    } else {
      CHECK(out.values[i] == w[i]);
    }
  }
  CHECK(out.report.change == doctest::Approx(distance(w, out.values) / norm_of(w)).epsilon(1e-12));

  edit.subtract_mean = true;
  const Edited centred = edited(problem_of(w, shape, edit));
  for (size_t i = 0; i < w.size(); ++i) {
    const double expected = i == 7 || i == 22 ? 0 : w[i] - sum / 28;
    CHECK(centred.values[i] == doctest::Approx(expected).epsilon(1e-12));
  }
}

TEST_CASE("results are rounded to the stored type, and the report says how far") {
  const Shape shape{64, 48};
  const auto w = random_matrix<double>(shape.rows, shape.cols, 8);
  std::vector<uint16_t> codes(w.size());
  REQUIRE(!encode(Encoding::bf16, w.data(), w.size(), codes.data()));
  std::vector<double> stored(w.size());
  decode(Encoding::bf16, codes.data(), codes.size(), stored.data());
  const auto kept = std::make_shared<std::vector<uint16_t>>(codes);

  for (const Edit& edit : {keep(5), [] {
                             Edit mean;
                             mean.subtract_mean = true;
                             return mean;
                           }()}) {
    const Edited exact = edited(problem_of(stored, shape, edit));
    EditProblem problem = problem_of(stored, shape, edit);
    problem.problem.matrix =
        memory_matrix("stored", Encoding::bf16, shape.rows, shape.cols, elements_of(kept));
    std::vector<uint16_t> out(codes.size());
    TeamOfOne alone;
    const EditReport report =
        edit_matrix(problem, not_cancelled, alone, reinterpret_cast<std::byte*>(out.data()));
    std::vector<double> values(out.size());
    decode(Encoding::bf16, out.data(), out.size(), values.data());
    for (size_t i = 0; i < values.size(); ++i) {
      // Half a unit in the last of 8 places, and what float32 sums of BF16 products may move a vector by.
      CHECK(std::abs(values[i] - exact.values[i]) <= 0x1p-9 * 2 * std::abs(exact.values[i]) + 1e-6);
    }
    CHECK(report.rounding == doctest::Approx(distance(values, exact.values) / norm_of(stored)).epsilon(1e-2));
    CHECK(report.rounding > 1e-4);
    CHECK(report.rounding < 0x1p-8);
  }
}

TEST_CASE("edits have the same bits whoever is in the team") {
  const Shape shape{90, 130};
  const auto w = random_matrix<double>(shape.rows, shape.cols, 9);
  Edit component;
  component.components = {0, 4};
  for (const Edit& edit : {keep(30), component}) {
    ReversedTeam reversed;
    TeamOfTwo two;
    const auto once = edited(problem_of(w, shape, edit)).values;
    CHECK(edited(problem_of(w, shape, edit), reversed).values == once);
    CHECK(edited(problem_of(w, shape, edit), two).values == once);
  }
}

TEST_CASE("a result beyond its type is refused") {
  std::vector<uint16_t> codes(4, 0x7bff);  // 65504
  codes[0] = 0xfbff;
  EditProblem problem;
  problem.problem.matrix = memory_matrix("small", Encoding::f16, 2, 2,
                                         elements_of(std::make_shared<std::vector<uint16_t>>(codes)));
  problem.edit.subtract_mean = true;  // −65504 − 32752
  std::byte out[8];
  TeamOfOne alone;
  CHECK(error_code([&] { edit_matrix(problem, not_cancelled, alone, out); }) == "EDIT_RANGE");
}

TEST_CASE("a matrix that is not finite, and a cancel, are refused") {
  auto w = random_matrix<double>(6, 4, 8);
  w[5] = std::numeric_limits<double>::quiet_NaN();
  Edit mean;
  mean.subtract_mean = true;
  Edit component;
  component.components = {0};
  for (const Edit& edit : {mean, component, keep(2)}) {
    CHECK(error_code([&] { edited(problem_of(w, {6, 4}, edit)); }) == "NON_FINITE");
  }
  const std::atomic<bool> cancelled{true};
  TeamOfOne alone;
  const EditProblem problem = problem_of(w, {6, 4}, keep(2));
  std::vector<std::byte> out(6 * 4 * 8);
  CHECK(error_code([&] { edit_matrix(problem, cancelled, alone, out.data()); }) == "ERR_CANCELLED");
}

TEST_CASE("pieces are laid out as told, edited or not, and must be filled") {
  const auto a = random_matrix<double>(3, 4, 10);
  const auto b = random_matrix<double>(3, 4, 11);
  Piece piece;
  piece.elements = 24;
  piece.parts = {{problem_of(a, {3, 4}, {}), {0, 2, 6, 0}}, {problem_of(b, {3, 4}, {}), {1, 2, 6, 0}}};
  piece.parts[1].edit.edit.entries = {5};
  TeamOfOne alone;
  const EditedPiece out = edit_piece(piece, not_cancelled, alone);
  std::vector<double> values(24);
  std::memcpy(values.data(), out.bytes.data(), out.bytes.size());
  for (uint64_t r = 0; r < 3; ++r) {
    for (uint64_t c = 0; c < 4; ++c) {
      CHECK(values[2 * r + 6 * c] == a[r * 4 + c]);
      if (r != 1 || c != 1) CHECK(values[1 + 2 * r + 6 * c] == b[r * 4 + c]);
    }
  }
  CHECK(out.reports[0].change == 0);
  CHECK(out.reports[1].change > 0);

  const auto refused = [&](auto change) {
    Piece wrong = piece;
    change(wrong);
    return error_code([&] { edit_piece(wrong, not_cancelled, alone); });
  };
  CHECK(refused([](Piece& p) { p.elements = 25; }) == "EDIT_PIECE");
  CHECK(refused([](Piece& p) { p.parts.pop_back(); }) == "EDIT_PIECE");
  CHECK(refused([](Piece& p) { p.parts[0].place.offset = 7; }) == "EDIT_PIECE");
  CHECK(refused([](Piece& p) { p.parts[0].place.row = uint64_t{1} << 63; }) == "EDIT_PIECE");
  CHECK(refused([](Piece& p) { p.parts[1].edit.edit.entries = {12}; }) == "EDIT_PIECE");
  CHECK(refused([](Piece& p) { p.parts[1].edit.edit.components = {3}; }) == "EDIT_PIECE");
}
