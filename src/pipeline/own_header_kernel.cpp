// SPDX-License-Identifier: BSD-3-Clause
// Compiled once a level, NARROWS_LEVEL being the level's name. What is the same for all frames is read once,
// as every store could be to it for all that the compiler knows.
#include "header_kernel.h"
#include "header_lengths.h"
#include "simd/vector.h"

namespace narrows::pipeline::NARROWS_LEVEL {
namespace {

/// Calls `finish(end_of_header, header_octets, i)` for what the header has of frame i's own.
template <typename Session, typename Finish>
[[gnu::always_inline]] inline void put(const OwnHeaderInput& input, const Session* sessions,
                                       Finish finish) noexcept {
  rte_mbuf* const* mbufs = input.mbufs;
  const std::uint16_t* ip_octets = input.ip_octets;
  const std::uint16_t* session = input.session;
  const unsigned ip_offset = RTE_PKTMBUF_HEADROOM + unsigned{input.ip_offset};
  std::uint64_t short_frames = 0;
  const auto put_one = [&](std::size_t i) __attribute__((always_inline)) {
    const session::HeaderTemplate& header = sessions[session[i]].header;
    const std::uint64_t octets = header.length;
    rte_mbuf* mbuf = mbufs[i];
    std::uint8_t* ip = static_cast<std::uint8_t*>(mbuf->buf_addr) + ip_offset;
    simd::store_half(ip - sizeof(simd::Half), simd::load_half(header.octets.data()));
    finish(ip, header.octets.data() + sizeof(simd::Half) - octets, octets, i);
    const std::uint64_t frame = octets + ip_octets[i];
    mbuf->data_off = static_cast<std::uint16_t>(ip_offset - octets);
    set_lengths(mbuf, frame < kMinFrame ? kMinFrame : frame);
    short_frames |= std::uint64_t{frame < kMinFrame} << i;
  };
  // Most likely all are the first ones without a gap: counting takes less than to look for the next bit.
  const std::size_t first = ~input.frames == 0 ? 64u : static_cast<unsigned>(__builtin_ctzll(~input.frames));
  for (std::size_t i = 0; i < first; ++i) put_one(i);
  for (std::uint64_t left = first < 64 ? input.frames >> first << first : 0; left != 0; left &= left - 1)
    put_one(static_cast<unsigned>(__builtin_ctzll(left)));
  fill_up(mbufs, short_frames, ip_octets, ip_offset);
}

}  // namespace

void add_own_headers(const OwnHeaderInput& input) noexcept {
  const std::uint16_t* ip_octets = input.ip_octets;
  const std::uint32_t protocol = wire::ppp_of(input.family);
  put(
      input, &input.sessions->lan_to_wan(0),
      [=](std::uint8_t * ip, const std::uint8_t*, std::size_t, std::size_t i) __attribute__((always_inline)) {
        const std::uint32_t length_and_protocol =
            __builtin_bswap32((ip_octets[i] + std::uint32_t{wire::kPppProtocolOctets}) << 16 | protocol);
        __builtin_memcpy(ip - 4, &length_and_protocol, sizeof(length_and_protocol));
      });
}

void strip_own_headers(const OwnHeaderInput& input) noexcept {
  const std::uint64_t* lan_peer = input.lan_peer;
  const std::uint16_t ethertype = __builtin_bswap16(wire::ethertype_of(input.family));
  put(
      input, &input.sessions->wan_to_lan(0),
      [=](std::uint8_t * ip, const std::uint8_t* header, std::size_t octets, std::size_t i)
          __attribute__((always_inline)) {
            // The destination, which the template leaves 0, with what follows it: one store.
            std::uint64_t first;
            __builtin_memcpy(&first, header, sizeof(first));
            first |= __builtin_bswap64(lan_peer[i] << 16);
            __builtin_memcpy(ip - octets, &first, sizeof(first));
            __builtin_memcpy(ip - sizeof(ethertype), &ethertype, sizeof(ethertype));
          });
}

}  // namespace narrows::pipeline::NARROWS_LEVEL
