// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "narrows/control/capture_request.h"
#include "narrows/control/pcapng.h"
#include "narrows/worker/captures.h"

namespace narrows::control {

/// What captures are taken of. Everything outlives them.
struct CaptureSources {
  worker::Captures& captures;
  std::uint16_t workers = 1;
  std::array<std::string_view, kSides> ports = kSideNames;  ///< what they are called
  std::array<std::string, kSides> devices{};                ///< what they are
  std::string program;                                      ///< with its version, for the file
  std::function<void(const std::string&)> log;              ///< one line, from any thread
};

/// From workers' times to those of the calendar.
class TickClock {
 public:
  TickClock() noexcept { look(); }
  /// Anew, as the two drift apart.
  void look() noexcept;
  /// Nanoseconds since 1970.
  [[nodiscard]] std::uint64_t ns_of(std::uint64_t ticks) const noexcept;

 private:
  std::uint64_t ticks_ = 0;
  std::uint64_t ns_ = 0;
  double ns_per_tick_;
};

/// One capture: takes copies out of the workers' rings and writes them, as pcapng, to a socket, in a thread
/// that the caller provides. A client that reads too slowly loses frames, of which it is told how many, and
/// holds up nobody.
class CaptureStream {
 public:
  /// @throws std::runtime_error, one line: the filter is none. std::bad_alloc
  CaptureStream(const CaptureSources& sources, const CaptureRequest& request);

  /// Returns when the client has had enough (shuts its writing side) or is gone, when there are as many
  /// frames or seconds as were asked for, or when `stop` becomes readable. In all cases but the second the
  /// capture is complete, unless the client takes nothing for kPatience.
  /// @param socket  stays the caller's, as does `stop`.
  void run(int socket, int stop);

  static constexpr std::chrono::seconds kPatience{2};
  /// Of all workers' rings together, and of one at least.
  static constexpr std::size_t kRingsOctets = 32u << 20;
  static constexpr std::size_t kLeastRingOctets = 1u << 20;

 private:
  using Clock = std::chrono::steady_clock;
  enum class State : std::uint8_t { runs, over, gone };

  void write_head();
  bool drain();
  void write(const worker::CaptureRecord& record);
  void write_statistics();
  void flush(int socket);
  void wait(int socket, int stop, bool is_busy);
  void finish(int socket);
  [[nodiscard]] std::string comment_of(const worker::CaptureRecord& record) const;
  [[nodiscard]] std::size_t waiting() { return blocks_.octets().size() - sent_; }
  [[nodiscard]] bool has_enough() const { return request_.frames != 0 && written_ >= request_.frames; }

  const CaptureSources& sources_;
  CaptureRequest request_;
  worker::Capture capture_;
  worker::ByCapturePoint<std::uint32_t> interfaces_{};  ///< their numbers in the file
  worker::ByCapturePoint<std::uint64_t> shown_{};
  TickClock clock_;
  Clock::time_point clock_looked_;
  PcapngBlocks blocks_;
  std::size_t sent_ = 0;  ///< of blocks_
  std::uint64_t written_ = 0;
  State state_ = State::runs;
};

}  // namespace narrows::control
