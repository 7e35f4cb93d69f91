// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace narrows::app {

/// Octets that come as they like, as the pcapng blocks they are; counts on the way.
class PcapngBlockReader {
 public:
  void feed(std::string_view octets) { octets_ += octets; }
  /// All blocks that are complete, one behind the other; what follows waits for more.
  /// @throws std::runtime_error, one line: this is no pcapng of this machine's.
  [[nodiscard]] std::string take();

  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
  /// Copies that found no room. @return what statistics said, so far
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  /// Whether statistics have come, which are the end of it.
  [[nodiscard]] bool is_complete() const noexcept { return complete_; }

 private:
  void look(std::string_view block);

  std::string octets_;
  std::uint64_t frames_ = 0;
  std::uint64_t lost_ = 0;
  bool complete_ = false;
};

/// Adds `capture` to the command line. @param exit_code  set when it has run.
void add_capture_command(CLI::App& app, int& exit_code);

}  // namespace narrows::app
