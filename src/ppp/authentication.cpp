// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/authentication.h"

#include <utility>

#include "chap.h"
#include "pap.h"

namespace narrows::ppp {
namespace {

const ChapScheme& scheme_of(config::AuthMethod method) {
  return method == config::AuthMethod::mschapv2 ? ms_chap_v2_scheme() : chap_md5_scheme();
}

}  // namespace

std::unique_ptr<Authentication> make_authenticatee(config::AuthMethod method, const Credentials& credentials,
                                                   PacketSink& sink, Random& random) {
  if (method == config::AuthMethod::pap) return std::make_unique<PapPeer>(credentials, sink, random);
  return std::make_unique<ChapPeer>(scheme_of(method), credentials, sink, random);
}

std::unique_ptr<Authentication> make_authenticator(config::AuthMethod method, const std::string& own_name,
                                                   PasswordOf password_of, Time rechallenge, PacketSink& sink,
                                                   Random& random) {
  if (method == config::AuthMethod::pap)
    return std::make_unique<PapAuthenticator>(std::move(password_of), sink);
  return std::make_unique<ChapAuthenticator>(scheme_of(method), own_name, std::move(password_of), rechallenge,
                                             sink, random);
}

}  // namespace narrows::ppp
