// SPDX-License-Identifier: BSD-3-Clause
/// Reads pcapng (draft-ietf-opsawg-pcapng): for the names of interfaces and the comments on packets, which
/// libpcap does not tell, and files whose interfaces differ, which it refuses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "narrows/app/capture_file.h"

namespace narrows::app {

/// @throws std::runtime_error, one line: not Ethernet.
/// @param link_type  LINKTYPE_ or DLT_, which are the same for those that have a name here.
void require_ethernet(const std::string& path, int link_type);

class PcapngReader {
 public:
  /// Whether the file begins as one; false too for what cannot be read.
  [[nodiscard]] static bool is_pcapng(const std::string& path);

  /// @throws std::runtime_error, one line: cannot be read.
  explicit PcapngReader(const std::string& path);

  /// As CaptureReader::next(). Blocks that hold no packet are passed over.
  [[nodiscard]] bool next(CapturedFrame& frame);

 private:
  struct Interface {
    std::uint16_t link_type = 0;
    std::uint32_t snap_length = 0;  ///< 0: no limit
    std::uint64_t ticks_per_second = 1'000'000;
    std::int64_t offset_s = 0;
    std::string name;
  };
  class Body;

  [[nodiscard]] bool read_block();
  void read_interface(Body body);
  void read_packet(Body body, CapturedFrame& frame);
  void read_simple_packet(Body body, CapturedFrame& frame) const;
  [[nodiscard]] const Interface& interface_of(std::uint32_t number) const;
  [[nodiscard]] std::uint32_t word(const std::uint8_t* octets) const noexcept;
  [[noreturn]] void refuse(const char* what) const;

  struct Closer {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<std::FILE, Closer> file_;
  bool swapped_ = false;  ///< the section was written in the other byte order
  std::vector<Interface> interfaces_;
  std::uint32_t type_ = 0;           ///< of the block in hand
  std::vector<std::uint8_t> block_;  ///< what it holds between its two lengths
};

}  // namespace narrows::app
