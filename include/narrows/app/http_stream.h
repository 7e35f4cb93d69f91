// SPDX-License-Identifier: BSD-3-Clause
/// An answer over the control socket that ends when it ends, and is read beside signals: cpp-httplib's client
/// would not give its socket out of hand.
#pragma once

#include <string>
#include <utility>

namespace narrows::app {

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

/// One POST request over a control socket, whose answer's body is the caller's to read, in as long as it
/// takes.
/// @param socket  its path. @param path  with its query.
/// @throws std::runtime_error with one line: nobody answers there within 10 s.
[[nodiscard]] HttpStream open_stream(const std::string& socket, const std::string& path);

/// What is left of its body, 1 MiB at most.
[[nodiscard]] std::string read_rest(HttpStream& stream);

}  // namespace narrows::app
