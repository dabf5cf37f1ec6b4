#include "bench/cli/host_tally.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/runtime/plural.hpp"
#include "reports/text.hpp"

namespace posbench::cli {
namespace {

using runtime::counted;
using trace::Kind;

double in_seconds(runtime::Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

std::int64_t in_us(runtime::Duration duration) {
    return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

bool balances(const host::Totals& totals) {
    return totals.debits == totals.credits && totals.difference.empty();
}

std::string fault_of(const host::Totals& totals) {
    return totals.difference.empty() ? "debits and credits differ" : totals.difference;
}

}  // namespace

void HostTally::add(const trace::Event& event) {
    const auto connection = [&] { return event.integer("connection").value_or(0); };
    switch (event.kind) {
        case Kind::host_connected:
            ++connections_;
            ++open_;
            break;
        case Kind::host_disconnected:
            --open_;
            waiting_.erase(connection());
            break;
        case Kind::host_request:
            ++requests_;
            waiting_.insert_or_assign(connection(), event.at);
            break;
        case Kind::host_response: {
            last_ = {std::string(event.text("mti")), std::string(event.text("code")), {}};
            ++by_code_[{last_.mti, last_.code}];
            // A second answer to one request has waited since the request too.
            if (const auto since = waiting_.find(connection()); since != waiting_.end())
                last_.took = event.at - since->second;
            latencies_.add(last_.took);
            break;
        }
        case Kind::host_posted: {
            Posted& posted = posted_[std::string(event.text("entry"))];
            ++posted.count;
            posted.amount += event.integer("amount").value_or(0);
            break;
        }
        case Kind::host_order:
            ++orders_[std::string(event.text("state"))];
            break;
        case Kind::host_replayed:
            ++replayed_[std::string(event.text("answer"))];
            break;
        case Kind::host_rejected:
            ++rejected_;
            break;
        case Kind::host_rule:
            ++rules_;
            break;
        case Kind::bench_note:
            ++notes_;
            break;
        default:
            break;
    }
}

std::string HostTally::summary(const host::Totals& totals, runtime::Duration served) const {
    std::string text = fmt::format(
        "served {}: {}, {}, {} ({:.0f}/s), {} rejected, {} bent by rules\n", reports::human_duration(served),
        counted(connections_, "connection"), counted(requests_, "request"), counted(answers(), "answer"),
        static_cast<double>(answers()) / std::max(1e-9, in_seconds(served)), rejected_, rules_);
    for (const auto& [key, count] : by_code_)
        text += fmt::format("  {} {}  {:>10}\n", key.first, key.second.empty() ? "--" : key.second, count);
    if (answers() > 0)
        text += fmt::format("  from request to answer: p50 {}, p99 {}, longest {}\n",
                            reports::human_duration(latencies_.quantile(0.5)),
                            reports::human_duration(latencies_.quantile(0.99)),
                            reports::human_duration(latencies_.most()));
    for (const auto& [answer, count] : replayed_)
        text += fmt::format("  from the recording: {:<10} {:>8}\n", answer, count);
    for (const auto& [state, count] : orders_) text += fmt::format("  orders {:<12} {:>8}\n", state, count);
    for (const auto& [entry, posted] : posted_)
        text += fmt::format("  posted {:<12} {:>8}  {}\n", entry, posted.count,
                            Amount(posted.amount, totals.debits.currency()).to_string());
    text += fmt::format("  books: debits {}, credits {}: {}\n", totals.debits.to_string(),
                        totals.credits.to_string(),
                        balances(totals) ? "they balance" : "THEY DO NOT BALANCE: " + fault_of(totals));
    if (notes_ > 0) text += fmt::format("  {} of the host itself, in the log\n", counted(notes_, "warning"));
    return text;
}

std::string HostTally::json(const host::Totals& totals, runtime::Duration served) const {
    nlohmann::ordered_json out;
    out["served_us"] = in_us(served);
    out["connections"] = connections_;
    out["requests"] = requests_;
    out["rejected"] = rejected_;
    out["rules"] = rules_;
    out["answers"] = nlohmann::ordered_json::array();
    for (const auto& [key, count] : by_code_)
        out["answers"].push_back({{"mti", key.first}, {"code", key.second}, {"count", count}});
    out["latency_us"] = {{"p50", in_us(latencies_.quantile(0.5))},
                         {"p99", in_us(latencies_.quantile(0.99))},
                         {"max", in_us(latencies_.most())}};
    if (!replayed_.empty()) out["recording"] = replayed_;
    if (!orders_.empty()) out["orders"] = orders_;
    out["posted"] = nlohmann::ordered_json::object();
    for (const auto& [entry, posted] : posted_)
        out["posted"][entry] = {{"count", posted.count}, {"amount", posted.amount}};
    out["books"] = {{"debits", totals.debits.minor()},
                    {"credits", totals.credits.minor()},
                    {"balance", balances(totals)}};
    if (!balances(totals)) out["books"]["fault"] = fault_of(totals);
    return out.dump(2) + "\n";
}

}  // namespace posbench::cli
