// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "narrows/simd/level.h"

namespace narrows::bench {

inline constexpr unsigned kBurst = 32;
/// Frames of a setting in `hot` memory: three bursts, whose headers, buffers and tables are within 32 KB.
inline constexpr std::size_t kHotFrames = 96;

/// TSC cycles a packet, each the median of some passes of the same moment.
struct Sample {
  double cycles = 0;
  double io_cycles = 0;       ///< loop: the same ports, forwarding only, as testpmd's `io` engine does
  double bare_io_cycles = 0;  ///< loop: the same, of frames without contents
};

/// A setting, ready to be measured again and again.
class Bench {
 public:
  Bench() = default;
  virtual ~Bench() = default;
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  /// Some milliseconds' work. @throws std::runtime_error when a frame is lost, which is a bug.
  [[nodiscard]] virtual Sample sample(simd::Level level) = 0;
};

}  // namespace narrows::bench
