#pragma once

#include "../core/batch.h"

namespace spectrap::binding {

/// The batches of this process that have threads. Node tears an environment down when a worker ends, but not
/// on process.exit(): that goes straight to exit(), which would unload the BLAS under the threads that use
/// it. So an exit handler stops those that are left. Process-wide, never destroyed, safe from any thread.
void enlist(Batch* batch);

/// Before a batch is destroyed. Waits while the exit handler is stopping it.
void strike_off(Batch* batch);

}  // namespace spectrap::binding
