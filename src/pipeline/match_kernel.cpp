// SPDX-License-Identifier: BSD-3-Clause
// Compiled once a level, NARROWS_LEVEL being the level's name.
#include "match.h"

#include <utility>

#include "simd/vector.h"

namespace narrows::pipeline::NARROWS_LEVEL {
namespace {

using simd::Words;

/// What is read of each frame, one array a fact.
struct alignas(64) Facts {
  std::uint64_t agreement[64];
  std::uint16_t frame_octets[64];
  std::uint16_t pppoe_length[64];  ///< as it lies in the frame
  std::uint16_t ip_length[64];     ///< as it lies in the frame: IPv4's total, IPv6's payload
};

template <bool pppoe>
[[gnu::always_inline]] inline void read(const MatchInput& input, unsigned ip_length_offset,
                                        Facts& facts) noexcept {
  const simd::Octets mask = simd::load_octets(input.shape->mask.data());
  const simd::Octets expected = simd::load_octets(input.shape->expected.data());
  const unsigned pppoe_length_offset = input.shape->ip_offset - 4u;
  for (unsigned i = 0; i < input.size; i += 8) {
    simd::Eight frame_octets, ip_length, pppoe_length;
    const auto read_one = [&]<int lane>() __attribute__((always_inline)) {
      const rte_mbuf* mbuf = input.mbufs[i + lane];
      const auto* frame = static_cast<const std::uint8_t*>(mbuf->buf_addr) + RTE_PKTMBUF_HEADROOM;
      facts.agreement[i + lane] = simd::agreement(frame, mask, expected);
      frame_octets.load<lane>(&mbuf->data_len);
      ip_length.load<lane>(frame + ip_length_offset);
      if constexpr (pppoe) pppoe_length.load<lane>(frame + pppoe_length_offset);
    };
    [&]<int... lane>(std::integer_sequence<int, lane...>) __attribute__((always_inline)) {
      (read_one.template operator()<lane>(), ...);
    }
    (std::make_integer_sequence<int, 8>());
    frame_octets.store(facts.frame_octets + i);
    ip_length.store(facts.ip_length + i);
    if constexpr (pppoe) pppoe_length.store(facts.pppoe_length + i);
  }
}

/// The masks of lengths that agree, and those of packets with no room for a TCP header.
struct Lengths {
  std::uint64_t good = 0;
  std::uint64_t without_tcp = 0;
};

template <bool pppoe, bool ipv6>
[[gnu::always_inline]] inline Lengths check(const MatchInput& input, const Facts& facts) noexcept {
  constexpr unsigned kIp = ipv6 ? 40 : 20;
  constexpr unsigned kCounted = ipv6 ? 0 : kIp;  // of the IP header, in its length field
  constexpr unsigned kPppProtocol = 2;
  constexpr unsigned kTcp = 20;
  const Words ip_offset = simd::all_of(input.shape->ip_offset);
  Lengths lengths;
  for (unsigned i = 0; i < input.size; i += simd::kWords) {
    const Words frame = simd::load(facts.frame_octets + i);
    Words present = simd::subtract_to_zero(frame, ip_offset);
    simd::Truth good = simd::at_most(frame, simd::all_of(input.max_frame_octets));
    if constexpr (pppoe) {
      const Words said = simd::swap_octets(simd::load(facts.pppoe_length + i));
      const Words payload = simd::subtract_to_zero(said, simd::all_of(kPppProtocol));
      good &= simd::at_most(payload, present);
      present = payload;
    }
    const Words length = simd::swap_octets(simd::load(facts.ip_length + i));
    const Words octets = length + simd::all_of(kIp - kCounted);
    good &= simd::at_most(length, simd::subtract_to_zero(present, simd::all_of(kIp - kCounted)));
    good &= simd::at_most(simd::all_of(kIp), present);
    good &= simd::at_most(simd::all_of(kCounted), length);
    good &= simd::at_most(octets, simd::all_of(input.max_ip_octets));
    simd::store(input.ip_octets + i, octets);
    lengths.good |= simd::bits_of(good) << i;
    lengths.without_tcp |= simd::bits_of(simd::at_most(octets, simd::all_of(kIp + kTcp - 1))) << i;
  }
  return lengths;
}

template <bool pppoe, bool ipv6>
[[gnu::always_inline]] inline void match_as(const MatchInput& input, Match& match) noexcept {
  const wire::Shape& shape = *input.shape;
  Facts facts;
  read<pppoe>(input, shape.ip_offset + (ipv6 ? 4u : 2u), facts);
  const Lengths lengths = check<pppoe, ipv6>(input, facts);
  enum { kRequired, kTcp, kOpens, kSecondLook, kKinds };
  std::uint64_t have[kKinds];
  simd::have_all<kKinds>(facts.agreement, input.size,
                         {shape.required, shape.tcp, shape.opens_connection, shape.second_look}, have);
  const std::uint64_t present = ~std::uint64_t{0} >> (64 - input.size);
  const std::uint64_t second_look = shape.second_look == 0 ? 0 : have[kSecondLook];
  match.plain = have[kRequired] & lengths.good & ~(have[kTcp] & lengths.without_tcp) & ~second_look & present;
  match.tcp = have[kTcp] & match.plain;
  match.opens_connection = shape.opens_connection == 0 ? 0 : have[kOpens] & match.plain;
}

}  // namespace

void match(const MatchInput& input, Match& match) noexcept {
  const bool ipv6 = input.shape->family == Family::ipv6;
  if (input.shape->pppoe)
    ipv6 ? match_as<true, true>(input, match) : match_as<true, false>(input, match);
  else
    ipv6 ? match_as<false, true>(input, match) : match_as<false, false>(input, match);
}

}  // namespace narrows::pipeline::NARROWS_LEVEL
