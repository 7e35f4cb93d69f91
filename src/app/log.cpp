// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/log.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <mutex>

#include "narrows/control/log_limit.h"

namespace narrows::app {
namespace {

control::Time now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

/// One call for one line, so that those of several threads never mix. Where nobody reads, it is lost.
void write_line(const control::LogEntry& entry) {
  static const bool to_journal = is_journal(std::getenv("JOURNAL_STREAM"), STDERR_FILENO);
  const std::string prefix =
      to_journal ? fmt::format("<{}>", static_cast<unsigned>(control::row_of(entry.kind).level)) : "";
  const std::string line = prefix + control::to_line(entry) + "\n";
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t octets = ::write(STDERR_FILENO, line.data() + written, line.size() - written);
    if (octets < 0 && errno == EINTR) continue;
    if (octets <= 0) return;
    written += static_cast<std::size_t>(octets);
  }
}

/// The process's log: there is one stderr, and DPDK's callback knows of no object of ours.
struct Limited {
  std::mutex mutex;
  control::LogLimit limit;
};
Limited limited;

}  // namespace

void log(const control::LogEntry& entry) {
  const control::Time time = now();
  const std::lock_guard lock(limited.mutex);
  for (const auto& ended : limited.limit.take_ended(time)) write_line(ended);
  if (limited.limit.admit(entry.kind, time)) write_line(entry);
}

void log_unlimited(const control::LogEntry& entry) noexcept try {
  write_line(entry);
} catch (const std::exception&) {
  // No memory for a line: whoever has one to write goes on without it.
}

/// A pipe that can take anything takes a line as a whole (pipe(7)).
void log_last_words(const control::LogEntry& entry) noexcept {
  pollfd out{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0) log_unlimited(entry);
}

void tell_held_back() {
  const std::lock_guard lock(limited.mutex);
  for (const auto& ended : limited.limit.take_ended(now())) write_line(ended);
}

LogEnd::~LogEnd() {
  const std::lock_guard lock(limited.mutex);
  for (const auto& entry : limited.limit.take_all()) log_unlimited(entry);
}

bool is_journal(const char* journal_stream, int descriptor) {
  struct stat status {};
  return journal_stream != nullptr && fstat(descriptor, &status) == 0 &&
         fmt::format("{}:{}", status.st_dev, status.st_ino) == journal_stream;
}

}  // namespace narrows::app
