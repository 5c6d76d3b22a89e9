#pragma once

#include <napi.h>

#include "../core/error.h"
#include "../core/matrix.h"
#include "../core/spectrum.h"

namespace spectrap::binding {

/// WeightMatrix of lib/solver/matrix.ts; a matrix in memory is copied. Throws Napi::TypeError.
Matrix to_matrix(const Napi::Object& matrix);

/// NativeProblem of lib/solver/addon.ts.
Problem to_problem(const Napi::Object& problem);

/// NativeSpectra of lib/solver/addon.ts.
Napi::Object from_spectra(Napi::Env env, const MatrixSpectra& spectra);

/// An Error with `code` and `file`; its message is the reason alone.
Napi::Error from_error(Napi::Env env, const Error& error);

Napi::Float64Array from_doubles(Napi::Env env, const std::vector<double>& values);

}  // namespace spectrap::binding
