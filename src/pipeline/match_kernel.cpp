// SPDX-License-Identifier: BSD-3-Clause
// Compiled once a level, NARROWS_LEVEL being the level's name.
#include "match.h"
#include "simd/vector.h"

namespace narrows::pipeline::NARROWS_LEVEL {
namespace {

using simd::Words;

/// What is read of each frame, one array a fact; words behind the last frame are not looked at.
struct alignas(64) Facts {
  std::uint64_t agreement[64];
  std::uint16_t frame_octets[64];
  std::uint16_t pppoe_length[64];  ///< as it lies in the frame
  std::uint16_t ip_length[64];     ///< as it lies in the frame: IPv4's total, IPv6's payload
};

[[gnu::always_inline]] inline std::uint16_t load_word(const std::uint8_t* octets) noexcept {
  std::uint16_t word;
  __builtin_memcpy(&word, octets, sizeof(word));
  return word;
}

template <bool pppoe>
[[gnu::always_inline]] inline void read(const MatchInput& input, unsigned ip_length_offset,
                                        Facts& facts) noexcept {
  const wire::Shape& shape = *input.shape;
  const simd::Octets mask = simd::load_octets(shape.mask.data());
  const simd::Octets expected = simd::load_octets(shape.expected.data());
  const unsigned pppoe_length_offset = shape.ip_offset - 4u;
  for (unsigned i = 0; i < input.size; ++i) {
    const rte_mbuf* mbuf = input.mbufs[i];
    const auto* frame = static_cast<const std::uint8_t*>(mbuf->buf_addr) + RTE_PKTMBUF_HEADROOM;
    facts.agreement[i] = simd::agreement(frame, mask, expected);
    facts.frame_octets[i] = mbuf->data_len;
    facts.ip_length[i] = load_word(frame + ip_length_offset);
    if constexpr (pppoe) facts.pppoe_length[i] = load_word(frame + pppoe_length_offset);
  }
}

/// The masks of lengths that agree, and those of packets too short for a TCP header.
struct Lengths {
  std::uint64_t good = 0;
  std::uint64_t without_tcp = 0;
};

template <bool pppoe, bool ipv6>
[[gnu::always_inline]] inline Lengths check(const MatchInput& input, const Facts& facts,
                                            Match& match) noexcept {
  constexpr std::uint16_t kIp = ipv6 ? 40 : 20;
  constexpr std::uint16_t kCounted = ipv6 ? 0 : kIp;  // of the IP header, in its length field
  constexpr std::uint16_t kPppProtocol = 2;
  constexpr std::uint16_t kTcp = 20;
  const std::uint16_t ip_offset = input.shape->ip_offset;
  Lengths lengths;
  for (unsigned i = 0; i < input.size; i += simd::kWords) {
    const Words frame = simd::load(facts.frame_octets + i);
    Words present = simd::subtract_to_zero(frame, Words{} + ip_offset);
    Words good = reinterpret_cast<Words>(frame <= Words{} + input.max_frame_octets);
    if constexpr (pppoe) {
      const Words said = simd::subtract_to_zero(simd::swap_octets(simd::load(facts.pppoe_length + i)),
                                                Words{} + kPppProtocol);
      good &= reinterpret_cast<Words>(said <= present);
      present = said;
    }
    const Words length = simd::swap_octets(simd::load(facts.ip_length + i));
    const Words room = simd::subtract_to_zero(present, Words{} + static_cast<std::uint16_t>(kIp - kCounted));
    const Words octets = length + static_cast<std::uint16_t>(kIp - kCounted);
    good &= reinterpret_cast<Words>(length <= room);
    good &= reinterpret_cast<Words>(present >= Words{} + kIp);
    good &= reinterpret_cast<Words>(length >= Words{} + kCounted);
    good &= reinterpret_cast<Words>(octets <= Words{} + input.max_ip_octets);
    simd::store(match.ip_octets + i, octets);
    lengths.good |= simd::bits_of(good) << i;
    lengths.without_tcp |=
        simd::bits_of(reinterpret_cast<Words>(octets < Words{} + static_cast<std::uint16_t>(kIp + kTcp)))
        << i;
  }
  return lengths;
}

template <bool pppoe, bool ipv6>
[[gnu::always_inline]] inline void match_as(const MatchInput& input, Match& match) noexcept {
  const wire::Shape& shape = *input.shape;
  Facts facts;
  read<pppoe>(input, shape.ip_offset + (ipv6 ? 4u : 2u), facts);
  const Lengths lengths = check<pppoe, ipv6>(input, facts, match);
  const std::uint64_t present = ~std::uint64_t{0} >> (64 - input.size);
  const std::uint64_t tcp = simd::have_all(facts.agreement, input.size, shape.tcp);
  std::uint64_t plain = simd::have_all(facts.agreement, input.size, shape.required) & lengths.good &
                        ~(tcp & lengths.without_tcp) & present;
  if (shape.second_look != 0) plain &= ~simd::have_all(facts.agreement, input.size, shape.second_look);
  match.plain = plain;
  match.tcp = tcp & plain;
  match.opens_connection = shape.opens_connection == 0
                               ? 0
                               : plain & simd::have_all(facts.agreement, input.size, shape.opens_connection);
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
