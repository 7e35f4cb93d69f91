// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

namespace narrows::app {

/// Which running Narrows is meant; of the three at most one is given.
struct StatusTarget {
  std::string config;  ///< the one that runs with this file
  std::string socket;  ///< path of its control socket
  std::string url;     ///< http://ADDRESS:PORT
};

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// Where the target is: a socket's path, or a URL.
/// @throws std::runtime_error with one line: no Narrows runs, or several do and none was named.
[[nodiscard]] std::string find_endpoint(const StatusTarget& target);

/// Why nobody could be reached over a control socket, in one line. @param reason  errno of connect().
[[nodiscard]] std::string describe_unconnected(const std::string& path, int reason);

/// One HTTP request, of 10 s and 64 MiB at most.
/// @param endpoint  of find_endpoint(). @param token  empty: none.
/// @throws std::runtime_error with one line: nobody answers there.
[[nodiscard]] HttpAnswer ask(const std::string& endpoint, const std::string& method, const std::string& path,
                             const std::string& token = {});

/// What an answer in JSON says of itself: what was done, or why not. Else its status.
[[nodiscard]] std::string message_of(const HttpAnswer& answer);

}  // namespace narrows::app
