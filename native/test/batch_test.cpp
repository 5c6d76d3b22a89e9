#include "../core/batch.h"

#include <doctest/doctest.h>

#include <chrono>
#include <numeric>
#include <vector>

#include "../core/block_reader.h"
#include "../core/decode.h"
#include "../core/error.h"
#include "../core/moments.h"
#include "../core/shuffle.h"
#include "temporary_file.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

/// Counts jobs down and lets the test wait for the last.
class Countdown {
 public:
  explicit Countdown(int count) : count_(count) {}
  void done() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) reached_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    reached_.wait(lock, [this] { return count_ == 0; });
  }
  /// Counts down and waits for the others; false if they do not come.
  bool meet() {
    std::unique_lock lock(mutex_);
    if (--count_ == 0) reached_.notify_all();
    return reached_.wait_for(lock, std::chrono::seconds(30), [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable reached_;
  int count_;
};

/// team.run with anything that can be called.
template <class Body>
void run(Team& team, uint64_t count, Body body) {
  team.run(
      count, [](void* context, uint64_t index) { (*static_cast<Body*>(context))(index); }, &body);
}

/// Runs one job and waits for it.
void run_job(Batch& batch, const std::function<void(Team& team)>& job) {
  Countdown ended(1);
  batch.submit({1, [&](const std::atomic<bool>&, Team& team) {
                  job(team);
                  ended.done();
                }});
  ended.wait();
}

bool wait_for(const std::atomic<bool>& flag) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!flag && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  return flag;
}

}  // namespace

TEST_CASE("every job runs once") {
  std::atomic<int> ran{0};
  {
    Countdown all(100);
    Batch batch(3, 1000);
    for (int i = 0; i < 100; ++i) {
      batch.submit({10, [&](const std::atomic<bool>&, Team&) {
                      ++ran;
                      all.done();
                    }});
    }
    all.wait();
  }
  CHECK(ran == 100);
}

TEST_CASE("running jobs never take more than the budget together") {
  std::atomic<uint64_t> in_use{0};
  std::atomic<uint64_t> peak{0};
  Countdown all(60);
  Batch batch(4, 100);
  for (int i = 0; i < 60; ++i) {
    const uint64_t bytes = 20 + static_cast<uint64_t>(i) * 37 % 80;
    batch.submit({bytes, [&, bytes](const std::atomic<bool>&, Team&) {
                    const uint64_t now = in_use.fetch_add(bytes) + bytes;
                    uint64_t seen = peak.load();
                    while (now > seen && !peak.compare_exchange_weak(seen, now)) {
                    }
                    std::this_thread::sleep_for(std::chrono::microseconds(200));
                    in_use.fetch_sub(bytes);
                    all.done();
                  }});
  }
  all.wait();
  CHECK(peak <= 100);
  CHECK(peak > 20);
}

TEST_CASE("a job over the budget is refused at once") {
  Batch batch(1, 100);
  CHECK_THROWS_AS(batch.submit({101, [](const std::atomic<bool>&, Team&) {}}), Error);
}

TEST_CASE("after cancel every queued job still runs, with its flag set, whatever it would need") {
  std::atomic<int> cancelled_jobs{0};
  std::atomic<bool> first_runs{false};
  {
    Batch batch(2, 100);
    batch.submit({100, [&](const std::atomic<bool>& cancelled, Team&) {
                    first_runs = true;
                    while (!cancelled) std::this_thread::yield();
                    ++cancelled_jobs;
                  }});
    for (int i = 0; i < 20; ++i) {
      batch.submit(
          {100, [&](const std::atomic<bool>& cancelled, Team&) { cancelled_jobs += cancelled ? 1 : 0; }});
    }
    while (!first_runs) std::this_thread::yield();
    batch.cancel();
  }
  CHECK(cancelled_jobs == 21);
}

TEST_CASE("threads may submit and cancel at the same time, and every admitted job runs once") {
  constexpr int submitters = 4;
  constexpr int jobs = 50;
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> tried{0};
    std::atomic<int> refused{0};
    std::atomic<int> ran{0};
    Batch batch(3, 100);
    std::vector<std::thread> threads;
    for (int s = 0; s < submitters; ++s) {
      threads.emplace_back([&, s] {
        for (int i = 0; i < jobs; ++i) {
          ++tried;
          try {
            const uint64_t bytes = 10 + static_cast<uint64_t>(7 * i + s) % 100;  // some are over the budget
            batch.submit({bytes, [&](const std::atomic<bool>& cancelled, Team&) {
                            if (!cancelled) std::this_thread::yield();
                            ++ran;
                          }});
          } catch (const Error&) {
            ++refused;
          }
        }
      });
    }
    // At the beginning in the first round, at the end in the last.
    threads.emplace_back([&, round] {
      while (tried < submitters * round) std::this_thread::yield();
      batch.cancel();
    });
    for (std::thread& thread : threads) thread.join();
    batch.stop();
    CHECK(refused > 0);
    CHECK(ran == submitters * jobs - refused);
  }
}

TEST_CASE("stop comes while jobs run and wait, also twice: each of them has ended then") {
  constexpr int jobs = 30;
  for (int round = 0; round < jobs; ++round) {
    std::atomic<int> ended{0};
    Batch batch(3, 100);
    for (int i = 0; i < jobs; ++i) {
      batch.submit({40, [&, i](const std::atomic<bool>& cancelled, Team&) {
                      for (int spin = 0; spin < i && !cancelled; ++spin) std::this_thread::yield();
                      ++ended;
                    }});
    }
    while (ended < round) std::this_thread::yield();
    batch.stop();
    CHECK(ended == jobs);
    batch.stop();
  }
}

TEST_CASE("jobs that read, sum and shuffle one file at the same time share nothing") {
  constexpr uint64_t rows = 60;
  constexpr uint64_t cols = 70;
  std::vector<uint8_t> bytes(rows * cols);
  for (uint64_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 37 % 120);
  const TemporaryFile file(bytes);
  Matrix matrix;
  matrix.rows = rows;
  matrix.cols = cols;
  matrix.encoding = Encoding::f8_e4m3;
  matrix.bytes = file.range(0, bytes.size());
  matrix.strides = {0, cols, 1, 0};
  constexpr int jobs = 40;
  std::vector<std::vector<uint8_t>> shuffled(jobs, std::vector<uint8_t>(bytes.size()));
  std::vector<double> sums(jobs);
  {
    Countdown all(jobs);
    Batch batch(4, 100);
    for (size_t i = 0; i < jobs; ++i) {
      batch.submit({1, [&, i](const std::atomic<bool>&, Team&) {
                      BlockReader reader(matrix);
                      std::vector<uint8_t> codes(bytes.size());
                      reader.read(0, 0, rows, 0, cols, codes.data());
                      std::vector<float> values(bytes.size());
                      decode(matrix.encoding, codes.data(), values.size(), values.data());
                      Moments moments;
                      moments.add(values.data(), 0, rows, 0, cols, cols);
                      sums[i] = moments.result().sum_squares;
                      BucketShuffle shuffle({{1, 2}}, codes.size(), 1, shuffled[i].data(), 16);
                      shuffle.append(codes.data(), codes.size());
                      TeamOfOne alone;
                      shuffle.finish(alone);
                      all.done();
                    }});
    }
    all.wait();
  }
  CHECK(sums[0] > 0);
  CHECK(shuffled[0] != bytes);
  for (size_t i = 1; i < jobs; ++i) {
    CHECK(sums[i] == sums[0]);
    CHECK(shuffled[i] == shuffled[0]);
  }
}

TEST_CASE("the tasks of a job run on all threads that have no job") {
  Batch batch(3, 100);
  std::atomic<int> met{0};
  run_job(batch, [&](Team& team) {
    Countdown everyone(3);
    run(team, 3, [&](uint64_t) { met += everyone.meet() ? 1 : 0; });
  });
  CHECK(met == 3);
}

TEST_CASE("a thread helps while the budget holds the next job back") {
  std::atomic<int> met{0};
  {
    Countdown jobs(2);
    Batch batch(2, 100);
    for (int i = 0; i < 2; ++i) {
      batch.submit({100, [&](const std::atomic<bool>&, Team& team) {
                      Countdown both(2);
                      run(team, 2, [&](uint64_t) { met += both.meet() ? 1 : 0; });
                      jobs.done();
                    }});
    }
    jobs.wait();
  }
  CHECK(met == 4);
}

TEST_CASE("every task runs once, and what it wrote is there when run returns") {
  constexpr uint64_t rounds = 300;
  Batch batch(4, 100);
  for (const int jobs : {1, 4, 9}) {
    CAPTURE(jobs);
    std::atomic<int> wrong{0};
    Countdown all(jobs);
    for (int j = 0; j < jobs; ++j) {
      batch.submit({1, [&](const std::atomic<bool>&, Team& team) {
                      for (uint64_t count = 0; count < rounds; ++count) {
                        std::vector<uint64_t> hits(count);  // not atomic: the thread sanitizer watches
                        run(team, count, [&](uint64_t i) { hits[i] += i + 1; });
                        const uint64_t sum = std::accumulate(hits.begin(), hits.end(), uint64_t{0});
                        wrong += sum == count * (count + 1) / 2 ? 0 : 1;
                      }
                      all.done();
                    }});
    }
    all.wait();
    CHECK(wrong == 0);
  }
}

TEST_CASE("a batch of one thread runs the tasks by itself, and so does a thread outside") {
  Batch batch(1, 100);
  uint64_t sum = 0;
  run_job(batch, [&](Team& team) { run(team, 10, [&](uint64_t i) { sum += i; }); });
  CHECK(sum == 45);
  std::atomic<uint64_t> outside{0};
  run(batch, 10, [&](uint64_t i) { outside += i; });
  CHECK(outside == 45);
}

TEST_CASE("a task may share its own work") {
  Batch batch(3, 100);
  std::atomic<int> ran{0};
  run_job(batch,
          [&](Team& team) { run(team, 8, [&](uint64_t) { run(team, 8, [&](uint64_t) { ++ran; }); }); });
  CHECK(ran == 64);
}

TEST_CASE("a helping thread turns to a new job before the next task") {
  Batch batch(2, 100);
  Countdown new_job(1);
  std::atomic<bool> submitted{false};
  std::atomic<bool> started{false};
  std::atomic<int> tasks_between{0};
  std::atomic<int> ran{0};
  run_job(batch, [&](Team& team) {
    const auto caller = std::this_thread::get_id();
    run(team, 50, [&](uint64_t) {
      ++ran;
      if (std::this_thread::get_id() == caller) {
        wait_for(submitted);
      } else if (!submitted) {
        batch.submit({1, [&](const std::atomic<bool>&, Team&) {
                        started = true;
                        new_job.done();
                      }});
        submitted = true;
      } else if (!started) {
        ++tasks_between;
      }
    });
  });
  REQUIRE(submitted);
  new_job.wait();
  CHECK(tasks_between == 0);
  CHECK(ran == 50);
}

TEST_CASE("cancel and stop come while tasks run: all of them run, then the job sees its flag") {
  for (const bool stop : {false, true}) {
    CAPTURE(stop);
    for (uint64_t round = 0; round < 50; ++round) {
      std::atomic<uint64_t> ran{0};
      std::atomic<int> rounds_cut{0};
      std::atomic<bool> complete{true};
      Batch batch(3, 100);
      for (int job = 0; job < 2; ++job) {
        batch.submit({1, [&](const std::atomic<bool>& cancelled, Team& team) {
                        while (!cancelled) {
                          std::atomic<uint64_t> mine{0};
                          run(team, 20, [&](uint64_t) { ++ran, ++mine; });
                          if (mine != 20) complete = false;
                        }
                        ++rounds_cut;
                      }});
      }
      while (ran < 7 * round) std::this_thread::yield();
      if (!stop) batch.cancel();
      batch.stop();
      CHECK(complete);
      CHECK(rounds_cut == 2);
    }
  }
}
