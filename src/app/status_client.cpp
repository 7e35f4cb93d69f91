// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/status_client.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

#include "narrows/app/status_command.h"
#include "narrows/app/yaml_config.h"

namespace narrows::app {
namespace {

constexpr std::size_t kMostOctets = 64u << 20;
constexpr std::size_t kMostHeadOctets = 64u << 10;
constexpr timeval kPatience{10, 0};
constexpr std::string_view kScheme = "http://";

Descriptor open_socket(int family) {
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(socket.value(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  ::setsockopt(socket.value(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  return socket;
}

[[noreturn]] void fail_to_connect(const std::string& endpoint, int error) {
  if (error == EACCES)
    throw std::runtime_error(
        fmt::format("{}: permission denied; use sudo, or join the socket's group", endpoint));
  if (error == ENOENT)
    throw std::runtime_error(fmt::format("narrows is not running: no socket {}", endpoint));
  if (error == ECONNREFUSED)
    throw std::runtime_error(fmt::format("narrows is not running: nobody listens on {}", endpoint));
  throw std::runtime_error(fmt::format("{}: {}", endpoint, std::generic_category().message(error)));
}

Descriptor connect_to_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) fail_to_connect(path, ENAMETOOLONG);
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  Descriptor socket = open_socket(AF_UNIX);
  if (::connect(socket.value(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    fail_to_connect(path, errno);
  return socket;
}

/// "127.0.0.1:9480", "[::1]:9480", "box"; the default port is that of statistics.listen.
Descriptor connect_to_host(const std::string& url, std::string_view host) {
  std::string port = "9480";
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(std::string(host).c_str(), port.c_str(), &hints, &found); error != 0)
    throw std::runtime_error(fmt::format("{}: {}", url, ::gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  int error = 0;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    Descriptor socket = open_socket(one->ai_family);
    if (::connect(socket.value(), one->ai_addr, one->ai_addrlen) == 0) return socket;
    error = errno;
  }
  fail_to_connect(url, error);
}

[[noreturn]] void fail_to_understand(const std::string& endpoint) {
  throw std::runtime_error(fmt::format("{}: no answer that makes sense: is it Narrows?", endpoint));
}

void send_request(int socket, const std::string& endpoint, const std::string& request) {
  for (std::size_t sent = 0; sent < request.size();) {
    const ssize_t count = ::send(socket, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) fail_to_connect(endpoint, errno);
    sent += static_cast<std::size_t>(count);
  }
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

std::string socket_of_config(const std::string& path) {
  // A file that is wrong says nothing of the Narrows that runs.
  const LoadedConfig loaded = load_config(path, LoadPurpose::check);
  return control_socket_of(loaded.errors.empty() ? loaded.config.statistics : config::Statistics{}, path);
}

}  // namespace

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

std::string find_endpoint(const StatusTarget& target) {
  if (!target.url.empty()) {
    if (!target.url.starts_with(kScheme))
      throw std::runtime_error(fmt::format("--url {}: must begin with http://", target.url));
    return target.url;
  }
  if (!target.socket.empty()) return target.socket;
  if (!target.config.empty()) return socket_of_config(target.config);
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kSocketDirectory, error))
    if (entry.path().extension() == ".sock") found.push_back(entry.path().string());
  if (found.empty())
    throw std::runtime_error(fmt::format("narrows is not running: no socket in {}", kSocketDirectory));
  std::ranges::sort(found);
  if (found.size() > 1)
    throw std::runtime_error(
        fmt::format("several run: choose one with --socket: {}", fmt::join(found, ", ")));
  return found.front();
}

HttpStream open_stream(const std::string& endpoint, const std::string& method, const std::string& path,
                       const std::string& token) {
  constexpr std::string_view kHeadEnd = "\r\n\r\n";
  const bool is_url = endpoint.starts_with(kScheme);
  std::string_view host = is_url ? std::string_view(endpoint).substr(kScheme.size()) : "localhost";
  host = host.substr(0, host.find('/'));
  HttpStream stream{is_url ? connect_to_host(endpoint, host) : connect_to_socket(endpoint), 0, {}};
  std::string request =
      fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", method, path, host);
  if (!token.empty()) request += fmt::format("Authorization: Bearer {}\r\n", token);
  if (method != "GET") request += "Content-Length: 0\r\n";
  send_request(stream.socket.value(), endpoint, request + "\r\n");
  std::string& text = stream.octets;
  std::size_t head = std::string::npos;
  while (head == std::string::npos) {
    const ssize_t got = receive(stream.socket.value(), text);
    if (got < 0) throw std::runtime_error(fmt::format("{}: no answer within 10 s", endpoint));
    head = text.find(kHeadEnd);
    if (head == std::string::npos && (got == 0 || text.size() > kMostHeadOctets))
      fail_to_understand(endpoint);
  }
  const auto space = text.find(' ');
  if (!text.starts_with("HTTP/1.") || space > head ||
      std::from_chars(text.data() + space + 1, text.data() + head, stream.status).ec != std::errc{})
    fail_to_understand(endpoint);
  text.erase(0, head + kHeadEnd.size());
  return stream;
}

std::string read_rest(HttpStream& stream) {
  while (stream.octets.size() < kMostOctets && receive(stream.socket.value(), stream.octets) > 0) {
  }
  return std::move(stream.octets);
}

HttpAnswer ask(const std::string& endpoint, const std::string& method, const std::string& path,
               const std::string& token) {
  HttpStream stream = open_stream(endpoint, method, path, token);
  return {stream.status, read_rest(stream)};
}

std::string message_of(const HttpAnswer& answer) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  if (body.is_object())
    for (const char* key : {"message", "error"})
      if (const auto text = body.find(key); text != body.end() && text->is_string()) return *text;
  return fmt::format("answer {}", answer.status);
}

}  // namespace narrows::app
