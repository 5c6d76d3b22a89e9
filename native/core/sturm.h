#pragma once

#include <cstdint>

#include "simd/stages.h"

namespace spectrap {

}  // namespace spectrap
