#include "job_pool.h"

#include <optional>
#include <utility>

#include "../core/error.h"
#include "convert.h"
#include "live_batches.h"

namespace spectrap::binding {

/// What one job leaves for the main thread.
struct JobPool::Outcome {
  JobPool* pool;
  Napi::Promise::Deferred deferred;
  Answer answer;
  std::optional<Error> error;
};

JobPool::JobPool(Napi::Env env, unsigned threads, uint64_t budget_bytes, std::function<void(bool)> hold)
    : env_(env), hold_(std::move(hold)) {
  outcomes_ = Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}),
                                            "spectrap outcomes", 0, 1);
  outcomes_.Unref(env);
  batch_ = std::make_unique<Batch>(threads, budget_bytes);
  enlist(batch_.get());
  // Threads must be gone before the environment is; worker.terminate() comes through here.
  napi_add_env_cleanup_hook(env, &JobPool::on_teardown, this);
}

void JobPool::on_teardown(void* pool) { static_cast<JobPool*>(pool)->shut_down(); }

void JobPool::shut_down() {
  if (!batch_) return;
  napi_remove_env_cleanup_hook(env_, &JobPool::on_teardown, this);
  strike_off(batch_.get());
  batch_.reset();
  outcomes_.Release();
}

Napi::Value JobPool::submit(Napi::Env env, uint64_t bytes, bool blas, Work work) {
  auto outcome = std::make_shared<Outcome>(Outcome{this, Napi::Promise::Deferred::New(env), {}, {}});
  const Napi::Promise promise = outcome->deferred.Promise();
  Job job;
  job.bytes = bytes;
  job.run = [this, outcome, blas, work = std::move(work)](const std::atomic<bool>& cancelled, Team& team) {
    try {
      if (blas) Blas::get().use_one_thread();
      outcome->answer = work(cancelled, team);
    } catch (const Error& error) {
      outcome->error = error;
    } catch (const std::exception& error) {
      outcome->error = Error("NATIVE_FAILURE", error.what());
    }
    // Fails only while the environment is torn down; nobody waits for the promise then.
    auto* heap = new std::shared_ptr<Outcome>(outcome);
    const napi_status status =
        outcomes_.BlockingCall(heap, [](Napi::Env env, Napi::Function, std::shared_ptr<Outcome>* arrived) {
          const std::unique_ptr<std::shared_ptr<Outcome>> owner(arrived);
          if (static_cast<napi_env>(env) != nullptr) (*arrived)->pool->settle(env, **arrived);
        });
    if (status != napi_ok) delete heap;
  };
  try {
    if (!batch_) throw Error("ERR_CLOSED", "its threads have been closed");
    if (blas) open_blas();
    batch_->submit(std::move(job));
  } catch (const Error& error) {
    outcome->deferred.Reject(from_error(env, error).Value());
    return promise;
  }
  if (outstanding_++ == 0) {
    outcomes_.Ref(env);
    hold_(true);
  }
  return promise;
}

void JobPool::settle(Napi::Env env, Outcome& outcome) {
  if (--outstanding_ == 0) {
    outcomes_.Unref(env);
    hold_(false);
  }
  if (outcome.error) {
    outcome.deferred.Reject(from_error(env, *outcome.error).Value());
    return;
  }
  outcome.deferred.Resolve(outcome.answer(env));
}

void JobPool::cancel() {
  if (batch_) batch_->cancel();
}

void JobPool::close(Napi::Env env) {
  if (outstanding_ > 0) throw Napi::Error::New(env, "close() while problems are outstanding");
  shut_down();
}

}  // namespace spectrap::binding
