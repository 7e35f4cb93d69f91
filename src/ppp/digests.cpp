// SPDX-License-Identifier: BSD-3-Clause
#include "digests.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <memory>
#include <stdexcept>

#include "printable.h"

namespace narrows::ppp {
namespace {

template <auto kFree>
struct Freed {
  template <typename Object>
  void operator()(Object* object) const {
    kFree(object);
  }
};
using Context = std::unique_ptr<OSSL_LIB_CTX, Freed<OSSL_LIB_CTX_free>>;
using Provider = std::unique_ptr<OSSL_PROVIDER, Freed<OSSL_PROVIDER_unload>>;
using Digest = std::unique_ptr<EVP_MD, Freed<EVP_MD_free>>;
using DigestRun = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>>;
using CipherRun = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;

/// A library context of its own: what the process or the system's configuration loads or forbids elsewhere
/// makes no difference here, nor does the legacy provider reach anybody else.
struct Library {
  Context context{OSSL_LIB_CTX_new()};
  Provider standard{OSSL_PROVIDER_load(context.get(), "default")};
  Provider legacy{OSSL_PROVIDER_load(context.get(), "legacy")};
  Digest md4{EVP_MD_fetch(context.get(), "MD4", nullptr)};
  Digest md5{EVP_MD_fetch(context.get(), "MD5", nullptr)};
  Digest sha1{EVP_MD_fetch(context.get(), "SHA1", nullptr)};
  Digest sha256{EVP_MD_fetch(context.get(), "SHA256", nullptr)};
  Cipher des{EVP_CIPHER_fetch(context.get(), "DES-ECB", nullptr)};
};

/// Loaded when first asked for.
const Library& library() {
  static const Library once = [] {
    ERR_set_mark();  // what is not there is no error of anybody else's next call
    Library loaded;
    ERR_pop_to_mark();
    return loaded;
  }();
  return once;
}

template <std::size_t kOctets>
std::array<std::uint8_t, kOctets> digest(const Digest& algorithm, Parts parts) {
  std::array<std::uint8_t, kOctets> result{};
  const DigestRun run(EVP_MD_CTX_new());
  bool done = algorithm != nullptr && run != nullptr && EVP_MD_get_size(algorithm.get()) == int{kOctets} &&
              EVP_DigestInit_ex2(run.get(), algorithm.get(), nullptr) == 1;
  for (const auto part : parts) done = done && EVP_DigestUpdate(run.get(), part.data(), part.size()) == 1;
  if (!done || EVP_DigestFinal_ex(run.get(), result.data(), nullptr) != 1)
    throw std::runtime_error("OpenSSL gives no digest");
  return result;
}

/// Puts the parity bits in (RFC 2759 §8.6); DES does not look at them.
std::array<std::uint8_t, 8> with_parity_bits(std::span<const std::uint8_t, 7> key) {
  std::uint64_t bits = 0;
  for (const auto octet : key) bits = bits << 8 | octet;
  std::array<std::uint8_t, 8> result{};
  for (auto octet = result.rbegin(); octet != result.rend(); ++octet, bits >>= 7)
    *octet = static_cast<std::uint8_t>((bits & 0x7f) << 1);
  return result;
}

}  // namespace

bool have_md5() {
  return library().md5 != nullptr;
}

bool have_md4_des_sha1() {
  return library().md4 != nullptr && library().des != nullptr && library().sha1 != nullptr;
}

std::array<std::uint8_t, 16> md5(Parts parts) {
  return digest<16>(library().md5, parts);
}
std::array<std::uint8_t, 16> md4(Parts parts) {
  return digest<16>(library().md4, parts);
}
std::array<std::uint8_t, 20> sha1(Parts parts) {
  return digest<20>(library().sha1, parts);
}

std::array<std::uint8_t, 8> des_encrypt(std::span<const std::uint8_t, 7> key,
                                        std::span<const std::uint8_t, 8> clear) {
  const auto full_key = with_parity_bits(key);
  std::array<std::uint8_t, 8> result{};
  int octets = 0;
  const CipherRun run(EVP_CIPHER_CTX_new());
  const bool done =
      library().des != nullptr && run != nullptr &&
      EVP_EncryptInit_ex2(run.get(), library().des.get(), full_key.data(), nullptr, nullptr) == 1 &&
      EVP_CIPHER_CTX_set_padding(run.get(), 0) == 1 &&
      EVP_EncryptUpdate(run.get(), result.data(), &octets, clear.data(), int{clear.size()}) == 1;
  if (!done || octets != int{result.size()}) throw std::runtime_error("OpenSSL gives no DES");
  return result;
}

bool equal_in_constant_time(std::span<const std::uint8_t> left, std::span<const std::uint8_t> right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool same_secret(std::string_view left, std::string_view right) {
  const auto digest_of = [](std::string_view secret) {
    return digest<32>(library().sha256, {octets_of(secret)});
  };
  return equal_in_constant_time(digest_of(left), digest_of(right));
}

}  // namespace narrows::ppp
