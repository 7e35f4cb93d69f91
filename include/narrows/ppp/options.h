// SPDX-License-Identifier: BSD-3-Clause
/// Configuration options (RFC 1661 §6): type, length, data; as LCP, IPCP and IPv6CP share them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "narrows/wire/byte_order.h"

namespace narrows::ppp {

/// Octets of an option's type and length.
inline constexpr std::size_t kOptionHeaderOctets = 2;

struct Option {
  std::uint8_t type = 0;
  std::span<const std::uint8_t> octets;  ///< the whole option, header included; lies in the packet

  [[nodiscard]] std::span<const std::uint8_t> data() const { return octets.subspan(kOptionHeaderOctets); }
};

/// The value of an option whose data is one integer of just that size; nothing otherwise.
template <typename Integer>
[[nodiscard]] std::optional<Integer> integer_of(const Option& option) noexcept {
  if (option.data().size() != sizeof(Integer)) return std::nullopt;
  return wire::header_at<wire::BigEndian<Integer>>(option.data().data()).host();
}

/// A list of options whose lengths have been checked; walks in the order of the packet.
class OptionList {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Option;
    using difference_type = std::ptrdiff_t;
    using pointer = const Option*;
    using reference = Option;

    explicit Iterator(std::span<const std::uint8_t> rest) : rest_(rest) {}
    Option operator*() const { return {rest_[0], rest_.first(rest_[1])}; }
    Iterator& operator++() {
      rest_ = rest_.subspan(rest_[1]);
      return *this;
    }
    /// Of iterators over the same list.
    friend bool operator==(const Iterator& left, const Iterator& right) {
      return left.rest_.size() == right.rest_.size();
    }

   private:
    std::span<const std::uint8_t> rest_;
  };

  /// Nothing when an option's length is under 2 or reaches beyond the list.
  [[nodiscard]] static std::optional<OptionList> parse(std::span<const std::uint8_t> octets) noexcept {
    for (auto rest = octets; !rest.empty(); rest = rest.subspan(rest[1]))
      if (rest.size() < kOptionHeaderOctets || rest[1] < kOptionHeaderOctets || rest[1] > rest.size())
        return std::nullopt;
    return OptionList(octets);
  }

  [[nodiscard]] Iterator begin() const { return Iterator(octets_); }
  [[nodiscard]] Iterator end() const { return Iterator({}); }
  [[nodiscard]] std::span<const std::uint8_t> octets() const noexcept { return octets_; }

 private:
  explicit OptionList(std::span<const std::uint8_t> octets) : octets_(octets) {}
  std::span<const std::uint8_t> octets_;
};

/// Options on their way out.
class OptionWriter {
 public:
  /// At most 253 octets of data.
  void put(std::uint8_t type, std::span<const std::uint8_t> data) {
    octets_.push_back(type);
    octets_.push_back(static_cast<std::uint8_t>(kOptionHeaderOctets + data.size()));
    octets_.insert(octets_.end(), data.begin(), data.end());
  }
  /// An option as it came.
  void copy(const Option& option) {
    octets_.insert(octets_.end(), option.octets.begin(), option.octets.end());
  }
  template <typename Integer>
  void put_integer(std::uint8_t type, Integer host) {
    const wire::BigEndian<Integer> value(host);
    put(type, std::span(reinterpret_cast<const std::uint8_t*>(&value), sizeof(value)));
  }
  [[nodiscard]] bool is_empty() const noexcept { return octets_.empty(); }
  [[nodiscard]] const std::vector<std::uint8_t>& octets() const noexcept { return octets_; }
  [[nodiscard]] std::vector<std::uint8_t> take() noexcept { return std::move(octets_); }

 private:
  std::vector<std::uint8_t> octets_;
};

}  // namespace narrows::ppp
