// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pcap/pcap.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace narrows::worker {

/// Which frames a capture is to show, in the language of pcap-filter(7).
///
/// VLAN tags and the PPPoE session header of an IP packet are looked through: the filter sees the frame as if
/// they were not there, so that `tcp port 443` means the same on both sides of the box. A filter that says
/// `vlan`, or `pppoes`, has that looked at as it stands.
class FrameFilter {
 public:
  /// How much of a frame with tags or PPPoE is looked at, in octets behind its Ethernet header.
  static constexpr std::size_t kInnerOctets = 512;

  /// @param text  empty: every frame. @throws std::runtime_error with one line that says what to do.
  explicit FrameFilter(const std::string& text);
  ~FrameFilter();
  FrameFilter(const FrameFilter&) = delete;
  FrameFilter& operator=(const FrameFilter&) = delete;

  /// Any number of threads at a time.
  /// @param head          of the frame, what is there in one piece; no octet beyond is read.
  /// @param frame_octets  of all of it, which `len`, `less` and `greater` compare.
  [[nodiscard]] bool matches(std::span<const std::uint8_t> head, std::uint32_t frame_octets) const noexcept;

 private:
  [[nodiscard]] bool runs_true(std::span<const std::uint8_t> octets,
                               std::uint32_t frame_octets) const noexcept;

  bpf_program program_{};
  bool through_vlan_ = true;
  bool through_pppoe_ = true;
};

}  // namespace narrows::worker
