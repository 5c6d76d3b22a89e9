#pragma once

#include "../core/batch.h"
#include "../core/blas.h"

namespace spectrap::binding {

/// The batches of this process that have threads. Node tears an environment down when a worker ends, but not
/// on process.exit(): that goes straight to exit(), which would unload the BLAS under the threads that use
/// it. So an exit handler stops those that are left. Process-wide, never destroyed, safe from any thread.
void enlist(Batch* batch);

/// Before a batch is destroyed. Waits while the exit handler is stopping it.
void strike_off(Batch* batch);

/// Blas::get(), to be called from a thread that runs JavaScript, before any other thread uses the BLAS.
/// Batches that are left at the end of the process are stopped before it is unloaded, whichever of the two
/// came first.
const Blas& open_blas();

}  // namespace spectrap::binding
