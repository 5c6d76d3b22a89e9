#pragma once

#include <atomic>
#include <chrono>

#include "error.h"

namespace spectrap {

/// Wall seconds by stage of the pipeline.
struct StageSeconds {
  double moments = 0;  ///< read, decode, moments
  double shuffle = 0;  ///< read, permute
  double gram = 0;     ///< read, decode, WᵀW
  double reduce = 0;   ///< Gram to band form; to tridiagonal form where LAPACK does it
  double chase = 0;    ///< band to tridiagonal
  double roots = 0;    ///< tridiagonal to eigenvalues

  StageSeconds& operator+=(const StageSeconds& other) {
    moments += other.moments;
    shuffle += other.shuffle;
    gram += other.gram;
    reduce += other.reduce;
    chase += other.chase;
    roots += other.roots;
    return *this;
  }
};

/// Adds the seconds until its end to a stage.
class StageTimer {
 public:
  explicit StageTimer(double& seconds) : seconds_(seconds), start_(Clock::now()) {}
  ~StageTimer() { seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double& seconds_;
  Clock::time_point start_;
};

/// Between stages: throws ERR_CANCELLED if the analysis was cancelled.
inline void check_cancelled(const std::atomic<bool>& cancelled) {
  if (cancelled.load(std::memory_order_relaxed)) throw Error("ERR_CANCELLED", "the analysis was cancelled");
}

}  // namespace spectrap
