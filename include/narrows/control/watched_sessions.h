// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <vector>

#include "narrows/control/time.h"
#include "narrows/session/watched_key.h"
#include "narrows/stats/control_events.h"
#include "narrows/stats/learned_report.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/ethernet.h"

namespace narrows::control {

/// A PPPoE session between two other machines, as far as it was overheard. Sides are those of its ends.
struct WatchedSession {
  using Slot = std::uint16_t;
  /// An LCP Configure-Request that was not answered yet.
  struct Request {
    std::uint8_t identifier = 0;
    std::uint16_t mru_octets = 0;
    friend bool operator==(const Request&, const Request&) = default;
  };

  session::WatchedKey key;
  wire::VlanStack vlans;
  Slot slot = 0;  ///< its place
  std::uint16_t mtu_octets = 0;
  std::uint16_t max_payload_octets = 0;                  ///< RFC 4638, as PADS has it; 0: none
  std::array<std::optional<std::uint16_t>, kSides> mru;  ///< agreed on, by the side that receives
  std::array<std::optional<Request>, kSides> request;    ///< by the side that sent it
  stats::LearnedFrom from = stats::LearnedFrom::pads;    ///< what the MTU was last learned from
  Time learned{0};                                       ///< when
  Time heard{0};                                         ///< its last sign of life
  std::optional<Time> ended;                             ///< when a PADT came for it

  [[nodiscard]] bool is_agreed() const noexcept { return mru[0] && mru[1]; }
};

/// The places for watched sessions: who has one, who has to go, and who has changed. What a session's packets
/// mean is SessionLearner's to know.
///
/// All of it in time that does not grow with their number but by its logarithm: the longest silent are at the
/// front of a queue, one for those whose MRUs are not agreed, one for those that a PADT has ended, one for
/// the rest. Signs of life that workers see (SYNs) are asked for only of those whose turn has come.
class WatchedSessions {
 public:
  using Slot = WatchedSession::Slot;
  /// When a slot's session last opened a TCP connection, in whole seconds; any moment long past: never.
  using Alive = std::function<Time(Slot)>;

  static constexpr Time kGrace = std::chrono::seconds(30);  ///< after a PADT: longer than most echo intervals
  static constexpr Time kStillInFlight =
      std::chrono::seconds(1);  ///< so soon after a PADT nothing is a sign of life
  static constexpr Time kUnagreedSilence = std::chrono::minutes(1);
  static constexpr Time kSilence = std::chrono::hours(1);

  /// The counters outlive the object. @param most  places, at most session::kMostWatched.
  WatchedSessions(stats::ControlCounters& counters, Alive alive, std::size_t most);

  /// Null: there is none. Good until the next open().
  [[nodiscard]] WatchedSession* find(const session::WatchedKey& key);
  [[nodiscard]] const WatchedSession* find(Slot slot) const noexcept;
  /// A place for a session that has none; when all are taken, the longest silent makes room: of those not
  /// agreed, else of those ended, else of all.
  WatchedSession& open(const session::WatchedKey& key, wire::VlanStack vlans, Time now);

  /// To be called when its MTU was learned, or its state changed otherwise: for the workers and the reports.
  void note_change(const WatchedSession& session);
  /// A packet was heard of it.
  void note_life(WatchedSession& session, Time now);
  /// A PADT was heard of it.
  void end(WatchedSession& session, Time now);

  /// Forgets those whose time has come, a bounded number at once.
  void poll(Time now);

  /// Slots whose session has changed, or is another or none, since this was last asked.
  [[nodiscard]] std::vector<Slot> take_touched();
  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  /// With `most` sessions at most.
  [[nodiscard]] stats::LearnedReport report(Time now, std::size_t most) const;

 private:
  enum class Queue : std::uint8_t { unagreed, ended, agreed, kCount };
  using Slots = std::list<Slot>;
  struct Place {
    WatchedSession session;  ///< id 0: free
    Queue queue = Queue::unagreed;
    Slots::iterator queued;  ///< in its queue
    Slots::iterator recent;  ///< in recent_
    bool is_touched = false;
  };

  [[nodiscard]] static Queue queue_of(const WatchedSession& session) noexcept;
  [[nodiscard]] static Time silent_since(const WatchedSession& session) noexcept;
  [[nodiscard]] Slots& queue(Queue which) noexcept { return queues_[index_of(which)]; }
  void enqueue(Place& place);
  void touch(Place& place, Slot slot);
  bool is_alive_after_all(WatchedSession& session);
  void forget_silent(Queue which, Time patience, Time now, unsigned& left);
  void forget(Slot slot, stats::ControlEvent why);
  void make_room();
  [[nodiscard]] stats::LearnedSessionReport report(const WatchedSession& session, Time now) const;

  stats::ControlCounters& counters_;
  Alive alive_;
  std::size_t most_;
  std::map<session::WatchedKey, Slot> slots_;
  std::vector<Place> places_;  ///< by slot; as many as there ever were sessions at once
  std::vector<Slot> free_;
  std::array<Slots, static_cast<std::size_t>(Queue::kCount)> queues_;  ///< the longest silent first
  Slots recent_;                                                       ///< the last changed first
  std::vector<Slot> touched_;
};

}  // namespace narrows::control
