// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace narrows::app {
namespace {

/// An open file that closes itself.
class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      // A FIFO without a writer must not hold the start.
      : value_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int value() const { return value_; }

 private:
  int value_;
};

std::string reason() {
  return std::system_category().message(errno);
}

/// Whether the file is one that a password may be in; else an error.
bool is_private_file(const Field& field, const Descriptor& file) {
  struct stat status {};
  if (fstat(file.value(), &status) != 0) {
    field.error(fmt::format("the file cannot be examined: {}", reason()));
  } else if (!S_ISREG(status.st_mode)) {
    field.error("must be an ordinary file");
  } else if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    field.error(fmt::format(
        "the file's mode is {:04o}, so that others than its owner can use it: chmod 600 (or 400) is needed",
        status.st_mode & 07777u));
  } else {
    return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> read_private_file(const Field& field, std::string_view what,
                                             std::size_t most_octets) {
  const auto path = read_text(field, fmt::format("the path of {}", what));
  if (!path) return std::nullopt;
  if (path->empty() || path->find('\0') != std::string_view::npos) {
    field.error(fmt::format("must be the path of {}", what));
    return std::nullopt;
  }
  const Descriptor file{std::string(*path)};
  if (file.value() < 0) {
    field.error(fmt::format("the file cannot be opened: {}", reason()));
    return std::nullopt;
  }
  if (!is_private_file(field, file)) return std::nullopt;
  std::string text;
  std::array<char, 65536> buffer;
  ssize_t length = 0;
  while (text.size() < most_octets &&
         (length = read(file.value(), buffer.data(), std::min(buffer.size(), most_octets - text.size()))) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(length));
  if (length >= 0) return text;
  field.error(fmt::format("the file cannot be read: {}", reason()));
  return std::nullopt;
}

}  // namespace narrows::app
