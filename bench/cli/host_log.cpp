#include "bench/cli/host_log.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "bench/cli/card_print.hpp"
#include "bench/runtime/plural.hpp"
#include "drivers/protocols/iso8583/codes.hpp"
#include "drivers/protocols/iso8583/transactions.hpp"
#include "reports/text.hpp"

namespace posbench::cli {
namespace {

using trace::Event;
using trace::Kind;

/// Lines in a second, of which a person can still read some.
constexpr int most_lines = 100;

std::string amount_of(const Event& event, const Currency& currency) {
    const auto minor = event.integer("amount");
    return minor ? "  " + Amount(*minor, currency).to_string() : "";
}

/// "  text" of a field that is there.
std::string field(const Event& event, std::string_view name) {
    const std::string_view text = event.text(name);
    return text.empty() ? "" : fmt::format("  {}", text);
}

/// TID, message type, STAN, amount, PAN; what they have of them.
std::string message(const Event& event, const Currency& currency) {
    return field(event, "tid") + field(event, "stan") + amount_of(event, currency) + field(event, "pan");
}

struct Managed {
    std::string_view code, title;
};
/// Field 60.3 (drivers/host/README.md).
constexpr Managed managed[]{
    {"001", "sign-in"},
    {"002", "sign-off"},
    {"003", "sign-in"},
    {"004", "sign-in with track key"},
    {"301", "echo"},
    {"360", "parameters"},
    {"370", "list of keys"},
    {"371", "one key"},
    {"372", "end of keys"},
    {"380", "list of applications"},
    {"381", "one application"},
    {"382", "end of applications"},
};

/// "  sale", what the request is for; empty when nothing here knows.
std::string purpose(const Event& event) {
    const std::string_view mti = event.text("mti"), code = event.text("network_management");
    if (mti == "0500") return "  settlement";
    if (mti == "0320" && code == "202") return "  end of batch upload";
    if (mti == "0320") return "  batch upload";
    if (mti == "0400") return "  reversal";
    if (mti.starts_with("08")) {
        const auto* const found = std::ranges::find(managed, code, &Managed::code);
        return found == std::end(managed) ? "" : fmt::format("  {}", found->title);
    }
    const auto rows = iso8583::transaction_table();
    const auto row = std::ranges::find_if(rows, [&](const iso8583::TransactionRow& each) {
        return each.mti == mti && each.processing_code == event.text("processing_code") &&
               each.code == event.text("transaction_type");
    });
    return row == rows.end() ? "" : fmt::format("  {}", row->title);
}

/// "3 debits 12.34 CNY".
std::string sum(const Event& event, std::string_view count, std::string_view amount, std::string_view noun,
                const Currency& currency) {
    return fmt::format("{} {}",
                       runtime::counted(static_cast<std::size_t>(event.integer(count).value_or(0)), noun),
                       Amount(event.integer(amount).value_or(0), currency).to_string());
}

/// "  after 3 s more".
std::string delayed(const Event& event) {
    const auto milliseconds = event.integer("delay_ms");
    if (!milliseconds) return {};
    return fmt::format("  {} later", reports::human_duration(std::chrono::milliseconds(*milliseconds)));
}

/// " refused by complete", the check of drivers/host/README.md.
std::string refused_by(const Event& event) {
    const std::string_view check = event.text("check");
    return check.empty() ? "" : fmt::format(" refused by {}", check);
}

std::string in_words(const Event& event, const host::Figures& figures, const Currency& currency) {
    const auto connection = [&] { return fmt::format("#{}", event.integer("connection").value_or(0)); };
    switch (event.kind) {
        case Kind::host_port:
            return fmt::format("port {}: {}", event.text("endpoint"), event.text("state"));
        case Kind::host_connected:
            return connection() + " connected";
        case Kind::host_disconnected:
            return fmt::format("{} ended: {}", connection(), event.text("reason"));
        case Kind::host_request:
            return fmt::format("{} > {}{}{}  mac {}", connection(), event.text("mti"), purpose(event),
                               message(event, currency), event.text("mac"));
        case Kind::host_response:
            return fmt::format("{} < {} {}{}{}  {}", connection(), event.text("mti"), event.text("code"),
                               refused_by(event), message(event, currency),
                               reports::human_duration(figures.last_took));
        case Kind::host_rule:
            return fmt::format("rule {}: {}{}{}{}{}", event.text("rule"), event.text("action"),
                               field(event, "stan"), field(event, "code"), delayed(event),
                               field(event, "detail"));
        case Kind::host_posted:
            return fmt::format("posted {}{}", event.text("entry"), message(event, currency));
        case Kind::host_settlement:
            return fmt::format("totals{}  batch {}  {}: by the books {}, {}", field(event, "tid"),
                               event.text("batch"), event.text("outcome"),
                               sum(event, "debits", "debit_amount", "debit", currency),
                               sum(event, "credits", "credit_amount", "credit", currency));
        case Kind::host_order:
            return fmt::format("order {}{}{}{}", event.text("state"), message(event, currency),
                               field(event, "wallet"), field(event, "reason"));
        case Kind::host_replayed:
            return fmt::format("recording line {}: {}{}{}", event.integer("line").value_or(0),
                               event.text("answer"), field(event, "stan"), field(event, "detail"));
        case Kind::host_rejected:
            return fmt::format("{} rejected, {} octets: {}", connection(), event.integer("bytes").value_or(0),
                               event.text("reason"));
        case Kind::bench_note:
            return std::string(event.text("text"));
        default:
            return std::string(trace::spec(event.kind).name);
    }
}

}  // namespace

void HostLog::event(const Event& event, const host::Figures& figures) {
    const bool answer = event.kind == Kind::host_response;
    const bool good = answer && iso8583::approves(event.text("code"));
    if (detail_ == Detail::lines && lines_ < most_lines) {
        ++lines_;
        const bool waits = event.text("code") == iso8583::request_in_progress;
        const bool bad = (answer && !good && !waits) || event.kind == Kind::host_rejected ||
                         event.kind == Kind::bench_note || event.kind == Kind::host_rule ||
                         (event.kind == Kind::host_replayed && event.text("answer") != "given");
        return line(event.at, in_words(event, figures, currency_), bad);
    }
    ++left_out_;
    if (event.kind == Kind::host_request) ++requests_;
    if (!answer) return;
    ++(good ? approved_ : refused_);
    latencies_.add(figures.last_took);
}

void HostLog::second() {
    lines_ = 0;
    if (left_out_ == 0) return;
    line(clock_.now(),
         fmt::format("{} events{}: {} requests, {} approved, {} refused, p50 {}, p99 {}", left_out_,
                     detail_ == Detail::lines ? " more" : "", requests_, approved_, refused_,
                     reports::human_duration(latencies_.quantile(0.5)),
                     reports::human_duration(latencies_.quantile(0.99))),
         false);
    left_out_ = requests_ = approved_ = refused_ = 0;
    latencies_ = {};
}

void HostLog::line(runtime::TimePoint at, const std::string& text, bool bad) {
    const double seconds = static_cast<double>(runtime::to_ns(at)) / 1e9;
    std::cout << in_ink(Ink::faint, fmt::format("{:12.6f} s ", seconds), colour_)
              << in_ink(bad ? Ink::bad : Ink::plain, text, colour_) << std::endl;
}

}  // namespace posbench::cli
