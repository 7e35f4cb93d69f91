// SPDX-License-Identifier: BSD-3-Clause
#include <utility>

#include "narrows/ppp/authentication.h"
#include "narrows/ppp/link.h"

namespace narrows::ppp {
namespace {

std::unique_ptr<Authentication> make(config::AuthMethod method, const LinkSettings& settings,
                                     PacketSink& sink, Random& random) {
  if (settings.asks)
    return make_authenticator(method, settings.own_name, settings.password_of, settings.rechallenge, sink,
                              random);
  // LCP agrees on a method only when there are credentials.
  return make_authenticatee(method, *settings.credentials, sink, random);
}

}  // namespace

Link::Link(LinkSettings settings, PacketSink& sink, Random& random)
    : Link(std::move(settings), sink, random, make) {}

}  // namespace narrows::ppp
