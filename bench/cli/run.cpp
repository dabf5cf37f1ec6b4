#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <memory>
#include <system_error>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "bench/cli/commands.hpp"
#include "bench/cli/select.hpp"
#include "bench/cli/trace_words.hpp"
#include "bench/judge/judge.hpp"
#include "bench/runner/campaign.hpp"
#include "bench/runtime/resources.hpp"
#include "bench/runtime/signals.hpp"
#include "reports/files.hpp"
#include "reports/live_metrics.hpp"

namespace posbench::cli {
namespace {

int default_jobs(bool virtual_time) {
    return virtual_time ? static_cast<int>(std::max(1U, std::thread::hardware_concurrency())) : 1;
}

/// Says why nothing was selected, with the nearest case when a name was mistyped.
void explain_empty(const Selection& selection, const station::Library& library) {
    Selection everything = selection;
    everything.only.clear();
    everything.tags.clear();
    std::vector<std::string> ids;
    for (const auto& one : select_cases(everything, library)) ids.push_back(one.id);
    std::cerr << "posbench: no case matches\n";
    for (const std::string& glob : selection.only)
        if (const auto nearest = config::nearest_name(glob, ids); !nearest.empty())
            std::cerr << fmt::format("posbench: --only '{}': did you mean '{}'?\n", glob, nearest);
}

/// The run's folder, made anew: an earlier run's traces would otherwise stand beside this one's.
/// @throws ConfigError when it cannot be made or written in
std::filesystem::path prepare_traces(const RunArguments& arguments) {
    if (arguments.no_report) return {};
    const auto traces = arguments.report / "traces";
    const auto refuse = [&](const std::string& why) {
        throw config::ConfigError({}, fmt::format("--report {}: {}: name another folder, or --no-report",
                                                  arguments.report.string(), why));
    };
    try {
        std::filesystem::create_directories(traces);
        for (const auto& entry : std::filesystem::directory_iterator(traces))
            if (entry.path().extension() == ".jsonl") std::filesystem::remove(entry.path());
    } catch (const std::filesystem::filesystem_error& error) {
        refuse(error.code().message());
    }
    for (const auto& folder : {arguments.report, traces})
        if (access(folder.c_str(), W_OK | X_OK) != 0) refuse(std::generic_category().message(errno));
    return traces;
}

judge::RunRecord campaign(const RunArguments& arguments, const Surroundings& here,
                          const station::Station& station, const std::vector<station::BoundCase>& cases,
                          std::stop_token stop, reports::Console& console) {
    judge::RunRecord record;
    record.version = version();
    record.station = station.id;
    record.command = "posbench " + here.line;
    record.seed = arguments.seed;
    record.started = std::chrono::system_clock::now();

    runner::CampaignOptions options;
    options.version = record.version;
    options.seed = arguments.seed;
    options.repeat = arguments.repeat;
    options.jobs = arguments.jobs > 0 ? arguments.jobs : default_jobs(station.virtual_time);
    options.stop = std::move(stop);

    std::unique_ptr<reports::LiveMetrics> metrics;
    if (!arguments.metrics.empty())
        metrics = std::make_unique<reports::LiveMetrics>(arguments.metrics, station.id);

    options.trace_folder = prepare_traces(arguments);
    const auto begin = std::chrono::steady_clock::now();
    console.begin(cases.size() * static_cast<std::size_t>(arguments.repeat), station.id);
    record.cases = runner::run_campaign(cases, options, [&](const judge::CaseRecord& done) {
        console.case_done(done);
        if (metrics) metrics->case_done(done);
    });
    record.wall_time = std::chrono::steady_clock::now() - begin;
    record.not_begun = runner::not_begun(cases, arguments.repeat, record.cases);
    record.summary_findings = judge::judge_repetitions(record.cases);
    return record;
}

}  // namespace

int run(const RunArguments& arguments, const Surroundings& here) {
    for (const std::string& line : runtime::repair_orphans(runtime::ResourceJournal::default_folder()))
        std::cerr << "posbench: left by a killed bench: " << line << '\n';
    const auto library = station::find_library();
    const auto station = station::load_station(arguments.selection.station, library);
    const auto cases = bind_cases(select_cases(arguments.selection, library), station, library);
    if (cases.empty()) {
        explain_empty(arguments.selection, library);
        return judge::exit_code::nothing_shown;
    }

    std::stop_source stop;
    const runtime::SignalWatch signals(stop);
    auto options = here.console;
    options.quiet = arguments.quiet;
    reports::Console console(std::cout, options);
    judge::RunRecord record = campaign(arguments, here, station, cases, stop.get_token(), console);
    record.interrupted_by = signals.received();
    if (!arguments.no_report)
        reports::write_records(record, arguments.report, here.console.language, tell_with_cards);
    console.summary(record, arguments.no_report ? std::filesystem::path() : arguments.report);
    return record.exit_code();
}

}  // namespace posbench::cli
