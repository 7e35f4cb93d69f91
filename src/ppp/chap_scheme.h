// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/ppp/authentication.h"

namespace narrows::ppp {

/// What CHAP's algorithms differ in: RFC 1994 with MD5, RFC 2759. No state.
class ChapScheme {
 public:
  /// A peer's answer to one challenge.
  struct Answer {
    std::vector<std::uint8_t> value;
    std::vector<std::uint8_t> proof;  ///< what a Success must show; empty: nothing
  };
  struct Success {
    bool genuine = false;
    std::string message;  ///< printable
  };
  /// What an authenticator judges.
  struct Claim {
    std::uint8_t identifier = 0;
    std::span<const std::uint8_t> challenge;
    std::span<const std::uint8_t> value;
    std::string_view name;
  };
  static constexpr std::size_t kChallengeOctets = 16;

  ChapScheme() = default;
  virtual ~ChapScheme() = default;
  ChapScheme(const ChapScheme&) = delete;
  ChapScheme& operator=(const ChapScheme&) = delete;

  /// Why it cannot work on this machine; empty: it can.
  [[nodiscard]] virtual std::string unavailable() const = 0;

  /// Nothing when the challenge is none of this algorithm's.
  [[nodiscard]] virtual std::optional<Answer> answer(std::uint8_t identifier,
                                                     std::span<const std::uint8_t> challenge,
                                                     const Credentials& credentials,
                                                     Random& random) const = 0;
  [[nodiscard]] virtual Success read_success(const Answer& answer,
                                             std::span<const std::uint8_t> text) const = 0;
  /// The words of a Failure, printable.
  [[nodiscard]] virtual std::string read_failure(std::span<const std::uint8_t> text) const = 0;

  /// Octets of an answer's value.
  [[nodiscard]] virtual std::size_t value_octets() const = 0;
  /// @param claim  with a value of value_octets().
  /// @return the text of a Success; nothing when the password is another.
  [[nodiscard]] virtual std::optional<std::string> verify(const Claim& claim,
                                                          std::string_view password) const = 0;
  /// The text of a Failure.
  [[nodiscard]] virtual std::string failure(Random& random) const = 0;
};

[[nodiscard]] const ChapScheme& chap_md5_scheme();
[[nodiscard]] const ChapScheme& ms_chap_v2_scheme();

}  // namespace narrows::ppp
