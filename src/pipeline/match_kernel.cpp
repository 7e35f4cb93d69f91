// SPDX-License-Identifier: BSD-3-Clause
// Compiled once a level, NARROWS_LEVEL being the level's name.
#include "match.h"

#include <utility>

#include "match_lengths.h"
#include "simd/vector.h"

namespace narrows::pipeline::NARROWS_LEVEL {
namespace {

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
  alignas(64) std::uint8_t octets[wire::kShapeOctets];
  __builtin_memcpy(octets, input.shape->expected.data(), sizeof(octets));
  if (const std::uint64_t source = source_octets(input); source != 0)
    __builtin_memcpy(octets + 6, &source, 6);
  const simd::Octets expected = simd::load_octets(octets);
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

template <bool pppoe, bool ipv6>
[[gnu::always_inline]] inline void match_as(const MatchInput& input, Match& match) noexcept {
  const wire::Shape& shape = *input.shape;
  Facts facts;
  read<pppoe>(input, ip_length_offset(shape), facts);
  Lengths lengths{};
  for (unsigned i = 0; i < input.size; i += simd::kWords) {
    const Lengths some =
        check_lengths<pppoe, ipv6>(input,
                                   {simd::load(facts.frame_octets + i), simd::load(facts.pppoe_length + i),
                                    simd::load(facts.ip_length + i)},
                                   input.ip_octets + i);
    lengths.good |= some.good << i;
    lengths.without_tcp |= some.without_tcp << i;
  }
  enum { kRequired, kTcp, kOpens, kSecondLook, kKinds };
  std::uint64_t have[kKinds];
  simd::have_all<kKinds>(facts.agreement, input.size,
                         {shape.required, shape.tcp, shape.opens_connection, shape.second_look}, have);
  const std::uint64_t present = simd::first_bits(input.size);
  const std::uint64_t second_look = shape.second_look == 0 ? 0 : have[kSecondLook];
  match.plain = have[kRequired] & lengths.good & ~(have[kTcp] & lengths.without_tcp) & ~second_look & present;
  match.no_tunnel = match.tcp = have[kTcp] & match.plain;
  match.opens_connection = shape.opens_connection == 0 ? 0 : have[kOpens] & match.plain;
}

}  // namespace

void match(const MatchInput& input, Match& match) noexcept {
  for_its_shape(
      input, [&]<bool pppoe, bool ipv6>()
                 __attribute__((always_inline)) { match_as<pppoe, ipv6>(input, match); });
}

}  // namespace narrows::pipeline::NARROWS_LEVEL
