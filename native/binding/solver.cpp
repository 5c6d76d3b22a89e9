#include "solver.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "../core/distance.h"
#include "../core/edit_piece.h"
#include "../core/eigenvectors.h"
#include "../core/line_energies.h"
#include "../core/localisation.h"
#include "../core/screen.h"
#include "../core/shuffled.h"
#include "../core/spectrum.h"
#include "../core/team.h"
#include "convert.h"

namespace spectrap::binding {

namespace {

/// One problem, or three: gate, up, and the matrix they make.
using Group = std::vector<Problem>;

Group to_group(const Napi::Array& given) {
  Group problems;
  for (uint32_t i = 0; i < given.Length(); ++i)
    problems.push_back(to_problem(given.Get(i).As<Napi::Object>()));
  return problems;
}

uint64_t bytes_of(const Group& problems) {
  return problems.size() == 3 ? fused_spectra_bytes(problems[2]) : spectra_bytes(problems[0]);
}

std::vector<MatrixSpectra> solve_all(const Group& problems, const std::atomic<bool>& cancelled, Team& team) {
  if (problems.size() == 3) {
    auto three = fused_spectra(problems[0], problems[1], problems[2], cancelled, team);
    return {std::make_move_iterator(three.begin()), std::make_move_iterator(three.end())};
  }
  std::vector<MatrixSpectra> one;
  one.push_back(spectra(problems[0], cancelled, team));
  return one;
}

std::vector<uint64_t> to_indices(const Napi::Value& given) {
  const auto array = given.As<Napi::Array>();
  std::vector<uint64_t> out;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    out.push_back(static_cast<uint64_t>(array.Get(i).As<Napi::Number>().Int64Value()));
  }
  return out;
}

Napi::Value from_all(Napi::Env env, const std::vector<MatrixSpectra>& spectra) {
  auto out = Napi::Array::New(env, spectra.size());
  for (uint32_t i = 0; i < spectra.size(); ++i) out.Set(i, from_spectra(env, spectra[i]));
  return out;
}

}  // namespace

Napi::Function Solver::define(Napi::Env env) {
  return DefineClass(
      env, "Solver",
      {InstanceMethod("solve", &Solver::solve), InstanceMethod("eigen", &Solver::eigen),
       InstanceMethod("localisation", &Solver::localisation), InstanceMethod("shuffled", &Solver::shuffled),
       InstanceMethod("edit", &Solver::edit), InstanceMethod("distance", &Solver::distance),
       InstanceMethod("screen", &Solver::screen), InstanceMethod("lineEnergies", &Solver::line_energies),
       InstanceMethod("cancel", &Solver::cancel), InstanceMethod("close", &Solver::close)});
}

Solver::Solver(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Solver>(info),
      threads_(info[0].As<Napi::Number>().Uint32Value()),
      jobs_(info.Env(), threads_, static_cast<uint64_t>(info[1].As<Napi::Number>().DoubleValue()),
            [this](bool hold) { hold ? Ref() : Unref(); }) {}

Napi::Value Solver::solve(const Napi::CallbackInfo& info) {
  Group problems = to_group(info[0].As<Napi::Array>());
  const uint64_t bytes = bytes_of(problems);
  const bool blas = needs_blas(problems.back());
  return submit(info.Env(), bytes, blas,
                [problems = std::move(problems)](const std::atomic<bool>& cancelled, Team& team) {
                  return [found = solve_all(problems, cancelled, team)](Napi::Env env) {
                    return from_all(env, found);
                  };
                });
}

Napi::Value Solver::eigen(const Napi::CallbackInfo& info) {
  Problem problem = to_question(info[0].As<Napi::Object>());
  const uint64_t top = info[1].As<Napi::Number>().Uint32Value();
  if (problem.matrix.taps != 1 || top > problem.matrix.smaller()) {
    throw Napi::TypeError::New(info.Env(),
                               "a matrix of one tap has as many eigenvectors as its smaller side");
  }
  const uint64_t bytes = eigen_bytes(problem, top);
  const bool blas = eigen_needs_blas(problem, top);
  return submit(info.Env(), bytes, blas,
                [problem = std::move(problem), top](const std::atomic<bool>& cancelled, Team& team) {
                  return [pairs = spectrap::eigen(problem, 0, top, cancelled, team)](Napi::Env env) {
                    return from_eigen_pairs(env, pairs);
                  };
                });
}

Napi::Value Solver::localisation(const Napi::CallbackInfo& info) {
  Problem problem = to_question(info[0].As<Napi::Object>());
  const uint64_t tap = info[1].As<Napi::Number>().Uint32Value();
  const uint64_t top = info[2].As<Napi::Number>().Uint32Value();
  if (tap >= problem.matrix.taps || top > problem.matrix.smaller()) {
    throw Napi::TypeError::New(info.Env(), "no such tap, or more eigenvectors than its smaller side");
  }
  const uint64_t bytes = eigenvector_localisation_bytes(problem, top);
  const bool blas = eigen_needs_blas(problem, top);
  return jobs_.submit(
      info.Env(), bytes, blas,
      [problem = std::move(problem), tap, top](const std::atomic<bool>& cancelled, Team& team) {
        return [found = eigenvector_localisation(problem, tap, top, cancelled, team)](Napi::Env env) {
          return from_localisation(env, found);
        };
      });
}

Napi::Value Solver::shuffled(const Napi::CallbackInfo& info) {
  ShuffledQuestion question = to_shuffled_question(info[0].As<Napi::Object>());
  const Matrix& matrix = question.problem.matrix;
  const auto& left_out = question.alteration.left_out;
  const bool inside = std::all_of(left_out.begin(), left_out.end(),
                                  [&](uint64_t position) { return position < matrix.count(); });
  if (question.tap >= matrix.taps || question.top > matrix.smaller() || !inside) {
    throw Napi::TypeError::New(info.Env(),
                               "no such tap or entry, or more singular vectors than its smaller side");
  }
  const uint64_t bytes = shuffled_copies_bytes(question);
  const bool blas = needs_blas(question.problem);
  return submit(info.Env(), bytes, blas,
                [question = std::move(question)](const std::atomic<bool>& cancelled, Team& team) {
                  return [copies = shuffled_copies(question, cancelled, team)](Napi::Env env) {
                    return from_shuffled(env, copies);
                  };
                });
}

Napi::Value Solver::edit(const Napi::CallbackInfo& info) {
  Piece piece = to_piece(info[0].As<Napi::Object>());
  const uint64_t bytes = piece_bytes(piece);
  bool blas = false;
  for (const Piece::Part& part : piece.parts) blas = blas || edit_needs_blas(part.edit);
  return submit(info.Env(), bytes, blas,
                [piece = std::move(piece)](const std::atomic<bool>& cancelled, Team& team) {
                  return [edited = edit_piece(piece, cancelled, team)](Napi::Env env) {
                    return from_edited_piece(env, edited);
                  };
                });
}

Napi::Value Solver::distance(const Napi::CallbackInfo& info) {
  Matrix first = to_matrix(info[0].As<Napi::Object>());
  Matrix second = to_matrix(info[1].As<Napi::Object>());
  const bool cka = info[2].As<Napi::Boolean>();
  if (first.rows != second.rows || first.cols != second.cols || first.taps != second.taps) {
    throw Napi::TypeError::New(info.Env(), "a distance is one of matrices of the same shape");
  }
  const uint64_t bytes = distance_bytes(first, second, cka);
  return submit(info.Env(), bytes, false,
                [first = std::move(first), second = std::move(second), cka](
                    const std::atomic<bool>& cancelled, Team& team) {
                  return [taps = spectrap::distance(first, second, cka, cancelled, team)](Napi::Env env) {
                    return from_distances(env, taps);
                  };
                });
}

Napi::Value Solver::screen(const Napi::CallbackInfo& info) {
  Matrix matrix = to_matrix(info[0].As<Napi::Object>());
  const uint64_t extremes = info[1].As<Napi::Number>().Uint32Value();
  const uint64_t bytes = screen_bytes(matrix, extremes, threads_);
  return submit(info.Env(), bytes, false,
                [matrix = std::move(matrix), extremes](const std::atomic<bool>& cancelled, Team& team) {
                  return [taps = spectrap::screen(matrix, extremes, cancelled, team)](Napi::Env env) {
                    return from_moments(env, taps);
                  };
                });
}

Napi::Value Solver::line_energies(const Napi::CallbackInfo& info) {
  Matrix matrix = to_matrix(info[0].As<Napi::Object>());
  const uint64_t tap = info[1].As<Napi::Number>().Uint32Value();
  const uint64_t bytes = line_energies_bytes(matrix);
  return submit(info.Env(), bytes, false,
                [matrix = std::move(matrix), tap, rows = to_indices(info[2]), cols = to_indices(info[3])](
                    const std::atomic<bool>& cancelled, Team&) {
                  check_cancelled(cancelled);
                  return [found = spectrap::line_energies(matrix, tap, rows, cols)](Napi::Env env) {
                    auto out = Napi::Object::New(env);
                    out.Set("rows", from_doubles(env, found.rows));
                    out.Set("cols", from_doubles(env, found.cols));
                    return out;
                  };
                });
}

void Solver::cancel(const Napi::CallbackInfo&) { jobs_.cancel(); }

void Solver::close(const Napi::CallbackInfo& info) { jobs_.close(info.Env()); }

}  // namespace spectrap::binding
