// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/http_stream.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string_view>

#include "narrows/app/status_client.h"

namespace narrows::app {
namespace {

constexpr std::size_t kMostHeadOctets = 64u << 10;
constexpr std::size_t kMostRestOctets = 1u << 20;
constexpr timeval kPatience{10, 0};

Descriptor connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    throw std::runtime_error(describe_unconnected(path, ENAMETOOLONG));
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(socket.value(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  ::setsockopt(socket.value(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  if (::connect(socket.value(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    throw std::runtime_error(describe_unconnected(path, errno));
  return socket;
}

[[noreturn]] void fail_to_understand(const std::string& path) {
  throw std::runtime_error(fmt::format("{}: no answer within {} s, or none that makes sense: is it Narrows?",
                                       path, kPatience.tv_sec));
}

/// Appends what comes next. Returns as recv().
ssize_t receive(int socket, std::string& text) {
  std::array<char, 65536> octets;
  ssize_t got = 0;
  do {
    got = ::recv(socket, octets.data(), octets.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got > 0) text.append(octets.data(), static_cast<std::size_t>(got));
  return got;
}

}  // namespace

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

HttpStream open_stream(const std::string& socket, const std::string& path) {
  constexpr std::string_view kHeadEnd = "\r\n\r\n";
  HttpStream stream{connect_to(socket), 0, {}};
  const std::string request = fmt::format(
      "POST {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", path);
  // Smaller than any socket's buffer: it goes whole or not at all.
  if (::send(stream.socket.value(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    throw std::runtime_error(describe_unconnected(socket, errno));
  std::string& text = stream.octets;
  std::size_t head = std::string::npos;
  while (head == std::string::npos) {
    if (receive(stream.socket.value(), text) <= 0 || text.size() > kMostHeadOctets)
      fail_to_understand(socket);
    head = text.find(kHeadEnd);
  }
  const auto space = text.find(' ');
  if (!text.starts_with("HTTP/1.") || space > head ||
      std::from_chars(text.data() + space + 1, text.data() + head, stream.status).ec != std::errc{})
    fail_to_understand(socket);
  text.erase(0, head + kHeadEnd.size());
  return stream;
}

std::string read_rest(HttpStream& stream) {
  while (stream.octets.size() < kMostRestOctets && receive(stream.socket.value(), stream.octets) > 0) {
  }
  return std::move(stream.octets);
}

}  // namespace narrows::app
