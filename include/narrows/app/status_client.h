// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <utility>

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

/// A descriptor of its own.
class Descriptor {
 public:
  explicit Descriptor(int value) noexcept : value_(value) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int value() const noexcept { return value_; }

 private:
  int value_;
};

/// An answer whose head has been read.
struct HttpStream {
  Descriptor socket;
  int status = 0;
  std::string octets;  ///< of the body, as many as came with the head
};

/// Where the target is: a socket's path, or a URL.
/// @throws std::runtime_error with one line: no Narrows runs, or several do and none was named.
[[nodiscard]] std::string find_endpoint(const StatusTarget& target);

/// One HTTP request, of 10 s and 64 MiB at most.
/// @param endpoint  of find_endpoint(). @param token  empty: none.
/// @throws std::runtime_error with one line: nobody answers there.
[[nodiscard]] HttpAnswer ask(const std::string& endpoint, const std::string& method, const std::string& path,
                             const std::string& token = {});

/// The same, whose body is the caller's to read, in as long as it takes.
[[nodiscard]] HttpStream open_stream(const std::string& endpoint, const std::string& method,
                                     const std::string& path, const std::string& token = {});
/// What is left of its body.
[[nodiscard]] std::string read_rest(HttpStream& stream);

/// What an answer in JSON says of itself: what was done, or why not. Else its status.
[[nodiscard]] std::string message_of(const HttpAnswer& answer);

}  // namespace narrows::app
