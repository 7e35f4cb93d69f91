// SPDX-License-Identifier: BSD-3-Clause
/// Discovery packets as plain octets and the ends of a line to try the engines on.
#pragma once

#include <algorithm>
#include <chrono>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "frames.h"
#include "narrows/ppp/discovery_client.h"
#include "narrows/ppp/discovery_sink.h"
#include "narrows/ppp/random.h"
#include "narrows/ppp/time.h"
#include "random.h"

namespace narrows::ppp::discovery_test {

using namespace std::chrono_literals;
using test::Octets;
using test::operator+;

inline constexpr wire::MacAddress kClient{{0x02, 0, 0, 0, 0, 0x01}};
inline constexpr wire::MacAddress kAc{{0x02, 0, 0, 0, 0, 0xac}};
inline constexpr wire::MacAddress kOtherAc{{0x02, 0, 0, 0, 0, 0xad}};

inline Octets octets(const std::string& text) {
  return {text.begin(), text.end()};
}

inline Octets tag(unsigned type, const Octets& value = {}) {
  return test::be16(type) + test::be16(static_cast<unsigned>(value.size())) + value;
}
inline Octets tag(unsigned type, const char* text) {
  return tag(type, octets(text));
}

/// The PPPoE packet behind the Ethernet header.
inline Octets packet(unsigned code, unsigned session_id, const Octets& tags) {
  return Octets{0x11, static_cast<std::uint8_t>(code)} + test::be16(session_id) +
         test::be16(static_cast<unsigned>(tags.size())) + tags;
}

inline DiscoverySettings for_service(std::string name) {
  DiscoverySettings settings;
  settings.service_name = std::move(name);
  return settings;
}
inline DiscoverySettings for_ac(std::string name) {
  DiscoverySettings settings;
  settings.ac_name = std::move(name);
  return settings;
}
inline DiscoverySettings for_payload(std::uint16_t octets) {
  DiscoverySettings settings;
  settings.max_payload = octets;
  return settings;
}
inline DiscoverySettings with_host_uniq(Octets host_uniq) {
  DiscoverySettings settings;
  settings.host_uniq = std::move(host_uniq);
  return settings;
}

struct SentDiscovery {
  wire::MacAddress to;
  unsigned code = 0;
  unsigned session_id = 0;
  Octets tags;
  [[nodiscard]] Octets packet() const { return discovery_test::packet(code, session_id, tags); }
  friend bool operator==(const SentDiscovery&, const SentDiscovery&) = default;
};

/// The value of the only tag of a type, as octets; fails (throws) on none or two.
inline Octets value_of(const Octets& tags, unsigned type) {
  std::vector<Octets> found;
  for (std::size_t at = 0; at + 4 <= tags.size(); at += 4 + test::get16(tags, at + 2)) {
    const auto first = tags.begin() + static_cast<std::ptrdiff_t>(at + 4);
    if (test::get16(tags, at) == type) found.emplace_back(first, first + test::get16(tags, at + 2));
  }
  if (found.size() != 1) throw std::runtime_error("not exactly one tag");
  return found.front();
}

inline bool has_tag(const Octets& tags, unsigned type) {
  for (std::size_t at = 0; at + 4 <= tags.size(); at += 4 + test::get16(tags, at + 2))
    if (test::get16(tags, at) == type) return true;
  return false;
}

class DiscoveryList : public DiscoverySink {
 public:
  void send(const wire::MacAddress& destination, std::uint8_t code, std::uint16_t session_id,
            std::span<const std::uint8_t> tags) override {
    sent.push_back({destination, code, session_id, {tags.begin(), tags.end()}});
  }
  std::vector<SentDiscovery> take() { return std::exchange(sent, {}); }
  [[nodiscard]] std::size_t count(unsigned code) const {
    return static_cast<std::size_t>(
        std::count_if(sent.begin(), sent.end(), [&](const auto& each) { return each.code == code; }));
  }
  std::vector<SentDiscovery> sent;
};

/// The same numbers in every run.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(unsigned seed = 1) : random_(seed) {}
  void fill(std::span<std::uint8_t> octets) override {
    for (auto& each : octets) each = random_.octet();
  }

 private:
  test::Random random_;
};

}  // namespace narrows::ppp::discovery_test
