#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/host/acquirer/actions.hpp"
#include "drivers/host/acquirer/exchange.hpp"
#include "drivers/protocols/iso8583/length.hpp"

namespace posbench::host::actions {
namespace {

using config::Reader;
using runtime::Task;

/// How much of an answer is sent: octets, length prefix included, or a fraction of them. Never all of it.
using Part = std::variant<std::size_t, double>;

std::size_t octets_of(const Part& part, std::size_t whole) {
    const auto* fraction = std::get_if<double>(&part);
    const std::size_t asked =
        fraction ? static_cast<std::size_t>(std::floor(*fraction * static_cast<double>(whole)))
                 : std::get<std::size_t>(part);
    return std::min(asked, whole - 1);
}

Part read_part(Reader& then) {
    const auto octets = then.integer("octets", 0, 65535);
    const auto fraction = then.number("fraction", 0, 1);
    if (octets && fraction) then.fail("fraction", "fraction and octets exclude each other");
    if (octets) return static_cast<std::size_t>(*octets);
    return fraction.value_or(0.5);
}

/// The first octets of the answer, then the end of the connection, or nothing more.
class PartOfReply final : public RequestAction {
  public:
    PartOfReply(Part part, bool closes) noexcept : part_(part), closes_(closes) {}
    Task<Ending> act(Exchange& exchange) const override {
        const Reply reply = co_await exchange.decide();
        const Wire wire = exchange.encode(reply);
        const std::size_t octets = octets_of(part_, wire.octets.size());
        exchange.tell({.detail = fmt::format("{} of {} octets", octets, wire.octets.size())});
        co_await exchange.clock().yield();
        Ending ending = co_await exchange.write(ByteView(wire.octets).first(octets));
        if (!ending.empty()) co_return ending;
        if (closes_) co_return host_closed;
        ending = co_await exchange.disregard();
        co_return ending;
    }

  private:
    Part part_;
    bool closes_;
};

/// The answer, and again.
class DuplicateReply final : public RequestAction {
  public:
    DuplicateReply(std::int64_t times, Delay gap) noexcept : times_(times), gap_(gap) {}
    Task<Ending> act(Exchange& exchange) const override {
        const Reply reply = co_await exchange.decide();
        exchange.tell({.detail = fmt::format("sent {} times", times_)});
        co_await exchange.clock().yield();
        for (std::int64_t i = 0; i < times_; ++i) {
            if (i > 0) co_await exchange.clock().sleep_for(gap_.draw(exchange.random()));
            Wire wire = exchange.encode(reply);
            Ending ending = co_await exchange.send(std::move(wire));
            if (!ending.empty()) co_return ending;
        }
        co_return Ending();
    }

  private:
    std::int64_t times_;
    Delay gap_;
};

/// Somebody else's answer: the last one to another transaction.
class EarlierReply final : public RequestAction {
  public:
    Task<Ending> act(Exchange& exchange) const override {
        const Reply reply = co_await exchange.decide();
        const Wire* earlier = exchange.earlier_reply();
        Wire wire = earlier ? *earlier : exchange.encode(reply);
        exchange.tell({.detail = earlier ? fmt::format("reply to STAN {}", wire.message.get(11))
                                         : "no earlier reply: answered as usual"});
        co_await exchange.clock().yield();
        Ending ending = co_await exchange.send(std::move(wire));
        co_return ending;
    }
};

/// Random octets in the place of the answer.
class Garbage final : public RequestAction {
  public:
    /// What the length in front of them says.
    enum class Prefix { valid, none, zero, oversized, truncated };

    Garbage(std::size_t octets, Prefix prefix) noexcept : octets_(octets), prefix_(prefix) {}
    Task<Ending> act(Exchange& exchange) const override {
        co_await exchange.decide();
        const Bytes octets = draw(exchange);
        exchange.tell({.detail = runtime::counted(octets.size(), "octet")});
        co_await exchange.clock().yield();
        Ending ending = co_await exchange.write(octets);
        co_return ending;
    }

  private:
    Bytes draw(Exchange& exchange) const {
        const iso8583::Framing& framing = exchange.profile().dialect.framing;
        constexpr std::size_t more_than_any_prefix_writes = 99'999'999;
        Bytes octets;
        if (prefix_ == Prefix::oversized && framing.length_code == iso8583::Code::binary)
            octets.assign(framing.length_octets, 0xFF);
        else if (prefix_ != Prefix::none)
            iso8583::append_number(octets, framing.length_code, framing.length_octets,
                                   prefix_ == Prefix::zero        ? 0
                                   : prefix_ == Prefix::oversized ? more_than_any_prefix_writes
                                   : prefix_ == Prefix::truncated ? 2 * octets_
                                                                  : octets_);
        Bytes random(prefix_ == Prefix::zero ? 0 : octets_);
        exchange.random().fill(random);
        append(octets, random);
        return octets;
    }

    std::size_t octets_;
    Prefix prefix_;
};

/// A frame that claims the most the dialect takes, an octet at a time and without end: first those of the
/// answer, then random ones. It ends with the connection.
class Trickle final : public RequestAction {
  public:
    explicit Trickle(runtime::Duration every) noexcept : every_(every) {}
    Task<Ending> act(Exchange& exchange) const override {
        const Reply reply = co_await exchange.decide();
        Bytes octets = exchange.encode(reply).octets;
        const iso8583::Framing& framing = exchange.profile().dialect.framing;
        Bytes claim;
        iso8583::append_number(claim, framing.length_code, framing.length_octets, framing.most);
        std::ranges::copy(claim, octets.begin());
        exchange.tell({.delay = every_, .detail = "an octet at a time, without end"});
        co_await exchange.clock().yield();
        Ending ending;
        for (std::size_t sent = 0; ending.empty(); ++sent) {
            Bytes octet{sent < octets.size() ? octets[sent] : std::uint8_t{0}};
            if (sent >= octets.size()) exchange.random().fill(octet);
            ending = co_await exchange.write(octet);
            if (ending.empty()) ending = co_await exchange.disregard(exchange.clock().now() + every_);
        }
        co_return ending;
    }

  private:
    runtime::Duration every_;
};

}  // namespace

RequestActionPtr read_close_inside_reply(Reader& then, const Terms&) {
    return std::make_shared<PartOfReply>(read_part(then), true);
}

RequestActionPtr read_half_reply(Reader& then, const Terms&) {
    return std::make_shared<PartOfReply>(read_part(then), false);
}

RequestActionPtr read_duplicate_reply(Reader& then, const Terms&) {
    const auto times = then.integer("times", 2, 100).value_or(2);
    return std::make_shared<DuplicateReply>(times,
                                            host::read_delay(then, "gap").value_or(Delay(Delay::Fixed{})));
}

RequestActionPtr read_earlier_reply(Reader&, const Terms&) {
    return std::make_shared<EarlierReply>();
}

RequestActionPtr read_garbage(Reader& then, const Terms&) {
    static const std::vector<std::string> prefixes{"valid", "none", "zero", "oversized", "truncated"};
    const auto octets = static_cast<std::size_t>(then.integer("octets", 1, 4000).value_or(100));
    const std::string prefix = then.choice("length", prefixes).value_or(prefixes.front());
    const auto index = std::ranges::find(prefixes, prefix) - prefixes.begin();
    return std::make_shared<Garbage>(octets, static_cast<Garbage::Prefix>(index));
}

RequestActionPtr read_trickle(Reader& then, const Terms&) {
    using namespace std::chrono_literals;
    const auto every = then.duration("every").value_or(1s);
    if (every < 1ms) then.fail("every", "every must be 1ms at least");
    return std::make_shared<Trickle>(every);
}

}  // namespace posbench::host::actions
