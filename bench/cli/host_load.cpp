#include <iostream>
#include <list>
#include <optional>

#include <fmt/format.h>

#include "bench/cli/argument_checks.hpp"
#include "bench/cli/commands.hpp"
#include "bench/cli/load_terminal.hpp"
#include "bench/config/reader.hpp"
#include "bench/judge/verdict.hpp"
#include "bench/runtime/job.hpp"
#include "bench/runtime/plural.hpp"
#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/real_stream.hpp"
#include "bench/runtime/signals.hpp"
#include "bench/runtime/system.hpp"
#include "bench/station/station.hpp"
#include "reports/text.hpp"

namespace posbench::cli {
namespace {

using namespace std::chrono_literals;

/// A dead host makes each sale that is under way wait for its own time-out, and no longer.
constexpr auto longest_wait = 31s;

LoadProfile profile_of(const HostLoadArguments& arguments) {
    const auto settings = station::load_one_fixture(station::find_library(), "hosts", arguments.profile,
                                                    station::Keys::resolved);
    LoadProfile profile = read_load_profile(settings);
    const auto wanted = static_cast<std::size_t>(arguments.terminals);
    if (wanted > profile.terminals.size())
        throw config::ConfigError(settings.source(),
                                  fmt::format("--terminals {}: the profile has {}", wanted,
                                              runtime::counted(profile.terminals.size(), "terminal")));
    if (wanted > 0) profile.terminals.resize(wanted);
    return profile;
}

/// What this thread used between two looks, if the system counts it.
std::optional<runtime::ProcessorUse> between(const std::optional<runtime::ProcessorUse>& before,
                                             const std::optional<runtime::ProcessorUse>& after) {
    if (!before || !after) return std::nullopt;
    return runtime::ProcessorUse{after->ran - before->ran, after->waited - before->waited};
}

/// `used`: what the client itself had of the machine; a client that waits measures itself.
void print(const LoadResult& result, std::size_t terminals, runtime::Duration length,
           const std::optional<runtime::ProcessorUse>& used) {
    const auto quantile = [&](double fraction) {
        return reports::human_duration(result.latencies.quantile(fraction));
    };
    const double seconds = std::max(1e-9, std::chrono::duration<double>(length).count());
    std::cout << fmt::format("{} sales approved in {}: {:.0f} sales/s, {}\n", result.approved,
                             reports::human_duration(length), static_cast<double>(result.approved) / seconds,
                             runtime::counted(terminals, "terminal"));
    if (result.latencies.count() > 0)
        std::cout << fmt::format("  from due to verified: p50 {}, p90 {}, p99 {}, p99.9 {}, longest {}\n",
                                 quantile(0.5), quantile(0.9), quantile(0.99), quantile(0.999),
                                 reports::human_duration(result.latencies.most()));
    if (used)
        std::cout << fmt::format(
            "  this client: ran {} ({:.0f} % of a processor), ready and without one {}\n",
            reports::human_duration(used->ran),
            std::chrono::duration<double>(used->ran).count() * 100 / seconds,
            reports::human_duration(used->waited));
    if (result.repeated > 0)
        std::cout << fmt::format("  {} repeated: the batch had their STANs from before\n", result.repeated);
    for (const auto& [kind, count] : result.errors) std::cout << fmt::format("  {}: {}\n", kind, count);
}

}  // namespace

int host_load(const HostLoadArguments& arguments, const Surroundings&) {
    const LoadProfile profile = profile_of(arguments);
    std::stop_source stop;
    const runtime::SignalWatch signals(stop);
    runtime::RealClock clock(stop.get_token());
    const auto connector = runtime::make_tcp_connector(clock);

    // Where an earlier load of the same host did not begin, most likely.
    auto random = runtime::Random(static_cast<std::uint64_t>(runtime::monotonic_ns()));
    const auto stan = static_cast<std::uint32_t>(random.between(0, 999'998));
    std::list<LoadTerminal> terminals;
    LoadResult result;
    runtime::JobPool jobs(clock);
    for (const LoadProfile::Terminal& terminal : profile.terminals)
        jobs.spawn(terminals.emplace_back(clock, profile, terminal, stan)
                       .sign_in(*connector, endpoint_of(arguments.connect)));
    const auto all_done = [&] { return jobs.size() == 0; };
    if (clock.run_until(all_done) == runtime::RunEnd::interrupted) return 128 + signals.received();

    const auto use_before = runtime::processor_use();
    const auto begun = clock.now();
    const auto length = *config::parse_duration(arguments.length);
    Pace pace(begun, length, arguments.sales, arguments.rate);
    for (LoadTerminal& terminal : terminals) jobs.spawn(terminal.make_sales(pace, result));
    const auto given_up = begun + length + longest_wait;
    runtime::CallbackTimer giving_up([&] { pace.stop(); });
    clock.arm(giving_up, given_up);
    const auto end = clock.run_until([&] { return all_done() || clock.now() >= given_up; });
    if (!all_done() && end != runtime::RunEnd::interrupted)
        result.errors["no answer before the load was over"] += jobs.size();
    const auto took = clock.now() - begun;
    jobs.clear();
    print(result, profile.terminals.size(), took, between(use_before, runtime::processor_use()));
    if (end == runtime::RunEnd::interrupted) return 128 + signals.received();
    return result.errors.empty() && result.approved > 0 ? judge::exit_code::passed : judge::exit_code::failed;
}

}  // namespace posbench::cli
