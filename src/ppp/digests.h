// SPDX-License-Identifier: BSD-3-Clause
/// The digests and the cipher of PPP authentication, from OpenSSL. They throw std::runtime_error when OpenSSL
/// fails; ask have_…() first whether it has them at all.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace narrows::ppp {

/// Hashed one behind the other.
using Parts = std::initializer_list<std::span<const std::uint8_t>>;

[[nodiscard]] bool have_md5();
/// MD4 and DES live in OpenSSL's legacy provider, which an installation may lack; SHA-1 may be forbidden.
[[nodiscard]] bool have_md4_des_sha1();

[[nodiscard]] std::array<std::uint8_t, 16> md5(Parts parts);
[[nodiscard]] std::array<std::uint8_t, 16> md4(Parts parts);
[[nodiscard]] std::array<std::uint8_t, 20> sha1(Parts parts);

/// One block of DES. @param key  56 bits, without the parity bits that DES expects in between.
[[nodiscard]] std::array<std::uint8_t, 8> des_encrypt(std::span<const std::uint8_t, 7> key,
                                                      std::span<const std::uint8_t, 8> clear);

/// Whether they are equal, in a time that tells nothing of where they differ; their lengths are no secret.
[[nodiscard]] bool equal_in_constant_time(std::span<const std::uint8_t> left,
                                          std::span<const std::uint8_t> right);
/// For passwords: the time does not tell the length either.
[[nodiscard]] bool same_secret(std::string_view left, std::string_view right);

}  // namespace narrows::ppp
