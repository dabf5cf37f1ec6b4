#include "drivers/network/virtual/settings.hpp"

#include <string_view>

#include "bench/config/reader.hpp"

namespace posbench::network::virtual_net {
namespace {

void read_tcp(config::Reader& settings, TcpSettings& tcp) {
    auto table = settings.table("tcp", "[tcp]");
    if (!table) return;
    const auto retries = [&](std::string_view key, int standard) {
        return static_cast<int>(table->integer(key, 0, 30).value_or(standard));
    };
    if (const auto mss = table->integer("mss", 64, 65'000)) tcp.mss = static_cast<std::size_t>(*mss);
    tcp.syn_retries = retries("syn_retries", tcp.syn_retries);
    tcp.syn_ack_retries = retries("syn_ack_retries", tcp.syn_ack_retries);
    tcp.retries = retries("retries", tcp.retries);
    table->finish();
}

}  // namespace

Settings read_settings(const config::Value& value) {
    config::Reader reader(value, "network profile");
    Settings settings;
    settings.document = value;
    settings.profile = read_profile(reader);
    read_tcp(reader, settings.tcp);
    reader.finish();
    return settings;
}

}  // namespace posbench::network::virtual_net
