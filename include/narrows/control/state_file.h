// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "narrows/wire/mac_address.h"

namespace narrows::control {

/// A session as it must be named to its concentrator to be closed.
struct OpenSession {
  std::uint16_t id = 0;
  wire::MacAddress ac_mac;
  wire::MacAddress wan_mac;              ///< our own in it
  std::vector<std::uint16_t> wan_vlans;  ///< 0 … 2, outermost first
  friend bool operator==(const OpenSession&, const OpenSession&) = default;
};

/// The sessions that are open now, on disk: after a crash they are still open at the concentrator, which may
/// refuse a new one for minutes, unless they are closed first.
class StateFile {
 public:
  /// @param path  empty: nothing is kept.
  explicit StateFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// What the last run left open. A missing file, or one that is not ours to understand, leaves nothing.
  [[nodiscard]] std::vector<OpenSession> load() const;

  /// Replaces the file at once and whole (rename(2)); removes it when nothing is open.
  /// @return whether that worked.
  [[nodiscard]] bool save(const std::vector<OpenSession>& sessions) const noexcept;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace narrows::control
