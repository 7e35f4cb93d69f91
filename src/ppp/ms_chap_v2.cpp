// SPDX-License-Identifier: BSD-3-Clause
// MS-CHAPv2 as a CHAP algorithm: RFC 2759 §3 … §6.
#include <algorithm>
#include <array>

#include "chap_scheme.h"
#include "digests.h"
#include "ms_chap.h"
#include "narrows/wire/byte_order.h"
#include "printable.h"

namespace narrows::ppp {
namespace {

/// The value of a Response (RFC 2759 §4); octets only.
struct ResponseValue {
  std::array<std::uint8_t, 16> peer_challenge;
  std::array<std::uint8_t, 8> reserved;
  ms_chap::NtResponse nt_response;
  std::uint8_t flags;
};
static_assert(sizeof(ResponseValue) == 49);

class MsChapV2 : public ChapScheme {
 public:
  [[nodiscard]] std::string unavailable() const override {
    return have_md4_des_sha1() ? "" : "MS-CHAPv2 needs MD4 and DES: OpenSSL's legacy provider is not there";
  }

  [[nodiscard]] std::optional<Answer> answer(std::uint8_t /*identifier*/,
                                             std::span<const std::uint8_t> challenge,
                                             const Credentials& credentials, Random& random) const override {
    if (challenge.size() != kChallengeOctets) return std::nullopt;
    ResponseValue value{};
    random.fill(value.peer_challenge);
    const auto hash = ms_chap::nt_password_hash(credentials.password);
    const auto both =
        ms_chap::challenge_hash(value.peer_challenge, challenge.first<kChallengeOctets>(), credentials.name);
    value.nt_response = ms_chap::challenge_response(both, hash);
    const auto proof = ms_chap::authenticator_response(hash, value.nt_response, both);
    const auto* const first = reinterpret_cast<const std::uint8_t*>(&value);
    return Answer{{first, first + sizeof(value)}, {proof.begin(), proof.end()}};
  }

  [[nodiscard]] Success read_success(const Answer& answer,
                                     std::span<const std::uint8_t> text) const override {
    const auto success = ms_chap::parse_success(text_of(text));
    if (!success) return {};
    return {equal_in_constant_time(success->response, answer.proof), success->message};
  }

  [[nodiscard]] std::string read_failure(std::span<const std::uint8_t> text) const override {
    return ms_chap::read_failure(text_of(text));
  }

  [[nodiscard]] std::size_t value_octets() const override { return sizeof(ResponseValue); }

  [[nodiscard]] std::optional<std::string> verify(const Claim& claim,
                                                  std::string_view password) const override {
    const auto& value = wire::header_at<ResponseValue>(claim.value.data());
    const auto hash = ms_chap::nt_password_hash(password);
    const auto both =
        ms_chap::challenge_hash(value.peer_challenge, claim.challenge.first<kChallengeOctets>(), claim.name);
    const auto right = ms_chap::challenge_response(both, hash);
    if (!equal_in_constant_time(right, value.nt_response)) return std::nullopt;
    return ms_chap::format_success(ms_chap::authenticator_response(hash, right, both), "Welcome");
  }

  [[nodiscard]] std::string failure(Random& random) const override {
    std::array<std::uint8_t, kChallengeOctets> challenge{};
    random.fill(challenge);
    return ms_chap::format_failure(challenge, "Authentication failed");
  }
};

}  // namespace

const ChapScheme& ms_chap_v2_scheme() {
  static const MsChapV2 scheme;
  return scheme;
}

}  // namespace narrows::ppp
