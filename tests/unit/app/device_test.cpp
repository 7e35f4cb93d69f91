// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/device.h"

#include <gtest/gtest.h>

namespace narrows::app {
namespace {

TEST(Device, PciAddresses) {
  for (const char* text : {"0000:03:00.1", "03:00.1"}) {
    const auto device = parse_device(text, Side::lan).device;
    ASSERT_TRUE(device) << text;
    EXPECT_EQ(device->kind, Device::Kind::pci);
    EXPECT_EQ(device->name, "0000:03:00.1");
  }
  const auto device = parse_device("0001:AF:1F.7,representor=[0,1]", Side::lan).device;
  ASSERT_TRUE(device);
  EXPECT_EQ(device->name, "0001:af:1f.7");
  EXPECT_EQ(device->arguments, "representor=[0,1]");
  EXPECT_EQ(device->interface, "");
}

TEST(Device, VirtualDevices) {
  const auto device = parse_device("net_af_packet0,qpairs=2,iface=lan0", Side::lan).device;
  ASSERT_TRUE(device);
  EXPECT_EQ(device->kind, Device::Kind::virtual_device);
  EXPECT_EQ(device->name, "net_af_packet0");
  EXPECT_EQ(device->interface, "lan0");
  EXPECT_EQ(parse_device("net_null", Side::lan).device->name, "net_null");
  EXPECT_EQ(parse_device("net_virtio_user7,path=/run/vhost.sock,queues=1", Side::lan).device->interface, "");
  EXPECT_EQ(parse_device("net_vhost0,iface=/run/narrows/lan.sock", Side::lan).device->interface, "")
      << "a socket";
  EXPECT_EQ(parse_device("net_x0,list=[a,iface=b]", Side::lan).device->interface, "") << "inside brackets";
}

TEST(Device, AnInterfaceNameIsToldWhatToWrite) {
  EXPECT_NE(parse_device("eth0", Side::lan).problem.find("\"net_af_packet0,iface=eth0\""), std::string::npos);
  EXPECT_NE(parse_device("enp3s0f1", Side::wan).problem.find("\"net_af_packet1,iface=enp3s0f1\""),
            std::string::npos);
}

TEST(Device, RefusesWhatDpdkWouldNotTake) {
  for (const char* text : {"", ",", "net_", "net_,a=b", "0000:03:00", "0000:03:00.8", "000:03:00.1",
                           "0g:00.1", "3:0.1", "0000-03:00.1", "crypto_null0", "NET_null0", "net_null 0",
                           "net_null0 ,a=b", "/dev/uio0", "123456789:03:00.1"}) {
    const auto result = parse_device(text, Side::lan);
    EXPECT_FALSE(result.device) << text;
    EXPECT_NE(result.problem.find("is no DPDK device"), std::string::npos) << text;
  }
  EXPECT_FALSE(parse_device("net_" + std::string(60, 'a'), Side::lan).device);
}

TEST(Device, AfPacketNeedsAnInterface) {
  EXPECT_NE(parse_device("net_af_packet0", Side::wan).problem.find("\"net_af_packet0,iface=wan0\""),
            std::string::npos);
  EXPECT_FALSE(parse_device("net_af_xdp0,queue=1", Side::wan).device);
  EXPECT_FALSE(parse_device("net_af_packet0,iface=", Side::wan).device);
  EXPECT_FALSE(parse_device("net_af_packet0,iface=0123456789abcdef", Side::wan).device);
  EXPECT_TRUE(parse_device("net_af_packet0,iface=0123456789abcde", Side::wan).device);
}

TEST(ProbeText, LongFramesNeedALargerRing) {
  const auto text = [](std::string_view device, std::uint16_t mtu) {
    return probe_text(parse_device(device, Side::lan).device.value(), mtu);
  };
  const auto with_queues = [](const char* device) {
    return probe_text(parse_device(device, Side::lan).device.value(), 1500, 3);
  };
  EXPECT_EQ(with_queues("net_af_packet0,iface=eth1"), "net_af_packet0,iface=eth1,qpairs=3");
  EXPECT_EQ(with_queues("net_af_packet0,iface=eth1,qpairs=2"), "net_af_packet0,iface=eth1,qpairs=2");
  EXPECT_EQ(with_queues("net_null0"), "net_null0");
  EXPECT_EQ(text("net_af_packet0,iface=eth1", 1508), "net_af_packet0,iface=eth1");
  EXPECT_EQ(text("net_af_packet0,iface=eth1", 1960), "net_af_packet0,iface=eth1");
  EXPECT_EQ(text("net_af_packet0,iface=eth1", 1961), "net_af_packet0,iface=eth1,framesz=2064,blocksz=4096");
  EXPECT_EQ(text("net_af_packet0,iface=eth1", 9000), "net_af_packet0,iface=eth1,framesz=9088,blocksz=12288");
  EXPECT_EQ(text("net_af_packet0,iface=eth1,framesz=4096", 9000), "net_af_packet0,iface=eth1,framesz=4096");
  EXPECT_EQ(text("net_tap0,iface=tap1", 9000), "net_tap0,iface=tap1");
  EXPECT_EQ(text("net_ring0", 9000), "net_ring0");
}

}  // namespace
}  // namespace narrows::app
