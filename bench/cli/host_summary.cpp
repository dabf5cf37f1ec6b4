#include "bench/cli/host_summary.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/runtime/plural.hpp"
#include "reports/text.hpp"

namespace posbench::cli {
namespace {

using runtime::counted;

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

std::string summary(const host::Figures& figures, const host::Totals& totals, runtime::Duration served) {
    std::string text =
        fmt::format("served {}: {}, {}, {} ({:.0f}/s), {} rejected, {} bent by rules\n",
                    reports::human_duration(served), counted(figures.connections, "connection"),
                    counted(figures.requests, "request"), counted(figures.latencies.count(), "answer"),
                    static_cast<double>(figures.latencies.count()) / std::max(1e-9, in_seconds(served)),
                    figures.rejected, figures.rules);
    for (const auto& [key, count] : figures.answers)
        text += fmt::format("  {} {}  {:>10}\n", key.first, key.second.empty() ? "--" : key.second, count);
    if (figures.latencies.count() > 0)
        text += fmt::format("  from request to answer: p50 {}, p99 {}, longest {}\n",
                            reports::human_duration(figures.latencies.quantile(0.5)),
                            reports::human_duration(figures.latencies.quantile(0.99)),
                            reports::human_duration(figures.latencies.most()));
    for (const auto& [answer, count] : figures.replayed)
        text += fmt::format("  from the recording: {:<10} {:>8}\n", answer, count);
    for (const auto& [state, count] : figures.orders)
        text += fmt::format("  orders {:<12} {:>8}\n", state, count);
    for (const auto& [entry, posted] : figures.posted)
        text += fmt::format("  posted {:<12} {:>8}  {}\n", entry, posted.count,
                            Amount(posted.amount, totals.debits.currency()).to_string());
    text += fmt::format("  books: debits {}, credits {}: {}\n", totals.debits.to_string(),
                        totals.credits.to_string(),
                        balances(totals) ? "they balance" : "THEY DO NOT BALANCE: " + fault_of(totals));
    if (figures.warnings > 0)
        text += fmt::format("  {} of the host itself, in the log\n", counted(figures.warnings, "warning"));
    return text;
}

std::string summary_json(const host::Figures& figures, const host::Totals& totals, runtime::Duration served) {
    nlohmann::ordered_json out;
    out["served_us"] = in_us(served);
    out["connections"] = figures.connections;
    out["requests"] = figures.requests;
    out["rejected"] = figures.rejected;
    out["rules"] = figures.rules;
    out["answers"] = nlohmann::ordered_json::array();
    for (const auto& [key, count] : figures.answers)
        out["answers"].push_back({{"mti", key.first}, {"code", key.second}, {"count", count}});
    out["latency_us"] = {{"p50", in_us(figures.latencies.quantile(0.5))},
                         {"p99", in_us(figures.latencies.quantile(0.99))},
                         {"max", in_us(figures.latencies.most())}};
    if (!figures.replayed.empty()) out["recording"] = figures.replayed;
    if (!figures.orders.empty()) out["orders"] = figures.orders;
    out["posted"] = nlohmann::ordered_json::object();
    for (const auto& [entry, posted] : figures.posted)
        out["posted"][entry] = {{"count", posted.count}, {"amount", posted.amount}};
    out["books"] = {{"debits", totals.debits.minor()},
                    {"credits", totals.credits.minor()},
                    {"balance", balances(totals)}};
    if (!balances(totals)) out["books"]["fault"] = fault_of(totals);
    return out.dump(2) + "\n";
}

}  // namespace posbench::cli
