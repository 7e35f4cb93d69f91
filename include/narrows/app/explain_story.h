// SPDX-License-Identifier: BSD-3-Clause
/// What became of one frame, and how that is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/pipeline/checks.h"
#include "narrows/stats/reasons.h"
#include "narrows/wire/direction.h"

namespace narrows::app {

/// A frame that left the box.
struct SentFrame {
  Side side = Side::lan;
  std::vector<std::uint8_t> octets;
};

/// As the statistics count it.
enum class FateKind : std::uint8_t { forwarded, punted, dropped };

struct FrameStory {
  Side side = Side::lan;  ///< it came by
  std::vector<std::uint8_t> octets;
  std::size_t captured_octets = 0;  ///< the rest of `octets` is made up
  std::string comment;              ///< of whoever captured it
  pipeline::FrameAccount account;
  FateKind fate = FateKind::forwarded;
  stats::DropReason reason = stats::DropReason::kCount;  ///< of a dropped frame
  std::vector<stats::OddCase> odd;                       ///< each once
  std::vector<SentFrame> forwarded;                      ///< one, or its fragments
  std::vector<SentFrame> answers;                        ///< what the control thread had to say to it
};

/// One line of what is told.
struct StoryLine {
  enum class Kind : std::uint8_t { ok, failed, syn, note, fate, cure };
  Kind kind = Kind::ok;
  std::string_view check;  ///< of ok and failed: its name
  std::string text;
};

/// "ok", "FAIL", "SYN", "note", "fate", "cure".
[[nodiscard]] std::string_view name_of(StoryLine::Kind kind) noexcept;

/// snake_case; a key in JSON.
[[nodiscard]] std::string_view name_of(pipeline::Check check) noexcept;
[[nodiscard]] std::string_view name_of(FateKind fate) noexcept;

/// "lan, 74 octets".
[[nodiscard]] std::string head_of(const FrameStory& story, const config::Config& config);

/// Everything, in the order in which it happened.
/// @param config  of the box; both ports have a MAC address.
[[nodiscard]] std::vector<StoryLine> tell(const FrameStory& story, const config::Config& config);

/// The text of one check, as tell() has it.
[[nodiscard]] std::string words_of(const pipeline::CheckMet& met, const FrameStory& story,
                                   const config::Config& config);

}  // namespace narrows::app
