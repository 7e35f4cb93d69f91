// SPDX-License-Identifier: BSD-3-Clause
/// PPPoE discovery: a client and two concentrators on a line that the input loses, doubles, reorders and
/// changes packets of, or puts its own on.
#include "input.h"
#include "ppp/discovery_line.h"

namespace narrows::fuzz {
namespace {

using namespace ppp::discovery_test;

}  // namespace

/// Input: what the client asks for, then each step's decisions; every other step a packet octet by octet.
void run(Input input) {
  const unsigned seed = input.octet();
  Line line(std::move(input), seed);
  line.refusals = seed % 4 == 0 ? 4 : 0;
  std::vector<Octets> heard{packet(0x65, 1, tag(0x0101))};
  line.client->start(line.now);
  while (!line.random.is_empty()) {
    if (line.random.octet() % 2 == 0) heard.push_back(line.random.list());
    disturb(line, heard);
  }
}

}  // namespace narrows::fuzz
