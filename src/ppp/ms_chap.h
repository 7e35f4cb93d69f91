// SPDX-License-Identifier: BSD-3-Clause
/// The computations of MS-CHAPv2 (RFC 2759 §8). They throw std::runtime_error without MD4, DES and SHA-1: ask
/// have_md4_des_sha1() first.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace narrows::ppp::ms_chap {

using Challenge = std::span<const std::uint8_t, 16>;
using NtHash = std::array<std::uint8_t, 16>;
using NtResponse = std::array<std::uint8_t, 24>;
using AuthenticatorResponse = std::array<std::uint8_t, 20>;

/// A password as MS-CHAP hashes it: UTF-16, least significant octet first. UTF-8 comes in; octets that are no
/// UTF-8 are taken as a character each.
[[nodiscard]] std::vector<std::uint8_t> to_utf16(std::string_view password);

/// A name without the Windows domain in front of it ("DOMAIN\user"), which is not hashed (RFC 2759 §4).
[[nodiscard]] std::string_view without_domain(std::string_view name);

/// §8.2, with the domain taken off.
[[nodiscard]] std::array<std::uint8_t, 8> challenge_hash(Challenge peer, Challenge authenticator,
                                                         std::string_view name);
/// §8.3.
[[nodiscard]] NtHash nt_password_hash(std::string_view password);
/// §8.5.
[[nodiscard]] NtResponse challenge_response(std::span<const std::uint8_t, 8> challenge, const NtHash& hash);
/// §8.7, the 20 octets before they become text.
[[nodiscard]] AuthenticatorResponse authenticator_response(const NtHash& password_hash,
                                                           const NtResponse& nt_response,
                                                           std::span<const std::uint8_t, 8> challenge);

/// The text of a Success packet (§5): "S=<40 hexadecimal digits> M=<message>".
struct SuccessText {
  AuthenticatorResponse response{};
  std::string message;  ///< printable
};
/// Nothing when "S=" and its 40 digits do not begin it.
[[nodiscard]] std::optional<SuccessText> parse_success(std::string_view text);
[[nodiscard]] std::string format_success(const AuthenticatorResponse& response, std::string_view message);

/// The text of a Failure packet (§6), "E=691 R=0 C=… V=3 M=message", as words for a user.
[[nodiscard]] std::string read_failure(std::string_view text);
/// "No retry, authentication failed", with a challenge that nobody is to answer.
[[nodiscard]] std::string format_failure(Challenge challenge, std::string_view message);

}  // namespace narrows::ppp::ms_chap
