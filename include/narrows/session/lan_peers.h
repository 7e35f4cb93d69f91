// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "narrows/wire/mac_address.h"

namespace narrows::session {

/// The MAC address of each session's LAN host, by session index.
///
/// Written by the workers (from the host's frames) and by the control thread (from its ARP), read by both;
/// the last writer wins, which is what a host that changed its network card wants. One relaxed 64-bit store
/// when the address changes, none when it does not. A configured address is fixed: never learned over, until
/// the control thread releases it.
class LanPeers {
 public:
  /// Whose hosts differ: a LAN's; or are one and the same: the router of a concentrator's core.
  enum class Form : std::uint8_t { own, shared };

  explicit LanPeers(std::size_t sessions, Form form = Form::own)
      : macs_(form == Form::shared ? std::size_t{1} : sessions),
        mask_(form == Form::shared ? std::size_t{0} : ~std::size_t{0}) {}

  /// 48 bits, first octet most significant (wire::to_integer); 0: not known yet.
  [[nodiscard]] std::uint64_t load(std::size_t session) const noexcept {
    return at(session).load(std::memory_order_relaxed) & ~kFixed;
  }

  /// Whether load() would give just this address; the data path's question about every frame.
  [[nodiscard]] bool is(std::size_t session, std::uint64_t mac) const noexcept {
    return (at(session).load(std::memory_order_relaxed) ^ mac) << 1 == 0;  // kFixed shifted out
  }

  /// Remembers a unicast address; does nothing for a session whose address is configured.
  void learn(std::size_t session, std::uint64_t mac) noexcept {
    auto known = at(session).load(std::memory_order_relaxed);
    if (known == mac || (known & kFixed) != 0) return;
    // Compared once more: the control thread may have fixed it in between. Who loses against another worker
    // lets that one's host have its turn.
    at(session).compare_exchange_strong(known, mac, std::memory_order_relaxed);
  }

  /// The control thread.
  void fix(std::size_t session, const wire::MacAddress& mac) noexcept {
    at(session).store(wire::to_integer(mac) | kFixed, std::memory_order_relaxed);
  }
  /// The control thread: the host is not known any more, and is to be learned.
  void forget(std::size_t session) noexcept { at(session).store(0, std::memory_order_relaxed); }

 private:
  [[nodiscard]] std::atomic<std::uint64_t>& at(std::size_t session) noexcept {
    return macs_[session & mask_];
  }
  [[nodiscard]] const std::atomic<std::uint64_t>& at(std::size_t session) const noexcept {
    return macs_[session & mask_];
  }

  static constexpr std::uint64_t kFixed = std::uint64_t{1} << 63;
  std::vector<std::atomic<std::uint64_t>> macs_;
  std::size_t mask_;
};

}  // namespace narrows::session
