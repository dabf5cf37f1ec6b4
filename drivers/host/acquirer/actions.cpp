#include "drivers/host/acquirer/actions.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"
#include "drivers/host/acquirer/exchange.hpp"
#include "drivers/protocols/iso8583/codes.hpp"

namespace posbench::host::actions {
namespace {

using config::Reader;
using runtime::Task;

/// Decides, and answers, after `length`.
Task<Ending> decide_after(Exchange& exchange, runtime::Duration length) {
    co_await exchange.clock().sleep_for(length);
    Reply reply = co_await exchange.decide();
    Wire wire = exchange.encode(std::move(reply));
    Ending ending = co_await exchange.send(std::move(wire));
    co_return ending;
}

/// An answer with a code, nothing decided: what a switch says that cannot reach the issuer.
class Respond final : public RequestAction {
  public:
    Respond(std::string code, Delay delay) noexcept : code_(std::move(code)), delay_(delay) {}
    std::string_view forced_code() const noexcept override { return code_; }
    Task<Ending> act(Exchange& exchange) const override {
        const auto length = delay_.draw(exchange.random());
        if (ends_order(exchange.request())) {
            exchange.tell({{}, length, "decided as it is: this code would end an order that may be paid"});
            Ending ending = co_await decide_after(exchange, length);
            co_return ending;
        }
        exchange.tell({code_, length});
        co_await exchange.clock().sleep_for(length);
        Wire wire = exchange.encode(exchange.refuse(code_));
        Ending ending = co_await exchange.send(std::move(wire));
        co_return ending;
    }

  private:
    /// A terminal that asks about an order has done with it by this code.
    bool ends_order(const Request& request) const {
        const TransactionRow* row = request.row();
        if (!row || !iso8583::asks_about_order(row->type)) return false;
        const Told believed = told(row->type, code_);
        return believed == Told::is_closed || believed == Told::is_paid;
    }

    std::string code_;
    Delay delay_;
};

/// No answer: the connection goes on, or ends.
class NoAnswer final : public RequestAction {
  public:
    NoAnswer(bool after_posting, std::string_view ending) noexcept
        : after_posting_(after_posting), ending_(ending) {}
    Task<Ending> act(Exchange& exchange) const override {
        if (after_posting_) co_await exchange.decide();
        exchange.tell({});
        co_await exchange.clock().yield();
        co_return Ending(ending_);
    }

  private:
    bool after_posting_;
    std::string_view ending_;
};

/// Decides late.
class DelayDecision final : public RequestAction {
  public:
    explicit DelayDecision(Delay delay) noexcept : delay_(delay) {}
    Task<Ending> act(Exchange& exchange) const override {
        const auto length = delay_.draw(exchange.random());
        exchange.tell({.delay = length});
        Ending ending = co_await decide_after(exchange, length);
        co_return ending;
    }

  private:
    Delay delay_;
};

/// Decides at once and answers late.
class DelayReply final : public RequestAction {
  public:
    explicit DelayReply(Delay delay) noexcept : delay_(delay) {}
    Task<Ending> act(Exchange& exchange) const override {
        const Reply reply = co_await exchange.decide();
        const auto length = delay_.draw(exchange.random());
        exchange.tell({.delay = length});
        co_await exchange.clock().sleep_for(length);
        Wire wire = exchange.encode(reply);
        Ending ending = co_await exchange.send(std::move(wire));
        co_return ending;
    }

  private:
    Delay delay_;
};

std::string read_code(Reader& then) {
    auto code = then.require("code", then.text("code"));
    const auto fits = [](char c) { return runtime::is_digit(c) || (c >= 'A' && c <= 'Z'); };
    if (code.size() != 2 || !std::ranges::all_of(code, fits))
        then.fail("code", "code must be two digits or upper-case letters (field 39)");
    if (iso8583::approves(code))
        then.fail("code",
                  fmt::format("code {} approves: an approval is decided and posted, not forced", code));
    return code;
}

Delay duration(Reader& then) {
    return then.require("duration", host::read_delay(then, "duration"));
}

}  // namespace

RequestActionPtr read_respond(Reader& then, const Terms&) {
    auto code = read_code(then);
    const Delay delay = host::read_delay(then, "delay").value_or(Delay(Delay::Fixed{}));
    return std::make_shared<Respond>(std::move(code), delay);
}

RequestActionPtr read_silence(Reader&, const Terms&) {
    return std::make_shared<NoAnswer>(false, "");
}

RequestActionPtr read_silence_after_posting(Reader&, const Terms&) {
    return std::make_shared<NoAnswer>(true, "");
}

RequestActionPtr read_close(Reader&, const Terms&) {
    return std::make_shared<NoAnswer>(false, host_closed);
}

RequestActionPtr read_close_after_posting(Reader&, const Terms&) {
    return std::make_shared<NoAnswer>(true, host_closed);
}

RequestActionPtr read_delay(Reader& then, const Terms&) {
    return std::make_shared<DelayDecision>(duration(then));
}

RequestActionPtr read_delay_after_posting(Reader& then, const Terms&) {
    return std::make_shared<DelayReply>(duration(then));
}

}  // namespace posbench::host::actions
