// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/status_client.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
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
constexpr time_t kPatienceSeconds = 10;
constexpr std::string_view kScheme = "http://";
constexpr int kDefaultPort = 9480;  ///< of statistics.listen

bool is_url(const std::string& endpoint) {
  return endpoint.starts_with(kScheme);
}

/// "127.0.0.1:9480", "[::1]:9480", "box" of a URL; with a path or without.
httplib::Client client_of_url(std::string_view host) {
  int port = kDefaultPort;
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    if (std::from_chars(host.data() + colon + 1, host.data() + host.size(), port).ec != std::errc{}) port = 0;
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return httplib::Client(std::string(host), port);
}

/// @param reason  errno, which says more of a socket's file than `error`.
std::string describe_failure(const std::string& endpoint, httplib::Error error, int reason) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
      if (is_url(endpoint))
        return fmt::format("nobody answers at {}: is that an address of statistics.listen?", endpoint);
      return describe_unconnected(endpoint, reason);
    case httplib::Error::Canceled:
      return fmt::format("{}: an answer of more than {} MiB: is it Narrows?", endpoint, kMostOctets >> 20);
    default:
      return fmt::format("{}: no answer within {} s, or none that makes sense: is it Narrows?", endpoint,
                         kPatienceSeconds);
  }
}

std::string socket_of_config(const std::string& path) {
  // A file that is wrong says nothing of the Narrows that runs.
  const LoadedConfig loaded = load_config(path, LoadPurpose::check);
  return control_socket_of(loaded.errors.empty() ? loaded.config.statistics : config::Statistics{}, path);
}

}  // namespace

std::string describe_unconnected(const std::string& path, int reason) {
  if (reason == EACCES)
    return fmt::format("{}: permission denied; use sudo, or join the socket's group", path);
  if (reason == ENOENT) return fmt::format("narrows is not running: no socket {}", path);
  return fmt::format("narrows is not running: nobody listens on {}", path);
}

std::string find_endpoint(const StatusTarget& target) {
  if (!target.url.empty()) {
    if (!is_url(target.url))
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

HttpAnswer ask(const std::string& endpoint, const std::string& method, const std::string& path,
               const std::string& token) {
  std::string_view host = is_url(endpoint) ? std::string_view(endpoint).substr(kScheme.size()) : "localhost";
  host = host.substr(0, host.find('/'));
  httplib::Client client = is_url(endpoint) ? client_of_url(host) : httplib::Client(endpoint, 0);
  if (!is_url(endpoint)) client.set_address_family(AF_UNIX);
  client.set_connection_timeout(kPatienceSeconds);
  client.set_read_timeout(kPatienceSeconds);
  client.set_write_timeout(kPatienceSeconds);
  if (!token.empty()) client.set_bearer_token_auth(token);
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.headers = {{"Host", std::string(host)}};
  request.progress = [](std::uint64_t octets, std::uint64_t /*all*/) { return octets <= kMostOctets; };
  errno = 0;
  const httplib::Result answer = client.send(request);
  const int reason = errno;
  if (!answer) throw std::runtime_error(describe_failure(endpoint, answer.error(), reason));
  return {answer->status, answer->body};
}

std::string message_of(const HttpAnswer& answer) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  if (body.is_object())
    for (const char* key : {"message", "error"})
      if (const auto text = body.find(key); text != body.end() && text->is_string()) return *text;
  return fmt::format("answer {}", answer.status);
}

}  // namespace narrows::app
