// SPDX-License-Identifier: BSD-3-Clause
/// The kernel of classify: a whole burst compared with one shape. One source (match_kernel.cpp), compiled
/// once a level of vector instructions.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "narrows/simd/level.h"
#include "narrows/wire/shape.h"

namespace narrows::pipeline {

/// A burst of which every frame lies in one segment behind the usual headroom, in a buffer with kShapeOctets
/// from there on.
struct MatchInput {
  const rte_mbuf* const* mbufs;  ///< read up to the next multiple of 8
  unsigned size;                 ///< 1 … 64
  const wire::Shape* shape;
  std::uint64_t source;  ///< wire::to_integer: stands for what the shape says of the sender; 0: nothing does
  std::uint16_t max_ip_octets;
  std::uint16_t max_frame_octets;
  std::uint16_t* ip_octets;  ///< of 64 elements that are written; what is there is the packet's where plain
};

/// Bit i is about frame i.
struct alignas(64) Match {
  /// Of the shape; IP's length, PPPoE's and the frame's agree as in wire::parse_ipv4() and its like, are
  /// within the limits, and have room for a TCP header where it is TCP.
  std::uint64_t plain;
  std::uint64_t tcp;        ///< where plain
  std::uint64_t no_tunnel;  ///< where plain: surely of no tunnel's protocol; others are to be looked at
  std::uint64_t opens_connection;  ///< where plain, and the shape reaches TCP's flags
};

using MatchKernel = void (*)(const MatchInput& input, Match& match) noexcept;

namespace sse42 {
void match(const MatchInput& input, Match& match) noexcept;
}
namespace avx2 {
void match(const MatchInput& input, Match& match) noexcept;
}
namespace avx512 {
void match(const MatchInput& input, Match& match) noexcept;
}
namespace neon {
void match(const MatchInput& input, Match& match) noexcept;
}

}  // namespace narrows::pipeline
