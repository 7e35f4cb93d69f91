// SPDX-License-Identifier: BSD-3-Clause
/// Blocks of a pcapng file (draft-ietf-opsawg-pcapng-03), in host byte order as their first says.
///
/// Not DPDK's rte_pcapng: that of 22.11 writes no comments, takes mbufs alone, and names interfaces after
/// ports.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace narrows::control {

/// Of one interface, what section 4.6 counts.
struct PcapngCounts {
  std::uint64_t received = 0;  ///< and let through by the filter
  std::uint64_t dropped = 0;   ///< for want of room
};

/// Blocks one behind the other, to be taken out by whoever writes them somewhere.
class PcapngBlocks {
 public:
  static constexpr std::uint32_t kPacketBlock = 6;
  static constexpr std::uint32_t kStatisticsBlock = 5;

  /// Begins a section. @param application  what writes it; empty: left out, as are the texts below.
  void section(std::string_view application);
  /// An Ethernet interface, with times in nanoseconds; they are counted from 0.
  void interface(std::string_view name, std::string_view description, std::string_view filter,
                 std::uint32_t snap_octets);
  /// @param ns            since 1970.
  /// @param frame_octets  of the frame, of which `octets` are the first.
  void packet(std::uint32_t interface, std::uint64_t ns, std::span<const std::uint8_t> octets,
              std::uint32_t frame_octets, std::string_view comment);
  void statistics(std::uint32_t interface, std::uint64_t ns, const PcapngCounts& counts);

  [[nodiscard]] std::string& octets() noexcept { return octets_; }

 private:
  template <typename Value>
  void add(Value value) {
    octets_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void add_padded(std::string_view octets);
  void option(std::uint16_t code, std::string_view value);
  void text_option(std::uint16_t code, std::string_view value);
  void number_option(std::uint16_t code, std::uint64_t value);
  void time(std::uint64_t ns);
  void begin(std::uint32_t type);
  void end();

  std::string octets_;
  std::size_t begun_ = 0;  ///< where the block that is being written begins
};

}  // namespace narrows::control
