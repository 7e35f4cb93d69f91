// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
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
  bool cut_short = false;  ///< the capture kept less than the frame had
};

/// Reads an Ethernet capture, pcap or pcapng, frame by frame.
class CaptureReader {
 public:
  /// @throws std::runtime_error, one line: no such file, no capture, not Ethernet.
  explicit CaptureReader(const std::string& path);

  /// False at the end. @throws std::runtime_error when the file breaks off inside a frame.
  [[nodiscard]] bool next(CapturedFrame& frame);

 private:
  struct Closer {
    void operator()(pcap* handle) const noexcept;
  };
  std::string path_;
  std::unique_ptr<pcap, Closer> handle_;
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
