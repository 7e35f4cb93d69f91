// SPDX-License-Identifier: BSD-3-Clause
#include "http_listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <grp.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

namespace narrows::control {
namespace {

constexpr int kBacklog = 128;
constexpr mode_t kSocketMode = 0660;
constexpr mode_t kDirectoryMode = 0755;

std::string endpoint_text(const config::Statistics::Listen& listen) {
  const bool ipv6 = listen.address.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"), listen.address, listen.port);
}

std::string bind_error(const config::Statistics::Listen& listen, int error) {
  const char* advice = "check statistics.listen or set it to off";
  if (error == EADDRINUSE) advice = "choose another port or set statistics.listen: off";
  if (error == EADDRNOTAVAIL) advice = "use an address of this machine or set statistics.listen: off";
  if (error == EACCES) advice = "use a port above 1023 or run as root";
  const auto what =
      error == EADDRINUSE ? std::string("address in use") : std::generic_category().message(error);
  return fmt::format("statistics.listen {}: {}; {}", endpoint_text(listen), what, advice);
}

std::uint16_t bound_port(int descriptor) {
  sockaddr_storage address{};
  socklen_t octets = sizeof(address);
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &octets) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

std::string socket_error(const ControlSocket& socket, const std::string& what) {
  return fmt::format("statistics.socket {}: {}; write another path or set statistics.socket: off",
                     socket.path, what);
}

std::string reason() {
  return std::generic_category().message(errno);
}

/// Whether a server answers there.
bool is_served(const sockaddr_un& address) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool connected =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ||
      errno == EAGAIN;
  ::close(descriptor);
  return connected;
}

/// The group's id; nothing: there is none of that name.
std::optional<gid_t> find_group(const std::string& name) {
  std::array<char, 4096> text;
  group entry{};
  group* found = nullptr;
  if (::getgrnam_r(name.c_str(), &entry, text.data(), text.size(), &found) != 0 || found == nullptr)
    return std::nullopt;
  return entry.gr_gid;
}

/// Makes room for the socket's file. @return what is in the way.
std::string make_room(const ControlSocket& socket, const sockaddr_un& address) {
  const auto directory = std::filesystem::path(socket.path).parent_path();
  if (!directory.empty() && ::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST)
    return fmt::format("{} cannot be made: {}", directory.string(), reason());
  struct stat status {};
  if (::lstat(socket.path.c_str(), &status) != 0) return "";
  if (!S_ISSOCK(status.st_mode)) return "there is a file of that name that is no socket";
  if (is_served(address)) return "another Narrows listens there";
  return ::unlink(socket.path.c_str()) == 0 ? "" : reason();
}

}  // namespace

Listening listen_on_tcp(const config::Statistics::Listen& listen) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(listen.address.c_str(), std::to_string(listen.port).c_str(), &hints, &found) != 0)
    return {-1, 0,
            fmt::format("statistics.listen {}: not a numeric address; write 127.0.0.1:9480 or [::1]:9480",
                        endpoint_text(listen))};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> address(found, &::freeaddrinfo);
  const int descriptor = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return {-1, 0, bind_error(listen, errno)};
  const int yes = 1;  // a restart need not wait for the old connections to time out
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (::bind(descriptor, address->ai_addr, address->ai_addrlen) != 0 || ::listen(descriptor, kBacklog) != 0) {
    const int error = errno;
    ::close(descriptor);
    return {-1, 0, bind_error(listen, error)};
  }
  return {descriptor, bound_port(descriptor), ""};
}

Listening listen_on_unix(const ControlSocket& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.path.size() >= sizeof(address.sun_path))
    return {-1, 0, socket_error(socket, fmt::format("longer than {} octets", sizeof(address.sun_path) - 1))};
  socket.path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (const auto problem = make_room(socket, address); !problem.empty())
    return {-1, 0, socket_error(socket, problem)};
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return {-1, 0, socket_error(socket, reason())};
  // Nobody connects before the file has its final owner and mode: listen() comes last.
  std::string problem;
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    problem = reason();
    ::close(descriptor);
    return {-1, 0, socket_error(socket, problem)};
  }
  const auto group = socket.group.empty() ? std::optional<gid_t>(::getegid()) : find_group(socket.group);
  if (!group)
    problem = fmt::format("there is no group {} (statistics.socket_group)", socket.group);
  else if (::chown(socket.path.c_str(), static_cast<uid_t>(-1), *group) != 0 ||
           ::chmod(socket.path.c_str(), kSocketMode) != 0 || ::listen(descriptor, kBacklog) != 0)
    problem = reason();
  if (problem.empty()) return {descriptor, 0, ""};
  ::close(descriptor);
  ::unlink(socket.path.c_str());
  return {-1, 0, socket_error(socket, problem)};
}

}  // namespace narrows::control
