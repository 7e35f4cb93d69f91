// SPDX-License-Identifier: BSD-3-Clause
#include "ms_chap.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "digests.h"
#include "printable.h"

namespace narrows::ppp::ms_chap {
namespace {

// RFC 2759 §8.7.
constexpr std::string_view kMagic1 = "Magic server to client signing constant";
constexpr std::string_view kMagic2 = "Pad to make it do more than one iteration";

void put_utf16(std::vector<std::uint8_t>& to, std::uint32_t unit) {
  to.push_back(static_cast<std::uint8_t>(unit));
  to.push_back(static_cast<std::uint8_t>(unit >> 8));
}

/// Takes one character off the front (RFC 3629); nothing when that is no UTF-8.
std::optional<std::uint32_t> take_utf8(std::string_view& text) {
  const auto octet = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  std::size_t octets = 1;
  std::uint32_t character = octet(0);
  std::uint32_t least = 0;
  if (character >= 0xf0 && character < 0xf8) {
    octets = 4, character &= 0x07, least = 0x10000;
  } else if (character >= 0xe0 && character < 0xf0) {
    octets = 3, character &= 0x0f, least = 0x800;
  } else if (character >= 0xc0 && character < 0xe0) {
    octets = 2, character &= 0x1f, least = 0x80;
  } else if (character >= 0x80) {
    return std::nullopt;
  }
  if (text.size() < octets) return std::nullopt;
  for (std::size_t at = 1; at < octets; ++at) {
    if ((octet(at) & 0xc0) != 0x80) return std::nullopt;
    character = character << 6 | (octet(at) & 0x3f);
  }
  if (character < least || character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
    return std::nullopt;
  text.remove_prefix(octets);
  return character;
}

/// What stands behind "M=", which is always last.
std::string message_in(std::string_view text) {
  if (text.starts_with("M=")) return printable(text.substr(2));
  const auto at = text.find(" M=");
  return at == std::string_view::npos ? "" : printable(text.substr(at + 3));
}

/// RFC 2759 §6.
std::string_view meaning_of(unsigned error) {
  switch (error) {
    case 646:
      return "not at this hour";
    case 647:
      return "account disabled";
    case 648:
      return "password expired";
    case 649:
      return "no permission to dial in";
    case 691:
      return "authentication failure";
    case 709:
      return "error changing the password";
    default:
      return "refused";
  }
}

}  // namespace

std::vector<std::uint8_t> to_utf16(std::string_view password) {
  std::vector<std::uint8_t> result;
  for (auto rest = password; !rest.empty();) {
    const auto character = take_utf8(rest);
    if (!character) {
      result.clear();
      for (const char each : password) put_utf16(result, static_cast<std::uint8_t>(each));
      return result;
    }
    if (*character < 0x10000) {
      put_utf16(result, *character);
    } else {
      put_utf16(result, 0xd800 + ((*character - 0x10000) >> 10));
      put_utf16(result, 0xdc00 + ((*character - 0x10000) & 0x3ff));
    }
  }
  return result;
}

std::string_view without_domain(std::string_view name) {
  const auto backslash = name.rfind('\\');
  return backslash == std::string_view::npos ? name : name.substr(backslash + 1);
}

std::array<std::uint8_t, 8> challenge_hash(Challenge peer, Challenge authenticator, std::string_view name) {
  const auto hash = sha1({peer, authenticator, octets_of(without_domain(name))});
  std::array<std::uint8_t, 8> result{};
  std::copy_n(hash.begin(), result.size(), result.begin());
  return result;
}

NtHash nt_password_hash(std::string_view password) {
  return md4({to_utf16(password)});
}

NtResponse challenge_response(std::span<const std::uint8_t, 8> challenge, const NtHash& hash) {
  std::array<std::uint8_t, 21> keys{};  // three of 7 octets, the last filled up with zeros
  std::copy(hash.begin(), hash.end(), keys.begin());
  NtResponse response{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto block = des_encrypt(std::span<const std::uint8_t, 7>(keys.data() + 7 * i, 7), challenge);
    std::copy(block.begin(), block.end(), response.begin() + static_cast<std::ptrdiff_t>(8 * i));
  }
  return response;
}

AuthenticatorResponse authenticator_response(const NtHash& password_hash, const NtResponse& nt_response,
                                             std::span<const std::uint8_t, 8> challenge) {
  const auto hash_hash = md4({password_hash});
  const auto digest = sha1({hash_hash, nt_response, octets_of(kMagic1)});
  return sha1({digest, challenge, octets_of(kMagic2)});
}

std::optional<SuccessText> parse_success(std::string_view text) {
  SuccessText result;
  constexpr std::size_t kDigits = 2 * std::tuple_size_v<AuthenticatorResponse>;
  if (!text.starts_with("S=") || text.size() < 2 + kDigits) return std::nullopt;
  for (std::size_t i = 0; i < result.response.size(); ++i) {
    const char* const digits = text.data() + 2 + 2 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, result.response[i], 16);
    if (error != std::errc{} || end != digits + 2) return std::nullopt;
  }
  result.message = message_in(text.substr(2 + kDigits));
  return result;
}

std::string format_success(const AuthenticatorResponse& response, std::string_view message) {
  return fmt::format("S={:02X} M={}", fmt::join(response, ""), message);
}

std::string read_failure(std::string_view text) {
  auto message = message_in(text);
  if (!text.starts_with("E=")) return message.empty() ? printable(text) : message;
  unsigned error = 0;
  std::from_chars(text.data() + 2, text.data() + text.size(), error);
  if (message.empty()) message = meaning_of(error);
  return fmt::format("{} (E={})", message.substr(0, kMostPrintable - 15), error);
}

std::string format_failure(Challenge challenge, std::string_view message) {
  return fmt::format("E=691 R=0 C={:02X} V=3 M={}", fmt::join(challenge, ""), message);
}

}  // namespace narrows::ppp::ms_chap
