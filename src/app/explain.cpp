// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <rte_mbuf.h>

#include <CLI/CLI.hpp>
#include <array>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "narrows/app/eal.h"
#include "narrows/app/explain_facts.h"
#include "narrows/app/explain_story.h"
#include "narrows/app/forwarder.h"
#include "narrows/app/load_or_explain.h"
#include "narrows/app/ring_port.h"

namespace narrows::app {
namespace {

/// What the counters of one direction said before a frame, to see under what it was counted.
struct Counted {
  explicit Counted(const stats::DirectionCounters& counters) : punted(counters.punted.value()) {
    for (std::size_t i = 0; i < dropped.size(); ++i) dropped[i] = counters.dropped[i].value();
    for (std::size_t i = 0; i < odd.size(); ++i) odd[i] = counters.odd[i].value();
  }
  std::uint64_t punted;
  std::array<std::uint64_t, stats::kDropReasons> dropped{};
  std::array<std::uint64_t, stats::kOddCases> odd{};
};

/// The box, with both its ports in memory.
class Box {
 public:
  explicit Box(const BoxFacts& facts);
  [[nodiscard]] FrameStory explain(const FrameToExplain& frame);

 private:
  void take_all(std::vector<SentFrame>& to);
  void let_time_pass(CaptureTime now);
  void judge(FrameStory& story, const Counted& before) const;

  pipeline::FrameAccount account_;
  std::array<RingPort, kSides> ports_{RingPort("explain", Side::lan), RingPort("explain", Side::wan)};
  Forwarder forwarder_;
  CaptureTime now_{0};
};

Placement one_worker() {
  Placement placement;
  placement.worker_cpus = {0};
  return placement;
}

Box::Box(const BoxFacts& facts)
    : forwarder_(facts.config, Forwarder::PortIds{ports_[0].id(), ports_[1].id()}, one_worker(),
                 std::filesystem::path(), Forwarder::Purpose::replay, &account_) {
  if (facts.lines.empty()) return;
  std::vector<Forwarder::OpenLine> lines;
  for (const auto& line : facts.lines) lines.push_back({line.session, line.client.id, line.client.ac_mac});
  forwarder_.assume_lines(lines, facts.core_router);
}

void Box::take_all(std::vector<SentFrame>& to) {
  for (const Side side : {Side::lan, Side::wan})
    while (rte_mbuf* frame = ports_[index_of(side)].take()) {
      to.push_back({side, octets_of(*frame)});
      rte_pktmbuf_free(frame);
    }
}

/// What the control thread has to do by the clock, and sends of its own accord, is no frame's.
void Box::let_time_pass(CaptureTime now) {
  now_ = std::max(now_, now);
  std::vector<SentFrame> of_its_own;
  forwarder_.poll_control(now_);
  forwarder_.worker(0).poll();
  take_all(of_its_own);
}

void Box::judge(FrameStory& story, const Counted& before) const {
  const auto direction = story.side == Side::lan ? Direction::lan_to_wan : Direction::wan_to_lan;
  const auto& counters = forwarder_.worker(0).counters().direction[index_of(direction)];
  const Counted after(counters);
  if (after.punted != before.punted) story.fate = FateKind::punted;
  for (std::size_t reason = 0; reason < after.dropped.size(); ++reason)
    if (after.dropped[reason] != before.dropped[reason]) {
      story.fate = FateKind::dropped;
      story.reason = static_cast<stats::DropReason>(reason);
    }
  for (std::size_t odd = 0; odd < after.odd.size(); ++odd)
    if (after.odd[odd] != before.odd[odd]) story.odd.push_back(static_cast<stats::OddCase>(odd));
}

FrameStory Box::explain(const FrameToExplain& frame) {
  let_time_pass(frame.time);
  FrameStory story;
  story.side = frame.side;
  story.octets = frame.octets;
  story.captured_octets = frame.captured_octets;
  story.comment = frame.comment;
  const auto direction = frame.side == Side::lan ? Direction::lan_to_wan : Direction::wan_to_lan;
  const Counted before(forwarder_.worker(0).counters().direction[index_of(direction)]);
  account_.clear();
  rte_mbuf* mbuf = make_frame(forwarder_.pool(frame.side), frame.octets);
  if (!ports_[index_of(frame.side)].put(mbuf)) rte_pktmbuf_free(mbuf);  // has room: it is the only one
  forwarder_.worker(0).poll();
  take_all(story.forwarded);
  judge(story, before);
  story.account = account_;
  unsigned met = 0;
  do {
    met = forwarder_.poll_control(now_);
    met += forwarder_.worker(0).poll();
    take_all(story.answers);
  } while (met != 0);
  return story;
}

/// How many came to which end.
struct Summary {
  std::size_t frames = 0;
  std::size_t sent = 0;  ///< by the box itself: not explained
  std::array<std::size_t, 3> fates{};
  std::map<std::string_view, std::size_t> reasons;

  void count(const FrameStory& story) {
    ++frames;
    ++fates[index_of(story.fate)];
    if (story.fate == FateKind::dropped) ++reasons[stats::kDropReasonTexts[index_of(story.reason)].name];
  }
  [[nodiscard]] std::string text() const {
    std::vector<std::string> why;
    for (const auto& [name, count] : reasons) why.push_back(fmt::format("{} {}", count, name));
    auto words = fmt::format("{} frame{}: {} forwarded, {} punted, {} dropped{}", frames,
                             frames == 1 ? "" : "s", fates[0], fates[1], fates[2],
                             why.empty() ? "" : fmt::format(" ({})", fmt::join(why, ", ")));
    if (sent != 0) words += fmt::format("; {} that Narrows sent are not explained", sent);
    return words;
  }
};

class Printer {
 public:
  Printer(const ExplainOptions& options, const BoxFacts& facts) : options_(options), facts_(facts) {
    if (options.json) return;
    for (const auto& line : facts.assumptions) fmt::print("note: {}\n", line);
    if (!facts.assumptions.empty()) fmt::print("\n");
  }

  void print(std::size_t number, const FrameStory& story) {
    const auto lines = tell(story, facts_.config);
    if (options_.json) return frames_.push_back(as_json(number, story, lines));
    fmt::print("frame {}, {}\n", number, head_of(story, facts_.config));
    for (const auto& line : lines) fmt::print("  {:<5} {}\n", name_of(line.kind), line.text);
    fmt::print("\n");
  }

  void finish(const Summary& summary) {
    if (!options_.json) return fmt::print("{}\n", summary.text());
    nlohmann::ordered_json reasons = nlohmann::ordered_json::object();
    for (const auto& [name, count] : summary.reasons) reasons[std::string(name)] = count;
    const nlohmann::ordered_json all{{"assumptions", facts_.assumptions},
                                     {"frames", std::move(frames_)},
                                     {"summary",
                                      {{"frames", summary.frames},
                                       {"forwarded", summary.fates[0]},
                                       {"punted", summary.fates[1]},
                                       {"dropped", reasons},
                                       {"sent", summary.sent}}}};
    fmt::print("{}\n", all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }

 private:
  [[nodiscard]] nlohmann::ordered_json as_json(std::size_t number, const FrameStory& story,
                                               const std::vector<StoryLine>& lines) const;

  const ExplainOptions& options_;
  const BoxFacts& facts_;
  nlohmann::ordered_json frames_ = nlohmann::ordered_json::array();
};

nlohmann::ordered_json Printer::as_json(std::size_t number, const FrameStory& story,
                                        const std::vector<StoryLine>& lines) const {
  auto checks = nlohmann::ordered_json::array();
  auto notes = nlohmann::ordered_json::array();
  for (const auto& line : lines) {
    if (line.check.empty())
      notes.push_back({{"kind", name_of(line.kind)}, {"text", line.text}});
    else
      checks.push_back(
          {{"check", line.check}, {"ok", line.kind == StoryLine::Kind::ok}, {"text", line.text}});
  }
  nlohmann::ordered_json json{{"frame", number},
                              {"port", config::port_keys(facts_.config.mode)[index_of(story.side)]},
                              {"octets", story.octets.size()},
                              {"captured_octets", story.captured_octets},
                              {"checks", std::move(checks)},
                              {"notes", std::move(notes)},
                              {"fate", name_of(story.fate)}};
  if (story.fate == FateKind::dropped) json["reason"] = stats::kDropReasonTexts[index_of(story.reason)].name;
  const auto octets = [](const std::vector<SentFrame>& frames) {
    auto list = nlohmann::ordered_json::array();
    for (const auto& frame : frames)
      list.push_back({{"port", kSideNames[index_of(frame.side)]},
                      {"frame", fmt::format("{:02x}", fmt::join(frame.octets, ""))}});
    return list;
  };
  json["forwarded"] = octets(story.forwarded);
  json["answers"] = octets(story.answers);
  return json;
}

/// What the command line says of the box, or one line on what is wrong with it.
FactsSaid facts_said(const ExplainOptions& options, config::Mode mode) {
  FactsSaid said;
  const auto keys = config::port_keys(mode);
  for (const Side side : {Side::lan, Side::wan}) {
    if (options.port == keys[index_of(side)] || options.port == kSideNames[index_of(side)]) said.side = side;
    const auto& text = side == Side::lan ? options.lan_mac : options.wan_mac;
    if (text.empty()) continue;
    said.mac[index_of(side)] = wire::parse_mac(text);
    if (!said.mac[index_of(side)] || !said.mac[index_of(side)]->is_station())
      throw std::runtime_error(
          fmt::format("--{}-mac: {} is no station's MAC address, such as 02:00:00:00:00:0a",
                      kSideNames[index_of(side)], text));
  }
  if (!options.port.empty() && !said.side)
    throw std::runtime_error(fmt::format("--port: {} is neither {} nor {}", options.port, keys[0], keys[1]));
  for (const auto& text : options.sessions) {
    auto one = parse_session_said(text);
    if (!one)
      throw std::runtime_error(fmt::format(
          "--session: {} is neither NAME=ID@MAC, such as isp=0x1234@02:00:00:00:00:ac, nor NAME=down", text));
    said.sessions.insert(std::move(*one));
  }
  return said;
}

}  // namespace

void add_explain_options(CLI::App& command, ExplainOptions& options) {
  command.add_option("-c,--config", options.config, "configuration file (YAML)")
      ->required()
      ->type_name("FILE");
  command.add_option("CAPTURE", options.capture, "frames that came by a port (pcap or pcapng)")
      ->required()
      ->type_name("FILE");
  command.add_option("--port", options.port, "by which port they came, where the capture does not say it")
      ->type_name("PORT:{lan,wan,core,line}");
  command.add_option("--session", options.sessions, "what a dialled session was: NAME=ID@MAC, or NAME=down")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  command
      .add_option("--lan-mac", options.lan_mac, "the LAN port's MAC address then, if it is not configured")
      ->type_name("MAC");
  command.add_option("--wan-mac", options.wan_mac, "the WAN port's")->type_name("MAC");
  command.add_option("--frame", options.frame, "explain only this one")->type_name("NUMBER");
  command.add_flag("--dropped", options.dropped_only, "explain only those that are dropped");
  command.add_flag("--json", options.json, "as JSON");
  command.add_flag("-v,--verbose", options.verbose, "show all that DPDK says");
}

int explain_command(const ExplainOptions& options) {
  auto config = load_or_explain(options.config, LoadPurpose::explain, std::cerr);
  if (!config) return 1;
  const auto said = facts_said(options, config->mode);
  auto frames = read_frames(options.capture);
  if (options.frame > frames.size())
    throw std::runtime_error(fmt::format("--frame: {} has {} frames", options.capture, frames.size()));
  place_frames(frames, *config, said);
  auto facts = learn_facts(frames, std::move(*config), said);
  configure_ring_ports(facts.config);
  const Eal eal(plan_eal_for_replay(inspect_machine(facts.config).cpus, memory_needed_mb(facts.config, 1)),
                options.verbose);
  Box box(facts);
  Printer printer(options, facts);
  Summary summary;
  for (const auto& frame : frames) {
    if (frame.sent) {
      ++summary.sent;
      continue;
    }
    const auto story = box.explain(frame);
    summary.count(story);
    if (options.frame != 0 && options.frame != frame.number) continue;
    if (options.dropped_only && story.fate != FateKind::dropped) continue;
    printer.print(frame.number, story);
  }
  printer.finish(summary);
  return 0;
}

}  // namespace narrows::app
