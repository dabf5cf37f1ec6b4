#include "bench/cli/load_terminal.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace posbench::cli {
namespace {

using namespace std::chrono_literals;
using iso8583::Message;

/// A terminal of this protocol waits so long for an answer.
constexpr auto patience = 30s;
constexpr auto connect_patience = 10s;
constexpr std::uint32_t highest_stan = 999'999;
constexpr int most_repetitions = 10;

constexpr auto mac_wrong = "the MAC of the answer is wrong";
constexpr auto stan_used = "94";

}  // namespace

std::optional<runtime::TimePoint> Pace::next(runtime::TimePoint now) noexcept {
    if (given_ >= sales_) return std::nullopt;
    const auto due = rate_ == 0 ? now
                                : start_ + runtime::Duration(static_cast<std::int64_t>(
                                               static_cast<double>(given_) * 1e9 / rate_));
    if (due >= end_) return std::nullopt;
    ++given_;
    return due;
}

LoadTerminal::LoadTerminal(runtime::Clock& clock, const LoadProfile& profile,
                           const LoadProfile::Terminal& terminal, std::uint32_t stan)
    : clock_(clock),
      profile_(profile),
      terminal_(terminal),
      sale_("0200"),
      stan_(stan),
      buffer_(profile.dialect.framing.length_octets + profile.dialect.framing.most) {
    sale_.set(3, "000000");
    sale_.set(4, "000000000001");
    sale_.set(22, "022");
    sale_.set(25, "00");
    sale_.set(35, profile.pan + "D30121010000000000000");
    sale_.set(41, terminal.tid);
    sale_.set(42, terminal.mid);
    sale_.set(49, profile.currency);
}

std::string LoadTerminal::next_stan() {
    stan_ = stan_ % highest_stan + 1;
    return fmt::format("{:06}", stan_);
}

Bytes LoadTerminal::frame(ByteView message) const {
    return iso8583::encode_frame(profile_.dialect, {profile_.tpdu, profile_.header, message});
}

runtime::Task<void> LoadTerminal::sign_in(runtime::Connector& connector, runtime::Endpoint host) {
    auto connected = co_await connector.connect(host, clock_.now() + connect_patience);
    if (!connected)
        throw std::runtime_error(
            fmt::format("cannot connect to {}: {}", host.to_string(), to_string(connected.error())));
    stream_ = *std::move(connected);
    Message request("0800");
    request.set(11, next_stan());
    request.set(41, terminal_.tid);
    request.set(42, terminal_.mid);
    request.set(60, fmt::format("00{}003", terminal_.batch));
    const Bytes octets = frame(iso8583::encode(profile_.dialect, request));
    const Fault fault = co_await exchange(octets, clock_.now() + patience);
    if (!fault.empty())
        throw std::runtime_error(fmt::format("terminal {}: sign-in: {}", terminal_.tid, fault));
    take_keys();
}

/// Field 62 for double-length keys: PIN key 16, check value 4, MAC key 8 and eight zeros, check value 4
/// (drivers/host/README.md).
void LoadTerminal::take_keys() {
    const auto refuse = [&](std::string_view why) {
        throw std::runtime_error(fmt::format("terminal {}: sign-in: {}", terminal_.tid, why));
    };
    if (answer_.get(39) != "00") refuse(fmt::format("refused with {}", answer_.get(39)));
    const ByteView field = answer_.bytes(62);
    if (field.size() != 40) refuse(fmt::format("field 62 has {} octets instead of 40", field.size()));
    const Bytes key = crypto::DesCipher(terminal_.master_key).decrypt(field.subspan(20, 8));
    if (!std::ranges::equal(crypto::key_check_value(key), field.subspan(36, 4)))
        refuse("the MAC key does not have its check value");
    mac_ = iso8583::mac_function(profile_.dialect, key);
    std::string batch = terminal_.batch;
    if (answer_.get(60).size() >= 8) batch = answer_.get(60).substr(2, 6);
    sale_.set(60, fmt::format("22{}00050", batch));
}

runtime::Task<LoadTerminal::Fault> LoadTerminal::exchange(const Bytes& request, runtime::TimePoint deadline) {
    const auto sent = co_await stream_->write(request, deadline);
    if (!sent) co_return fmt::format("request not sent: {}", to_string(sent.error()));
    const std::size_t prefix = profile_.dialect.framing.length_octets;
    std::size_t wanted = prefix;
    for (filled_ = 0; filled_ < wanted || wanted == prefix;) {
        const auto count = co_await stream_->read_some(std::span(buffer_).subspan(filled_), deadline);
        if (!count) co_return fmt::format("no answer: {}", to_string(count.error()));
        if (*count == 0) co_return "no answer: the host closed";
        filled_ += *count;
        if (filled_ < prefix || wanted > prefix) continue;
        const auto length = iso8583::frame_size(profile_.dialect, ByteView(buffer_).first(prefix));
        if (!length) co_return length.error().what;
        wanted = prefix + *length;
    }
    if (filled_ > wanted) co_return "octets behind the answer";
    const auto frame =
        iso8583::decode_frame(profile_.dialect, ByteView(buffer_).subspan(prefix, wanted - prefix));
    if (!frame) co_return frame.error().what;
    auto message = iso8583::decode(profile_.dialect, frame->message);
    if (!message) co_return message.error().what;
    answer_ = *std::move(message);
    answer_octets_.assign(frame->message.begin(), frame->message.end());
    co_return Fault();
}

LoadTerminal::Fault LoadTerminal::check_answer(const Message& sale) const {
    if (answer_.mti() != "0210") return "message type of another answer";
    if (iso8583::check_mac(answer_, answer_octets_, mac_) != iso8583::MacState::ok) return mac_wrong;
    for (const int field : {11, 41, 42, 4})
        if (answer_.get(field) != sale.get(field))
            return fmt::format("field {} is another than was sent", field);
    return {};
}

runtime::Task<LoadTerminal::Fault> LoadTerminal::sell(runtime::TimePoint deadline) {
    sale_.set(11, next_stan());
    const Bytes octets = frame(iso8583::encode_with_mac(profile_.dialect, sale_, mac_));
    Fault fault = co_await exchange(octets, deadline);
    if (fault.empty()) fault = check_answer(sale_);
    co_return fault;
}

runtime::Task<void> LoadTerminal::make_sales(Pace& pace, LoadResult& result) {
    while (const auto due = pace.next(clock_.now())) {
        if (*due > clock_.now()) co_await clock_.sleep_until(*due);
        Fault fault = co_await sell(clock_.now() + patience);
        for (int i = 0; i < most_repetitions && fault.empty() && answer_.get(39) == stan_used; ++i) {
            ++result.repeated;
            stan_ = (stan_ + highest_stan / 7) % highest_stan;
            fault = co_await sell(clock_.now() + patience);
        }
        if (!fault.empty()) {
            ++result.errors[fault];
            if (fault == mac_wrong) continue;
            co_return;  // what comes next on this connection cannot be told from what is late
        }
        result.latencies.add(clock_.now() - *due);
        if (answer_.get(39) == "00")
            ++result.approved;
        else
            ++result.errors[fmt::format("code {}", answer_.get(39))];
    }
}

}  // namespace posbench::cli
