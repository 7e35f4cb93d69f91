// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/http_access.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace narrows::control {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Digest digest(std::string_view text) {
  Digest result;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), result.data());
  return result;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool is_ip_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> address;
  return inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

}  // namespace

bool is_authorized(std::string_view authorization, std::string_view token) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size() || lower(authorization.substr(0, kScheme.size())) != kScheme)
    return false;
  // Digests are equally long, so that not even the token's length shows.
  const Digest given = digest(authorization.substr(kScheme.size()));
  const Digest wanted = digest(token);
  return CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) == 0;
}

bool is_known_host(std::string_view host, std::string_view own_name, std::span<const std::string> names) {
  if (host.empty()) return true;
  std::string name = lower(host);
  if (name.starts_with('[')) {
    const auto end = name.find(']');
    return end != std::string::npos && is_ip_address(name.substr(1, end - 1));
  }
  name.erase(std::min(name.find(':'), name.size()));
  if (name.ends_with('.')) name.pop_back();
  return is_ip_address(name) || name == "localhost" || name.ends_with(".localhost") ||
         (!own_name.empty() && name == lower(own_name)) || std::ranges::find(names, name) != names.end();
}

}  // namespace narrows::control
