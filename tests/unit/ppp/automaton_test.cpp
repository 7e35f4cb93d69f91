// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/automaton.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace narrows::ppp {
namespace {

using S = State;
using E = Event;
using A = Action;

/// RFC 1661 §4.1 once more, typed from its text column by column, a state at a time: what leads where.
struct Expected {
  S next;
  std::vector<A> actions = {};
  char footnote = 0;
};
using Row = std::map<E, Expected>;

const Row kInitial{
    {E::up, {S::closed}},
    {E::open, {S::starting, {A::tls}}},
    {E::close, {S::initial}},
};
const Row kStarting{
    {E::up, {S::req_sent, {A::irc, A::scr}}},
    {E::open, {S::starting}},
    {E::close, {S::initial, {A::tlf}}},
};
const Row kClosed{
    {E::down, {S::initial}},
    {E::open, {S::req_sent, {A::irc, A::scr}}},
    {E::close, {S::closed}},
    {E::rcr_plus, {S::closed, {A::sta}}},
    {E::rcr_minus, {S::closed, {A::sta}}},
    {E::rca, {S::closed, {A::sta}}},
    {E::rcn, {S::closed, {A::sta}}},
    {E::rtr, {S::closed, {A::sta}}},
    {E::rta, {S::closed}},
    {E::ruc, {S::closed, {A::scj}}},
    {E::rxj_plus, {S::closed}},
    {E::rxj_minus, {S::closed, {A::tlf}}},
    {E::rxr, {S::closed}},
};
const Row kStopped{
    {E::down, {S::starting, {A::tls}}},
    {E::open, {S::stopped, {}, 'r'}},
    {E::close, {S::closed}},
    {E::rcr_plus, {S::ack_sent, {A::irc, A::scr, A::sca}}},
    {E::rcr_minus, {S::req_sent, {A::irc, A::scr, A::scn}}},
    {E::rca, {S::stopped, {A::sta}}},
    {E::rcn, {S::stopped, {A::sta}}},
    {E::rtr, {S::stopped, {A::sta}}},
    {E::rta, {S::stopped}},
    {E::ruc, {S::stopped, {A::scj}}},
    {E::rxj_plus, {S::stopped}},
    {E::rxj_minus, {S::stopped, {A::tlf}}},
    {E::rxr, {S::stopped}},
};
const Row kClosing{
    {E::down, {S::initial}},
    {E::open, {S::stopping, {}, 'r'}},
    {E::close, {S::closing}},
    {E::to_plus, {S::closing, {A::str}}},
    {E::to_minus, {S::closed, {A::tlf}}},
    {E::rcr_plus, {S::closing}},
    {E::rcr_minus, {S::closing}},
    {E::rca, {S::closing}},
    {E::rcn, {S::closing}},
    {E::rtr, {S::closing, {A::sta}}},
    {E::rta, {S::closed, {A::tlf}}},
    {E::ruc, {S::closing, {A::scj}}},
    {E::rxj_plus, {S::closing}},
    {E::rxj_minus, {S::closed, {A::tlf}}},
    {E::rxr, {S::closing}},
};
const Row kStopping{
    {E::down, {S::starting}},
    {E::open, {S::stopping, {}, 'r'}},
    {E::close, {S::closing}},
    {E::to_plus, {S::stopping, {A::str}}},
    {E::to_minus, {S::stopped, {A::tlf}}},
    {E::rcr_plus, {S::stopping}},
    {E::rcr_minus, {S::stopping}},
    {E::rca, {S::stopping}},
    {E::rcn, {S::stopping}},
    {E::rtr, {S::stopping, {A::sta}}},
    {E::rta, {S::stopped, {A::tlf}}},
    {E::ruc, {S::stopping, {A::scj}}},
    {E::rxj_plus, {S::stopping}},
    {E::rxj_minus, {S::stopped, {A::tlf}}},
    {E::rxr, {S::stopping}},
};
const Row kReqSent{
    {E::down, {S::starting}},
    {E::open, {S::req_sent}},
    {E::close, {S::closing, {A::irc, A::str}}},
    {E::to_plus, {S::req_sent, {A::scr}}},
    {E::to_minus, {S::stopped, {A::tlf}, 'p'}},
    {E::rcr_plus, {S::ack_sent, {A::sca}}},
    {E::rcr_minus, {S::req_sent, {A::scn}}},
    {E::rca, {S::ack_rcvd, {A::irc}}},
    {E::rcn, {S::req_sent, {A::irc, A::scr}}},
    {E::rtr, {S::req_sent, {A::sta}}},
    {E::rta, {S::req_sent}},
    {E::ruc, {S::req_sent, {A::scj}}},
    {E::rxj_plus, {S::req_sent}},
    {E::rxj_minus, {S::stopped, {A::tlf}}},
    {E::rxr, {S::req_sent}},
};
const Row kAckRcvd{
    {E::down, {S::starting}},
    {E::open, {S::ack_rcvd}},
    {E::close, {S::closing, {A::irc, A::str}}},
    {E::to_plus, {S::req_sent, {A::scr}}},
    {E::to_minus, {S::stopped, {A::tlf}, 'p'}},
    {E::rcr_plus, {S::opened, {A::sca, A::tlu}}},
    {E::rcr_minus, {S::ack_rcvd, {A::scn}}},
    {E::rca, {S::req_sent, {A::scr}, 'x'}},
    {E::rcn, {S::req_sent, {A::scr}, 'x'}},
    {E::rtr, {S::req_sent, {A::sta}}},
    {E::rta, {S::req_sent}},
    {E::ruc, {S::ack_rcvd, {A::scj}}},
    {E::rxj_plus, {S::req_sent}},
    {E::rxj_minus, {S::stopped, {A::tlf}}},
    {E::rxr, {S::ack_rcvd}},
};
const Row kAckSent{
    {E::down, {S::starting}},
    {E::open, {S::ack_sent}},
    {E::close, {S::closing, {A::irc, A::str}}},
    {E::to_plus, {S::ack_sent, {A::scr}}},
    {E::to_minus, {S::stopped, {A::tlf}, 'p'}},
    {E::rcr_plus, {S::ack_sent, {A::sca}}},
    {E::rcr_minus, {S::req_sent, {A::scn}}},
    {E::rca, {S::opened, {A::irc, A::tlu}}},
    {E::rcn, {S::ack_sent, {A::irc, A::scr}}},
    {E::rtr, {S::req_sent, {A::sta}}},
    {E::rta, {S::ack_sent}},
    {E::ruc, {S::ack_sent, {A::scj}}},
    {E::rxj_plus, {S::ack_sent}},
    {E::rxj_minus, {S::stopped, {A::tlf}}},
    {E::rxr, {S::ack_sent}},
};
const Row kOpened{
    {E::down, {S::starting, {A::tld}}},
    {E::open, {S::opened, {}, 'r'}},
    {E::close, {S::closing, {A::tld, A::irc, A::str}}},
    {E::rcr_plus, {S::ack_sent, {A::tld, A::scr, A::sca}}},
    {E::rcr_minus, {S::req_sent, {A::tld, A::scr, A::scn}}},
    {E::rca, {S::req_sent, {A::tld, A::scr}, 'x'}},
    {E::rcn, {S::req_sent, {A::tld, A::scr}, 'x'}},
    {E::rtr, {S::stopping, {A::tld, A::zrc, A::sta}}},
    {E::rta, {S::req_sent, {A::tld, A::scr}}},
    {E::ruc, {S::opened, {A::scj}}},
    {E::rxj_plus, {S::opened}},
    {E::rxj_minus, {S::stopping, {A::tld, A::irc, A::str}}},
    {E::rxr, {S::opened, {A::ser}}},
};

const std::array<std::pair<S, const Row*>, kStates> kTable{{{S::initial, &kInitial},
                                                            {S::starting, &kStarting},
                                                            {S::closed, &kClosed},
                                                            {S::stopped, &kStopped},
                                                            {S::closing, &kClosing},
                                                            {S::stopping, &kStopping},
                                                            {S::req_sent, &kReqSent},
                                                            {S::ack_rcvd, &kAckRcvd},
                                                            {S::ack_sent, &kAckSent},
                                                            {S::opened, &kOpened}}};

class Cell : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(Cell, IsThatOfTheRfc) {  // RFC 1661 §4.1
  const auto& [state, row] = kTable.at(static_cast<std::size_t>(std::get<0>(GetParam())));
  ASSERT_EQ(static_cast<int>(state), std::get<0>(GetParam()));  // the numbers of the table
  const auto event = static_cast<Event>(std::get<1>(GetParam()));
  const Transition& cell = transition(event, state);

  const auto expected = row->find(event);
  ASSERT_EQ(cell.is_legal(), expected != row->end());
  if (expected == row->end()) return;
  EXPECT_EQ(cell.next(), expected->second.next);
  EXPECT_EQ(std::vector<Action>(cell.actions().begin(), cell.actions().end()), expected->second.actions);
  EXPECT_EQ(cell.footnote(), expected->second.footnote);
  for (int action = 0; action <= static_cast<int>(A::ser); ++action) {
    const auto& list = expected->second.actions;
    EXPECT_EQ(cell.has(static_cast<A>(action)),
              std::count(list.begin(), list.end(), static_cast<A>(action)) == 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Automaton, Cell, testing::Combine(testing::Range(0, 10), testing::Range(0, 16)),
                         [](const auto& cell) {
                           return "State" + std::to_string(std::get<0>(cell.param)) + "Event" +
                                  std::to_string(std::get<1>(cell.param));
                         });

TEST(Automaton, RestartTimerRunsWhereTimeoutsAre) {  // RFC 1661 §4.1
  for (std::size_t state = 0; state < kStates; ++state)
    EXPECT_EQ(runs_restart_timer(static_cast<State>(state)), state >= 4 && state <= 8) << state;
}

}  // namespace
}  // namespace narrows::ppp
