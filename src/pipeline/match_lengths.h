// SPDX-License-Identifier: BSD-3-Clause
/// What the kernels of classify have in common: whether the lengths that a frame claims agree, and which kind
/// of shape it is about. Included by kernels alone.
#pragma once

#include <bit>

#include "match.h"
#include "simd/vector.h"

namespace narrows::pipeline {
namespace {

using simd::Words;

/// Octets in front of the field that says how long the packet is: IPv4's total length, IPv6's payload length.
[[gnu::always_inline]] inline unsigned ip_length_offset(const wire::Shape& shape) noexcept {
  return shape.ip_offset + (shape.family == Family::ipv6 ? 4u : 2u);
}

constexpr std::uint64_t kSourceOctets = 0x3f << 6;

/// A sender's address as its six octets lie in a frame, in the lowest of the integer's.
[[gnu::always_inline]] inline std::uint64_t source_octets(const MatchInput& input) noexcept {
  static_assert(std::endian::native == std::endian::little);
  return __builtin_bswap64(input.source) >> 16;
}

/// What is claimed by kWords frames, each as it lies in the frame, and how long they are.
struct Claims {
  Words frame_octets;
  Words pppoe_length;
  Words ip_length;
};

/// The masks of lengths that agree, and those of packets with no room for a TCP header.
struct Lengths {
  std::uint64_t good;
  std::uint64_t without_tcp;
};

/// Looks at kWords frames, and writes how long their IP packets are to `ip_octets`.
template <bool pppoe, bool ipv6>
[[gnu::always_inline]] inline Lengths check_lengths(const MatchInput& input, const Claims& claims,
                                                    std::uint16_t* ip_octets) noexcept {
  constexpr unsigned kIp = ipv6 ? 40 : 20;
  constexpr unsigned kCounted = ipv6 ? 0 : kIp;  // of the IP header, in its length field
  constexpr unsigned kPppProtocol = 2;
  constexpr unsigned kTcp = 20;
  const Words frame = claims.frame_octets;
  Words present = simd::subtract_to_zero(frame, simd::all_of(input.shape->ip_offset));
  simd::Truth good = simd::at_most(frame, simd::all_of(input.max_frame_octets));
  if constexpr (pppoe) {
    const Words payload =
        simd::subtract_to_zero(simd::swap_octets(claims.pppoe_length), simd::all_of(kPppProtocol));
    good &= simd::at_most(payload, present);
    present = payload;
  }
  const Words length = simd::swap_octets(claims.ip_length);
  const Words octets = length + simd::all_of(kIp - kCounted);
  good &= simd::at_most(length, simd::subtract_to_zero(present, simd::all_of(kIp - kCounted)));
  good &= simd::at_most(simd::all_of(kIp), present);
  good &= simd::at_most(simd::all_of(kCounted), length);
  good &= simd::at_most(octets, simd::all_of(input.max_ip_octets));
  simd::store(ip_octets, octets);
  return {simd::bits_of(good), simd::bits_of(simd::at_most(octets, simd::all_of(kIp + kTcp - 1)))};
}

/// Calls `match_as<pppoe, ipv6>()` with what the shape has.
template <typename MatchAs>
[[gnu::always_inline]] inline void for_its_shape(const MatchInput& input, MatchAs match_as) noexcept {
  const bool ipv6 = input.shape->family == Family::ipv6;
  if (input.shape->pppoe)
    ipv6 ? match_as.template operator()<true, true>() : match_as.template operator()<true, false>();
  else
    ipv6 ? match_as.template operator()<false, true>() : match_as.template operator()<false, false>();
}

}  // namespace
}  // namespace narrows::pipeline
