#pragma once

#include <napi.h>

#include "../core/distance.h"
#include "../core/edit_piece.h"
#include "../core/eigenvectors.h"
#include "../core/error.h"
#include "../core/localisation.h"
#include "../core/matrix.h"
#include "../core/shuffled.h"
#include "../core/spectrum.h"

namespace spectrap::binding {

/// WeightMatrix of lib/solver/matrix.ts; a matrix in memory is copied. Throws Napi::TypeError.
Matrix to_matrix(const Napi::Object& matrix);

/// NativeQuestion of lib/solver/addon.ts: a problem without a shuffle.
Problem to_question(const Napi::Object& question);

/// NativeProblem of lib/solver/addon.ts.
Problem to_problem(const Napi::Object& problem);

/// NativeShuffledQuestion of lib/solver/addon.ts.
ShuffledQuestion to_shuffled_question(const Napi::Object& question);

/// MatrixSpectra of lib/solver/solver.ts.
Napi::Object from_spectra(Napi::Env env, const MatrixSpectra& spectra);

/// Moments of each tap, as of lib/solver/solver.ts.
Napi::Array from_moments(Napi::Env env, const std::vector<MomentSums>& taps);

/// NativeEigenPairs of lib/solver/addon.ts.
Napi::Object from_eigen_pairs(Napi::Env env, const EigenPairs& pairs);

/// EigenvectorLocalisation of lib/spectrum/vector-columns.ts.
Napi::Object from_localisation(Napi::Env env, const EigenvectorLocalisation& found);

/// ShuffledCopy of lib/solver/solver.ts, each.
Napi::Array from_shuffled(Napi::Env env, const std::vector<ShuffledCopy>& copies);

/// NativePiece of lib/solver/addon.ts.
Piece to_piece(const Napi::Object& piece);

/// NativeEditedPiece of lib/solver/addon.ts.
Napi::Object from_edited_piece(Napi::Env env, const EditedPiece& piece);

/// TapDistance[] of lib/solver/distance.ts.
Napi::Array from_distances(Napi::Env env, const std::vector<TapDistance>& taps);

/// An Error with `code` and `file`; its message is the reason alone.
Napi::Error from_error(Napi::Env env, const Error& error);

Napi::Float64Array from_doubles(Napi::Env env, const std::vector<double>& values);

}  // namespace spectrap::binding
