// SPDX-License-Identifier: BSD-3-Clause
#include "bounded_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace narrows::control {

BoundedConnection::BoundedConnection(socket_t socket)
    : socket_(socket), request_deadline_(Clock::now() + kRequestTimeout) {}

bool BoundedConnection::wait_for(short events, Clock::time_point deadline) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd descriptor{socket_, events, 0};
    const int ready = ::poll(&descriptor, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool BoundedConnection::fill() {
  if (total_ >= kMaxRequestOctets || !wait_for(POLLIN, request_deadline_)) return false;
  buffer_.resize(kMaxRequestOctets - total_);
  const ssize_t got = ::recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  buffer_.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  used_ = 0;
  total_ += buffer_.size();
  return got >= 0;
}

ssize_t BoundedConnection::read(char* octets, std::size_t size) {
  if (used_ == buffer_.size() && !fill()) return -1;
  const std::size_t count = std::min(size, buffer_.size() - used_);
  std::copy_n(buffer_.data() + used_, count, octets);
  used_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t BoundedConnection::write(const char* octets, std::size_t size) {
  if (response_deadline_ == Clock::time_point{}) response_deadline_ = Clock::now() + kResponseTimeout;
  for (std::size_t sent = 0; sent < size;) {
    if (!wait_for(POLLOUT, response_deadline_)) return -1;
    const ssize_t count = ::send(socket_, octets + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN && errno != EINTR) return -1;
    sent += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  return static_cast<ssize_t>(size);
}

// Who asks is of no interest: nothing is logged, nothing depends on it.
void BoundedConnection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

void BoundedConnection::get_local_ip_and_port(std::string& ip, int& port) const {
  get_remote_ip_and_port(ip, port);
}

void BoundedConnection::discard_input() const {
  std::array<char, 4096> octets;
  for (int reads = 0; reads < 16; ++reads)
    if (::recv(socket_, octets.data(), octets.size(), MSG_DONTWAIT) <= 0) return;
}

}  // namespace narrows::control
