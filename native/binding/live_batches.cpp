#include "live_batches.h"

#include <cstdlib>
#include <mutex>
#include <set>

namespace spectrap::binding {
namespace {

struct LiveBatches {
  std::mutex mutex;
  std::set<Batch*> batches;
};

void stop_all();

LiveBatches& live() {
  static auto* const instance = [] {
    std::atexit(stop_all);
    return new LiveBatches;
  }();
  return *instance;
}

void stop_all() {
  const std::lock_guard lock(live().mutex);
  for (Batch* batch : live().batches) batch->stop();
}

}  // namespace

void enlist(Batch* batch) {
  const std::lock_guard lock(live().mutex);
  live().batches.insert(batch);
}

void strike_off(Batch* batch) {
  const std::lock_guard lock(live().mutex);
  live().batches.erase(batch);
}

const Blas& open_blas() {
  const Blas& blas = Blas::get();
  // Exit handlers run in reverse order, and before any library is finalised. The handlers of a BLAS that was
  // loaded after the first batch was made stand behind ours, so ours is set once more.
  static const int last = std::atexit(stop_all);
  static_cast<void>(last);
  return blas;
}

}  // namespace spectrap::binding
