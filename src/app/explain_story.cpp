// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/explain_story.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "narrows/app/explain_reasons.h"
#include "narrows/app/frame_words.h"
#include "narrows/rewrite/checksum.h"
#include "narrows/rewrite/locate_mss.h"
#include "narrows/session/session.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ip.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/pppoe.h"
#include "narrows/wire/tcp.h"

namespace narrows::app {
namespace {

using config::Config;
using Kind = StoryLine::Kind;
using Octets = std::span<const std::uint8_t>;

constexpr std::array<std::string_view, 6> kKindNames{"ok", "FAIL", "SYN", "note", "fate", "cure"};
constexpr std::array<std::string_view, 3> kFateNames{"forwarded", "punted", "dropped"};

/// Headers up to and with TCP's, the longest of each: what decides the fate of a frame is in these.
constexpr std::size_t kHeadersOctets = 18 + wire::kPppoeOverheadOctets + 60 + wire::kMaxTcpHeaderOctets;

class Telling {
 public:
  Telling(const FrameStory& story, const Config& config) : story_(story), config_(config) {}

  std::vector<StoryLine> tell() {
    tell_capture();
    for (const auto& met : story_.account.checks())
      add(met.held ? Kind::ok : Kind::failed, words_of(met, story_, config_), name_of(met.check));
    if (story_.account.syn) tell_syn(*story_.account.syn);
    tell_header_checksum();
    for (const auto odd : story_.odd)
      add(Kind::note, fmt::format("{}: {}", stats::kOddCaseTexts[index_of(odd)].name,
                                  stats::kOddCaseTexts[index_of(odd)].help));
    tell_fate();
    tell_answers();
    if (story_.fate == FateKind::dropped) add(Kind::cure, std::string(cure_of(story_.reason)));
    return std::move(lines_);
  }

 private:
  void add(Kind kind, std::string text, std::string_view check = {}) {
    lines_.push_back({kind, check, std::move(text)});
  }
  void tell_capture();
  void tell_syn(const pipeline::SynMet& syn);
  void tell_option(const pipeline::SynMet& syn, unsigned kind, Octets before, Octets after);
  void tell_header_checksum();
  void tell_fate();
  void tell_answers();
  [[nodiscard]] Octets tcp_after(const pipeline::SynMet& syn) const;
  [[nodiscard]] std::string way_out() const;

  const FrameStory& story_;
  const Config& config_;
  std::vector<StoryLine> lines_;
};

/// The reason in a comment as `narrows capture` writes it: "dropped: tx_full (…)".
std::optional<stats::DropReason> reason_in(std::string_view comment) {
  constexpr std::string_view kDropped = "dropped: ";
  if (!comment.starts_with(kDropped)) return std::nullopt;
  const auto rest = comment.substr(kDropped.size());
  const auto name = rest.substr(0, rest.find(' '));
  const auto* found = std::ranges::find(stats::kDropReasonTexts, name, &stats::NamedText::name);
  if (found == stats::kDropReasonTexts.end()) return std::nullopt;
  return static_cast<stats::DropReason>(found - stats::kDropReasonTexts.begin());
}

void Telling::tell_capture() {
  if (!story_.comment.empty()) {
    add(Kind::note, fmt::format("when it was captured: {}", story_.comment));
    // The load of that moment is in no frame, so nothing else will tell of it.
    if (const auto reason = reason_in(story_.comment); reason && reason != story_.reason)
      add(Kind::note,
          fmt::format("{}: {}", stats::kDropReasonTexts[index_of(*reason)].name, cure_of(*reason)));
  }
  if (story_.captured_octets == story_.octets.size()) return;
  const bool inside = story_.captured_octets < std::min(story_.octets.size(), kHeadersOctets);
  add(Kind::note,
      fmt::format("cut short when it was captured: {} of {} octets are there, zeros stand for the rest{}",
                  story_.captured_octets, story_.octets.size(),
                  inside
                      ? "; that may begin within the headers, so what follows may be wrong: capture at least "
                        "160 octets of each frame"
                      : ""));
}

/// The same TCP header in the frame that left; empty: none did.
Octets Telling::tcp_after(const pipeline::SynMet& syn) const {
  if (story_.forwarded.empty()) return {};
  const Octets frame = story_.forwarded.front().octets;
  const auto place = find_packet(frame);
  if (!place) return {};
  const std::size_t offset = place->offset + syn.tcp_offset - story_.account.ip_offset;
  if (offset > frame.size()) return {};
  return frame.subspan(offset);
}

void Telling::tell_syn(const pipeline::SynMet& syn) {
  const auto before = Octets(story_.octets).subspan(syn.tcp_offset, syn.tcp_octets);
  const auto after = tcp_after(syn);
  const std::size_t claimed = wire::header_at<wire::TcpHeader>(before.data()).header_octets();
  const std::size_t there = std::clamp(claimed, sizeof(wire::TcpHeader), before.size());
  if (syn.outer_octets != 0)
    add(Kind::syn, fmt::format("inside a tunnel, whose headers take {} octets", syn.outer_octets));
  const auto found = rewrite::locate_mss(before.first(std::min(there, wire::kMaxTcpHeaderOctets)));
  if (found.kinds == 0) add(Kind::syn, "no MSS option: left as it is");
  for (std::uint64_t kinds = found.kinds; kinds != 0; kinds &= kinds - 1)
    tell_option(syn, static_cast<unsigned>(std::countr_zero(kinds)), before, after);
  if (after.size() < sizeof(wire::TcpHeader)) return;
  const unsigned old_sum = wire::header_at<wire::TcpHeader>(before.data()).checksum.host();
  const unsigned new_sum = wire::header_at<wire::TcpHeader>(after.data()).checksum.host();
  if (old_sum != new_sum) add(Kind::syn, fmt::format("TCP checksum {:04x} → {:04x}", old_sum, new_sum));
}

void Telling::tell_option(const pipeline::SynMet& syn, unsigned kind, Octets before, Octets after) {
  const std::size_t at = kind + sizeof(wire::Be16);
  const unsigned old_mss = wire::header_at<wire::Be16>(before.data() + at).host();
  const auto option = fmt::format("option MSS {} at offset {} of the TCP header ({})", old_mss, kind,
                                  kind % 2 == 0 ? "even" : "odd");
  if (syn.max_mss == config::kNoMssLimit)
    return add(Kind::syn, fmt::format("{}: left, no limit is set for it", option));
  if (after.size() < at + sizeof(wire::Be16))
    return add(Kind::syn, fmt::format("{}; the limit is {}", option, syn.max_mss));
  const unsigned new_mss = wire::header_at<wire::Be16>(after.data() + at).host();
  add(Kind::syn, new_mss == old_mss ? fmt::format("{}: left, the limit is {}", option, syn.max_mss)
                                    : fmt::format("{} → lowered to {}", option, new_mss));
}

/// It is not Narrows' to judge on the way through, but a sender's mistake that explains much.
void Telling::tell_header_checksum() {
  const auto checks = story_.account.checks();
  if (std::ranges::any_of(checks,
                          [](const auto& met) { return met.check == pipeline::Check::header_checksum; }))
    return;
  const auto place = find_packet(story_.octets);
  if (!place || place->family != Family::ipv4) return;
  const std::uint8_t* ip = story_.octets.data() + place->offset;
  const auto packet = wire::parse_ipv4(ip, place->octets);
  if (packet.octets != 0 && !rewrite::is_ipv4_header_intact(ip, packet.header_octets))
    add(Kind::note, "the IPv4 header checksum is wrong; whoever receives the packet will throw it away");
}

/// How the forwarded frame leaves.
std::string Telling::way_out() const {
  const auto& sent = story_.forwarded.front();
  const auto& octets = sent.octets;
  if (config_.mode == config::Mode::transparent)
    return octets == story_.octets ? "as it came" : "with what is said above changed";
  const auto view = wire::parse_ethernet(octets.data(), octets.size());
  if (sent.side == Side::lan)
    return fmt::format("PPPoE header taken off, {}, to {}", words_of(view.vlans),
                       wire::to_string(wire::header_at<wire::EthernetHeader>(octets.data()).destination));
  const auto& pppoe = wire::header_at<wire::PppoeHeader>(octets.data() + view.payload_offset);
  return fmt::format("PPPoE header of session 0x{:04x} put on, {}", pppoe.session_id.host(),
                     words_of(view.vlans));
}

void Telling::tell_fate() {
  const auto keys = config::port_keys(config_.mode);
  switch (story_.fate) {
    case FateKind::punted:
      return add(Kind::fate,
                 fmt::format("punted, for the control thread to answer: {}", words_of_frame(story_.octets)));
    case FateKind::dropped:
      return add(Kind::fate, fmt::format("dropped, counted as {}: {}",
                                         stats::kDropReasonTexts[index_of(story_.reason)].name,
                                         stats::kDropReasonTexts[index_of(story_.reason)].help));
    case FateKind::forwarded:
      break;
  }
  if (story_.forwarded.empty()) return add(Kind::fate, "forwarded");
  std::vector<std::size_t> octets;
  for (const auto& sent : story_.forwarded) octets.push_back(sent.octets.size());
  add(Kind::fate,
      fmt::format("forwarded to {}, {} ({}{} octets)", keys[index_of(story_.forwarded.front().side)],
                  way_out(), octets.size() > 1 ? fmt::format("{} fragments of ", octets.size()) : "",
                  fmt::join(octets, " and ")));
}

void Telling::tell_answers() {
  const auto keys = config::port_keys(config_.mode);
  for (const auto& answer : story_.answers)
    add(Kind::fate,
        fmt::format("sent to {}: {}", keys[index_of(answer.side)], words_of_frame(answer.octets)));
  if (!story_.answers.empty()) return;
  if (story_.fate == FateKind::punted) add(Kind::fate, "nothing is sent in answer");
  if (story_.fate == FateKind::dropped &&
      (story_.reason == stats::DropReason::too_big || story_.reason == stats::DropReason::session_down) &&
      config_.mode != config::Mode::transparent)
    add(Kind::fate,
        "no ICMP error is sent: its rate is used up (icmp.rate), or none may answer this packet "
        "(RFC 1122 §3.2.2, RFC 4443 §2.4)");
}

}  // namespace

std::string_view name_of(Kind kind) noexcept {
  return kKindNames[index_of(kind)];
}

std::string_view name_of(FateKind fate) noexcept {
  return kFateNames[index_of(fate)];
}

std::string head_of(const FrameStory& story, const Config& config) {
  return fmt::format("{}, {} octets: {}", config::port_keys(config.mode)[index_of(story.side)],
                     story.octets.size(), words_of_frame(story.octets));
}

std::vector<StoryLine> tell(const FrameStory& story, const Config& config) {
  return Telling(story, config).tell();
}

}  // namespace narrows::app
