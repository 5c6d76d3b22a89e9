#include "blas.h"

#include <dlfcn.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "error.h"

namespace spectrap {
namespace {

// Prototypes of the Fortran symbols; the trailing sizes are the hidden lengths of the character arguments.
template <class Real>
using Syrk = void (*)(const char* uplo, const char* trans, const int* n, const int* k, const Real* alpha,
                      const Real* a, const int* lda, const Real* beta, Real* c, const int* ldc, size_t,
                      size_t);
template <class Real>
using Gemm = void (*)(const char* transa, const char* transb, const int* m, const int* n, const int* k,
                      const Real* alpha, const Real* a, const int* lda, const Real* b, const int* ldb,
                      const Real* beta, Real* c, const int* ldc, size_t, size_t);
template <class Real>
using Sytrd = void (*)(const char* uplo, const int* n, Real* a, const int* lda, Real* d, Real* e, Real* tau,
                       Real* work, const int* lwork, int* info, size_t);
using Sterf = void (*)(const int* n, double* d, double* e, int* info);
using Syevd = void (*)(const char* jobz, const char* uplo, const int* n, double* a, const int* lda, double* w,
                       double* work, const int* lwork, int* iwork, const int* liwork, int* info, size_t,
                       size_t);

/// Sets an environment variable for the life of this object, unless the user has set it.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name), set_(std::getenv(name) == nullptr) {
    if (set_) setenv(name, value, 0);
  }
  ~ScopedVariable() {
    if (set_) unsetenv(name_);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  bool set() const { return set_; }

 private:
  const char* name_;
  bool set_;
};

/// OpenBLAS 0.3.21 knows CPUs by family and falls back to AVX2 kernels on newer ones, at half the speed.
/// The features say what the CPU really has. Null: leave the choice to the library.
const char* kernel_for_this_cpu() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512cd")) {
    return "SKYLAKEX";
  }
#endif
  return nullptr;
}

std::vector<std::string> candidates() {
  if (const char* named = std::getenv("SPECTRAP_BLAS"); named != nullptr && *named != '\0') return {named};
  // Debian's reference liblapack.so.3 brings its libblas.so.3 along.
  return {"libopenblas.so.0", "libopenblas.so", "liblapack.so.3"};
}

/// The file that holds a symbol. The loader knows the path it opened; distributions choose a vendor by links.
std::string file_of(const void* symbol) {
  Dl_info place;
  if (dladdr(symbol, &place) == 0) return "";
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(place.dli_fname, nullptr), &std::free);
  return resolved ? resolved.get() : place.dli_fname;
}

const char* thread_model(int parallel) {
  switch (parallel) {
    case 0:
      return "sequential";
    case 1:
      return "pthread";
    case 2:
      return "openmp";
    default:
      return "unknown";
  }
}

template <class Real>
void call_syrk(void* symbol, bool transposed, int n, int k, const Real* a, int lda, Real* c) {
  const Real one = 1;
  reinterpret_cast<Syrk<Real>>(symbol)("L", transposed ? "T" : "N", &n, &k, &one, a, &lda, &one, c, &n, 1, 1);
}

template <class Real>
void call_gemm(void* symbol, bool transpose_a, bool transpose_b, int m, int n, int k, const Real* a, int lda,
               const Real* b, int ldb, Real* c, int ldc) {
  const Real one = 1;
  const Real zero = 0;
  reinterpret_cast<Gemm<Real>>(symbol)(transpose_a ? "T" : "N", transpose_b ? "T" : "N", &m, &n, &k, &one, a,
                                       &lda, b, &ldb, &zero, c, &ldc, 1, 1);
}

template <class Real>
void call_sytrd(void* symbol, int n, Real* a, Real* d, Real* e, Real* tau, Real* work, int lwork) {
  int info = 0;
  reinterpret_cast<Sytrd<Real>>(symbol)("L", &n, a, &n, d, e, tau, work, &lwork, &info, 1);
  if (info != 0) throw Error("LAPACK_FAILED", "sytrd refused argument " + std::to_string(-info));
}

std::atomic<bool> kernel_left_to_library{false};

}  // namespace

void Blas::leave_kernel_to_library() { kernel_left_to_library = true; }

const Blas& Blas::get() {
  static std::mutex mutex;
  static std::unique_ptr<const Blas> loaded;
  const std::lock_guard lock(mutex);
  if (!loaded) loaded = std::make_unique<const Blas>(load());
  return *loaded;
}

Blas Blas::load() {
  const char* kernel = kernel_left_to_library ? nullptr : kernel_for_this_cpu();
  std::unique_ptr<ScopedVariable> core_type;
  if (kernel != nullptr) core_type = std::make_unique<ScopedVariable>("OPENBLAS_CORETYPE", kernel);
  const ScopedVariable one_thread("OPENBLAS_NUM_THREADS", "1");  // start no threads that nobody will use

  std::string failures;
  for (const std::string& library : candidates()) {
    Blas blas;
    std::string failure;
    if (blas.open(library, failure)) {
      blas.info_.kernel_chosen = !blas.info_.config.empty() && core_type && core_type->set();
      return blas;
    }
    failures += (failures.empty() ? "" : "; ") + failure;
  }
  throw Error("BLAS_NOT_FOUND", "no BLAS/LAPACK library could be opened, tried: " + failures);
}

bool Blas::open(const std::string& library, std::string& failure) {
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    failure = dlerror();
    return false;
  }
  const auto find = [&](const char* name) {
    void* symbol = dlsym(handle, name);
    if (symbol == nullptr && failure.empty()) failure = library + " has no symbol " + name;
    return symbol;
  };
  syrk64_ = find("dsyrk_");
  syrk32_ = find("ssyrk_");
  gemm64_ = find("dgemm_");
  gemm32_ = find("sgemm_");
  sytrd64_ = find("dsytrd_");
  sytrd32_ = find("ssytrd_");
  sterf_ = find("dsterf_");
  syevd_ = find("dsyevd_");
  if (!failure.empty()) {
    dlclose(handle);
    return false;
  }
  handle_ = handle;
  info_.library = library;
  info_.file = file_of(sytrd64_);
  info_.threading = "unknown";
  set_threads_ = reinterpret_cast<void (*)(int)>(dlsym(handle, "openblas_set_num_threads"));
  const auto text = [&](const char* name) -> std::string {
    const auto call = reinterpret_cast<char* (*)()>(dlsym(handle, name));
    return call == nullptr ? "" : call();
  };
  info_.config = text("openblas_get_config");
  info_.kernel = text("openblas_get_corename");
  if (const auto parallel = reinterpret_cast<int (*)()>(dlsym(handle, "openblas_get_parallel"))) {
    info_.threading = thread_model(parallel());
  }
  return true;
}

void* Blas::symbol(const std::string& name) const { return dlsym(handle_, name.c_str()); }

void Blas::use_one_thread() const {
  if (set_threads_ != nullptr) set_threads_(1);
}

void Blas::fill_packing_buffer() const {
  constexpr int m = 768;  // the largest block that kernel packs is 768 × 320
  constexpr int k = 320;
  constexpr int n = 16;
  const std::vector<float> a(size_t{m} * k);
  const std::vector<float> b(size_t{k} * n);
  std::vector<float> c(size_t{m} * n);
  gemm(false, false, m, n, k, a.data(), m, b.data(), k, c.data(), m);
}

void Blas::syrk(bool transposed, int n, int k, const double* a, int lda, double* c) const {
  call_syrk(syrk64_, transposed, n, k, a, lda, c);
}

void Blas::syrk(bool transposed, int n, int k, const float* a, int lda, float* c) const {
  call_syrk(syrk32_, transposed, n, k, a, lda, c);
}

void Blas::gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const double* a, int lda,
                const double* b, int ldb, double* c, int ldc) const {
  call_gemm(gemm64_, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, c, ldc);
}

void Blas::gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const float* a, int lda,
                const float* b, int ldb, float* c, int ldc) const {
  call_gemm(gemm32_, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, c, ldc);
}

void Blas::sytrd(int n, double* a, double* d, double* e, double* tau, double* work, int lwork) const {
  call_sytrd(sytrd64_, n, a, d, e, tau, work, lwork);
}

void Blas::sytrd(int n, float* a, float* d, float* e, float* tau, float* work, int lwork) const {
  call_sytrd(sytrd32_, n, a, d, e, tau, work, lwork);
}

int Blas::sterf(int n, double* d, double* e) const {
  int info = 0;
  reinterpret_cast<Sterf>(sterf_)(&n, d, e, &info);
  return info;
}

int Blas::syevd(int n, double* a, double* w, double* work, int lwork, int* iwork, int liwork) const {
  int info = 0;
  reinterpret_cast<Syevd>(syevd_)("V", "L", &n, a, &n, w, work, &lwork, iwork, &liwork, &info, 1, 1);
  return info;
}

}  // namespace spectrap
