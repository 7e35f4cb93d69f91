// SPDX-License-Identifier: BSD-3-Clause
/// A client's connection with limits on time and octets; cpp-httplib alone would let a client that sends one
/// octet a second, or one endless header line, keep a thread for good.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <httplib.h>

namespace narrows::control {

class BoundedConnection : public httplib::Stream {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::size_t kMaxRequestOctets = 8192;
  static constexpr std::chrono::seconds kRequestTimeout{2};
  static constexpr std::chrono::seconds kResponseTimeout{5};

  /// Does not own the socket.
  explicit BoundedConnection(socket_t socket);

  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool is_writable() const override { return true; }
  /// As recv(): the octets read, 0 at the end of input, -1 on an error or past a limit.
  ssize_t read(char* octets, std::size_t size) override;
  /// As send(), but writes everything or fails.
  ssize_t write(const char* octets, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  [[nodiscard]] socket_t socket() const override { return socket_; }

  /// Reads what the client has sent already, so that closing does not reset the connection under the answer.
  void discard_input() const;

 private:
  [[nodiscard]] bool wait_for(short events, Clock::time_point deadline) const;
  [[nodiscard]] bool fill();

  socket_t socket_;
  Clock::time_point request_deadline_;
  Clock::time_point response_deadline_{};
  std::vector<char> buffer_;
  std::size_t used_ = 0;
  std::size_t total_ = 0;
};

}  // namespace narrows::control
