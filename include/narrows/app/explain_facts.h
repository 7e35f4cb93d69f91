// SPDX-License-Identifier: BSD-3-Clause
/// What a capture tells of the box it was taken at, for `narrows explain`: by which port each frame came, the
/// ports' addresses, the sessions' numbers. What it does not tell the user may say.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/app/capture_file.h"
#include "narrows/config/config.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/mac_address.h"

namespace narrows::app {

/// A frame of the capture, all of it in memory.
struct FrameToExplain {
  std::size_t number = 0;            ///< in the file, from 1 on
  std::vector<std::uint8_t> octets;  ///< of the whole frame; what was not captured is 0
  std::size_t captured_octets = 0;
  CaptureTime time{0};
  std::string interface;
  std::string comment;
  Side side = Side::lan;
  bool sent = false;  ///< by the box itself: nothing to explain, but it tells of the box
};

/// What the user said of a dialled session.
struct SessionSaid {
  bool down = false;
  config::StaticSession fixed;
};

/// What the user said of the box.
struct FactsSaid {
  std::optional<Side> side;  ///< of frames that do not say it themselves
  std::array<std::optional<wire::MacAddress>, kSides> mac;
  std::map<std::string, SessionSaid> sessions;  ///< by name
};

/// A line of a concentrator: which of its addresses is whose.
struct LineInUse {
  std::size_t session = 0;
  config::StaticSession client;
};

/// What is known of the box. `config` is as the box was when the capture was made, as far as can be told.
struct BoxFacts {
  config::Config config;
  std::vector<LineInUse> lines;                 ///< concentrator
  std::optional<wire::MacAddress> core_router;  ///< concentrator: what stands in for it
  std::vector<std::string> assumptions;         ///< one line each, for the user
};

/// "NAME=0x1234@02:00:00:00:00:ac" or "NAME=down"; nothing: it is neither.
[[nodiscard]] std::optional<std::pair<std::string, SessionSaid>> parse_session_said(std::string_view text);

/// All frames of a capture. @throws std::runtime_error, one line.
[[nodiscard]] std::vector<FrameToExplain> read_frames(const std::string& path);

/// Says of each frame by which port it came, or left.
/// @throws std::runtime_error, one line: a frame does not tell, nor did the user.
void place_frames(std::vector<FrameToExplain>& frames, const config::Config& config, const FactsSaid& said);

/// @param frames  placed; those that turn out to be the box's own are marked as sent.
/// @throws std::runtime_error, one line: what the user said fits no session.
[[nodiscard]] BoxFacts learn_facts(std::vector<FrameToExplain>& frames, config::Config config,
                                   const FactsSaid& said);

}  // namespace narrows::app
