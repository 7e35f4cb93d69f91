// SPDX-License-Identifier: BSD-3-Clause
// CHAP with MD5: RFC 1994 §4.1.
#include <array>

#include "chap_scheme.h"
#include "digests.h"
#include "printable.h"

namespace narrows::ppp {
namespace {

std::array<std::uint8_t, 16> response(std::uint8_t identifier, std::string_view secret,
                                      std::span<const std::uint8_t> challenge) {
  return md5({{&identifier, 1}, octets_of(secret), challenge});
}

class ChapMd5 : public ChapScheme {
 public:
  [[nodiscard]] std::string unavailable() const override {
    return have_md5() ? "" : "CHAP needs MD5, which OpenSSL does not offer here";
  }

  [[nodiscard]] std::optional<Answer> answer(std::uint8_t identifier, std::span<const std::uint8_t> challenge,
                                             const Credentials& credentials,
                                             Random& /*random*/) const override {
    const auto value = response(identifier, credentials.password, challenge);
    return Answer{{value.begin(), value.end()}, {}};
  }
  [[nodiscard]] Success read_success(const Answer& /*answer*/,
                                     std::span<const std::uint8_t> text) const override {
    return {true, printable(text)};
  }
  [[nodiscard]] std::string read_failure(std::span<const std::uint8_t> text) const override {
    return printable(text);
  }

  [[nodiscard]] std::size_t value_octets() const override { return 16; }
  [[nodiscard]] std::optional<std::string> verify(const Claim& claim,
                                                  std::string_view password) const override {
    const auto right = response(claim.identifier, password, claim.challenge);
    if (!equal_in_constant_time(right, claim.value)) return std::nullopt;
    return "Welcome";
  }
  [[nodiscard]] std::string failure(Random& /*random*/) const override { return "Authentication failed"; }
};

}  // namespace

const ChapScheme& chap_md5_scheme() {
  static const ChapMd5 scheme;
  return scheme;
}

}  // namespace narrows::ppp
