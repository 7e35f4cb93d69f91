// SPDX-License-Identifier: BSD-3-Clause
/// Sockets for the HTTP server. Not httplib's own bind: that sets SO_REUSEPORT, with which a second process
/// shares the port without a word, and it does not say why it failed.
#pragma once

#include <cstdint>
#include <string>

#include "narrows/config/config.h"
#include "narrows/control/http_server.h"

namespace narrows::control {

struct Listening {
  int descriptor = -1;     ///< the caller's to close
  std::uint16_t port = 0;  ///< host order; TCP
  std::string problem;     ///< one line with what to do; empty: it listens
};

[[nodiscard]] Listening listen_on_tcp(const config::Statistics::Listen& listen);

/// With mode 0660. The file of a server that is gone is replaced, one that somebody listens on is not.
[[nodiscard]] Listening listen_on_unix(const ControlSocket& socket);

}  // namespace narrows::control
