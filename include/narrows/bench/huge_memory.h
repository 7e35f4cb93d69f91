// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>

namespace narrows::bench {

/// Memory for which the kernel is asked for huge pages (2 MB): `run` has them, and what small ones cost in
/// TLB misses is not Narrows'. Needs no reserved pages and no root; a kernel without transparent huge pages
/// gives small ones.
class HugeMemory {
 public:
  static constexpr std::size_t kPageOctets = std::size_t{2} << 20;

  HugeMemory() = default;
  /// @throws std::runtime_error, one line.
  explicit HugeMemory(std::size_t octets);

  /// On a huge page's boundary, all zeros at first.
  [[nodiscard]] char* data() const noexcept;

 private:
  struct Unmap {
    std::size_t octets;
    void operator()(void* memory) const noexcept;
  };
  std::unique_ptr<void, Unmap> mapping_{nullptr, Unmap{0}};
};

}  // namespace narrows::bench
