// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

namespace narrows::test {

/// Octets that end, or begin, where readable memory does: whoever touches one more crashes.
class Guarded {
 public:
  explicit Guarded(std::size_t most = 1)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))), room_((most + page_ - 1) / page_ * page_) {
    void* pages = mmap(nullptr, page_ + room_ + page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) std::abort();
    first_ = static_cast<std::uint8_t*>(pages) + page_;
    if (mprotect(first_, room_, PROT_READ | PROT_WRITE) != 0) std::abort();
  }
  ~Guarded() { munmap(first_ - page_, page_ + room_ + page_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  /// A copy of `octets` whose last octet is the last one before the guard page.
  std::span<std::uint8_t> place(std::span<const std::uint8_t> octets) {
    std::uint8_t* to = first_ + room_ - octets.size();
    std::copy(octets.begin(), octets.end(), to);
    return {to, octets.size()};
  }

  /// A copy of `octets` whose first octet is the first one behind the guard page.
  std::span<std::uint8_t> place_first(std::span<const std::uint8_t> octets) {
    std::copy(octets.begin(), octets.end(), first_);
    return {first_, octets.size()};
  }

 private:
  std::size_t page_;
  std::size_t room_;
  std::uint8_t* first_;
};

}  // namespace narrows::test
