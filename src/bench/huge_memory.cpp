// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/huge_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace narrows::bench {

void HugeMemory::Unmap::operator()(void* memory) const noexcept {
  munmap(memory, octets);
}

HugeMemory::HugeMemory(std::size_t octets) {
  const std::size_t mapped = octets + kPageOctets;
  void* memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::runtime_error(fmt::format("no {} MB of memory: {}", mapped >> 20, std::strerror(errno)));
  mapping_ = std::unique_ptr<void, Unmap>(memory, Unmap{mapped});
  madvise(memory, mapped, MADV_HUGEPAGE);  // refused: small pages do too
}

char* HugeMemory::data() const noexcept {
  auto* memory = static_cast<char*>(mapping_.get());
  const std::size_t beyond = reinterpret_cast<std::uintptr_t>(memory) % kPageOctets;
  return memory + (beyond == 0 ? 0 : kPageOctets - beyond);
}

}  // namespace narrows::bench
