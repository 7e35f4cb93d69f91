// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "narrows/control/capture_stream.h"

namespace narrows::control {

/// Captures that users start over the control socket, each in a thread of its own: Captures::kMost at a time.
class CaptureServer {
 public:
  /// @throws std::system_error when there is no descriptor left.
  explicit CaptureServer(CaptureSources sources);
  ~CaptureServer();
  CaptureServer(const CaptureServer&) = delete;
  CaptureServer& operator=(const CaptureServer&) = delete;

  /// Any thread. An offer keeps a place for as long as it, or a copy, lives; it does not outlive this object.
  [[nodiscard]] CaptureOffer offer(const CaptureParameters& parameter);

  /// Ends those that run, whose files are then complete, and waits for it: two seconds at most for a client
  /// that takes nothing.
  void stop();

 private:
  class Place;
  struct Running {
    std::thread thread;
    std::atomic<bool> is_over{false};  ///< its thread writes, others read
  };

  void begin(const std::shared_ptr<Place>& place, const std::shared_ptr<CaptureStream>& stream, int socket);
  void join_ended();

  CaptureSources sources_;
  int stop_;  ///< an eventfd: readable when all are to end
  std::atomic<std::size_t> places_taken_{0};
  std::mutex mutex_;  ///< of running_
  std::list<Running> running_;
};

}  // namespace narrows::control
