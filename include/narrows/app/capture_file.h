// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

struct pcap;

namespace narrows::app {

/// Time since the epoch, as captures have it.
using CaptureTime = std::chrono::nanoseconds;

struct CapturedFrame {
  std::span<const std::uint8_t> octets;  ///< valid until the next next()
  CaptureTime time{0};
  std::size_t wire_octets = 0;  ///< of the frame as it was on the wire; a capture may have kept less of it
  std::string interface;        ///< pcapng: by which it was captured; empty: not said
  std::string comment;          ///< pcapng: what whoever captured it had to say

  [[nodiscard]] bool cut_short() const noexcept { return octets.size() < wire_octets; }
};

class PcapngReader;

/// Reads an Ethernet capture, pcap or pcapng, frame by frame.
class CaptureReader {
 public:
  /// @throws std::runtime_error, one line: no such file, no capture, not Ethernet.
  explicit CaptureReader(const std::string& path);
  ~CaptureReader();
  CaptureReader(CaptureReader&& other) noexcept;

  /// False at the end. @throws std::runtime_error when the file breaks off inside a frame.
  [[nodiscard]] bool next(CapturedFrame& frame);

 private:
  struct Closer {
    void operator()(pcap* handle) const noexcept;
  };
  std::string path_;
  std::unique_ptr<PcapngReader> pcapng_;  ///< of a pcapng file
  std::unique_ptr<pcap, Closer> handle_;  ///< of any other
};

/// Writes an Ethernet capture with nanosecond times: pcapng where the name ends in ".pcapng", else pcap.
class CaptureWriter {
 public:
  /// @throws std::runtime_error, one line: cannot be written.
  explicit CaptureWriter(const std::string& path);

  void write(std::span<const std::uint8_t> frame, CaptureTime time);

  /// @throws std::runtime_error when not everything reached the disk.
  void close();

 private:
  void put(std::string_view octets);

  struct Closer {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::string path_;
  bool pcapng_;
  std::unique_ptr<std::FILE, Closer> file_;
};

}  // namespace narrows::app
