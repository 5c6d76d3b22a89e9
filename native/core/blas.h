#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace spectrap {

/// What was loaded, for the run record and for `spectrap doctor`.
struct BlasInfo {
  std::string library;         ///< the name it was opened by
  std::string file;            ///< where that name led to, links resolved
  std::string config;          ///< openblas_get_config(), empty for other libraries
  std::string kernel;          ///< openblas_get_corename(), e.g. "SkylakeX"
  std::string threading;       ///< "sequential", "pthread", "openmp" or "unknown"
  bool kernel_chosen = false;  ///< spectrap set OPENBLAS_CORETYPE; false: the library or the user chose
};

/// The few BLAS and LAPACK routines in use, from a library opened at run time (LP64, Fortran interface).
/// Searched in this order: $SPECTRAP_BLAS alone if set; libopenblas.so.0; libopenblas.so; liblapack.so.3.
/// One library per process: the first one that loads stays.
class Blas {
 public:
  /// Loads the library at the first call. Call it first from the main thread: loading reads and briefly
  /// changes the environment. Throws BLAS_NOT_FOUND with all that was tried; a later call tries again.
  static const Blas& get();

  /// Before the first get(): the library picks its kernel by itself, as it would in anybody else's program.
  /// For benchmarks. Without effect once it is loaded.
  static void leave_kernel_to_library();

  const BlasInfo& info() const { return info_; }

  /// Another routine of the library, e.g. "dsyevr_"; null if it has none of that name.
  void* symbol(const std::string& name) const;

  /// Every thread calls this before it calls the routines below: an OpenMP build of OpenBLAS keeps a thread
  /// count for each of its callers, and setting it on the main thread alone costs a factor of up to 70.
  void use_one_thread() const;

  /// Worth a call before many small products in float32. OpenBLAS packs blocks into a buffer of each thread,
  /// and its AVX2 kernel of sgemm prefetches what lies behind the packed block. Where no larger block has
  /// ever been, the buffer has no pages, and every such prefetch is a page walk that fails: measured on Zen,
  /// 64 × 256 × 480 ran at 11 instead of 38 GFLOP/s. This product fills the buffer once; it takes half a
  /// millisecond.
  void fill_packing_buffer() const;

  /// C += A·Aᵀ (lower triangle of C, n × n, column-major) with A n × k column-major (`transposed` false), or
  /// C += Aᵀ·A with A k × n column-major (`transposed` true).
  void syrk(bool transposed, int n, int k, const double* a, int lda, double* c) const;
  void syrk(bool transposed, int n, int k, const float* a, int lda, float* c) const;

  /// C ← op(A)·op(B), column-major, C m × n, op(A) m × k, op(B) k × n; op transposes where the flag says so.
  void gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const double* a, int lda,
            const double* b, int ldb, double* c, int ldc) const;
  void gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const float* a, int lda, const float* b,
            int ldb, float* c, int ldc) const;

  /// Householder reduction of a symmetric matrix (lower triangle, destroyed) to tridiagonal form:
  /// d[0, n) diagonal, e[0, n−1) off-diagonal; tau[0, n−1) and work[0, lwork) are scratch.
  void sytrd(int n, double* a, double* d, double* e, double* tau, double* work, int lwork) const;
  void sytrd(int n, float* a, float* d, float* e, float* tau, float* work, int lwork) const;

  /// Eigenvalues of a symmetric tridiagonal matrix, ascending in d; e is destroyed. Returns LAPACK's info.
  int sterf(int n, double* d, double* e) const;

  /// All eigenvalues of a symmetric matrix (lower triangle of a, n × n, column-major), ascending in w, and
  /// all eigenvectors, which take the place of a, one in each column. work[0, lwork), iwork[0, liwork):
  /// scratch, 1 + 6n + 2n² and 3 + 5n at least. Returns LAPACK's info.
  int syevd(int n, double* a, double* w, double* work, int lwork, int* iwork, int liwork) const;

 private:
  Blas() = default;
  static Blas load();
  bool open(const std::string& library, std::string& failure);

  BlasInfo info_;
  void* handle_ = nullptr;
  void* syrk64_ = nullptr;
  void* syrk32_ = nullptr;
  void* gemm64_ = nullptr;
  void* gemm32_ = nullptr;
  void* sytrd64_ = nullptr;
  void* sytrd32_ = nullptr;
  void* sterf_ = nullptr;
  void* syevd_ = nullptr;
  void (*set_threads_)(int) = nullptr;
};

}  // namespace spectrap
